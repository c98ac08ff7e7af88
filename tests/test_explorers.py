"""The explorers: their directive, then each in a browser, against the library."""

from __future__ import annotations

import math
import re
from pathlib import Path

import explorer
import numpy as np
import pytest
import torch
from conftest import FRAME, sphinx_build
from test_browser import OBSERVE, WIDTHS, audit, is_foreign, launched
from torch.distributions import Normal, kl_divergence

from vaecourse.distributions import kl_to_standard_normal, reparameterize

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
PAGE = """# Explorers

Text above, with a formula $\\mu + \\sigma$ and {numref}`fig-kl-springs`.

:::{figure} /picture.svg
:name: fig-kl-springs
:alt: Two bell curves.

Two densities.
:::

:::{explorer} kl
:figure: fig-kl-springs
:::

Text between.

:::{figure} /picture.svg
:name: fig-rp-draws
:alt: Draws on a curve.

Twelve draws.
:::

:::{explorer} reparameterization
:figure: fig-rp-draws
:::

Text below.
"""
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="614px" height="346px"/>'


def build(folder: Path, text: str) -> str:
    """Build a page and one without explorers in the book's frame; return warnings."""
    (folder / "notebooks").mkdir(parents=True)
    (folder / "notebooks" / "page.md").write_text(text, "utf8")
    (folder / "index.md").write_text("# Start\n\n```{toctree}\nnotebooks/page\n```\n")
    (folder / "picture.svg").write_text(PICTURE)
    settings = FRAME | {
        "extensions": ["myst_parser", "mathstatic", "explorer", "sitehtml"],
        "myst_enable_extensions": ["colon_fence", "dollarmath"],
        "numfig": True,
        "katex_dir": str(BOOK / "_vendor" / "katex"),
        "html_permalinks_icon": "#",
    }
    return sphinx_build(folder, settings)


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("explorers")
    assert build(folder, PAGE) == ""
    return folder / "out" / "notebooks" / "page.html"


# The directive ----------------------------------------------------------------------


def test_the_box_stands_between_picture_and_caption(built):
    text = built.read_text("utf8")
    for name, figure in (("kl", "fig-kl-springs"), ("reparameterization", "fig-rp-")):
        box = f'<div class="explorer" data-explorer="{name}" data-figure="{figure}'
        start = text.index(f'id="{figure}')
        places = [text.index(part, start) for part in ("<img", box, "<figcaption")]
        assert places == sorted(places)
    assert text.count('class="explorer"') == 2


def test_scripts_and_style_are_loaded_where_they_are_needed(built):
    text = built.read_text("utf8")
    loaded = re.findall(r'<script src="\.\./_static/explorers/(\w+)\.js\?v=\w+">', text)
    assert loaded == ["shared", "kl", "reparameterization"]
    assert text.count("_static/explorers/shared.css") == 1
    assert "explorer" not in (built.parents[1] / "index.html").read_text("utf8")
    for name in [*loaded, "shared"]:
        assert (built.parents[1] / f"_static/explorers/{name}.js").is_file()


def test_what_cannot_be_is_a_warning(tmp_path):
    unknown = build(tmp_path / "a", PAGE.replace("{explorer} kl", "{explorer} lk"))
    assert "no explorer 'lk': expected one of ['kl', 'reparameterization']" in unknown
    lost = build(tmp_path / "b", PAGE.replace(":figure: fig-kl", ":figure: fig-lk"))
    assert "page.md:12: WARNING: explorer: no figure 'fig-lk-springs' here" in lost
    bare = build(tmp_path / "c", PAGE.replace(":figure: fig-kl-springs\n", ""))
    assert "explorer: option :figure: is missing" in bare


@pytest.mark.parametrize("name", explorer.names())
def test_an_explorer_is_a_small_script_of_its_own(name):
    for file in (name, explorer.SHARED):
        text = (explorer.FOLDER / f"{file}.js").read_text("utf8")
        assert len(text.splitlines()) <= 200
        assert not re.search(r"\b(import|export|fetch|eval|innerHTML)\b", code(text))
    style = (explorer.FOLDER / "shared.css").read_text("utf8")
    assert not re.search(r"\b(transition|animation)\b", style)


