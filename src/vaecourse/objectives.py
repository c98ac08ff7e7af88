"""Lower bounds on the log-likelihood of a latent variable model, in nats per example.

A model has a standard Gaussian prior over codes and two methods:

- `encode(x)`, (N, D) to mu and log_var, (N, d) each: the Gaussian q(z | x);
- `log_likelihood(x, z)`, (N, D) and (n_samples, N, d) to (n_samples, N): ln p(x | z),
  with all its constants.

Sources: Kingma and Welling (2014), equation 10; Burda, Grosse and Salakhutdinov
(2016), equation 8; Higgins et al. (2017) for beta.
"""

import math
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from vaecourse.distributions import kl_to_standard_normal, reparameterize

_ROWS = 65536  # codes decoded at once: examples times samples


class LatentModel(Protocol):
    """What the bounds ask of a model."""

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mu and log_var of q(z | x), each (N, d), for x (N, D)."""

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """Return ln p(x | z), (n_samples, N), for z (n_samples, N, d)."""


class ElboTerms(NamedTuple):
    """The terms of the bound, each of shape (N,), in nats.

    Attributes
    ----------
    log_likelihood : torch.Tensor
        Mean over the samples of ln p(x | z).
    kl : torch.Tensor
        KL(q(z | x) || N(0, I)), exact.
    elbo : torch.Tensor
        log_likelihood - kl, whatever beta is.
    objective : torch.Tensor
        log_likelihood - beta * kl, what training maximises.
    """

    log_likelihood: Tensor
    kl: Tensor
    elbo: Tensor
    objective: Tensor


def _encoded(model: LatentModel, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return mu and log_var, (N, d) each, or raise."""
    if x.ndim < 2 or len(x) == 0:
        raise ValueError(
            f"x must have one example a row, (N, D) with N >= 1, got {tuple(x.shape)}"
        )
    mu, log_var = model.encode(x)
    if mu.shape != log_var.shape or mu.ndim != 2 or len(mu) != len(x):
        raise ValueError(
            f"encode must return mu and log_var of shape ({len(x)}, d) each, "
            f"got {tuple(mu.shape)} and {tuple(log_var.shape)}"
        )
    return mu, log_var


def _log_likelihood(model: LatentModel, x: Tensor, z: Tensor) -> Tensor:
    """Return ln p(x | z), (n_samples, N), or raise."""
    values = model.log_likelihood(x, z)
    if values.shape != z.shape[:2]:
        raise ValueError(
            f"log_likelihood must return shape {tuple(z.shape[:2])}, one value a "
            f"sample and example, got {tuple(values.shape)}"
        )
    return values


def _check_samples(n_samples: int) -> None:
    if n_samples < 1:
        raise ValueError(f"n_samples must be at least 1, got {n_samples}")


def elbo(
    model: LatentModel,
    x: Tensor,
    n_samples: int = 1,
    beta: float = 1.0,
    generator: torch.Generator | None = None,
) -> ElboTerms:
    """E_q[ln p(x | z)] - KL(q(z | x) || p(z)), with samples in the first term.

    Parameters
    ----------
    model : LatentModel
    x : torch.Tensor, shape (N, D)
    n_samples : int
        Draws from q(z | x) for each example, at least 1.
    beta : float
        Weight of the KL term in `objective`, at least 0.
    generator : torch.Generator, optional
        Source of the draws.

    Returns
    -------
    ElboTerms
        Four tensors of shape (N,), in nats, differentiable.

    Raises
    ------
    ValueError
        If an argument is out of range or the model returns another shape.

    Notes
    -----
    Equation `eq-elbo` of chapter 06. Unbiased for each number of samples, because the
    samples stand in for an expectation outside of any logarithm.
    """
    _check_samples(n_samples)
    if not 0 <= beta < math.inf:
        raise ValueError(f"beta must be at least 0 and finite, got {beta}")
    mu, log_var = _encoded(model, x)
    shape = (n_samples, *mu.shape)
    z = reparameterize(mu.expand(shape), log_var.expand(shape), generator)
    log_likelihood = _log_likelihood(model, x, z).mean(0)
    kl = kl_to_standard_normal(mu, log_var)
    return ElboTerms(
        log_likelihood, kl, log_likelihood - kl, log_likelihood - beta * kl
    )


def importance_weighted_bound(
    model: LatentModel,
    x: Tensor,
    n_samples: int,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Log of (1/K) sum_k p(x | z_k) p(z_k) / q(z_k | x) with K draws from q(z | x).

    Parameters
    ----------
    model : LatentModel
    x : torch.Tensor, shape (N, D)
    n_samples : int
        K, at least 1. Draws are decoded in chunks: where no gradient is kept, of
        each draw only its log weight stays in memory.
    generator : torch.Generator, optional
        Source of the draws.

    Returns
    -------
    torch.Tensor, shape (N,)
        In nats. Its expectation is the ELBO at K = 1, rises with K, and never exceeds
        ln p(x).

    Raises
    ------
    ValueError
        If `n_samples` is less than 1 or the model returns another shape.

    Notes
    -----
    Equation `eq-elbo-importance` of chapter 06; Burda, Grosse and Salakhutdinov
    (2016), equation 8. The density of a draw is computed from its noise, so that a
    narrow q loses no digits.
    """
    _check_samples(n_samples)
    mu, log_var = _encoded(model, x)
    at_once = max(1, _ROWS // len(x))
    log_weights = []
    for start in range(0, n_samples, at_once):
        count = min(at_once, n_samples - start)
        noise = mu.new_empty(count, *mu.shape).normal_(generator=generator)
        z = mu + torch.exp(log_var / 2) * noise
        log_ratio = 0.5 * (log_var + noise**2 - z**2).sum(-1)  # ln p(z) - ln q(z | x)
        log_weights.append(_log_likelihood(model, x, z) + log_ratio)
    return torch.cat(log_weights).logsumexp(0) - math.log(n_samples)
