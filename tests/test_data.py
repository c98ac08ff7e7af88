"""The data sets: shapes, splits, and what they say of themselves."""

import hashlib

import pytest
import sklearn.datasets
import torch

from vaecourse import data

LOADERS = {
    "digits": (data.load_digits, (1200, 297, 300), 64, 10),
    "breast cancer": (data.load_breast_cancer, (341, 114, 114), 30, 2),
}


@pytest.mark.parametrize("name", LOADERS)
def test_shapes_and_types(name):
    load, sizes, dim, classes = LOADERS[name]
    splits = load()
    for part, size in zip(
        (splits.train, splits.validation, splits.test), sizes, strict=True
    ):
        assert part.x.shape == (size, dim) and part.y.shape == (size,)
        assert part.x.dtype == torch.float32 and part.y.dtype == torch.int64
        assert len(part) == size
        assert set(part.y.tolist()) == set(range(classes))
    assert len(splits.names) == dim and len(splits.classes) == classes


@pytest.mark.parametrize("name", LOADERS)
def test_every_example_is_in_exactly_one_part(name):
    load, _, _, _ = LOADERS[name]
    raw = getattr(sklearn.datasets, load.__name__)()
    wanted = torch.tensor(raw.data, dtype=torch.float32)
    if name == "digits":
        wanted = wanted / 16
    splits = load()
    parts = (splits.train, splits.validation, splits.test)
    got = torch.cat([torch.cat([p.x, p.y[:, None].float()], 1) for p in parts])
    wanted = torch.cat([wanted, torch.tensor(raw.target)[:, None].float()], 1)
    assert sorted(map(tuple, got.tolist())) == sorted(map(tuple, wanted.tolist()))


@pytest.mark.parametrize("name", LOADERS)
def test_splits_are_stratified(name):
    load, _, _, classes = LOADERS[name]
    splits = load()
    whole = torch.cat([splits.train.y, splits.validation.y, splits.test.y])
    for part in (splits.train, splits.validation, splits.test):
        share = part.y.bincount(minlength=classes) / len(part)
        expected = whole.bincount(minlength=classes) / len(whole)
        assert (share - expected).abs().max() < 1.5 / len(part)


def test_splits_are_fixed():
    # Published numbers depend on them: a change here changes every page.
    digest = hashlib.sha256()
    for splits in (data.load_digits(), data.load_breast_cancer()):
        for part in (splits.train, splits.validation, splits.test):
            digest.update(part.x.numpy().tobytes())
    assert digest.hexdigest()[:16] == "9188dd583779d075"


def test_splits_do_not_depend_on_the_seed():
    torch.manual_seed(1)
    first = data.load_digits().train.x
    torch.manual_seed(2)
    assert torch.equal(first, data.load_digits().train.x)


def test_counts_and_intensities_agree():
    counts, intensities = data.load_digits(counts=True), data.load_digits()
    k = counts.train.x
    assert torch.equal(k, k.round()) and k.min() == 0 and k.max() == 16
    assert torch.equal(k / 16, intensities.train.x)


def test_training_digits_have_the_full_rank_of_the_data():
    raw = torch.tensor(sklearn.datasets.load_digits().data)
    x = data.load_digits().train.x.double()
    whole = torch.linalg.matrix_rank(raw - raw.mean(0))
    assert torch.linalg.matrix_rank(x - x.mean(0)) == whole == 61
