"""Make the student and instructor notebooks, and the wheel of the library.

    python tools/make_notebooks.py [--out _build/notebooks] [--site ADDRESS]

The chapters must have been executed (`make book`), for the numbers in their prose.
The address of the published book is `html: baseurl:` in `_config.yml`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import nbformat
import yaml
from chapter.form import ChapterError
from editions.convert import to_notebook
from editions.course import Course

ROOT = Path(__file__).resolve().parents[1]
EDITIONS = {"student": False, "instructor": True}


def load_course(root: Path, site: str | None = None) -> Course:
    """Return the course that stands in a folder; `site` overrides its setting."""
    config = yaml.safe_load((root / "_config.yml").read_text("utf8"))
    project = tomllib.loads((root / "pyproject.toml").read_text("utf8"))["project"]
    if site is None:
        site = (config.get("html") or {}).get("baseurl") or ""
    return Course(
        root=root,
        title=config["title"],
        version=project["version"],
        site=site.rstrip("/") + "/" if site else "",
        cache=root / "_build" / ".jupyter_cache",
    )


def write_editions(course: Course, out: Path) -> list[Path]:
    """Write every chapter in both editions; old notebooks there are removed."""
    written = []
    for edition, solutions in EDITIONS.items():
        folder = out / edition
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for path in sorted(course.root.glob("notebooks/[0-9]*.md")):
            notebook = to_notebook(path, course, solutions=solutions)
            nbformat.validate(notebook)
            written.append(folder / f"{path.stem}.ipynb")
            nbformat.write(notebook, written[-1])
    return written


def build_wheel(root: Path, out: Path) -> Path:
    """Build the library's wheel from a copy, so that nothing is left in the sources."""
    for old in out.glob("vaecourse-*.whl"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "vaecourse"
        shutil.copytree(
            root / "src",
            copy / "src",
            ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"),
        )
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            if (root / name).is_file():
                shutil.copy(root / name, copy)
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
        command += ["--no-build-isolation", "--no-index", "--wheel-dir", str(out)]
        environment = os.environ | {"SOURCE_DATE_EPOCH": "315532800"}  # 1980, zip's 0
        subprocess.run([*command, str(copy)], check=True, env=environment)
    return next(out.glob("vaecourse-*.whl"))


def main(arguments: list[str] | None = None) -> int:
    """Write the notebooks and the wheel; say where they are."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "_build" / "notebooks")
    parser.add_argument("--site", help="address of the published book")
    options = parser.parse_args(arguments)
    try:
        written = write_editions(load_course(ROOT, options.site), options.out)
    except ChapterError as error:
        print(f"make_notebooks: {error}", file=sys.stderr)
        return 1
    wheel = build_wheel(ROOT, options.out)
    for path in [*written, wheel]:
        print(os.path.relpath(path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
