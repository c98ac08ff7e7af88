"""Rules on the shape of a chapter: sections, lengths, opening cells."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from chapter.form import (
    Block,
    Cell,
    Chapter,
    Comment,
    Directive,
    Heading,
    Problem,
    Text,
    spans,
)

from chapter_rules.base import UNUSUAL, Project, calls, rule, tree

BEGINNING = ["Goals", "Before you start"]
END = ["What we found", "Exercises", "Further reading"]
MINUTES = re.compile(
    r"^Reading takes about (\d+) minutes, the exercises about (\d+)\.$", re.M
)
ITEM = re.compile(r"^- \S", re.M)


def section(chapter: Chapter, title: str) -> tuple[int, list[Block]]:
    """Return the line of a section's heading and the blocks below it."""
    for i, block in enumerate(chapter.blocks):
        if isinstance(block, Heading) and (block.level, block.text) == (2, title):
            rest = chapter.blocks[i + 1 :]
            stop = (
                k for k, b in enumerate(rest) if isinstance(b, Heading) and b.level <= 2
            )
            return block.line, rest[: next(stop, None)]
    return 0, []


def _words(blocks: list[Block]) -> str:
    return "\n".join(b.text for b in blocks if isinstance(b, Text))


@rule
def r01_sections(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R1: title, promise, then the sections in their order."""
    headings = [b for b in chapter.blocks if isinstance(b, Heading)]
    first = [b for b in chapter.blocks if not isinstance(b, Comment)][:2]
    if not first or not isinstance(first[0], Heading) or first[0].level != 1:
        yield Problem(1, "R1", "the chapter begins with '# title'")
    elif "$" in first[0].text:
        yield Problem(first[0].line, "R1", "no formula in the title: menus show it raw")
    if len(first) < 2 or not isinstance(first[1], Text):
        yield Problem(1, "R1", "below the title stands one sentence: the promise")
    elif len(first[1].text.split("\n")) > 1 or "\n\n" in first[1].text:
        yield Problem(first[1].line, "R1", "the promise is one sentence on one line")
    for heading in headings[1:]:
        if heading.level == 1:
            yield Problem(heading.line, "R1", f"a second title, {heading.text!r}")
    titles = [h.text for h in headings if h.level == 2]
    if titles[:2] != BEGINNING or titles[-3:] != END or len(titles) < 6:
        wanted = " / ".join([*BEGINNING, "...", *END])
        yield Problem(1, "R1", f"sections {' / '.join(titles)}: expected {wanted}")


@rule
def r01_opening(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R1: goals are a short list; what is needed is linked, with the minutes."""
    line, blocks = section(chapter, "Goals")
    goals = len(ITEM.findall(_words(blocks)))
    if line and not 3 <= goals <= 5:
        yield Problem(line, "R1", f"{goals} goals: expected a list of 3 to 5")
    line, blocks = section(chapter, "Before you start")
    words = _words(blocks)
    if line and not MINUTES.search(words):
        wanted = "Reading takes about N minutes, the exercises about M."
        yield Problem(line, "R1", f"expected, on a line of its own: {wanted!r}")
    if line and not any(s.role == "doc" for s in spans(words)):
        yield Problem(line, "R1", "expected a {doc} link to a page that is needed")


@rule
def r01_ending(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R1: the ending shows measured numbers; each reading has its reason."""
    line, blocks = section(chapter, "What we found")
    if line and not any(s.role == "glue:text" for s in spans(_words(blocks))):
        yield Problem(line, "R1", "'What we found' shows no glued number")
    line, blocks = section(chapter, "Further reading")
    items = re.split(r"^- ", _words(blocks), flags=re.M)[1:]
    if line and not items:
        yield Problem(line, "R1", "'Further reading' is a list, '- ' before each entry")
    for item in items:
        if len(item.split()) < 6:
            yield Problem(line, "R1", f"no reason to read {item.strip()!r} is given")


@rule
def r02_length(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R2 (warning): 1,200-2,500 words, 12-25 visible cells, 3-6 exercises."""
    if chapter.path.stem in UNUSUAL:
        return
    words = cells = 0
    for block in chapter.blocks:
        if isinstance(block, Heading) and block.text == "Exercises":
            break
        if isinstance(block, Cell):
            cells += not block.removed
        texts = [block]
        if isinstance(block, Directive) and "class" not in block.options:
            texts = block.body
        seen = re.sub(r"\s*<[^<>`]+>`", "`", _words(texts))  # a link shows no target
        words += len(seen.split())
    for count, low, high, what in (
        (words, 1200, 2500, "words of prose before the exercises"),
        (cells, 12, 25, "visible cells before the exercises"),
        (len(chapter.exercises), 3, 6, "exercises"),
    ):
        if not low <= count <= high:
            message = f"{count} {what}: expected {low} to {high}"
            yield Problem(1, "R2", message, warning=True)


@rule
def r05_first_cells(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R5: first the imports and the style, then the seed."""
    if len(chapter.cells) < 2:
        yield Problem(1, "R5", "expected a cell of imports, then the seed")
        return
    first, second = chapter.cells[:2]
    style = 'plt.style.use("vaecourse.course")'
    body = tree(first).body if tree(first) else []
    others = [
        ast.unparse(s)
        for s in body
        if not isinstance(s, (ast.Import, ast.ImportFrom))
        and ast.unparse(s) != style.replace('"', "'")
    ]
    if first.tags or others or style not in first.source:
        message = f"the first cell holds imports and {style}, visible"
        yield Problem(
            first.line, "R5", message + (f"; not {others[0]!r}" if others else "")
        )
    if len(first.source.split("\n")) > 10:
        yield Problem(first.line, "R5", "the first cell has at most 10 lines")
    seeded = r"SEED = 0\n(\w+ = )?set_seed\(SEED\)"
    if second.tags or not re.fullmatch(seeded, second.source):
        message = "the second cell is 'SEED = 0' and 'generator = set_seed(SEED)'"
        yield Problem(second.line, "R5", message)


@rule
def r05_no_machinery(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R5: no installs, paths, warning filters or device logic."""
    for cell in chapter.cells:
        if tree(cell) is None:
            message = "the cell is not plain Python (no % or ! commands)"
            yield Problem(cell.first, "R5", message)
        for line, name, _ in calls(cell):
            if re.search(
                r"^(warnings|sys|os|subprocess)\.|\.(cuda|to_device)$|^(Path|open)$"
                r"|^torch\.(cuda|device)|^torch\.set_(num_threads|default_device)",
                name,
            ):
                message = f"{name}(...): no paths, filters or devices in a chapter"
                yield Problem(line, "R5", message)
