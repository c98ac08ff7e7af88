"""Measures against NumPy and SciPy."""

import numpy as np
import pytest
import scipy.stats
import torch
from sklearn.metrics import mean_squared_error

from vaecourse import evaluation


def test_reconstruction_error_is_the_dimension_times_the_mean_squared_error():
    rng = np.random.default_rng(0)
    x, x_hat = rng.normal(size=(2, 50, 7))
    got = evaluation.reconstruction_error(torch.tensor(x), torch.tensor(x_hat))
    assert got.item() == pytest.approx(7 * mean_squared_error(x, x_hat), rel=1e-12)


@pytest.mark.parametrize(
    ("a", "b"), [((3, 2), (2, 3)), ((3,), (3,)), ((0, 2), (0, 2)), ((3, 2), (3, 1))]
)
def test_reconstruction_error_names_the_shapes(a, b):
    with pytest.raises(ValueError, match=r"got \(.*\) and \("):
        evaluation.reconstruction_error(torch.zeros(a), torch.zeros(b))


def test_standard_error_against_scipy():
    values = np.random.default_rng(1).normal(size=9)
    mean, error = evaluation.mean_and_standard_error(values)
    assert mean == pytest.approx(values.mean(), rel=1e-12)
    assert error == pytest.approx(scipy.stats.sem(values), rel=1e-12)


@pytest.mark.parametrize("bad", [[1.0], [], [[1.0, 2.0]]])
def test_standard_error_needs_two_values(bad):
    with pytest.raises(ValueError, match="at least two"):
        evaluation.mean_and_standard_error(bad)
