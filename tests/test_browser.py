"""Every page of the built book in a real browser, opened from file://.

Each page is loaded once at two widths and looked at in light and dark.  Without a
Chromium the tests are skipped with one line; with CI=true they fail instead.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SITE = Path(__file__).parents[1] / "_build" / "html"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, NAMES)), None
)
IN_CI = os.environ.get("CI") == "true"
WIDTHS = {"desktop": 1366, "phone": 360}

try:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import Browser, Page, sync_playwright

    MISSING = "" if CHROMIUM else "no Chromium (Debian: apt install chromium)"
except ImportError as error:
    MISSING = f"no {error.name} (pip install -r requirements-browser.txt)"

if MISSING and not IN_CI:
    pytest.skip(f"browser tests need it: {MISSING}", allow_module_level=True)

OBSERVE = """
  window.shift = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) shift += entry.value;
  }).observe({type: "layout-shift", buffered: true});
"""
BAD_IMAGES = """() => [...document.images].filter(image =>
    !image.naturalWidth || !image.alt.trim() || /\\.(svg|png)$/.test(image.alt)
  ).map(image => image.outerHTML)"""
STILL = "* { transition: none !important; animation: none !important }"


@dataclass
class Visit:
    """What was seen on one page at one width."""

    page: str
    width: str
    foreign: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    bad_images: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    shift: float = 0.0
    sideways: int = 0


@contextmanager
def launched():
    """A Chromium, closed at the end; without one the test fails and says so."""
    if MISSING:
        pytest.fail(f"CI runs the browser tests: {MISSING}")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browser(site):
    with launched() as browser:
        yield browser


def site_pages() -> list[str]:
    """Return the pages by their paths in the site, without the redirect at its top."""
    files = [file.relative_to(SITE) for file in SITE.rglob("*.html")]
    paths = [file.as_posix() for file in files if file.parts[0] != "_static"]
    return sorted(set(paths) - {"index.html"})


def open_page(browser: Browser, path: str, width: str = "desktop") -> Page:
    """Open a page of the site in a context of its own."""
    size = {"width": WIDTHS[width], "height": 800}
    page = browser.new_context(viewport=size, color_scheme="light").new_page()
    page.add_init_script(OBSERVE)
    page.goto((SITE / path).as_uri())
    return page


def audit(page: Page, scheme: str, rules: list[str]) -> list[str]:
    """Return what axe-core finds wrong in a colour scheme; no rules means all."""
    page.emulate_media(color_scheme=scheme)
    options = {"resultTypes": ["violations"], "preload": False}
    if rules:
        options["runOnly"] = rules
    found = []
    for violation in Axe().run(page, options=options).response["violations"]:
        nodes = [" ".join(map(str, node["target"])) for node in violation["nodes"]]
        found.append(f"{scheme}: {violation['id']}: {violation['help']}: {nodes[:3]}")
    return found


def is_foreign(url: str) -> bool:
    """Return whether an address is neither a file nor inside the page."""
    return not url.startswith(("file:", "data:", "blob:"))


def visit(browser: Browser, path: str, width: str) -> Visit:
    """Open a page and note all that the tests ask about."""
    seen = Visit(path, width)
    size = {"width": WIDTHS[width], "height": 800}
    context = browser.new_context(viewport=size, color_scheme="light")
    page = context.new_page()
    page.add_init_script(OBSERVE)
    page.on(
        "request", lambda r: seen.foreign.append(r.url) if is_foreign(r.url) else None
    )
    page.on(
        "requestfailed", lambda request: seen.messages.append(f"lost {request.url}")
    )
    page.on("pageerror", lambda error: seen.messages.append(str(error)))
    page.on(
        "console",
        lambda m: (
            seen.messages.append(m.text) if m.type in ("error", "warning") else None
        ),
    )
    page.goto((SITE / path).as_uri())
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(200)
    seen.shift = page.evaluate("shift")
    seen.bad_images = page.evaluate(BAD_IMAGES)
    page.add_style_tag(content=STILL)
    page.evaluate(
        "document.querySelectorAll('details').forEach(fold => fold.open = true)"
    )
    page.wait_for_timeout(50)
    seen.sideways = (
        page.evaluate("document.documentElement.scrollWidth") - WIDTHS[width]
    )
    # The drawn copies of formulas are thousands of elements that screen readers skip
    # and that have the colour of the text around them.
    page.evaluate(
        "document.querySelectorAll('.katex-html').forEach(copy => copy.remove())"
    )
    # in the second scheme only the colours are other ones
    seen.violations = audit(page, "light", []) + audit(page, "dark", ["color-contrast"])
    context.close()
    return seen


@pytest.fixture(scope="module")
def visits(browser) -> list[Visit]:
    return [visit(browser, path, width) for path in site_pages() for width in WIDTHS]


def report(visits: list[Visit], name: str) -> str:
    """Return the entries of one kind of all visits, each with its page, one a line."""
    lines = [f"{v.page} ({v.width}): {e}" for v in visits for e in getattr(v, name)]
    return "\n".join(dict.fromkeys(lines))


def test_every_page_was_seen(visits):
    assert {v.page for v in visits} == set(site_pages())
    assert len(visits) >= 2 * 5


def test_no_page_asks_another_host(visits):
    assert report(visits, "foreign") == ""


def test_no_page_reports_an_error(visits):
    assert report(visits, "messages") == ""


def test_every_image_is_there_and_described(visits):
    assert report(visits, "bad_images") == ""


def test_nothing_moves_while_a_page_loads(visits):
    assert {f"{v.page} ({v.width})": v.shift for v in visits if v.shift > 0} == {}


def test_no_page_scrolls_sideways(visits):
    assert {f"{v.page} ({v.width})": v.sideways for v in visits if v.sideways > 0} == {}


def test_axe_finds_nothing_in_light_and_dark(visits):
    assert report(visits, "violations") == ""


def test_the_site_opens_at_the_first_page(browser):
    page = open_page(browser, "index.html")
    page.wait_for_url("**/book/index.html", timeout=5000)
    page.context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_search_finds_a_word(browser, width):
    page = open_page(browser, "book/index.html", width)
    if width == "phone":
        page.click("header a.icon-search")
    page.locator("input[name=q]:visible").first.fill("eigenvalues")
    page.keyboard.press("Enter")
    result = page.locator("#search-results li a").first
    result.wait_for(timeout=5000)
    result.click()
    assert "eigenvalues" in page.inner_text("main").lower()
    page.context.close()


def test_colours_follow_the_button_and_are_kept(browser):
    page = open_page(browser, "book/index.html")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(background)
    page.click("#theme-button")
    page.click("#theme-button")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    dark = page.evaluate(background)
    page.reload()
    assert page.evaluate(background) == dark != light
    page.context.close()


def test_menu_on_a_phone_works_by_keyboard(browser):
    page = open_page(browser, "book/index.html", "phone")
    link = page.locator("#contents a").first
    assert not link.is_visible()
    page.focus("#menu-button")
    page.keyboard.press("Enter")
    assert link.is_visible()
    assert page.evaluate("document.activeElement.closest('#contents') !== null")
    page.keyboard.press("Escape")
    assert not link.is_visible()
    assert page.evaluate("document.activeElement.id") == "menu-button"
    page.context.close()


def chapters() -> list[str]:
    """Return the pages that have a folded solution."""
    pages = [path for path in site_pages() if path.startswith("notebooks/")]
    return [
        p for p in pages if '<details class="solution' in (SITE / p).read_text("utf8")
    ]


def test_solutions_open_by_keyboard(browser):
    assert chapters(), "no page with a solution was found"
    for path in chapters():
        page = open_page(browser, path)
        for number in range(page.locator("details.solution").count()):
            fold = page.locator("details.solution").nth(number)
            # the place that a reader has tabbed to: the last link before the fold
            fold.evaluate("""fold => {
              const mark = document.createElement("a");
              mark.href = "#"; fold.before(mark); mark.focus();
            }""")
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            assert fold.get_attribute("open") is not None, (
                f"{path}: solution {number + 1}"
            )
        page.context.close()


def test_print_leaves_out_menus_and_closed_solutions(browser):
    path = chapters()[0]
    page = open_page(browser, path)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    shown = "selector => document.querySelector(selector)?.checkVisibility()"
    for selector in ("header", "#contents", ".turn", "details.solution"):
        assert page.evaluate(shown, selector) is False, selector
    assert page.evaluate(shown, "article h1") is True
    page.evaluate("document.querySelector('details.solution').open = true")
    assert page.evaluate(shown, "details.solution p") is True
    page.context.close()
