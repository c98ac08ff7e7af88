"""The explorers: their directive, then each in a browser, against the library."""

from __future__ import annotations

import base64
import functools
import json
import math
import re
from pathlib import Path

import explorer
import numpy as np
import pytest
import torch
from conftest import FRAME, FRONT_MATTER, sphinx_build
from test_browser import OBSERVE, WIDTHS, audit, is_foreign, launched
from torch.distributions import Normal, kl_divergence

from vaecourse.distributions import kl_to_standard_normal, reparameterize
from vaecourse.explorers import latent_map
from vaecourse.models import VAE, Autoencoder

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
MODEL = """\
import torch

from vaecourse.models import VAE

torch.manual_seed(1)  # no two codes of a digit are close
model = VAE(2)
with torch.no_grad():
    for weight in model.decoder.parameters():
        weight.mul_(3)  # images that differ
codes, labels = 2 * torch.randn(90, 2), torch.arange(90) % 7
"""
DATA_PAGE = f"""{FRONT_MATTER}# Explorers with data and choices

```{{code-cell}} ipython3
{MODEL}```

```{{code-cell}} ipython3
:tags: [remove-cell]

from myst_nb import glue

from vaecourse.explorers import latent_map

glue("ls-model", latent_map(model.decoder, codes, labels), display=False)
```

:::{{figure}} /picture.svg
:name: fig-ls-map
:alt: Numerals on a plane.

A map of digits.
:::

:::{{explorer}} latent_map
:figure: fig-ls-map
:data: ls-model
:::

:::{{figure}} /picture.svg
:name: fig-cl-hidden
:alt: A scale with marks.

What losses say.
:::

:::{{explorer}} objective
:figure: fig-cl-hidden
:::

Text below.
"""
ELSEWHERE = """

:::{figure} /picture.svg
:name: fig-start-map
:alt: Numerals on a plane.

The map of another page.
:::

:::{explorer} latent_map
:figure: fig-start-map
:data: notebooks/page.md::ls-model
:::
"""
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="614px" height="346px"/>'


