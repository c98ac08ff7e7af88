"""Cartoon faces of 24 x 24 pixels, drawn from five factors that are known.

`draw_faces` is a function of the factors alone, so that a face can be drawn again with
one of them changed: the truth that an arithmetic on codes is held against.
"""

import math

import torch
from torch import Tensor

SIDE = 24
# name: lowest and highest value; sunglasses are 0 (none) or 1.
FACTORS = {
    "sunglasses": (0.0, 1.0),
    "smile": (-1.0, 1.0),  # corners of the mouth down or up
    "tilt": (-20.0, 20.0),  # degrees, counterclockwise
    "width": (0.6, 0.95),  # half the width of the head, half the image being 1
    "tone": (0.1, 0.7),  # intensity of the skin
}


def _inside(distance: Tensor) -> Tensor:
    """Share of a pixel that lies inside a shape, from its distance to the edge."""
    return (0.5 - distance * SIDE / 2).clamp(0, 1)


def _ellipse(u: Tensor, v: Tensor, width, height) -> Tensor:
    """Distance to the edge of an ellipse, negative inside; exact for a circle."""
    radius = ((u / width) ** 2 + (v / height) ** 2).sqrt()
    slope = ((u / width**2) ** 2 + (v / height**2) ** 2).sqrt() / radius
    return (radius - 1) / slope.clamp(min=1e-6)


def _box(u: Tensor, v: Tensor, width, height) -> Tensor:
    """Distance to the edge of a box, as far as an edge pixel needs it."""
    return torch.maximum(u.abs() - width, v.abs() - height)


def draw_faces(factors: Tensor) -> Tensor:
    """Draw a face for each row of factors.

    Parameters
    ----------
    factors : torch.Tensor, shape (N, 5)
        In the order of `FACTORS`: sunglasses (0 or 1), smile, tilt in degrees, width,
        tone.

    Returns
    -------
    torch.Tensor, shape (N, 576), float32
        Intensities from 0 (paper) to 1 (ink) in steps of 1/16, rows from the top.

    Raises
    ------
    ValueError
        If the shape is another, or a factor leaves its range.

    Examples
    --------
    >>> draw_faces(torch.tensor([[1.0, 0.5, 0.0, 0.8, 0.3]])).shape
    torch.Size([1, 576])
    """
    if factors.ndim != 2 or factors.shape[1] != len(FACTORS):
        raise ValueError(
            f"factors must have shape (N, {len(FACTORS)}), got {tuple(factors.shape)}"
        )
    for column, (name, (low, high)) in zip(factors.T, FACTORS.items(), strict=True):
        wrong = ~((column >= low) & (column <= high))
        if name == "sunglasses":
            wrong |= (column != 0) & (column != 1)
        if wrong.any():
            wanted = "0 or 1" if name == "sunglasses" else f"from {low:g} to {high:g}"
            raise ValueError(f"{name} must be {wanted}, got {column[wrong][0]:g}")
    sunglasses, smile, tilt, width, tone = factors.float().T[..., None, None]
    middle = (torch.arange(SIDE) + 0.5) * 2 / SIDE - 1
    x, y = middle, -middle[:, None]  # y points up
    angle = tilt * (math.pi / 180)
    u = x * angle.cos() + y * angle.sin()  # across the face
    v = y * angle.cos() - x * angle.sin()  # up the face

    def cover(image, share, ink):
        return image + share * (ink - image)

    edge = _ellipse(u, v, width, 0.88)
    image = cover(tone, _inside(0.45 - 0.1 * (u / width) ** 2 - v), 1)  # hair
    image = cover(image, _inside(-edge - 0.07), 1)  # outline
    image = cover(image, _inside(_box(u, v + 0.08, 0.05, 0.1)), (1 + tone) / 2)  # nose
    bend = 0.16 * smile * ((u / (0.42 * width)) ** 2 - 0.5)
    image = cover(image, _inside(_box(u, v + 0.42 - bend, 0.42 * width, 0.05)), 1)
    for side in (-1, 1):
        across = u - side * 0.42 * width
        eye = _ellipse(across, v - 0.12, 0.15, 0.12)
        pupil = _ellipse(across, v - 0.12, 0.07, 0.09)
        lens = _box(across, v - 0.12, 0.29 * width, 0.17)
        image = cover(image, _inside(eye) * (1 - sunglasses), 0)
        image = cover(image, _inside(pupil) * (1 - sunglasses), 1)
        image = cover(image, _inside(lens) * sunglasses, 1)
    bridge = _box(u, v - 0.2, 0.42 * width, 0.04)
    image = cover(image, _inside(bridge) * sunglasses, 1)
    image = image * _inside(edge)
    return (16 * image).round().flatten(1) / 16