def code(text: str) -> str:
    """Return a script without its comments."""
    return re.sub(r"/\*.*?\*/|^ *//.*$", "", text, flags=re.S | re.M)


# In a browser -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture
def opened(chromium, built):
    """Return a function that opens the page; no page may report an error."""
    contexts, messages = [], []

    def go(width="desktop", anchor="", prepare=lambda page: None, **context):
        size = {"width": WIDTHS[width], "height": 800}
        contexts.append(chromium.new_context(viewport=size, **context))
        page = contexts[-1].new_page()
        page.add_init_script(OBSERVE)
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.on("console", lambda message: messages.append(message.text))
        page.on(
            "request", lambda r: messages.append(r.url) if is_foreign(r.url) else None
        )
        prepare(page)
        page.goto(built.as_uri() + anchor)
        return page

    go.messages = messages
    yield go
    for context in contexts:
        context.close()
    assert messages == []


def numbers(text: str) -> list[float]:
    """Return the numbers in a text; they have true minus signs."""
    return [
        float(n.replace("\u2212", "-")) for n in re.findall(r"\u2212?\d+\.\d+", text)
    ]


def press(page, slider: str, keys: str) -> float:
    """Focus a slider, press keys, return its value."""
    page.focus(f"#{slider}")
    for key in keys.split():
        page.keyboard.press(key)
    return float(page.input_value(f"#{slider}"))


def centre(page, handle: int) -> tuple[float, float]:
    """Return where a handle of the KL's plot is in the window."""
    box = page.locator(".explorer .handle").nth(handle).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


KEYS = ["", "ArrowRight", "Home", "End", "PageDown ArrowLeft", "PageUp PageUp"]
KL_MU, KL_SIGMA = "fig-kl-springs-mu", "fig-kl-springs-sigma"
RP_MU, RP_SIGMA = "fig-rp-draws-mu", "fig-rp-draws-sigma"


def assert_kl_is_right(page, mu: float, sigma: float) -> None:
    """Compare every number that the first explorer shows with an exact one."""
    of_mean, of_width, total = numbers(page.inner_text(".explorer .total"))
    exact = kl_to_standard_normal(
        torch.tensor([mu], dtype=torch.float64),
        2 * torch.tensor([sigma], dtype=torch.float64).log(),
    ).item()
    reference = kl_divergence(Normal(mu, sigma), Normal(0.0, 1.0)).item()
    assert total == pytest.approx(exact, abs=5.01e-4)
    assert exact == pytest.approx(reference, abs=1e-5)
    assert of_mean == pytest.approx(mu**2 / 2, abs=5.01e-4)
    half = (sigma**2 - 1) / 2 - math.log(sigma)
    assert of_width == pytest.approx(half, abs=5.01e-4)
    z = np.linspace(-40, 40, 400_001)
    q, p = Normal(mu, sigma), Normal(0.0, 1.0)
    log_q, log_p = (d.log_prob(torch.tensor(z)).numpy() for d in (q, p))
    part = np.exp(log_q) * (log_q - log_p) * (z[1] - z[0])
    above, below, together = numbers(page.inner_text(".explorer .areas"))
    assert above == pytest.approx(part[part > 0].sum(), abs=6e-4)
    assert below == pytest.approx(-part[part < 0].sum(), abs=6e-4)
    assert together == pytest.approx(exact, abs=6e-4)
    shown = numbers(page.inner_text(".explorer .columns"))
    assert shown[0] == pytest.approx(mu, abs=5.01e-3)
    assert shown[2] == pytest.approx(sigma, abs=5.01e-3)


@pytest.mark.parametrize("width", WIDTHS)
def test_kl_by_keyboard(opened, width):
    page = opened(width)
    for keys_mu in KEYS:
        for keys_sigma in KEYS:
            mu = press(page, KL_MU, keys_mu)
            sigma = 2 ** press(page, KL_SIGMA, keys_sigma)
            assert_kl_is_right(page, mu, sigma)
            for slider, value in ((KL_MU, mu), (KL_SIGMA, sigma)):
                said = page.get_attribute(f"#{slider}", "aria-valuetext")
                assert numbers(said) == [pytest.approx(value, abs=5.01e-3)]


