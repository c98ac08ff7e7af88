"""Check of the tour: drawing one class. Reference: NumPy's moments of known codes.

The model that it hands over has a linear encoder with wide clouds and a linear decoder,
so that codes can be read back from images.
"""

from collections.abc import Callable

import numpy as np
import torch

from vaecourse.checks.messages import NOTHING

_OUT = torch.tensor([[1.0, 0.5, 2.0], [0.0, 1.0, -1.0]])  # code (2,) to image (3,)
_MEAN = torch.tensor([1.0, -2.0, 0.5])


class _Linear:
    """Codes are the first two pixels; an image is a linear map of its code."""

    def encode(self, x):
        return x[..., :2], torch.full_like(x[..., :2], -0.5)

    def decode(self, z):
        return z @ _OUT.to(z) + _MEAN.to(z)


def check_draw_class(fn: Callable) -> None:
    """Check `fn(model, x, y, digit, n)`, drawings (n, D) of one class.

    Parameters
    ----------
    fn : callable
        Takes a model with `encode` and `decode`, images x (N, D), labels y (N,), a
        digit and a number of drawings; returns mean images (n, D).
    """
    rng = np.random.default_rng(1)
    root = np.array([[1.5, 0.0], [1.2, 0.4]])
    codes = rng.normal(size=(400, 2)) @ root.T
    y = torch.arange(400) % 2
    codes[y == 1] = codes[y == 1] * 0.3 + [4.0, -2.0]
    pixels = np.column_stack([codes, rng.random(400)])
    x = torch.tensor(pixels, dtype=torch.get_default_dtype())
    for digit in (0, 1):
        with torch.random.fork_rng([]):
            torch.manual_seed(1)
            got = fn(_Linear(), x.clone(), y.clone(), digit, 4000)
        assert got is not None, NOTHING
        assert isinstance(got, torch.Tensor | np.ndarray), (
            f"return one tensor (n, D), not {type(got).__name__}"
        )
        assert tuple(got.shape) == (4000, 3), (
            f"asked for 4000 images of 3 pixels, got shape {tuple(got.shape)}: are "
            "the drawn codes decoded, and are n of them drawn?"
        )
        out, offset = _OUT.double().numpy(), _MEAN.double().numpy()
        images = torch.as_tensor(got).detach().double().numpy() - offset
        drawn = images @ np.linalg.pinv(out)  # the codes that it was decoded from
        assert np.allclose(drawn @ out, images, atol=1e-4), (
            "the images are no decoded codes: is model.decode the last step?"
        )
        wanted = codes[(y == digit).numpy()]
        mean, cov = wanted.mean(0), np.cov(wanted.T)
        miss = np.abs(drawn.mean(0) - mean) / np.sqrt(np.diag(cov) / 4000)
        assert miss.max() < 5, (
            f"digit {digit}: the drawn codes have mean {drawn.mean(0).round(2)}, those "
            f"of the class {mean.round(2)}. Whose codes is the Gaussian fitted to?"
        )
        spread = np.cov(drawn.T) / cov
        assert np.abs(spread - 1).max() < 0.15, (
            f"digit {digit}: covariances of the drawn codes, as a share of those of "
            f"the means of the class:\n{spread.round(2)}\nLook at both spread and tilt."
        )
        white = np.linalg.solve(np.linalg.cholesky(cov), (drawn - mean).T)
        kurtosis = (white**4).mean()  # 3 for a Gaussian
        assert abs(kurtosis - 3) < 0.4, "the drawn codes do not follow a Gaussian"
        assert len(np.unique(drawn, axis=0)) > 3900, "drawings repeat each other"
    print("drawn codes are Gaussian, with mean, spread and correlation of their class,")
    print("for two classes; the images are what the decoder makes of them")