def build(folder: Path, text: str, start: str = "") -> str:
    """Build a page and one without explorers in the book's frame; return warnings."""
    (folder / "notebooks").mkdir(parents=True)
    (folder / "notebooks" / "page.md").write_text(text, "utf8")
    index = "# Start\n\n```{toctree}\nnotebooks/page\n```\n"
    (folder / "index.md").write_text(index + start)
    (folder / "picture.svg").write_text(PICTURE)
    settings = FRAME | {
        "extensions": ["myst_nb", "mathstatic", "explorer", "sitehtml"],
        "exclude_patterns": ["out/**"],
        "nb_execution_mode": "force",
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


@pytest.fixture(scope="module")
def with_data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    assert build(folder, DATA_PAGE, ELSEWHERE) == ""
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
    assert f"no explorer 'lk': expected one of {explorer.names()}" in unknown
    lost = build(tmp_path / "b", PAGE.replace(":figure: fig-kl", ":figure: fig-lk"))
    assert "page.md:12: WARNING: explorer: no figure 'fig-lk-springs' here" in lost
    bare = build(tmp_path / "c", PAGE.replace(":figure: fig-kl-springs\n", ""))
    assert "explorer: option :figure: is missing" in bare
    key = ":figure: fig-kl-springs\n"
    unglued = build(tmp_path / "d", PAGE.replace(key, f"{key}:data: lost\n"))
    assert "explorer: No key 'lost' found in glue data" in unglued


def test_data_stand_between_the_box_and_its_script(with_data):
    pages = {
        "fig-ls-map": with_data,
        "fig-start-map": with_data.parents[1] / "index.html",
    }
    found = set()
    for figure, file in pages.items():
        text = file.read_text("utf8")
        parts = ['data-explorer="latent_map"', '<script type="application/json">']
        parts += ["explorers/latent_map.js", "<figcaption"]
        start = text.index(f'id="{figure}"')
        places = [text.index(part, start) for part in parts]
        assert places == sorted(places)
        assert text.count(parts[1]) == 1
        found.add(re.search(rf"{parts[1]}(.*?)</script>", text)[1])
    (data,) = found  # the same on both pages
    assert len(data) < 30_000
    assert json.loads(data)["labels"] == "".join(str(i % 7) for i in range(90))
    assert "glue" not in with_data.read_text("utf8")


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
def opener(chromium):
    """Return a function that opens a page; no page may report an error."""
    contexts, messages = [], []

    def go(file, width="desktop", anchor="", prepare=lambda page: None, **context):
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
        page.goto(file.as_uri() + anchor)
        return page

    go.messages = messages
    yield go
    for context in contexts:
        context.close()
    assert messages == []


@pytest.fixture
def opened(opener, built):
    """Return a function that opens the page of the explorers that need no data."""
    go = functools.partial(opener, built)
    go.messages = opener.messages
    return go


@pytest.fixture
def opened_data(opener, with_data):
    """Return a function that opens the page of the others."""
    return functools.partial(opener, with_data)


@pytest.fixture(params=["opened", "opened_data"])
def each_opened(request):
    return request.getfixturevalue(request.param)


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


def swipe(page, x: float, y: float, dx: float, dy: float) -> None:
    """Touch a place in the window and move on."""
    touch = page.context.new_cdp_session(page)
    for i in range(9):
        kind = "touchMove" if i else "touchStart"
        points = [{"x": x + dx * i / 8, "y": y + dy * i / 8}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(100)


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
    top = page.evaluate("scrollY")
    swipe(page, *centre(page, 0), -40, -60)
    mu = float(page.input_value(f"#{KL_MU}"))
    assert mu < 0 and page.evaluate("scrollY") == top
    assert_kl_is_right(page, mu, 0.5)
    box = page.locator(".explorer svg").first.bounding_box()
    swipe(page, box["x"] + 60, box["y"] + 200, 0, -120)
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
def test_axe_finds_nothing_in_light_and_dark(each_opened, width):
    page = each_opened(width)
    for slider in page.locator(".explorer input[type=range]").all():
        slider.press("Home")
    found = audit(page, "light", []) + audit(page, "dark", ["color-contrast"])
    assert found == []


def heights(page) -> list[float]:
    look = "[...document.querySelectorAll('.explorer')].map(box => box.offsetHeight)"
    return page.evaluate(look)


def assert_fits(page, high: list[float]) -> None:
    """Check that nothing is wider than the page, and that nothing below has moved."""
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert heights(page) == high


def text_sizes(page) -> list[float]:
    """Return the sizes of the texts in the explorers, relative to the page's."""
    return page.evaluate("""() => {
      const size = e => parseFloat(getComputedStyle(e).fontSize);
      const tags = ":is(text, p, output, label, small, select, [type=text], span)";
      return [...document.querySelectorAll(`.explorer ${tags}`)].map(
        e => size(e) / size(document.body));
    }""")


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_at_every_setting(opened, width):
    page = opened(width)
    high = heights(page)
    for key in ("Home", "End"):
        for sliders in ((KL_MU, RP_MU), (KL_SIGMA, RP_SIGMA)):
            for slider in sliders:
                press(page, slider, key)
            assert_fits(page, high)
    assert min(text_sizes(page)) >= 0.75 and max(text_sizes(page)) <= 1


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


def test_print_shows_the_picture(each_opened):
    page = each_opened()
    assert page.evaluate(SHOWN) == [[False, False], [True, True]]
    page.emulate_media(media="print")
    assert page.evaluate(SHOWN) == [[True, True], [False, False]]


def test_without_scripts_the_picture_stands(each_opened):
    page = each_opened(java_script_enabled=False)
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


# The data of the latent map ---------------------------------------------------------


def unpacked(packed: dict, *shape: int) -> torch.Tensor:
    """Return an array as the page reads it."""
    integers = np.frombuffer(base64.b64decode(packed["base64"]), "<i2")
    return torch.tensor(packed["step"] * integers).reshape(shape)


@pytest.mark.parametrize("kind", [VAE, Autoencoder])
def test_weights_and_codes_survive_their_packing(kind):
    decoder, codes = kind(2, hidden=(7, 5)).decoder, torch.tensor([[3.0, -1], [0, 2]])
    packed = json.loads(latent_map(decoder, codes, [4, 9]).text)
    linear = [layer for layer in decoder if isinstance(layer, torch.nn.Linear)]
    for layer, got in zip(linear, packed["layers"], strict=True):
        for name in ("weight", "bias"):
            wanted = getattr(layer, name).detach().double()
            error = (unpacked(got[name], *wanted.shape) - wanted).abs().max()
            assert error <= wanted.abs().max() / 65_000
    assert unpacked(packed["codes"], 2, 2) == pytest.approx(codes, abs=1e-4)
    assert packed["labels"] == "49" and packed["side"] == 8


def test_page_data_show_nothing():
    data = latent_map(VAE(2).decoder, torch.zeros(1, 2), [3])
    assert data._repr_html_() == f'<script type="application/json">{data.text}</script>'
    assert "<" not in data.text
    assert repr(data) == f"PageData({len(data.text)} characters)"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"decoder": VAE(3).decoder}, "decoder must be Linear(2"),
        ({"decoder": VAE(2).encoder[:2]}, "decoder must be Linear(2"),
        ({"decoder": VAE(2, n_inputs=63).decoder}, "square, got 63"),
        ({"codes": torch.zeros(4, 3)}, "got (4, 3) and (2,)"),
        ({"labels": [1, 2, 3]}, "got (2, 2) and (3,)"),
        ({"labels": [1, 10]}, "from 0 to 9, got [1, 10]"),
        ({"codes": torch.tensor([[1, 2], [3, math.nan]])}, "must be finite"),
    ],
)
def test_a_latent_map_of_something_else_is_refused(change, message):
    given = {"decoder": VAE(2).decoder, "codes": torch.zeros(2, 2), "labels": [1, 2]}
    with pytest.raises(ValueError, match=re.escape(message)):
        latent_map(**(given | change))


