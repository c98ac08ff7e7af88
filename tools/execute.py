"""Execute the chapters that have changed, side by side, into the cache the book reads.

    python tools/execute.py [--jobs 2]

A chapter is executed again when its cells change, or anything of `nbdeps.dependencies`.
It fails when a cell raises, writes to stderr (warnings do), takes too long, or when its
kernel dies. A failed chapter is not cached; the others are.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from runs import (
    ROOT,
    Failure,
    Run,
    available_cores,
    chapters,
    read,
    report,
    run_all,
)

sys.path.insert(0, str(ROOT / "book" / "_ext"))
import nbdeps

CACHE = ROOT / "_build" / ".jupyter_cache"


def find_stale(runs: list[Run]) -> tuple[JupyterCacheAbstract, list[Run]]:
    """Return the cache and the chapters that it lacks; a damaged cache is emptied."""
    CACHE.parent.mkdir(exist_ok=True)
    stale = []
    try:
        cache = get_cache(CACHE)
        for run in runs:
            try:
                record = cache.match_cache_notebook(run.notebook)
            except KeyError:
                stale.append(run)
            else:
                cache.get_cache_bundle(record.pk)
    except Exception as error:  # a write was interrupted, in whatever way
        reason = str(error).splitlines()[0]
        print(f"The cache of executed chapters is damaged, starting anew: {reason}")
        shutil.rmtree(CACHE)
        return get_cache(CACHE), runs
    return cache, stale


def prepare_fonts() -> None:
    """Have matplotlib list the fonts now: in a chapter it would write to stderr."""
    folder = Path(nbdeps.ENVIRONMENT["MPLCONFIGDIR"])
    if not list(folder.glob("fontlist*")):
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-c", "import matplotlib.font_manager"]
        subprocess.run(command, check=False, stderr=subprocess.DEVNULL)


def execute_stale(jobs: int) -> int:
    """Execute what is not in the cache; return the number of chapters that failed."""
    runs = [Run(path, read(path)) for path in chapters()]
    cache, stale = find_stale(runs)
    print(f"{len(stale)} of {len(runs)} chapters to execute", flush=True)
    if not stale:
        return 0
    prepare_fonts()
    past = {r.uri: r.data["execution_seconds"] for r in cache.list_cache_records()}
    stale.sort(key=lambda run: -past.get(str(run.path), float("inf")))
    prints = {run.path: nbdeps.fingerprint(run.notebook) for run in stale}
    failed = 0
    for run in run_all(stale, jobs):
        if prints[run.path] != nbdeps.fingerprint(run.notebook):
            error = "a file that the chapter depends on has changed: run this again"
            run.failures.append(Failure(1, 1, error))
        if run.failures:
            failed += 1
            report(run)
            continue
        data = {"execution_seconds": run.seconds}
        bundle = CacheBundleIn(run.notebook, str(run.path), data=data)
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
        print(f"  {run.name}: done in {run.seconds:.1f} s", flush=True)
    return failed


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=available_cores())
    failed = execute_stale(parser.parse_args().jobs)
    if failed:
        print(f"execute: chapters that failed: {failed}", file=sys.stderr)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
