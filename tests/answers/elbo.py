"""Answers to the exercises of chapter 06, right and wrong."""

import math
from functools import partial

import torch

from vaecourse import checks


def laplace_elbo(log_joint, centre, scale, *, entropy=None, sides=(1, -1), factor=1.0):
    """Energy plus entropy of a Laplace guess, right unless a slip is made."""
    v = torch.linspace(-40, 5, 9001, dtype=torch.float64)
    u = torch.exp(v)
    mass = torch.exp(-u) * u * (v[1] - v[0]) / 2
    width = factor * scale
    energy = sum((mass * log_joint(centre + s * width * u)).sum() for s in sides)
    right = math.log(2 * scale) + 1
    return energy.item() + (right if entropy is None else entropy(scale))


def by_pieces(log_joint, centre, scale):
    """Gauss-Laguerre nodes on either side of the corner."""
    import numpy as np

    nodes, weights = map(torch.tensor, np.polynomial.laguerre.laggauss(30))
    energy = sum(
        (weights * log_joint(centre + s * scale * nodes)).sum() for s in (1, -1)
    )
    return energy.item() / 2 + math.log(2 * scale) + 1


def even_grid(log_joint, centre, scale):
    z = torch.linspace(-8, 8, 2001, dtype=torch.float64)
    log_q = -(z - centre).abs() / scale - math.log(2 * scale)
    return ((z[1] - z[0]) * log_q.exp() * (log_joint(z) - log_q)).sum().item()


def two_draw_bound(q, log_w):
    pairs = torch.logaddexp(log_w[:, None], log_w) - math.log(2)
    return (q @ pairs @ q).item()


def by_loop(q, log_w):
    total = 0.0
    for g in range(len(q)):
        for h in range(len(q)):
            pair = torch.stack([log_w[g], log_w[h]]).logsumexp(0) - math.log(2)
            total += float(q[g] * q[h] * pair)
    return total


def different_only(q, log_w):
    pairs = torch.logaddexp(log_w[:, None], log_w) - math.log(2)
    both = q[:, None] * q
    both = both - torch.diag(both.diag())
    return ((both * pairs).sum() / both.sum()).item()


def underflows(q, log_w):
    mean = (log_w.exp()[:, None] + log_w.exp()) / 2
    return (q @ mean.log() @ q).item()


RIGHT = {
    checks.check_laplace_elbo: [laplace_elbo, by_pieces],
    checks.check_two_draw_bound: [two_draw_bound, by_loop],
}

WRONG = {
    checks.check_laplace_elbo: {
        "no entropy": partial(laplace_elbo, entropy=lambda b: 0.0),
        "entropy with the wrong sign": partial(
            laplace_elbo, entropy=lambda b: -math.log(2 * b) - 1
        ),
        "entropy without the 2": partial(
            laplace_elbo, entropy=lambda b: math.log(b) + 1
        ),
        "entropy of a Gaussian": partial(
            laplace_elbo, entropy=lambda b: 0.5 * math.log(2 * math.pi * math.e * b**2)
        ),
        "one side only": partial(laplace_elbo, sides=(1, 1)),
        "scale taken for the deviation": partial(laplace_elbo, factor=0.5**0.5),
        "sum over an even grid": even_grid,
    },
    checks.check_two_draw_bound: {
        "sum instead of mean": lambda q, w: two_draw_bound(q, w) + math.log(2),
        "mean of the logarithms": lambda q, w: (q @ w).item(),
        "log of the expectation": lambda q, w: (q.log() + w).logsumexp(0).item(),
        "pairs of different draws only": different_only,
        "all pairs equally likely": lambda q, w: two_draw_bound(
            torch.full_like(q, 1 / len(q)), w
        ),
        "weights underflow": underflows,
    },
}
