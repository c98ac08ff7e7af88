"""Every check accepts a right answer and rejects the wrong ones people really give."""

import inspect
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from vaecourse import checks


def eigen_right(eigenvalues, d):
    return float(np.sum(np.asarray(eigenvalues)[d:]))


def eigen_in_place(eigenvalues, d):
    eigenvalues[:d] = 0
    return float(eigenvalues.sum())


def nested_right(encoder, decoder, covariance, *, of=None, reduce=sum):
    terms = []
    for k in of or range(1, len(encoder) + 1):
        r = torch.eye(len(covariance)) - decoder[:, :k] @ encoder[:k]
        terms.append(torch.trace(r @ covariance @ r.T))
    return reduce(terms)


def nested_last_rows(encoder, decoder, covariance):
    return nested_right(encoder.flip(0), decoder.flip(1), covariance)


def nested_forgets_one_residual(encoder, decoder, covariance):
    total = 0.0
    for k in range(1, len(encoder) + 1):
        r = torch.eye(len(covariance)) - decoder[:, :k] @ encoder[:k]
        total = total + torch.trace(r @ covariance)
    return total


def tied_right(w, c):
    r = torch.eye(len(w)) - w @ w.T
    return -2 * (r @ c + c @ r) @ w


def tied_half(w, c):
    return -2 * (torch.eye(len(w)) - w @ w.T) @ c @ w


def uncentred_right(x, d):
    return float((torch.linalg.svdvals(x)[d:] ** 2).sum() / len(x))


def uncentred_n_minus_one(x, d):
    return uncentred_right(x, d) * len(x) / (len(x) - 1)


def epoch(
    model,
    optimizer,
    x,
    batch_size,
    generator,
    *,
    clear=True,
    step=True,
    drop=False,
    shuffle=True,
    over_batches=False,
    reduce=torch.mean,
):
    """One epoch, right unless one of the slips is switched on."""
    losses, counts = [], []
    order = torch.randperm(len(x), generator=generator)
    for rows in (order if shuffle else order.sort().values).split(batch_size):
        if drop and len(rows) < batch_size:
            continue
        loss = reduce(((x[rows] - model(x[rows])) ** 2).sum(1))
        if clear:
            optimizer.zero_grad()
        loss.backward()
        if step:
            optimizer.step()
        losses.append(loss.item())
        counts.append(1 if over_batches else len(rows))
    return float(np.average(losses, weights=counts))


def tied_decode(z, w1, w2, b1, b0, *, middle=nn.functional.silu, last=torch.sigmoid):
    return last(middle(z @ w2 + b1) @ w1 + b0)


RIGHT = {
    checks.check_train_epoch: [epoch],
    checks.check_tied_decode: [tied_decode],
    checks.check_error_from_eigenvalues: [eigen_right],
    checks.check_uncentred_error: [uncentred_right],
    checks.check_nested_loss: [nested_right],
    checks.check_tied_gradient: [tied_right],
}

