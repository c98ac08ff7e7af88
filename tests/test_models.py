"""Models against matrix algebra written out by hand."""

import pytest
import torch

from vaecourse.models import Autoencoder


def silu(a):
    return a / (1 + torch.exp(-a))


@pytest.mark.parametrize("hidden", [(), (5,), (6, 4)])
def test_forward_equals_matrix_algebra(hidden):
    model = Autoencoder(2, n_inputs=7, hidden=hidden).double()
    x = torch.randn(3, 7, dtype=torch.float64)
    weights = [(m.weight, m.bias) for m in model.modules() if hasattr(m, "weight")]
    assert [tuple(w.shape) for w, _ in weights] == [
        (b, a)
        for a, b in zip(
            (7, *hidden, 2, *hidden[::-1]), (*hidden, 2, *hidden[::-1], 7), strict=True
        )
    ]
    values = x
    for i, (weight, bias) in enumerate(weights):
        values = values @ weight.T + bias
        if i == len(hidden):
            torch.testing.assert_close(model.encoder(x), values)
        elif i < len(weights) - 1:
            values = silu(values)
    torch.testing.assert_close(model(x), 1 / (1 + torch.exp(-values)))


def test_starts_at_the_mean():
    mean = torch.tensor([0.0, 0.2, 0.5, 1.0])
    model = Autoencoder(1, n_inputs=4)
    torch.nn.init.zeros_(model.decoder[-2].weight)
    assert model.start_at(mean) is model
    got = model(torch.rand(3, 4))
    wanted = mean.clamp(0.01, 0.99).expand(3, 4)
    torch.testing.assert_close(got, wanted)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Autoencoder(0), "got .*0"),
        (lambda: Autoencoder(2, hidden=(8, -1)), "-1"),
        (lambda: Autoencoder(2)(torch.zeros(3, 63)), r"64.*\(3, 63\)"),
        (lambda: Autoencoder(2).start_at(torch.zeros(3)), r"\(64,\).*\(3,\)"),
        (lambda: Autoencoder(2).start_at(torch.full((64,), float("nan"))), "nan"),
        (lambda: Autoencoder(2).start_at(torch.linspace(-1, 0, 64)), "got -1 to 0"),
    ],
)
def test_bad_values_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
