"""Rule 34: the four parts of an exercise, its times, and one signature."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from chapter.form import Cell, Chapter, Exercise, Problem, Text

from chapter_rules.base import UNUSUAL, Project, defined, rule, tree, used
from chapter_rules.shape import MINUTES, section

EFFORT = re.compile(
    r"\*(\d+) minutes, (easy|medium|hard)(, on paper)?([,;] [^*\n]+)?\.\*"
)
FIRST_AT_MOST = 5  # minutes


def effort(exercise: Exercise) -> re.Match | None:
    """Match the line that states time and difficulty."""
    first = exercise.question[:1]
    text = first[0].text if first and isinstance(first[0], Text) else ""
    return EFFORT.fullmatch(text.split("\n")[0])


def functions(cell: Cell | None) -> dict[str, ast.FunctionDef]:
    """Return the functions that a cell defines, by name."""
    body = tree(cell).body if cell and tree(cell) else []
    return {f.name: f for f in body if isinstance(f, ast.FunctionDef)}


@rule
def r34_parts(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R34: label, effort, stub, solution and check are there and fit each other."""
    for exercise in chapter.exercises:
        line, match = exercise.start.line, effort(exercise)
        wanted = f"ex-{chapter.slug}-"
        if not exercise.label.startswith(wanted):
            message = f"label {exercise.label!r}: expected {wanted}<name>"
            yield Problem(line, "R34", message)
        if match is None:
            yield Problem(
                line,
                "R34",
                "the exercise's first line is '*N minutes, easy.*' (or medium, hard; "
                "for one without code '*N minutes, easy, on paper.*')",
            )
        words = " ".join(getattr(b, "text", "") for b in exercise.question)
        if len(EFFORT.sub("", words).split()) < 5:
            yield Problem(line, "R34", "exercise-start holds no question")
        if not exercise.solution:
            yield Problem(line, "R34", "the solution is empty")
        on_paper = bool(match and match[3])
        for part, cell in (("stub", exercise.stub), ("check", exercise.check)):
            if on_paper and cell:
                yield Problem(cell.line, "R34", f"a {part} in an exercise on paper")
            if not on_paper and cell is None:
                yield Problem(line, "R34", f"the exercise has no {part} cell")
        if exercise.stub:
            yield from _signatures(exercise)


def _signatures(exercise: Exercise) -> Iterator[Problem]:
    stub, cells = exercise.stub, [b for b in exercise.solution if isinstance(b, Cell)]
    names = functions(stub)
    if len(names) != 1 or len(tree(stub).body) != 1:
        yield Problem(stub.first, "R34", "a stub is one function and nothing else")
        return
    ((name, wanted),) = names.items()
    if not ast.get_docstring(wanted):
        yield Problem(stub.first, "R34", "the stub's docstring gives the shapes")
    last = wanted.body[-1]
    if len(wanted.body) > 2 or ast.unparse(last) != "raise NotImplementedError":
        message = "a stub's body is its docstring and 'raise NotImplementedError'"
        yield Problem(stub.first, "R34", message)
    solved = [(c, functions(c)[name]) for c in cells if name in functions(c)]
    if len(solved) != 1:
        message = f"the solution defines {name} {len(solved)} times: expected once"
        yield Problem(exercise.start.line, "R34", message)
    for cell, function in solved:
        given = f"def {name}({ast.unparse(function.args)})"
        expected = f"def {name}({ast.unparse(wanted.args)})"
        if given != expected:
            message = f"signatures differ: stub '{expected}', solution '{given}'"
            yield Problem(cell.first + function.lineno - 1, "R34", message)
    call = f"checks.check_{name}({name})"
    if exercise.check and exercise.check.source != call:
        yield Problem(exercise.check.first, "R34", f"the check cell is {call!r}")


@rule
def r34_times(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R34: the first takes five minutes, and all take what the opening says."""
    efforts = [effort(e) for e in chapter.exercises]
    if not efforts or None in efforts:
        return
    minutes = [int(m[1]) for m in efforts]
    if minutes[0] > FIRST_AT_MOST and chapter.path.stem not in UNUSUAL:
        line = chapter.exercises[0].start.line
        message = f"the first exercise takes {minutes[0]} minutes: at most"
        yield Problem(line, "R34", f"{message} {FIRST_AT_MOST}")
    line, blocks = section(chapter, "Before you start")
    texts = "\n".join(b.text for b in blocks if isinstance(b, Text))
    stated = MINUTES.search(texts)
    if stated and abs(int(stated[2]) - sum(minutes)) > 5:
        message = f"'the exercises about {stated[2]}': they add up to {sum(minutes)}"
        yield Problem(line, "R34", message)


@rule
def r34_no_exercises(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R34: there are exercises."""
    if not chapter.exercises:
        yield Problem(section(chapter, "Exercises")[0] or 1, "R34", "no exercise")


@rule
def r34_solution_names(chapter: Chapter, project: Project) -> Iterator[Problem]:
    """R34: nothing later needs a solution, which the student edition leaves out."""
    for exercise in chapter.exercises:
        cells = [b for b in exercise.solution if isinstance(b, Cell)]
        names = set().union(*(defined(c) for c in cells)) if cells else set()
        after = [c for c in chapter.cells if cells and c.line > cells[-1].line]
        for cell in after:
            if cell is exercise.check or cell.removed:
                continue
            for name in sorted(names & used(cell) - defined(cell)):
                message = f"`{name}` comes from the solution of {exercise.label}"
                yield Problem(cell.first, "R34", message)
            names -= defined(cell)
