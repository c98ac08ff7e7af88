"""What several tests use: where things are, the built site, a tiny book to break."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "book" / "_ext")]

CONFIG = """\
title: Tiny
only_build_toc_files: true
exclude_patterns: [_build]
execute: {execute_notebooks: cache, timeout: 3, stderr_output: remove-warn}
bibtex_bibfiles: [book/references.bib]
parse: {myst_enable_extensions: [colon_fence, dollarmath]}
sphinx:
  local_extensions: {nbdeps: book/_ext}
  config:
    html_theme: basic
    html_theme_options: {}
"""
FRONT_MATTER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

"""
ONE = """\
# One

```{code-cell} ipython3
SEED = 0
```

```{code-cell} ipython3
from tinylib import used

print("answer", used.answer())
```

```{code-cell} ipython3
:tags: [remove-cell, test]

assert used.answer() > 0
```
"""
TWO = """\
# Two

```{code-cell} ipython3
import tinylib.other

print("SEED is not here")
```
"""


FRAME = {  # the book's frame around a page, and its styles
    "html_theme": "basic",
    "html_title": "The Book",
    "templates_path": [str(ROOT / "book" / "_templates")],
    "html_static_path": [str(ROOT / "book" / "_static")],
    "html_css_files": ["fonts.css", "course.css"],
    "html_js_files": ["course.js"],
    "fonts_dir": str(ROOT / "book" / "_vendor" / "fonts"),
    "html_context": {"repository_url": ""},
}


def sphinx_build(folder: Path, settings: dict, on_page=None) -> str:
    """Build the pages in a folder into its folder `out`; return the warnings.

    `on_page` listens to Sphinx's event html-page-context.
    """
    warnings = StringIO()
    # Extensions add to the default dictionary, which all builds of a process share.
    own = {"source_suffix": {".rst": "restructuredtext"}}
    with docutils_namespace():
        app = Sphinx(
            srcdir=folder,
            confdir=None,
            outdir=folder / "out",
            doctreedir=folder / "doctrees",
            buildername="html",
            confoverrides=own | settings,
            status=None,
            warning=warnings,
        )
        if on_page:
            app.connect("html-page-context", on_page)
        app.build()
    return re.sub(r"\x1b\[[\d;]*m", "", warnings.getvalue())


class TinyBook:
    """A project with two chapters and a library, on which the real tools run."""

    def __init__(self, root: Path):
        self.root = root

    def create(self) -> TinyBook:
        """Write the project."""
        for name in ("build_book", "execute", "runs", "warm", "seeds"):
            self.copy(f"tools/{name}.py")
        self.copy("book/_ext/nbdeps.py")
        self.write("tools/check_site.py", "print('site checked')\n")
        self.write("_config.yml", CONFIG)
        self.write("book/index.md", "# Tiny\n")
        self.write("book/references.bib", "")
        self.write("requirements.txt", "nothing==1.0\n")
        self.write("constraints.txt", "")
        self.write("src/tinylib/__init__.py", "")
        self.write("src/tinylib/used.py", "def answer():\n    return 1041\n")
        self.write("src/tinylib/other.py", "")
        self.chapters(one=ONE, two=TWO)
        return self

    def copy(self, name: str) -> None:
        """Copy a file of the real project."""
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, self.root / name)

    def write(self, name: str, text: str) -> None:
        """Write a file, and the folders above it."""
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text, "utf8")

    def chapters(self, **texts: str) -> None:
        """Make these the chapters of the book."""
        for name, text in texts.items():
            self.write(f"notebooks/{name}.md", FRONT_MATTER + text)
        files = "".join(f"- file: notebooks/{name}\n" for name in texts)
        toc = f"format: jb-book\nroot: book/index\nchapters:\n{files}"
        self.write("_toc.yml", toc)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run Python on the tiny project."""
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": str(self.root / "src")},
            capture_output=True,
            text=True,
        )

    def page(self, name: str) -> str:
        """Return a built page."""
        return (self.root / "_build" / "html" / f"{name}.html").read_text("utf8")


@pytest.fixture
def tiny_book(tmp_path: Path) -> TinyBook:
    """A tiny book, not yet built, in a folder with a space in its name."""
    return TinyBook(tmp_path / "a book").create()


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the project."""
    return ROOT


@pytest.fixture(scope="session")
def site() -> Path:
    """The built site; without it the test fails and says so."""
    folder = ROOT / "_build" / "html"
    if not (folder / "index.html").is_file():
        pytest.fail(f"there is no site in {folder}: run 'make book' first")
    return folder
