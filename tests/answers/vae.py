"""Answers to the exercises of chapter 10, right and wrong."""

import math

import torch

from vaecourse import checks


def picked(counts, log_tables):
    """Logarithms of the tables at the counts, (N, M, D)."""
    index = counts[:, None, :, None].expand(-1, len(log_tables), -1, 1)
    tables = log_tables[None].expand(len(counts), -1, -1, -1)
    return tables.gather(-1, index)[..., 0]


def mixture_of_tables(counts, log_weights, log_tables):
    return (picked(counts, log_tables).sum(-1) + log_weights).logsumexp(1)


def by_one_hot(counts, log_weights, log_tables):
    hot = torch.nn.functional.one_hot(counts, 17).to(log_tables.dtype).flatten(1)
    return (hot @ log_tables.flatten(1).T + log_weights).logsumexp(1)


def log_mean(log_r):
    return log_r.logsumexp(0) - math.log(len(log_r))


def sandwich(log_r, log_r_known):
    return log_mean(log_r), log_mean(torch.cat([log_r, log_r_known[None]]))


def by_total(log_r, log_r_known):
    total = log_r.logsumexp(0)
    above = torch.logaddexp(total, log_r_known) - math.log(len(log_r) + 1)
    return total - math.log(len(log_r)), above


def underflows(log_r, log_r_known):
    both = torch.cat([log_r, log_r_known[None]])
    return log_r.exp().mean(0).log(), both.exp().mean(0).log()


RIGHT = {
    checks.check_mixture_of_tables: [mixture_of_tables, by_one_hot],
    checks.check_sandwich: [sandwich, by_total],
}

WRONG = {
    checks.check_mixture_of_tables: {
        "no weights": lambda c, w, t: picked(c, t).sum(-1).logsumexp(1),
        "mean over the pixels": lambda c, w, t: (picked(c, t).mean(-1) + w).logsumexp(
            1
        ),
        "each pixel mixed alone": lambda c, w, t: (
            (picked(c, t) + w[:, None]).logsumexp(1).sum(-1)
        ),
        "mean of the logarithms": lambda c, w, t: (w.exp() * picked(c, t).sum(-1)).sum(
            1
        ),
        "best template only": lambda c, w, t: (picked(c, t).sum(-1) + w).max(1).values,
        "products underflow": lambda c, w, t: (
            (picked(c, t).exp().prod(-1) * w.exp()).sum(1).log()
        ),
        "sum over images too": lambda c, w, t: (
            (picked(c, t).sum(-1) + w).logsumexp(1).sum()
        ),
    },
    checks.check_sandwich: {
        "divides by K above": lambda r, own: (
            log_mean(r),
            torch.logaddexp(r.logsumexp(0), own) - math.log(len(r)),
        ),
        "forgets the number of draws": lambda r, own: (
            r.logsumexp(0),
            torch.logaddexp(r.logsumexp(0), own),
        ),
        "adds the logarithm": lambda r, own: (
            log_mean(r),
            torch.log((r.exp().sum(0) + own) / (len(r) + 1)),
        ),
        "mean of the logarithms": lambda r, own: (
            r.mean(0),
            torch.cat([r, own[None]]).mean(0),
        ),
        "known code in both": lambda r, own: (sandwich(r, own)[1],) * 2,
        "known code alone": lambda r, own: (log_mean(r), own),
        "above before below": lambda r, own: sandwich(r, own)[::-1],
        "mean over the images": lambda r, own: tuple(
            end.mean() for end in sandwich(r, own)
        ),
        "products underflow": underflows,
        "returns nothing": lambda r, own: None,
    },
}
