"""Checks of chapter 09, the linear VAE.

References: divergences of `torch.distributions` at a covariance found by descent, and
gradient ascent on the objective; none repeats the solution's formula.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, kl_divergence

from vaecourse.checks.messages import NOTHING


def _number(value) -> float:
    assert value is not None, NOTHING
    assert np.ndim(value) == 0, f"return one number, not shape {tuple(np.shape(value))}"
    return float(value)


def _descend(loss: Callable[[], Tensor], parameters: list[Tensor]) -> float:
    """Minimise in place by L-BFGS; return the lowest value."""
    optimizer = torch.optim.LBFGS(
        parameters,
        max_iter=500,
        tolerance_grad=1e-11,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    optimizer.step(closure)
    return float(loss().detach())


def _lowest_divergence(decoder: Tensor, noise_var: float) -> float:
    """Least KL of a Gaussian with diagonal covariance to the posterior, in nats."""
    d = decoder.shape[1]
    identity = torch.eye(d, dtype=torch.float64)
    precision = decoder.T @ decoder / noise_var + identity
    zero = torch.zeros(d, dtype=torch.float64)
    posterior = MultivariateNormal(zero, precision_matrix=precision)
    log_var = zero.clone().requires_grad_()

    def loss():
        q = MultivariateNormal(zero, torch.diag(log_var.exp()))
        return kl_divergence(q, posterior)

    return _descend(loss, [log_var])


def check_price_of_axes(fn: Callable) -> None:
    """Check `fn(W, noise_var)`: nats lost to a diagonal covariance.

    Parameters
    ----------
    fn : callable
        Takes a decoder (D, d), float64, and the variance of the noise, a float, and
        returns a scalar.
    """
    rng = np.random.default_rng(90)
    for dim, d, noise_var in ((5, 2, 0.3), (7, 4, 0.05), (6, 3, 2.0)):
        decoder = torch.tensor(rng.normal(size=(dim, d)))
        wanted = _lowest_divergence(decoder, noise_var)
        got = _number(fn(decoder.clone(), noise_var))
        assert abs(got - wanted) <= 1e-6 * (1 + wanted), (
            f"at D = {dim}, d = {d} and noise {noise_var} got {got:.6g} nats, wanted "
            f"{wanted:.6g}. Which matrix stands in the logarithms, what has it on its "
            "diagonal besides W^T W, and does the best Sigma come from the diagonal of "
            "the precision or of the covariance?"
        )
    orthogonal = torch.linalg.qr(torch.tensor(rng.normal(size=(6, 3)))).Q
    stretched = orthogonal * torch.tensor([2.0, 1.0, 0.1], dtype=torch.float64)
    nothing = _number(fn(stretched, 0.1))
    assert abs(nothing) < 1e-9, "orthogonal columns must cost nothing"
    print("price equals the least KL to the posterior over diagonal covariances,")
    print("and is zero for orthogonal columns")


def _best_noise(eigenvalues: np.ndarray, d: int, beta: float) -> float:
    """Noise variance at the top of the objective, climbed from weights in use."""
    variances = torch.tensor(np.array(eigenvalues), dtype=torch.float64)
    first = variances[:d]
    decoder = (0.7 * first.sqrt()).requires_grad_()
    encoder = (0.7 / first.sqrt()).requires_grad_()
    log_var = torch.full_like(first, math.log(0.5)).requires_grad_()
    log_noise = variances.mean().log().requires_grad_()

    def loss():
        var = log_var.exp()
        residual = first * (1 - decoder * encoder) ** 2 + var * decoder**2
        squared = residual.sum() + variances[d:].sum()
        kl = 0.5 * (first * encoder**2 + var - 1 - log_var).sum()
        scale = 0.5 * len(variances) * log_noise
        return scale + 0.5 * squared / log_noise.exp() + beta * kl

    _descend(loss, [decoder, encoder, log_var, log_noise])
    return float(log_noise.detach().exp())


def check_learned_noise(fn: Callable) -> None:
    """Check `fn(eigenvalues, d, beta) -> float`, the noise variance at the optimum.

    Parameters
    ----------
    fn : callable
        Takes a float64 tensor (D,) of eigenvalues, largest first, an integer d and a
        positive beta.
    """
    spectra = (
        (4.0, 2.0, 1.5, 0.8, 0.3, 0.2, 0.1, 0.0),
        (3.0, 2.9, 1.0, 0.9, 0.5, 0.4),
    )
    for spectrum in spectra:
        for d, beta in ((2, 1.0), (4, 1.0), (4, 0.5), (3, 1.7), (4, 3.0)):
            given = torch.tensor(spectrum, dtype=torch.float64)
            wanted = _best_noise(np.array(spectrum), d, beta)
            got = _number(fn(given.clone(), d, beta))
            assert abs(got - wanted) <= 1e-4 * wanted, (
                f"with eigenvalues {spectrum}, d = {d}, beta = {beta} got {got:.6g}, "
                f"wanted {wanted:.6g}. What does a direction in use leave, what one "
                "that is switched off, and by how many pixels is the sum divided?"
            )
    given = torch.tensor(spectra[0], dtype=torch.float64)
    values = [_number(fn(given.clone(), 4, beta)) for beta in (0.5, 1.0, 2.0, 4.0)]
    assert values == sorted(values), "a larger beta cannot lower the noise"
    print("noise equals the one that gradient ascent finds, at ten settings,")
    print("and never falls when beta rises")
