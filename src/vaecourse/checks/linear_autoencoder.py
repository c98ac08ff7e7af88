"""Checks of chapter 01, the linear autoencoder.

References: sums of squared distances computed example by example, the SVD, and finite
differences; none repeats the solution's formula.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from vaecourse.checks.messages import NOTHING


def _data(n: int = 40, dim: int = 6) -> Tensor:
    """Correlated examples with a mean far from zero, shape (n, dim), float64."""
    rng = np.random.default_rng(20)
    mix = rng.normal(size=(dim, dim)) * np.linspace(2.0, 0.2, dim)
    return torch.tensor(rng.normal(size=(n, dim)) @ mix.T + rng.normal(size=dim) * 3)


def _truncation_error(x: Tensor, d: int) -> float:
    """Mean squared distance of the rows of x from their best rank-d approximation."""
    q, s, ut = torch.linalg.svd(x, full_matrices=False)
    return float(((x - q[:, :d] * s[:d] @ ut[:d]) ** 2).sum(1).mean())


def _number(value) -> float:
    assert value is not None, NOTHING
    assert np.ndim(value) == 0, f"return one number, not shape {tuple(np.shape(value))}"
    return float(value)


def _close(got: float, wanted: float) -> bool:
    return abs(got - wanted) <= 1e-8 * (1 + abs(wanted))


def check_error_from_eigenvalues(fn: Callable) -> None:
    """Check `fn(eigenvalues, d) -> float`, the error of the best code of d numbers.

    Parameters
    ----------
    fn : callable
        Takes an array (D,) of covariance eigenvalues, largest first, and an integer d.
    """
    x = _data()
    centred = x - x.mean(0)
    eigenvalues = np.linalg.eigvalsh(np.cov(x.numpy(), rowvar=False, bias=True))[::-1]
    dim = len(eigenvalues)
    given = eigenvalues.copy()
    _number(fn(given, 2))
    assert np.array_equal(given, eigenvalues), "the eigenvalues were changed in place"
    for d in range(dim + 1):
        wanted = _truncation_error(centred, d)
        got = _number(fn(eigenvalues.copy(), d))
        assert _close(got, wanted), (
            f"at d = {d} of {dim} got {got:.6g}, wanted {wanted:.6g}. Which "
            "eigenvalues belong to the directions that the code drops, and is the "
            "error their sum or their mean?"
        )
    print(f"error equals the one measured on data, at every d from 0 to {dim}")


def check_uncentred_error(fn: Callable) -> None:
    """Check `fn(x, d) -> float`, the least error of x-hat = W E x without an offset.

    Parameters
    ----------
    fn : callable
        Takes a float64 tensor (N, D), not centred, and an integer d.
    """
    x = _data()
    for d in range(1, x.shape[1] + 1):
        wanted, got = _truncation_error(x, d), _number(fn(x.clone(), d))
        assert _close(got, wanted), (
            f"at d = {d} got {got:.6g}, wanted {wanted:.6g}. Without an offset, which "
            "matrix takes the place of the covariance, what is its divisor, and are "
            "its largest eigenvalues the ones kept?"
        )
        centred = x - x.mean(0)
        best, one_fewer = (
            _truncation_error(centred, d),
            _truncation_error(centred, d - 1),
        )
        assert best - 1e-9 <= got <= one_fewer + 1e-9, "not between the two bounds"
    print("error equals the one measured on uncentred data,")
    print("and lies between the centred errors at d and at d - 1")


def check_nested_loss(fn: Callable) -> None:
    """Check `fn(encoder, decoder, covariance)`: L summed over truncated codes.

    Parameters
    ----------
    fn : callable
        Takes encoder (d, D), decoder (D, d), covariance (D, D), all float64, and
        returns the scalar sum over k = 1..d of the error with the first k code
        numbers, differentiable.
    """
    x = _data()
    x = x - x.mean(0)
    n, dim = x.shape
    covariance = x.T @ x / n
    rng = np.random.default_rng(21)
    for d in (1, 3, 4):
        encoder = torch.tensor(rng.normal(size=(d, dim)))
        decoder = torch.tensor(rng.normal(size=(dim, d)))
        got = _number(fn(encoder, decoder, covariance))
        wanted = 0.0
        for k in range(1, d + 1):
            for row in x:
                row_hat = sum(decoder[:, j] * (encoder[j] @ row) for j in range(k))
                wanted += float(((row - row_hat) ** 2).sum()) / n
        assert _close(got, wanted), (
            f"at d = {d} got {got:.6g}, wanted {wanted:.6g}. The first term "
            "uses one code number, the last all d; the d errors are added."
        )
    loss = fn(encoder.requires_grad_(), decoder, covariance)
    assert getattr(loss, "requires_grad", False), (
        "the loss has no gradient: was a tensor detached or made a float on the way?"
    )
    _, u = torch.linalg.eigh(covariance)
    top = u.flip(1)[:, :3]
    turn = torch.linalg.qr(torch.tensor(rng.normal(size=(3, 3)))).Q
    plain = fn(top.T, top, covariance)
    turned = fn((top @ turn).T, top @ turn, covariance)
    assert plain < turned, "the components themselves must score better than a rotation"
    print("nested loss equals the sum of the d errors, example by example,")
    print("and is lower at the principal directions than at a rotation of them")


def check_tied_gradient(fn: Callable) -> None:
    """Check `fn(weights, covariance)`, the gradient of the tied loss.

    Parameters
    ----------
    fn : callable
        Takes W (D, d) and C (D, D), float64, and returns dL/dW of shape (D, d) for
        L(W) = tr[(I - W W^T) C (I - W W^T)].
    """
    x = _data()
    n, dim = x.shape
    x = x - x.mean(0)
    covariance = x.T @ x / n
    rng = np.random.default_rng(22)

    def loss(w):
        return float(((x - x @ w @ w.T) ** 2).sum() / n)

    for d in (1, 3):
        w = torch.tensor(rng.normal(size=(dim, d)))
        got = fn(w.clone(), covariance.clone())
        assert got is not None, NOTHING
        assert tuple(np.shape(got)) == (dim, d), (
            f"the gradient has the shape of W, {(dim, d)}, not {tuple(np.shape(got))}"
        )
        step = 1e-5
        for i in range(dim):
            for j in range(d):
                up, down = w.clone(), w.clone()
                up[i, j] += step
                down[i, j] -= step
                slope = (loss(up) - loss(down)) / (2 * step)
                entry = float(got[i, j])
                assert abs(entry - slope) <= 1e-5 * (1 + abs(slope)), (
                    f"entry ({i}, {j}) is {entry:.6g}, but moving that weight changes "
                    f"the loss at the rate {slope:.6g}. W occurs twice in W W^T, and "
                    "W W^T twice in the loss."
                )
    top = torch.linalg.eigh(covariance).eigenvectors.flip(1)[:, :3]
    flat = float(torch.as_tensor(fn(top, covariance)).abs().max())
    assert flat < 1e-9, "the gradient must vanish at the principal directions"
    print("gradient equals finite differences at every entry,")
    print("and vanishes at the principal directions")
