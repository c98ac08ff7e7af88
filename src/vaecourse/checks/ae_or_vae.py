"""Checks of chapter 13, autoencoder or VAE.

References: SciPy's paired t-test, and scikit-learn's neighbours point by point.
"""

from collections.abc import Callable

import numpy as np
import scipy.stats
import torch
from sklearn.neighbors import NearestNeighbors

from vaecourse.checks.messages import NOTHING


def check_paired_lead(fn: Callable) -> None:
    """Check `fn(first, second) -> (lead, error)`, a difference start by start.

    Parameters
    ----------
    fn : callable
        Takes two sequences of n measurements, start i of one beside start i of the
        other; returns the mean of first minus second, and its standard error.
    """
    rng = np.random.default_rng(130)
    for name, shared, own, n in (
        ("what the starts share is large", 5.0, 0.3, 5),
        ("nothing is shared", 0.0, 1.0, 8),
        ("two starts", 1.0, 1.0, 2),
    ):
        common = shared * rng.normal(size=n)
        first, second = common + own * rng.normal(size=(2, n)) + [[0.5], [1.0]]
        got = fn(first.copy(), second.copy())
        assert got is not None, NOTHING
        assert np.shape(got) == (2,), (
            f"return two numbers, lead and error, not shape {np.shape(got)}"
        )
        lead, error = map(float, got)
        assert abs(lead - (first - second).mean()) < 1e-9, (
            f"{name}: the lead is {lead:.4f}, which is not the mean difference. Which "
            "of the two is subtracted, and is a sign lost?"
        )
        wanted = lead / scipy.stats.ttest_rel(first, second).statistic
        assert abs(error - wanted) < 1e-9, (
            f"{name}: the error is {error:.4f}, wanted {wanted:.4f}. Whose deviation "
            "is it, of the differences or of each side, with which divisor, and is it "
            "the error of one start or of the mean?"
        )
    shifted = fn(first + 7, second + 7)
    assert np.allclose(shifted, got), "what both share must cancel"
    print("lead and error equal those of SciPy's paired test, for starts that share")
    print("much and nothing, and a shift of both changes neither")


def check_coverage(fn: Callable) -> None:
    """Check `fn(real, drawn, k) -> float`, how many real points are drawn nearby.

    Parameters
    ----------
    fn : callable
        Takes points (M, D) and (N, D), float64, and k; returns the share of real
        points in whose own ball, to their k-th nearest other real point, lies at
        least one drawn point.
    """
    rng = np.random.default_rng(131)
    for name, shift, scale, count, k in (
        ("one distribution", 0.0, 1.0, 50, 3),
        ("drawn too narrow", 0.0, 0.2, 50, 3),
        ("drawn beside the real ones", 2.0, 1.0, 50, 5),
        ("few drawn", 0.0, 1.0, 12, 3),
        ("the nearest ball only", 0.0, 1.0, 30, 1),
    ):
        real = rng.normal(size=(40, 2))
        drawn = shift + scale * rng.normal(size=(count, 2))
        got = fn(torch.tensor(real), torch.tensor(drawn), k)
        assert got is not None, NOTHING
        assert np.ndim(got) == 0, f"return one number, not shape {np.shape(got)}"
        balls = NearestNeighbors(n_neighbors=k + 1).fit(real)
        radii = balls.kneighbors(real)[0][:, k]
        wanted = np.mean(
            [
                (np.linalg.norm(drawn - point, axis=1) <= radius).any()
                for point, radius in zip(real, radii, strict=True)
            ]
        )
        assert abs(float(got) - wanted) < 1e-6, (
            f"{name}: got {float(got):.4f}, wanted {wanted:.4f}, a share. Around which "
            "points are the balls, to which neighbour do they reach and is the point "
            "itself counted as one, and whose share is it, of the real or of the drawn?"
        )
    far = np.concatenate([drawn, np.full((1, 2), 1e3)])
    assert abs(fn(torch.tensor(real), torch.tensor(far), k) - wanted) < 1e-6, (
        "one more drawn point, far away from all real ones, must change nothing"
    )
    print("share equals that of scikit-learn's neighbours, point by point, for sets")
    print("alike, narrow, beside and few; an outlier among the drawn changes nothing")