# The latent map ---------------------------------------------------------------------

Z = ["fig-ls-map-z1", "fig-ls-map-z2"]
PIXELS = """canvas => {
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const context = copy.getContext("2d", {willReadFrequently: true});
  context.drawImage(canvas, 0, 0);
  return [...context.getImageData(0, 0, copy.width, copy.height).data];
}"""


@pytest.fixture(scope="module")
def model():
    """What the page's first cell defines: model, codes, labels."""
    names = {}
    exec(MODEL, names)
    return names["model"], names["codes"], names["labels"]


def point(page) -> list[float]:
    """Return where the point is."""
    return [float(page.input_value(f"#{name}")) for name in Z]


def drawn(page, canvas: str, images: int) -> np.ndarray:
    """Return the images on a canvas, from 0, white, to 1, black."""
    red = np.array(page.locator(f".explorer .{canvas}").evaluate(PIXELS))[::4]
    sheet = 1 - red.reshape(8, -1) / 255
    return np.stack([sheet[:, 9 * i : 9 * i + 8].ravel() for i in range(images)])


def assert_map_is_right(page, model) -> None:
    """Compare the image and the words with the library's."""
    vae, codes, labels = model
    z = torch.tensor(point(page))
    with torch.no_grad():
        wanted = vae.decode(z).numpy()
    assert wanted.max() - wanted.min() > 0.2
    assert np.abs(drawn(page, "image", 1)[0] - wanted).max() <= 0.01
    said = page.inner_text(".explorer .drawn output")
    assert numbers(said) == pytest.approx(z.tolist(), abs=5.01e-3)
    far = (codes - z).norm(dim=1)
    if far.sort().values[:2].diff() > 1e-2:  # else rounding may tell
        assert said.endswith(f"nearest code: a {labels[far.argmin()]}")
    handle = page.locator(".explorer .handle.point")
    assert numbers(handle.get_attribute("aria-valuetext")) == numbers(said)
    image = page.get_attribute(".explorer .image", "aria-label")
    assert numbers(image) == numbers(said)


def handle_of(page) -> tuple[float, float]:
    """Return where the point is in the window."""
    box = page.locator(".explorer .handle.point").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("width", WIDTHS)
def test_map_by_keyboard(opened_data, model, width):
    page = opened_data(width)
    assert_map_is_right(page, model)
    for keys in KEYS:
        for name in Z:
            press(page, name, keys)
            assert_map_is_right(page, model)
    press(page, Z[0], "Home PageUp PageUp PageUp PageUp PageUp")
    press(page, Z[1], "Home PageUp PageUp PageUp PageUp PageUp")
    before = point(page)
    page.focus(".explorer .handle.point")
    top = page.evaluate("scrollY")
    for key, axis, sign in (
        *(("ArrowLeft", 0, -1), ("ArrowUp", 1, 1)),
        *(("ArrowRight", 0, 1), ("Shift+ArrowDown", 1, -1)),
    ):
        page.keyboard.press(key)
        now = point(page)
        assert (now[axis] - before[axis]) * sign > 0
        assert now[1 - axis] == before[1 - axis]
        assert_map_is_right(page, model)
        before = now
    assert page.evaluate("scrollY") == top


