"""Checks of chapter 02, the autoencoder with a bend.

References: gradient steps of a linear model written out in NumPy, and the tied decoder
computed entry by entry.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from vaecourse.checks.messages import NOTHING


def _sigmoid(a: float) -> float:
    return 1 / (1 + np.exp(-a))


def check_train_epoch(fn: Callable) -> None:
    """Check `fn(model, optimizer, x, batch_size, generator) -> float`, one epoch.

    Parameters
    ----------
    fn : callable
        Trains on each row of x (N, D) once, in the order of
        ``torch.randperm(N, generator=generator)``, the last batch smaller if need be,
        and returns the mean over the examples of the loss before each step.
    """
    rng = np.random.default_rng(30)
    x, start, rate = rng.normal(size=(10, 3)), rng.normal(size=(3, 3)), 0.01
    for epochs, batch_size in ((1, 10), (1, 4), (2, 4)):
        weights = start.copy()  # x_hat = x W^T
        model = nn.Linear(3, 3, bias=False, dtype=torch.float64)
        with torch.no_grad():
            model.weight.copy_(torch.tensor(start))
        optimizer = torch.optim.SGD(model.parameters(), lr=rate)
        generator = torch.Generator().manual_seed(31)
        replay = torch.Generator().manual_seed(31)
        for epoch in range(epochs):
            order = torch.randperm(10, generator=replay).numpy()
            wanted = 0.0
            for i in range(0, 10, batch_size):
                rows = x[order[i : i + batch_size]]
                residual = rows - rows @ weights.T
                wanted += (residual**2).sum() / 10
                weights += rate * 2 * residual.T @ rows / len(rows)
            got = fn(model, optimizer, torch.tensor(x), batch_size, generator)
            assert got is not None, NOTHING
            now = model.weight.detach().numpy()
            where = f"with batches of {batch_size} of 10 examples, epoch {epoch + 1}"
            assert np.abs(now - start).max() > 1e-6, f"{where}: no weight has moved"
            assert np.allclose(now, weights, atol=1e-10), (
                f"{where}: the weights are wrong. Is every example used once, in the "
                "order drawn, the short batch too? Is the loss a mean over the batch, "
                "and is the gradient of the step before cleared?"
            )
            assert np.ndim(got) == 0 and np.isclose(float(got), wanted), (
                f"{where}: returned {float(got):.6g}, wanted {wanted:.6g}, the mean "
                "over the examples: is each batch measured before its step, and "
                "does a short batch count less than a full one?"
            )
    print("weights and loss equal gradient steps written out by hand,")
    print("with whole and with incomplete batches, over two epochs")


def check_tied_decode(fn: Callable) -> None:
    """Check `fn(z, weight_1, weight_2, bias_hidden, bias_out)`, the tied decoder.

    Parameters
    ----------
    fn : callable
        Takes z (N, d), weights (hidden, D) and (d, hidden), biases (hidden,) and (D,);
        returns (N, D) with entries between 0 and 1, in the precision of its arguments
        and differentiable in all of them.
    """
    rng = np.random.default_rng(32)
    n, code, hidden, dim = 3, 2, 4, 5
    z = rng.normal(size=(n, code))
    w1, w2 = rng.normal(size=(hidden, dim)), rng.normal(size=(code, hidden))
    b1, b0 = rng.normal(size=hidden), rng.normal(size=dim)
    arguments = [torch.tensor(a, requires_grad=True) for a in (z, w1, w2, b1, b0)]
    got = fn(*arguments)
    assert got is not None, NOTHING
    assert tuple(got.shape) == (n, dim), (
        f"the result has shape {tuple(got.shape)}, wanted {(n, dim)}: one row for each "
        "code, one column for each pixel"
    )
    assert got.dtype == torch.float64, (
        f"the result is {got.dtype}, though the arguments are float64"
    )
    values = got.detach().numpy()
    for row in range(n):
        units = [
            sum(w2[k, j] * z[row, k] for k in range(code)) + b1[j]
            for j in range(hidden)
        ]
        units = [a * _sigmoid(a) for a in units]
        for i in range(dim):
            wanted = _sigmoid(sum(w1[j, i] * units[j] for j in range(hidden)) + b0[i])
            assert abs(values[row, i] - wanted) < 1e-10, (
                f"pixel {i} of code {row} is {values[row, i]:.6g}, wanted "
                f"{wanted:.6g}. Which function follows which matrix, and which bias is "
                "added before which?"
            )
    names = ("z", "weight_1", "weight_2", "bias_hidden", "bias_out")
    if got.requires_grad:
        got.sum().backward()
    for name, argument in zip(names, arguments, strict=True):
        assert argument.grad is not None and argument.grad.abs().max() > 0, (
            f"no gradient arrives at {name}: it could not be trained"
        )
    print("every pixel equals the sum written out weight by weight,")
    print("and a gradient reaches both weights and both biases")
