"""Offer each chapter as a plain notebook, the student edition, for download.

The theme's download button shows the file that ``context["ipynb_source"]`` names.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from chapter.form import ChapterError
from editions.convert import to_notebook
from make_notebooks import load_course

LOG = logging.getLogger(__name__)
FOLDER = "notebooks/"


def offer(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.Node
) -> None:
    """Write a chapter's notebook beside its source, and tell the theme."""
    if app.builder.name != "html" or doctree is None or not page.startswith(FOLDER):
        return
    root = Path(app.srcdir)
    try:
        course = load_course(root, app.config.html_baseurl)
        notebook = to_notebook(root / f"{page}.md", course, solutions=False)
    except ChapterError as error:
        LOG.warning("no notebook to download: %s", error, location=page)
        return
    target = Path(app.outdir, "_sources", f"{page}.ipynb")
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)
    context["ipynb_source"] = f"{page}.ipynb"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension; it comes before the theme makes its buttons."""
    app.connect("html-page-context", offer, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
