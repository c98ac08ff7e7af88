"""What a page costs its reader, measured in a real browser.

    python tools/page_facts.py PAGE [--site SITE] [--defaults MATHJAX]

PAGE is such as ``notebooks/01_linear_autoencoder``.  With ``--defaults`` the same page
is built with Jupyter Book's default look as well and measured beside it; MATHJAX is the
folder of the npm package ``mathjax`` (version 3), which takes the place of the CDN that
those defaults ask.  Needs Chromium and playwright.  Prints a table in Markdown.

Every visit has an empty cache, 10 Mbit/s with 40 ms of latency, a processor slowed down
four times and a server that compresses text; the table gives the median of the visits.
"""

from __future__ import annotations

import argparse
import gzip
import math
import mimetypes
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[1]
CDN = "https://cdn.jsdelivr.net/npm/mathjax@3/"
NETWORK = {
    "offline": False,
    "latency": 40,
    "downloadThroughput": 10e6 / 8,
    "uploadThroughput": 10e6 / 8,
}
SLOWDOWN = 4

OBSERVE = """
  window.facts = {shift: 0, blocked: 0, formula: null, events: 0};
  const watch = (type, seen) => new PerformanceObserver(list => {
    for (const entry of list.getEntries()) { seen(entry); facts.events += 1; }
  }).observe({type, buffered: true});
  watch("layout-shift", entry => { facts.shift += entry.value; });
  watch("longtask", entry => { facts.blocked += Math.max(0, entry.duration - 50); });
  watch("first-contentful-paint", () => {});
  const look = () => {
    const painted = performance.getEntriesByName("first-contentful-paint").length;
    if (painted && document.querySelector(".katex-html, mjx-container > mjx-math")) {
      facts.formula = performance.now();
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
"""

DEFAULTS = """
title: The same pages with Jupyter Book's defaults
only_build_toc_files: true
exclude_patterns: [_build, "src/**", "tools/**", "tests/**", "book/_vendor/**", "*.md"]
execute:
  execute_notebooks: cache
  cache: {cache}
  timeout: 300
parse:
  myst_enable_extensions:
    [attrs_block, attrs_inline, colon_fence, deflist, dollarmath, linkify, smartquotes]
bibtex_bibfiles: [book/references.bib]
sphinx:
  local_extensions: {{nbdeps: book/_ext, routemap: book/_ext}}
  extra_extensions: [sphinx_exercise]
"""


ROWS = {  # fact: (its name in the table, how it is printed)
    "bytes_plain": ("bytes, uncompressed", "{:,.0f}"),
    "bytes_gzip": ("bytes, as sent with gzip", "{:,.0f}"),
    "requests": ("requests", "{:.0f}"),
    "foreign": ("of these to other hosts", "{:.0f}"),
    "shift": ("layout shift", "{:.4f}"),
    "blocked_ms": ("main thread blocked, ms", "{:,.0f}"),
    "formula_ms": ("first readable formula, ms", "{:,.0f}"),
}


@cache
def body_of(file: Path) -> tuple[bytes, bytes]:
    """Return what the server sends for a file: plain, and compressed if that pays."""
    plain = file.read_bytes()
    if file.suffix == ".html":
        plain = plain.replace(CDN.encode(), b"/cdn/")
    packed = plain
    if file.suffix in {".html", ".css", ".js", ".svg", ".json"}:
        packed = gzip.compress(plain, 6, mtime=0)
    return plain, packed


