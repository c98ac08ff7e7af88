"""Gaussians with a diagonal covariance: drawing from them, and divergences in nats.

A Gaussian over codes is given by its mean mu and the logarithms log_var of its
variances, both of shape (..., d): the last axis counts code numbers, the others
examples or draws. Sources: Kingma and Welling (2014), section 2.4 and appendix B;
Rezende, Mohamed and Wierstra (2014).
"""

import torch
from torch import Tensor


def _check_codes(**tensors: Tensor) -> None:
    """Raise unless all are floating-point tensors of one shape (..., d)."""
    shapes = {tuple(t.shape) for t in tensors.values()}
    if (
        len(shapes) > 1
        or () in shapes
        or not all(t.is_floating_point() for t in tensors.values())
    ):
        got = ", ".join(
            f"{name} {t.dtype} {tuple(t.shape)}" for name, t in tensors.items()
        )
        raise ValueError(
            f"{', '.join(tensors)} must be floating-point tensors of one shape "
            f"(..., d), got {got}"
        )


def reparameterize(
    mu: Tensor, log_var: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """Draw z = mu + exp(log_var / 2) * noise, with standard Gaussian noise.

    Parameters
    ----------
    mu, log_var : torch.Tensor, shape (..., d)
        Means, and logarithms of the variances.
    generator : torch.Generator, optional
        Source of the noise; PyTorch's global source if left out.

    Returns
    -------
    torch.Tensor, shape (..., d)
        One draw from N(mu, diag(exp(log_var))) for each mean, differentiable in both
        arguments.

    Raises
    ------
    ValueError
        If the two are not floating-point tensors of one shape with at least one axis.

    Notes
    -----
    Equation `eq-rp-reparameterize` of chapter 08.

    Examples
    --------
    >>> reparameterize(torch.ones(3, 2), torch.full((3, 2), -60.0))
    tensor([[1., 1.],
            [1., 1.],
            [1., 1.]])
    """
    _check_codes(mu=mu, log_var=log_var)
    if generator is None:
        noise = torch.randn_like(mu)
    else:
        noise = torch.empty_like(mu).normal_(generator=generator)
    return mu + torch.exp(log_var / 2) * noise


def kl_to_standard_normal(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mu, diag(exp(log_var))) || N(0, I)), summed over the code numbers.

    Parameters
    ----------
    mu, log_var : torch.Tensor, shape (..., d)

    Returns
    -------
    torch.Tensor, shape (...)
        1/2 sum_i (mu_i^2 + exp(log_var_i) - 1 - log_var_i), in nats, at least 0.

    Raises
    ------
    ValueError
        If the two are not floating-point tensors of one shape with at least one axis.

    Notes
    -----
    Equation `eq-kl-standard` of chapter 07; Kingma and Welling (2014), appendix B.
    With expm1, a variance near 1 loses no digits.

    Examples
    --------
    >>> kl_to_standard_normal(torch.tensor([3.0, 4.0]), torch.zeros(2))
    tensor(12.5000)
    """
    _check_codes(mu=mu, log_var=log_var)
    return 0.5 * (mu**2 + torch.expm1(log_var) - log_var).sum(-1)


def kl_between_gaussians(
    mu_q: Tensor, log_var_q: Tensor, mu_p: Tensor, log_var_p: Tensor
) -> Tensor:
    """KL(q || p) of two Gaussians with diagonal covariance, summed over the numbers.

    Parameters
    ----------
    mu_q, log_var_q, mu_p, log_var_p : torch.Tensor, shape (..., d)
        Means and logarithms of the variances of q and of p.

    Returns
    -------
    torch.Tensor, shape (...)
        1/2 sum_i (r_i - 1 - ln r_i + (mu_q,i - mu_p,i)^2 / exp(log_var_p,i)) with the
        ratio of variances r_i = exp(log_var_q,i - log_var_p,i), in nats, at least 0.

    Raises
    ------
    ValueError
        If the four are not floating-point tensors of one shape with at least one axis.

    Notes
    -----
    Equation `eq-kl-diagonal` of chapter 07.

    Examples
    --------
    >>> zero, one = torch.zeros(2), torch.ones(2)
    >>> kl_between_gaussians(one, zero, zero, zero)
    tensor(1.)
    """
    _check_codes(mu_q=mu_q, log_var_q=log_var_q, mu_p=mu_p, log_var_p=log_var_p)
    log_ratio = log_var_q - log_var_p
    shift = (mu_q - mu_p) ** 2 * torch.exp(-log_var_p)
    return 0.5 * (torch.expm1(log_ratio) - log_ratio + shift).sum(-1)
