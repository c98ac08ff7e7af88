"""Bounds on a linear Gaussian model, where likelihood, posterior and ELBO are exact."""

import math

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal

from vaecourse.distributions import kl_to_standard_normal
from vaecourse.objectives import elbo, importance_weighted_bound

VARIANCE = 0.3


class Linear:
    """x = W z + noise with orthogonal columns, so that the posterior is diagonal."""

    def __init__(self, shift=0.0, log_scale=0.0):
        source = torch.Generator().manual_seed(0)
        q, _ = torch.linalg.qr(torch.randn(6, 2, generator=source).double())
        self.W = q * torch.tensor([2.0, 0.7])
        self.shift, self.log_scale = shift, log_scale

    def encode(self, x):
        M = self.W.T @ self.W + VARIANCE * torch.eye(2)
        mu = x @ self.W @ torch.linalg.inv(M)
        log_var = torch.log(VARIANCE / torch.diag(M)).expand_as(mu)
        return mu + self.shift, log_var + self.log_scale

    def log_likelihood(self, x, z):
        return Normal(z @ self.W.T, VARIANCE**0.5).log_prob(x).sum(-1)

    def log_marginal(self, x):
        covariance = self.W @ self.W.T + VARIANCE * torch.eye(6)
        return MultivariateNormal(torch.zeros(6).double(), covariance).log_prob(x)

    def exact_elbo(self, x):
        mu, log_var = self.encode(x)
        mean = self.log_likelihood(x, mu)
        spread = ((self.W**2).sum(0) * torch.exp(log_var)).sum(-1) / (2 * VARIANCE)
        return mean - spread - kl_to_standard_normal(mu, log_var)


@pytest.fixture
def x():
    return torch.randn(5, 6, generator=torch.Generator().manual_seed(1)).double()


def source(seed=2):
    return torch.Generator().manual_seed(seed)


def test_terms_are_named_and_add_up(x):
    terms = elbo(Linear(), x, n_samples=7, beta=0.5, generator=source())
    assert terms._fields == ("log_likelihood", "kl", "elbo", "objective")
    assert all(t.shape == (5,) for t in terms)
    torch.testing.assert_close(terms.elbo, terms.log_likelihood - terms.kl)
    torch.testing.assert_close(terms.objective, terms.log_likelihood - 0.5 * terms.kl)


@pytest.mark.parametrize(("shift", "log_scale"), [(0.0, 0.0), (0.4, 1.0), (-1.0, -3.0)])
def test_elbo_is_the_exact_one_within_its_error(x, shift, log_scale):
    model = Linear(shift, log_scale)
    draws = torch.stack(
        [elbo(model, x, 100, generator=source(s)).elbo for s in range(200)]
    )
    error = draws.std(0) / math.sqrt(len(draws))
    assert ((draws.mean(0) - model.exact_elbo(x)).abs() < 4 * error).all()


def test_exact_elbo_meets_the_likelihood_at_the_posterior_only(x):
    torch.testing.assert_close(Linear().exact_elbo(x), Linear().log_marginal(x))
    assert (Linear(0.4, 1.0).exact_elbo(x) < Linear().log_marginal(x) - 0.1).all()


def test_importance_weighted_bound_is_exact_with_the_posterior(x):
    for n_samples in (1, 3, 50):
        got = importance_weighted_bound(Linear(), x, n_samples, source())
        torch.testing.assert_close(got, Linear().log_marginal(x))


def test_importance_weighted_bound_rises_to_the_likelihood(x):
    model = Linear(0.4, 1.0)
    means = [
        torch.stack(
            [importance_weighted_bound(model, x, k, source(s)) for s in range(400)]
        ).mean()
        for k in (1, 5, 500)
    ]
    assert means[0] == pytest.approx(model.exact_elbo(x).mean().item(), abs=0.15)
    assert means[0] < means[1] < means[2] < model.log_marginal(x).mean()
    assert means[2] == pytest.approx(model.log_marginal(x).mean().item(), abs=0.02)


def test_importance_weighted_bound_does_not_depend_on_the_chunks(x, monkeypatch):
    whole = importance_weighted_bound(Linear(0.4, 1.0), x, 30, source())
    monkeypatch.setattr("vaecourse.objectives._ROWS", 40)  # chunks of 8, 8, 8 and 6
    chunked = importance_weighted_bound(Linear(0.4, 1.0), x, 30, source())
    torch.testing.assert_close(whole, chunked)


@pytest.mark.parametrize("log_scale", [-30.0, 30.0])
def test_extreme_variances_stay_finite_in_single_precision(log_scale):
    class Extreme:
        def encode(self, x):
            return x, torch.full_like(x, log_scale)

        def log_likelihood(self, x, z):
            return Normal(torch.tanh(z), 1.0).log_prob(x).sum(-1)

    x = torch.randn(4, 2, generator=source())
    assert all(torch.isfinite(t).all() for t in elbo(Extreme(), x, 5))
    assert torch.isfinite(importance_weighted_bound(Extreme(), x, 5)).all()


def test_gradients_reach_encoder_and_decoder(x):
    model = Linear(0.4, 1.0)
    model.W.requires_grad_()
    for value in (
        elbo(model, x, 4000, generator=source()).objective.mean(),
        importance_weighted_bound(model, x, 20, source()).mean(),
    ):
        (slope,) = torch.autograd.grad(value, model.W)
        assert torch.isfinite(slope).all() and slope.abs().max() > 0
    (sampled,) = torch.autograd.grad(
        elbo(model, x, 100_000, generator=source()).elbo.mean(), model.W
    )
    (exact,) = torch.autograd.grad(model.exact_elbo(x).mean(), model.W)
    torch.testing.assert_close(sampled, exact, atol=0.03, rtol=0.02)


def test_bad_arguments_are_named(x):
    with pytest.raises(ValueError, match="n_samples must be at least 1, got 0"):
        elbo(Linear(), x, 0)
    with pytest.raises(ValueError, match="n_samples must be at least 1, got -2"):
        importance_weighted_bound(Linear(), x, -2)
    with pytest.raises(ValueError, match="beta must be at least 0 and finite, got -1"):
        elbo(Linear(), x, beta=-1)
    with pytest.raises(ValueError, match="beta must be at least 0 and finite, got nan"):
        elbo(Linear(), x, beta=math.nan)
    with pytest.raises(ValueError, match=r"\(N, D\) with N >= 1, got \(6,\)"):
        elbo(Linear(), x[0])
    with pytest.raises(ValueError, match=r"N >= 1, got \(0, 6\)"):
        importance_weighted_bound(Linear(), x[:0], 3)


def test_a_model_that_sums_over_the_examples_is_named(x):
    model = Linear()
    model.log_likelihood = lambda x, z: Normal(z @ model.W.T, 1.0).log_prob(x).sum()
    with pytest.raises(ValueError, match=r"must return shape \(3, 5\).* got \(\)"):
        elbo(model, x, 3)
    model = Linear()
    model.encode = lambda x: (torch.zeros(5, 2), torch.zeros(2))
    with pytest.raises(
        ValueError, match=r"shape \(5, d\) each, got \(5, 2\) and \(2,\)"
    ):
        importance_weighted_bound(model, x, 3)
