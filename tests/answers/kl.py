"""Answers to the exercises of chapter 07, right and wrong."""

import math

import torch
from torch.distributions import Laplace, Normal, kl_divergence

from vaecourse import checks

CONSTANT = 0.5 * math.log(2 * math.pi) - math.log(2) - 1


def of_laplace(mu, log_scale):
    each = mu**2 / 2 + torch.exp(2 * log_scale) - log_scale + CONSTANT
    return each.sum(-1)


def of_laplace_by_torch(mu, log_scale):
    return kl_divergence(Laplace(mu, log_scale.exp()), Normal(0.0, 1.0)).sum(-1)


def of_laplace_as_gaussian(mu, log_scale):
    """Take b for the deviation of a Gaussian."""
    return 0.5 * (mu**2 + torch.exp(2 * log_scale) - 1 - 2 * log_scale).sum(-1)


def variance_b_squared(mu, log_scale):
    each = (mu**2 + torch.exp(2 * log_scale)) / 2 - log_scale + CONSTANT
    return each.sum(-1)


def to_laplace(mu, log_var, *, half=0.5, entropy=True):
    sigma = torch.exp(half * log_var)
    height = sigma * (2 / math.pi) ** 0.5 * torch.exp(-(mu**2) / (2 * sigma**2))
    size = height + mu * torch.erf(mu / (sigma * 2**0.5))
    each = math.log(2) + size
    if entropy:
        each = each - 0.5 * (math.log(2 * math.pi) + 1 + log_var)
    return each.sum(-1)


def absolute_mean(mu, log_var):
    """Take |mu| for the mean of |z|."""
    each = math.log(2) + mu.abs() - 0.5 * (math.log(2 * math.pi) + 1 + log_var)
    return each.sum(-1)


def no_tail(mu, log_var):
    """Forget the second half of the mean of |z|."""
    sigma = torch.exp(log_var / 2)
    height = sigma * (2 / math.pi) ** 0.5 * torch.exp(-(mu**2) / (2 * sigma**2))
    each = math.log(2) + height - 0.5 * (math.log(2 * math.pi) + 1 + log_var)
    return each.sum(-1)


def swapped(mu, log_var):
    """KL of the prior to q."""
    variance = torch.exp(log_var)
    each = (
        0.5 * (math.log(2 * math.pi) + log_var)
        + (2 + mu**2) / (2 * variance)
        - math.log(2)
        - 1
    )
    return each.sum(-1)


def closest_diagonal(covariance):
    return -torch.linalg.inv(covariance).diagonal().log()


RIGHT = {
    checks.check_kl_of_laplace: [of_laplace, of_laplace_by_torch],
    checks.check_kl_to_laplace_prior: [to_laplace],
    checks.check_closest_diagonal: [closest_diagonal],
}

WRONG = {
    checks.check_kl_of_laplace: {
        "variance b squared": variance_b_squared,
        "the Gaussian formula": of_laplace_as_gaussian,
        "constants dropped": lambda m, s: of_laplace(m, s) - CONSTANT * m.shape[-1],
        "mean over the numbers": lambda m, s: of_laplace(m, s) / m.shape[-1],
        "summed over everything": lambda m, s: of_laplace(m, s).sum(),
        "summed over the first axis": lambda m, s: of_laplace(m.mT, s.mT),
        "wrong sign": lambda m, s: -of_laplace(m, s),
        "scale for its logarithm": lambda m, s: of_laplace_by_torch(m, s.abs().log()),
        "the half forgotten": lambda m, s: of_laplace(2**0.5 * m, s),
    },
    checks.check_kl_to_laplace_prior: {
        "variance for deviation": lambda m, v: to_laplace(m, v, half=1.0),
        "no entropy": lambda m, v: to_laplace(m, v, entropy=False),
        "absolute value of the mean": absolute_mean,
        "half of the mean of |z|": no_tail,
        "the other way round": swapped,
        "mean over the numbers": lambda m, v: to_laplace(m, v) / m.shape[-1],
        "the standard normal prior": lambda m, v: (
            0.5 * (m**2 + v.exp() - 1 - v).sum(-1)
        ),
    },
    checks.check_closest_diagonal: {
        "the forward fit": lambda c: c.diagonal().log(),
        "no minus": lambda c: torch.linalg.inv(c).diagonal().log(),
        "log deviation": lambda c: closest_diagonal(c) / 2,
        "variances, not their logarithms": lambda c: closest_diagonal(c).exp(),
        "eigenvalues": lambda c: torch.linalg.eigvalsh(c).log(),
        "a matrix": lambda c: torch.diag(closest_diagonal(c)),
    },
}
