"""Principal components against scikit-learn and NumPy."""

import numpy as np
import pytest
import torch
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA

from vaecourse import linear
from vaecourse.data import load_breast_cancer, load_digits


@pytest.fixture(params=["digits", "breast cancer", "wide"])
def x(request):
    if request.param == "wide":  # more columns than rows
        return torch.tensor(np.random.default_rng(0).normal(size=(5, 9)))
    load = load_digits if request.param == "digits" else load_breast_cancer
    return load().train.x.double()


def test_eigenvalues_against_the_covariance(x):
    got = linear.principal_components(x)
    covariance = np.cov(x.numpy(), rowvar=False, bias=True)
    wanted = np.linalg.eigvalsh(covariance)[::-1]
    np.testing.assert_allclose(got.eigenvalues, wanted, atol=1e-10 * wanted[0])
    np.testing.assert_allclose(
        got.directions @ torch.diag(got.eigenvalues) @ got.directions.T,
        covariance,
        atol=1e-10 * wanted[0],
    )
    assert (got.eigenvalues >= 0).all() and (got.eigenvalues.diff() <= 0).all()


def test_directions_are_orthonormal(x):
    u = linear.principal_components(x).directions
    torch.testing.assert_close(u.T @ u, torch.eye(x.shape[1], dtype=x.dtype))


@pytest.mark.parametrize("d", [1, 3, 4])
def test_against_scikit_learn(x, d):
    reference = PCA(d, svd_solver="full").fit(x.numpy())
    got = linear.principal_components(x)
    factor = len(x) / (len(x) - 1)  # scikit-learn divides by N - 1
    np.testing.assert_allclose(
        got.eigenvalues[:d] * factor, reference.explained_variance_
    )
    angle = subspace_angles(got.directions[:, :d].numpy(), reference.components_.T)
    assert angle.max() < 1e-6
    wanted = reference.inverse_transform(reference.transform(x.numpy()))
    np.testing.assert_allclose(linear.pca_reconstruct(x, got, d), wanted, atol=1e-8)


def test_no_direction_gives_the_mean_and_all_give_the_example(x):
    got = linear.principal_components(x)
    torch.testing.assert_close(linear.pca_reconstruct(x, got, 0), got.mean.expand_as(x))
    torch.testing.assert_close(linear.pca_reconstruct(x, got, x.shape[1]), x)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (torch.zeros(3), r"shape \(3,\)"),
        (torch.zeros(3, 2, dtype=torch.int64), "int64"),
        (torch.zeros(0, 2), r"\(0, 2\)"),
        (torch.tensor([[1.0, float("nan")]]), "1 entries"),
    ],
)
def test_bad_data_are_named(bad, message):
    with pytest.raises(ValueError, match=message):
        linear.principal_components(bad)


def test_reconstruction_names_shape_and_width():
    components = linear.principal_components(torch.eye(4))
    with pytest.raises(ValueError, match=r"\(N, 4\).*\(2, 3\)"):
        linear.pca_reconstruct(torch.zeros(2, 3), components, 1)
    for d in (-1, 5):
        with pytest.raises(ValueError, match=f"from 0 to 4, got {d}"):
            linear.pca_reconstruct(torch.zeros(2, 4), components, d)
