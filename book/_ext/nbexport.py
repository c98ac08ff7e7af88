"""Offer each chapter as a plain notebook, the student edition, for download.

The theme's download button shows the file that ``context["ipynb_source"]`` names.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from chapter.form import ChapterError
from editions.convert import to_notebook
from editions.course import Course
from make_notebooks import load_course

LOG = logging.getLogger(__name__)
FOLDER = "notebooks/"


def offer(
    course: Callable[[], Course],
    app: Sphinx,
    page: str,
    template: str,
    context: dict[str, Any],
    doctree: nodes.Node,
) -> None:
    """Write a chapter's notebook beside its source, and tell the theme."""
    if app.builder.name != "html" or doctree is None or not page.startswith(FOLDER):
        return
    source = Path(app.srcdir, f"{page}.md")
    try:
        notebook = to_notebook(source, course(), solutions=False)
    except ChapterError as error:
        LOG.warning("no notebook to download: %s", error, location=page)
        return
    target = Path(app.outdir, "_sources", f"{page}.ipynb")
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)
    context["ipynb_source"] = f"{page}.ipynb"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension; it comes before the theme makes its buttons."""

    @cache  # read once a build, when the first chapter asks
    def course() -> Course:
        return load_course(Path(app.srcdir), app.config.html_baseurl)

    app.connect("html-page-context", partial(offer, course), priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
