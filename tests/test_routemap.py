"""The route map of the landing page, on small books made up for the purpose."""

import re
from pathlib import Path

import pytest
import yaml
from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util.docutils import docutils_namespace

EXTENSIONS = Path(__file__).resolve().parents[1] / "book/_ext"

CHAPTER = """---
kernelspec: {{name: python3}}
---

# {title}

We promise chapter {number} and $x^2$.

## Before you start

Reading takes about {number}0 minutes, the exercises about {number}5.
You need {needs}.

## Body

Unrelated: {{doc}}`/book/index`.
"""


def write_book(folder: Path, n_chapters: int, **changes: str) -> None:
    """Write a book of two parts whose chapters each need those before them."""
    names = [f"notebooks/{i:02d}_topic" for i in range(1, n_chapters + 1)]
    half = (n_chapters + 1) // 2
    toc = {
        "root": "book/index",
        "parts": [
            {"caption": "Other", "chapters": [{"file": "book/background"}]},
            {"caption": "Part I. One", "chapters": [{"file": n} for n in names[:half]]},
            {"caption": "Part II", "chapters": [{"file": n} for n in names[half:]]},
        ],
    }
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc), "utf8")
    (folder / "conf.py").write_text(
        "extensions = ['myst_parser', 'routemap']\n"
        "myst_enable_extensions = ['colon_fence', 'dollarmath']\n"
        "root_doc = 'book/index'\n",
        "utf8",
    )
    for name in ("book", "notebooks"):
        (folder / name).mkdir()
    tree = "\n".join(f"/{name}" for name in ["book/background", *names])
    (folder / "book/index.md").write_text(
        f"# Home\n\n## Route\n\n:::{{routemap}}\n:::\n\n## End\n\n"
        f"```{{toctree}}\n:hidden:\n{tree}\n```\n",
        "utf8",
    )
    (folder / "book/background.md").write_text("# Background *page*\n", "utf8")
    for i, name in enumerate(names, start=1):
        needs = [f"{{doc}}`{before[10:]}`" for before in names[: i - 1][-2:]]
        needs.append("{doc}`the page </book/background>`")
        text = CHAPTER.format(title=f"Title {i}", number=i, needs=", ".join(needs))
        for old, new in changes.items():
            text = text.replace(old, new)
        (folder / f"{name}.md").write_text(text, "utf8")


def build(folder: Path) -> str:
    """Build the book, any warning being an error, and return the landing page."""
    out = folder / "_build"
    with docutils_namespace():
        Sphinx(
            folder,
            folder,
            out,
            out / "trees",
            "html",
            status=None,
            warning=None,
            warningiserror=True,
            confoverrides={"nitpicky": True},
        ).build()
    return (out / "book/index.html").read_text("utf8")


@pytest.fixture(autouse=True)
def extension_path(monkeypatch):
    monkeypatch.syspath_prepend(str(EXTENSIONS))


@pytest.mark.parametrize("n_chapters", [1, 2, 24])
def test_route_map_shows_every_chapter(tmp_path, n_chapters):
    write_book(tmp_path, n_chapters)
    page = build(tmp_path)
    assert page.count('class="route-title"') == n_chapters
    for i in range(1, n_chapters + 1):
        card = re.search(rf"Chapter {i}</p>.*?</li>", page, re.S)[0]
        assert f'href="../notebooks/{i:02d}_topic.html"' in card
        assert f"Title {i}" in card and f"We promise chapter {i} and" in card
        assert f"{i}0 minutes to read, {i}5 for the exercises" in card
        needs = re.search(r"Needs.*", card, re.S)[0]
        chapters = re.findall(r"chapter (\d+)", needs)
        assert chapters == [str(k) for k in (i - 2, i - 1) if k > 0]
        assert "Background page" in re.sub(r"<[^>]+>", "", needs)
        assert "index.html" not in needs
    assert page.count("<h3>Part I. One") == 1
    assert page.count("<h3>Part II") == (n_chapters > 1)
    assert "<h3>Other" not in page
    assert "pages.css" in page
    assert "pages.css" not in (tmp_path / "_build/book/background.html").read_text()


def test_route_map_follows_a_changed_chapter(tmp_path):
    write_book(tmp_path, 1)
    assert "Title 1" in build(tmp_path)
    chapter = tmp_path / "notebooks/01_topic.md"
    chapter.write_text(chapter.read_text("utf8").replace("Title 1", "New name"), "utf8")
    page = build(tmp_path)
    assert "New name" in page and "Title 1" not in page


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Reading takes about", "It takes", "01_topic.*Reading takes about N minutes"),
        ("## Before you start", "## Other", "01_topic.*Before you start"),
        ("We promise", "## We promise", "01_topic.*promise sentence"),
        ("/book/background", "/book/nowhere", "nowhere"),
    ],
)
def test_route_map_refuses(tmp_path, old, new, message):
    write_book(tmp_path, 1, **{old: new})
    with pytest.raises(SphinxError, match=f"(?s){message}"):
        build(tmp_path)


def test_a_plain_table_of_contents_is_one_part():
    import routemap

    toc = {"chapters": [{"file": "notebooks/00_tour.md"}, {"url": "x"}]}
    assert routemap.chapters_by_part(toc) == [("", ["notebooks/00_tour"])]
