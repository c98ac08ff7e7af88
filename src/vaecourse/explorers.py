"""What explorers on a page need from the model that was trained there.

`latent_map` packs a decoder and a map of codes. A chapter glues it, so that it leaves
as the output of a removed cell; the page holds it as data, which no browser runs.
Notation: codes z (N, 2).
"""

import base64
import json
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from vaecourse.plots import CLASSES

_LARGEST = 32767  # of 16 bits with a sign


@dataclass(frozen=True)
class PageData:
    """Data for an explorer; on a page an inert element that shows nothing."""

    text: str

    def __repr__(self) -> str:
        """Return its size, which is what a notebook shows."""
        return f"PageData({len(self.text)} characters)"

    def _repr_html_(self) -> str:
        return f'<script type="application/json">{self.text}</script>'


def _pack(values) -> dict:
    """Round an array to 16 bits: its values are `step` times integers, as base64."""
    array = torch.as_tensor(values).detach().cpu().double().numpy()
    step = float(np.abs(array).max() or 1.0) / _LARGEST
    integers = np.rint(array / step).astype("<i2")
    return {"step": step, "base64": base64.b64encode(integers.tobytes()).decode()}


def latent_map(decoder: nn.Sequential, codes, labels) -> PageData:
    """Pack what the explorer `latent_map` needs.

    Parameters
    ----------
    decoder : torch.nn.Sequential
        Linear maps with SiLU between them, from 2 numbers to a square image, as those
        of `vaecourse.models` are; the page takes the logistic function of the end,
        whether the decoder has it there (Autoencoder) or not (VAE, Binomial).
    codes : array_like, shape (N, 2)
        What is on the map; some hundreds are enough.
    labels : array_like of int, shape (N,), from 0 to 9
        The digit of each.

    Returns
    -------
    PageData
        About 4 kilobytes for 1,000 weights. Numbers are rounded to 16 bits.

    Raises
    ------
    ValueError
        If the decoder is another kind, the shapes do not fit, a number is not finite or
        a label is not from 0 to 9.

    Examples
    --------
    >>> from vaecourse.models import VAE
    >>> latent_map(VAE(2).decoder, torch.eye(2), [0, 1]).text[:9]
    '{"side":8'
    """
    layers = list(decoder)
    if isinstance(layers[-1], nn.Sigmoid):
        layers = layers[:-1]
    kinds = [nn.Linear if i % 2 == 0 else nn.SiLU for i in range(len(layers))]
    fits = all(map(isinstance, layers, kinds)) and len(layers) % 2 == 1
    if not fits or layers[0].in_features != 2:
        raise ValueError(
            f"decoder must be Linear(2, ...), SiLU, ..., Linear, got {decoder}"
        )
    side = round(layers[-1].out_features ** 0.5)
    if side**2 != layers[-1].out_features:
        raise ValueError(
            f"images must be square, got {layers[-1].out_features} numbers"
        )
    codes = torch.as_tensor(codes)
    labels = torch.as_tensor(labels)
    if codes.ndim != 2 or codes.shape[1] != 2 or labels.shape != codes.shape[:1]:
        raise ValueError(
            "codes must have shape (N, 2) and labels (N,), "
            f"got {tuple(codes.shape)} and {tuple(labels.shape)}"
        )
    if len(labels) == 0 or not torch.isin(labels, torch.arange(10)).all():
        raise ValueError(f"labels must be from 0 to 9, got {labels.unique().tolist()}")
    numbers = [codes, *decoder.parameters()]
    if not all(tensor.isfinite().all() for tensor in numbers):
        raise ValueError("codes and weights must be finite")
    linear = layers[::2]
    content = {
        "side": side,
        "layers": [{"weight": _pack(m.weight), "bias": _pack(m.bias)} for m in linear],
        "codes": _pack(codes),
        "labels": "".join(map(str, labels.tolist())),
        "colours": CLASSES,
    }
    return PageData(json.dumps(content, separators=(",", ":")))
