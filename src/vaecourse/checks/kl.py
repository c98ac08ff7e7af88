"""Checks of chapter 07, the KL divergence.

References: SciPy's adaptive integration of the definition, and SciPy's minimiser on
the divergence of `torch.distributions`.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from scipy import stats
from scipy.integrate import quad
from scipy.optimize import minimize
from torch.distributions import MultivariateNormal, kl_divergence

from vaecourse.checks.messages import NOTHING


def _integral(q, p, breaks: tuple[float, ...]) -> float:
    """KL(q || p) of two frozen SciPy distributions, piece by piece."""
    ends = (q.mean() - 40 * q.std(), *sorted(breaks), q.mean() + 40 * q.std())
    return sum(
        quad(lambda z: q.pdf(z) * (q.logpdf(z) - p.logpdf(z)), *piece, epsabs=1e-12)[0]
        for piece in pairwise(ends)
    )


def _check_codes(fn: Callable, mu, log_width, wanted, hint: str) -> None:
    """Compare fn(mu, log_width) with wanted, (2, 3) to (2,)."""
    given = torch.tensor(mu), torch.tensor(log_width)
    got = fn(*given)
    assert got is not None, NOTHING
    assert tuple(got.shape) == (2,), (
        f"for means of shape (2, 3) the result has shape {tuple(got.shape)}, wanted "
        "(2,), one number an example"
    )
    assert np.allclose(got.numpy(), wanted, atol=1e-7), (
        f"got {got.numpy().round(4)}, the integral of the definition gives "
        f"{np.round(wanted, 4)}. {hint}"
    )
    deep = fn(given[0].expand(4, 2, 3), given[1].expand(4, 2, 3))
    assert tuple(deep.shape) == (4, 2), "the sum is over the last axis and no other"


def check_kl_of_laplace(fn: Callable) -> None:
    """Check `fn(mu, log_scale)`, the KL of Laplace densities to N(0, I).

    Parameters
    ----------
    fn : callable
        Takes means and logarithms of the scales, (..., d) float64; returns (...).
    """
    rng = np.random.default_rng(70)
    mu, log_scale = rng.normal(size=(2, 3)), rng.uniform(-1.5, 1.0, size=(2, 3))
    each = [
        _integral(stats.laplace(m, np.exp(s)), stats.norm(), (m,))
        for m, s in zip(mu.ravel(), log_scale.ravel(), strict=True)
    ]
    hint = (
        "Which variance has a Laplace density of scale b, is the argument b or its "
        "logarithm, which constants remain, and what is added up over the numbers?"
    )
    _check_codes(fn, mu, log_scale, np.reshape(each, (2, 3)).sum(1), hint)
    wide = torch.linspace(-3, 3, 101).double()[:, None]
    assert (fn(torch.zeros_like(wide), wide) > 0).all(), "a KL came out negative"
    print("KL of Laplace densities equals the integral of the definition,")
    print("summed over the last axis, and is positive at every width")


def check_kl_to_laplace_prior(fn: Callable) -> None:
    """Check `fn(mu, log_var)`, the KL of Gaussians to the prior exp(-|z|) / 2.

    Parameters
    ----------
    fn : callable
        Takes means and log-variances, (..., d) float64; returns (...).
    """
    rng = np.random.default_rng(71)
    mu, log_var = 1.5 * rng.normal(size=(2, 3)), rng.uniform(-2.0, 2.0, size=(2, 3))
    each = [
        _integral(stats.norm(m, np.exp(v / 2)), stats.laplace(), (0.0,))
        for m, v in zip(mu.ravel(), log_var.ravel(), strict=True)
    ]
    hint = (
        "Is sigma the deviation, half of what the logarithm holds, is ln q the one of "
        "the Gaussian with all its constants, and which of the two is the prior?"
    )
    _check_codes(fn, mu, log_var, np.reshape(each, (2, 3)).sum(1), hint)
    given = torch.tensor(mu), torch.tensor(log_var)
    assert torch.allclose(fn(-given[0], given[1]), fn(*given)), (
        "the prior is symmetric, so mu and -mu must cost the same"
    )
    print("KL to the Laplace prior equals the integral of the definition,")
    print("summed over the last axis, and does not depend on the sign of the mean")


def check_closest_diagonal(fn: Callable) -> None:
    """Check `fn(covariance)`, the diagonal q with the least KL(q || N(0, covariance)).

    Parameters
    ----------
    fn : callable
        Takes a covariance, (d, d) float64; returns log-variances, (d,).
    """
    rng = np.random.default_rng(72)
    for d in (2, 4):
        factor = torch.tensor(rng.normal(size=(d, d)) + 1.5 * np.eye(d))
        covariance = factor @ factor.T
        zero = torch.zeros(d, dtype=torch.float64)
        target = MultivariateNormal(zero, covariance)

        def divergence(log_var, zero=zero, target=target):
            scale = torch.diag(torch.exp(torch.as_tensor(log_var) / 2))
            return kl_divergence(MultivariateNormal(zero, scale_tril=scale), target)

        got = fn(covariance.clone())
        assert got is not None, NOTHING
        assert tuple(got.shape) == (d,), (
            f"the result has shape {tuple(got.shape)}, wanted ({d},), one log-variance "
            "a number"
        )
        wanted = minimize(divergence, np.zeros(d), method="BFGS", tol=1e-9).x
        assert np.allclose(got.numpy(), wanted, atol=1e-4), (
            f"d = {d}: got {got.numpy().round(3)}, a search finds {wanted.round(3)}. "
            "Which matrix meets the variances of q in the trace, its diagonal or that "
            "of its inverse, and is the result the logarithm of a variance?"
        )
        assert (got <= covariance.diagonal().log() + 1e-9).all(), (
            "a variance is larger than that of p"
        )
    print("log-variances equal those that a search on torch.distributions finds,")
    print("in 2 and 4 dimensions, and none is larger than that of p")