WRONG = {
    checks.check_train_epoch: {
        "gradients not cleared": partial(epoch, clear=False),
        "no step": partial(epoch, step=False),
        "last batch dropped": partial(epoch, drop=True),
        "not shuffled": partial(epoch, shuffle=False),
        "mean over batches": partial(epoch, over_batches=True),
        "sum over the batch": partial(epoch, reduce=torch.sum),
    },
    checks.check_tied_decode: {
        "no logistic function": partial(tied_decode, last=lambda a: a),
        "no bend": partial(tied_decode, middle=lambda a: a),
        "relu for silu": partial(tied_decode, middle=torch.relu),
        "functions exchanged": partial(
            tied_decode, middle=torch.sigmoid, last=nn.functional.silu
        ),
        "pixels as rows": lambda *a: tied_decode(*a).T,
        "bias inside forgotten": lambda z, w1, w2, b1, b0: tied_decode(
            z, w1, w2, 0 * b1, b0
        ),
    },
    checks.check_error_from_eigenvalues: {
        "keeps instead of drops": lambda e, d: float(np.sum(e[:d])),
        "off by one": lambda e, d: float(np.sum(e[d + 1 :])),
        "mean of the dropped": lambda e, d: (
            float(np.mean(e[d:])) if d < len(e) else 0.0
        ),
        "share instead of error": lambda e, d: float(np.sum(e[d:]) / np.sum(e)),
        "root of the sum": lambda e, d: float(np.sqrt(np.sum(e[d:]))),
        "one number for each direction": lambda e, d: np.asarray(e[d:]),
        "changes its argument": eigen_in_place,
    },
    checks.check_uncentred_error: {
        "centres after all": lambda x, d: uncentred_right(x - x.mean(0), d),
        "divisor N - 1": uncentred_n_minus_one,
        "singular values not squared": lambda x, d: float(
            torch.linalg.svdvals(x)[d:].sum() / len(x)
        ),
        "sum over the examples": lambda x, d: uncentred_right(x, d) * len(x),
        "mean over the entries": lambda x, d: uncentred_right(x, d) / x.shape[1],
        "keeps instead of drops": lambda x, d: float(
            (torch.linalg.svdvals(x)[:d] ** 2).sum() / len(x)
        ),
    },
    checks.check_nested_loss: {
        "only the full code": lambda e, w, c: nested_right(e, w, c, of=[len(e)]),
        "mean of the terms": lambda e, w, c: nested_right(e, w, c) / len(e),
        "from no code to d - 1": lambda e, w, c: nested_right(
            e, w, c, of=range(len(e))
        ),
        "one term for each k": lambda e, w, c: nested_right(
            e, w, c, reduce=torch.stack
        ),
        "last numbers first": nested_last_rows,
        "residual on one side only": nested_forgets_one_residual,
        "no gradient": lambda e, w, c: nested_right(e.detach(), w, c),
    },
    checks.check_tied_gradient: {
        "product rule forgotten": tied_half,
        "wrong sign": lambda w, c: -tied_right(w, c),
        "missing factor 2": lambda w, c: tied_right(w, c) / 2,
        "transposed": lambda w, c: tied_right(w, c).T,
        "as if the two weights were untied and equal": lambda w, c: 2 * tied_half(w, c),
    },
}


@pytest.fixture(autouse=True)
def float64():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def test_every_check_is_tested():
    public = {getattr(checks, name) for name in checks.__all__}
    assert public == set(RIGHT) == set(WRONG)
    assert all(len(wrong) >= 3 for wrong in WRONG.values())


@pytest.mark.parametrize("check", RIGHT, ids=lambda c: c.__name__)
def test_right_answers_pass_and_say_what_was_verified(check, capsys):
    for fn in RIGHT[check]:
        check(fn)
        assert len(capsys.readouterr().out) > 20


@pytest.mark.parametrize(
    ("check", "mistake"),
    [(check, mistake) for check in WRONG for mistake in WRONG[check]],
    ids=lambda v: v if isinstance(v, str) else v.__name__,
)
def test_wrong_answers_are_rejected_with_a_hint(check, mistake, capsys):
    with pytest.raises(AssertionError) as caught:
        check(WRONG[check][mistake])
    assert str(caught.value)
    assert not capsys.readouterr().out


@pytest.mark.parametrize("check", RIGHT, ids=lambda c: c.__name__)
def test_checks_are_deterministic(check, capsys):
    outputs = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        check(RIGHT[check][0])
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]


@pytest.mark.parametrize("check", RIGHT, ids=lambda c: c.__name__)
def test_a_forgotten_return_is_named(check):
    with pytest.raises(AssertionError, match="returns nothing"):
        check(lambda *arguments: None)


def test_a_stub_is_not_mistaken_for_an_answer():
    def stub(*arguments):
        raise NotImplementedError

    for check in RIGHT:
        with pytest.raises(NotImplementedError):
            check(stub)


def test_checks_say_what_the_function_takes():
    for name in checks.__all__:
        assert "Parameters" in inspect.getdoc(getattr(checks, name))