def test_kl_is_zero_where_q_is_the_prior(opened):
    page = opened()
    press(page, KL_MU, "Home " + "ArrowRight " * 40)
    press(page, KL_SIGMA, "Home " + "ArrowRight " * 30)
    assert set(numbers(page.inner_text(".explorer .total"))) == {0.0}
    assert_kl_is_right(page, 0.0, 1.0)


def test_kl_by_pointer(opened):
    page = opened()
    unit = page.evaluate("document.querySelector('.explorer .axis').getBBox().width")
    unit /= 20  # the plot shows z from -10 to 10
    for handle, change in ((0, -1.3), (1, 0.6), (0, 0.45), (1, -0.25), (1, -9), (0, 9)):
        mu, sigma = (float(page.input_value(f"#{n}")) for n in (KL_MU, KL_SIGMA))
        x, y = centre(page, handle)
        page.mouse.move(x + 3, y + 2)  # wherever it is taken, it does not jump
        page.mouse.down()
        page.mouse.move(x + 3 + change * unit / 2, y - 20)
        page.mouse.move(x + 3 + change * unit, y + 30, steps=3)
        page.mouse.up()
        page.mouse.move(x, y + 200)  # it is let go
        new_mu, new = (float(page.input_value(f"#{n}")) for n in (KL_MU, KL_SIGMA))
        if handle == 0:
            assert new_mu == pytest.approx(min(mu + change, 2), abs=0.06)
            assert new == sigma
        else:
            wanted = math.log2(max(2**sigma + change, 2**-1.5))
            assert new == pytest.approx(wanted, abs=0.06)
            assert new_mu == mu
        assert_kl_is_right(page, new_mu, 2**new)


def test_kl_by_touch_and_the_page_still_scrolls(opened):
    page = opened("phone", has_touch=True, is_mobile=True)
    page.locator(".explorer").first.scroll_into_view_if_needed()
    touch = page.context.new_cdp_session(page)

    def swipe(x, y, dx, dy):
        for i in range(9):
            kind = "touchMove" if i else "touchStart"
            points = [{"x": x + dx * i / 8, "y": y + dy * i / 8}]
            event = {"type": kind, "touchPoints": points}
            touch.send("Input.dispatchTouchEvent", event)
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(100)

    top = page.evaluate("scrollY")
    swipe(*centre(page, 0), -40, -60)
    mu = float(page.input_value(f"#{KL_MU}"))
    assert mu < 0 and page.evaluate("scrollY") == top
    assert_kl_is_right(page, mu, 0.5)
    box = page.locator(".explorer svg").first.bounding_box()
    swipe(box["x"] + 60, box["y"] + 200, 0, -120)
    assert page.evaluate("scrollY") > top + 50
    assert float(page.input_value(f"#{KL_MU}")) == mu


NOISE = torch.randn(12, generator=torch.Generator().manual_seed(0))


def gradients(mu: float, sigma: float, mu_0: float, sigma_0: float):
    """Return (mean, standard error) of both estimates, each at its own place."""
    noise = (NOISE * 100).round() / 100  # as the script has it
    noise = noise.double()

    def f(x):
        return x**2 + x.sin()

    def summary(terms):
        return terms.mean().item(), (terms.std() / len(terms) ** 0.5).item()

    each = torch.full_like(noise, mu).requires_grad_()  # a mean for each draw
    f(each + sigma * noise).sum().backward()
    pathwise = summary(each.grad)
    x = mu_0 + sigma_0 * noise
    there = torch.full_like(noise, mu_0).requires_grad_()
    (f(x) * Normal(there, sigma_0).log_prob(x)).sum().backward()
    return pathwise, summary(there.grad)


def exact_gradient(mu: float, sigma: float) -> float:
    """Return E[f'(x)] by quadrature."""
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    x = mu + sigma * points
    return float(weights @ (2 * x + np.cos(x)) / weights.sum())


