"""Answers to the exercises of chapter 04, right and wrong."""

from functools import partial

import torch

from vaecourse import checks


def neighbour_accuracy(first, second, *, itself=False, farthest=False, half=False):
    """Share of neighbours of one's own set, right unless a slip is switched on."""
    pool = torch.cat([first, second])
    distances = torch.cdist(pool, pool)
    if not itself:
        distances.fill_diagonal_(-torch.inf if farthest else torch.inf)
    nearest = distances.argmax(1) if farthest else distances.argmin(1)
    own = torch.arange(len(pool)) < len(first)
    right = own == own[nearest]
    return (right[: len(first)] if half else right).double().mean().item()


def by_loop(first, second):
    pool, right = [*first, *second], 0
    for i, point in enumerate(pool):
        others = [j for j in range(len(pool)) if j != i]
        nearest = min(others, key=lambda j: float((point - pool[j]).square().sum()))
        right += (i < len(first)) == (nearest < len(first))
    return right / len(pool)


def across(first, second):
    """Compare the distance to the own set with that to the mean of the other."""
    own = torch.cdist(first, first).fill_diagonal_(torch.inf).min(1).values
    return (own < (first - second.mean(0)).norm(dim=1)).double().mean().item()


def spherical(z, z_end, fraction):
    lengths = z.norm(dim=1) * z_end.norm(dim=1)
    angle = torch.acos((z * z_end).sum(1) / lengths)[:, None]
    first, second = torch.sin((1 - fraction) * angle), torch.sin(fraction * angle)
    return (first * z + second * z_end) / torch.sin(angle)


def one_angle(z, z_end, fraction):
    cosine = (z * z_end).sum() / (z.norm() * z_end.norm())
    angle = torch.acos(cosine)
    first, second = torch.sin((1 - fraction) * angle), torch.sin(fraction * angle)
    return (first * z + second * z_end) / torch.sin(angle)


def unnormalised(z, z_end, fraction):
    angle = torch.acos((z * z_end).sum(1).clamp(-0.999, 0.999))[:, None]
    first, second = torch.sin((1 - fraction) * angle), torch.sin(fraction * angle)
    return (first * z + second * z_end) / torch.sin(angle)


def straight_then_stretched(z, z_end, fraction):
    point = (1 - fraction) * z + fraction * z_end
    length = (1 - fraction) * z.norm(dim=1) + fraction * z_end.norm(dim=1)
    return point * (length / point.norm(dim=1))[:, None]


def pull_in(z, radius):
    return z * (1 - radius / z.norm(dim=1, keepdim=True))


RIGHT = {
    checks.check_neighbour_accuracy: [neighbour_accuracy, by_loop],
    checks.check_spherical: [spherical],
    checks.check_pull_in: [pull_in],
}

WRONG = {
    checks.check_neighbour_accuracy: {
        "a point is its own neighbour": partial(neighbour_accuracy, itself=True),
        "farthest instead of nearest": partial(neighbour_accuracy, farthest=True),
        "first set only": partial(neighbour_accuracy, half=True),
        "share of the other set": lambda a, b: 1 - neighbour_accuracy(a, b),
        "mean of the other set": across,
        "a count": lambda a, b: 2 * len(a) * neighbour_accuracy(a, b),
    },
    checks.check_spherical: {
        "a straight line": lambda z, end, f: (1 - f) * z + f * end,
        "one angle for all pairs": one_angle,
        "angle of codes that are not of length 1": unnormalised,
        "a stretched straight line": straight_then_stretched,
        "backwards": lambda z, end, f: spherical(end, z, f),
    },
    checks.check_pull_in: {
        "divided by the push of the pushed": lambda z, r: (
            z / (1 + r / z.norm(dim=1, keepdim=True))
        ),
        "one length for the batch": lambda z, r: z * (1 - r / z.norm()),
        "radius subtracted from every number": lambda z, r: z - r,
        "pushed again": lambda z, r: z * (1 + r / z.norm(dim=1, keepdim=True)),
        "stopped at the ball": lambda z, r: (
            z * (1 - r / z.norm(dim=1, keepdim=True)).clamp(min=0)
        ),
    },
}
