"""Laws pooled over load points: the percentiles of everything that came while the load went up and down."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from capplan.queueing.arrays import Array
from capplan.queueing.tails import Layer, Tail

ZOOM = 32
"""A bracket becomes one part in this many per round."""
ROUNDS = 8
POINTS = 2048
"""Points of the grid of a sum."""
Part = tuple[Array, Tail]
"""(L,) weights of the load points of a law, and the law."""


def pooled_quantiles(parts: Sequence[Part], levels: Sequence[float]) -> Array:
    """(Q,) percentiles of the mixture of all load points of all parts.

    What does not exist (inf) counts as longer than anything, so levels that it does not reach still have a percentile.

    Args:
        parts: the weights of all together sum to 1.
        levels: in (0, 1).
    """
    kept = [_heavy(part) for part in parts if np.any(part[0] > 0.0)]
    mass = 1.0 - np.asarray(levels, dtype=float)
    top = max((float(np.max(tail.span[np.isfinite(tail.mean)], initial=0.0)) for _, tail in kept), default=0.0)
    low, width = np.zeros(len(mass)), top
    marks = np.arange(1, ZOOM) / ZOOM
    for _ in range(ROUNDS):
        times = low[:, None] + width * marks
        width /= ZOOM
        low = low + width * np.sum(_above(kept, times) > mass[:, None], axis=1)
    found = np.where(low > 0.0, low + 0.5 * width, 0.0)
    return np.asarray(np.where(low + 2.0 * width < top, found, np.inf))


def pooled_mean(parts: Sequence[Part]) -> float:
    """The mean of the mixture; inf where a part with weight has none."""
    return float(sum(float(weight[weight > 0.0] @ tail.mean[weight > 0.0]) for weight, tail in parts))


def late(tail: Tail, waits: Tail) -> Tail:
    """The law of a time that begins after a wait independent of it, load point by load point.

    Args:
        tail: the time.
        waits: the wait; it may be 0.
    """
    span = np.maximum(tail.span + waits.span, 1e-12)
    steps = span / POINTS
    bounds = (np.arange(POINTS) + 0.5) * steps[:, None]
    begun = waits.above(bounds)
    masses = -np.diff(begun, axis=1, prepend=1.0)
    done = np.fft.rfft(1.0 - tail.above(bounds), 2 * POINTS, axis=1)
    within = np.fft.irfft(done * np.fft.rfft(masses, 2 * POINTS, axis=1), 2 * POINTS, axis=1)[:, :POINTS]
    values = np.minimum.accumulate(np.clip(1.0 - within, 0.0, 1.0), axis=1)
    return Tail(tail.mean + waits.mean, Layer(steps, values))


def rows_of(tail: Tail, rows: npt.NDArray[np.signedinteger[Any]]) -> Tail:
    """The law at some of its load points, in that order, each as often as it is named."""
    layers = [Layer(layer.steps[rows], layer.values[rows]) for layer in (tail.whole, *tail.near)]
    return Tail(tail.mean[rows], layers[0], tuple(layers[1:]))


def _heavy(part: Part) -> Part:
    """The load points that have weight."""
    weight, tail = part
    rows = np.flatnonzero(weight > 0.0)
    return (weight, tail) if len(rows) == len(weight) else (weight[rows], rows_of(tail, rows))


def _above(parts: Sequence[Part], times: Array) -> Array:
    """P(T > t) of the mixture at times of any shape."""
    total = np.zeros(times.shape)
    for weight, tail in parts:
        everywhere = np.broadcast_to(times.ravel(), (len(weight), times.size))
        total += (weight @ tail.above(everywhere)).reshape(times.shape)
    return total
