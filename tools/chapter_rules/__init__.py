"""The house rules as code, one small function a rule (CONTRIBUTING.md).

A rule takes a `Chapter` and the `Project` and yields a `Problem` for each place that
breaks it. Rules that the reader itself keeps (closed lists, R39) are in `chapter`.
"""

from chapter_rules import code, exercises, figures, numbers, shape, text
from chapter_rules.base import RULES, Project

__all__ = [
    "RULES",
    "Project",
    "code",
    "exercises",
    "figures",
    "numbers",
    "shape",
    "text",
]