def test_map_by_pointer(opened_data, model):
    page = opened_data()
    page.locator(".explorer").first.scroll_into_view_if_needed()
    for dx, dy in ((-60, 40), (30, -70), (15, 5)):
        x, y = handle_of(page)
        page.mouse.move(x + 3, y - 2)
        page.mouse.down()
        page.mouse.move(x + 3 + dx, y - 2 + dy, steps=3)
        page.mouse.up()
        assert handle_of(page) == pytest.approx((x + dx, y + dy), abs=2.5)
        assert_map_is_right(page, model)
    box = page.locator(".explorer .map svg").bounding_box()
    place = box["x"] + 50, box["y"] + 70
    page.mouse.click(*place)  # the point comes
    assert handle_of(page) == pytest.approx(place, abs=2.5)
    assert_map_is_right(page, model)


def test_map_by_touch_and_the_page_still_scrolls(opened_data, model):
    page = opened_data("phone", has_touch=True, is_mobile=True)
    page.locator(".explorer .map").scroll_into_view_if_needed()
    top, (x, y) = page.evaluate("scrollY"), handle_of(page)
    swipe(page, x, y, -40, 30)
    assert page.evaluate("scrollY") == top
    assert handle_of(page) == pytest.approx((x - 40, y + 30), abs=2.5)
    assert_map_is_right(page, model)
    box, before = page.locator(".explorer .map svg").bounding_box(), point(page)
    page.touchscreen.tap(box["x"] + 40, box["y"] + 50)
    assert handle_of(page) == pytest.approx((box["x"] + 40, box["y"] + 50), abs=2.5)
    assert point(page) != before
    before = point(page)
    swipe(page, box["x"] + 200, box["y"] + 250, 0, -120)
    assert page.evaluate("scrollY") > top + 50
    assert point(page) == before


def test_the_codes_are_on_the_map(opened_data, model):
    _, codes, labels = model
    page = opened_data()
    numerals = page.locator(".explorer .numeral")
    assert numerals.all_text_contents() == [str(int(label)) for label in labels]
    places = numerals.evaluate_all(
        "all => all.map(t => ['x', 'y'].map(k => Number(t.getAttribute(k))))"
    )
    for axis in range(2):  # pixels are a straight line of the codes
        pixels = np.array(places)[:, axis]
        line = np.polyfit(codes[:, axis], pixels, 1)
        assert (line[0] > 0) == (axis == 0)
        assert np.abs(np.polyval(line, codes[:, axis]) - pixels).max() < 0.2


def test_a_walk_between_two_digits(opened_data, model):
    vae, codes, labels = model
    page = opened_data()
    step = float(page.get_attribute(f"#{Z[0]}", "step"))
    for start, end in ((0, 1), (3, 6), (5, 2)):
        page.select_option("#fig-ls-map-from", str(start))
        page.select_option("#fig-ls-map-to", str(end))
        ends = []
        for key, digit in (("Home", start), ("End", end)):
            press(page, "fig-ls-map-way", key)
            far = (codes[labels == digit] - torch.tensor(point(page))).norm(dim=1)
            assert far.min() < 0.8 * step  # one of the codes of this digit
            ends.append(codes[labels == digit][far.argmin()])
            assert_map_is_right(page, model)
        press(page, "fig-ls-map-way", "Home PageUp PageUp")
        share = float(page.input_value("#fig-ls-map-way"))
        assert 0.1 < share < 0.4
        wanted = torch.lerp(*ends, share).tolist()
        assert point(page) == pytest.approx(wanted, abs=0.51 * step)
        t = torch.linspace(0, 1, 9)[:, None]
        with torch.no_grad():
            images = vae.decode((1 - t) * ends[0] + t * ends[1]).numpy()
        assert np.abs(drawn(page, "strip", 9) - images).max() <= 0.01
        label = page.get_attribute(".explorer .strip", "aria-label")
        assert f"from a {start} to a {end}" in label


