"""Execute every chapter with other seeds and count the claims that still hold.

    python tools/seeds.py 1 2 3 [--jobs 2]

A claim is a cell tagged `test` or `check`. A chapter's line `SEED = 0` is replaced,
nothing is cached, and a cell that fails does not stop the chapter. The exit status is 0
when no cell failed, in any chapter, with any seed.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from execute import prepare_fonts
from nbformat import NotebookNode
from runs import (
    ROOT,
    Run,
    available_cores,
    chapters,
    read,
    run_all,
)

SEED_LINE = re.compile(r"^SEED = 0$", re.MULTILINE)
CLAIMS = {"test", "check"}


class SeedError(Exception):
    """A chapter without the one line that governs its randomness."""


@dataclass
class SeedRun(Run):
    """One execution of a chapter with a seed of its own."""

    seed: int = 0

    @property
    def label(self) -> str:
        """How the run is called in messages."""
        return f"{self.name}, SEED = {self.seed}"


def with_seed(path: Path, seed: int) -> NotebookNode:
    """Read a chapter with another seed.

    Raises
    ------
    SeedError
        When there is not exactly one line `SEED = 0`.
    """
    text = path.read_text("utf8")
    found = len(SEED_LINE.findall(text))
    if found != 1:
        name = path.relative_to(ROOT).as_posix()
        raise SeedError(f"{name} has {found} lines 'SEED = 0': exactly one is expected")
    return read(path, SEED_LINE.sub(f"SEED = {seed}", text))


def claims(notebook: NotebookNode) -> int:
    """Return how many cells of a chapter are claims."""
    return sum(bool(CLAIMS & set(c.metadata.get("tags", []))) for c in notebook.cells)


def held(run: SeedRun) -> int:
    """Return how many claims of an executed chapter held.

    A cell after the one at which the kernel died or stopped has shown nothing, so only
    cells that were executed count.
    """
    failed = {failure.cell for failure in run.failures}
    code = [cell for cell in run.notebook.cells if cell.cell_type == "code"]
    return sum(
        number not in failed and cell.execution_count is not None
        for number, cell in enumerate(code, start=1)
        if CLAIMS & set(cell.metadata.get("tags", []))
    )


def table(runs: list[SeedRun], seeds: list[int]) -> str:
    """Return the table of claims held: a line for each chapter, a column a seed."""
    cells = {(run.name, run.seed): run for run in runs}
    names = sorted({run.name for run in runs})
    width = max(len(name) for name in names)
    lines = [f"{'seed':{width}}" + "".join(f"{seed:>9}" for seed in seeds)]
    for name in names:
        row = [cells[name, seed] for seed in seeds]
        counts = "".join(f"{f'{held(r)}/{claims(r.notebook)}':>9}" for r in row)
        lines.append(f"{name:{width}}{counts}")
    return "\n".join(lines)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seeds", type=int, nargs="+")
    parser.add_argument("--jobs", type=int, default=available_cores())
    args = parser.parse_args()
    seeds = list(dict.fromkeys(args.seeds))
    try:
        runs = [
            SeedRun(path, with_seed(path, seed), seed=seed)
            for path in chapters()
            for seed in seeds
        ]
    except SeedError as error:
        print(f"seeds: {error}", file=sys.stderr)
        return 1
    print(f"{len(chapters())} chapters to execute, with seeds {seeds}", flush=True)
    prepare_fonts()
    for run in run_all(runs, args.jobs, allow_errors=True):
        print(f"  {run.label}: done in {run.seconds:.1f} s", flush=True)
    print(table(runs, seeds))
    failures = [(run, failure) for run in runs for failure in sorted(run.failures)]
    for run, failure in failures:
        print(f"FAILED {run.label}, {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
