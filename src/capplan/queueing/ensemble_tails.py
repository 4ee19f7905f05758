"""Percentiles of mixtures whose weights differ from member to member."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.tails import Layer, Tail
from capplan.queueing.waits import Rows


class _Extended(NamedTuple):
    """A tail that falls on beyond its range as it fell before its end.

    Attributes:
        tail: it, within its range.
        end: (M, 1) where it is left.
        last: (M, 1) what it is there.
        slope: (M, 1) how fast its logarithm falls.
    """

    tail: Tail
    end: Array
    last: Array
    slope: Array

    @staticmethod
    def of(tail: Tail, rows: Rows) -> "_Extended":
        near = tuple(Layer(one.steps[rows], one.values[rows]) for one in tail.near)
        layer = Layer(tail.whole.steps[rows], tail.whole.values[rows])
        start, end = 0.5 * layer.span[:, None], 0.9 * layer.span[:, None]
        first, last = np.maximum(layer.above(start), 1e-300), np.maximum(layer.above(end), 1e-300)
        return _Extended(
            Tail(tail.mean[rows], layer, near), end, last, np.maximum(np.log(first / last), 0.0) / (end - start)
        )

    def above(self, times: Array) -> Array:
        """(M, Q) P(T > t)."""
        beyond = self.last * np.exp(-np.minimum(self.slope * np.maximum(times - self.end, 0.0), 700.0))
        return np.asarray(np.where(times < self.end, self.tail.above(times), beyond))


def mixed_quantiles(parts: Sequence[tuple[Array, Tail]], levels: Sequence[float]) -> Array:
    """(M, Q) percentiles of a mixture whose weights differ from member to member; inf where a part does not exist.

    Halving of brackets that start between the least and the greatest percentile of the parts, to a relative 1e-4.
    """
    if len(parts) == 1:
        return parts[0][1].quantiles(levels)
    exists = np.all([(weight == 0.0) | np.isfinite(tail.mean) for weight, tail in parts], axis=0)
    found = np.full((len(exists), len(levels)), np.inf)
    rows = np.flatnonzero(exists)
    own = np.stack([tail.quantiles(levels)[rows] for _, tail in parts])
    used = np.stack([np.broadcast_to((weight > 0.0)[rows, None], own.shape[1:]) for weight, _ in parts])
    low = np.min(np.where(used, own, np.inf), axis=0, initial=np.inf)
    high = np.max(np.where(used, own, 0.0), axis=0, initial=0.0)
    mass = 1.0 - np.asarray(levels)[None, :]
    layers = [(w[rows, None], _Extended.of(tail, rows)) for w, tail in parts]
    for _ in range(16):
        middle = 0.5 * (low + high)
        more = sum(weight * layer.above(middle) for weight, layer in layers) > mass
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    found[rows] = 0.5 * (low + high)
    return found
