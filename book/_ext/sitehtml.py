"""Corrections to the pages that the theme writes: lighter, and right for everybody."""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

FIXES = [
    (re.compile(r'<summary aria-label="Toggle hidden content">'), "<summary>"),
    (re.compile(r'role="doc-biblioentry"'), 'role="listitem"'),
    (re.compile(r' id="(?:proof|exercise|solution)-content"'), ""),
]


def correct_pages(app: Sphinx, exception: Exception | None) -> None:
    """Apply the corrections to every written page."""
    if exception or app.builder.format != "html":
        return
    for file in Path(app.outdir).rglob("*.html"):
        old = new = file.read_text("utf8")
        for pattern, replacement in FIXES:
            new = pattern.sub(replacement, new)
        if new != old:
            file.write_text(new, "utf8")


def drop_unused(app: Sphinx) -> None:
    """Disconnect what Jupyter Book always loads and a static book never uses."""
    unused = ("sphinx_thebe", "sphinx_comments")
    for listeners in app.events.listeners.values():
        listeners[:] = [
            each for each in listeners if not each.handler.__module__.startswith(unused)
        ]
    files = app.registry.css_files
    files[:] = [file for file in files if "thebe" not in file[0]]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the corrections."""
    drop_unused(app)
    app.connect("build-finished", correct_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
