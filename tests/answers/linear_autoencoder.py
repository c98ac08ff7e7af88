"""Answers to the exercises of chapter 01, right and wrong."""

import numpy as np
import torch

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


RIGHT = {
    checks.check_error_from_eigenvalues: [eigen_right],
    checks.check_uncentred_error: [uncentred_right],
    checks.check_nested_loss: [nested_right],
    checks.check_tied_gradient: [tied_right],
}

WRONG = {
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
