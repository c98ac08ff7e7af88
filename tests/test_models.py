"""Models against matrix algebra written out by hand."""

import pytest
import torch
from torch import distributions as td

from vaecourse.likelihoods import Binomial, Gaussian
from vaecourse.models import VAE, Autoencoder
from vaecourse.objectives import importance_weighted_bound


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


# The variational autoencoder --------------------------------------------------------


def counts_of(generator, *shape):
    return torch.randint(0, 17, shape, generator=generator).double() / 16


@pytest.mark.parametrize("hidden", [(), (5,), (6, 4)])
@pytest.mark.parametrize("likelihood", [None, Gaussian("pixel", 0.3)])
def test_vae_equals_matrix_algebra(hidden, likelihood):
    model = VAE(2, n_inputs=7, hidden=hidden, likelihood=likelihood).double()
    x = counts_of(torch.Generator().manual_seed(1), 3, 7)

    def through(net, values):
        layers = [m for m in net if hasattr(m, "weight")]
        for i, layer in enumerate(layers):
            values = values @ layer.weight.T + layer.bias
            values = silu(values) if i < len(layers) - 1 else values
        return values

    mu, log_var = model.encode(x)
    torch.testing.assert_close(torch.cat([mu, log_var], -1), through(model.encoder, x))
    z = torch.randn(5, 3, 2, dtype=torch.float64)
    outputs = through(model.decoder, z)
    if likelihood is None:
        wanted = td.Binomial(16, logits=outputs).log_prob(16 * x)
        mean = torch.sigmoid(outputs)
    else:
        mean, log_ratio = outputs[..., :7], outputs[..., 7:]
        wanted = td.Normal(mean, 0.3 * torch.exp(log_ratio / 2)).log_prob(x)
    torch.testing.assert_close(model.log_likelihood(x, z), wanted.sum(-1))
    torch.testing.assert_close(model.decode(z), mean)


def test_vae_starts_at_the_mean_and_samples():
    mean = torch.tensor([0.0, 0.2, 0.5, 1.0])
    for likelihood in (Binomial(16), Gaussian("pixel")):
        model = VAE(1, n_inputs=4, likelihood=likelihood)
        torch.nn.init.zeros_(model.decoder[-1].weight)
        assert model.start_at(mean) is model
        low = 0.01 if isinstance(likelihood, Binomial) else 0
        torch.testing.assert_close(
            model.decode(torch.randn(3, 1)), mean.clamp(low, 1 - low).expand(3, 4)
        )
    generator = torch.Generator().manual_seed(0)
    model = VAE(3, n_inputs=4)
    z, x = model.sample(1000, generator)
    assert z.shape == (1000, 3) and x.shape == (1000, 4)
    model.likelihood.check(x)
    assert ((z.mean(0).abs() < 5 / 1000**0.5) & ((z.var(0) - 1).abs() < 0.25)).all()
    again = model.sample(1000, torch.Generator().manual_seed(0))
    assert torch.equal(x, again[1])


def test_a_vae_with_a_linear_gaussian_decoder_has_an_exact_likelihood():
    """With the exact posterior as q, every bound equals the Gaussian's ln p(x)."""
    model = VAE(2, n_inputs=5, hidden=(), likelihood=Gaussian("fixed", 0.4)).double()
    with torch.no_grad():
        model.decoder[0].weight[:, 1] -= (  # orthogonal columns: a diagonal posterior
            model.decoder[0].weight[:, 0]
            * (model.decoder[0].weight.prod(1).sum())
            / (model.decoder[0].weight[:, 0] ** 2).sum()
        )
        W, offset = model.decoder[0].weight, model.decoder[0].bias
        G = (W**2).sum(0) + 0.16
        model.encoder[0].weight[:2] = W.T / G[:, None]
        model.encoder[0].bias[:2] = -(W.T / G[:, None]) @ offset
        model.encoder[0].weight[2:] = 0
        model.encoder[0].bias[2:] = torch.log(0.16 / G)
    x = torch.randn(6, 5, dtype=torch.float64)
    cov = W @ W.T + 0.16 * torch.eye(5, dtype=torch.float64)
    exact = td.MultivariateNormal(offset, cov).log_prob(x)
    with torch.no_grad():
        bound = importance_weighted_bound(model, x, 3)
    torch.testing.assert_close(bound, exact.detach())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: VAE(0), "got .*0"),
        (lambda: VAE(2, hidden=(8, -1)), "-1"),
        (lambda: VAE(2).encode(torch.zeros(3, 63)), r"64.*\(3, 63\)"),
        (lambda: VAE(2).start_at(torch.zeros(3)), r"\(64,\).*\(3,\)"),
    ],
)
def test_vae_names_bad_values(call, message):
    with pytest.raises(ValueError, match=message):
        call()
