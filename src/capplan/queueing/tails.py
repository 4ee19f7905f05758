"""Solved laws of time over load points: percentiles, also of mixtures of laws that live on different grids."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capplan.queueing.arrays import Array


@dataclass(frozen=True)
class Layer:
    """P(T > t) up to some time, over load points, each on its own grid.

    Attributes:
        steps: (L,) grid steps; 0 where there is none.
        values: (L, n) P(T > (k + 1/2) step).
    """

    steps: Array
    values: Array

    @property
    def span(self) -> Array:
        """(L,) the range of each grid."""
        return np.asarray(self.steps * self.values.shape[1])

    def above(self, times: Array) -> Array:
        """(L, …) P(T > t) at (L, …) times within the range, interpolated in the logarithm; flat in the first half step,
        as what is there may be an atom at 0."""
        shape = (-1,) + (1,) * (times.ndim - 1)
        points = self.values.shape[1]
        steps = np.where(self.steps > 0.0, self.steps, 1.0).reshape(shape)
        place = np.clip(times / steps - 0.5, -0.5, points - 1.0)
        cell = np.floor(place).astype(np.intp)
        rows = np.arange(len(times)).reshape(shape)
        left = self.values[rows, np.maximum(cell, 0)]
        right = self.values[rows, np.minimum(cell + 1, points - 1)]
        fraction = np.where(cell >= 0, place - cell, 0.0)
        start, end = np.log(np.maximum(left, 1e-300)), np.log(np.maximum(right, 1e-300))
        return np.asarray(np.exp(start + fraction * (end - start)))

    def reaches(self, mass: float) -> Array:
        """(L,) where P(T > t) falls to `mass`, interpolated in the logarithm; 0 where it starts so, the range where
        it never does."""
        rows = np.arange(len(self.steps))
        cell = np.argmax(self.values <= mass, axis=1)
        end = self.values[rows, cell]
        start = np.where(cell > 0, self.values[rows, np.maximum(cell - 1, 0)], 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            fraction = np.log(start / mass) / np.log(start / np.maximum(end, 1e-300))
        inside = np.clip(np.nan_to_num(fraction), 0.0, 1.0)
        place = np.where(cell > 0, cell - 0.5 + inside, 0.0)
        return np.asarray(np.where(end <= mass, place * self.steps, self.span))


@dataclass(frozen=True)
class Tail:
    """P(T > t) over load points.

    Attributes:
        mean: (L,) E[T]; inf where the law does not exist (something on the way is saturated).
        whole: the law over its whole range.
        near: finer looks at its beginning, each finer than the one before.
    """

    mean: Array
    whole: Layer
    near: tuple[Layer, ...] = ()

    @property
    def span(self) -> Array:
        """(L,) the range."""
        return self.whole.span

    def above(self, times: Array) -> Array:
        """(L, …) P(T > t) at (L, …) times; 1 where the law does not exist."""
        shape = (-1,) + (1,) * (times.ndim - 1)
        found = self.whole.above(times)
        for layer in self.near:
            reach = (NEAR * layer.span).reshape(shape)
            if np.any(times < reach):
                found = np.where(times < reach, layer.above(times), found)
        return np.asarray(np.where(np.isfinite(self.mean).reshape(shape), found, 1.0))

    def quantiles(self, levels: Sequence[float]) -> Array:
        """(L, Q) percentiles at the levels in (0, 1); inf where the law does not exist."""
        found = np.empty((len(self.mean), len(levels)))
        for column, level in enumerate(levels):
            at = self.whole.reaches(1.0 - level)
            for layer in self.near:
                closer = layer.reaches(1.0 - level)
                at = np.where(closer < NEAR * layer.span, closer, at)
            found[:, column] = np.where(np.isfinite(self.mean), at, np.inf)
        return found


def mixture_quantiles(parts: Sequence[tuple[Array, Tail]], levels: Sequence[float]) -> Array:
    """(L, Q) percentiles of a mixture; inf where a part with weight does not exist.

    All levels at once: each bracket is narrowed to one part in 32 at a time, to a relative 1e-12 of the range.

    Args:
        parts: (weights (L,), tail) each; the weights sum to 1 per load point.
        levels: in (0, 1).
    """
    if len(parts) == 1 and np.all(parts[0][0] == 1.0):
        return parts[0][1].quantiles(levels)
    exists = np.all([(weight == 0.0) | np.isfinite(tail.mean) for weight, tail in parts], axis=0)
    if not np.any(exists):
        return np.full((len(exists), len(levels)), np.inf)
    mass = 1.0 - np.asarray(levels)[None, :, None]
    top = np.max([np.where(np.isfinite(tail.mean), tail.span, 0.0) for _, tail in parts], axis=0)
    low = np.zeros((len(exists), len(levels)))
    width = np.broadcast_to(top[:, None], low.shape)
    marks = np.arange(1, ZOOM) / ZOOM
    for _ in range(8):
        times = low[:, :, None] + width[:, :, None] * marks
        tail_mass = sum(weight[:, None, None] * tail.above(times) for weight, tail in parts)
        width = width / ZOOM
        low = low + width * np.sum(tail_mass > mass, axis=-1)
    return np.asarray(np.where(exists[:, None], low + 0.5 * width, np.inf))


NEAR = 0.98
"""The part of a near layer's range that is used."""
ZOOM = 32
"""A bracket becomes one part in this many per round."""
