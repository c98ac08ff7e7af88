"""Answers to the exercises of chapter 08, right and wrong."""

import torch

from vaecourse import checks


def draw_laplace(mu, log_scale, uniform):
    left, right = torch.log(2 * uniform), -torch.log(2 * (1 - uniform))
    return mu + torch.exp(log_scale) * torch.where(uniform < 0.5, left, right)


def with_signs(mu, log_scale, uniform):
    centred = uniform - 0.5
    tail = torch.log1p(-2 * centred.abs())
    return mu - torch.exp(log_scale) * torch.sign(centred) * tail


def one_sided(mu, log_scale, uniform):
    return mu + torch.exp(log_scale) * torch.log(2 * uniform)


def scale_itself(mu, log_scale, uniform):
    return mu + log_scale * (draw_laplace(mu, log_scale, uniform) - mu) / torch.exp(
        log_scale
    )


def coin_gradient(a, draws, values):
    others = (values.sum() - values) / (len(values) - 1)
    return ((values - others) * (draws - torch.sigmoid(a))).mean()


def by_loop(a, draws, values):
    total, n_draws = 0.0, len(draws)
    for k in range(n_draws):
        others = [float(values[j]) for j in range(n_draws) if j != k]
        baseline = sum(others) / len(others)
        score = 1 - torch.sigmoid(a) if draws[k] == 1 else -torch.sigmoid(a)
        total = total + (values[k] - baseline) * score
    return total / n_draws


def as_covariance(a, draws, values):
    """The same: a constant in the score cancels, since the weights add up to 0."""
    return torch.cov(torch.stack([draws, values]))[0, 1]


p = torch.sigmoid

RIGHT = {
    checks.check_draw_laplace: [draw_laplace, with_signs],
    checks.check_coin_gradient: [coin_gradient, by_loop, as_covariance],
}

WRONG = {
    checks.check_draw_laplace: {
        "one branch for both sides": one_sided,
        "the logarithm taken for the scale": scale_itself,
        "half of the log scale, as for a variance": lambda mu, a, u: draw_laplace(
            mu, a / 2, u
        ),
        "uniform noise as it is": lambda mu, a, u: mu + torch.exp(a) * (u - 0.5),
        "mirrored": lambda mu, a, u: draw_laplace(mu, a, 1 - u),
        "detached": lambda mu, a, u: draw_laplace(mu, a, u).detach(),
        "no slope in the scale": lambda mu, a, u: draw_laplace(mu, a.detach(), u),
        "exponential instead of Laplace": lambda mu, a, u: (
            mu - torch.exp(a) * torch.log(1 - u)
        ),
    },
    checks.check_coin_gradient: {
        "no baseline": lambda a, z, f: (f * (z - torch.sigmoid(a))).mean(),
        "a draw in its own baseline": lambda a, z, f: (
            (f - f.mean()) * (z - torch.sigmoid(a))
        ).mean(),
        "sum for mean": lambda a, z, f: len(z) * coin_gradient(a, z, f),
        "slope in the probability": lambda a, z, f: (
            (f - (f.sum() - f) / (len(f) - 1)) / torch.where(z > 0, p(a), p(a) - 1)
        ).mean(),
        "baseline divided by all": lambda a, z, f: (
            (f - (f.sum() - f) / len(f)) * (z - p(a))
        ).mean(),
        "wrong sign": lambda a, z, f: -coin_gradient(a, z, f),
        "one term a draw": lambda a, z, f: (
            (f - (f.sum() - f) / (len(f) - 1)) * (z - torch.sigmoid(a))
        ),
    },
}
