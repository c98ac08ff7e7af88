"""What a decoder's outputs claim about the pixels: densities p(x | z), pixel by pixel.

A likelihood reads the outputs of a decoder, `channels` numbers a pixel, and treats the
pixels as independent given the code. Images x have intensities from 0 to 1, (..., D);
outputs have shape (..., channels * D); log-probabilities are sums over the pixels, in
nats, with all their constants. Chapter 12 compares these.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus


class Binomial(nn.Module):
    """Each pixel is a count k out of `total`, x = k / total; `total=1` is Bernoulli.

    The output is the logit of the probability of one of the `total` dots.

    Parameters
    ----------
    total : int
        At least 1; 16 for the digits, whose pixels count the inked dots of 4 x 4.

    Notes
    -----
    ``log_prob`` is the logarithm of a probability only if every ``total * x`` is a
    whole number: `check` says whether it is.

    Examples
    --------
    >>> Binomial(1).log_prob(torch.tensor([1.0, 0.0]), torch.zeros(2)).exp()
    tensor(0.2500)
    """

    channels = 1

    def __init__(self, total: int = 16) -> None:
        super().__init__()
        if total < 1 or total != int(total):
            raise ValueError(f"total must be a whole number of at least 1, got {total}")
        self.total = int(total)

    def extra_repr(self) -> str:
        """Return the settings, as the printed model shows them."""
        return f"total={self.total}"

    def check(self, x: Tensor) -> None:
        """Raise ValueError, naming one, unless all pixels are counts out of `total`."""
        counts = self.total * x
        whole = (counts - counts.round()).abs() < 1e-4  # k / total is rounded
        wrong = ~(whole & (counts >= 0) & (counts <= self.total))
        if wrong.any():
            raise ValueError(
                f"pixels must be counts out of {self.total}, 0 to 1 in steps of "
                f"1/{self.total}, got {x[wrong][0].item():g}"
            )

    def outputs_for(self, mean: Tensor) -> Tensor:
        """Return the outputs, (D,), whose mean is `mean`, clamped to [0.01, 0.99]."""
        return torch.logit(mean, eps=0.01)

    def log_prob(self, x: Tensor, outputs: Tensor) -> Tensor:
        """Return ln p(x | z), (...), for x (..., D) and outputs (..., D)."""
        counts = self.total * x
        ways = (
            math.lgamma(self.total + 1)
            - torch.lgamma(counts + 1)
            - torch.lgamma(self.total - counts + 1)
        )
        return (ways + counts * outputs - self.total * softplus(outputs)).sum(-1)

    def mean(self, outputs: Tensor) -> Tensor:
        """Return the mean of each pixel."""
        return torch.sigmoid(outputs)

    def variance(self, outputs: Tensor) -> Tensor:
        """Return the variance of each pixel."""
        p = torch.sigmoid(outputs)
        return p * (1 - p) / self.total

    def sample(
        self, outputs: Tensor, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw an image for each row of outputs."""
        p = torch.sigmoid(outputs)
        total = torch.full_like(p, self.total)
        return torch.binomial(total, p, generator=generator) / self.total


class Gaussian(nn.Module):
    """Each pixel is a number with a Gaussian density.

    Parameters
    ----------
    spread : {"fixed", "shared", "pixel"}
        The standard deviation: `sigma` itself; one learned number, which starts at
        `sigma`; or one for each pixel and code, a second output of the decoder.
    sigma : float
        Positive.

    Notes
    -----
    A density, not a probability: with a small sigma it exceeds 1.
    """

    def __init__(self, spread: str = "fixed", sigma: float = 0.1) -> None:
        super().__init__()
        if spread not in ("fixed", "shared", "pixel"):
            raise ValueError(
                f'spread must be "fixed", "shared" or "pixel", got {spread!r}'
            )
        if not 0 < sigma < math.inf:
            raise ValueError(f"sigma must be positive and finite, got {sigma}")
        self.spread = spread
        self.channels = 2 if spread == "pixel" else 1
        log_var = torch.tensor(2 * math.log(sigma))
        if spread == "shared":
            self.log_var = nn.Parameter(log_var)
        else:
            self.register_buffer("log_var", log_var)

    def extra_repr(self) -> str:
        """Return the settings, as the printed model shows them."""
        return f"spread={self.spread!r}"

    def check(self, x: Tensor) -> None:
        """Raise ValueError, naming a value, unless every pixel is finite."""
        if not torch.isfinite(x).all():
            wrong = x[~torch.isfinite(x)][0].item()
            raise ValueError(f"pixels must be finite, got {wrong}")

    def outputs_for(self, mean: Tensor) -> Tensor:
        """Return the outputs, (channels * D,), whose mean is `mean`."""
        return torch.cat([mean] + [torch.zeros_like(mean)] * (self.channels - 1))

    def mean_and_log_var(self, outputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return mu and ln sigma^2 of each pixel, (..., D) each.

        Parameters
        ----------
        outputs : torch.Tensor, shape (..., channels * D)
            Of a decoder; with a sigma per pixel the last D are ln sigma^2, less that of
            `sigma`.

        Returns
        -------
        tuple of torch.Tensor, shape (..., D)
            Both of one shape, also where all pixels share one sigma.
        """
        if self.spread == "pixel":
            mean, log_ratio = outputs.chunk(2, -1)
            return mean, self.log_var + log_ratio
        return outputs, self.log_var.expand_as(outputs)

    def log_prob(self, x: Tensor, outputs: Tensor) -> Tensor:
        """Return ln p(x | z), (...), for x (..., D)."""
        mean, log_var = self.mean_and_log_var(outputs)
        square = (x - mean) ** 2 * torch.exp(-log_var)
        return -0.5 * (square + log_var + math.log(2 * math.pi)).sum(-1)

    def mean(self, outputs: Tensor) -> Tensor:
        """Return the mean of each pixel."""
        return self.mean_and_log_var(outputs)[0]

    def variance(self, outputs: Tensor) -> Tensor:
        """Return the variance of each pixel."""
        return self.mean_and_log_var(outputs)[1].exp()

    def sample(
        self, outputs: Tensor, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw an image for each row of outputs; pixels may leave [0, 1]."""
        mean, log_var = self.mean_and_log_var(outputs)
        noise = torch.empty_like(mean).normal_(generator=generator)
        return mean + torch.exp(log_var / 2) * noise
