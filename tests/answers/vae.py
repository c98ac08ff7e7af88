"""Answers to the exercises of chapter 10, right and wrong."""

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


RIGHT = {checks.check_mixture_of_tables: [mixture_of_tables, by_one_hot]}

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
}
