"""Rules on words, labels and formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chapter.form import (
    Block,
    Cell,
    Chapter,
    Directive,
    Math,
    Problem,
    Target,
    Text,
    caption_texts,
    spans,
)

from chapter_rules.base import Project, rule

BELITTLING = re.compile(r"\b(simply|obviously|just)\b", re.I)
FILLER = re.compile(
    r"\b(delv(?:e|es|ing)|game.?chang\w+|powerful|fascinating|in this section,? we|"
    r"it is important to note|it's worth noting|let's dive)\b",
    re.I,
)
ABBREVIATED = re.compile(r"(?:\b(?:e\.g|i\.e|cf|vs|al|Fig|Eq|Dr|St)|\b[A-Z])\.$")
LABEL = re.compile(r"(eq|fig|ex|sec)(-[a-z][a-z0-9]*)+")
ENVIRONMENTS = {
    "aligned",
    "array",
    "bmatrix",
    "cases",
    "matrix",
    "pmatrix",
    "split",
    "vmatrix",
}


def pieces(chapter: Chapter) -> Iterator[tuple[Block, str]]:
    """Yield each text of the chapter, with its block."""
    for block in chapter.flat():
        for text in caption_texts(block):
            yield block, text


def masked(text: str) -> str:
    """Put an X in place of every role, formula and piece of code, at equal length."""
    result = list(text)
    end = len(text)
    for span in reversed(list(spans(text))):
        if span.kind != "text":
            for i in range(span.start, end):
                if text[i] != "\n":
                    result[i] = "X"
        end = span.start
    return "".join(result)


@rule
def r07_voice(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R7: no word that makes a reader feel slow, none that says nothing."""
    for block, text in pieces(chapter):
        plain = masked(text)
        for m in [*BELITTLING.finditer(plain), *FILLER.finditer(plain)]:
            line = block.line + text.count("\n", 0, m.start())
            yield Problem(line, "R7", f"{m[0]!r}: say it without this word")


@rule
def r10_sentences(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R10 (warning): one sentence per source line."""
    for block in chapter.flat():
        if not isinstance(block, Text) or block.text.lstrip().startswith("|"):
            continue
        lines = masked(block.text).split("\n")
        for i, line in enumerate(lines):
            ends = re.finditer(r"[.!?][)\"'*_]*\s+(?=[\"'(*_]*[A-Z])", line)
            if any(not ABBREVIATED.search(line[: m.start() + 1]) for m in ends):
                message = "two sentences on one line"
                yield Problem(block.line + i, "R10", message, warning=True)
            following = lines[i + 1] if i + 1 < len(lines) else ""
            if following and not re.match(r"\s*([-*]|\d+\.) ", following):
                if not re.search(r"[.!?:;,][)\"'*_]*$", line):
                    message = "the sentence goes on in the next line"
                    yield Problem(block.line + i, "R10", message, warning=True)


def labels(chapter: Chapter) -> Iterator[tuple[int, str]]:
    """Yield each label that a chapter defines, with its line."""
    for block in chapter.flat():
        if isinstance(block, (Math, Target)) and block.label:
            yield block.line, block.label
        if isinstance(block, Cell) and "name" in block.figure:
            yield block.line, block.figure["name"]
        if isinstance(block, Directive):
            for key in ("label", "name"):
                if key in block.options:
                    yield block.line, block.options[key]


@rule
def r14_labels(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R14: labels are words, unique in the book; an equation's is referred to."""
    seen = {
        label: other.path.name
        for other in project.chapters
        if other.path.resolve() != chapter.path.resolve()
        for _, label in labels(other)
    }
    for line, label in labels(chapter):
        if not LABEL.fullmatch(label):
            wanted = "expected words after eq-, fig-, ex- or sec-"
            yield Problem(line, "R14", f"label {label!r}: {wanted}")
        if label in seen:
            yield Problem(line, "R14", f"label {label!r} stands in {seen[label]} too")
        seen[label] = "this chapter"
    for block in chapter.flat():
        if isinstance(block, Math) and block.label:
            if block.label not in project.referred | _referred(chapter):
                message = f"equation label {block.label!r} is never referred to"
                yield Problem(block.line, "R14", message)


def _referred(chapter: Chapter) -> set[str]:
    roles = (s for _, text in pieces(chapter) for s in spans(text) if s.kind == "role")
    return {s.text for s in roles if s.role in ("eq", "numref", "ref")}


@rule
def r16_tex(chapter: Chapter, project: Project) -> Iterator[Problem]:
    r"""R16: no macros of our own, no environment but those that go inside `$$`."""
    formulas = [(b.line, b.tex) for b in chapter.flat() if isinstance(b, Math)]
    for block, text in pieces(chapter):
        for s in spans(text):
            if s.kind == "math":
                line = block.line + text.count("\n", 0, s.start)
                formulas.append((line, s.text))
            elif s.kind == "text" and r"\begin{" in s.text:
                yield Problem(block.line, "R16", r"\begin stands inside $$ only")
    for line, tex in formulas:
        for m in re.finditer(r"\\(?:re)?newcommand|\\def\b|\\label\b|\\tag\b", tex):
            yield Problem(line, "R16", f"{m[0]} renders in some outputs only")
        for m in re.finditer(r"\\begin\{([\w*]+)\}", tex):
            if m[1] not in ENVIRONMENTS:
                known = ", ".join(sorted(ENVIRONMENTS))
                yield Problem(line, "R16", f"{m[0]}: expected one of {known}")
