"""One seeded training loop, for one model or for several of one architecture at once.

Chapter 02 writes the loop out. Several runs train as one batched model: every weight
gets a leading axis for the run, and `torch.func` maps the loss over it.
"""

import math
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.func import stack_module_state
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


def _check(models, x, validation, epochs, batch_size, lr, keep_best) -> None:
    if not models:
        raise ValueError("models is empty: there is nothing to train")
    for run, model in enumerate(models):
        if type(model) is not type(models[0]) or str(model) != str(models[0]):
            raise ValueError(
                f"models must have one architecture, but model {run} is {model} "
                f"and model 0 is {models[0]}"
            )
    if x.ndim < 2 or not x.is_floating_point():
        raise ValueError(
            "x must be a floating-point tensor with one example a row, "
            f"got {x.dtype} of shape {tuple(x.shape)}"
        )
    if not 1 <= batch_size <= len(x):
        raise ValueError(f"batch_size must be from 1 to {len(x)}, got {batch_size}")
    if epochs < 1:
        raise ValueError(f"epochs must be at least 1, got {epochs}")
    if not 0 < lr < float("inf"):
        raise ValueError(f"lr must be positive and finite, got {lr}")
    if validation is None and keep_best:
        raise ValueError("keep_best=True needs validation data to choose by")
    if validation is not None and (
        validation.shape[1:] != x.shape[1:] or validation.shape[:1].numel() == 0
    ):
        raise ValueError(
            f"validation must have shape (M, {', '.join(map(str, x.shape[1:]))}) "
            f"with M >= 1, got {tuple(validation.shape)}"
        )


def _total(losses: Tensor, runs: int, place: str) -> Tensor:
    """Add the losses, one a run; raise if they are something else or not finite."""
    if losses.shape != (runs,):
        raise ValueError(
            f"loss must return a scalar tensor, got shape {tuple(losses.shape[1:])}"
        )
    total = losses.sum()
    if not math.isfinite(total.item()):  # one number to look at, not one a run
        for run, value in enumerate(losses.tolist()):
            if not math.isfinite(value):
                raise RuntimeError(f"loss is {value} at {place}, run {run}")
    return total


def _epochs(count: int):
    """Count epochs, behind a progress bar where somebody watches."""
    watched = "ipykernel" in sys.modules or sys.stderr.isatty()
    if os.environ.get("VAECOURSE_PROGRESS") == "0":
        watched = False
    return tqdm(range(count), desc="epochs", leave=False, disable=not watched)


def _state(module: nn.Module) -> dict[str, Tensor]:
    return dict(module.named_parameters()) | dict(module.named_buffers())


def _prepare(models: Sequence[nn.Module], loss: Loss):
    """Return parameters, state with an axis for the run, and batch -> loss a run."""
    first = models[0]
    if len(models) == 1:  # the plain loop: half the time of a batched model of one
        state = {name: t.detach()[None] for name, t in _state(first).items()}
        return list(first.parameters()), state, lambda batch: loss(first, batch)[None]
    weights, buffers = stack_module_state(models)
    names = {id(t): name for name, t in _state(first).items()}  # shared ones have one
    places = [  # where the layers keep their tensors
        (table, key, t)
        for layer in first.modules()
        for table in (layer._parameters, layer._buffers)
        for key, t in table.items()
        if t is not None
    ]

    def losses(batch: Tensor) -> Tensor:
        def one(state):  # `torch.func.functional_call` does the same, more slowly
            try:
                for table, key, t in places:
                    table[key] = state[names[id(t)]]
                return loss(first, batch)
            finally:
                for table, key, t in places:
                    table[key] = t

        return torch.vmap(one, randomness="different")(weights | buffers)

    state = {name: t.detach() for name, t in (weights | buffers).items()}
    return list(weights.values()), state, losses


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

    Adam with betas (0.9, 0.99), which stay as they are, and a one-cycle learning rate.
    All models see the same batches: a new order each epoch, the incomplete last batch
    dropped.

    Parameters
    ----------
    models : sequence of torch.nn.Module
        Of one architecture; their weights are replaced.
    x : torch.Tensor, shape (N, ...)
        Training data, all in one tensor.
    loss : callable
        ``loss(model, batch)`` returns a scalar tensor, a mean over the batch. Noise
        that it draws differs from run to run and comes from PyTorch's global source.
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
        If an argument is out of range, the architectures differ or the loss is no
        scalar.
    RuntimeError
        If a loss is not finite; the message names epoch (from 0), step and run.
    """
    _check(models, x, validation, epochs, batch_size, lr, keep_best)
    parameters, state, losses = _prepare(models, loss)
    n_batches = len(x) // batch_size
    optimizer = torch.optim.Adam(parameters, betas=(0.9, 0.99), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, lr, total_steps=epochs * n_batches, cycle_momentum=False
    )
    train = torch.zeros(epochs, len(models), dtype=torch.float64)
    after = torch.zeros(epochs, len(models), dtype=torch.float64)
    lowest = torch.full((len(models),), torch.inf, dtype=torch.float64)
    best = {name: t.clone() for name, t in state.items()}
    mode = models[0].training
    try:
        for epoch in _epochs(epochs):
            models[0].train()
            order = torch.randperm(len(x), generator=generator)
            values = []
            for step in range(n_batches):
                rows = order[step * batch_size : (step + 1) * batch_size]
                place = f"epoch {epoch}, step {step}"
                value = losses(x[rows])
                total = _total(value, len(models), place)
                for parameter in parameters:
                    parameter.grad = None  # what zero_grad does, in a tenth of its time
                total.backward()
                optimizer.step()
                schedule.step()
                values.append(value.detach())
            train[epoch] = torch.stack(values).double().mean(0)
            if validation is not None:
                models[0].eval()
                with torch.no_grad():
                    value = losses(validation)
                place = f"the validation after epoch {epoch}"
                _total(value, len(models), place)
                after[epoch] = value
                better = after[epoch] < lowest  # of equal epochs the first is kept
                lowest[better] = after[epoch, better]
                for name, t in state.items() if keep_best else ():
                    best[name][better] = t[better]
    finally:
        models[0].train(mode)
    optimizer.zero_grad()
    final = best if keep_best else state
    with torch.no_grad():
        for number, model in enumerate(models):
            for name, t in _state(model).items():
                t.copy_(final[name][number])
    return [
        History(
            train[:, run].tolist(), [] if validation is None else after[:, run].tolist()
        )
        for run in range(len(models))
    ]


def fit(model: nn.Module, x: Tensor, loss: Loss, **settings) -> History:
    """Train one model in place, in the loop of `fit_many`.

    Parameters
    ----------
    model : torch.nn.Module
    x : torch.Tensor, shape (N, ...)
    loss : callable
        ``loss(model, batch)`` returns a scalar tensor.
    **settings
        As for `fit_many`: validation, epochs, batch_size, lr, generator, keep_best.

    Returns
    -------
    History

    Raises
    ------
    ValueError, RuntimeError
        As `fit_many`.

    Examples
    --------
    >>> model = nn.Linear(3, 3)
    >>> log = fit(model, torch.rand(64, 3), lambda m, x: (m(x) - x).square().mean())
    >>> len(log.train), log.validation
    (60, [])
    """
    return fit_many([model], x, loss, **settings)[0]
