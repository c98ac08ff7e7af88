"""Answers to the exercises of chapter 05, right and wrong."""

from functools import partial

import torch

from vaecourse import checks


def mixture_posterior(
    x, drawings, shares, sigma, *, prior=True, divisor=None, over=1, mean=False
):
    """Return the posterior over classes, right unless a slip is switched on."""
    squares = (x[:, None] - drawings) ** 2
    squares = squares.mean(-1) if mean else squares.sum(-1)
    log_joint = -squares / (2 * sigma**2 if divisor is None else divisor(sigma))
    if prior:
        log_joint = log_joint + torch.log(shares)
    return (log_joint - log_joint.logsumexp(over, keepdim=True)).exp()


def by_softmax(x, drawings, shares, sigma):
    return torch.softmax(
        shares.log() - torch.cdist(x, drawings) ** 2 / (2 * sigma**2), dim=1
    )


def without_logarithms(x, drawings, shares, sigma):
    squares = ((x[:, None] - drawings) ** 2).sum(-1)
    joint = shares * torch.exp(-squares / (2 * sigma**2))
    return joint / joint.sum(1, keepdim=True)


def posterior_mean(z, log_r, *, over=0):
    """Return weighted mean codes, right unless normalised over another axis."""
    weights = (log_r - log_r.logsumexp(over, keepdim=True)).exp()
    return weights.T @ z


def by_loop(z, log_r):
    means = []
    for column in log_r.T:
        weights = torch.softmax(column, 0)
        means.append((weights[:, None] * z).sum(0))
    return torch.stack(means)


RIGHT = {
    checks.check_mixture_posterior: [mixture_posterior, by_softmax],
    checks.check_posterior_mean: [posterior_mean, by_loop],
}

WRONG = {
    checks.check_mixture_posterior: {
        "prior forgotten": partial(mixture_posterior, prior=False),
        "half forgotten": partial(mixture_posterior, divisor=lambda s: s**2),
        "deviation for variance": partial(mixture_posterior, divisor=lambda s: 2 * s),
        "normalised over the examples": partial(mixture_posterior, over=0),
        "mean over the pixels": partial(mixture_posterior, mean=True),
        "densities without logarithms": without_logarithms,
        "logarithm returned": lambda *a: mixture_posterior(*a).log(),
    },
    checks.check_posterior_mean: {
        "not normalised": lambda z, r: r.exp().T @ z,
        "divided by the number of draws": lambda z, r: r.exp().T @ z / len(z),
        "log weights as weights": lambda z, r: (r / r.sum(0)).T @ z,
        "exp without a shift": lambda z, r: r.exp().T @ z / r.exp().sum(0)[:, None],
        "one normaliser for all": lambda z, r: torch.exp(r - r.logsumexp((0, 1))).T @ z,
        "over the examples": partial(posterior_mean, over=1),
        "best draw only": lambda z, r: z[r.argmax(0)],
    },
}
