"""Check a built site without a network.

    python tools/check_site.py [SITE]

Reports, for each page: links and anchors that lead nowhere, images without a real
alternative text, explorers without a picture, repeated ids, anything that would be
loaded from another host, and markup or formulas that were not turned into a page.
Ends with status 1 if there are any.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

LOADED = {  # (tag, attribute) that makes a browser load something
    *(("script", "src"), ("img", "src"), ("iframe", "src"), ("embed", "src")),
    *(("source", "src"), ("video", "src"), ("audio", "src"), ("track", "src")),
    *(("object", "data"), ("video", "poster"), ("image", "href"), ("input", "src")),
}
LINK_KINDS = {"stylesheet", "icon", "preload", "prefetch", "modulepreload", "manifest"}
SKIPPED = {"pre", "code", "math", "script", "style"}  # no prose in there
VOID = {"img", "input", "link", "meta", "br", "hr", "source", "track", "embed", "wbr"}

FOREIGN = re.compile(r"(?:https?:)?//[\w.-]+\.\w", re.IGNORECASE)
CSS_URL = re.compile(r"(?:@import\s+(?:url\()?|url\()\s*[\"']?([^\"')\s]+)")
JS_URL = re.compile(r"[\"'`]((?:https?:)?//[\w.-]+\.\w[^\"'`\s]*)")
NAMESPACES = "http://www.w3.org/"
FILE_NAME = re.compile(r"\S+\.(?:svg|png|jpe?g|gif|webp)|_images/\S*|[0-9a-f]{32,}")
RAW = re.compile(
    r"\{[a-z]+(?::[a-z]+)?\}`|:::|```|\[@\w|\$\$|\$[^\s$][^$\n]*\$"
    r"|\\(?:begin|end|frac|sum|mathbb|mathcal|operatorname|left|text)\b"
)


@dataclass
class Page:
    """What one page holds that can be wrong; the numbers are lines of the file."""

    ids: Counter[str] = field(default_factory=Counter)
    links: list[tuple[int, str]] = field(default_factory=list)
    loads: list[tuple[int, str]] = field(default_factory=list)
    images: list[tuple[int, str, str | None, int]] = field(default_factory=list)
    captions: dict[int, str] = field(default_factory=dict)
    text: list[tuple[int, str]] = field(default_factory=list)
    scripts: list[tuple[int, str]] = field(default_factory=list)
    styles: list[tuple[int, str]] = field(default_factory=list)
    empty_values: list[int] = field(default_factory=list)
    explorers: list[tuple[int, str, bool]] = field(default_factory=list)


class Reader(HTMLParser):
    """Collect a page's parts in one pass."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.open: list[tuple[str, str]] = []  # (tag, classes)
        self.figure = 0
        self.value = ""  # the last words read, to tell an empty glued value

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note ids, links, loads and images."""
        line, given = self.getpos()[0], dict(attrs)
        if tag not in VOID:
            self.open.append((tag, given.get("class") or ""))
        if "pasted-text" in (given.get("class") or ""):
            self.value = ""
        if given.get("id"):
            self.page.ids[given["id"]] += 1
        if tag == "a" and given.get("href"):
            self.page.links.append((line, given["href"]))
        for name, value in given.items():
            if (tag, name) in LOADED and value:
                self.page.loads.append((line, value))
            elif name == "srcset" and value:
                urls = (part.split()[0] for part in value.split(",") if part.strip())
                self.page.loads += [(line, url) for url in urls]
            elif name == "style" and value:
                self.page.styles.append((line, value))
        if tag == "link" and LINK_KINDS & set((given.get("rel") or "").split()):
            self.page.loads.append((line, given.get("href") or ""))
        elif tag == "link" and given.get("rel") in ("next", "prev"):
            self.page.links.append((line, given.get("href") or ""))
        elif tag == "figure":
            self.figure += 1
        elif "data-explorer" in given:
            inside = any(t == "figure" for t, _ in self.open)
            self.page.explorers.append((line, given["data-explorer"] or "", inside))
        elif tag == "img":
            inside = self.figure if any(t == "figure" for t, _ in self.open) else 0
            picture = (line, given.get("src") or "", given.get("alt"), inside)
            self.page.images.append(picture)

    def handle_endtag(self, tag: str) -> None:
        """Close a tag, and those that were left open in it."""
        for i in range(len(self.open) - 1, -1, -1):
            if self.open[i][0] == tag:
                if "pasted-text" in self.open[i][1] and not self.value:
                    self.page.empty_values.append(self.getpos()[0])
                del self.open[i:]
                return

    def handle_data(self, data: str) -> None:
        """Note prose, captions, and what stands in scripts and style sheets."""
        line, tags = self.getpos()[0], [tag for tag, _ in self.open]
        self.value = data.strip()
        if "script" in tags:
            self.page.scripts.append((line, data))
        elif "style" in tags:
            self.page.styles.append((line, data))
        elif "article" in tags and not SKIPPED & set(tags):
            classes = " ".join(c for _, c in self.open)
            if "katex" in classes:
                return
            self.page.text.append((line, data))
            ignored = "caption-number" in classes or "headerlink" in classes
            if "figcaption" in tags and not ignored:
                caption = self.page.captions.get(self.figure, "")
                self.page.captions[self.figure] = caption + data


def read(file: Path) -> Page:
    """Read one page."""
    reader = Reader()
    reader.feed(file.read_text("utf8"))
    return reader.page


def plain(text: str) -> str:
    """Return a text as it is compared: lower case, single spaces, no end mark."""
    return " ".join(text.lower().split()).rstrip(".")


class Site:
    """A built site, and the problems found in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        files = sorted(self.folder.rglob("*.html"))
        self.pages = {f: read(f) for f in files if "_static" not in f.parts}

    def target(self, page: Path, url: str) -> tuple[Path, str]:
        """Return the file that a link of a page means, and the anchor in it."""
        path, anchor = urldefrag(url)
        path = unquote(path.split("?")[0])
        file = (page.parent / path).resolve() if path else page
        return (file / "index.html" if file.is_dir() else file), unquote(anchor)

    def links(self, file: Path, page: Page) -> Iterator[tuple[int, str]]:
        """Yield links and loaded files that are not there."""
        for line, url in page.links + page.loads:
            if urlsplit(url).scheme or url.startswith("//") or url in ("", "#"):
                continue
            target, anchor = self.target(file, url)
            if not target.exists():
                yield line, f"leads nowhere: {url}"
            elif (
                anchor and target in self.pages and anchor not in self.pages[target].ids
            ):
                yield line, f"no such place on the page it leads to: {url}"

    def images(self, file: Path, page: Page) -> Iterator[tuple[int, str]]:
        """Yield images whose alternative text says nothing."""
        for line, source, alt, figure in page.images:
            caption = plain(page.captions.get(figure, "")) if figure else ""
            if not (alt or "").strip():
                yield line, f"image without alternative text: {source}"
            elif FILE_NAME.fullmatch(alt.strip()):
                yield line, f"alternative text is a file name: {alt}"
            elif caption and plain(alt) == caption:
                yield line, f"alternative text repeats the caption: {alt}"

    def explorers(self, file: Path, page: Page) -> Iterator[tuple[int, str]]:
        """Yield explorers without a picture behind them, or without their script."""
        loaded = {urlsplit(url).path.rpartition("/")[2] for _, url in page.loads}
        for line, name, inside in page.explorers:
            if not inside:
                yield line, f"explorer without a figure behind it: {name}"
            if f"{name}.js" not in loaded:
                yield line, f"explorer without its script: {name}"

    def ids(self, file: Path, page: Page) -> Iterator[tuple[int, str]]:
        """Yield ids that stand twice."""
        for name, count in page.ids.items():
            if count > 1:
                yield 1, f"id used {count} times: {name}"

    def hosts(self, file: Path, page: Page) -> Iterator[tuple[int, str]]:
        """Yield what the page, or a file it loads, would load from another host."""
        for line, url in page.loads:
            if FOREIGN.match(url):
                yield line, f"loads from another host: {url}"
            elif not urlsplit(url).scheme:
                for found in foreign_in_file(self.target(file, url)[0]):
                    yield line, f"{url} loads from another host: {found}"
        for kind, parts in (("script", page.scripts), ("style", page.styles)):
            for line, text in parts:
                for found in foreign(text, kind):
                    yield line, f"{kind} loads from another host: {found}"

    def markup(self, file: Path, page: Page) -> Iterator[tuple[int, str]]:
        """Yield source that shows on the page, and values that are missing."""
        for line, text in page.text:
            for match in RAW.finditer(text):
                around = text[max(0, match.start() - 15) : match.end() + 25]
                yield line, f"markup left in the text: {' '.join(around.split())!r}"
        for line in page.empty_values:
            yield line, "a glued value is empty"

    def problems(self) -> Iterator[str]:
        """Yield each problem with the page, and the source, in which it is."""
        for file, page in self.pages.items():
            name = file.relative_to(self.folder)
            checks = (self.links, self.images, self.explorers, self.ids)
            for check in (*checks, self.hosts, self.markup):
                for line, problem in check(file, page):
                    source = name.with_suffix(".md").as_posix()
                    yield f"{source} (built page, line {line}): {problem}"


