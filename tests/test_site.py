"""The checks of a built site, each against a planted fault; then the real site."""

from __future__ import annotations

import shutil
from pathlib import Path

import check_site
import pytest
from bs4 import BeautifulSoup

PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>A page</title>
<link rel="stylesheet" href="_static/look.css"><script src="_static/do.js"></script>
</head><body><article id="text">
<p>Words, <code>$not = maths$</code> and <span class="katex">\\frac{1}{2}</span>.</p>
<figure><img src="figure.svg" alt="Two lines cross at one half.">
<div class="explorer" data-explorer="do"></div>
<figcaption><p><span class="caption-number">Fig. 1 </span>The lines.</p></figcaption>
</figure>
<a href="other.html#there">there</a> <a href="https://example.org/">elsewhere</a>
<span class="pasted-text">12.3</span>
</article></body></html>
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>'


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "look.css").write_text(
        "a{background:url(data:image/png,x)}"
    )
    (tmp_path / "_static" / "do.js").write_text(
        'const ns = "http://www.w3.org/1999/x";'
    )
    (tmp_path / "figure.svg").write_text(SVG)
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "other.html").write_text('<p id="there">Here.</p>')
    return tmp_path


def problems(folder: Path) -> list[str]:
    check_site.foreign_in_file.cache_clear()
    return list(check_site.Site(folder).problems())


def test_a_good_site_has_no_problem(small):
    assert problems(small) == []
    assert check_site.main([str(small)]) == 0


IN_PAGE = {  # fault: (what stands there, what takes its place, words of the message)
    "page": ('href="other.html#there"', 'href="gone.html"', "leads nowhere: gone.html"),
    "anchor": ("#there", "#nowhere", "no such place on the page it leads to"),
    "own anchor": ("other.html#there", "#nowhere", "no such place"),
    "image file": ('src="figure.svg"', 'src="lost.svg"', "leads nowhere: lost.svg"),
    "no alt": (' alt="Two lines cross at one half."', "", "without alternative text"),
    "empty alt": ("Two lines cross at one half.", " ", "without alternative text"),
    "file as alt": (
        "Two lines cross at one half.",
        "_images/3f2a9c.svg",
        "text is a file name: _images/3f2a9c.svg",
    ),
    "name as alt": ("Two lines cross at one half.", "loss_curve.png", "is a file name"),
    "caption as alt": (
        "Two lines cross at one half.",
        "the lines",
        "repeats the caption",
    ),
    "explorer's picture": (
        "</article>",
        '<div data-explorer="do"></div></article>',
        "explorer without a figure behind it: do",
    ),
    "explorer's script": (
        'data-explorer="do"',
        'data-explorer="kl"',
        "explorer without its script: kl",
    ),
    "ids": ("</article>", '<p id="text">x</p></article>', "id used 2 times: text"),
    "script": (
        "_static/do.js",
        "https://cdn.example.com/do.js",
        "loads from another host",
    ),
    "no scheme": (
        "_static/do.js",
        "//cdn.example.com/do.js",
        "loads from another host",
    ),
    "style sheet": ("_static/look.css", "https://example.com/a.css", "another host"),
    "font preload": (
        "</head>",
        '<link rel="preload" href="https://fonts.example.com/a.woff2"></head>',
        "another host: https://fonts.example.com/a.woff2",
    ),
    "srcset": (
        'src="figure.svg"',
        'srcset="https://a.example.com/b.png 2x"',
        "another",
    ),
    "frame": (
        "</article>",
        '<iframe src="https://example.com/"></iframe>',
        "another host",
    ),
    "style": (
        "<p>",
        '<p style="background:url(https://example.com/a.png)">',
        "another host",
    ),
    "made by a script": (
        "</article>",
        "<script>tag.src = 'https://cdn.example.com/late.js'</script></article>",
        "script loads from another host: https://cdn.example.com/late.js",
    ),
    "role": ("Words,", "{numref}`fig-one`,", "markup left in the text"),
    "fence": ("Words,", "::: {note}", "markup left in the text"),
    "maths": ("Words,", "where $x = 1$ holds,", "markup left in the text"),
    "tex": ("Words,", r"\begin{align} a", "markup left in the text"),
    "glue": ("12.3", "", "a glued value is empty"),
}


@pytest.mark.parametrize("fault", IN_PAGE)
def test_a_fault_in_a_page_is_found(small, fault, capsys):
    good, bad, words = IN_PAGE[fault]
    assert PAGE.count(good) >= 1
    (small / "index.html").write_text(PAGE.replace(good, bad, 1))
    found = problems(small)
    assert len(found) == 1, found
    assert words in found[0]
    assert found[0].startswith("index.md (built page, line ")
    assert check_site.main([str(small)]) == 1
    assert "1 problems" in capsys.readouterr().out


IN_FILE = {
    "_static/look.css": "@import url('https://fonts.example.com/css');",
    "_static/do.js": "el.src = `//cdn.example.com/widget.js`;",
    "figure.svg": '<svg><image href="https://example.com/a.png"/></svg>',
}


@pytest.mark.parametrize("file", IN_FILE)
def test_a_load_inside_a_file_of_the_site_is_found(small, file):
    (small / file).write_text(IN_FILE[file])
    (found,) = problems(small)
    assert f"{file} loads from another host" in found


def test_no_site_is_said_in_one_line(tmp_path, capsys):
    assert check_site.main([str(tmp_path)]) == 2
    assert "run `make book` first" in capsys.readouterr().err


def test_the_real_site_has_no_problem(site):
    assert problems(site) == []


def test_lines_that_a_cell_prints_share_one_box(site):
    pages = sorted(site.glob("notebooks/*.html"))
    boxes = [BeautifulSoup(p.read_text("utf8"), "html.parser") for p in pages]
    assert sum(len(page.select(".output.stream")) for page in boxes) > 20
    assert not any(page.select(".output.stream + .output.stream") for page in boxes)


def test_faults_planted_in_the_real_site_are_found(site, tmp_path):
    """The reader copes with what the book's pages really look like."""
    copy = tmp_path / "html"
    shutil.copytree(site, copy)
    page = next(
        p for p in sorted(copy.glob("notebooks/*.html")) if "<img" in p.read_text()
    )
    text = page.read_text("utf8")
    start = text.index('alt="', text.index("<figure"))
    end = text.index('"', start + 5)
    text = f'{text[:start]}alt="_images/x.svg{text[end:]}'
    text = text.replace(
        "</article>", '<p>{eq}`lost`</p><img src="http://a.io/b"></article>'
    )
    page.write_text(text, "utf8")
    found = " ".join(problems(copy))
    for words in ("is a file name", "markup left", "another host: http://a.io/b"):
        assert words in found
