"""Find the four parts of each exercise."""

from __future__ import annotations

from chapter.form import GATES, Block, Cell, Directive, Exercise, Problem


def group_exercises(
    blocks: list[Block], problems: list[Problem]
) -> list[Block | Exercise]:
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
        elif name in GATES:
            wrong(block.line, f"{name} out of order: expected {', '.join(GATES)}")
        elif "check" in tags:
            wrong(block.line, "a check cell stands right below its solution-end")
        elif "stub" in tags:
            if part != "question" or now.stub:
                wrong(block.line, "a stub is the one cell before exercise-end")
            elif now:
                now.stub = block
        elif part == "question":
            wrong(block.line, "only the stub stands between exercise-start and -end")
        elif part == "between":
            wrong(block.line, "solution-start stands right below exercise-end")
        elif part == "solution":
            now.solution.append(block)
        else:
            body.append(block)
    if part not in ("", "after"):
        wrong(now.start.line, f"exercise {now.label!r} has no end or no solution")
    return body
