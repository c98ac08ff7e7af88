"""Figures that a reader can drag, each with a static picture behind it.

``:::{explorer} NAME`` with ``:figure: fig-...`` puts an empty box, and the script
``_static/explorers/NAME.js``, into the figure of that name, between the picture and its
caption.  The script fills the box and hides the picture on the screen.  Where it does
not run, and in print, the picture stands as it is.  Number, caption and links stay
those of the figure.

The script stands behind its box and runs before the page goes on: what follows finds
its place at once, and nothing moves.

What a script needs of the page's cells, such as the weights of a model, is a value of
`vaecourse.explorers`, glued there and named by ``:data: KEY``, or ``:data: FILE::KEY``
for one of another page.  It stands as inert JSON between the box and the script.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from myst_nb.core.variables import RetrievalError
from myst_nb.ext.glue.utils import create_pending_glue_ref, retrieve_glue_data
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri
from sphinx.writers.html5 import HTML5Translator

FOLDER = Path(__file__).resolve().parents[1] / "_static" / "explorers"
SHARED = "shared"  # what the explorers have in common: shared.js, shared.css
LOG = logging.getLogger(__name__)


def names() -> list[str]:
    """Return the explorers that there are."""
    return sorted(file.stem for file in FOLDER.glob("*.js") if file.stem != SHARED)


class explorer(nodes.General, nodes.Element):
    """The box of an explorer; ``first`` is true for the first one on its page.

    Its data, if it has some, is inside it.
    """


class Explorer(SphinxDirective):
    """``:::{explorer} NAME`` below the figure that it takes the place of."""

    required_arguments = 1
    option_spec = {  # noqa: RUF012
        "figure": directives.unchanged_required,
        "data": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Make the box; it goes into its figure when the page is whole."""
        name, figure = self.arguments[0], self.options.get("figure")
        if name not in names():
            raise self.error(f"no explorer {name!r}: expected one of {names()}")
        if not figure:
            raise self.error("explorer: option :figure: is missing")
        for file in (SHARED, name):  # the page holds a checksum of each
            self.env.note_dependency(str(FOLDER / f"{file}.js"))
        box = explorer(name=name, figure=figure)
        self.set_source_info(box)
        if key := self.options.get("data"):
            box += self.glued(key)
        return [box]

    def glued(self, key: str) -> nodes.Node:
        """Return what a cell glued, of this page or of another one."""
        document = self.state.document
        page, _, key = key.rpartition("::")
        if page:
            source, line = self.get_source_info()
            return create_pending_glue_ref(document, source, line, page, key)
        try:
            data = retrieve_glue_data(document, key).data
        except RetrievalError as error:
            raise self.error(f"explorer: {error}") from None
        return nodes.raw("", data.get("text/html", ""), format="html")


def place(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Move each box into its figure, in front of the caption."""
    figures = {id_: f for f in doctree.findall(nodes.figure) for id_ in f["ids"]}
    for number, box in enumerate(list(doctree.findall(explorer))):
        figure = figures.get(nodes.make_id(box["figure"]))
        box.parent.remove(box)
        if figure is None:
            LOG.warning("explorer: no figure %r here", box["figure"], location=box)
            continue
        box["first"] = number == 0
        captions = [c for c in figure if isinstance(c, nodes.caption | nodes.legend)]
        figure.insert(figure.index(captions[0]) if captions else len(figure), box)


def visit_explorer(self: HTML5Translator, node: explorer) -> None:
    """Write the box; its data follows."""
    attributes = {"data-explorer": node["name"], "data-figure": node["figure"]}
    self.body.append(self.starttag(node, "div", "", CLASS="explorer", **attributes))
    self.body.append("</div>")


def depart_explorer(self: HTML5Translator, node: explorer) -> None:
    """Load its script."""
    page = self.builder.get_target_uri(self.builder.current_docname)
    for name in [SHARED, node["name"]] if node["first"] else [node["name"]]:
        version = f"{zlib.crc32((FOLDER / f'{name}.js').read_bytes()):08x}"
        source = relative_uri(page, f"_static/explorers/{name}.js")
        self.body.append(f'<script src="{source}?v={version}"></script>')
    self.body.append("\n")


def add_style(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Link the style sheet on pages that have an explorer."""
    if doctree is not None and any(doctree.findall(explorer)):
        app.add_css_file(f"explorers/{SHARED}.css")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_node(explorer, html=(visit_explorer, depart_explorer))
    app.add_directive("explorer", Explorer)
    app.connect("doctree-resolved", place)
    app.connect("html-page-context", add_style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