class Server(ThreadingHTTPServer):
    """A site on localhost that counts what it sends."""

    def __init__(self, site: Path, mathjax: Path | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.site, self.mathjax = site, mathjax
        self.sent: list[tuple[str, int, int]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    """Answers GET with a file of the site, or of the package that is the CDN."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """Send the file, compressed where that pays."""
        path = unquote(urlsplit(self.path).path)
        folder, name = self.server.site, path.lstrip("/")
        if path.startswith("/cdn/") and self.server.mathjax:
            folder, name = self.server.mathjax, path.removeprefix("/cdn/")
        file = folder / name
        if not file.is_file():
            self.send_error(404)
            return
        plain, packed = body_of(file)
        self.server.sent.append((path, len(plain), len(packed)))
        self.send_response(200)
        self.send_header("Content-Type", mimetypes.guess_type(name)[0] or "text/plain")
        self.send_header("Content-Length", str(len(packed)))
        if packed is not plain:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(packed)

    def log_message(self, *args: object) -> None:
        """Stay silent."""


def visit(browser, server: Server, page_name: str) -> dict[str, float]:
    """Open a page once in a fresh context and return its facts."""
    server.sent.clear()
    elsewhere: list[str] = []
    local = f"http://127.0.0.1:{server.server_port}/"
    context = browser.new_context(viewport={"width": 1366, "height": 800})
    page = context.new_page()
    page.add_init_script(OBSERVE)
    page.on(
        "request",
        lambda r: None if r.url.startswith(local) else elsewhere.append(r.url),
    )
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    page.goto(f"{local}{page_name}.html", wait_until="load", timeout=120_000)
    quiet, before = 0, None
    while quiet < 4:  # two seconds in which nothing more happened
        page.wait_for_timeout(500)
        now = (page.evaluate("facts.events"), len(server.sent))
        quiet, before = (quiet + 1 if now == before else 0), now
    seen = page.evaluate("facts")
    context.close()
    elsewhere = [url for url in elsewhere if not url.startswith(("data:", "blob:"))]
    cdn = [path for path, *_ in server.sent if path.startswith("/cdn/")]
    return {
        "bytes_plain": sum(plain for _, plain, _ in server.sent),
        "bytes_gzip": sum(packed for *_, packed in server.sent),
        "requests": len(server.sent) + len(elsewhere),
        "foreign": len(cdn) + len(elsewhere),
        "shift": seen["shift"],
        "blocked_ms": seen["blocked"],
        "formula_ms": seen["formula"] if seen["formula"] is not None else math.nan,
    }


def measure(
    site: Path, page_name: str, runs: int, mathjax: Path | None = None
) -> dict[str, float]:
    """Return the medians of several visits.

    Raises
    ------
    SystemExit
        When the page, Chromium or playwright is missing.
    """
    if not (site / f"{page_name}.html").is_file():
        raise SystemExit(f"no page {page_name}.html in {site}: run `make book` first")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise SystemExit(
            "playwright is missing: see requirements-browser.txt"
        ) from None
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        raise SystemExit("no Chromium found: install it, or name it in CHROMIUM")
    server = Server(site.resolve(), mathjax)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        visits = [visit(browser, server, page_name) for _ in range(runs)]
        browser.close()
    server.shutdown()
    return {fact: statistics.median(v[fact] for v in visits) for fact in ROWS}


def build_with_defaults(folder: Path) -> Path:
    """Build the course with Jupyter Book's default look and return the site's folder.

    The chapters come from the cache of executed chapters where it has them.
    """
    for name in ("book", "notebooks", "src", "tools"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("_toc.yml", "requirements.txt", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    settings = DEFAULTS.format(cache=ROOT / "_build" / ".jupyter_cache")
    (folder / "_config.yml").write_text(settings, "utf8")
    program = Path(sys.executable).with_name("jupyter-book")
    command = [str(program), "build", str(folder), "--all"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the build with defaults failed:\n{done.stderr[-2000:]}")
    return folder / "_build" / "html"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("page")
    parser.add_argument("--site", type=Path, default=ROOT / "_build" / "html")
    parser.add_argument("--defaults", type=Path, metavar="MATHJAX")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    columns = {"this site": measure(given.site, given.page, given.runs)}
    if given.defaults:
        if not (given.defaults / "es5" / "tex-mml-chtml.js").is_file():
            raise SystemExit(f"no MathJax 3 (es5/tex-mml-chtml.js) in {given.defaults}")
        with tempfile.TemporaryDirectory() as folder:
            site = build_with_defaults(Path(folder))
            facts = measure(site, given.page, given.runs, given.defaults)
            columns["Jupyter Book's defaults"] = facts
    print(f"{given.page}, median of {given.runs} visits\n")
    print(f"| | {' | '.join(columns)} |\n|---|{'---:|' * len(columns)}")
    for name, (label, form) in ROWS.items():
        values = (form.format(facts[name]) for facts in columns.values())
        print(f"| {label} | {' | '.join(values)} |")


if __name__ == "__main__":
    main()
