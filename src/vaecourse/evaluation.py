"""Measures of how good a model is, and how sure we are."""

import numpy as np
import sklearn.base
import torch
from torch import Tensor


def reconstruction_error(x: Tensor, x_hat: Tensor) -> Tensor:
    """Squared distance, summed over the entries and averaged over the examples.

    Parameters
    ----------
    x, x_hat : torch.Tensor, shape (N, D)
        Examples and their reconstructions.

    Returns
    -------
    torch.Tensor, shape ()
        (1 / N) sum_n ||x_n - x_hat_n||^2, in squared units of `x`.

    Raises
    ------
    ValueError
        If the two are not matrices of one shape with at least one row.

    Examples
    --------
    >>> reconstruction_error(torch.zeros(5, 3), torch.ones(5, 3))
    tensor(3.)
    """
    if x.shape != x_hat.shape or x.ndim != 2 or len(x) == 0:
        raise ValueError(
            "x and x_hat must have one shape (N, D) with N >= 1, "
            f"got {tuple(x.shape)} and {tuple(x_hat.shape)}"
        )
    return ((x - x_hat) ** 2).sum(1).mean()


def mean_and_standard_error(values) -> tuple[float, float]:
    """Mean of repeated measurements, and the standard error of that mean.

    Parameters
    ----------
    values : sequence of float, length n >= 2
        One measurement a run (a seed, a fold).

    Returns
    -------
    tuple of float
        Mean, and s / sqrt(n) with the sample deviation s (divisor n - 1).

    Raises
    ------
    ValueError
        If there are fewer than two values.

    Examples
    --------
    >>> mean_and_standard_error([1.0, 2.0, 3.0])
    (2.0, 0.5773502691896258)
    """
    v = torch.as_tensor(values, dtype=torch.float64)
    if v.ndim != 1 or len(v) < 2:
        raise ValueError(f"need at least two values in one row, got {values!r}")
    return v.mean().item(), (v.std(correction=1) / len(v) ** 0.5).item()


def two_sample_accuracy(
    judge: sklearn.base.ClassifierMixin,
    learn: tuple[Tensor, Tensor],
    examine: tuple[Tensor, Tensor],
) -> float:
    """Share of right answers of a classifier that tells two samples apart.

    Parameters
    ----------
    judge : scikit-learn classifier
        An unfitted copy is trained; the argument stays as it is.
    learn, examine : tuple of two torch.Tensor, shapes (M, D) and (N, D)
        A pair (real, drawn) of equal size to train on, and another to be right about.

    Returns
    -------
    float
        From 0 to 1; near 0.5 if the judge finds no difference, with a deviation of
        0.5 / sqrt(2 N) by chance.

    Raises
    ------
    ValueError
        If the two of a pair differ in shape, a pair is empty, or the widths differ.

    Notes
    -----
    The classifier two-sample test of Lopez-Paz and Oquab (2017), as in chapter 04.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> pair = torch.zeros(20, 1), torch.ones(20, 1)
    >>> two_sample_accuracy(LogisticRegression(), pair, pair)
    1.0
    """
    for name, (real, drawn) in (("learn", learn), ("examine", examine)):
        if real.shape != drawn.shape or real.ndim != 2 or len(real) == 0:
            raise ValueError(
                f"{name} must hold two tensors of one shape (N, D) with N >= 1, "
                f"got {tuple(real.shape)} and {tuple(drawn.shape)}"
            )
    if learn[0].shape[1] != examine[0].shape[1]:
        raise ValueError(
            "learn and examine must have rows of one width, "
            f"got {learn[0].shape[1]} and {examine[0].shape[1]}"
        )

    def rows(pair):
        return torch.cat(pair).detach().numpy(), np.repeat([0, 1], len(pair[0]))

    return float(sklearn.base.clone(judge).fit(*rows(learn)).score(*rows(examine)))


def precision_and_recall(
    real: Tensor, drawn: Tensor, k: int = 3
) -> tuple[float, float]:
    """Shares of drawn points in balls of real ones, and of real in balls of drawn.

    The ball around a point reaches to the k-th nearest other point of its own set.

    Parameters
    ----------
    real, drawn : torch.Tensor, shapes (M, D) and (N, D)
        Points in a fixed space of features; more than k of each.
    k : int
        At least 1.

    Returns
    -------
    tuple of float
        Precision and recall, from 0 to 1. Two samples of one distribution stay below
        1, and one outlier among the real points can raise precision: compare with real
        points in place of the drawn.

    Raises
    ------
    ValueError
        If the widths differ or a set has no more than k points.

    Notes
    -----
    Kynkaanniemi et al. (2019), equations 1 and 2, as in chapter 13.

    Examples
    --------
    >>> line = torch.arange(5.0)[:, None]
    >>> precision_and_recall(line, line[:3] + 0.5, k=1)
    (1.0, 0.8)
    """
    if real.ndim != 2 or drawn.ndim != 2 or real.shape[1] != drawn.shape[1]:
        raise ValueError(
            "real and drawn must have shapes (M, D) and (N, D), "
            f"got {tuple(real.shape)} and {tuple(drawn.shape)}"
        )
    if k < 1 or min(len(real), len(drawn)) <= k:
        raise ValueError(
            f"k must be from 1 to one less than the number of points, got {k} "
            f"for {len(real)} and {len(drawn)} points"
        )

    def radii(points):  # to the k-th other point: the point itself is the nearest
        return torch.cdist(points, points).kthvalue(k + 1, dim=1).values

    distances = torch.cdist(real, drawn)  # (M, N)
    precision = (distances <= radii(real)[:, None]).any(0).double().mean().item()
    recall = (distances <= radii(drawn)).any(1).double().mean().item()
    return precision, recall
