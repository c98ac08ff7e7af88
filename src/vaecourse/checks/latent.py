"""Checks of chapter 05, latent variables.

References: scikit-learn's mixture of Gaussians with its parameters set by hand, and
Gaussians on an even grid, whose mean is known.
"""

from collections.abc import Callable

import numpy as np
import torch
from sklearn.mixture import GaussianMixture

from vaecourse.checks.messages import NOTHING


def check_mixture_posterior(fn: Callable) -> None:
    """Check `fn(x, drawings, shares, sigma)`, the posterior over J classes.

    Parameters
    ----------
    fn : callable
        Takes examples (N, D), drawings (J, D), prior probabilities (J,), all float64,
        and a deviation; returns the probabilities of the classes, (N, J).
    """
    rng = np.random.default_rng(50)
    drawings, shares = rng.normal(size=(4, 3)), np.array([0.1, 0.2, 0.05, 0.65])
    x = rng.normal(size=(6, 3))
    for sigma in (2.0, 0.5, 0.02):
        reference = GaussianMixture(4, covariance_type="spherical")
        reference.weights_, reference.means_ = shares, drawings
        reference.covariances_ = np.full(4, sigma**2)
        reference.precisions_cholesky_ = np.full(4, 1 / sigma)
        wanted = reference.predict_proba(x)
        got = fn(torch.tensor(x), torch.tensor(drawings), torch.tensor(shares), sigma)
        assert got is not None, NOTHING
        assert tuple(got.shape) == (6, 4), (
            f"the result has shape {tuple(got.shape)}, wanted (6, 4): one row an "
            "example, one column a class"
        )
        assert torch.isfinite(got).all(), (
            f"at sigma = {sigma:g} the result is not finite: where is a density that "
            "is too small for a number exponentiated?"
        )
        sums = got.sum(1)
        assert torch.allclose(sums, torch.ones_like(sums), atol=1e-8), (
            f"at sigma = {sigma:g} the rows do not sum to 1: over what must a "
            "posterior be normalised, and is it a probability or its logarithm?"
        )
        assert np.allclose(got.numpy(), wanted, atol=1e-8), (
            f"at sigma = {sigma:g} the probabilities are wrong. Is the prior in it, is "
            "the squared distance summed over the pixels, and what divides it?"
        )
    flat = torch.full((4,), 0.25, dtype=torch.float64)
    same = fn(torch.tensor(x), torch.zeros(4, 3, dtype=torch.float64), flat, 1.0)
    assert torch.allclose(same, flat.expand(6, 4)), (
        "classes that draw the same image must keep their prior probabilities"
    )
    print("probabilities equal those of scikit-learn's mixture at three sigmas, also")
    print("where all densities of an example underflow, and keep the prior of equal")
    print("drawings")


def check_posterior_mean(fn: Callable) -> None:
    """Check `fn(z, log_r)`, weighted mean codes from the logarithms of weights.

    Parameters
    ----------
    fn : callable
        Takes codes (K, d) and log weights (K, N), float64; returns codes (N, d).
    """
    line = torch.linspace(-9, 9, 91, dtype=torch.float64)
    z = torch.cartesian_prod(line, line)  # (8281, 2)
    wanted = torch.tensor([[0.3, -1.2], [2.0, 0.7], [-1.5, 0.0]], dtype=torch.float64)
    width = torch.tensor([0.6, 1.1], dtype=torch.float64)
    log_r = -0.5 * (((z[:, None] - wanted) / width) ** 2).sum(-1)  # (8281, 3)
    for shift in (0.0, 3.0, -2000.0, 2000.0):
        got = fn(z.clone(), log_r + shift)
        assert got is not None, NOTHING
        assert tuple(got.shape) == (3, 2), (
            f"the result has shape {tuple(got.shape)}, wanted (3, 2), a code an example"
        )
        assert torch.isfinite(got).all(), (
            "log weights near -2000 or 2000 give no finite mean: `exp` leaves the "
            "range of numbers. Which part of a weight cancels in the ratio?"
        )
        assert torch.allclose(got, wanted, atol=1e-8), (
            f"log weights plus {shift:g}: the means are wrong. Are the weights those "
            "of one example, do they sum to 1 over the draws, and are they weights or "
            "their logarithms?"
        )
    equal = fn(z[:5], torch.zeros(5, 1, dtype=torch.float64))
    assert torch.allclose(equal[0], z[:5].mean(0)), "equal weights give the plain mean"
    print("means equal those of three Gaussians on a grid, to rounding,")
    print("whatever constant the log weights share; equal weights give the plain mean")
