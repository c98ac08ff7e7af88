"""Checks of chapter 03, four jobs for an autoencoder.

References: the area under the ROC curve from scikit-learn, the loss of a linear model
computed from the images that it was shown, and the pseudo-inverse of the averaging.
"""

from collections.abc import Callable

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

from vaecourse.checks.messages import NOTHING


class _Recorder(nn.Module):
    """A linear model that remembers what it was shown."""

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        self.weight, self.seen = nn.Parameter(weight), []

    def forward(self, x):
        self.seen.append(x.detach().clone())
        return x @ self.weight


def check_area_by_pairs(fn: Callable) -> None:
    """Check `fn(odd, usual) -> float`, the share of pairs in the right order.

    Parameters
    ----------
    fn : callable
        Takes the scores of odd images (A,) and of usual ones (B,), two tensors; a pair
        with equal scores counts half.
    """
    rng = np.random.default_rng(40)
    cases = {
        "scores that all differ": (rng.normal(1, 1, 7), rng.normal(0, 1, 12)),
        "scores with ties": (rng.integers(1, 5, 9) * 1.0, rng.integers(0, 4, 6) * 1.0),
        "one odd image": (np.array([0.5]), rng.normal(0, 1, 5)),
        "equal scores throughout": (np.ones(3), np.ones(4)),
    }
    for name, (odd, usual) in cases.items():
        labels = np.concatenate([np.ones(len(odd)), np.zeros(len(usual))])
        wanted = roc_auc_score(labels, np.concatenate([odd, usual]))
        got = fn(torch.tensor(odd), torch.tensor(usual))
        assert got is not None, NOTHING
        assert np.ndim(got) == 0, f"return one number, not shape {tuple(np.shape(got))}"
        assert abs(float(got) - wanted) < 1e-9, (
            f"with {name} got {float(got):.6g}, wanted {wanted:.6g}. Is every odd "
            "score compared with every usual one? Which of the two should be higher, "
            "and what does a tie count?"
        )
        swapped = float(fn(torch.tensor(usual), torch.tensor(odd)))
        assert abs(float(got) + swapped - 1) < 1e-9, (
            f"with {name} the share and that of the exchanged groups add up to "
            f"{float(got) + swapped:.6g} instead of 1"
        )
    print(
        "the share of pairs equals the area under the ROC curve, with ties and without,"
    )
    print("and exchanging the groups turns it into one minus itself")


