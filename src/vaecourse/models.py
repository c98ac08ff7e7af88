"""The models of the course.

`Autoencoder` is written out in chapter 02. A variant is a parameter, not a copy.
Notation: examples x (N, D), codes z (N, d), reconstructions x_hat (N, D).
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from vaecourse.likelihoods import Binomial


def _layers(widths: Sequence[int]) -> list[nn.Module]:
    """Linear maps between the widths, with SiLU between them and none at the end."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.SiLU()]
    return layers[:-1]


class Autoencoder(nn.Module):
    """An encoder and a decoder of fully connected layers, mirror images in width.

    Parameters
    ----------
    n_code : int
        d, how many numbers the code has.
    n_inputs : int
        D, how many numbers an example has.
    hidden : sequence of int
        Widths of the encoder's hidden layers; the decoder has them in reverse.

    Attributes
    ----------
    encoder : torch.nn.Sequential
        (N, D) -> (N, d), SiLU between the layers, no function on the code.
    decoder : torch.nn.Sequential
        (N, d) -> (N, D), SiLU between the layers, the logistic function at the end,
        for data between 0 and 1.

    Raises
    ------
    ValueError
        If a width is less than 1.

    Examples
    --------
    >>> model = Autoencoder(8)
    >>> model(torch.zeros(5, 64)).shape
    torch.Size([5, 64])
    """

    def __init__(
        self, n_code: int, n_inputs: int = 64, hidden: Sequence[int] = (128,)
    ) -> None:
        super().__init__()
        widths = [n_inputs, *hidden, n_code]
        if min(widths) < 1:
            raise ValueError(f"every width must be at least 1, got {widths}")
        self.encoder = nn.Sequential(*_layers(widths))
        self.decoder = nn.Sequential(*_layers(widths[::-1]), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        """Return the reconstruction x_hat, in the shape of x."""
        n_inputs = self.encoder[0].in_features
        if x.ndim == 0 or x.shape[-1] != n_inputs:
            raise ValueError(
                f"x must have shape (..., {n_inputs}), got {tuple(x.shape)}"
            )
        return self.decoder(self.encoder(x))

    def start_at(self, mean: Tensor) -> "Autoencoder":
        """Set the last bias so that the untrained decoder begins near the mean.

        Parameters
        ----------
        mean : torch.Tensor, shape (D,)
            The mean example, between 0 and 1; clamped to [0.01, 0.99].

        Returns
        -------
        Autoencoder
            The model itself.

        Raises
        ------
        ValueError
            If `mean` does not have shape (D,) or leaves [0, 1].
        """
        bias = self.decoder[-2].bias
        if mean.shape != bias.shape:
            raise ValueError(
                f"mean must have shape {tuple(bias.shape)}, got {tuple(mean.shape)}"
            )
        if not ((mean >= 0) & (mean <= 1)).all():
            raise ValueError(
                f"mean must lie between 0 and 1, got {mean.min():g} to {mean.max():g}"
            )
        with torch.no_grad():
            bias.copy_(torch.logit(mean, eps=0.01))
        return self


class VAE(nn.Module):
    """A variational autoencoder of fully connected layers.

    Prior N(0, I); q(z | x) = N(mu, diag(exp(log_var))) from the encoder; p(x | z) from
    the decoder's outputs, read by `likelihood`. Chapter 10 writes it out.

    Parameters
    ----------
    n_code : int
        d, how many latent numbers.
    n_inputs : int
        D, how many numbers an example has.
    hidden : sequence of int
        Widths of the encoder's hidden layers; the decoder has them in reverse.
    likelihood : torch.nn.Module, optional
        From `vaecourse.likelihoods`; Binomial(16) if left out.

    Attributes
    ----------
    encoder : torch.nn.Sequential
        (..., D) -> (..., 2 d): means, then logarithms of variances.
    decoder : torch.nn.Sequential
        (..., d) -> (..., channels * D): the likelihood's outputs.

    Raises
    ------
    ValueError
        If a width is less than 1.

    Examples
    --------
    >>> model = VAE(8)
    >>> mu, log_var = model.encode(torch.zeros(5, 64))
    >>> mu.shape, model.decode(mu).shape
    (torch.Size([5, 8]), torch.Size([5, 64]))
    """

    def __init__(
        self,
        n_code: int,
        n_inputs: int = 64,
        hidden: Sequence[int] = (128,),
        likelihood: nn.Module | None = None,
    ) -> None:
        super().__init__()
        widths = [n_inputs, *hidden, n_code]
        if min(widths) < 1:
            raise ValueError(f"every width must be at least 1, got {widths}")
        self.n_code = n_code
        self.likelihood = Binomial() if likelihood is None else likelihood
        outputs = self.likelihood.channels * n_inputs
        self.encoder = nn.Sequential(*_layers([n_inputs, *hidden, 2 * n_code]))
        self.decoder = nn.Sequential(*_layers([n_code, *hidden[::-1], outputs]))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mu and log_var of q(z | x), (..., d) each, for x (..., D)."""
        n_inputs = self.encoder[0].in_features
        if x.ndim == 0 or x.shape[-1] != n_inputs:
            raise ValueError(
                f"x must have shape (..., {n_inputs}), got {tuple(x.shape)}"
            )
        mu, log_var = self.encoder(x).chunk(2, -1)
        return mu, log_var

    def decode(self, z: Tensor) -> Tensor:
        """Return the mean image, (..., D), of each code, (..., d)."""
        return self.likelihood.mean(self.decoder(z))

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """Return ln p(x | z), (...), in nats, for x (..., D) and z (..., d)."""
        return self.likelihood.log_prob(x, self.decoder(z))

    def sample(
        self, n: int, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Draw n codes from the prior; return them, (n, d), and an image of each."""
        weight = self.decoder[0].weight
        z = weight.new_empty(n, self.n_code).normal_(generator=generator)
        return z, self.likelihood.sample(self.decoder(z), generator)

    def start_at(self, mean: Tensor) -> "VAE":
        """Set the last bias so that the untrained decoder begins near the mean (D,)."""
        n_inputs = self.encoder[0].in_features
        if mean.shape != (n_inputs,):
            raise ValueError(
                f"mean must have shape ({n_inputs},), got {tuple(mean.shape)}"
            )
        with torch.no_grad():
            self.decoder[-1].bias.copy_(self.likelihood.outputs_for(mean))
        return self
