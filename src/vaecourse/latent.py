"""A model with one latent number and two observed ones, small enough to integrate.

Notation of chapter 05: prior p(z) = N(0, 1), likelihood p(x | z) = N(f(z), sigma^2 I)
with a horseshoe for f, marginal p(x), posterior p(z | x). Integrals over z are sums
over an even grid. These functions are analytic in a strip around the real line and fade
there like the prior, so the error falls exponentially as the step shrinks (trapezoidal
rule; Trefethen and Weideman 2014); `Horseshoe.log_marginal` says when only rounding is
left.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Horseshoe:
    """z ~ N(0, 1), x = f(z) + sigma * noise, f(z) on an arc of a circle.

    Attributes
    ----------
    radius : float
        Of the circle, positive.
    turn : float
        f runs through the angles from -turn to turn (radians), measured from straight
        up; 0 < turn <= pi.
    sigma : float
        Standard deviation of the noise in each of the two directions, positive.

    Raises
    ------
    ValueError
        If an attribute is out of range.

    Examples
    --------
    >>> model = Horseshoe()
    >>> model.decode(torch.tensor(0.0))
    tensor([0., 1.])
    >>> model.log_marginal(torch.zeros(5, 2)).shape
    torch.Size([5])
    """

    radius: float = 1.0
    turn: float = 2.5
    sigma: float = 0.2

    def __post_init__(self) -> None:
        if not (0 < self.radius < math.inf and 0 < self.sigma < math.inf):
            raise ValueError(
                f"radius and sigma must be positive, got {self.radius}, {self.sigma}"
            )
        if not 0 < self.turn <= math.pi:
            raise ValueError(f"turn must be above 0 and at most pi, got {self.turn}")

    def decode(self, z: Tensor) -> Tensor:
        """f(z) = radius * (sin a, cos a) with a = turn * tanh(z).

        Parameters
        ----------
        z : torch.Tensor, any shape (...)

        Returns
        -------
        torch.Tensor, shape (..., 2)
        """
        angle = self.turn * torch.tanh(z)
        return self.radius * torch.stack([torch.sin(angle), torch.cos(angle)], -1)

    @staticmethod
    def log_prior(z: Tensor) -> Tensor:
        """Log prior ln p(z), in nats, in the shape of z."""
        return -0.5 * z**2 - 0.5 * math.log(2 * math.pi)

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """Log-likelihood -||x - f(z)||^2 / (2 sigma^2) - ln(2 pi sigma^2), in nats.

        Parameters
        ----------
        x : torch.Tensor, shape (..., 2)
        z : torch.Tensor
            Of a shape that broadcasts with that of x without its last axis.

        Returns
        -------
        torch.Tensor
            Of the broadcast shape.

        Raises
        ------
        ValueError
            If x does not hold pairs of numbers.
        """
        if x.ndim == 0 or x.shape[-1] != 2:
            raise ValueError(f"x must have shape (..., 2), got {tuple(x.shape)}")
        distance = ((x - self.decode(z)) ** 2).sum(-1)
        variance = self.sigma**2
        return -distance / (2 * variance) - math.log(2 * math.pi * variance)

    def log_joint(self, x: Tensor, z: Tensor) -> Tensor:
        """Log joint ln p(z) + ln p(x | z), in nats; shapes as `log_likelihood`."""
        return self.log_prior(z) + self.log_likelihood(x, z)

    @staticmethod
    def grid(limit: float = 8.0, points: int = 2001) -> Tensor:
        """Even grid for z in float64, shape (points,), from -limit to limit."""
        return torch.linspace(-limit, limit, points, dtype=torch.float64)

    def log_marginal(self, x: Tensor) -> Tensor:
        """Log marginal ln p(x), p(x) the integral of p(x, z) over z, in nats.

        Parameters
        ----------
        x : torch.Tensor, shape (..., 2)

        Returns
        -------
        torch.Tensor, shape (...), float64

        Notes
        -----
        Exact to rounding while the step of the grid, 0.008, is below 0.7 times the
        width of the narrowest hump, sigma / (turn * sqrt(radius * max(radius, |x|))):
        with the default attributes for |x| up to 40, with sigma = 0.01 nowhere.
        """
        z = self.grid()
        step = math.log(float(z[1] - z[0]))
        return self.log_joint(x[..., None, :].double(), z).logsumexp(-1) + step

    def log_posterior(self, x: Tensor, z: Tensor) -> Tensor:
        """Log posterior ln p(x, z) - ln p(x), in nats; shapes as `log_likelihood`."""
        return self.log_joint(x, z) - self.log_marginal(x)

    def sample(self, n: int, generator: torch.Generator | None = None):
        """Draw codes and points.

        Parameters
        ----------
        n : int
        generator : torch.Generator, optional

        Returns
        -------
        tuple of torch.Tensor, shapes (n,) and (n, 2), float64
            z from the prior, and x from p(x | z).
        """
        z = torch.randn(n, generator=generator, dtype=torch.float64)
        noise = torch.randn(n, 2, generator=generator, dtype=torch.float64)
        return z, self.decode(z) + self.sigma * noise
