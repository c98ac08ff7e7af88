"""Checks of chapter 11, the bugs of a VAE.

References: the library's bound, a run trained on it, reductions of arrays, and draws
that are known to be right or wrong.
"""

import functools
import itertools
import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from vaecourse.checks.messages import NOTHING
from vaecourse.data import load_digits
from vaecourse.distributions import reparameterize
from vaecourse.models import VAE
from vaecourse.objectives import elbo
from vaecourse.training import fit

_EPOCHS, _SEED = 12, 110


def program_a(model: VAE, x: Tensor) -> Tensor:
    """Return a loss with a wrong line, of program A."""
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = mu + sigma * torch.randn_like(sigma)
    kl = (sigma**2 / 2 - torch.log(sigma)).sum(-1) - mu.shape[-1] / 2
    return kl.mean() - model.log_likelihood(x, z).mean()


def program_b(model: VAE, x: Tensor) -> Tensor:
    """Return a loss with a wrong line, of program B."""
    mu, log_var = model.encode(x)
    z = mu + torch.exp(log_var / 2) * torch.rand(mu.shape, device=mu.device)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(-1)
    return (kl - model.log_likelihood(x, z)).mean()


def _digits() -> tuple[Tensor, Tensor]:
    """Return training and test images in the precision that models have."""
    digits, dtype = load_digits(), torch.get_default_dtype()
    return digits.train.x.to(dtype), digits.test.x.to(dtype)


def _trained(loss: Callable) -> tuple[float, float]:
    """Return minus the test loss of a model trained by it, and its honest ELBO."""
    x, x_test = _digits()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        model = VAE(8).start_at(x.mean(0))
        order = torch.Generator().manual_seed(_SEED)
        fit(model, x, loss, epochs=_EPOCHS, generator=order)
        with torch.no_grad():
            printed = -sum(float(loss(model, x_test)) for _ in range(20)) / 20
            honest = float(elbo(model, x_test, 20).elbo.mean())
    return printed, honest


@functools.cache
def _reference(dtype: torch.dtype) -> float:
    """Return the test ELBO that the library's loss reaches from the same start."""
    return _trained(lambda model, x: -elbo(model, x).elbo.mean())[1]


def _typed() -> tuple[VAE, Tensor, Tensor]:
    """Return a VAE that encodes each image alike and draws each code alike, and q."""
    mu = torch.tensor([0.5, -1.0, 2.0, 0.0, 0.3, 0.0, -0.7, 0.0])
    log_var = torch.tensor([-1.0, -2.0, 0.5, 0.7, -3.0, -4.0, -1.0, 0.3])
    model = VAE(8)
    with torch.no_grad():
        for layer in (model.encoder[-1], model.decoder[-1]):
            layer.weight.zero_()
        model.encoder[-1].bias.copy_(torch.cat([mu, log_var]))
    return model, mu, log_var


def _check_terms(fn: Callable) -> None:
    """Check KL and likelihood where the draw makes no difference."""
    x, _ = _digits()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        model, mu, log_var = _typed()
        got = fn(model, x[:5])
        assert got is not None, NOTHING
        assert isinstance(got, Tensor) and got.shape == (), (
            "return one number, a scalar tensor: the mean over the images of the batch"
        )
        q = torch.distributions.Normal(mu, torch.exp(log_var / 2))
        prior = torch.distributions.Normal(torch.zeros(8), torch.ones(8))
        kl = float(torch.distributions.kl_divergence(q, prior).sum())
        likelihood = model.log_likelihood(x[:5], torch.zeros(5, 8)).mean()
        wanted = kl - likelihood.item()
    assert abs(got.item() - wanted) < 1e-2, (
        f"for five images of one typed mu and log_var, and a decoder that draws every "
        f"code alike, got {got.item():.2f} nats, wanted {wanted:.2f}, of which KL "
        f"{kl:.2f}: try the second test on the KL, then look at what is summed"
    )


def _check_draws(fn: Callable) -> None:
    """Check the codes that the loss decodes: standard normal noise, independent."""
    x, _ = _digits()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        model, mu, log_var = _typed()
        codes = []
        model.decoder[0].register_forward_pre_hook(
            lambda layer, inputs: codes.append(inputs[0].detach().reshape(-1, 8))
        )
        for _ in range(10):
            fn(model, x)
    noise = (torch.cat(codes) - mu) / torch.exp(log_var / 2)
    assert len(noise) >= 10 * len(x), "each image needs a code of its own"
    facts = {
        "mean": (noise.mean(0), 0.0),
        "deviation": (noise.std(0), 1.0),
        "share beyond two deviations": ((noise.abs() > 2).double().mean(0), 0.0455),
        "mean product with the next image's": (noise[1:] * noise[:-1], 0.0),
        "mean product with the next code number's": (noise[:, 1:] * noise[:, :-1], 0.0),
    }
    for name, (values, wanted) in facts.items():
        values = values.mean(0) if values.ndim == 2 else values
        worst = float(values[(values - wanted).abs().argmax()])
        close = 0.01 if "share" in name else 0.05
        assert abs(worst - wanted) < close, (
            f"(z - mu) / sigma over 12,000 draws: {name} {worst:.3f}, wanted {wanted}"
        )


