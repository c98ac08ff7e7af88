"""Checks of chapter 08, the derivative through a draw.

References: the quantiles and the gradients of `torch.distributions.Laplace`, and the
exact mean of an estimate over all outcomes of a few coins.
"""

import itertools
import math
from collections.abc import Callable

import numpy as np
import torch

from vaecourse.checks.messages import NOTHING


def check_draw_laplace(fn: Callable) -> None:
    """Check `fn(mu, log_scale, uniform)`, a differentiable draw.

    Parameters
    ----------
    fn : callable
        Takes three tensors (..., d), float64, the last between 0 and 1, and returns
        one Laplace draw for each entry.
    """
    rng = np.random.default_rng(80)
    mu, log_scale = (torch.tensor(a) for a in rng.normal(size=(2, 7, 3)))
    uniform = torch.tensor(rng.uniform(0.01, 0.99, size=(7, 3)))
    mu.requires_grad_(), log_scale.requires_grad_()
    got = fn(mu, log_scale, uniform)
    assert got is not None, NOTHING
    assert tuple(got.shape) == (7, 3), (
        f"the result has shape {tuple(got.shape)}, wanted that of mu, (7, 3)"
    )
    wanted = torch.distributions.Laplace(mu, log_scale.exp()).icdf(uniform)
    for side, rows in (("below", uniform < 0.5), ("above", uniform > 0.5)):
        assert torch.allclose(got[rows], wanted[rows], atol=1e-8), (
            f"where uniform is {side} 1/2 the draw is not the quantile of the Laplace "
            "density. Which area lies to that side of z, and is the second argument "
            "the scale b or its logarithm?"
        )
    assert got.requires_grad, "the result has no gradient: was it detached?"
    for name, argument in (("mu", mu), ("log_scale", log_scale)):
        slope, right = (
            torch.autograd.grad(z.sum(), argument, retain_graph=True, allow_unused=True)
            for z in (got, wanted)
        )
        assert slope[0] is not None and torch.allclose(slope[0], right[0], atol=1e-8), (
            f"the slope in {name} is wrong, though the draws are right"
        )
    middle = fn(mu, log_scale, torch.full_like(mu, 0.5))
    assert torch.allclose(middle, mu), "at uniform = 1/2 the draw must be mu"
    print("draws are the quantiles of torch.distributions.Laplace on both sides of mu,")
    print("with its slopes in mu and log_scale")


def check_coin_gradient(fn: Callable) -> None:
    """Check `fn(a, draws, values)`, a score-function estimate for a coin.

    Parameters
    ----------
    fn : callable
        Takes a scalar tensor and two tensors (K,), float64, and returns a scalar.
    """
    for n_draws, a, zero, one in ((2, 0.3, 5.0, -1.0), (4, -1.2, -100.0, -97.0)):
        logit = torch.tensor(a, dtype=torch.float64)
        chance = 1 / (1 + math.exp(-a))
        mean = 0.0
        for outcome in itertools.product((0.0, 1.0), repeat=n_draws):
            draws = torch.tensor(outcome, dtype=torch.float64)
            got = fn(logit, draws, zero + (one - zero) * draws)
            assert got is not None, NOTHING
            assert np.ndim(got) == 0, f"return one number, not shape {np.shape(got)}"
            heads = int(sum(outcome))
            mean += chance**heads * (1 - chance) ** (n_draws - heads) * float(got)
            if heads in (0, n_draws):
                assert abs(float(got)) < 1e-9, (
                    f"{n_draws} equal draws give {float(got):.4f}, wanted 0: does the "
                    "baseline of a draw come from the other draws, and from all?"
                )
        wanted = chance * (1 - chance) * (one - zero)
        assert abs(mean - wanted) < 1e-9, (
            f"with {n_draws} draws the mean over all outcomes is {mean:.4f}, and the "
            f"exact gradient is {wanted:.4f}. Look at the score of a 0 and of a 1, at "
            "who is left out of the baseline, and by what the sum is divided"
        )
    draws = torch.tensor([1.0, 0.0, 1.0], dtype=torch.float64)
    values = torch.tensor([2.0, 7.0, 3.0], dtype=torch.float64)
    low, high = (float(fn(logit, draws, values + shift)) for shift in (0, 1e4))
    assert abs(low - high) < 1e-6, "a constant added to all values changes the estimate"
    print("the mean over all outcomes of 2 and of 4 coins is the exact gradient,")
    print("and a constant added to f changes nothing")
