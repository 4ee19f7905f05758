"""Solved laws of time over load points: percentiles, also of mixtures of laws that live on different grids."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capplan.queueing.arrays import Array


@dataclass(frozen=True)
class Tail:
    """P(T > t) over load points, each on its own grid.

    Attributes:
        mean: (L,) E[T]; inf where the law does not exist (something on the way is saturated).
        steps: (L,) grid steps.
        values: (L, n) P(T > (k + 1/2) step).
    """

    mean: Array
    steps: Array
    values: Array

    def above(self, time: Array) -> Array:
        """(L,) P(T > time), interpolated in the logarithm; 1 where the law does not exist."""
        place = np.clip(time / self.steps - 0.5, -0.5, self.values.shape[1] - 1.0)
        cell = np.floor(place).astype(np.intp)
        rows = np.arange(len(place))
        left = np.where(cell >= 0, self.values[rows, np.maximum(cell, 0)], 1.0)
        right = self.values[rows, np.minimum(cell + 1, self.values.shape[1] - 1)]
        fraction = np.where(cell >= 0, place - cell, 2.0 * (place + 0.5))
        low = np.log(np.maximum(left, 1e-300)), np.log(np.maximum(right, 1e-300))
        return np.asarray(np.where(np.isfinite(self.mean), np.exp(low[0] + fraction * (low[1] - low[0])), 1.0))

    @property
    def span(self) -> Array:
        """(L,) the range of each grid."""
        return np.asarray(self.steps * self.values.shape[1])

    def quantiles(self, levels: Sequence[float]) -> Array:
        """(L, Q) percentiles at the levels in (0, 1); inf where the law does not exist."""
        return mixture_quantiles(((np.ones(len(self.mean)), self),), levels)


def mixture_quantiles(parts: Sequence[tuple[Array, Tail]], levels: Sequence[float]) -> Array:
    """(L, Q) percentiles of a mixture; inf where a part with weight does not exist.

    Args:
        parts: (weights (L,), tail) each; the weights sum to 1 per load point.
        levels: in (0, 1).
    """
    first = parts[0][1]
    found = np.empty((len(first.mean), len(levels)))
    exists = np.all([(weight == 0.0) | np.isfinite(tail.mean) for weight, tail in parts], axis=0)
    for column, level in enumerate(levels):
        found[:, column] = np.where(exists, _quantile(parts, 1.0 - level), np.inf)
    return found


def _quantile(parts: Sequence[tuple[Array, Tail]], mass: float) -> Array:
    """Where the tail of the mixture falls to `mass`: bisection to a relative 1e-13."""
    low = np.zeros(len(parts[0][1].mean))
    high = np.max([tail.span for _, tail in parts], axis=0)
    for _ in range(50):
        middle = 0.5 * (low + high)
        above = sum(weight * tail.above(middle) for weight, tail in parts) > mass
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.asarray(0.5 * (low + high))
