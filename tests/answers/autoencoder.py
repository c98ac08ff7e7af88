"""Answers to the exercises of chapter 02, right and wrong."""

from functools import partial

import numpy as np
import torch
from torch import nn

from vaecourse import checks


def epoch(
    model,
    optimizer,
    x,
    batch_size,
    generator,
    *,
    clear=True,
    step=True,
    drop=False,
    shuffle=True,
    over_batches=False,
    after=False,
    reduce=torch.mean,
):
    """One epoch, right unless one of the slips is switched on."""
    losses, counts = [], []
    order = torch.randperm(len(x), generator=generator)
    for rows in (order if shuffle else order.sort().values).split(batch_size):
        if drop and len(rows) < batch_size:
            continue
        loss = reduce(((x[rows] - model(x[rows])) ** 2).sum(1))
        if clear:
            optimizer.zero_grad()
        loss.backward()
        if step:
            optimizer.step()
        if after:
            loss = reduce(((x[rows] - model(x[rows])) ** 2).sum(1))
        losses.append(loss.item())
        counts.append(1 if over_batches else len(rows))
    return float(np.average(losses, weights=counts))


def tied_decode(z, w1, w2, b1, b0, *, middle=nn.functional.silu, last=torch.sigmoid):
    return last(middle(z @ w2 + b1) @ w1 + b0)


RIGHT = {
    checks.check_train_epoch: [epoch],
    checks.check_tied_decode: [tied_decode],
}

WRONG = {
    checks.check_train_epoch: {
        "gradients not cleared": partial(epoch, clear=False),
        "no step": partial(epoch, step=False),
        "last batch dropped": partial(epoch, drop=True),
        "not shuffled": partial(epoch, shuffle=False),
        "mean over batches": partial(epoch, over_batches=True),
        "sum over the batch": partial(epoch, reduce=torch.sum),
        "measured after the step": partial(epoch, after=True),
    },
    checks.check_tied_decode: {
        "no logistic function": partial(tied_decode, last=lambda a: a),
        "no bend": partial(tied_decode, middle=lambda a: a),
        "relu for silu": partial(tied_decode, middle=torch.relu),
        "functions exchanged": partial(
            tied_decode, middle=torch.sigmoid, last=nn.functional.silu
        ),
        "pixels as rows": lambda *a: tied_decode(*a).T,
        "weights detached": lambda z, w1, w2, b1, b0: tied_decode(
            z, w1.detach(), w2, b1, b0
        ),
        "nothing can be trained": lambda *a: tied_decode(*a).detach(),
        "single precision": lambda *a: tied_decode(*a).float(),
        "bias inside forgotten": lambda z, w1, w2, b1, b0: tied_decode(
            z, w1, w2, 0 * b1, b0
        ),
    },
}
