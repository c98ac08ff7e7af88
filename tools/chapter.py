"""Read the source of a chapter, and refuse what the house form does not know.

A chapter is Markdown in a strict form: fixed front matter, code cells, colon fences,
and closed lists of tags, directives and roles (CONTRIBUTING.md, rules 4, 20, 34, 39).
The rules (`check_chapters.py`) and the exporter (`make_notebooks.py`) both stand on
what `read` returns, so a page that one of them understands, the other does too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

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
    "prf:definition": ("label",),
    "prf:theorem": ("label",),
    "prf:lemma": ("label",),
    "prf:proof": (),
    "figure": ("NAME", "ALT", "width"),
}
WITH_ARGUMENT = {"exercise-start", "solution-start", "admonition", "figure"}
WITHOUT_BODY = {"exercise-start", "exercise-end", "solution-start", "solution-end"}
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
    question: list[Block] = field(default_factory=list)
    stub: Cell | None = None
    solution: list[Block] = field(default_factory=list)
    check: Cell | None = None

    @property
    def label(self) -> str:
        """The label, ex-<chapter>-<name>."""
        return self.start.options.get("label", "")


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
    if isinstance(block, Directive) and block.name in WITH_ARGUMENT - {
        "solution-start",
        "figure",
    }:
        return [block.argument]
    return []


class _Reader:
    """Reads blocks line by line and notes what does not belong."""

    def __init__(self, lines: list[str], offset: int, problems: list[Problem]):
        self.lines, self.offset, self.problems = lines, offset, problems
        self.at = 0

    def problem(self, index: int, rule: str, message: str) -> None:
        self.problems.append(Problem(self.offset + index + 1, rule, message))

    def until(self, end: re.Pattern, what: str) -> tuple[int, list[str], str]:
        """Return the opening line's index, the lines up to `end`, and the end line."""
        start = self.at
        for i in range(start + 1, len(self.lines)):
            if end.fullmatch(self.lines[i].rstrip()):
                self.at = i + 1
                return start, self.lines[start + 1 : i], self.lines[i].rstrip()
        self.problem(start, "R39", f"{what} is not closed")
        self.at = len(self.lines)
        return start, self.lines[start + 1 :], ""

    def blocks(self) -> list[Block]:
        found: list[Block | None] = []
        while self.at < len(self.lines):
            line = self.lines[self.at].rstrip()
            if not line:
                self.at += 1
            elif line.startswith("```"):
                found.append(self.fence(line))
            elif line.startswith(":::"):
                found.append(self.directive(line))
            elif line.startswith("$$"):
                found.append(self.math(line))
            elif _starts_block(line):
                found.append(self.single(line))
            else:
                found.append(self.paragraph())
        return [b for b in found if b is not None]

    def fence(self, line: str) -> Block | None:
        start, inner, _ = self.until(re.compile("```"), line)
        if line == "```{code-cell} ipython3":
            return self.cell(start, inner)
        if line[3:] in LITERALS:
            return Literal(self.offset + start + 1, line[3:], "\n".join(inner))
        hint = ""
        if re.match(r"```\s*\{(?!code-cell\})", line):
            hint = "; a directive is written with colons, :::{name}"
        self.problem(
            start,
            "R39",
            f"unknown fence {line!r}: expected ```{{code-cell}} ipython3 or one of "
            + ", ".join("```" + name for name in LITERALS)
            + hint,
        )
        return None

    def cell(self, start: int, inner: list[str]) -> Cell:
        options, head = {}, 0
        if inner and inner[0] == "---" and "---" in inner[1:]:
            head = inner.index("---", 1) + 1
            options = self.yaml(start + 2, "\n".join(inner[1 : head - 1]))
        elif inner and inner[0].startswith(":"):
            m = re.fullmatch(r":tags: (\[.*\])", inner[0].rstrip())
            if m is None:
                self.problem(
                    start + 1,
                    "R39",
                    f"cell option {inner[0]!r}: expected ':tags: [...]', or YAML "
                    "between two lines '---'",
                )
            else:
                options = {"tags": self.yaml(start + 1, m[1])}
            head = 1
            if len(inner) > 1 and inner[1].strip():
                message = "JupyterLab saves a blank line after ':tags:'; put one there"
                self.problem(start + 1, "R4", message)
        while head < len(inner) and not inner[head].strip():
            head += 1
        tags = options.pop("tags", [])
        if tags not in TAG_LISTS:
            known = ", ".join(f"[{', '.join(t)}]" for t in TAG_LISTS[1:])
            self.problem(start, "R20", f"tags {tags}: expected none or one of {known}")
            tags = [str(t) for t in tags] if isinstance(tags, list) else []
        shown = options.pop("mystnb", None) or {}
        figure, image = shown.pop("figure", None) or {}, shown.pop("image", None) or {}
        for key in [*options, *(f"mystnb.{k}" for k in shown)]:
            self.problem(start, "R39", f"unknown cell option {key!r}")
        for name, known, given in (
            ("figure", {"name", "caption"}, figure),
            ("image", {"alt", "width"}, image),
        ):
            for key in set(given) - known:
                message = f"unknown option {key!r} in mystnb.{name}"
                self.problem(start, "R39", f"{message}: expected {sorted(known)}")
        return Cell(
            self.offset + start + 1,
            self.offset + start + 2 + head,
            "\n".join(inner[head:]).rstrip(),
            tags,
            {k: str(v).strip() for k, v in figure.items()},
            {k: str(v).strip() for k, v in image.items()},
        )

    def yaml(self, index: int, text: str):
        try:
            return yaml.safe_load(text) or {}
        except yaml.YAMLError as error:
            message = " ".join(str(error).split())
            self.problem(index, "R39", f"cell options are not YAML: {message}")
            return {}

    def directive(self, line: str) -> Directive | None:
        m = re.fullmatch(r":::\{([\w:-]+)\}(?: +(.*))?", line)
        if m is None or m[1] not in DIRECTIVES:
            start, *_ = self.until(re.compile(":::"), line)
            self.problem(
                start,
                "R39",
                f"unknown directive {line!r}: expected :::{{name}} with name one of "
                + ", ".join(DIRECTIVES),
            )
            return None
        name, argument = m[1], (m[2] or "").strip()
        start, inner, _ = self.until(re.compile(":::"), line)
        if any(text.startswith((":::", "```")) for text in inner):
            self.problem(start, "R39", f"{name}: nothing is nested in a directive")
            inner = [t for t in inner if not t.startswith((":::", "```"))]
        options, head = {}, 0
        while head < len(inner) and (o := re.fullmatch(r":([\w-]+): *(.*)", inner[head])):
            options[o[1]] = o[2].strip()
            head += 1
        known = {key.lower() for key in DIRECTIVES[name]}
        required = {key.lower() for key in DIRECTIVES[name] if key.isupper()}
        for key in set(options) - known:
            self.problem(start, "R39", f"{name}: unknown option :{key}:")
        for key in sorted(required - set(options)):
            self.problem(start, "R39", f"{name}: option :{key}: is missing")
        if "class" in options and options["class"] != "dropdown":
            message = f"{name}: class {options['class']!r}: expected 'dropdown'"
            self.problem(start, "R39", message)
        if name in WITH_ARGUMENT and not argument:
            self.problem(start, "R39", f"{name}: its title or target is missing")
        elif argument and name not in WITH_ARGUMENT and not name.startswith("prf:"):
            self.problem(start, "R39", f"{name}: takes no title, use admonition")
        below = self.offset + start + 1 + head
        body = _Reader(inner[head:], below, self.problems).blocks()
        if body and name in WITHOUT_BODY:
            self.problem(start, "R39", f"{name}: its text stands below it, not inside")
        return Directive(self.offset + start + 1, name, argument, options, body)

    def math(self, line: str) -> Math | None:
        if line != "$$":
            message = "a displayed formula opens with '$$' on a line of its own"
            self.problem(self.at, "R39", f"{line!r}: {message}")
            self.at += 1
            return None
        end = re.compile(r"\$\$(?: \(([\w-]+)\))?")
        start, inner, last = self.until(end, "a formula that opens with $$")
        m = end.fullmatch(last)
        label = (m and m[1]) or ""
        return Math(self.offset + start + 1, "\n".join(inner).strip("\n"), label)

    def single(self, line: str) -> Block | None:
        index = self.at
        self.at += 1
        number = self.offset + index + 1
        if line.startswith("%"):
            return Comment(number, line[1:].strip())
        if m := re.fullmatch(r"\(([\w-]+)\)=", line):
            return Target(number, m[1])
        if m := re.fullmatch(r"(#+) (.+)", line):
            return Heading(number, len(m[1]), m[2].strip())
        self.problem(index, "R39", f"{line!r} starts nothing that a chapter may hold")
        return None

    def paragraph(self) -> Text:
        start = self.at
        while self.at < len(self.lines):
            line = self.lines[self.at].rstrip()
            special = line.startswith(("```", ":::", "$$")) or _starts_block(line)
            if not line or (special and self.at > start):
                break
            for sign, what in (
                (r"\s*(```|:::|\$\$)", "a fence or formula inside a list or paragraph"),
                (r".*</?[a-z]+[ />]", "HTML"),
                (r".*\[\^", "a footnote"),
            ):
                masked = "".join(s.text for s in spans(line) if s.kind == "text")
                if re.match(sign, masked):
                    self.problem(self.at, "R39", f"{what} is not known here")
            self.at += 1
        text = "\n".join(t.rstrip() for t in self.lines[start : self.at])
        return Text(self.offset + start + 1, text)


