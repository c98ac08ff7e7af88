"""Right and wrong answers to the exercises, one module a chapter.

Each module holds RIGHT, {check: [answers]}, and WRONG, {check: {mistake: answer}}.
"""

import importlib
import pkgutil

RIGHT, WRONG = {}, {}
for _module in pkgutil.iter_modules(__path__):
    _answers = importlib.import_module(f"{__name__}.{_module.name}")
    RIGHT |= _answers.RIGHT
    WRONG |= _answers.WRONG