def check_masking_loss(fn: Callable) -> None:
    """Check `fn(model, x, rate, generator)`, a denoiser's loss with pixels left out.

    Parameters
    ----------
    fn : callable
        Sets each pixel of each row of x (N, D) to 0 with probability `rate`, shows the
        result to the model once, and returns the squared distance between the model's
        answer and x, summed over pixels and averaged over images, as a tensor.
    """
    rng = np.random.default_rng(41)
    n, dim, rate = 600, 12, 0.3
    x = torch.tensor(rng.uniform(0.5, 1, (n, dim)))
    before = x.clone()
    model = _Recorder(torch.tensor(rng.normal(size=(dim, dim)) / dim))
    generator = torch.Generator().manual_seed(42)
    got = fn(model, x, rate, generator)
    assert got is not None, NOTHING
    assert torch.equal(x, before), "x was changed in place: make a new tensor"
    assert len(model.seen) == 1, (
        f"the model was called {len(model.seen)} times, not once"
    )
    seen = model.seen[0]
    assert seen.shape == x.shape, (
        f"the model was shown shape {tuple(seen.shape)}, wanted {tuple(x.shape)}"
    )
    gone = seen == 0
    assert gone.any(), "the model was shown the complete images: nothing to restore"
    assert (gone | (seen == x)).all(), (
        "the model was shown pixels that are neither 0 nor those of x: what is left "
        "stays as it is"
    )
    for name, counts, draws in (("image", gone.sum(1), dim), ("pixel", gone.sum(0), n)):
        variance = draws * rate * (1 - rate)
        ratio = counts.double().var().item() / variance
        assert 0.2 < ratio < 3, (
            f"from {name} to {name} the number of zeros varies {ratio:.2g} times as "
            "much as it should: is every pixel of every image drawn on its own?"
        )
    share = gone.double().mean().item()
    assert abs(share - rate) < 5 * (rate * (1 - rate) / gone.numel()) ** 0.5, (
        f"at rate {rate} a share of {share:.3f} of the pixels is 0: which of the two, "
        "leaving out or keeping, has this probability?"
    )
    assert isinstance(got, torch.Tensor) and got.shape == (), (
        f"return a tensor with one number, got {type(got).__name__} of shape "
        f"{tuple(np.shape(got))}"
    )
    answer = seen.numpy() @ model.weight.detach().numpy()
    wanted = ((x.numpy() - answer) ** 2).sum() / n
    assert abs(got.item() - wanted) < 1e-9 * wanted, (
        f"the loss is {got.item():.6g}, wanted {wanted:.6g}. Is the answer compared "
        "with the complete images, at all pixels, summed over the pixels of an image "
        "and averaged over the images?"
    )
    assert got.requires_grad, "no gradient can reach the model through the loss"
    fn(model, x, rate, generator)
    assert not torch.equal(model.seen[-1], seen), (
        "a second call leaves out the same pixels: the noise must be new each time"
    )
    torch.manual_seed(43)
    fn(model, x, rate, torch.Generator().manual_seed(42))
    assert torch.equal(model.seen[-1], seen), (
        "the same generator did not give the same pixels: pass it to the function that "
        "draws"
    )
    print(
        "each pixel is left out on its own, anew at each call, and the loss is that of"
    )
    print("the complete images, summed over pixels and averaged over images")


def check_make_consistent(fn: Callable) -> None:
    """Check `fn(x_hat, small)`, the nearest images whose blocks have the given means.

    Parameters
    ----------
    fn : callable
        Takes enlarged images x_hat (N, 64), 8 x 8 pixels row by row, and thumbnails
        small (N, 16), 4 x 4 pixels row by row; returns (N, 64).
    """
    rng = np.random.default_rng(44)
    half = np.kron(np.eye(4), [[0.5, 0.5]])  # (4, 8), means of neighbours
    average = np.kron(half, half)  # (16, 64)
    x, x_hat = rng.uniform(size=(5, 64)), rng.uniform(size=(5, 64))
    small = x @ average.T
    wanted = x_hat + (small - x_hat @ average.T) @ np.linalg.pinv(average).T
    given = torch.tensor(x_hat)
    got = fn(given, torch.tensor(small))
    assert got is not None, NOTHING
    assert tuple(got.shape) == (5, 64), (
        f"the result has shape {tuple(got.shape)}, wanted (5, 64)"
    )
    assert torch.equal(given, torch.tensor(x_hat)), "x_hat was changed in place"
    got = got.detach().numpy()
    off = np.abs(got @ average.T - small).max()
    assert off < 1e-9, (
        f"the mean of a block differs from its thumbnail pixel by up to {off:.3g}. "
        "Which pixels of the 64 form a block, and how far does each of the four have "
        "to move?"
    )
    assert np.allclose(got, wanted, atol=1e-9), (
        "the means are right, but other images with these means are nearer to x_hat: "
        "should all four pixels of a block not move by the same amount?"
    )
    again = fn(torch.tensor(got), torch.tensor(small)).numpy()
    assert np.allclose(again, got, atol=1e-9), "a consistent image should stay as it is"
    assert (((got - x) ** 2).sum(1) <= ((x_hat - x) ** 2).sum(1)).all(), (
        "the result is farther from the image that the thumbnail was made of"
    )
    print(
        "every block has the mean of its thumbnail pixel, no such image is nearer, and"
    )
    print("the distance to the true image has not grown")
