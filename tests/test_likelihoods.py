"""Likelihoods against `torch.distributions`, values, moments and draws."""

import math

import pytest
import torch
from torch import distributions as td

from vaecourse.likelihoods import Binomial, Gaussian

D, N = 5, 4


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(3)


def reference(likelihood, outputs):
    """Return the distribution of the pixels, each by itself."""
    if isinstance(likelihood, Binomial):
        return td.Binomial(likelihood.total, logits=outputs, validate_args=False)
    if likelihood.spread == "pixel":
        mean, log_ratio = outputs[..., :D], outputs[..., D:]
        return td.Normal(mean, 0.3 * torch.exp(log_ratio / 2))
    return td.Normal(outputs, 0.3)


def pixels(likelihood, generator):
    x = torch.rand(N, D, generator=generator, dtype=torch.float64)
    if isinstance(likelihood, Binomial):
        x = (x * likelihood.total).round() / likelihood.total
    return x


ALL = [
    Binomial(1),
    Binomial(),
    *(Gaussian(spread, 0.3) for spread in ("fixed", "shared", "pixel")),
]
NAMES = ["bernoulli", "binomial", "fixed", "shared", "pixel"]
every = pytest.mark.parametrize("likelihood", ALL, ids=NAMES)


def outputs_of(likelihood, generator, *shape):
    return torch.randn(
        *shape, likelihood.channels * D, generator=generator, dtype=torch.float64
    )


@every
def test_log_prob_and_moments_equal_the_library(likelihood, generator):
    likelihood = likelihood.double()
    outputs = outputs_of(likelihood, generator, 3, N)
    x = pixels(likelihood, generator)
    wanted = reference(likelihood, outputs)
    scale = getattr(likelihood, "total", 1)
    torch.testing.assert_close(
        likelihood.log_prob(x, outputs), wanted.log_prob(x * scale).sum(-1)
    )
    mean, variance = wanted.mean / scale, wanted.variance / scale**2
    torch.testing.assert_close(likelihood.mean(outputs), mean)
    torch.testing.assert_close(likelihood.variance(outputs), variance)


@every
def test_draws_have_these_moments(likelihood, generator):
    likelihood = likelihood.double()
    outputs = outputs_of(likelihood, generator, 1)
    n = 40_000
    x = likelihood.sample(outputs.expand(n, -1), generator)
    assert x.shape == (n, D)
    mean, variance = likelihood.mean(outputs)[0], likelihood.variance(outputs)[0]
    error = (variance / n) ** 0.5
    assert ((x.mean(0) - mean).abs() < 5 * error).all()
    fourth = ((x - mean) ** 4).mean(0)
    error = ((fourth - variance**2) / n) ** 0.5
    assert ((((x - mean) ** 2).mean(0) - variance).abs() < 5 * error).all()
    likelihood.check(x)


@pytest.mark.parametrize("total", [1, 16])
def test_probabilities_add_to_one(total):
    likelihood = Binomial(total).double()
    x = torch.arange(total + 1, dtype=torch.float64)[:, None] / total
    logits = torch.tensor([[-30.0], [-1.3], [0.2], [30.0]], dtype=torch.float64)
    p = likelihood.log_prob(x[:, None], logits).exp()
    torch.testing.assert_close(p.sum(0), torch.ones(4, dtype=torch.float64))


@every
def test_outputs_for_a_mean(likelihood):
    mean = torch.tensor([0.0, 0.02, 0.5, 0.98, 1.0], dtype=torch.float64)
    outputs = likelihood.outputs_for(mean)
    assert outputs.shape == (likelihood.channels * D,)
    if isinstance(likelihood, Binomial):
        mean = mean.clamp(0.01, 0.99)
    torch.testing.assert_close(likelihood.mean(outputs), mean)


@pytest.mark.parametrize("spread", ["fixed", "shared", "pixel"])
def test_mean_and_log_var_are_the_parameters(spread, generator):
    likelihood = Gaussian(spread, 0.3).double()
    outputs = outputs_of(likelihood, generator, 3, N)
    mean, log_var = likelihood.mean_and_log_var(outputs)
    assert mean.shape == log_var.shape == (3, N, D)
    wanted = reference(likelihood, outputs)
    torch.testing.assert_close(mean, wanted.mean)
    torch.testing.assert_close(log_var.exp(), wanted.variance.expand(3, N, D))


def test_spread_is_what_was_asked_for():
    outputs = torch.zeros(2, D)
    for spread in ("fixed", "shared"):
        torch.testing.assert_close(
            Gaussian(spread, 0.2).variance(outputs), torch.full((2, D), 0.04)
        )
    learned = [len(list(Gaussian(s).parameters())) for s in ("fixed", "shared")]
    assert learned == [0, 1]
    shared = Gaussian("shared", 0.2)
    with torch.no_grad():
        shared.log_var += math.log(4)
    torch.testing.assert_close(shared.variance(outputs), torch.full((2, D), 0.16))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Binomial(0), "got 0"),
        (lambda: Binomial(2.5), "got 2.5"),
        (lambda: Binomial(16).check(torch.tensor([0.5, 0.3])), "1/16, got 0.3"),
        (lambda: Binomial(1).check(torch.tensor([0.5])), "got 0.5"),
        (lambda: Binomial(4).check(torch.tensor([1.25])), "got 1.25"),
        (lambda: Binomial(4).check(torch.tensor([-0.25])), "got -0.25"),
        (lambda: Binomial(4).check(torch.tensor([math.nan])), "got nan"),
        (lambda: Gaussian("wide"), "got 'wide'"),
        (lambda: Gaussian(sigma=0.0), "got 0.0"),
        (lambda: Gaussian().check(torch.tensor([math.inf])), "got inf"),
    ],
)
def test_bad_values_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