def foreign(text: str, kind: str) -> list[str]:
    """Return the addresses on other hosts that a script or a style sheet loads."""
    found = (JS_URL if kind == "script" else CSS_URL).findall(text)
    return [u for u in found if FOREIGN.match(u) and not u.startswith(NAMESPACES)]


@cache
def foreign_in_file(file: Path) -> list[str]:
    """Return the addresses on other hosts that a file of the site loads."""
    kinds = {".js": "script", ".css": "style"}
    if file.suffix not in {*kinds, ".svg"} or not file.is_file():
        return []
    text = file.read_text("utf8", errors="ignore")
    if file.suffix == ".svg":
        links = re.findall(r"<(?:image|use|script)\b[^>]*href=[\"']([^\"']+)", text)
        return [url for url in links if FOREIGN.match(url)] + foreign(text, "style")
    return foreign(text, kinds[file.suffix])


def main(arguments: list[str]) -> int:
    """Check the site and say what was found."""
    folder = Path(arguments[0] if arguments else "_build/html")
    if not (folder / "index.html").is_file():
        print(f"no site in {folder}: run `make book` first", file=sys.stderr)
        return 2
    site = Site(folder)
    problems = list(site.problems())
    print(*problems, sep="\n", end="\n" if problems else "")
    links = sum(len(p.links) + len(p.loads) for p in site.pages.values())
    found = f"{len(problems)} problems" if problems else "no problems"
    print(f"{len(site.pages)} pages, {links} links and files: {found}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
