"""Principal components: the exact answer to the linear autoencoder.

Notation of chapter 01: examples x (D,), mean x-bar, centred data matrix X (N, D),
covariance C = X^T X / N (divisor N), its eigenvalues lambda_1 >= ... >= lambda_D and
eigenvectors u_1 ... u_D.
Sources: Bourlard and Kamp (1988); Baldi and Hornik (1989).
"""

from typing import NamedTuple

import torch


class PrincipalComponents(NamedTuple):
    """Mean, eigenvalues and directions of a data set.

    Attributes
    ----------
    mean : torch.Tensor, shape (D,)
    eigenvalues : torch.Tensor, shape (D,)
        Of the covariance with divisor N, largest first, never negative.
    directions : torch.Tensor, shape (D, D)
        Column i is u_i, of length 1.
    """

    mean: torch.Tensor
    eigenvalues: torch.Tensor
    directions: torch.Tensor


def _check_matrix(name: str, x: torch.Tensor) -> None:
    if x.ndim != 2 or not x.is_floating_point():
        raise ValueError(
            f"{name} must be a floating-point tensor of shape (N, D), "
            f"got {x.dtype} of shape {tuple(x.shape)}"
        )


def principal_components(x: torch.Tensor) -> PrincipalComponents:
    """Mean, eigenvalues and eigenvectors of the covariance, by the SVD.

    Parameters
    ----------
    x : torch.Tensor, shape (N, D)
        One example a row. Use float64: eigenvalues span many orders of magnitude.

    Returns
    -------
    PrincipalComponents
        Eigenvalues in squared units of `x`.

    Raises
    ------
    ValueError
        If `x` is not a floating-point matrix, has no rows, or is not finite.

    Notes
    -----
    X = Q S U^T gives C = X^T X / N = U (S^2 / N) U^T, as chapter 01 shows.
    """
    _check_matrix("x", x)
    if len(x) == 0:
        raise ValueError(f"x has no rows: shape {tuple(x.shape)}")
    if not torch.isfinite(x).all():
        bad = int((~torch.isfinite(x)).sum())
        raise ValueError(f"x must be finite, {bad} entries are not")
    mean = x.mean(0)
    _, s, ut = torch.linalg.svd(x - mean, full_matrices=True)
    eigenvalues = x.new_zeros(x.shape[1])
    eigenvalues[: len(s)] = s**2 / len(x)
    return PrincipalComponents(mean, eigenvalues, ut.T)


def pca_reconstruct(
    x: torch.Tensor, components: PrincipalComponents, d: int
) -> torch.Tensor:
    """Project onto the first d principal directions around the mean.

    Parameters
    ----------
    x : torch.Tensor, shape (N, D)
        Examples, also ones that the components were not computed from.
    components : PrincipalComponents
        Of D dimensions.
    d : int
        From 0 (the mean alone) to D.

    Returns
    -------
    torch.Tensor, shape (N, D)
        x-hat = x-bar + U_d U_d^T (x - x-bar).

    Raises
    ------
    ValueError
        If shapes do not fit or `d` is out of range.
    """
    _check_matrix("x", x)
    mean, _, directions = components
    dim = len(mean)
    if x.shape[1] != dim:
        raise ValueError(
            f"x must have shape (N, {dim}) to fit the components, got {tuple(x.shape)}"
        )
    if not 0 <= d <= dim:
        raise ValueError(f"d must be from 0 to {dim}, got {d}")
    basis = directions[:, :d]  # (D, d)
    return mean + (x - mean) @ basis @ basis.T
