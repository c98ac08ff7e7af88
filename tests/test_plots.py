"""Figures: what is drawn, where, and that it follows the page."""

import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from vaecourse import plots


@pytest.fixture(autouse=True)
def course_style():
    with plt.style.context("vaecourse.course"), mpl.rc_context({"backend": "agg"}):
        yield
    plt.close("all")


def drawn(ax):
    """Return the sheet of pixels that an axes shows, one entry a pixel."""
    copies = plots._COPIES
    return ax.get_images()[0].get_array()[::copies, ::copies]


def test_images_stand_in_their_places_with_gutters():
    images = np.arange(6)[:, None] / 5 * np.ones((6, 9))
    ax = plots.show_images(images, columns=3)
    sheet = drawn(ax)
    assert sheet.shape == (3 + 1 + 3, 3 * 3 + 2)
    assert np.allclose(sheet[0:3, 4:7], 1 / 5) and np.allclose(sheet[4:7, 8:11], 1)
    assert np.ma.getmaskarray(sheet)[3].all() and np.ma.getmaskarray(sheet)[:, 3].all()


def test_a_map_writes_each_class_at_its_code():
    _, ax = plt.subplots()
    plots.show_map(ax, [[0.0, 1.0], [-2.0, 3.0]], np.array([7, 0]))
    first, second = ax.texts
    assert first.get_text() == "7" and first.get_position() == (0.0, 1.0)
    assert second.get_text() == "0" and second.get_position() == (-2.0, 3.0)
    assert first.get_color() == plots.CLASSES[7] != second.get_color()
    assert ax.get_xlim()[0] < -2 < 0 < ax.get_xlim()[1]
    assert ax.get_ylim()[0] < 1 < 3 < ax.get_ylim()[1]


@pytest.mark.parametrize(
    ("codes", "labels", "message"),
    [
        (np.zeros((3, 2)), [1, 2], r"\(3, 2\) and \(2,\)"),
        (np.zeros((2, 3)), [1, 2], r"\(2, 3\)"),
        (np.zeros((0, 2)), [], "N >= 1"),
        ([[0.0, np.nan]], [1], "got nan"),
        ([[0.0, 1.0]], [10], r"0 to 9, got \[10\]"),
        ([[0.0, 1.0]], [0.5], r"0 to 9, got \[0.5\]"),
    ],
)
def test_a_map_names_bad_values(codes, labels, message):
    with pytest.raises(ValueError, match=message):
        plots.show_map(plt.subplots()[1], codes, labels)


def contrast(one, other):
    light, dark = (
        np.dot(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4), weights)
        for c, weights in (
            (np.array(mpl.colors.to_rgb(colour)), (0.2126, 0.7152, 0.0722))
            for colour in (one, other)
        )
    )
    return (max(light, dark) + 0.05) / (min(light, dark) + 0.05)


@pytest.mark.parametrize("panel", ["#fdfdfe", "#1b2027"])
def test_the_classes_stand_out_in_light_and_dark(panel):
    assert len(set(plots.CLASSES)) == 10
    assert min(contrast(colour, panel) for colour in plots.CLASSES) > 3


def test_last_row_is_padded_and_scale_is_fixed():
    ax = plots.show_images(np.full((5, 4), 0.5), columns=4)
    assert ax.get_images()[0].get_clim() == (0, 1)
    assert np.ma.getmaskarray(drawn(ax))[3:, 3:].all()


def test_signed_scale_is_symmetric():
    ax = plots.show_images(np.array([[0.1, -0.7, 0.2, 0.3]]), signed=True)
    assert ax.get_images()[0].get_clim() == (-0.7, 0.7)


def test_labels_name_rows_and_columns():
    ax = plots.show_images(
        np.zeros((2, 3, 4)), row_labels=["a", "b"], column_labels=range(3)
    )
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0", "1", "2"]


@pytest.mark.parametrize("shape", [(4,), (2, 5), (2, 3, 4, 4), (0, 4)])
def test_bad_images_are_named(shape):
    with pytest.raises(ValueError, match="got"):
        plots.show_images(np.zeros(shape))


def test_labels_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match="row_labels has 1 entries for 2 rows"):
        plots.show_images(np.zeros((2, 3, 4)), row_labels=["a"])
    with pytest.raises(ValueError, match="columns=2"):
        plots.show_images(np.zeros((2, 3, 4)), columns=2)


def test_svg_is_reproducible_and_follows_dark_pages():
    def draw():
        figure, ax = plt.subplots()
        ax.plot([0, 1], [0, 1], color=plots.EXACT)
        return plots.to_svg(figure)

    svg = draw()
    assert svg == draw()
    ET.fromstring(svg)
    rules = re.search(r"prefers-color-scheme: dark\)\{(.*?)\}</style>", svg)[1]
    for light in (plots.EXACT, "#fdfdfe"):
        assert light in rules and svg.count(light) > rules.count(light)


def luminance(colour):
    rgb = np.array(mpl.colors.to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("panel", ["#fdfdfe", "#1b2027"])
@pytest.mark.parametrize("name", ["DATA", "ENCODER", "DECODER", "PRIOR"])
def test_colours_stand_out_in_light_and_dark(name, panel):
    a, b = sorted((luminance(getattr(plots, name)), luminance(panel)))
    assert (b + 0.05) / (a + 0.05) >= 3


def test_panels_share_the_horizontal_axis():
    figure, (top, bottom) = plots.panels(2)
    bottom.set_xlim(0, 7)
    assert top.get_xlim() == (0, 7)
    assert figure.get_size_inches()[0] == mpl.rcParams["figure.figsize"][0]


def test_line_label_starts_beside_the_point():
    _, ax = plt.subplots()
    plots.label_line(ax, 1.0, 2.0, "here", plots.DATA)
    (text,) = ax.texts
    assert text.get_text() == "here" and text.xy == (1.0, 2.0)
    assert text.get_color() == plots.DATA
