"""Sums and convolutions of sequences that are given by their logarithms, over load points.

Arrays are (L, n), axis 0 the load point. It must not know what the sequences are of.
"""

import numpy as np

from capplan.queueing.arrays import Array

FITS = 300.0
"""Logarithms of this size have products and sums among floating-point numbers."""


def log(values: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(values))


def log_sum(terms: Array) -> Array:
    """ln of the sum of exp over the last axis."""
    top = terms.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    return np.asarray(log(np.exp(terms - top).sum(axis=-1)) + top[..., 0])


def convolved(one: Array, other: Array) -> Array:
    """(L, n) ln of the convolution of two sequences given by their logarithms.

    Both are tilted alike, which tilts the convolution too, until they fit into floating-point numbers; where no one
    tilt does that, each part of the convolution is taken under a tilt of its own.
    """
    count = one.shape[1]
    slope = 0.5 * (_slope(one) + _slope(other))[:, None] * np.arange(count)
    first, second = one - slope, other - slope
    highest = np.stack((first.max(axis=1), second.max(axis=1)))
    inside = [
        np.where(np.isfinite(part), part, high[:, None]) for part, high in zip((first, second), highest, strict=True)
    ]
    if all(np.all(np.abs(part) < FITS) for part in inside):
        pairs = zip(np.exp(first), np.exp(second), strict=True)
        return log(np.stack([np.convolve(a, b)[:count] for a, b in pairs])) + slope
    return np.stack([_by_parts(a, b) for a, b in zip(one, other, strict=True)])


def _slope(logs: Array) -> Array:
    """(L,) mean slope of each row, 0 where it ends in nothing."""
    with np.errstate(invalid="ignore"):
        slope = (logs[:, -1] - logs[:, 0]) / max(logs.shape[1] - 1, 1)
    return np.asarray(np.where(np.isfinite(slope), slope, 0.0))


def _by_parts(one: Array, other: Array) -> Array:
    """(n,) ln of the convolution: what a tilt shows of it are the sums not far below the largest one. All terms are
    positive and those that underflow are far smaller, so that nothing is lost."""
    count = len(one)
    places, found, known = np.arange(count), np.empty(count), np.zeros(count, dtype=bool)
    while not known.all():
        place = int(np.argmin(known))
        terms = one[: place + 1] + other[place::-1]
        best = int(np.argmax(terms))
        found[place], known[place] = float(log_sum(terms)), True
        tilt = _tangent(one, best, other, place - best)
        if tilt is None:
            continue
        first, second = one - tilt * places, other - tilt * places
        top = first.max() + second.max()
        sums = log(np.convolve(np.exp(first - first.max()), np.exp(second - second.max()))[:count])
        shown = ~known & (sums > -FITS)
        found[shown], known[shown] = sums[shown] + top + tilt * places[shown], True
    return found


def _tangent(one: Array, first: int, other: Array, second: int) -> float | None:
    """The slope after the places of the largest term; None where nothing follows."""
    steps = [part[at + 1] - part[at] for part, at in ((one, first), (other, second)) if at + 1 < len(part)]
    finite = [float(step) for step in steps if np.isfinite(step)]
    return max(finite) if finite else None
