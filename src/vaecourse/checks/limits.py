"""Checks of chapter 04, the limits of the autoencoder.

References: scikit-learn's nearest neighbours left out one by one, SciPy's path on the
sphere, and codes pushed outwards one by one.
"""

from collections.abc import Callable

import numpy as np
import torch
from scipy.spatial import geometric_slerp
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from vaecourse.checks.messages import NOTHING


def check_neighbour_accuracy(fn: Callable) -> None:
    """Check `fn(first, second) -> float`, a two-sample test by nearest neighbours.

    Parameters
    ----------
    fn : callable
        Takes two sets of points, both (N, D) float64, and returns the share of all
        2 N points whose nearest other point is of their own set.
    """
    rng = np.random.default_rng(40)
    for name, shift, scale in (
        ("one distribution", 0.0, 1.0),
        ("two means", 1.5, 1.0),
        ("a wide and a narrow set", 0.0, 0.1),
    ):
        sets = rng.normal(size=(30, 2)), shift + scale * rng.normal(size=(30, 2))
        first, second = map(torch.tensor, sets)
        got = fn(first.clone(), second.clone())
        assert got is not None, NOTHING
        assert np.ndim(got) == 0, f"return one number, not shape {np.shape(got)}"
        wanted = cross_val_score(
            KNeighborsClassifier(1),
            np.concatenate(sets),
            np.repeat([0, 1], 30),
            cv=LeaveOneOut(),
        ).mean()
        assert abs(float(got) - wanted) < 1e-6, (
            f"{name}: got {float(got):.4f}, wanted {wanted:.4f}, a share. Among which "
            "points is the neighbour sought, may a point be its own, are the points of "
            "both sets counted, and is it neighbours of the same set that count?"
        )
        turned = float(fn(second, first))
        assert abs(turned - wanted) < 1e-6, f"{name}: the order of the sets matters"
    twins = float(fn(first, first + 1e-9))
    assert twins == 0, (
        f"a set and its copy give {twins:.2f}: is the point itself left out, or every "
        "point that is very near?"
    )
    print("share equals that of scikit-learn's neighbours, left out one by one,")
    print("for sets alike, apart, and wide and narrow; a set and its copy give 0")


def check_spherical(fn: Callable) -> None:
    """Check `fn(z, z_end, fraction)`, points on the way around 0.

    Parameters
    ----------
    fn : callable
        Takes codes (N, d), float64, and a float from 0 to 1; returns (N, d).
    """
    rng = np.random.default_rng(41)
    unit = rng.normal(size=(2, 5, 4))
    unit /= np.linalg.norm(unit, axis=-1, keepdims=True)
    lengths = rng.uniform(0.5, 3.0, size=(2, 5, 1))
    z, z_end = map(torch.tensor, unit * lengths)
    for fraction in (0.0, 0.25, 0.5, 0.9, 1.0):
        got = fn(z.clone(), z_end.clone(), fraction)
        assert got is not None, NOTHING
        assert tuple(got.shape) == (5, 4), (
            f"the result has shape {tuple(got.shape)}, wanted (5, 4), one point a pair"
        )
        for row in range(5):
            ends = unit[:, row]
            arc = geometric_slerp(*ends, fraction)
            weights = np.linalg.lstsq(ends.T, arc, rcond=None)[0]
            wanted = weights @ (ends * lengths[:, row])
            assert np.allclose(got[row].numpy(), wanted, atol=1e-8), (
                f"at {fraction:g}, pair {row} of 5, the point is wrong. Is the angle "
                "measured for each pair by itself, between directions and not between "
                "codes of any length, and which end is reached at 0?"
            )
    same = fn(torch.tensor(unit[0]), torch.tensor(unit[1]), 0.3).norm(dim=1)
    assert torch.allclose(same, torch.ones_like(same)), "the path leaves the sphere"
    print("points equal those of SciPy's path on the sphere, pair by pair,")
    print("and codes of equal length keep it on the way")


def check_pull_in(fn: Callable) -> None:
    """Check `fn(z, radius)`, which undoes a push outwards by the radius.

    Parameters
    ----------
    fn : callable
        Takes codes (N, d), float64, none of them 0, and a radius; returns (N, d).
    """
    rng = np.random.default_rng(42)
    codes = rng.normal(size=(6, 3)) * rng.uniform(0.1, 5.0, size=(6, 1))
    for radius in (0.0, 1.0, 20.0):
        pushed = [v * (1 + radius / np.sqrt((v**2).sum())) for v in codes]
        got = fn(torch.tensor(np.array(pushed)), radius)
        assert got is not None, NOTHING
        assert tuple(got.shape) == (6, 3), (
            f"the result has shape {tuple(got.shape)}, wanted that of z, (6, 3)"
        )
        for row in range(6):
            assert np.allclose(got[row].numpy(), codes[row], atol=1e-9), (
                f"at radius {radius:g} code {row} does not come back. How does the "
                "push change the length of one code, and of which code, pushed or "
                "not, do you know the length?"
            )
    inside = fn(torch.tensor([[0.6, 0.8, 0.0]]).double(), 3.0)[0].numpy()
    assert np.allclose(inside, [-1.2, -1.6, 0.0]), (
        "inside the ball the pull must overshoot to the other side, by the same rule"
    )
    print("every pushed code comes back, at three radii,")
    print("and a point inside the ball lands on the other side")
