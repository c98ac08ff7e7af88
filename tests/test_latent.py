"""The horseshoe against adaptive quadrature, torch.distributions and its own draws."""

import math

import pytest
import torch
from scipy.integrate import quad
from torch.distributions import Independent, Normal

from vaecourse.latent import Horseshoe

POINTS = torch.tensor(
    [[0.0, 0.0], [0.0, 1.2], [0.0, -1.0], [1.0, 0.1], [0.3, -0.5]], dtype=torch.float64
)


@pytest.mark.parametrize("x", POINTS)
@pytest.mark.parametrize("model", [Horseshoe(), Horseshoe(2.0, math.pi, 0.05)])
def test_log_marginal_is_that_of_adaptive_quadrature(model, x):
    def joint(z):
        return model.log_joint(x, torch.tensor(z, dtype=torch.float64)).exp().item()

    peaks = torch.linspace(-3, 3, 13).tolist()
    wanted, _ = quad(joint, -8, 8, points=peaks, epsabs=0, epsrel=1e-11, limit=500)
    assert math.exp(model.log_marginal(x).item()) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(
    ("sigma", "reach", "exact"), [(0.2, 40.0, True), (0.01, 1.0, False)]
)
def test_grid_is_exact_where_the_docstring_says(sigma, reach, exact):
    model, z = Horseshoe(sigma=sigma), Horseshoe.grid(points=80_001)
    x = reach * model.decode(torch.linspace(-1, 1, 40, dtype=torch.float64))
    fine = torch.stack([model.log_joint(one, z).logsumexp(0) for one in x])
    error = (fine + math.log(z[1] - z[0]) - model.log_marginal(x)).abs().max()
    assert (error < 1e-10) == exact, error


def test_densities_are_those_of_torch():
    model = Horseshoe(sigma=0.3)
    z = torch.linspace(-2, 2, 5, dtype=torch.float64)
    likelihood = Independent(Normal(model.decode(z), 0.3), 1).log_prob(POINTS)
    torch.testing.assert_close(model.log_likelihood(POINTS, z), likelihood)
    torch.testing.assert_close(model.log_prior(z), Normal(0.0, 1.0).log_prob(z))
    torch.testing.assert_close(
        model.log_joint(POINTS, z), likelihood + Normal(0.0, 1.0).log_prob(z)
    )


def test_posterior_integrates_to_one_and_equals_the_prior_at_the_centre():
    model, z = Horseshoe(), Horseshoe.grid()
    posterior = model.log_posterior(POINTS[:, None], z).exp()
    torch.testing.assert_close(
        torch.trapezoid(posterior, z), torch.ones(5, dtype=torch.float64)
    )
    torch.testing.assert_close(posterior[0], model.log_prior(z).exp())


def test_marginal_integrates_to_one():
    axis = torch.linspace(-3, 3, 121, dtype=torch.float64)
    x = torch.cartesian_prod(axis, axis)
    mass = Horseshoe().log_marginal(x).exp().sum() * 0.05**2
    assert mass.item() == pytest.approx(1.0, abs=1e-9)


def test_draws_have_the_density():
    model = Horseshoe()
    z, x = model.sample(20_000, torch.Generator().manual_seed(0))
    assert z.shape == (20_000,) and x.shape == (20_000, 2)
    assert (x - model.decode(z)).std().item() == pytest.approx(model.sigma, rel=0.02)
    inside = (x[:, 0] > 0.5) & (x[:, 1] > 0)
    across = torch.linspace(0.5, 3, 101, dtype=torch.float64)
    up = torch.linspace(0, 3, 121, dtype=torch.float64)
    density = model.log_marginal(torch.cartesian_prod(across, up)).exp()
    mass = torch.trapezoid(torch.trapezoid(density.reshape(101, 121), up), across)
    share = inside.double().mean().item()
    error = math.sqrt(share * (1 - share) / 20_000)
    assert abs(share - mass.item()) < 4 * error


def test_shapes_broadcast():
    model = Horseshoe()
    z = torch.zeros(7)
    assert model.decode(z).shape == (7, 2)
    assert model.log_likelihood(POINTS[:, None], z).shape == (5, 7)
    assert model.log_marginal(POINTS.reshape(5, 1, 2)).shape == (5, 1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sigma": 0.0}, "must be positive, got 1.0, 0.0"),
        ({"radius": -1.0}, "must be positive, got -1.0, 0.2"),
        ({"sigma": math.nan}, "got 1.0, nan"),
        ({"turn": 4.0}, "at most pi, got 4.0"),
    ],
)
def test_bad_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        Horseshoe(**settings)


def test_points_of_another_width_are_refused():
    with pytest.raises(ValueError, match=r"\(\.\.\., 2\), got \(4, 3\)"):
        Horseshoe().log_likelihood(torch.zeros(4, 3), torch.zeros(4))
