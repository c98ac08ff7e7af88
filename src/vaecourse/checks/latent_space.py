"""Checks of chapter 14, sums of codes.

References: scikit-learn's linear regression, and SciPy's connected components of the
graph of all steps up to a length.
"""

from collections.abc import Callable

import numpy as np
import torch
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist
from sklearn.linear_model import LinearRegression

from vaecourse.checks.messages import NOTHING


def check_held_vector(fn: Callable) -> None:
    """Check `fn(codes, factors, column)`, a movement with the other factors held.

    Parameters
    ----------
    fn : callable
        Takes codes (N, d) and factors (N, F), both float64, and a column; returns the
        movement (d,) of a code when that factor rises by 1.
    """
    rng = np.random.default_rng(140)
    mixing = rng.normal(size=(3, 3)) + 2 * np.eye(3)
    factors = rng.normal(size=(80, 3)) @ mixing + np.array([5.0, -2.0, 30.0])
    factors[:, 2] *= 10  # factors of different units
    codes = factors @ rng.normal(size=(3, 4)) + rng.normal(size=(80, 4)) + 7
    fit = LinearRegression().fit(factors, codes)
    for column in range(3):
        got = fn(torch.tensor(codes), torch.tensor(factors), column)
        assert got is not None, NOTHING
        assert tuple(got.shape) == (4,), (
            f"the result has shape {tuple(got.shape)}, wanted (4,), one movement"
        )
        assert np.allclose(np.asarray(got), fit.coef_[:, column], atol=1e-8), (
            f"factor {column} of 3: the movement is wrong. Which side is explained by "
            "which, are all factors in the regression, is there a constant, is the "
            "unit that of the factor, and is the movement left as long as it is?"
        )
    shifted = fn(torch.tensor(codes) + 100, torch.tensor(factors) - 40, 1)
    assert np.allclose(np.asarray(shifted), fit.coef_[:, 1], atol=1e-7), (
        "a shift of all codes and all factors changes the movement"
    )
    print("movement equals scikit-learn's coefficients, for three correlated factors")
    print("of different units, and does not change when everything is shifted")


def _bottleneck(codes: np.ndarray, start: int, end: int) -> float:
    """Return the shortest length of steps that connect start and end."""
    distance = cdist(codes, codes)
    for length in np.unique(distance):
        groups = connected_components(distance <= length)[1]
        if groups[start] == groups[end]:
            return float(length)
    raise AssertionError("unreachable: the longest distance connects everything")


def check_longest_step(fn: Callable) -> None:
    """Check `fn(codes, start, end) -> float`, the longest step of the best walk.

    Parameters
    ----------
    fn : callable
        Takes codes (N, d), float64, and the rows of the ends; returns a length.
    """
    rng = np.random.default_rng(141)
    turn = np.sort(rng.uniform(0, np.pi, 40))
    arch = np.stack([2 * np.cos(turn), 2 * np.sin(turn)], 1)
    groups = rng.normal(size=(40, 2)) + 9 * (np.arange(40) > 19)[:, None]
    sets = {
        "an arch": (arch, 0, 39),
        "a cloud": (rng.normal(size=(40, 3)), 3, 17),
        "two groups": (groups, 2, 30),
        "one group of two": (groups, 2, 11),
    }
    for name, (codes, start, end) in sets.items():
        got = fn(torch.tensor(codes), start, end)
        assert got is not None, NOTHING
        assert np.ndim(got) == 0, f"return one number, not shape {np.shape(got)}"
        wanted = _bottleneck(codes, start, end)
        assert abs(float(got) - wanted) < 1e-9, (
            f"{name}: got {float(got):.4f}, wanted {wanted:.4f}. Is it the longest "
            "step and not their sum, of the walk whose longest step is shortest and "
            "not of the shortest walk, may the walk turn back, and must it reach "
            "every code, or only the end?"
        )
        back = float(fn(torch.tensor(codes), end, start))
        assert abs(back - wanted) < 1e-9, f"{name}: the way back has another step"
        direct = np.linalg.norm(codes[start] - codes[end])
        assert wanted <= direct, "a single step is a walk too"
    print("longest step equals the length at which SciPy's graph of all shorter steps")
    print("connects the ends, for four sets of codes, there and back")
