"""Answers to the exercises of chapter 03, right and wrong."""

import torch

from vaecourse import checks


def area(odd, usual, *, tie=0.5):
    higher = odd[:, None] > usual
    same = odd[:, None] == usual
    return float((higher + tie * same).double().mean())


def area_by_sorting(odd, usual):
    ranks = torch.cat([odd, usual])
    ranks = (ranks[:, None] > ranks).sum(1) + 0.5 * (ranks[:, None] == ranks).sum(1)
    return float((ranks[: len(odd)].mean() - len(odd) / 2) / len(usual))


def masking(
    model,
    x,
    rate,
    generator,
    *,
    keep=False,
    shape=None,
    scale=1.0,
    target=None,
    reduce=lambda squares: squares.sum(1).mean(),
    source=True,
):
    shape = shape or (lambda x: x.shape)
    drawn = torch.rand(shape(x), generator=generator if source else None)
    left = (drawn < rate if keep else drawn >= rate).to(x)
    shown = x * left * scale
    wanted = {"clean": x, "shown": shown}.get(target, x)
    squares = (wanted - model(shown)) ** 2
    if target == "gaps":
        squares = squares * (1 - left)
    return reduce(squares)


def masking_in_place(model, x, rate, generator):
    before = x.clone()
    x[torch.rand(x.shape, generator=generator) < rate] = 0
    return ((before - model(x)) ** 2).sum(1).mean()


def masking_answer(model, x, rate, generator):
    left = torch.rand(x.shape, generator=generator) >= rate
    return ((x - model(x) * left) ** 2).sum(1).mean()


def masking_once(model, x, rate, generator):
    fixed = torch.Generator().manual_seed(0)
    return masking(model, x, rate, fixed)


def consistent(x_hat, small, *, share=1.0):
    images = x_hat.reshape(-1, 4, 2, 4, 2)
    deficit = small.reshape(-1, 4, 1, 4, 1) - images.mean((2, 4), keepdim=True)
    return (images + share * deficit).reshape(len(x_hat), 64)


def consistent_scaled(x_hat, small):
    images = x_hat.reshape(-1, 4, 2, 4, 2)
    ratio = small.reshape(-1, 4, 1, 4, 1) / images.mean((2, 4), keepdim=True)
    return (images * ratio).reshape(len(x_hat), 64)


def consistent_blocks_in_a_row(x_hat, small):
    images = x_hat.reshape(-1, 16, 4)
    deficit = small[:, :, None] - images.mean(2, keepdim=True)
    return (images + deficit).reshape(len(x_hat), 64)


def consistent_one_pixel(x_hat, small):
    images = x_hat.reshape(-1, 4, 2, 4, 2).clone()
    deficit = small.reshape(-1, 4, 4) - images.mean((2, 4))
    images[:, :, 0, :, 0] += 4 * deficit
    return images.reshape(len(x_hat), 64)


def consistent_repeat(x_hat, small):
    return small.reshape(-1, 4, 1, 4, 1).expand(-1, 4, 2, 4, 2).reshape(len(small), 64)


def consistent_in_place(x_hat, small):
    x_hat += consistent(x_hat, small) - x_hat
    return x_hat


RIGHT = {
    checks.check_area_by_pairs: [area, area_by_sorting],
    checks.check_masking_loss: [masking],
    checks.check_make_consistent: [consistent],
}

WRONG = {
    checks.check_area_by_pairs: {
        "ties count nothing": lambda a, b: area(a, b, tie=0),
        "ties count whole": lambda a, b: area(a, b, tie=1),
        "wrong way round": lambda a, b: area(b, a),
        "a sum instead of a share": lambda a, b: area(a, b) * len(a) * len(b),
        "compared with the mean": lambda a, b: float(
            (a > b.mean()).double().mean() + 0.5 * (a == b.mean()).double().mean()
        ),
        "difference of means": lambda a, b: float(a.mean() - b.mean()),
        "one share for each odd image": lambda a, b: (a[:, None] > b).double().mean(1),
        "nothing returned": lambda a, b: None,
    },
    checks.check_masking_loss: {
        "target is the noisy image": lambda *a: masking(*a, target="shown"),
        "only the gaps count": lambda *a: masking(*a, target="gaps"),
        "probability of keeping": lambda *a: masking(*a, keep=True),
        "the same pixels in all images": lambda *a: masking(
            *a, shape=lambda x: x.shape[1:]
        ),
        "whole images": lambda *a: masking(*a, shape=lambda x: (len(x), 1)),
        "rest scaled up, as in dropout": lambda *a: masking(*a, scale=1 / 0.7),
        "mean over pixels": lambda *a: masking(*a, reduce=torch.mean),
        "sum over images": lambda *a: masking(*a, reduce=torch.sum),
        "one loss for each image": lambda *a: masking(*a, reduce=lambda s: s.sum(1)),
        "noise drawn once": masking_once,
        "generator ignored": lambda *a: masking(*a, source=False),
        "noise on the answer": masking_answer,
        "changes its argument": masking_in_place,
        "a number without a gradient": lambda *a: masking(*a).detach(),
    },
    checks.check_make_consistent: {
        "a quarter of what is missing": lambda x, s: consistent(x, s, share=0.25),
        "wrong sign": lambda x, s: consistent(x, s, share=-1.0),
        "scaled instead of shifted": consistent_scaled,
        "blocks of four in a row": consistent_blocks_in_a_row,
        "one pixel takes it all": consistent_one_pixel,
        "details thrown away": consistent_repeat,
        "changes its argument": consistent_in_place,
        "clipped afterwards": lambda x, s: consistent(x, s).clamp(0, 1),
    },
}
