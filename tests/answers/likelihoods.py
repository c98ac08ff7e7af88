"""Answers to the exercises of chapter 12, right and wrong."""

import math

import torch
from torch.nn.functional import logsigmoid

from vaecourse import checks


def log_beta(a, b):
    return torch.lgamma(a) + torch.lgamma(b) - torch.lgamma(a + b)


def ways(k):
    return math.lgamma(17) - torch.lgamma(k + 1) - torch.lgamma(17 - k)


def bb_right(k, a, b):
    return ways(k) + log_beta(k + a, 16 - k + b) - log_beta(a, b)


def bb_binomial_at_the_mean(k, a, b):
    p = a / (a + b)
    return ways(k) + k * p.log() + (16 - k) * (1 - p).log()


def logistic(x, mean, log_scale, half=1 / 32, ends=True, tail=logsigmoid):
    low = (x - half - mean) * torch.exp(-log_scale)
    high = (x + half - mean) * torch.exp(-log_scale)
    gap = torch.log(-torch.expm1(low - high))
    if not ends:
        return tail(high) + tail(-low) + gap
    inside = tail(high) + tail(-low) + gap
    inside = torch.where(x < 1 / 32, tail(high), inside)
    return torch.where(x > 31 / 32, tail(-low), inside)


def logistic_naive(x, mean, log_scale, floor=0.0):
    low = (x - 1 / 32 - mean) * torch.exp(-log_scale)
    high = (x + 1 / 32 - mean) * torch.exp(-log_scale)
    above = torch.where(x > 31 / 32, 1.0, torch.sigmoid(high))
    below = torch.where(x < 1 / 32, 0.0, torch.sigmoid(low))
    return torch.log((above - below).clamp(min=floor))


def logistic_floor_inside(x, mean, log_scale):
    low = (x - 1 / 32 - mean) * torch.exp(-log_scale)
    high = (x + 1 / 32 - mean) * torch.exp(-log_scale)
    left = low + high <= 0  # mirrored into the tail that a computer can tell from 0
    near, far = torch.where(left, high, -low), torch.where(left, low, -high)
    inside = torch.log((torch.sigmoid(near) - torch.sigmoid(far)).clamp(min=1e-30))
    inside = torch.where(x < 1 / 32, logsigmoid(high), inside)
    return torch.where(x > 31 / 32, logsigmoid(-low), inside)


def logistic_density(x, mean, log_scale):
    y = (x - mean) * torch.exp(-log_scale)
    return logsigmoid(y) + logsigmoid(-y) - log_scale - math.log(16)


RIGHT = {
    checks.check_beta_binomial: [bb_right],
    checks.check_rounded_logistic: [logistic],
}

WRONG = {
    checks.check_beta_binomial: {
        "ways left out": lambda k, a, b: bb_right(k, a, b) - ways(k),
        "upside down": lambda k, a, b: 2 * ways(k) - bb_right(k, a, b),
        "Binomial at the mean": bb_binomial_at_the_mean,
        "a and b exchanged": lambda k, a, b: bb_right(k, b, a),
        "Gamma for Beta": lambda k, a, b: (
            ways(k)
            + torch.lgamma(k + a)
            + torch.lgamma(16 - k + b)
            - torch.lgamma(a)
            - torch.lgamma(b)
        ),
        "a probability, not its logarithm": lambda k, a, b: bb_right(k, a, b).exp(),
        "summed over the pixels": lambda k, a, b: bb_right(k, a, b).sum(-1),
        "returns nothing": lambda k, a, b: None,
    },
    checks.check_rounded_logistic: {
        "a density": logistic_density,
        "ends closed": lambda x, m, s: logistic(x, m, s, ends=False),
        "cell twice as wide": lambda x, m, s: logistic(x, m, s, half=1 / 16),
        "subtracted, then the logarithm": logistic_naive,
        "a floor under the probability": lambda x, m, s: logistic_naive(x, m, s, 1e-12),
        "a floor, but not under the ends": logistic_floor_inside,
        "logarithm of the scale for the scale": lambda x, m, s: logistic(
            x, m, s.exp().log1p()
        ),
        "summed over the pixels": lambda x, m, s: logistic(x, m, s).sum(-1),
        "returns nothing": lambda x, m, s: None,
    },
}