def _starts_block(line: str) -> bool:
    return line.startswith(("%", "#", "+++", "---", "***")) or bool(
        re.fullmatch(r"\([\w-]+\)=", line)
    )


def _group(blocks: list[Block], problems: list[Problem]) -> list[Block | Exercise]:
    """Put the four parts of each exercise into one `Exercise`."""
    body: list[Block | Exercise] = []
    now: Exercise | None = None
    part = ""  # question, between (the two fences), solution, or after it

    def wrong(line: int, message: str) -> None:
        problems.append(Problem(line, "R34", message))

    for block in blocks:
        name = block.name if isinstance(block, Directive) else ""
        tags = block.tags if isinstance(block, Cell) else []
        if part == "after":
            part = ""
            if "check" in tags:
                now.check = block
                continue
        if name == "exercise-start":
            if part:
                wrong(block.line, "exercise-start before the last one has its solution")
            now, part = Exercise(block), "question"
            body.append(now)
        elif name == "exercise-end" and part == "question":
            part = "between"
        elif name == "solution-start" and part == "between":
            part = "solution"
            if block.argument != now.label:
                wrong(block.line, f"solution to {block.argument!r} below {now.label!r}")
        elif name == "solution-end" and part == "solution":
            part = "after"
        elif name in WITHOUT_BODY:
            order = "exercise-start, exercise-end, solution-start, solution-end"
            wrong(block.line, f"{name} out of order: expected {order}")
        elif "check" in tags:
            wrong(block.line, "a check cell stands right below its solution-end")
        elif "stub" in tags:
            if part != "question" or now.stub:
                wrong(block.line, "a stub is the one cell before exercise-end")
            elif now:
                now.stub = block
        elif part == "question":
            if isinstance(block, Cell):
                wrong(block.line, "the only cell of a question is its stub")
            if now.stub:
                wrong(block.line, "the stub is the last thing before exercise-end")
            now.question.append(block)
        elif part == "between":
            wrong(block.line, "solution-start stands right below exercise-end")
        elif part == "solution":
            now.solution.append(block)
        else:
            body.append(block)
    if part not in ("", "after"):
        wrong(now.start.line, f"exercise {now.label!r} has no end or no solution")
    return body


