"""Checks of chapter 10, the VAE.

Reference: the mixture's probability of each image, by products of plain numbers.
"""

import math
from collections.abc import Callable

import numpy as np
import torch


def check_mixture_of_tables(fn: Callable) -> None:
    """Check `fn(counts, log_weights, log_tables) -> Tensor (N,)`, in nats.

    Parameters
    ----------
    fn : callable
        Takes counts (N, D), int64 from 0 to 16, logarithms of weights (M,) and of
        tables (M, D, 17), float64.
    """
    rng = np.random.default_rng(100)
    for N, D, M in ((5, 3, 4), (2, 6, 1), (4, 64, 3)):
        counts = rng.integers(0, 17, size=(N, D))
        weights = rng.dirichlet(np.ones(M))
        tables = rng.dirichlet(np.ones(17), size=(M, D))
        got = fn(
            torch.tensor(counts),
            torch.tensor(np.log(weights)),
            torch.tensor(np.log(tables)),
        )
        assert got is not None, "the function returns nothing: is there a `return`?"
        assert torch.is_tensor(got) and tuple(got.shape) == (N,), (
            f"return one number an image, shape ({N},), not "
            f"{tuple(got.shape) if torch.is_tensor(got) else type(got).__name__}"
        )
        for n in range(N):
            total = 0.0
            for m in range(M):
                product = weights[m]
                for j in range(D):
                    product *= tables[m, j, counts[n, j]]
                total += product
            wanted = math.log(total)
            assert abs(float(got[n]) - wanted) < 1e-6 * (1 + abs(wanted)), (
                f"image {n} of {N}, {D} pixels, {M} templates: got "
                f"{float(got[n]):.6f}, wanted {wanted:.6f}. Is the product over pixels "
                "a sum of logarithms, is each template weighted, and is it the "
                "logarithm of a sum over the templates?"
            )
    D = 900  # a product of 900 small numbers is zero in floating point
    tables = torch.full((2, D, 17), math.log(1 / 17), dtype=torch.float64)
    got = fn(
        torch.zeros(1, D, dtype=torch.int64),
        torch.full((2,), math.log(0.5), dtype=torch.float64),
        tables,
    )
    assert abs(float(got[0]) + D * math.log(17)) < 1e-6 * D, (
        "an image of 900 pixels has lost its probability: stay with logarithms"
    )
    print("log-probability equals the sum of products over templates and pixels,")
    print("and survives where the product itself underflows")
