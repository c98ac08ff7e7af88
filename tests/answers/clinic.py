"""Answers to the exercises of chapter 11, right and wrong."""

import torch

from vaecourse import checks
from vaecourse.objectives import elbo


def program(draw=None, kl=None, share=1.0):
    """Return a loss; the parts that are left out are right."""

    def loss(model, x):
        mu, log_var = model.encode(x)
        z = (draw or shifted(torch.randn_like))(mu, log_var)
        price = mu**2 + log_var.exp() - 1 - log_var if kl is None else kl(mu, log_var)
        return (0.5 * price.sum(-1) - share * model.log_likelihood(x, z)).mean()

    return loss


def shifted(noise):
    """Return a draw that takes its noise from a function of mu."""
    return lambda mu, log_var: mu + torch.exp(log_var / 2) * noise(mu)


def by_deviations(model, x):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = mu + sigma * torch.randn_like(mu)
    kl = ((mu**2 + sigma**2) / 2 - torch.log(sigma) - 0.5).sum(-1)
    return kl.mean() - model.log_likelihood(x, z).mean()


def library(model, x):
    return -elbo(model, x).elbo.mean()


def hidden_objective(error, weight, pixels, codes, error_batch, kl_batch, D, d, B):
    a = (1 / D if pixels == "mean" else 1) * (B if error_batch == "sum" else 1)
    b = (weight / d if codes == "mean" else weight) * (B if kl_batch == "sum" else 1)
    return b / (2 * a) if error == "squared" else b / a


def by_ratio(error, weight, pixels, codes, error_batch, kl_batch, D, d, B):
    ratio = weight
    ratio *= D if pixels == "mean" else 1
    ratio /= d if codes == "mean" else 1
    if error_batch != kl_batch:
        ratio *= B if kl_batch == "sum" else 1 / B
    return ratio / 2 if error == "squared" else ratio


def no_batch(error, weight, pixels, codes, error_batch, kl_batch, D, d, B):
    return hidden_objective(error, weight, pixels, codes, "mean", "mean", D, d, B)


def no_two(error, *rest):
    return hidden_objective("cross-entropy", *rest)


def upside_down(*arguments):
    return 1 / hidden_objective(*arguments)


def two_always(error, *rest):
    return hidden_objective("squared", *rest)


def exchanged(error, weight, pixels, codes, error_batch, kl_batch, D, d, B):
    return hidden_objective(
        error, weight, pixels, codes, error_batch, kl_batch, d, D, B
    )


def noise_of(draw, log_var):
    log_var = torch.tensor(log_var).repeat(20000, 1)
    mu = torch.linspace(-2, 2, log_var.shape[1], dtype=log_var.dtype).expand_as(log_var)
    return (draw(mu, log_var) - mu) / torch.exp(log_var / 2)


TYPED = [-3.0, -1.0, 0.5, 2.0]


def moments(draw, log_var=TYPED):
    noise = noise_of(draw, log_var)
    off = torch.maximum(noise.mean(0).abs(), (noise.std(0) - 1).abs())
    return bool(off.max() < 0.05)


def gaussian(draw):
    beyond = (noise_of(draw, TYPED).abs() > 2).double().mean(0)
    return bool((beyond - 0.0455).abs().max() < 0.01)


def codes_apart(draw):
    between = torch.corrcoef(noise_of(draw, TYPED).T) - torch.eye(4)
    return bool(between.abs().max() < 0.05)


def rows_apart(draw):
    noise = noise_of(draw, TYPED)
    return bool((noise[1:] * noise[:-1]).mean(0).abs().max() < 0.05)


def sound_draw(draw):
    tests = (moments, gaussian, codes_apart, rows_apart)
    return all(test(draw) for test in tests)


def by_fourth_moment(draw):
    noise = noise_of(draw, TYPED)
    tails = ((noise**4).mean(0) - 3).abs().max() < 0.5
    flat = noise.flatten()  # neighbours: code numbers of an image
    alike = (flat[1:] * flat[:-1]).mean().abs() < 0.03
    return bool(tails and alike and rows_apart(draw) and moments(draw))


RIGHT = {
    checks.check_mended_loss: [by_deviations, program(), library],
    checks.check_hidden_objective: [hidden_objective, by_ratio],
    checks.check_sound_draw: [sound_draw, by_fourth_moment],
}

WRONG = {
    checks.check_mended_loss: {
        "program A": checks.clinic.program_a,
        "program B": checks.clinic.program_b,
        "mu instead of its square": program(
            kl=lambda mu, a: mu.abs() + a.exp() - 1 - a
        ),
        "mu squared with no half": program(
            kl=lambda mu, a: 2 * mu**2 + a.exp() - 1 - a
        ),
        "no half at all": program(kl=lambda mu, a: 2 * (mu**2 + a.exp() - 1 - a)),
        "mu squared over the batch": program(
            kl=lambda mu, a: (mu**2).mean(0) / 8 + a.exp() - 1 - a
        ),
        "no noise": program(draw=lambda mu, a: mu),
        "one value an image": lambda model, x: -elbo(model, x).elbo,
        "uniform about 0": program(
            draw=shifted(lambda mu: 2 * torch.rand_like(mu) - 1)
        ),
        "uniform of mean 0 and deviation 1": program(
            draw=shifted(lambda mu: 12**0.5 * (torch.rand_like(mu) - 0.5))
        ),
        "one noise for the batch": program(
            draw=shifted(lambda mu: torch.randn_like(mu[:1]))
        ),
        "no slope through the draw": program(
            draw=lambda mu, a: shifted(torch.randn_like)(mu, a).detach()
        ),
        "variance for deviation": program(
            draw=lambda mu, a: mu + torch.exp(a) * torch.randn_like(mu)
        ),
        "likelihood a mean over pixels": program(share=1 / 64),
    },
    checks.check_hidden_objective: {
        "forgets the 2": no_two,
        "a 2 for cross-entropy too": two_always,
        "forgets the batch": no_batch,
        "upside down": upside_down,
        "pixels and code numbers exchanged": exchanged,
    },
    checks.check_sound_draw: {
        "mean and deviation only": moments,
        "at variance 1 only": lambda draw: moments(draw, [0.0, 0.0, 0.0]),
        "forgets the shape of the density": lambda draw: (
            moments(draw) and codes_apart(draw) and rows_apart(draw)
        ),
        "forgets the other code numbers": lambda draw: (
            moments(draw) and gaussian(draw) and rows_apart(draw)
        ),
        "forgets the other images": lambda draw: (
            moments(draw) and gaussian(draw) and codes_apart(draw)
        ),
        "acquits everybody": lambda draw: True,
        "convicts everybody": lambda draw: False,
    },
}
