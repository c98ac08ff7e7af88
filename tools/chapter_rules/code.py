"""Rules on code cells."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from chapter.form import Chapter, Problem

from chapter_rules.base import Project, calls, defined, rule, tree, used

GREEK = (
    "alpha beta gamma delta epsilon eps zeta eta theta kappa lam mu nu xi rho sigma "
    "tau phi chi psi omega"
).split()
SYMBOL = re.compile(rf"[A-Za-z]|(?:log_)?(?:{'|'.join(GREEK)}|var)(?:_\w+)?")


@rule
def r13_code_names(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R13: a name that is a symbol is one of `book/notation.md`, but for counters."""
    for cell in chapter.cells:
        if cell.removed or tree(cell) is None:
            continue
        bound: dict[str, int] = {}
        counters = {
            name.id
            for node in ast.walk(tree(cell))
            if isinstance(node, (ast.For, ast.comprehension))
            for name in ast.walk(node.target)
            if isinstance(name, ast.Name)
        }
        for node in ast.walk(tree(cell)):
            name = ""
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                name = node.id
            elif isinstance(node, ast.arg):
                name = node.arg
            if SYMBOL.fullmatch(name):
                bound.setdefault(name, cell.first + node.lineno - 1)
        for name, line in bound.items():
            if name not in project.code_names | counters:
                message = f"`{name}` is not a code name in book/notation.md"
                yield Problem(line, "R13", f"{message}: add it there or write a word")


@rule
def r18_size(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R18: at most 15 lines, not counting blank ones, and 88 columns."""
    for cell in chapter.cells:
        lines = cell.source.split("\n")
        count = sum(bool(line.strip()) for line in lines)
        if count > 15 and not cell.removed:
            yield Problem(cell.line, "R18", f"{count} lines of code: at most 15")
        for i, line in enumerate(lines):
            if len(line) > 88:
                message = f"{len(line)} columns of code: at most 88"
                yield Problem(cell.first + i, "R18", message)


@rule
def r20_hidden_names(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R20: a removed cell defines nothing that a visible cell uses."""
    hidden: set[str] = set()
    for cell in chapter.cells:
        if cell.removed:
            hidden |= defined(cell)
            continue
        for name in sorted(used(cell) & hidden - defined(cell)):
            message = f"`{name}` comes from a removed cell, which no reader sees"
            yield Problem(cell.first, "R20", message)
        hidden -= defined(cell)


@rule
def r20_removed_for(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R20: a removed cell glues or tests; glue and claims stand in no other."""
    for cell in chapter.cells:
        glues = any(name == "glue" for _, name, _ in calls(cell))
        nodes = list(ast.walk(tree(cell) or ast.Module([], [])))
        asserts = any(isinstance(n, ast.Assert) for n in nodes) or any(
            name.endswith((".assert_close", ".assert_allclose"))
            for _, name, _ in calls(cell)
        )
        imports = "import glue" in cell.source
        if (glues or imports) and cell.tags != ["remove-cell"]:
            yield Problem(cell.line, "R20", "glue stands in a [remove-cell] cell")
        if cell.tags == ["remove-cell"] and not (glues or imports):
            yield Problem(cell.line, "R20", "a [remove-cell] cell that glues nothing")
        if "test" in cell.tags and not asserts:
            yield Problem(cell.line, "R20", "a test cell without an assertion")


@rule
def r22_globals(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R22: no globals inside functions, no star imports."""
    for cell in chapter.cells:
        for node in ast.walk(tree(cell) or ast.Module([], [])):
            line = cell.first + getattr(node, "lineno", 1) - 1
            if isinstance(node, (ast.Global, ast.Nonlocal)):
                yield Problem(line, "R22", f"{ast.unparse(node)!r} in a function")
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                yield Problem(line, "R22", f"{ast.unparse(node)!r}: name what you use")


@rule
def r23_randomness(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R23: randomness comes from SEED."""
    for cell in chapter.cells:
        for line, name, call in calls(cell):
            seeding = re.search(
                r"(manual_seed|random\.seed|default_rng|set_seed)$", name
            )
            given = " ".join(ast.unparse(a) for a in [*call.args, *call.keywords])
            if seeding and not re.search(r"\bseed\b", given, re.I):
                yield Problem(line, "R23", f"{name}({given}): seed it from SEED")
            if re.match(r"(np|numpy)\.random\.(rand|choice|norm|unif|perm|shuf)", name):
                yield Problem(line, "R23", f"{name}: use a generator made from SEED")
