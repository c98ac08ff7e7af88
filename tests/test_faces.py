"""Faces: what each factor changes, and what it leaves alone."""

from itertools import pairwise

import pytest
import torch

from vaecourse.data import make_faces
from vaecourse.faces import FACTORS, SIDE, draw_faces

PLAIN = {"sunglasses": 0.0, "smile": 0.0, "tilt": 0.0, "width": 0.8, "tone": 0.3}
assert list(PLAIN) == list(FACTORS)


def face(**factors):
    """Return the image, (24, 24), of the plain face with these factors."""
    return draw_faces(torch.tensor([list((PLAIN | factors).values())]))[0].reshape(
        SIDE, SIDE
    )


def rows_that_differ(one, other):
    return set((one != other).any(1).nonzero().flatten().tolist())


def test_pixels_are_counts_and_the_paper_is_blank():
    faces = make_faces((300, 20, 20))
    x = faces.train.x
    assert x.shape == (300, SIDE * SIDE) and x.dtype == torch.float32
    assert torch.equal(16 * x, (16 * x).round())
    assert x.min() == 0 and x.max() == 1
    corners = x.reshape(-1, SIDE, SIDE)[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners == 0).all()


def test_an_upright_face_is_its_own_mirror_image():
    for sunglasses in (0.0, 1.0):
        image = face(sunglasses=sunglasses, smile=0.7)
        assert torch.equal(image, image.flip(1))


def test_sunglasses_darken_the_eyes_alone():
    plain, cool = face(), face(sunglasses=1.0)
    changed = rows_that_differ(plain, cool)
    # Rows of the band from 0.12 - 0.17 to 0.2 + 0.04, half an image being 1.
    assert changed and changed <= set(range(8, 13))
    assert (cool >= plain)[8:13].float().mean() > 0.9
    assert cool.sum() > plain.sum() + 10
    eyes = (slice(9, 12), slice(6, 9))
    assert (cool[eyes] == 1).all() and (plain[eyes] < 0.5).any()


def test_a_smile_moves_the_mouth_alone():
    def height_of_mouth(smile, columns):
        ink = (face(smile=smile) - 0.3)[14:20, columns].clamp(min=0)
        rows = torch.arange(14, 20.0)[:, None]
        return -float((ink * rows).sum() / ink.sum())  # up is positive

    corners, centre = [8, 15], [11, 12]
    assert rows_that_differ(face(smile=1.0), face(smile=-1.0)) <= set(range(14, 20))
    rise = [height_of_mouth(smile, corners) for smile in (-1.0, -0.5, 0.0, 0.5, 1.0)]
    sink = [height_of_mouth(smile, centre) for smile in (-1.0, -0.5, 0.0, 0.5, 1.0)]
    assert all(a < b for a, b in pairwise(rise))
    assert all(a > b for a, b in pairwise(sink))


def test_a_tilt_turns_the_image():
    """Counterclockwise about the centre, by as many degrees as it says."""
    angle = torch.tensor(15.0).deg2rad()
    turned = torch.tensor(
        [[angle.cos(), -angle.sin(), 0], [angle.sin(), angle.cos(), 0]]
    )
    grid = torch.nn.functional.affine_grid(
        turned[None], (1, 1, SIDE, SIDE), align_corners=False
    )
    upright = face(sunglasses=1.0, smile=1.0)
    by_torch = torch.nn.functional.grid_sample(
        upright[None, None], grid, align_corners=False
    )[0, 0]
    error = {
        tilt: (face(sunglasses=1.0, smile=1.0, tilt=float(tilt)) - by_torch)
        .square()
        .sum()
        for tilt in range(-20, 21)
    }
    assert min(error, key=error.get) == 15


def test_width_widens():
    def extent(width):
        return int((face(width=width) > 0.5).any(0).sum())

    extents = [extent(width) for width in (0.6, 0.7, 0.8, 0.9)]
    assert extents == sorted(set(extents))
    for width, found in zip((0.6, 0.7, 0.8, 0.9), extents, strict=True):
        assert abs(found - width * SIDE) <= 1
    heights = {int((face(width=w) > 0.1).any(1).sum()) for w in (0.6, 0.95)}
    assert len(heights) == 1


def test_tone_is_the_intensity_of_the_skin():
    for tone in (0.125, 0.25, 0.5):
        cheeks = face(tone=tone)[14, [7, 16]]
        assert (cheeks == tone).all()
    light, dark = face(tone=0.125), face(tone=0.5)
    assert (dark >= light).all()
    assert (light[3, 9:15] == 1).all() and torch.equal(light[:3], dark[:3])  # hair


def test_faces_are_drawn_from_their_factors():
    faces = make_faces((500, 60, 40), seed=3)
    for part, n in ((faces.train, 500), (faces.validation, 60), (faces.test, 40)):
        assert len(part) == n and part.factors.shape == (n, len(FACTORS))
        assert torch.equal(draw_faces(part.factors), part.x)
        assert torch.equal(part.y, part.factors[:, 0].long())
    assert len(faces.names) == SIDE * SIDE and len(faces.classes) == 2
    again, other = make_faces((500, 60, 40), seed=3), make_faces((500, 60, 40))
    assert torch.equal(faces.test.x, again.test.x)
    assert not torch.equal(faces.test.x, other.test.x)
    for column, (low, high) in zip(
        faces.train.factors[:, 1:].T, list(FACTORS.values())[1:], strict=True
    ):
        share = (column - low) / (high - low)
        assert share.min() >= 0 and share.max() <= 1
        assert abs(share.mean() - 0.5) < 5 / (12 * 500) ** 0.5
    share = faces.train.factors[:, 0].mean()
    assert abs(share - 0.5) < 5 * 0.5 / 500**0.5
    correlations = torch.corrcoef(faces.train.factors.T) - torch.eye(len(FACTORS))
    assert correlations.abs().max() < 5 / 500**0.5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: draw_faces(torch.zeros(5)), r"\(N, 5\), got \(5,\)"),
        (lambda: draw_faces(torch.zeros(2, 4)), r"got \(2, 4\)"),
        (lambda: face(sunglasses=0.5), "sunglasses must be 0 or 1, got 0.5"),
        (lambda: face(smile=1.5), "smile must be from -1 to 1, got 1.5"),
        (lambda: face(tilt=float("nan")), "tilt .* got nan"),
        (lambda: make_faces((10, 0, 5)), r"at least 1, got \(10, 0, 5\)"),
    ],
)
def test_bad_values_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
