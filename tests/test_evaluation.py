"""Measures against NumPy and SciPy."""

import numpy as np
import pytest
import scipy.stats
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import mean_squared_error
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

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


def _normal(rng, n, shift=0.0):
    return torch.tensor(rng.normal(size=(n, 3)) + np.array([shift, 0, 0]))


def test_two_sample_accuracy_of_two_gaussians_is_that_of_the_best_rule():
    rng = np.random.default_rng(2)
    pairs = [(_normal(rng, 20000), _normal(rng, 20000, 1.5)) for _ in range(2)]
    got = evaluation.two_sample_accuracy(LinearDiscriminantAnalysis(), *pairs)
    assert got == pytest.approx(scipy.stats.norm.cdf(0.75), abs=0.01)


def test_two_sample_accuracy_of_one_distribution_is_a_half():
    rng = np.random.default_rng(3)
    pairs = [(_normal(rng, 5000), _normal(rng, 5000)) for _ in range(2)]
    got = evaluation.two_sample_accuracy(KNeighborsClassifier(1), *pairs)
    assert got == pytest.approx(0.5, abs=0.03)


def test_two_sample_accuracy_is_measured_on_the_second_pair():
    near, far = torch.zeros(4, 1), torch.ones(4, 1)
    judge = KNeighborsClassifier(1)
    swapped = evaluation.two_sample_accuracy(judge, (near, far), (far, near))
    half = evaluation.two_sample_accuracy(
        judge, (near, far), (torch.tensor([[0.0], [1.0]]), torch.tensor([[0.0], [1.0]]))
    )
    assert (swapped, half) == (0.0, 0.5)
    assert not hasattr(judge, "classes_"), "the judge given was fitted"


@pytest.mark.parametrize(
    ("learn", "examine", "message"),
    [
        (((3, 2), (4, 2)), ((3, 2), (3, 2)), r"learn .*got \(3, 2\) and \(4, 2\)"),
        (((3, 2), (3, 2)), ((3, 2), (2, 2)), r"examine .*got \(3, 2\) and \(2, 2\)"),
        (((0, 2), (0, 2)), ((3, 2), (3, 2)), "learn"),
        (((3, 2), (3, 2)), ((3, 1), (3, 1)), "width, got 2 and 1"),
    ],
)
def test_two_sample_accuracy_names_the_shapes(learn, examine, message):
    pairs = [tuple(map(torch.zeros, pair)) for pair in (learn, examine)]
    with pytest.raises(ValueError, match=message):
        evaluation.two_sample_accuracy(KNeighborsClassifier(1), *pairs)


def by_scikit_learn(real, drawn, k):
    """Precision and recall with radii and distances of scikit-learn, point by point."""

    def share(inside, around):
        balls = NearestNeighbors(n_neighbors=k + 1).fit(around)
        radii = balls.kneighbors(around)[0][:, k]  # column 0 is the point itself
        hits = [(np.linalg.norm(around - v, axis=1) <= radii).any() for v in inside]
        return float(np.mean(hits))

    return share(drawn, real), share(real, drawn)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_precision_and_recall_against_scikit_learn(k):
    rng = np.random.default_rng(5)
    real, drawn = rng.normal(size=(60, 4)), 0.6 * rng.normal(size=(40, 4)) + 0.3
    got = evaluation.precision_and_recall(torch.tensor(real), torch.tensor(drawn), k)
    assert got == pytest.approx(by_scikit_learn(real, drawn, k))
    turned = evaluation.precision_and_recall(torch.tensor(drawn), torch.tensor(real), k)
    assert turned == got[::-1]
    assert got[0] > got[1]  # the drawn are too narrow


def test_precision_and_recall_of_sets_far_apart_and_of_a_copy():
    points = torch.randn(20, 3, generator=torch.Generator().manual_seed(0))
    assert evaluation.precision_and_recall(points, points + 100) == (0.0, 0.0)
    assert evaluation.precision_and_recall(points, points.clone()) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("shapes", "k", "message"),
    [
        (((5, 2), (5, 3)), 3, r"got \(5, 2\) and \(5, 3\)"),
        (((5,), (5, 2)), 3, r"got \(5,\) and"),
        (((3, 2), (5, 2)), 3, "got 3 for 3 and 5 points"),
        (((5, 2), (5, 2)), 0, "got 0 for 5 and 5"),
    ],
)
def test_precision_and_recall_names_what_is_wrong(shapes, k, message):
    with pytest.raises(ValueError, match=message):
        evaluation.precision_and_recall(*map(torch.zeros, shapes), k)
