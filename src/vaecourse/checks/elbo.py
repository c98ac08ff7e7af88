"""Checks of chapter 06, the evidence lower bound.

References: expectations of polynomials under a Laplace density in closed form, and
pairs of draws enumerated one by one.
"""

import math
from collections.abc import Callable
from itertools import product

import numpy as np
import torch

from vaecourse.checks.messages import NOTHING


def check_laplace_elbo(fn: Callable) -> None:
    """Check `fn(log_joint, centre, scale) -> float`, the ELBO of a Laplace guess.

    Parameters
    ----------
    fn : callable
        Takes a function from codes (G,) to ln p(x, z) (G,), and two floats, centre
        and scale; returns the ELBO in nats.
    """
    for observed, centre, scale in ((0.0, 0.0, 0.5), (2.0, 0.7, 0.3), (-1.0, 1.5, 1.2)):

        def log_joint(z, observed=observed):  # z ~ N(0, 1), x | z ~ N(z, 1)
            square = z**2 + (observed - z) ** 2
            return -0.5 * square - math.log(2 * math.pi)

        got = fn(log_joint, centre, scale)
        assert got is not None, NOTHING
        assert np.ndim(got) == 0, f"return one number, not shape {np.shape(got)}"
        second = centre**2 + 2 * scale**2  # mean of z^2 under the guess
        energy = second - observed * centre + observed**2 / 2 + math.log(2 * math.pi)
        wanted = -energy + math.log(2 * scale * math.e)
        assert abs(float(got) - wanted) < 1e-3, (
            f"centre {centre}, scale {scale}: got {float(got):.6f}, wanted "
            f"{wanted:.6f}. Is b the scale and not the deviation, are both sides of "
            "the centre summed, does the grid respect the corner, is it fine enough, "
            "does it reach far enough, and is the entropy added, its constant "
            "included?"
        )
        top = -(observed**2) / 4 - 0.5 * math.log(4 * math.pi)
        assert float(got) < top, "the bound exceeds ln p(x)"
    print("ELBO equals the closed form of a Gaussian model, for three guesses,")
    print("and stays below ln p(x)")


def check_two_draw_bound(fn: Callable) -> None:
    """Check `fn(probabilities, log_weights) -> float`, the bound with two draws.

    Parameters
    ----------
    fn : callable
        Takes two tensors (G,), float64, the first with sum 1; returns a float, nats.
    """
    rng = np.random.default_rng(60)
    for spread, shift in ((0.0, 0.0), (1.0, 0.0), (4.0, -900.0)):
        q = rng.dirichlet(np.ones(6))
        log_w = spread * rng.normal(size=6)
        got = fn(torch.tensor(q), torch.tensor(log_w + shift))
        assert got is not None, NOTHING
        assert np.ndim(got) == 0, f"return one number, not shape {np.shape(got)}"
        wanted = shift
        for g, h in product(range(6), repeat=2):
            mean = (math.exp(log_w[g]) + math.exp(log_w[h])) / 2
            wanted += q[g] * q[h] * math.log(mean)
        assert abs(float(got) - wanted) < 1e-8, (
            f"got {float(got):.6f}, wanted {wanted:.6f}. Which pairs are there, the "
            "two draws equal or in either order, with what probability each; is it "
            "the logarithm of a mean; and do weights of e^-900 survive?"
        )
        one = shift + float(q @ log_w)
        limit = shift + math.log(float(q @ np.exp(log_w)))
        assert one - 1e-8 <= float(got) <= limit + 1e-8, "not between ELBO and ln p(x)"
    print("bound equals the sum over all 36 pairs, also for weights near e^-900,")
    print("and lies between the ELBO and ln p(x)")
