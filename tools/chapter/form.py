"""The form of a chapter: its closed lists, and the blocks that it is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FRONT_MATTER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---
"""
TAG_LISTS = (
    [],
    ["hide-input"],
    ["remove-cell"],
    ["remove-cell", "test"],
    ["skip-execution", "stub"],
    ["check"],
    ["raises-exception"],
)
DIRECTIVES = {  # name: its options; those in capitals are required
    "exercise-start": ("LABEL",),
    "exercise-end": (),
    "solution-start": ("CLASS",),
    "solution-end": (),
    "note": (),
    "tip": (),
    "warning": (),
    "admonition": ("class",),
    "figure": ("NAME", "ALT", "width"),
    "explorer": ("FIGURE", "data"),
}
TITLED = {"exercise-start", "admonition"}
WITH_ARGUMENT = TITLED | {"solution-start", "figure", "explorer"}
GATES = ("exercise-start", "exercise-end", "solution-start", "solution-end")
WITHOUT_BODY = {*GATES[1:], "explorer"}
ROLES = ("glue:text", "cite:t", "cite:p", "numref", "eq", "ref", "term", "doc")
LITERALS = ("text", "python", "bash", "markdown")

_SPAN = re.compile(
    r"\\(?P<escape>.)"
    r"|\{(?P<role>[A-Za-z][\w:-]*)\}(?P<t>`+)(?P<content>.+?)(?<!`)(?P=t)(?!`)"
    r"|(?P<u>`+)(?P<code>.+?)(?<!`)(?P=u)(?!`)"
    r"|\$(?P<math>(?:\\.|[^$\\])+)\$",
    re.S,
)


class ChapterError(ValueError):
    """A chapter that is not in the house form; the message names file and line."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with a chapter: source line (from 1), rule such as "R24", words."""

    line: int
    rule: str
    message: str
    warning: bool = False


@dataclass(frozen=True)
class Block:
    """A piece of the source; `line` is that of its first line, from 1."""

    line: int


@dataclass(frozen=True)
class Heading(Block):
    """`level` hash signs and a text."""

    level: int
    text: str


@dataclass(frozen=True)
class Text(Block):
    """A paragraph, list or table, with its line breaks."""

    text: str


@dataclass(frozen=True)
class Math(Block):
    """A displayed equation; `label` is empty where nothing refers to it."""

    tex: str
    label: str


@dataclass(frozen=True)
class Literal(Block):
    """A fenced block that is shown and not run."""

    language: str
    text: str


@dataclass(frozen=True)
class Comment(Block):
    """A line that starts with a percent sign; no output shows it."""

    text: str


@dataclass(frozen=True)
class Target(Block):
    """`(label)=`, the name of the heading below it."""

    label: str


@dataclass(frozen=True)
class Directive(Block):
    """A colon fence; `body` holds its blocks."""

    name: str
    argument: str
    options: dict[str, str]
    body: list[Block]


@dataclass(frozen=True)
class Cell(Block):
    """A code cell; `first` is the line of its first line of code."""

    first: int
    source: str
    tags: list[str]
    figure: dict[str, str]
    image: dict[str, str]

    @property
    def removed(self) -> bool:
        """Whether the page leaves the cell out."""
        return "remove-cell" in self.tags


@dataclass
class Exercise:
    """An exercise's four parts; one on paper has neither stub nor check."""

    start: Directive
    stub: Cell | None = None
    solution: list[Block] = field(default_factory=list)
    check: Cell | None = None

    @property
    def label(self) -> str:
        """The label, ex-<chapter>-<name>."""
        return self.start.options.get("label", "")

    @property
    def question(self) -> list[Block]:
        """What stands inside exercise-start: the effort, then the question."""
        return self.start.body


@dataclass
class Chapter:
    """A chapter as `read` found it; `body` has an `Exercise` in place of its parts."""

    path: Path
    text: str
    blocks: list[Block]
    body: list[Block | Exercise]
    problems: list[Problem]

    @property
    def title(self) -> str:
        """The text of the first heading."""
        return next((b.text for b in self.blocks if isinstance(b, Heading)), "")

    @property
    def slug(self) -> str:
        """The name in labels: linear-autoencoder for 01_linear_autoencoder.md."""
        return re.sub(r"^\d+_", "", self.path.stem).replace("_", "-").lower()

    @property
    def cells(self) -> list[Cell]:
        """All code cells, in order."""
        return [b for b in self.blocks if isinstance(b, Cell)]

    @property
    def exercises(self) -> list[Exercise]:
        """The exercises, in order."""
        return [b for b in self.body if isinstance(b, Exercise)]

    def flat(self) -> Iterator[Block]:
        """All blocks, with those inside directives after their directive."""
        for block in self.blocks:
            yield block
            if isinstance(block, Directive):
                yield from block.body


@dataclass(frozen=True)
class Span:
    """A piece of a text: kind is text, role, code or math; `start` its place in it."""

    kind: str
    text: str
    start: int
    role: str = ""


def spans(text: str) -> Iterator[Span]:
    """Cut a text into plain text, roles, code and inline formulas."""
    plain, start = "", 0
    for m in _SPAN.finditer(text):
        plain += text[start : m.start()]
        start = m.end()
        if m["escape"]:
            plain += m[0]
            continue
        if plain:
            yield Span("text", plain, m.start() - len(plain))
            plain = ""
        if m["role"]:
            yield Span("role", m["content"], m.start(), m["role"])
        elif m["code"]:
            yield Span("code", m["code"], m.start())
        else:
            yield Span("math", m["math"], m.start())
    if plain + text[start:]:
        yield Span("text", plain + text[start:], start - len(plain))


def caption_texts(block: Block) -> list[str]:
    """Return the texts of a block in which roles may stand."""
    if isinstance(block, (Text, Heading)):
        return [block.text]
    if isinstance(block, Cell) and block.figure.get("caption"):
        return [block.figure["caption"]]
    if isinstance(block, Directive) and block.name in TITLED:
        return [block.argument]
    return []