def test_the_image_is_drawn_within_a_frame(opened_data):
    page = opened_data()
    times, seen = page.evaluate(
        """([name, read]) => {
          const slider = document.getElementById(name), times = [], seen = new Set();
          const image = document.querySelector(".explorer .image");
          for (let i = 0; i < 40; i++) {
            const start = performance.now();
            slider.value = -2 + i / 10;
            slider.dispatchEvent(new Event("input"));
            seen.add(eval(read)(image).join());
            times.push(performance.now() - start);
          }
          return [times, seen.size];
        }""",
        [Z[0], PIXELS],
    )
    assert seen > 30  # at once, when the slider moves
    assert np.median(times) < 1000 / 60


# The hidden objective ---------------------------------------------------------------

CHOICES = {  # field: what it may hold
    "loss": ("mse", "bce"),
    "pixels": ("sum", "mean"),
    "batch": ("sum", "mean"),
    "latents": ("sum", "mean"),
    "kl-batch": ("sum", "mean"),
}
TYPED = {  # field: what is typed
    "weight": ("1", "2000", "0.5"),
    "kl-weight": ("1", "1/784", "0.00025"),
    "D": ("784", "64"),
    "d": ("20", "2"),
    "B": ("128", "7"),
}
PUBLISHED = {  # name of a preset: variance of a pixel or beta, by hand
    "G\u00e9ron, chapter 17": 0.5,
    "PyTorch-VAE": 1.536,
    "Foster, faces": 0.768,
    "Raschka": 0.5,
    "Foster, clothes": 2.048,
    "PyTorch, Keras": 1,
    "vae-cnn": 1 / 1024,
    "This course: Binomial(16)": 1 / 16,
}


def implied(state: dict[str, str]) -> float:
    """Return what a loss says, by computing it: it is linear in the error and the KL.

    An image that adds a * SSE + b * KL to the loss adds, but for a factor and a
    constant, SSE / (2 sigma^2) + KL, so sigma^2 = b / (2 a); for a * BCE it is b / a.
    """

    def number(name):
        top, _, bottom = state[name].partition("/")
        return float(top) / float(bottom or 1)

    def loss(error, kl):
        reduced = getattr(error, state["pixels"])(axis=1)
        penalty = getattr(kl, state["latents"])(axis=1)
        return (
            number("weight") * getattr(reduced, state["batch"])()
            + number("kl-weight") * getattr(penalty, state["kl-batch"])()
        )

    images, pixels, latents = (int(state[name]) for name in ("B", "D", "d"))
    no_error, no_kl = np.zeros((images, pixels)), np.zeros((images, latents))
    error, kl = no_error.copy(), no_kl.copy()
    error[0, 0] = kl[0, 0] = 1.0
    a, b = loss(error, no_kl), loss(no_error, kl)
    return b / (2 * a) if state["loss"] == "mse" else b / a


def fill(page, state: dict[str, str]) -> None:
    """Put a value into each field."""
    for name, value in state.items():
        field = f"#fig-cl-hidden-{name}"
        page.select_option(field, value) if name in CHOICES else page.fill(field, value)


def assert_objective_is_right(page) -> float:
    """Compare what is shown with the computed loss; return the value."""
    fields = page.locator(".explorer .fields :is(select, input)")
    ids = fields.evaluate_all("all => all.map(e => [e.id, e.value])")
    state = {name.removeprefix("fig-cl-hidden-"): value for name, value in ids}
    value = implied(state)
    shown = page.locator(".explorer .total .number").all_inner_texts()
    wanted = [value] if state["loss"] == "mse" else [value, 16 * value]
    assert [float(n.replace("\u2212", "-")) for n in shown] == [
        pytest.approx(number, rel=5.01e-3) for number in wanted
    ]
    label = page.locator(".explorer .verdict svg").get_attribute("aria-label")
    assert shown[0] in label
    says = page.inner_text(".explorer .says")
    if state["loss"] == "mse":
        sigma = float(re.search(r"\u03c3 = ([\d.e\u2212]+\d)", says)[1])
        assert sigma == pytest.approx(value**0.5, rel=5.01e-3)
        assert ("more than any pixel" in says) == (value > 0.25)
        assert ("8-bit" in says) == (value < 1 / 255**2)
    else:
        assert ("tells less" in says) == (value > 1 + 1e-9)
        assert ("price of the ELBO" in says) == (abs(value - 1) < 1e-9)
    return value


