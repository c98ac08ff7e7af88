"""Check the chapters and the repository against the house rules.

    python tools/check_chapters.py [FILE ...]

Without files it checks every chapter, the template and the repository. A problem is
printed as `notebooks/01_x.md:12: R24: ...`, where R24 is rule 24 of CONTRIBUTING.md;
warnings are printed and do not fail.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from chapter import read
from chapter.form import Problem
from chapter_rules import RULES, Project

ROOT = Path(__file__).resolve().parents[1]
MACHINE_PATH = re.compile(
    r"(?<![\w.:/-])/(work|farm|root|tmp|home|Users)/[A-Za-z0-9_.]"
)
LONGEST_MODULE = 250


def check_chapter(path: Path, project: Project) -> list[Problem]:
    """Return what is wrong with one chapter, by line."""
    chapter = read(path)
    found = list(chapter.problems)
    for rule in RULES:
        found += rule(chapter, project)
    return sorted(set(found), key=lambda p: (p.line, p.rule, p.message))


def tracked(root: Path) -> list[str]:
    """Return the files that git tracks, none outside a checkout."""
    command = ["git", "-C", str(root), "ls-files", "-z"]
    try:
        result = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return []
    return [name for name in result.stdout.split("\0") if name]


def check_repository(root: Path) -> Iterator[tuple[str, Problem]]:
    """Yield what is wrong with tracked files that are not chapters."""
    for name in tracked(root):
        path = root / name
        if name.endswith(".ipynb"):
            yield name, Problem(1, "R39", "notebooks are made, not kept: git rm it")
        if not path.is_file() or path.suffix in {".svg", ".woff2", ".png", ".ico"}:
            continue
        text = path.read_text("utf8", errors="replace")
        for i, line in enumerate(text.split("\n") if len(text) < 500_000 else []):
            if m := MACHINE_PATH.search(line):
                yield name, Problem(i + 1, "R39", f"path of one machine: {m[0]!r}...")
        if name.startswith("src/") and name.endswith(".py"):
            length = text.count("\n")
            if length > LONGEST_MODULE + 25:
                message = f"{length} lines: about {LONGEST_MODULE} at most"
                yield name, Problem(1, "R36", message, warning=True)


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Print every problem; return 1 where one is more than a warning."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, help="chapters; all if none")
    files = parser.parse_args(arguments).files
    project = Project(root)
    found: list[tuple[str, Problem]] = []
    chapters = files or sorted(root.glob("notebooks/*.md"))
    for path in chapters:
        if not path.is_file():
            parser.error(f"{path}: no such file")
        resolved = path.resolve()
        inside = resolved.is_relative_to(root)
        name = str(resolved.relative_to(root)) if inside else str(path)
        found += [(name, problem) for problem in check_chapter(path, project)]
    if not files:
        found += check_repository(root)
    for name, p in found:
        kind = "warning: " if p.warning else ""
        print(f"{name}:{p.line}: {kind}{p.rule}: {p.message}")
    failures = sum(not p.warning for _, p in found)
    print(
        f"house rules: {len(chapters)} chapters, {failures} problems, "
        f"{len(found) - failures} warnings"
    )
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
