"""Folds, exercise cards, room for images and the frame of the pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sitehtml
from conftest import FRAME, sphinx_build

ROOT = Path(__file__).parents[1]
BOOK = ROOT / "book"
TEXT = """# Title

:::{exercise-start} Tied weights
:label: ex-tied
:::

*5 minutes, easy.*
Tie them.

:::{exercise-end}
:::

:::{solution-start} ex-tied
:class: dropdown
:::

Like this.

:::{solution-end}
:::

:::{admonition} Why?
:class: dropdown

Because.
:::

:::{note}
A note stays open.
:::

| a | b |
|---|---|
| 1 | 2 |

![Two lines cross.](figure.svg)
"""
SVG = '<svg height="72pt" viewBox="0 0 1 1" width="144pt" xmlns="http://www.w3.org/2000/svg"/>'


def build(folder: Path, **context: str) -> tuple[str, str]:
    """Build one page with the book's frame and return its HTML and the warnings."""
    (folder / "index.md").write_text(TEXT, "utf8")
    (folder / "figure.svg").write_text(SVG)
    settings = FRAME | {
        "extensions": ["myst_parser", "sphinx_exercise", "sitehtml"],
        "myst_enable_extensions": ["colon_fence"],
        "html_context": {"repository_url": "", **context},
    }

    def chapter(app, name, template, values, tree):  # with a notebook to download
        values.update(ipynb_source="i.ipynb")

    warnings = sphinx_build(folder, settings, chapter if context else None)
    return (folder / "out" / "index.html").read_text("utf8"), warnings


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    html, warnings = build(tmp_path_factory.mktemp("site"))
    assert warnings == ""
    return html


def test_solution_is_a_fold_that_needs_no_script(page):
    fold = re.search(r'<details class="solution admonition".*?</details>', page, re.S)[
        0
    ]
    assert " open" not in fold.split(">")[0]
    assert "<summary>Solution to Exercise 1</summary>" in fold
    assert "<p>Like this.</p>" in fold


def test_dropdown_is_a_fold_and_a_note_is_not(page):
    assert "<summary>Why?</summary>" in page
    assert re.search(r'<div class="admonition note">', page)
    assert page.count("<details") == 2


def test_exercise_is_a_card_without_brackets_and_repeated_ids(page):
    title = re.search(r'<p class="admonition-title">(<span.*?)</p>', page)[1]
    assert re.sub("<[^>]*>", "", title) == "Exercise 1 Tied weights"
    assert "exercise-content" not in page and "solution-content" not in page
    assert re.search(r"<p><em>5 minutes, easy\.</em>", page)


def test_images_have_their_room_reserved(page):
    assert re.search(r'<img width="192" height="96" [^>]*alt="Two lines cross\."', page)


def test_tables_scroll_in_a_box(page):
    assert re.search(r'<div class="table-box docutils container">\s*<table', page)


def test_only_the_books_own_files_are_loaded(page):
    loaded = re.findall(
        r'(?:<script[^>]*src|<link[^>]*stylesheet"[^>]*href)="([^"?]*)', page
    )
    assert sorted(loaded) == [
        f"_static/{n}" for n in ("course.css", "course.js", "fonts.css")
    ]


def test_without_an_address_no_button_leads_elsewhere(tmp_path, page):
    html, _ = build(tmp_path, repository_branch="main")
    assert "download>Notebook</a>" in html
    for text in (page, html):
        assert not re.search(r'href="https?://', text)


def test_with_an_address_the_buttons_lead_to_the_chapter(tmp_path):
    html, _ = build(
        tmp_path,
        repository_url="https://github.com/someone/course/",
        repository_branch="main",
        published_branch="gh-pages",
    )
    start = "https://colab.research.google.com/github/someone/course/blob/gh-pages/"
    assert f'href="{start}_sources/i.ipynb"' in html
    binder = "https://mybinder.org/v2/gh/someone/course/main?urlpath=lab/tree/index.md"
    assert f'href="{binder}"' in html
    assert 'href="https://github.com/someone/course/"' in html


def test_redirect_leads_to_the_first_page(tmp_path):
    class App:
        class config:
            root_doc = "book/index"
            html_title = "The Book"

        class builder:
            format = "html"

        outdir = tmp_path

    sitehtml.write_redirect(App, None)
    assert 'url=book/index.html"' in (tmp_path / "index.html").read_text("utf8")


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (b'<svg width="10" height="20px">', (10, 20)),
        (b'<?xml version="1.0"?><svg height="7.2pt" width="14.4pt">', (19, 10)),
        (b'<svg viewBox="0 0 1 1">', None),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x05\0\0\0\x06", (5, 6)),
        (b"something else", None),
    ],
)
def test_size_of(tmp_path, content, size):
    (tmp_path / "image").write_bytes(content)
    assert sitehtml.size_of(tmp_path / "image") == size


def test_fonts_are_small_and_inside_the_style_sheet(page, tmp_path):
    fonts = list((BOOK / "_vendor" / "fonts").glob("*.woff2"))
    assert {font.stem for font in fonts} == set(sitehtml.FACES)
    assert sum(font.stat().st_size for font in fonts) <= 150_000
