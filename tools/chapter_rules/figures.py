"""Rules on figures."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from chapter.form import Cell, Chapter, Directive, Problem

from chapter_rules.base import Project, calls, rule, tree

DRAWS = re.compile(r"plt\.(subplots|subplot_mosaic|figure|plot|imshow|scatter|hist)")
SHOWS = re.compile(r"plots\.show_\w+")


def draws(cell: Cell) -> bool:
    """Whether a cell leaves a figure: it draws outside the functions it defines."""
    body = tree(cell).body if tree(cell) else []
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                if DRAWS.fullmatch(name) or SHOWS.fullmatch(name):
                    return True
    return False


@rule
def r28_alt_and_caption(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R28: each figure has alt text, a name and a caption."""
    for cell in chapter.cells:
        if not (draws(cell) or cell.figure or cell.image) or cell.removed:
            continue
        for what, given in (
            ("mystnb: image: alt:", cell.image.get("alt")),
            ("mystnb: figure: name:", cell.figure.get("name")),
            ("mystnb: figure: caption:", cell.figure.get("caption")),
        ):
            if not given:
                yield Problem(cell.line, "R28", f"the figure has no '{what}'")
        last = tree(cell).body[-1:] if tree(cell) else []
        ending = cell.source.rstrip()
        if last and isinstance(last[0], ast.Expr) and not ending.endswith(";"):
            message = "end a figure cell with ';', else its last value is captioned too"
            yield Problem(cell.first + last[0].lineno - 1, "R28", message)
    for block in chapter.blocks:
        if isinstance(block, Directive) and block.name == "figure" and not block.body:
            yield Problem(block.line, "R28", "the figure has no caption")


@rule
def r29_alt_says(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R29: alt text says what is seen, and differs from the caption."""
    for block in chapter.blocks:
        alt = caption = ""
        if isinstance(block, Cell):
            alt, caption = block.image.get("alt", ""), block.figure.get("caption", "")
        elif isinstance(block, Directive) and block.name == "figure":
            alt = block.options.get("alt", "")
            caption = "\n".join(getattr(b, "text", "") for b in block.body)
        if re.match(r"(an? )?(image|picture|figure|graphic) (of|showing)\b", alt, re.I):
            yield Problem(block.line, "R29", "alt text without 'image of'")
        if alt and alt == caption:
            yield Problem(block.line, "R29", "alt text and caption are the same")
        if alt and len(alt.split()) < 5:
            yield Problem(block.line, "R29", f"alt text {alt!r} says too little")


@rule
def r30_no_titles(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R30: no titles inside axes."""
    for cell in chapter.cells:
        for line, name, _ in calls(cell):
            if re.search(r"\.(set_title|suptitle)$|^plt\.title$", name):
                message = f"{name}: the caption is the title; label the rows or lines"
                yield Problem(line, "R30", message)


@rule
def r31_colours(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R31: colours come from `vaecourse.plots`, where each has its meaning."""
    named = ("color", "c", "facecolor", "edgecolor", "cmap")
    for cell in chapter.cells:
        for line, name, call in calls(cell):
            for k in call.keywords:
                literal = isinstance(k.value, ast.Constant) and k.value.value
                if k.arg in named and isinstance(literal, str) and literal != "none":
                    message = f"{name}({k.arg}={literal!r}): take it from plots"
                    yield Problem(line, "R31", message)


@rule
def r32_sizes(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R32: sizes come from the style file."""
    for cell in chapter.cells:
        for i, line in enumerate(cell.source.split("\n")):
            for word in ("figsize", "rcParams", "set_size_inches"):
                if word in line:
                    message = f"{word}: sizes come from the style file"
                    yield Problem(cell.first + i, "R32", message)


@rule
def r33_explorers(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R33: an explorer stands right below the figure that it takes the place of."""
    for above, block in pairwise([None, *chapter.blocks]):
        if not isinstance(block, Directive) or block.name != "explorer":
            continue
        name = block.options.get("figure")
        if not isinstance(above, Cell) or above.figure.get("name") != name:
            message = f"the cell above the explorer is not the figure {name!r}"
            yield Problem(block.line, "R33", message)
