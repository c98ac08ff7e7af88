"""The data sets of the course, each split once and for all.

The splits are stratified by class and do not depend on a chapter's seed: a number that
changes with the seed changes because of the model. Sources: `book/data_card.md`.
"""

from dataclasses import dataclass

import numpy as np
import sklearn.datasets
import torch
from sklearn.model_selection import train_test_split

from vaecourse.faces import FACTORS, SIDE, draw_faces

# A split that leaves the 1,200 training digits with the full rank of all 1,797: 61.
_DIGITS_SPLIT = 1
_BREAST_CANCER_SPLIT = 0


@dataclass(frozen=True)
class Split:
    """Examples that serve one purpose.

    Attributes
    ----------
    x : torch.Tensor, shape (N, D), float32
        One example a row.
    y : torch.Tensor, shape (N,), int64
        Class labels.
    """

    x: torch.Tensor
    y: torch.Tensor

    def __len__(self) -> int:
        """Return N, the number of examples."""
        return len(self.x)


@dataclass(frozen=True)
class FaceSplit(Split):
    """Faces that serve one purpose.

    Attributes
    ----------
    x : torch.Tensor, shape (N, 576), float32
    y : torch.Tensor, shape (N,), int64
        1 for sunglasses, 0 for none.
    factors : torch.Tensor, shape (N, 5), float32
        What each face was drawn from, in the order of `vaecourse.faces.FACTORS`.
    """

    factors: torch.Tensor


@dataclass(frozen=True)
class Splits:
    """A data set in three parts: fit on `train`, choose on `validation`, report `test`.

    Attributes
    ----------
    train, validation, test : Split
    names : tuple of str, length D
        What each column of `x` holds.
    classes : tuple of str
        The name of each class label.
    """

    train: Split
    validation: Split
    test: Split
    names: tuple[str, ...]
    classes: tuple[str, ...]


def _split(x, y, names, classes, *, sizes: tuple[int, int, int], seed: int) -> Splits:
    train, validation, test = sizes
    rows = np.arange(len(x))
    fit, rest = train_test_split(rows, train_size=train, stratify=y, random_state=seed)
    choose, report = train_test_split(
        rest,
        train_size=validation,
        test_size=test,
        stratify=y[rest],
        random_state=seed,
    )

    def part(index):
        return Split(
            torch.tensor(x[index], dtype=torch.float32),
            torch.tensor(y[index], dtype=torch.int64),
        )

    return Splits(
        part(fit), part(choose), part(report), tuple(names), tuple(map(str, classes))
    )


def load_digits(counts: bool = False) -> Splits:
    """Load 1,797 handwritten digits of 8 x 8 pixels: 1,200 / 297 / 300.

    Each pixel counts the inked dots in a 4 x 4 block of a binary scan.

    Parameters
    ----------
    counts : bool
        If true, `x` holds the counts k, whole numbers from 0 to 16;
        if false, the intensities k / 16, from 0 (paper) to 1 (ink), exact in float32.

    Returns
    -------
    Splits
        `x` of shape (N, 64), pixels row by row from the top left; `y` the digit 0..9.

    Notes
    -----
    From `sklearn.datasets.load_digits`: the test set of Alpaydin and Kaynak (1998).
    The same 13 writers are in all three parts.

    Examples
    --------
    >>> digits = load_digits()
    >>> digits.train.x.shape, digits.validation.x.shape, digits.test.x.shape
    (torch.Size([1200, 64]), torch.Size([297, 64]), torch.Size([300, 64]))
    """
    raw = sklearn.datasets.load_digits()
    x = raw.data if counts else raw.data / 16
    return _split(
        x,
        raw.target,
        raw.feature_names,
        raw.target_names,
        sizes=(1200, 297, 300),
        seed=_DIGITS_SPLIT,
    )


def load_breast_cancer() -> Splits:
    """Load 569 breast tumours, 30 measurements each: 341 / 114 / 114.

    Returns
    -------
    Splits
        `x` of shape (N, 30): mean, standard error and worst of ten properties of the
        cell nuclei in one image, in the units of the source (not standardised);
        `y` is 0 for malignant and 1 for benign.

    Notes
    -----
    From `sklearn.datasets.load_breast_cancer`: Wolberg, Mangasarian, Street and
    Street (1993).

    Examples
    --------
    >>> load_breast_cancer().train.x.shape
    torch.Size([341, 30])
    """
    raw = sklearn.datasets.load_breast_cancer()
    return _split(
        raw.data,
        raw.target,
        raw.feature_names,
        raw.target_names,
        sizes=(341, 114, 114),
        seed=_BREAST_CANCER_SPLIT,
    )


def make_faces(sizes: tuple[int, int, int] = (2000, 300, 500), seed: int = 0) -> Splits:
    """Draw cartoon faces of 24 x 24 pixels with random, independent factors.

    Parameters
    ----------
    sizes : tuple of int
        How many faces for training, validation and test, at least 1 each.
    seed : int
        Of the factors. It stays at 0 in the chapters: the data are fixed, as for the
        other sets.

    Returns
    -------
    Splits
        Of `FaceSplit`: `x` of shape (N, 576), intensities k / 16, pixels row by row
        from the top left; `y` 1 with sunglasses; `factors` of shape (N, 5).

    Raises
    ------
    ValueError
        If a size is less than 1.

    Notes
    -----
    Half the faces wear sunglasses, on average; the other factors are uniform over the
    ranges in `vaecourse.faces.FACTORS`. Drawn by `vaecourse.faces.draw_faces`.

    Examples
    --------
    >>> faces = make_faces((20, 5, 5))
    >>> faces.train.x.shape, faces.train.factors.shape
    (torch.Size([20, 576]), torch.Size([20, 5]))
    """
    if min(sizes) < 1:
        raise ValueError(f"every size must be at least 1, got {sizes}")
    generator = torch.Generator().manual_seed(seed)
    low, high = torch.tensor(list(FACTORS.values())).T
    factors = low + (high - low) * torch.rand(
        sum(sizes), len(FACTORS), generator=generator
    )
    factors[:, 0] = factors[:, 0].round()
    parts = [
        FaceSplit(draw_faces(part), part[:, 0].long(), part)
        for part in factors.split(sizes)
    ]
    names = tuple(f"pixel_{i}_{j}" for i in range(SIDE) for j in range(SIDE))
    return Splits(*parts, names, ("without sunglasses", "with sunglasses"))