def read(path: Path, text: str | None = None) -> Chapter:
    """Read a chapter; what is not in the house form is noted in `problems`.

    Parameters
    ----------
    path : Path
        Of the Markdown file.
    text : str, optional
        Its content, where it is not that of the file.
    """
    path = Path(path)
    text = path.read_text("utf8") if text is None else text
    problems: list[Problem] = []
    lines = text.split("\n")
    head = 0
    if lines[0] == "---" and "---" in lines[1:]:
        head = lines.index("---", 1) + 1
    if not text.startswith(FRONT_MATTER):
        wanted = "exactly that of notebooks/TEMPLATE.md"
        problems.append(Problem(1, "R4", f"front matter is not {wanted}"))
    blocks = _Reader(lines[head:], head, problems).blocks()
    chapter = Chapter(path, text, blocks, _group(blocks, problems), problems)
    for block in chapter.flat():
        for piece in caption_texts(block):
            for span in spans(piece):
                if span.kind == "role" and span.role not in ROLES:
                    line = block.line + piece.count("\n", 0, span.start)
                    message = f"unknown role {{{span.role}}}: expected one of "
                    problems.append(Problem(line, "R39", message + ", ".join(ROLES)))
    return chapter


def read_strictly(path: Path) -> Chapter:
    """Read a chapter that must be in the house form.

    Raises
    ------
    ChapterError
        With every problem found, one a line, when it is not.
    """
    chapter = read(path)
    if chapter.problems:
        raise ChapterError(
            "\n".join(
                f"{path}:{p.line}: {p.rule}: {p.message}"
                for p in sorted(chapter.problems, key=lambda p: p.line)
            )
        )
    return chapter
