"""Draws and divergences against torch.distributions, integrals and derivatives."""

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from vaecourse.distributions import (
    kl_between_gaussians,
    kl_to_standard_normal,
    reparameterize,
)


def gaussians(seed, spread=3.0, shape=(40, 3)):
    source = torch.Generator().manual_seed(seed)
    mu = torch.randn(shape, generator=source, dtype=torch.float64)
    log_var = torch.rand(shape, generator=source, dtype=torch.float64)
    return mu, spread * (2 * log_var - 1)


def normal(mu, log_var):
    return Normal(mu, torch.exp(log_var / 2))


@pytest.mark.parametrize("spread", [0.01, 1.0, 30.0])
def test_kl_to_standard_normal_is_that_of_torch(spread):
    mu, log_var = gaussians(0, spread)
    wanted = kl_divergence(normal(mu, log_var), Normal(0.0, 1.0)).sum(-1)
    torch.testing.assert_close(kl_to_standard_normal(mu, log_var), wanted)


@pytest.mark.parametrize("spread", [0.01, 1.0, 30.0])
def test_kl_between_gaussians_is_that_of_torch(spread):
    q, p = gaussians(1, spread), gaussians(2, spread)
    wanted = kl_divergence(normal(*q), normal(*p)).sum(-1)
    torch.testing.assert_close(kl_between_gaussians(*q, *p), wanted)


def test_kl_between_gaussians_is_the_integral():
    q, p = gaussians(3, 1.0, (5, 1)), gaussians(4, 1.0, (5, 1))
    z = torch.linspace(-40, 40, 20001, dtype=torch.float64)
    log_q, log_p = normal(*q).log_prob(z), normal(*p).log_prob(z)  # (5, points)
    integral = torch.trapezoid(torch.exp(log_q) * (log_q - log_p), z)
    torch.testing.assert_close(kl_between_gaussians(*q, *p), integral)


def test_a_standard_normal_p_gives_the_kl_to_it():
    mu, log_var = gaussians(5)
    zero = torch.zeros_like(mu)
    torch.testing.assert_close(
        kl_between_gaussians(mu, log_var, zero, zero),
        kl_to_standard_normal(mu, log_var),
    )


def test_kl_is_zero_for_equal_gaussians_and_else_positive():
    mu, log_var = gaussians(6, 30.0)
    assert (kl_between_gaussians(mu, log_var, mu, log_var) == 0).all()
    zero = torch.zeros(4, 2)
    assert (kl_to_standard_normal(zero, zero) == 0).all()
    assert (kl_to_standard_normal(mu, log_var) > 0).all()


@pytest.mark.parametrize("value", [-30.0, -1e-3, 0.0, 1e-3, 30.0])
def test_kl_keeps_its_digits_in_single_precision(value):
    mu, log_var = torch.zeros(1), torch.tensor([value])
    exact = 0.5 * (math.expm1(log_var.item()) - log_var.item())
    got = kl_to_standard_normal(mu, log_var).item()
    assert got == pytest.approx(exact, rel=2e-6, abs=1e-10)


def test_gradients_are_those_of_finite_differences():
    q = [t[:4].requires_grad_() for t in gaussians(7, 1.0)]
    p = [t[:4].requires_grad_() for t in gaussians(8, 1.0)]
    assert torch.autograd.gradcheck(kl_to_standard_normal, q)
    assert torch.autograd.gradcheck(kl_between_gaussians, (*q, *p))


def test_gradients_hold_for_extreme_variances():
    q = [t.requires_grad_() for t in gaussians(7, 30.0)]
    p = [t.requires_grad_() for t in gaussians(8, 30.0)]
    (mu_q, log_var_q), (mu_p, log_var_p) = q, p
    slopes = torch.autograd.grad(kl_to_standard_normal(*q).sum(), q)
    torch.testing.assert_close(slopes[0], mu_q)
    torch.testing.assert_close(slopes[1], torch.expm1(log_var_q) / 2)
    slopes = torch.autograd.grad(kl_between_gaussians(*q, *p).sum(), (*q, *p))
    pull = (mu_q - mu_p) * torch.exp(-log_var_p)
    change = torch.expm1(log_var_q - log_var_p) / 2
    torch.testing.assert_close(slopes[0], pull)
    torch.testing.assert_close(slopes[1], change)
    torch.testing.assert_close(slopes[2], -pull)
    torch.testing.assert_close(slopes[3], -change - (mu_q - mu_p) * pull / 2)


def test_reparameterize_has_the_mean_and_the_variance():
    mu, log_var = torch.tensor([1.0, -2.0]), torch.tensor([0.0, 2.0])
    source = torch.Generator().manual_seed(9)
    n = 200_000
    z = reparameterize(mu.expand(n, 2), log_var.expand(n, 2), source)
    variance = torch.exp(log_var)
    error = torch.sqrt(variance / n)
    assert ((z.mean(0) - mu).abs() < 4 * error).all()
    assert ((z.var(0) / variance - 1).abs() < 4 * math.sqrt(2 / n)).all()


def test_reparameterize_is_differentiable_with_the_known_derivatives():
    mu, log_var = (t.requires_grad_() for t in gaussians(10))
    z = reparameterize(mu, log_var, torch.Generator().manual_seed(11))
    slopes = torch.autograd.grad(z.sum(), (mu, log_var))
    torch.testing.assert_close(slopes[0], torch.ones_like(mu))
    torch.testing.assert_close(
        slopes[1], (z - mu) / 2
    )  # d sigma / d log_var = sigma / 2


def test_reparameterize_repeats_with_its_generator():
    mu, log_var = gaussians(12)
    sources = [torch.Generator().manual_seed(seed) for seed in (1, 1, 2)]
    draws = [reparameterize(mu, log_var, source) for source in sources]
    assert torch.equal(draws[0], draws[1]) and not torch.equal(draws[0], draws[2])
    torch.manual_seed(3)
    first = reparameterize(mu, log_var)
    torch.manual_seed(3)
    assert torch.equal(first, reparameterize(mu, log_var))


def test_a_vanishing_variance_gives_the_mean():
    mu = torch.randn(5, 2)
    assert torch.allclose(reparameterize(mu, torch.full((5, 2), -60.0)), mu)


@pytest.mark.parametrize(
    "other", [torch.zeros(3, 2), torch.zeros(4), torch.zeros(4, 2, dtype=torch.int64)]
)
@pytest.mark.parametrize("function", [reparameterize, kl_to_standard_normal])
def test_other_shapes_and_types_are_refused(function, other):
    with pytest.raises(ValueError, match=r"one shape .* got mu .*\(4, 2\), log_var"):
        function(torch.zeros(4, 2), other)


def test_scalars_and_unequal_gaussians_are_refused():
    with pytest.raises(ValueError, match=r"mu torch.float32 \(\)"):
        kl_to_standard_normal(torch.tensor(1.0), torch.tensor(0.0))
    q, p = torch.zeros(4, 2), torch.zeros(4, 3)
    with pytest.raises(ValueError, match=r"log_var_p torch.float32 \(4, 3\)"):
        kl_between_gaussians(q, q, p, p)