def assert_gradients_are_right(page, mu, sigma, mu_0, sigma_0) -> None:
    """Compare every number that the second explorer shows with an exact one."""
    estimates = gradients(mu, sigma, mu_0, sigma_0)
    texts = page.locator(".explorer .columns output").all_inner_texts()
    places = page.locator(".explorer .place").all_inner_texts()
    drawn = (mu, sigma), (mu_0, sigma_0)
    for text, wanted, (m, s) in zip(texts, estimates, drawn, strict=True):
        closed = 2 * m + math.exp(-(s**2) / 2) * math.cos(m)
        assert closed == pytest.approx(exact_gradient(m, s), abs=1e-10)
        assert numbers(text) == pytest.approx([*wanted, closed], abs=5.1e-3)
    assert [numbers(place) for place in places] == [pytest.approx(d) for d in drawn]
    radius = "all => all.map(dot => dot.r.baseVal.value)"
    areas = np.square(page.locator(".explorer .draw").evaluate_all(radius))
    x = mu_0 + sigma_0 * (NOISE * 100).round() / 100
    log_weights = Normal(mu, sigma).log_prob(x) - Normal(mu_0, sigma_0).log_prob(x)
    weights = log_weights.exp().clamp(max=(1 / 0.26) ** 2)  # dots end at 1 em
    assert areas[12:] / areas[0] == pytest.approx(weights.numpy(), rel=1e-3, abs=1e-9)


def test_the_noise_and_the_draws_are_the_library_s(opened):
    text = (explorer.FOLDER / "reparameterization.js").read_text("utf8")
    noise = [float(n) for n in re.search(r"NOISE = \[(.*?)\]", text)[1].split(",")]
    assert noise == pytest.approx(NOISE.tolist(), abs=5.01e-3)
    generator = torch.Generator().manual_seed(0)
    mu, log_var = torch.full((12,), 1.0), torch.full((12,), 2 * math.log(0.5))
    drawn = reparameterize(mu, log_var, generator)
    page = opened()
    x = page.locator(".explorer .draw").evaluate_all(
        "all => all.map(dot => dot.cx.baseVal.value)"
    )
    line = np.polyfit(drawn, x[:12], 1)  # pixels are a straight line of the draws
    assert np.abs(np.polyval(line, drawn) - x[:12]).max() < 0.2


@pytest.mark.parametrize("width", WIDTHS)
def test_gradients_by_keyboard(opened, width):
    page = opened(width)
    drawn = 1.0, 0.5
    assert_gradients_are_right(page, 1.0, 0.5, *drawn)
    for i, keys_mu in enumerate(KEYS):
        for keys_sigma in KEYS:
            state = press(page, RP_MU, keys_mu), press(page, RP_SIGMA, keys_sigma)
            assert_gradients_are_right(page, *state, *drawn)
        if i % 2:
            page.focus(".explorer button")
            page.keyboard.press("Enter")
            drawn = state
            assert_gradients_are_right(page, *state, *drawn)


def test_gradients_by_pointer(opened):
    page = opened()
    for slider, share in ((RP_MU, 0.25), (RP_SIGMA, 0.8), (RP_MU, 0.6)):
        box = page.locator(f"#{slider}").bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        x = box["x"] + 8 + share * (box["width"] - 16)
        page.mouse.move(x, box["y"] + box["height"] / 2, steps=4)
        page.mouse.up()
        state = [float(page.input_value(f"#{name}")) for name in (RP_MU, RP_SIGMA)]
        assert_gradients_are_right(page, *state, 1.0, 0.5)
    page.click(".explorer button")
    assert_gradients_are_right(page, *state, *state)


def test_left_the_draws_move_and_right_only_their_weights(opened):
    page = opened()
    look = """all => all.map(mark => ["cx", "cy", "r", "d"].map(
        key => mark.getAttribute(key)).join(" "))"""

    def seen(mark):
        return page.locator(f".explorer .{mark}").evaluate_all(look)

    draws, bars = seen("draw"), seen("bar")
    assert len(draws) == len(bars) == 24 and len(seen("tangent")) == 12
    press(page, RP_MU, "ArrowLeft ArrowLeft")
    for old, new in zip(draws[:12], seen("draw")[:12], strict=True):
        assert old.split()[0] != new.split()[0]  # cx
    for old, new in zip(draws[12:], seen("draw")[12:], strict=True):
        assert old.split()[:2] == new.split()[:2]  # cx and cy
        assert old.split()[2] != new.split()[2]  # r, the weight
    for old, new in zip(bars[12:], seen("bar")[12:], strict=True):
        assert re.match(r"\s*M([\d.]+)", old)[1] == re.match(r"\s*M([\d.]+)", new)[1]


