"""Answers to the exercises of chapter 13, right and wrong."""

from functools import partial

import numpy as np
import scipy.stats
import torch

from vaecourse import checks


def paired_lead(first, second):
    difference = np.asarray(first) - np.asarray(second)
    return difference.mean(), difference.std(ddof=1) / len(difference) ** 0.5


def by_scipy(first, second):
    lead = np.mean(np.asarray(first) - np.asarray(second))
    return lead, lead / scipy.stats.ttest_rel(first, second).statistic


def unpaired(first, second):
    variance = np.var(first, ddof=1) + np.var(second, ddof=1)
    return np.mean(first) - np.mean(second), (variance / len(first)) ** 0.5


def divided_by_n(first, second):
    difference = np.asarray(first) - np.asarray(second)
    return difference.mean(), difference.std() / len(difference) ** 0.5


def deviation(first, second):
    difference = np.asarray(first) - np.asarray(second)
    return difference.mean(), difference.std(ddof=1)


def coverage(real, drawn, k, *, itself=False, of_drawn=False, around_drawn=False):
    """Share of covered real points, right unless a slip is switched on."""
    centres, others = (drawn, real) if around_drawn else (real, drawn)
    reach = torch.cdist(centres, centres).kthvalue(k + (not itself), dim=1).values
    inside = torch.cdist(centres, others) <= reach[:, None]
    return inside.any(0 if of_drawn else 1).double().mean().item()


def by_loop(real, drawn, k):
    covered = 0
    for i, point in enumerate(real):
        others = torch.cat([real[:i], real[i + 1 :]])
        radius = (others - point).norm(dim=1).sort().values[k - 1]
        covered += bool(((drawn - point).norm(dim=1) <= radius).any())
    return covered / len(real)


def one_radius(real, drawn, k):
    reach = torch.cdist(real, real).kthvalue(k + 1, dim=1).values.mean()
    return (torch.cdist(real, drawn).min(1).values <= reach).double().mean().item()


def density(real, drawn, k):
    reach = torch.cdist(real, real).kthvalue(k + 1, dim=1).values
    inside = torch.cdist(real, drawn) <= reach[:, None]
    return inside.double().sum().item() / (k * len(drawn))


RIGHT = {
    checks.check_paired_lead: [paired_lead, by_scipy],
    checks.check_coverage: [coverage, by_loop],
}

WRONG = {
    checks.check_paired_lead: {
        "each side by itself": unpaired,
        "divisor n": divided_by_n,
        "deviation of a start": deviation,
        "second minus first": lambda a, b: paired_lead(b, a),
        "absolute difference": lambda a, b: paired_lead(np.abs(a - b), 0 * b),
        "lead alone": lambda a, b: paired_lead(a, b)[0],
    },
    checks.check_coverage: {
        "a point is its own neighbour": partial(coverage, itself=True),
        "precision": partial(coverage, of_drawn=True),
        "recall": partial(coverage, around_drawn=True, of_drawn=True),
        "balls of the drawn": partial(coverage, around_drawn=True),
        "one radius for all": one_radius,
        "density": density,
        "a count": lambda real, drawn, k: len(real) * coverage(real, drawn, k),
    },
}
