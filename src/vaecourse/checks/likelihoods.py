"""Checks of chapter 12, the likelihoods of a pixel.

References: for counts, integrals and draws by `torch.distributions`; for the rounded
logistic, its distribution function at extended precision; none repeats the solution.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch.distributions import Beta, Binomial

from vaecourse.checks.messages import NOTHING


def _array(value, shape: tuple[int, ...]) -> np.ndarray:
    assert value is not None, NOTHING
    got = np.asarray(torch.as_tensor(value).detach(), dtype=np.float64)
    assert got.shape == shape, (
        f"return one number a pixel, shape {shape}, not {got.shape}"
    )
    return got


def _beta_binomial(counts, a: float, b: float) -> np.ndarray:
    """Log-probabilities by the integral over pi, which is smooth in ln(pi/(1-pi))."""
    logit = torch.linspace(-60, 60, 24001, dtype=torch.float64)
    step = logit[1] - logit[0]
    log_pi = -torch.nn.functional.softplus(-logit)
    log_rest = log_pi - logit
    zero = torch.zeros((), dtype=torch.float64)
    scale = Beta(zero + a, zero + b).log_prob(zero + 0.5) - (a + b - 2) * math.log(0.5)
    values = []
    for count in counts:
        ways = Binomial(16, zero + 0.5).log_prob(zero + count) + 16 * math.log(2)
        inside = (count + a) * log_pi + (16 - count + b) * log_rest  # with d pi
        values.append(ways + scale + inside.logsumexp(0) + step.log())
    return torch.stack(values).numpy()


def check_beta_binomial(fn: Callable) -> None:
    """Check `fn(counts, a, b)`: log-probability of each count out of 16.

    Parameters
    ----------
    fn : callable
        Takes counts 0 to 16 and the two positive numbers of a Beta density, float64
        tensors of one shape (N, D), and returns log-probabilities in nats, (N, D).
    """
    counts = torch.arange(17, dtype=torch.float64)
    for a, b in ((0.3, 0.8), (1.0, 1.0), (2.5, 0.4), (30.0, 50.0)):
        same = torch.full_like(counts, a), torch.full_like(counts, b)
        grids = [v.reshape(1, 17) for v in (counts, *same)]
        got = _array(fn(*grids), (1, 17))[0]
        wanted = _beta_binomial(range(17), a, b)
        worst = np.abs(got - wanted).argmax()
        assert abs(got[worst] - wanted[worst]) <= 1e-6 * (1 + abs(wanted[worst])), (
            f"with {a} inked and {b} blank the count {worst} has log-probability "
            f"{got[worst]:.6g}, wanted {wanted[worst]:.6g}. Which Beta function is "
            "above, which below the line, and in how many ways do the dots fall?"
        )
        assert abs(np.exp(got).sum() - 1) < 1e-6, "the 17 probabilities must add to 1"
    print("log-probabilities equal the integral over pi, for four Beta densities,")
    print("and the seventeen probabilities add up to 1")


def _rounded_logistic(centre: float, scale: float) -> np.ndarray:
    """Log-probabilities of 0/16 to 16/16, from tails whose logarithms are exact."""
    wanted = []
    for k in range(17):
        low = -math.inf if k == 0 else ((k - 0.5) / 16 - centre) / scale
        high = math.inf if k == 16 else ((k + 0.5) / 16 - centre) / scale
        if low + high > 0:  # the density is even: work in the left tail
            low, high = -high, -low
        log_high = 0.0 if high == math.inf else -np.logaddexp(0, -high)
        log_low = -np.inf if low == -math.inf else -np.logaddexp(0, -low)
        wanted.append(log_high + np.log(-np.expm1(log_low - log_high)))
    return np.array(wanted)


def check_rounded_logistic(fn: Callable) -> None:
    """Check `fn(x, mean, log_scale)`: log-probability of each pixel.

    Parameters
    ----------
    fn : callable
        Takes intensities in steps of 1/16, the centre and the logarithm of the scale of
        a logistic distribution, tensors of one shape (N, D), and returns
        log-probabilities in nats, (N, D).
    """
    x = (torch.arange(17, dtype=torch.float64) / 16).reshape(1, 17)
    for mean, scale in ((0.4, 0.1), (0.9, 0.03), (-0.3, 0.02), (0.5, 2.0)):
        log_scale = torch.full_like(x, math.log(scale))
        got = _array(fn(x, torch.full_like(x, mean), log_scale), (1, 17))[0]
        wanted = _rounded_logistic(mean, scale)
        apart = np.abs(np.nan_to_num(got, nan=np.inf) - wanted)
        assert (apart <= 1e-5 * (1 + np.abs(wanted))).all(), (
            f"with centre {mean} and scale {scale} the intensity "
            f"{apart.argmax() / 16:.4g} has log-probability {got[apart.argmax()]:.6g}, "
            f"wanted {wanted[apart.argmax()]:.6g}. Where does the cell of a count "
            "begin and end, what belongs to the cells of 0 and 1, and is anything "
            "subtracted that a computer cannot tell apart?"
        )
        assert abs(np.exp(got).sum() - 1) < 1e-8, "the 17 probabilities must add to 1"
    mean = torch.tensor([[-3.0, 3.0, 0.5, -3.0, 3.0]]).requires_grad_()
    x = torch.tensor([[1.0, 0.0, 0.0, 0.5, 0.25]])  # far out, in cells of both kinds
    far = fn(x, mean, torch.full((1, 5), -4.0))
    slope = torch.autograd.grad(far.sum(), mean)[0]
    assert torch.isfinite(far).all() and torch.isfinite(slope).all(), (
        "in single precision a pixel far from the centre gets a value or a gradient "
        f"that is not finite: {far.tolist()}, {slope.tolist()}"
    )
    assert (slope * (x - mean) > 0).all(), (
        "far from its centre a pixel must still pull the centre: where is a "
        "probability kept from falling below some number?"
    )
    wanted = [
        _rounded_logistic(m, math.exp(-4))[round(16 * v)]
        for v, m in zip(x[0].tolist(), mean[0].tolist(), strict=True)
    ]
    assert torch.allclose(far[0].double(), torch.tensor(wanted).double(), rtol=1e-3), (
        f"in single precision, far from the centre, the log-probabilities are "
        f"{far[0].tolist()}, wanted {wanted}"
    )
    print("log-probabilities equal differences of the distribution function, also far")
    print("in the tails, the seventeen add up to 1, and gradients stay alive")
