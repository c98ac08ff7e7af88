"""The route map of the landing page, made from the chapters that there are.

``:::{routemap}`` lists every chapter of ``_toc.yml``, part by part, as a card:
number, title, promise sentence, minutes, and what the chapter needs.  All of it is
read from the chapter's source, so the map cannot disagree with the chapters.

A chapter's source holds, in this order: ``# title``, the promise as the first
paragraph, and a section ``## Before you start`` with the line ``Reading takes about N
minutes, the exercises about M.`` and ``{doc}`` links to what it needs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

CHAPTER_NAME = re.compile(r"notebooks/(\d+)_\w+")
MINUTES = re.compile(
    r"^Reading takes about (\d+) minutes, the exercises about (\d+)\.", re.MULTILINE
)
STYLED = {"route-map", "doors", "swatch", "glossary"}  # what _static/pages.css names
DOC_ROLE = re.compile(r"\{doc\}`(?:[^`<]*<)?([^`<>]+)>?`")


class RouteMapError(ValueError):
    """A table of contents or a chapter from which no card can be made."""


@dataclass(frozen=True)
class Card:
    """What the map shows of one chapter.

    ``needs`` holds document names as Sphinx knows them (``notebooks/01_...``), in the
    order in which the chapter links them.
    """

    docname: str
    number: int
    title: str
    promise: str
    reading: int
    exercises: int
    needs: tuple[str, ...]


def chapters_by_part(toc: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Return (caption, document names of its chapters) for each part with chapters.

    A chapter is a file ``notebooks/NN_name``; other pages are not on the map.  A table
    of contents without parts gives one part with an empty caption.
    """
    parts = toc.get("parts") or [{"caption": "", "chapters": toc.get("chapters") or []}]
    found = []
    for part in parts:
        files = [str(entry.get("file", "")) for entry in part.get("chapters") or []]
        names = [str(PurePosixPath(name).with_suffix("")) for name in files if name]
        chapters = [name for name in names if CHAPTER_NAME.fullmatch(name)]
        if chapters:
            found.append((part.get("caption") or "", chapters))
    return found


def read_card(docname: str, text: str) -> Card:
    """Read one chapter's card from its source.

    Raises
    ------
    RouteMapError
        When the title, the promise or the line with the minutes is missing.
    """
    name = CHAPTER_NAME.fullmatch(docname)
    if name is None:
        raise RouteMapError(f"{docname}: expected a name such as notebooks/01_topic")
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    head = re.search(r"^# (.+)\n+((?:(?![#:`+]).+\n?)+)", body, re.MULTILINE)
    if head is None:
        raise RouteMapError(f"{docname}: expected '# title', then a promise sentence")
    start = re.search(r"^## Before you start\n(.*?)(?=^## |\Z)", body, re.M | re.S)
    minutes = MINUTES.search(start[1]) if start else None
    if start is None or minutes is None:
        raise RouteMapError(
            f"{docname}: expected, under '## Before you start', the line "
            "'Reading takes about N minutes, the exercises about M.'"
        )
    folder = PurePosixPath(docname).parent
    links = (_absolute(folder, target) for target in DOC_ROLE.findall(start[1]))
    return Card(
        docname=docname,
        number=int(name[1]),
        title=head[1].strip(),
        promise=" ".join(head[2].split()),
        reading=int(minutes[1]),
        exercises=int(minutes[2]),
        needs=tuple(dict.fromkeys(links)),
    )


def _absolute(folder: PurePosixPath, target: str) -> str:
    """Return the document name that a ``{doc}`` target means in ``folder``."""
    if target.startswith("/"):
        return target[1:]
    parts: list[str] = []
    for piece in (folder / target).parts:
        if piece == ".." and parts:
            parts.pop()
        elif piece != ".":
            parts.append(piece)
    return "/".join(parts)


class RouteMap(SphinxDirective):
    """``:::{routemap}``: one card for each chapter, one list for each part."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        """Build the map from ``_toc.yml`` and the chapters' sources."""
        source = Path(self.env.srcdir)
        toc_file = source / "_toc.yml"
        self.env.note_dependency(str(toc_file))
        parts = chapters_by_part(yaml.safe_load(toc_file.read_text("utf8")))
        result: list[nodes.Node] = []
        for caption, chapters in parts:
            items = nodes.bullet_list(classes=["route-map"])
            for docname in chapters:
                file = source / f"{docname}.md"
                self.env.note_dependency(str(file))
                try:
                    card = read_card(docname, file.read_text("utf8"))
                except (RouteMapError, OSError) as problem:
                    raise self.error(f"route map: {problem}") from problem
                items += self._item(card)
            if caption:
                section = nodes.section(ids=[nodes.make_id(f"route-{caption}")])
                section += [nodes.title("", caption), items]
                result.append(section)
            else:
                result.append(items)
        return result

    def _item(self, card: Card) -> nodes.list_item:
        label = nodes.paragraph("", f"Chapter {card.number}", classes=["route-number"])
        title = nodes.paragraph(classes=["route-title"])
        title += self._link(card.docname, card.title)
        promise = nodes.container(classes=["route-promise"])
        lines = StringList([card.promise], source=card.docname)
        self.state.nested_parse(lines, self.content_offset, promise)
        minutes = nodes.paragraph(
            "",
            f"{card.reading} minutes to read, {card.exercises} for the exercises",
            classes=["route-minutes"],
        )
        item = nodes.list_item("", label, title, promise, minutes)
        if card.needs:
            needs = nodes.paragraph("", "Needs ", classes=["route-needs"])
            for i, target in enumerate(card.needs):
                if i:
                    needs += nodes.Text(" and " if i == len(card.needs) - 1 else ", ")
                chapter = CHAPTER_NAME.fullmatch(target)
                text = f"chapter {int(chapter[1])}" if chapter else ""
                needs += self._link(target, text)
            item += needs
        return item

    def _link(self, docname: str, text: str) -> pending_xref:
        """Return a link to a page; without a text it shows the page's title."""
        link = pending_xref(
            "",
            nodes.inline("", text or docname),
            refdomain="std",
            reftype="doc",
            reftarget=f"/{docname}",
            refexplicit=bool(text),
            refdoc=self.env.docname,
            refwarn=True,
        )
        link.source, link.line = self.get_source_info()
        return link


def _add_style(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Link the style sheet on the pages that have something for it to style."""
    if doctree is not None and any(
        STYLED.intersection(node["classes"]) for node in doctree.findall(nodes.Element)
    ):
        app.add_css_file("pages.css")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("routemap", RouteMap)
    app.connect("html-page-context", _add_style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
