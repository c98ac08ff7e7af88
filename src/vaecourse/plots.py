"""Figures of the course: the colours, grids of images, labels on lines.

Importing this module inside IPython makes figures appear as SVG that is the same byte
for byte on every run, and whose ink follows the page between light and dark. The rest
of the look is in the style file: ``plt.style.use("vaecourse.course")``.
"""

import io
import re

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

# One meaning each, in figures, text and explorers (book/notation.md).
DATA = "#1f78c8"
ENCODER = "#c8621a"
DECODER = "#1a8f6a"
PRIOR = "#b0569b"
EXACT = "#24292f"  # the ink; drawn dashed

# One for each class of a map, where the point is the digit itself (`show_map`).
CLASSES = (
    *("#da534f", "#4e8804", "#078fd3", "#ba4286", "#9c850c"),
    *("#ac6001", "#a962ce", "#088690", "#0c9d79", "#6066d7"),
)

_DARK = {"#24292f": "#d5dbe2", "#d8dde3": "#3a424c", "#fdfdfe": "#1b2027"}
_GUTTER = 1  # pixels between two images of a grid
_COPIES = 4  # each pixel drawn 4 x 4, so that viewers that smooth keep its edges
_SIGNED = LinearSegmentedColormap.from_list("signed", ["#665a10", "#f7f7f7", "#4f42b5"])


def to_svg(figure: Figure) -> str:
    """Draw a figure as reproducible SVG with a rule for dark pages.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    str
        An SVG document; in a dark colour scheme ink, grid and panel change.
    """
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    rules = "".join(
        f"[style*='{part}: {light}']{{{part}:{dark}!important}}"
        for light, dark in _DARK.items()
        for part in ("fill", "stroke")
    )
    style = f"<style>@media (prefers-color-scheme: dark){{{rules}}}</style>"
    return re.sub(r"(<svg[^>]*>)", rf"\1{style}", buffer.getvalue(), count=1)


def _use_svg_in_notebooks() -> None:
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return
    shell.run_line_magic("matplotlib", "inline")
    formatters = shell.display_formatter.formatters
    formatters["image/png"].pop(Figure, None)
    formatters["image/svg+xml"].for_type(Figure, to_svg)


def _as_grid(images, columns: int | None) -> np.ndarray:
    """Arrange images as an array (rows, columns, side, side), padded with NaN."""
    grid = np.asarray(images, dtype=float)
    side = round(grid.shape[-1] ** 0.5) if grid.ndim else 0
    if grid.ndim not in (2, 3) or side * side != grid.shape[-1] or grid.size == 0:
        raise ValueError(
            "images must have shape (N, side*side) or (rows, columns, side*side), "
            f"got {grid.shape}"
        )
    if grid.ndim == 2:
        columns = columns or min(len(grid), 10)
        blank = np.full((-len(grid) % columns, grid.shape[-1]), np.nan)
        grid = np.concatenate([grid, blank])
    elif columns not in (None, grid.shape[1]):
        raise ValueError(f"columns={columns}, but images have {grid.shape[1]} a row")
    return grid.reshape(-1, columns or grid.shape[1], side, side)


