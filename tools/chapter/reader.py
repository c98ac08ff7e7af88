"""Read the source of a chapter into blocks, and note what the form does not know."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from chapter.exercises import group_exercises
from chapter.form import (
    DIRECTIVES,
    FRONT_MATTER,
    LITERALS,
    ROLES,
    TAG_LISTS,
    WITH_ARGUMENT,
    WITHOUT_BODY,
    Block,
    Cell,
    Chapter,
    ChapterError,
    Comment,
    Directive,
    Heading,
    Literal,
    Math,
    Problem,
    Target,
    Text,
    caption_texts,
    spans,
)


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
            elif line == ":::":
                self.problem(self.at, "R39", "':::' closes nothing")
                self.at += 1
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
        for text in inner:
            if not (option := re.fullmatch(r":([\w-]+): *(.*)", text)):
                break
            options[option[1]] = option[2].strip()
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
        elif argument and name not in WITH_ARGUMENT:
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
                (r".*\]\((?!https?://)", "a link that is neither https:// nor {doc}"),
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
    chapter = Chapter(path, text, blocks, group_exercises(blocks, problems), problems)
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
    path = Path(path)
    chapter = read(path)
    if chapter.problems:
        raise ChapterError(
            "\n".join(
                f"{'/'.join(path.parts[-2:])}:{p.line}: {p.rule}: {p.message}"
                for p in sorted(chapter.problems, key=lambda p: p.line)
            )
        )
    return chapter
