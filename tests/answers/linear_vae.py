"""Answers to the exercises of chapter 09, right and wrong."""

import torch

from vaecourse import checks


def price_right(w, noise_var):
    g = w.T @ w + noise_var * torch.eye(w.shape[1], dtype=w.dtype)
    return 0.5 * (g.diagonal().log().sum() - torch.logdet(g))


def price_from_marginals(w, noise_var):
    g = w.T @ w / noise_var + torch.eye(w.shape[1], dtype=w.dtype)
    covariance = torch.linalg.inv(g)
    trace = (covariance.diagonal() * g.diagonal()).sum() - len(g)
    logs = torch.logdet(covariance) - covariance.diagonal().log().sum()
    return 0.5 * (trace + logs)


def price_kl_the_wrong_way_round(w, noise_var):
    g = w.T @ w / noise_var + torch.eye(w.shape[1], dtype=w.dtype)
    covariance = torch.linalg.inv(g)
    return 0.5 * (covariance.diagonal().log().sum() - torch.logdet(covariance))


def price_no_noise(w, noise_var):
    g = w.T @ w
    return 0.5 * (g.diagonal().log().sum() - torch.logdet(g))


def price_of_pixels(w, noise_var):
    c = w @ w.T + noise_var * torch.eye(len(w), dtype=w.dtype)
    return 0.5 * (c.diagonal().log().sum() - torch.logdet(c))


def noise_right(eigenvalues, d, beta):
    for used in range(d, -1, -1):
        room = len(eigenvalues) - beta * used
        if room > 0:
            noise = float(eigenvalues[used:].sum() / room)
            if used == 0 or eigenvalues[used - 1] > beta * noise:
                return noise
    return None


def noise_level_without_beta(eigenvalues, d, beta):
    noise = noise_right(eigenvalues, d, 1.0)
    used = int((eigenvalues[:d] > noise).sum())
    return float(eigenvalues[used:].sum() / max(len(eigenvalues) - beta * used, 0.1))


def noise_one_step(eigenvalues, d, beta):
    noise = eigenvalues[d:].mean()
    left = eigenvalues[:d].clamp(max=beta * noise).sum() + eigenvalues[d:].sum()
    return float(left / len(eigenvalues))


RIGHT = {
    checks.check_price_of_axes: [price_right],
    checks.check_learned_noise: [noise_right],
}

WRONG = {
    checks.check_price_of_axes: {
        "missing one half": lambda w, s: 2 * price_right(w, s),
        "wrong sign": lambda w, s: -price_right(w, s),
        "mean instead of sum": lambda w, s: price_right(w, s) / w.shape[1],
        "deviation for variance": lambda w, s: price_right(w, s**0.5),
        "noise left out": price_no_noise,
        "W W^T instead of W^T W": price_of_pixels,
        "variances of the posterior for Sigma": price_from_marginals,
        "KL the wrong way round": price_kl_the_wrong_way_round,
        "in bits": lambda w, s: price_right(w, s) / 0.6931471805599453,
        "returns nothing": lambda w, s: None,
    },
    checks.check_learned_noise: {
        "beta left out": lambda e, d, b: float(e[d:].mean()),
        "sum instead of mean": lambda e, d, b: noise_right(e, d, b) * len(e),
        "divided by the discarded only": lambda e, d, b: float(
            (e[:d].clamp(max=b * e[d:].mean()).sum() + e[d:].sum()) / (len(e) - d)
        ),
        "times beta": lambda e, d, b: b * noise_right(e, d, b),
        "all d numbers in use": lambda e, d, b: float(
            e[d:].sum() / max(len(e) - b * d, 0.1)
        ),
        "switched off at the noise": noise_level_without_beta,
        "one step from the discarded mean": noise_one_step,
        "returns nothing": lambda e, d, b: None,
    },
}