def show_images(
    images,
    *,
    columns: int | None = None,
    row_labels=None,
    column_labels=None,
    signed: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw square images in a grid, with gutters and one intensity scale.

    Parameters
    ----------
    images : array, shape (N, side * side) or (rows, columns, side * side)
        Intensities from 0 (white) to 1 (black); values outside are clipped.
    columns : int, optional
        Images a row when `images` is a list; 10 unless told.
    row_labels, column_labels : sequence of str, optional
        Written left of the rows and above the columns.
    signed : bool
        Weights instead of intensities: violet above zero, olive below, one scale
        symmetric about zero for the whole grid.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure as wide as the text if None.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the images are not square or the labels do not fit the grid.
    """
    grid = _as_grid(images, columns)
    rows, columns, side, _ = grid.shape
    for name, labels, count in (
        ("row_labels", row_labels, rows),
        ("column_labels", column_labels, columns),
    ):
        if labels is not None and len(labels) != count:
            raise ValueError(
                f"{name} has {len(labels)} entries for {count} {name[:-7]}s"
            )
    step = side + _GUTTER
    sheet = np.full((rows * step - _GUTTER, columns * step - _GUTTER), np.nan)
    for i in range(rows):
        for j in range(columns):
            sheet[i * step : i * step + side, j * step : j * step + side] = grid[i, j]
    if ax is None:
        width = mpl.rcParams["figure.figsize"][0]
        height = width * (sheet.shape[0] + 4) / (sheet.shape[1] + 6)
        _, ax = plt.subplots(figsize=(width, height))
    top = np.nanmax(np.abs(sheet)) if signed else 1.0
    height, width = sheet.shape
    ax.imshow(
        np.kron(sheet, np.ones((_COPIES, _COPIES))),
        extent=(-0.5, width - 0.5, height - 0.5, -0.5),
        cmap=_SIGNED if signed else "gray_r",
        vmin=-top if signed else 0.0,
        vmax=top,
        interpolation="none",
    )
    middle = (side - 1) / 2
    ax.set_xticks(
        middle + step * np.arange(columns) if column_labels is not None else []
    )
    ax.set_yticks(middle + step * np.arange(rows) if row_labels is not None else [])
    if column_labels is not None:
        ax.set_xticklabels(column_labels)
    if row_labels is not None:
        ax.set_yticklabels(row_labels)
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    ax.grid(False)
    ax.spines[:].set_visible(False)
    return ax


def show_map(ax: Axes, codes, labels) -> None:
    """Write each class, as a numeral in a colour of its own, at the place of its code.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Loses its ticks; its limits are set to hold all codes, with a margin.
    codes : array_like, shape (N, 2)
    labels : array_like of int, shape (N,), from 0 to 9

    Raises
    ------
    ValueError
        If the shapes do not fit, a code is not finite or a label is not from 0 to 9.
    """
    codes, labels = np.asarray(codes, dtype=float), np.asarray(labels)
    if codes.shape != (labels.size, 2) or labels.ndim != 1 or labels.size == 0:
        raise ValueError(
            "codes must have shape (N, 2) and labels (N,) with N >= 1, "
            f"got {codes.shape} and {labels.shape}"
        )
    if not np.isfinite(codes).all():
        raise ValueError(f"codes must be finite, got {codes[~np.isfinite(codes)][0]}")
    if not np.isin(labels, range(10)).all():
        raise ValueError(f"labels must be from 0 to 9, got {np.unique(labels)}")
    style = {"fontsize": 9, "ha": "center", "va": "center", "clip_on": True}
    for place, label in zip(codes, labels, strict=True):
        ax.text(*place, str(label), color=CLASSES[label], **style)
    margin = 0.03 * np.ptp(codes, axis=0) + 1e-12
    low, high = codes.min(0) - margin, codes.max(0) + margin
    ax.set(xticks=[], yticks=[], xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    ax.grid(False)
    ax.spines[:].set_visible(False)


def panels(rows: int) -> tuple[Figure, np.ndarray]:
    """Make a figure of panels under each other that share the horizontal axis.

    Parameters
    ----------
    rows : int
        Number of panels, each three quarters as high as a single figure.

    Returns
    -------
    matplotlib.figure.Figure, numpy.ndarray of matplotlib.axes.Axes
    """
    width, height = mpl.rcParams["figure.figsize"]
    return plt.subplots(rows, sharex=True, figsize=(width, 0.75 * height * rows))


def label_line(ax: Axes, x: float, y: float, text: str, color: str, **style) -> None:
    """Write a direct label beside a line, in the line's colour.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    x, y : float
        Where the label starts, in data coordinates.
    text, color : str
    **style
        Passed to `matplotlib.axes.Axes.annotate`.
    """
    style = {"xytext": (5, 0), "va": "center", **style}
    ax.annotate(text, (x, y), textcoords="offset points", color=color, **style)


_use_svg_in_notebooks()
