"""The explorers: their directive, and each in a browser, against the library's numbers."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import explorer
import numpy as np
import pytest
import torch
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from vaecourse.distributions import kl_to_standard_normal

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
PAGE = """# Explorers

Text above, with a formula $\\mu + \\sigma$ and {numref}`fig-kl-springs`.

:::{figure} /picture.svg
:name: fig-kl-springs
:alt: Two bell curves.

Two densities.
:::

:::{explorer} kl
:figure: fig-kl-springs
:::

Text between.

:::{figure} /picture.svg
:name: fig-rp-draws
:alt: Draws on a curve.

Twelve draws.
:::

:::{explorer} reparameterization
:figure: fig-rp-draws
:::

Text below.
"""
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="614px" height="346px"/>'


def build(folder: Path, text: str) -> str:
    """Build a page and one without explorers in the book's frame; return warnings."""
    (folder / "notebooks").mkdir(parents=True)
    (folder / "notebooks" / "page.md").write_text(text, "utf8")
    (folder / "index.md").write_text("# Start\n\n```{toctree}\nnotebooks/page\n```\n")
    (folder / "picture.svg").write_text(PICTURE)
    warnings = StringIO()
    settings = {
        "extensions": ["myst_parser", "mathstatic", "explorer", "sitehtml"],
        "myst_enable_extensions": ["colon_fence", "dollarmath"],
        "numfig": True,
        "html_theme": "basic",
        "html_title": "The Book",
        "templates_path": [str(BOOK / "_templates")],
        "html_static_path": [str(BOOK / "_static")],
        "html_css_files": ["fonts.css", "course.css"],
        "html_js_files": ["course.js"],
        "fonts_dir": str(BOOK / "_vendor" / "fonts"),
        "katex_dir": str(BOOK / "_vendor" / "katex"),
        "html_context": {"repository_url": ""},
        "html_permalinks_icon": "#",
    }
    with docutils_namespace():
        app = Sphinx(
            srcdir=folder,
            confdir=None,
            outdir=folder / "out",
            doctreedir=folder / "doctrees",
            buildername="html",
            confoverrides=settings,
            status=None,
            warning=warnings,
        )
        app.build()
    return re.sub(r"\x1b\[[\d;]*m", "", warnings.getvalue())


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("explorers")
    assert build(folder, PAGE) == ""
    return folder / "out" / "notebooks" / "page.html"
