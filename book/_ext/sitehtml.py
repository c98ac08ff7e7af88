"""What the pages need beyond Sphinx: folds, exercise cards, fonts, sizes of images.

The look itself is in ``book/_templates`` and ``book/_static``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import (
    exercise_enumerable_node,
    exercise_node,
    solution_node,
)

FACES = {  # file: family, weight, style
    "serif-regular": ("Course Serif", 400, "normal"),
    "serif-italic": ("Course Serif", 400, "italic"),
    "serif-semibold": ("Course Serif", 600, "normal"),
    "code-regular": ("Course Code", 400, "normal"),
    "code-semibold": ("Course Code", 600, "normal"),
}
EARLY_FONTS = [
    f"{style} {weight} 1em '{name}'" for name, weight, style in FACES.values()
]

REDIRECT = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="refresh" content="0; url={page}"></head>
<body><main><h1>{title}</h1><p><a href="{page}">Start reading</a></p></main></body>
</html>
"""

# Corrections for screen readers, each found by axe-core on the page that it names.
CORRECTIONS = [
    # a hidden cell: the name must hold the words that are shown
    (re.compile(r'<summary aria-label="Toggle hidden content">'), "<summary>"),
    # the references: the role that lists of works had is deprecated
    (re.compile(r'role="doc-biblioentry"'), 'role="listitem"'),
]

# Parts of code that the style sheet leaves in the colour of the text.
UNCOLOURED = re.compile(r'<span class="(?:n|p|o|w|nn|pm|vm)">([^<]*)</span>')
IMAGE = re.compile(
    r'<img (?=[^>]*src="[^"]*_images/([^"]+)")(?![^>]* (?:width|height)=)'
)


class fold(nodes.General, nodes.Element):
    """Something that a reader opens: ``<details>``, which works without a script."""


class fold_title(nodes.General, nodes.TextElement):
    """The words on a fold."""


def visit_fold(self: HTML5Translator, node: fold) -> None:
    """Open a fold."""
    self.body.append(self.starttag(node, "details"))


def depart_fold(self: HTML5Translator, node: fold) -> None:
    """Close a fold."""
    self.body.append("</details>\n")


def visit_fold_title(self: HTML5Translator, node: fold_title) -> None:
    """Open the words on a fold."""
    self.body.append("<summary>")


def depart_fold_title(self: HTML5Translator, node: fold_title) -> None:
    """Close the words on a fold."""
    self.body.append("</summary>\n")


def _contents(node: nodes.Element) -> Iterator[nodes.Node]:
    """Yield what stands below the title, without the wrapper of sphinx-exercise."""
    for child in node.children[1:]:
        if isinstance(child, nodes.section):
            yield from child.children
        else:
            yield child


def shape_boxes(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Turn solutions and dropdowns into folds, exercises into cards, and box tables.

    The title of an exercise loses the brackets that sphinx-exercise puts around it.
    """
    for node in list(doctree.findall(nodes.Admonition)):
        if isinstance(node, solution_node) or "dropdown" in node["classes"]:
            words = re.sub(r" +\(.*\)$", "", " ".join(node[0].astext().split()))
            classes = [name for name in node["classes"] if name != "dropdown"]
            box = fold(ids=node["ids"], classes=[*classes, "admonition"])
            node.parent[node.parent.index(node)] = box
            box += [fold_title("", words), *_contents(node)]
        elif isinstance(node, exercise_node | exercise_enumerable_node):
            title = node[0]
            if title.astext().startswith(" ("):
                title.children = title.children[1:-1]
            node.children = [title, *_contents(node)]
    for table in list(doctree.findall(nodes.table)):
        box = nodes.container(classes=["table-box"])
        table.parent[table.parent.index(table)] = box
        box += table


def size_of(image: Path) -> tuple[int, int] | None:
    """Return width and height of an SVG or PNG in CSS pixels, None if it has none."""
    head = image.read_bytes()[:3000]
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    tag = re.search(rb"<svg\b[^>]*>", head)
    if not tag:
        return None
    sizes = dict(re.findall(rb'\b(width|height)="([\d.]+(?:pt|px)?)"', tag[0]))
    if len(sizes) < 2:
        return None

    def pixels(length: bytes) -> int:
        scale = 96 / 72 if length.endswith(b"pt") else 1
        return round(float(length.rstrip(b"ptx")) * scale)

    return pixels(sizes[b"width"]), pixels(sizes[b"height"])


def finish_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Reserve room for the images of a page; keep only the files that it needs."""
    source = {name: Path(app.srcdir, path) for path, name in _images(app).items()}

    def with_size(match: re.Match[str]) -> str:
        size = size_of(source[match[1]]) if match[1] in source else None
        return match[0] + (f'width="{size[0]}" height="{size[1]}" ' if size else "")

    if body := context.get("body"):
        for pattern, replacement in CORRECTIONS:
            body = pattern.sub(replacement, body)
        body = UNCOLOURED.sub(r"\1", body).replace("<pre><span></span>", "<pre>")
        context["body"] = IMAGE.sub(with_size, body)
    for kind in ("css_files", "script_files"):
        files = context.get(kind) or []
        context[kind] = [f for f in files if f.filename and _is_own(app, f.filename)]
    context["early_fonts"] = EARLY_FONTS + context.get("formula_fonts", [])


def _is_own(app: Sphinx, name: str) -> bool:
    """Return whether a file is the book's, not one that an extension adds."""
    name = str(name).removeprefix("_static/")
    folders = (Path(app.srcdir, folder) for folder in app.config.html_static_path)
    generated = name == "fonts.css" or name.startswith("katex/")
    return generated or any((folder / name).is_file() for folder in folders)


def _images(app: Sphinx) -> dict[str, str]:
    return getattr(app.builder, "images", {})


def write_fonts(app: Sphinx) -> None:
    """Write the style sheet that holds the text and code fonts.

    They are inside it, so that the first line on the screen has its final shape.
    """
    if app.builder.format != "html":
        return
    rules = []
    for name, (family, weight, style) in FACES.items():
        data = Path(app.srcdir, app.config.fonts_dir, f"{name}.woff2").read_bytes()
        rules.append(
            f"@font-face{{font-family:'{family}';font-weight:{weight};"
            f"font-style:{style};src:url(data:font/woff2;base64,"
            f"{base64.b64encode(data).decode()}) format('woff2')}}\n"
        )
    folder = Path(app.outdir, "_static")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fonts.css").write_text("".join(rules), "utf8")


def write_redirect(app: Sphinx, exception: Exception | None) -> None:
    """Make the folder's ``index.html`` lead to the first page of the book."""
    page = f"{app.config.root_doc}.html"
    if exception is None and app.builder.format == "html" and page != "index.html":
        text = REDIRECT.format(title=app.config.html_title, page=page)
        Path(app.outdir, "index.html").write_text(text, "utf8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register all of it."""
    app.add_config_value("comments_config", {}, "html")  # Jupyter Book always sets it
    app.add_config_value("fonts_dir", "book/_vendor/fonts", "html", str)
    app.add_node(fold, html=(visit_fold, depart_fold))
    app.add_node(fold_title, html=(visit_fold_title, depart_fold_title))
    app.connect("builder-inited", write_fonts)
    app.connect("doctree-resolved", shape_boxes, priority=900)
    app.connect("html-page-context", finish_page, priority=900)
    app.connect("build-finished", write_redirect, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
