"""Checks of chapter 10, the VAE.

References: the mixture's probability of each image, by products of plain numbers; means
of weights added up one by one, and a model with two codes where every case is counted.
"""

import math
from collections.abc import Callable

import numpy as np
import torch

from vaecourse.checks.messages import NOTHING


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
        assert got is not None, NOTHING
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


def check_sandwich(fn: Callable) -> None:
    """Check `fn(log_r, log_r_known) -> (below, above)`, (N,) each, in nats.

    Parameters
    ----------
    fn : callable
        Takes logarithms of weights (K, N) and of the known codes' weights (N,),
        float64.
    """
    rng = np.random.default_rng(101)
    for K, N in ((1, 3), (7, 2), (4, 4), (50, 5)):
        weights, known = rng.uniform(0.1, 3, size=(K, N)), rng.uniform(0.1, 9, size=N)
        got = fn(torch.tensor(np.log(weights)), torch.tensor(np.log(known)))
        assert got is not None, NOTHING
        assert isinstance(got, tuple) and len(got) == 2, (
            "return two things, the bound from below and the bound from above"
        )
        wanted = (
            [math.log(math.fsum(column) / K) for column in weights.T],
            [
                math.log(math.fsum([*column, extra]) / (K + 1))
                for column, extra in zip(weights.T, known, strict=True)
            ],
        )
        for name, bound, values in zip(("below", "above"), got, wanted, strict=True):
            assert torch.is_tensor(bound) and tuple(bound.shape) == (N,), (
                f"the bound from {name} needs one number an image, shape ({N},), not "
                f"{tuple(bound.shape) if torch.is_tensor(bound) else type(bound)}"
            )
            for n in range(N):
                assert abs(float(bound[n]) - values[n]) < 1e-9, (
                    f"bound from {name}, image {n}, {K} draws: got "
                    f"{float(bound[n]):.6f}, wanted {values[n]:.6f}. Which weights "
                    "belong to this mean, how many are they, and is it the logarithm "
                    "of their mean?"
                )
    # A model that can be counted: two codes, p(x) = sum of r q.
    q, joint = np.array([0.9, 0.1]), np.array([0.02, 0.08])
    exact, mean = math.log(joint.sum()), np.zeros(2)
    for first in range(2):
        for second in range(2):
            for own in range(2):
                log_r = np.log(joint / q)[[[first], [second]]]
                chance = q[first] * q[second] * joint[own] / joint.sum()
                ends = fn(torch.tensor(log_r), torch.tensor(np.log(joint / q)[[own]]))
                mean += chance * np.array([float(end[0]) for end in ends])
    assert mean[0] < exact < mean[1], (
        f"on average the bounds must enclose ln p(x) = {exact:.4f}, got "
        f"{mean[0]:.4f} and {mean[1]:.4f}"
    )
    low, high = fn(torch.full((3, 1), -2000.0), torch.full((1,), -2000.0))
    assert abs(float(low[0]) + 2000) < 1e-2 and abs(float(high[0]) + 2000) < 1e-2, (
        "weights of exp(-2000) are zero in floating point: stay with logarithms"
    )
    print("both bounds are logarithms of the right means, of K and of K + 1 weights,")
    print("and enclose ln p(x) where all cases can be counted")
