"""Build the site: execute what has changed, draw the pages, check them.

    python tools/build_book.py [--jobs 2]

Any warning fails the build. The pages are drawn anew as a whole whenever a file of the
project, a package of the environment or a file of the site differs from the last build.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from execute import execute_stale
from runs import ANSI, HEARTBEAT, ROOT, available_cores

SITE = ROOT / "_build" / "html"
STAMP = ROOT / "_build" / "built"
OUTSIDE = {"_build", "build", "dist", "tests", "node_modules", "__pycache__"}
JUPYTER_BOOK = "import sys; from jupyter_book.cli.main import main; sys.exit(main())"


def stray_notebooks() -> list[str]:
    """Return notebooks that lie beside the sources, where they would be confused."""
    found = [*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("book/**/*.ipynb")]
    return [path.relative_to(ROOT).as_posix() for path in sorted(found)]


def project_files() -> Iterator[Path]:
    """Yield the files that the site may depend on: all but what is generated."""
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [
            name
            for name in folders
            if not (name in OUTSIDE or name.startswith(".") or ".egg-info" in name)
            and not Path(folder, name, "pyvenv.cfg").exists()
        ]
        yield from (Path(folder, name) for name in files)


def digest(files: Iterable[Path], more: Iterable[str] = ()) -> str:
    """Return a hash of the names and contents of files, and of more lines."""
    lines = [
        f"{path.relative_to(ROOT)} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in sorted(files)
    ]
    return hashlib.sha256("\n".join([*lines, *more]).encode()).hexdigest()


def inputs() -> str:
    """Return a hash of all that the site is made from."""
    packages = Path(sysconfig.get_path("purelib")).glob("*.dist-info")
    return digest(project_files(), [sys.version, *sorted(p.name for p in packages)])


def outputs() -> str:
    """Return a hash of the site as it lies there."""
    return digest(path for path in SITE.rglob("*") if path.is_file())


def draw_pages() -> int:
    """Run Jupyter Book; show every warning, and a line every ten seconds.

    Returns
    -------
    int
        The exit status: not 0 when there was any warning.
    """
    strict = ["--all", "-W", "--keep-going", "-n"]
    process = subprocess.Popen(
        [sys.executable, "-c", JUPYTER_BOOK, "build", str(ROOT), *strict],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    status = ["starting"]
    warned = threading.Event()

    def follow() -> None:
        status.extend(line.strip() for line in process.stdout if line.strip())

    def warn() -> None:
        for line in process.stderr:
            warned.set()
            line = ANSI.sub("", line).replace(f"{ROOT}{os.sep}", "")
            print(line, end="", file=sys.stderr, flush=True)

    readers = [threading.Thread(target=task) for task in (follow, warn)]
    for reader in readers:
        reader.start()
    start = time.monotonic()
    while process.poll() is None:
        try:
            process.wait(HEARTBEAT)
        except subprocess.TimeoutExpired:
            doing = re.sub(r"\s+", " ", ANSI.sub("", status[-1]))[:70]
            print(f"  {time.monotonic() - start:.0f} s  {doing}", flush=True)
    for reader in readers:
        reader.join()
    if process.returncode and not warned.is_set():
        print("\n".join(status), file=sys.stderr)
    return process.returncode


def build(jobs: int) -> int:
    """Build the site; return the exit status."""
    strays = stray_notebooks()
    if strays:
        print(
            f"{', '.join(strays)}: notebooks beside the sources would be taken for "
            "them: move them elsewhere (the chapters are the .md files)",
            file=sys.stderr,
        )
        return 1
    if execute_stale(jobs):
        return 1
    before = inputs()
    if STAMP.exists() and STAMP.read_text() == f"{before}\n{outputs()}\n":
        print(f"Nothing has changed. The book: {SITE / 'index.html'}")
        return 0
    STAMP.unlink(missing_ok=True)
    shutil.rmtree(SITE, ignore_errors=True)  # pages that are no more would stay
    print("Drawing the pages", flush=True)
    if draw_pages():
        print("The book has warnings (see above): they fail it", file=sys.stderr)
        return 1
    checked = subprocess.run([sys.executable, "tools/check_site.py"], cwd=ROOT)
    if checked.returncode:
        return 1
    if before == inputs():  # else a file was saved meanwhile: draw again next time
        STAMP.write_text(f"{before}\n{outputs()}\n")
    print(f"The book: {SITE / 'index.html'}")
    return 0


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=available_cores())
    return build(parser.parse_args().jobs)


if __name__ == "__main__":
    sys.exit(main())