def check_mended_loss(fn: Callable) -> None:
    """Check `fn(model, x)`, the mended loss of a program: terms, draws and training.

    Parameters
    ----------
    fn : callable
        Takes a `VAE` and images (N, 64), and returns minus their mean ELBO.
    """
    _check_terms(fn)
    _check_draws(fn)
    wanted = _reference(torch.get_default_dtype())
    printed, honest = _trained(fn)
    assert math.isfinite(printed) and abs(printed - honest) < 0.5, (
        f"the mended program prints {printed:.1f} nats, but the library finds "
        f"{honest:.1f} for its model: some line is still not that of the ELBO. Try the "
        "chapter's three tests on its parts"
    )
    assert honest > wanted - 2, (
        f"after {_EPOCHS} epochs the test ELBO is {honest:.1f} nats, and the library's "
        f"loss reaches {wanted:.1f} from the same start"
    )
    print("the KL of typed numbers is right, and 12,000 draws have the mean, deviation")
    print("and tails of a Gaussian; the mended program, trained, prints the honest")
    print("ELBO of its model to half a nat")


def check_hidden_objective(fn: Callable) -> None:
    """Check `fn(error, weight, pixels, codes, error_batch, kl_batch, D, d, batch)`.

    Parameters
    ----------
    fn : callable
        Returns the noise variance if `error` is "squared", the weight of the KL if it
        is "cross-entropy". The four reductions are "sum" or "mean".
    """
    rng = np.random.default_rng(111)
    reduce = {"sum": np.sum, "mean": np.mean}
    pairs = list(itertools.product(("sum", "mean"), repeat=4))
    for case, (pixels, codes, error_batch, kl_batch) in enumerate(pairs * 2):
        error = "squared" if case < len(pairs) else "cross-entropy"
        D, d, B = (int(n) for n in rng.integers(2, 50, 3))
        weight = float(rng.uniform(0.1, 4))
        got = fn(error, weight, pixels, codes, error_batch, kl_batch, D, d, B)
        assert got is not None, NOTHING
        assert np.ndim(got) == 0, f"return one number, not shape {np.shape(got)}"
        errors, kls = rng.random((B, D)), rng.random((B, d))
        first = reduce[error_batch](reduce[pixels](errors, axis=1))
        second = weight * reduce[kl_batch](reduce[codes](kls, axis=1))
        a = first / errors.sum(1).mean()
        b = second / kls.sum(1).mean()
        wanted = b / (2 * a) if error == "squared" else b / a
        assert abs(float(got) / wanted - 1) < 1e-9, (
            f"for a {error} error, {pixels} over pixels, {error_batch} over its batch, "
            f"a KL with {codes} over code numbers, {kl_batch} over its batch, got "
            f"{float(got):.4g}, wanted {wanted:.4g}. By what is each of the two "
            "divided, compared with sums over one image? And which letter is below?"
        )
    print("32 losses, of all reductions, agree with reductions of arrays")


def _repeated(mu: Tensor, log_var: Tensor) -> Tensor:
    noise = torch.randn_like(mu[: (len(mu) + 1) // 2]).repeat_interleave(2, 0)
    return mu + torch.exp(log_var / 2) * noise[: len(mu)]


def _with(noise: Callable[[Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda mu, log_var: mu + torch.exp(log_var / 2) * noise(mu)


_SOUND_DRAWS = {
    "the draw of the library": reparameterize,
    "a draw that subtracts its noise": _with(lambda mu: -torch.randn_like(mu)),
    "torch.distributions.Normal": lambda mu, log_var: torch.distributions.Normal(
        mu, torch.exp(log_var / 2)
    ).rsample(),
}
_WRONG_DRAWS = {
    "the mean alone": lambda mu, log_var: mu,
    "the variance for the deviation": lambda mu, log_var: (
        mu + torch.exp(log_var) * torch.randn_like(mu)
    ),
    "log_var for the deviation": lambda mu, log_var: (
        mu + log_var * torch.randn_like(mu)
    ),
    "uniform noise": _with(torch.rand_like),
    "uniform noise of mean 0 and variance 1": _with(
        lambda mu: math.sqrt(12) * (torch.rand_like(mu) - 0.5)
    ),
    "one noise for all code numbers of an image": _with(
        lambda mu: torch.randn_like(mu[:, :1]).expand_as(mu)
    ),
    "one noise for each two images": _repeated,
    "one noise for the batch": _with(lambda mu: torch.randn_like(mu[:1]).expand_as(mu)),
}


def check_sound_draw(fn: Callable) -> None:
    """Check `fn(draw) -> bool`, a test of draws.

    Parameters
    ----------
    fn : callable
        Takes a function of mu and log_var, (N, d) each, that returns a code for each
        row, and says whether the codes are independent draws of N(mu, exp(log_var)).
    """
    with torch.random.fork_rng(devices=[]):
        for seed in (0, 1, 2):
            for kind, draws in ((True, _SOUND_DRAWS), (False, _WRONG_DRAWS)):
                for name, draw in draws.items():
                    torch.manual_seed(seed)
                    got = fn(draw)
                    assert got is not None, NOTHING
                    assert np.ndim(got) == 0, "return one value, True or False"
                    assert bool(got) == kind, (
                        f"{name} should be {'acquitted' if kind else 'convicted'}"
                    )
    print(f"{len(_WRONG_DRAWS)} wrong draws are convicted, {len(_SOUND_DRAWS)} sound")
    print("ones acquitted, with three seeds each")
