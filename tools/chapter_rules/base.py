"""What the rules share: their list, the project around a chapter, names in code."""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from chapter import read
from chapter.form import Cell, Chapter, Problem

Rule = Callable[[Chapter, "Project"], Iterator[Problem]]
RULES: list[Rule] = []
UNUSUAL = ("00_tour", "TEMPLATE")  # short on purpose: no lengths are asked of them


def rule(function: Rule) -> Rule:
    """Add a function to the rules that `check_chapters.py` applies."""
    RULES.append(function)
    return function


class Project:
    """The project around a chapter: its notation, and every other page."""

    def __init__(self, root: Path):
        self.root = Path(root)

    @cached_property
    def chapters(self) -> list[Chapter]:
        """All chapters of the book."""
        files = sorted(self.root.glob("notebooks/[0-9][0-9]_*.md"))
        return [read(file) for file in files]

    @cached_property
    def code_names(self) -> set[str]:
        """Code names in the tables of `book/notation.md`."""
        file = self.root / "book" / "notation.md"
        text = file.read_text("utf8") if file.is_file() else ""
        rows = "\n".join(line for line in text.split("\n") if line.startswith("|"))
        return set(re.findall(r"`(\w+)[`\[]", rows))

    @cached_property
    def referred(self) -> set[str]:
        """Labels that some page of the book refers to."""
        pages = [c.path for c in self.chapters] + [*self.root.glob("book/*.md")]
        role = re.compile(r"\{(?:eq|numref|ref)\}`(?:[^`<]*<)?([\w-]+)>?`")
        return {m[1] for page in pages for m in role.finditer(page.read_text("utf8"))}


def tree(cell: Cell) -> ast.Module | None:
    """Return a cell's syntax tree, or None where it is not plain Python."""
    try:
        return ast.parse(cell.source)
    except SyntaxError:
        return None


def calls(cell: Cell) -> Iterator[tuple[int, str, ast.Call]]:
    """Yield each call in a cell: source line, dotted name, and the call itself."""
    for node in ast.walk(tree(cell) or ast.Module([], [])):
        if isinstance(node, ast.Call):
            yield cell.first + node.lineno - 1, ast.unparse(node.func), node


def defined(cell: Cell) -> set[str]:
    """Names that running a cell binds in the notebook."""
    if tree(cell) is None:
        return set()
    table = symtable.symtable(cell.source, "cell", "exec")
    return {
        s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()
    }


def used(cell: Cell) -> set[str]:
    """Names that a cell, or a function written in it, looks up in the notebook."""
    if tree(cell) is None:
        return set()
    top = symtable.symtable(cell.source, "cell", "exec")
    names = {s.get_name() for s in top.get_symbols() if s.is_referenced()}
    todo = list(top.get_children())
    while todo:
        table = todo.pop()
        todo += table.get_children()
        names |= {
            s.get_name()
            for s in table.get_symbols()
            if s.is_global() and s.is_referenced()
        }
    return names
