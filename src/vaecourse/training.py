"""One seeded training loop, for one model or for several of one architecture at once.

Chapter 02 writes the loop out. Several runs train as one batched model: every weight
gets a leading axis for the run, and `torch.func` maps the loss over it.
"""

import copy
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state
from tqdm import tqdm

Loss = Callable[[nn.Module, Tensor], Tensor]


@dataclass
class History:
    """Losses of one run, one value an epoch.

    Attributes
    ----------
    train : list of float
        Mean over the epoch's batches, each measured before its step.
    validation : list of float
        On the validation data after the epoch; empty if there are none.
    """

    train: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)

    @property
    def best_epoch(self) -> int:
        """Epoch of the lowest validation loss, counted from 0."""
        if not self.validation:
            raise ValueError("no validation loss was recorded")
        return min(range(len(self.validation)), key=self.validation.__getitem__)


class _LossOf(nn.Module):
    """A model and a loss as one module, so that `torch.func` can call them together."""

    def __init__(self, model: nn.Module, loss: Loss) -> None:
        super().__init__()
        self.model, self.loss = model, loss

    def forward(self, batch: Tensor) -> Tensor:
        return self.loss(self.model, batch)


def _check(models, x, validation, epochs, batch_size, lr, keep_best) -> None:
    if not models:
        raise ValueError("models is empty: there is nothing to train")
    if x.ndim < 2 or not x.is_floating_point():
        raise ValueError(
            "x must be a floating-point tensor with one example a row, "
            f"got {x.dtype} of shape {tuple(x.shape)}"
        )
    if not 1 <= batch_size <= len(x):
        raise ValueError(f"batch_size must be from 1 to {len(x)}, got {batch_size}")
    if epochs < 1:
        raise ValueError(f"epochs must be at least 1, got {epochs}")
    if not lr > 0:
        raise ValueError(f"lr must be positive, got {lr}")
    if keep_best and validation is None:
        raise ValueError("keep_best=True needs validation data to choose by")


def _epochs(count: int):
    """Count epochs, behind a progress bar where somebody watches."""
    watched = "ipykernel" in sys.modules or sys.stderr.isatty()
    if os.environ.get("VAECOURSE_PROGRESS") == "0":
        watched = False
    return tqdm(range(count), desc="epochs", leave=False, disable=not watched)


def fit_many(
    models: Sequence[nn.Module],
    x: Tensor,
    loss: Loss,
    *,
    validation: Tensor | None = None,
    epochs: int = 60,
    batch_size: int = 64,
    lr: float = 0.01,
    generator: torch.Generator | None = None,
    keep_best: bool = False,
) -> list[History]:
    """Train several models of one architecture side by side, in place.

    Adam with betas (0.9, 0.99) and a one-cycle learning rate. All models see the same
    batches: a new order each epoch, the incomplete last batch dropped.

    Parameters
    ----------
    models : sequence of torch.nn.Module
        Of one architecture, without buffers; their weights are replaced.
    x : torch.Tensor, shape (N, ...)
        Training data, all in one tensor.
    loss : callable
        ``loss(model, batch)`` returns a scalar tensor, a mean over the batch.
    validation : torch.Tensor, optional
        Data on which the loss is measured after each epoch, in evaluation mode:
        ``model.training`` is false inside the loss.
    epochs, batch_size : int
    lr : float
        The highest learning rate of the cycle.
    generator : torch.Generator, optional
        Source of the order of the examples.
    keep_best : bool
        Leave each model with the weights of its epoch of lowest validation loss.

    Returns
    -------
    list of History
        One a model.

    Raises
    ------
    ValueError
        If an argument is out of range.
    RuntimeError
        If a loss is not finite; the message names epoch, step and run.
    """
    _check(models, x, validation, epochs, batch_size, lr, keep_best)
    runs = [_LossOf(model, loss) for model in models]
    weights, _ = stack_module_state(runs)
    skeleton = copy.deepcopy(runs[0]).to("meta").train()

    def losses(batch: Tensor) -> Tensor:
        def one(weights):
            return functional_call(skeleton, weights, (batch,))

        return torch.vmap(one, randomness="different")(weights)

    n_batches = len(x) // batch_size
    optimizer = torch.optim.Adam(weights.values(), betas=(0.9, 0.99), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=lr, total_steps=epochs * n_batches
    )
    train = torch.zeros(epochs, len(models))
    after = torch.full((epochs, len(models)), torch.inf)
    best = {name: w.detach().clone() for name, w in weights.items()}
    for epoch in _epochs(epochs):
        order = torch.randperm(len(x), generator=generator)
        for step in range(n_batches):
            rows = order[step * batch_size : (step + 1) * batch_size]
            value = losses(x[rows])
            if not torch.isfinite(value).all():
                run = int((~torch.isfinite(value)).nonzero()[0])
                raise RuntimeError(
                    f"loss is {value[run].item()} at epoch {epoch}, step {step}, "
                    f"run {run}"
                )
            optimizer.zero_grad()
            value.sum().backward()
            optimizer.step()
            schedule.step()
            train[epoch] += value.detach() / n_batches
        if validation is not None:
            skeleton.eval()
            with torch.no_grad():
                after[epoch] = losses(validation)
            skeleton.train()
            better = after[epoch] <= after[: epoch + 1].min(0).values
            for name, w in weights.items():
                best[name][better] = w.detach()[better]
    final = best if keep_best else weights
    for run, model in enumerate(models):
        model.load_state_dict(
            {name.removeprefix("model."): w.detach()[run] for name, w in final.items()}
        )
    return [
        History(
            train[:, run].tolist(), [] if validation is None else after[:, run].tolist()
        )
        for run in range(len(models))
    ]


def fit(model: nn.Module, x: Tensor, loss: Loss, **settings) -> History:
    """Train one model in place: `fit_many` with a single run.

    Parameters
    ----------
    model : torch.nn.Module
    x : torch.Tensor, shape (N, ...)
    loss : callable
        ``loss(model, batch)`` returns a scalar tensor.
    **settings
        As for `fit_many`.

    Returns
    -------
    History
    """
    return fit_many([model], x, loss, **settings)[0]