def test_values_have_names_and_are_read_out(opened):
    page = opened()
    names = [w + q for q in (" of q", "") for w in ("mean \u03bc", "deviation \u03c3")]
    for name in names:
        assert page.get_by_role("slider", name=name, exact=True).count() == 1
    for output in page.locator(".explorer output").all():
        assert output.get_attribute("aria-live") == "polite"
    images = page.locator(".explorer svg[role=img]")
    assert images.count() == page.locator(".explorer svg").count() == 5
    before = [image.get_attribute("aria-label") for image in images.all()]
    assert all(len(words.split()) > 6 for words in before)
    for slider in (KL_MU, KL_SIGMA, RP_MU):
        press(page, slider, "ArrowLeft")
    after = [image.get_attribute("aria-label") for image in images.all()]
    assert all(old != new for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_in_light_and_dark(opened, width):
    page = opened(width)
    press(page, RP_MU, "Home")
    found = audit(page, "light", []) + audit(page, "dark", ["color-contrast"])
    assert found == []


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_at_every_setting(opened, width):
    page = opened(width)
    wide = "document.documentElement.scrollWidth - innerWidth"
    high = "[...document.querySelectorAll('.explorer')].map(box => box.offsetHeight)"
    heights = page.evaluate(high)
    for key in ("Home", "End"):
        for sliders in ((KL_MU, RP_MU), (KL_SIGMA, RP_SIGMA)):
            for slider in sliders:
                press(page, slider, key)
            assert page.evaluate(wide) <= 0
            assert page.evaluate(high) == heights  # and nothing below it moves
    text = page.evaluate("""() => [...document.querySelectorAll(
        '.explorer :is(text, p, output, label, small)'
      )].map(e => parseFloat(getComputedStyle(e).fontSize))""")
    body = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    assert min(text) >= 0.75 * body and max(text) <= body


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("anchor", ["", "#fig-kl-springs", "#fig-rp-draws"])
def test_nothing_moves_even_when_the_scripts_come_late(opened, width, anchor):
    def late(page):
        def wait(route):
            page.wait_for_timeout(150)
            route.continue_()

        page.route("**/explorers/*.js*", wait)

    for prepare in (lambda page: None, late):
        page = opened(width, anchor, prepare)
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(200)
        assert page.locator(".explorer svg").count() == 5
        assert page.evaluate("shift") == 0
        if anchor:
            top = page.evaluate(
                "a => document.querySelector(a).getBoundingClientRect().top", anchor
            )
            assert 0 <= top < 400  # the figure keeps its place for links


def test_colours_follow_the_theme(opened):
    page = opened(color_scheme="light")
    look = """() => ["text", ".axis", ".integrand", "span.t-above"].map(part => {
      const style = getComputedStyle(document.querySelector(".explorer " + part));
      return [style.fill, style.stroke, style.color].join(" ");
    })"""
    light = page.evaluate(look)
    page.click("#theme-button")
    page.click("#theme-button")
    assert all(a != b for a, b in zip(light, page.evaluate(look), strict=True))


SHOWN = """() => ["img", ".explorer"].map(part =>
  [...document.querySelectorAll("figure " + part)].map(e => e.checkVisibility()))"""


def test_print_shows_the_picture(opened):
    page = opened()
    assert page.evaluate(SHOWN) == [[False, False], [True, True]]
    page.emulate_media(media="print")
    assert page.evaluate(SHOWN) == [[True, True], [False, False]]


def test_without_scripts_the_picture_stands(opened):
    page = opened(java_script_enabled=False)
    for i in range(2):
        assert page.locator("figure img").nth(i).is_visible()
        assert not page.locator(".explorer").nth(i).is_visible()


def test_a_script_that_does_not_arrive_leaves_the_picture(opened):
    def lose(page):
        page.route("**/explorers/kl.js*", lambda route: route.abort())

    page = opened(prepare=lose)
    assert page.evaluate(SHOWN) == [[True, False], [False, True]]
    assert [m for m in opened.messages if "ERR_FAILED" not in m] == []
    opened.messages.clear()


def test_nothing_moves_by_itself(opened):
    page = opened(reduced_motion="reduce")
    for slider in (KL_MU, RP_MU):
        press(page, slider, "End")
    page.click(".explorer button")
    assert page.evaluate("document.getAnimations().length") == 0
