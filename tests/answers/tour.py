"""Answers to the exercise of the tour, right and wrong."""

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


RIGHT = {checks.check_draw_class: [draw_class, by_cholesky]}

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
        "no return": nothing,
    }
}