def test_every_choice_says_what_the_loss_says(opened_data):
    page = opened_data()
    generator = np.random.default_rng(0)
    assert assert_objective_is_right(page) == 0.5
    for _ in range(60):
        options = CHOICES | TYPED
        fill(page, {name: str(generator.choice(options[name])) for name in options})
        assert_objective_is_right(page)
    assert page.input_value("#fig-cl-hidden-preset") == "your own"


def test_presets_are_the_published_losses(opened_data):
    page = opened_data()
    options = page.locator("#fig-cl-hidden-preset option").all_inner_texts()
    assert set(options) == {"your own", *PUBLISHED}
    for name, value in PUBLISHED.items():
        fill(page, {"pixels": "mean", "kl-batch": "mean", "weight": "3"})
        page.select_option("#fig-cl-hidden-preset", name)
        assert page.input_value("#fig-cl-hidden-preset") == name
        assert assert_objective_is_right(page) == pytest.approx(value, rel=1e-9)
        assert len(page.inner_text(".explorer .note").split()) >= 3
    page.select_option("#fig-cl-hidden-preset", "your own")
    assert assert_objective_is_right(page) == 1 / 16  # it stays what it was


def test_objective_by_keyboard_alone(opened_data):
    page = opened_data()
    page.focus("#fig-cl-hidden-preset")
    page.keyboard.press("ArrowDown")
    assert page.input_value("#fig-cl-hidden-preset") == "This course: Binomial(16)"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")  # squared error
    page.keyboard.press("Tab")
    page.keyboard.type("2")  # the text is selected when it is reached
    assert page.input_value("#fig-cl-hidden-weight") == "2"
    assert assert_objective_is_right(page) == 0.25


def test_what_is_no_number_is_said(opened_data):
    page = opened_data()
    page.select_option("#fig-cl-hidden-pixels", "mean")
    for wrong in ("", "0", "-1", "many", "1/0", "1/2/3", "/2"):
        page.fill("#fig-cl-hidden-D", wrong)
        assert page.inner_text(".explorer .total") == "\u2013"
        assert "must be above 0" in page.inner_text(".explorer .verdict")
        assert page.locator(".explorer .verdict .grip").count() == 0
    page.fill("#fig-cl-hidden-D", " 28 ")
    page.fill("#fig-cl-hidden-D", "28")
    assert_objective_is_right(page)


# Both ------------------------------------------------------------------------------


def test_data_page_has_names_for_a_screen_reader(opened_data):
    page = opened_data()
    names = {"slider": ["z\u2081", "z\u2082", "part of the way", "point on the map"]}
    names["combobox"] = ["Walk from digit", "to digit", "loss of", "error"]
    names["combobox"] += ["over pixels", "over latents"]
    names["textbox"] = ["pixels D", "latents d", "batch B"]
    for role, all_names in names.items():
        for name in all_names:
            assert page.get_by_role(role, name=name, exact=True).count() == 1, name
    for name in ("error", "KL", "sizes"):
        assert page.get_by_role("group", name=name, exact=True).count() == 1
    for output in page.locator(".explorer output").all():
        assert output.get_attribute("aria-live") == "polite"
    for image in page.locator(".explorer :is(canvas, svg)").all():
        assert len(image.get_attribute("aria-label").split()) > 6


@pytest.mark.parametrize("width", WIDTHS)
def test_data_page_fits_and_stays(opened_data, width):
    page = opened_data(width)
    page.evaluate("document.fonts.ready")
    assert page.evaluate("shift") == 0
    high = heights(page)
    for name in Z:
        for key in ("Home", "End"):
            press(page, name, key)
            assert_fits(page, high)
    for preset in ["your own", *PUBLISHED]:
        page.select_option("#fig-cl-hidden-preset", preset)
        assert_fits(page, high)
    extremes = {"weight": ("0.000123", "123456"), "loss": ("mse", "bce")}
    for name, values in extremes.items():
        for value in values:
            fill(page, {name: value})
            assert_fits(page, high)
    assert min(text_sizes(page)) >= 0.74 and max(text_sizes(page)) <= 1


def test_the_data_are_no_text_of_the_page(opened_data):
    page = opened_data(java_script_enabled=False)
    assert "base64" not in page.inner_text("body")


def test_the_map_works_on_another_page(opener, with_data, model):
    page = opener(with_data.parents[1] / "index.html")
    assert page.locator(".explorer .numeral").count() == 90
    assert drawn(page, "image", 1).max() > 0.5
