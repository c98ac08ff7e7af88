"""Read the chapters of the book and execute them in kernels of their own."""

from __future__ import annotations

import atexit
import os
import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)
from nbformat import NotebookNode
from sphinx_external_toc.parsing import parse_toc_yaml
from warm import WarmKernelManager

ROOT = Path(__file__).resolve().parents[1]
HEARTBEAT = 10  # seconds between two lines on a running chapter
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(order=True)
class Failure:
    """A cell that failed.

    Attributes
    ----------
    cell : int
        Its number among the code cells of the chapter, from 1.
    line : int
        The line of the chapter's file at which it failed, from 1.
    error : str
        What went wrong, in one line.
    detail : str
        The traceback, or what was written.
    tags : list of str
        The tags of the cell.
    """

    cell: int
    line: int
    error: str
    detail: str = ""
    tags: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"cell {self.cell} (line {self.line}): {self.error}"


@dataclass
class Run:
    """One execution of a chapter: what it holds, how far it is, how it ended."""

    path: Path
    notebook: NotebookNode
    at: int = 0
    started: float = 0.0
    seconds: float = 0.0
    failures: list[Failure] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The chapter's file, from the root of the project."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def label(self) -> str:
        """How the run is called in messages."""
        return self.name

    def progress(self) -> str:
        """Return where the execution stands."""
        cells = self.notebook.cells
        done = sum(cell.cell_type == "code" for cell in cells[: self.at + 1])
        total = sum(cell.cell_type == "code" for cell in cells)
        return f"cell {done} of {total}, {time.monotonic() - self.started:.0f} s"


def chapters() -> list[Path]:
    """Return the pages of the table of contents that have code cells."""
    pages = [ROOT / f"{page}.md" for page in parse_toc_yaml(ROOT / "_toc.yml")]
    return [p for p in pages if p.is_file() and is_myst_markdown_notebook(_text(p))]


def cell_timeout() -> int:
    """Return how long a cell may take, in seconds: `_config.yml` says."""
    config = yaml.safe_load(_text(ROOT / "_config.yml"))
    return (config.get("execute") or {}).get("timeout", 120)


def _text(path: Path) -> str:
    return path.read_text("utf8")


def read(path: Path, text: str | None = None) -> NotebookNode:
    """Read a chapter, with the line at which each cell starts in its metadata."""
    text = _text(path) if text is None else text
    config = MdParserConfig(enable_extensions={"colon_fence", "dollarmath"})
    return read_myst_markdown_notebook(
        text, config=config, add_source_map=True, path=path
    )


def execute(
    run: Run,
    timeout: int,
    allow_errors: bool = False,
    warm: bool = False,
    starts: int = 3,
) -> Run:
    """Execute a chapter in a kernel of its own and note what failed.

    Parameters
    ----------
    run : Run
        The chapter; its notebook receives the outputs.
    timeout : int
        How long one cell may take, in seconds.
    allow_errors : bool
        Whether to go on after a cell that raises.
    warm : bool
        Whether to fork the kernel from a process that holds the large packages.
    starts : int
        How often to start the kernel until it answers: two that start at the same
        moment may choose the same ports, and then one of them dies.
    """
    begun = []

    def note(cell_index: int, **_: object) -> None:
        begun.append(cell_index)
        run.at = cell_index

    client = NotebookClient(
        run.notebook,
        timeout=timeout,
        allow_errors=allow_errors,
        record_timing=False,  # it would change the key of the execution
        resources={"metadata": {"path": str(run.path.parent)}},
        on_cell_start=note,
        **({"kernel_manager_class": WarmKernelManager} if warm else {}),
    )
    run.started = time.monotonic()
    try:
        client.execute()
    except CellExecutionError:
        pass  # the output of the cell says it better: see below
    except CellTimeoutError:
        run.failures.append(_failure(run, run.at, f"took longer than {timeout} s"))
    except DeadKernelError:
        error = "the kernel died: a crash, or no memory left"
        run.failures.append(_failure(run, run.at, error))
    except RuntimeError as error:
        atexit.unregister(client._cleanup_kernel)  # it is done, and left registered
        if not begun and starts > 1:
            return execute(run, timeout, allow_errors, warm, starts - 1)
        run.failures.append(_failure(run, run.at, f"the kernel failed: {error}"))
    run.seconds = time.monotonic() - run.started
    stopped = {run.at} if run.failures else set()
    for index, cell in enumerate(run.notebook.cells):
        if index not in stopped:
            run.failures += _bad_outputs(run, index, cell)
    return run


def _bad_outputs(run: Run, index: int, cell: NotebookNode) -> Iterator[Failure]:
    may_raise = "raises-exception" in cell.metadata.get("tags", [])
    for output in cell.get("outputs", []):
        if output.output_type == "error" and not may_raise:
            detail = ANSI.sub("", "\n".join(output.traceback))
            place = re.search(r"Cell In\[\d+\], line (\d+)", detail)
            inside = int(place[1]) if place else 1
            error = f"{output.ename}: {output.evalue}"
            yield _failure(run, index, error, detail, inside)
        elif output.output_type == "stream" and output.name == "stderr":
            text = output.text.strip()
            yield _failure(run, index, f"wrote to stderr: {text[:100]}", text)


def _failure(
    run: Run, index: int, error: str, detail: str = "", inside: int = 1
) -> Failure:
    cells, cell = run.notebook.cells, run.notebook.cells[index]
    number = sum(c.cell_type == "code" for c in cells[: index + 1])
    first = run.notebook.metadata.source_map[index]
    lines, source = _text(run.path).splitlines(), cell.source.splitlines()
    if source and source[0] in lines[first:]:  # below the options of the cell
        first = lines.index(source[0], first)
    line = first + inside
    if error.endswith(": "):  # a bare assertion says nothing: show its source
        error += lines[line - 1].strip()
    error = " ".join(error.split())
    return Failure(number, line, error, detail, cell.metadata.get("tags", []))


def run_all(runs: list[Run], jobs: int, allow_errors: bool = False) -> Iterator[Run]:
    """Yield executions as they end; a line is printed for those that take long."""
    timeout = cell_timeout()
    warm = sys.platform == "linux" and len(runs) > jobs  # to import once saves imports
    pool = ThreadPoolExecutor(jobs)
    try:
        pending: set[Future[Run]] = {
            pool.submit(execute, run, timeout, allow_errors, warm) for run in runs
        }
        while pending:
            done, pending = wait(pending, HEARTBEAT, "FIRST_COMPLETED")
            yield from (future.result() for future in done)
            for run in () if done else runs:
                if run.started and not run.seconds:
                    print(f"  {run.label}: {run.progress()}", flush=True)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr, flush=True)
        os._exit(130)  # the threads cannot be stopped; kernels end with their parent
    pool.shutdown()


def report(run: Run) -> None:
    """Print what failed in a chapter."""
    for failure in run.failures:
        what = "a claim of the page, " if "test" in failure.tags else ""
        print(f"FAILED {run.name}, {what}{failure}", file=sys.stderr)
        for line in failure.detail.splitlines():
            print(f"    {line}", file=sys.stderr)
    sys.stderr.flush()


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
