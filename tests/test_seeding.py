"""One call makes a run repeatable."""

import numpy as np
import pytest
import torch

from vaecourse.seeding import set_seed


def draws(seed):
    generator = set_seed(seed)
    return (
        torch.randn(3, generator=generator).tolist(),
        torch.randn(3).tolist(),
        np.random.rand(3).tolist(),  # noqa: NPY002
    )


def test_same_seed_same_numbers_from_every_source():
    assert draws(7) == draws(7)


def test_other_seed_other_numbers_from_every_source():
    for a, b in zip(draws(7), draws(8), strict=True):
        assert a != b


def test_one_thread():
    set_seed(0)
    assert torch.get_num_threads() == 1


@pytest.mark.parametrize("bad", [-1, 1.0, "0", None, True, 2**32])
def test_bad_seed_is_named(bad):
    with pytest.raises(ValueError, match="got"):
        set_seed(bad)
