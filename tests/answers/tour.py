"""Answers to the exercise of the tour, right and wrong."""

import numpy as np
import torch
from torch.distributions import MultivariateNormal, Normal

from vaecourse import checks


def draw_class(model, x, y, digit, n):
    mu, _ = model.encode(x[y == digit])
    z = MultivariateNormal(mu.mean(0), mu.T.cov()).sample((n,))
    return model.decode(z)


def by_cholesky(model, x, y, digit, n):
    mu = model.encode(x[y == digit])[0]
    root = torch.linalg.cholesky(mu.T.cov())
    return model.decode(mu.mean(0) + torch.randn(n, mu.shape[1]) @ root.T)


def with_numpy(model, x, y, digit, n):
    codes = model.encode(x)[0][y == digit].detach().double().numpy()
    rng = np.random.default_rng(0)
    z = rng.multivariate_normal(codes.mean(0), np.cov(codes.T), size=n)
    return model.decode(torch.tensor(z)).numpy()


def in_pixels(model, x, y, digit, n):
    of_class = x[y == digit]
    near = of_class.T.cov() + 1e-6 * torch.eye(3)
    return MultivariateNormal(of_class.mean(0), near).sample((n,))


def noise_on_top(model, x, y, digit, n):
    images = draw_class(model, x, y, digit, n)
    return images + 0.1 * torch.randn_like(images)


def uniform(model, x, y, digit, n):
    mu, _ = model.encode(x[y == digit])
    root = torch.linalg.cholesky(mu.T.cov())
    flat = 12**0.5 * (torch.rand(n, 2) - 0.5)
    return model.decode(mu.mean(0) + flat @ root.T)


def with_clouds(model, x, y, digit, n):
    mu, log_var = model.encode(x[y == digit])
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    return model.decode(MultivariateNormal(z.mean(0), z.T.cov()).sample((n,)))


def all_classes(model, x, y, digit, n):
    return draw_class(model, x, torch.full_like(y, digit), digit, n)


def axis_by_axis(model, x, y, digit, n):
    mu, _ = model.encode(x[y == digit])
    return model.decode(Normal(mu.mean(0), mu.std(0)).sample((n,)))


def variance_for_deviation(model, x, y, digit, n):
    mu, _ = model.encode(x[y == digit])
    return model.decode(mu.mean(0) + torch.randn(n, mu.shape[1]) @ mu.T.cov())


def no_mean(model, x, y, digit, n):
    mu, _ = model.encode(x[y == digit])
    return model.decode(MultivariateNormal(0 * mu[0], mu.T.cov()).sample((n,)))


def own_codes(model, x, y, digit, n):
    mu, _ = model.encode(x[y == digit])
    return model.decode(mu[torch.randint(len(mu), (n,))])


def from_the_prior(model, x, y, digit, n):
    return model.decode(torch.randn(n, 2))


def clouds_of_the_class(model, x, y, digit, n):
    mu, log_var = model.encode(x[y == digit])
    z = mu.mean(0) + torch.exp(0.5 * log_var.mean(0)) * torch.randn(n, 2)
    return model.decode(z)


def codes_alone(model, x, y, digit, n):
    mu, _ = model.encode(x[y == digit])
    return MultivariateNormal(mu.mean(0), mu.T.cov()).sample((n,))


def one_drawing(model, x, y, digit, n):
    return draw_class(model, x, y, digit, 1)


def nothing(model, x, y, digit, n):
    draw_class(model, x, y, digit, n)


RIGHT = {checks.check_draw_class: [draw_class, by_cholesky, with_numpy]}

WRONG = {
    checks.check_draw_class: {
        "codes of all classes": all_classes,
        "no correlation": axis_by_axis,
        "covariance for its root": variance_for_deviation,
        "mean left out": no_mean,
        "codes of training images": own_codes,
        "codes from the prior": from_the_prior,
        "one mean cloud": clouds_of_the_class,
        "codes, not images": codes_alone,
        "one drawing": one_drawing,
        "pixels, not codes": in_pixels,
        "noise on the images": noise_on_top,
        "no Gaussian": uniform,
        "draws from the clouds": with_clouds,
        "a list": lambda *a: list(draw_class(*a)),
        "no return": nothing,
    }
}
