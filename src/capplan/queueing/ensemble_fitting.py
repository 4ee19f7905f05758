"""Laws of the members of an ensemble on grids that fit them: long enough for their tails, fine enough near 0."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from capplan.queueing.arrays import Array, Mask, Spectrum
from capplan.queueing.ensemble_grids import Grids
from capplan.queueing.tails import Layer, Tail
from capplan.queueing.waits import Rows

COARSE = 64
"""Points of the grids on which the ranges are found."""
PILOTS = 24
"""Members in which ranges are found; those of the others follow from their means."""
REACH = 1.8
"""A grid should reach this many times the 99.9th percentile."""
SHORT, FAR = 1.25, 6.0
"""One that reaches less or more than this is made anew."""
CLOSE = 8
"""Where half of the mass lies within so many steps of 0 the beginning is looked at again, on finer grids."""
BLOCK = 128
"""Members solved together: their transforms then stay in the processor's cache."""

Solve: TypeAlias = Callable[[Grids, Rows], tuple[Spectrum, Array]]
"""(rows, frequencies) transform and (rows,) mean of a law in some members, on their grids."""


class FittedLaw:
    """A law that is being solved.

    Args:
        exists: (M,) the members in which it exists.
        points: points of its grids.
    """

    def __init__(self, exists: Mask, points: int) -> None:
        count = len(exists)
        self.points = points
        self.rows = np.flatnonzero(exists)
        self.mean, self.steps = np.full(count, np.inf), np.ones(count)
        self.values = np.ones((count, self.points))
        self.near: tuple[Layer, ...] = ()

    @property
    def tail(self) -> Tail:
        """What is known of it."""
        return Tail(self.mean, Layer(self.steps, self.values), self.near)

    def solve(self, solve: Solve, spans: Array) -> None:
        """On grids with these (rows,) ranges, and once more where a range does not fit."""
        todo = np.arange(len(self.rows))
        for _ in range(4):
            for start in range(0, len(todo), BLOCK):
                some = todo[start : start + BLOCK]
                grids, rows = Grids(spans[some] / self.points, self.points), self.rows[some]
                spectrum, self.mean[rows] = solve(grids, rows)
                self.steps[rows], self.values[rows] = grids.steps, _tails(grids, spectrum)
            high = Layer(self.steps[self.rows], self.values[self.rows]).reaches(1e-3)
            short = high[todo] > spans[todo] / SHORT
            far = (high[todo] < spans[todo] / FAR) & (high[todo] > spans[todo] * 3.0 / self.points)
            todo = todo[short | far]
            if not len(todo):
                break
            spans[todo] = np.where(high[todo] > spans[todo] / SHORT, 2.0 * spans[todo], REACH * high[todo])
        self._look_closer(solve)

    def _look_closer(self, solve: Solve) -> None:
        """A finer look at the beginning, where half of the mass lies within a few steps."""
        rows = self.rows[np.sum(self.values[self.rows] > 0.5, axis=1) < CLOSE]
        if not len(rows):
            return
        layer = Layer(np.zeros(len(self.steps)), np.ones(self.values.shape))
        for start in range(0, len(rows), BLOCK):
            some = rows[start : start + BLOCK]
            grids = Grids(self.steps[some] * 4 * CLOSE / self.points, self.points, near=True)
            layer.steps[some], layer.values[some] = grids.steps, _tails(grids, solve(grids, some)[0])
        self.near = (layer,)


def spans_of(rows: Rows, guess: Array, solve: Solve) -> Array:
    """(rows,) ranges of `REACH` times the 99.9th percentile, as it goes with the mean: found on coarse grids for some.

    Args:
        rows: the members.
        guess: (rows,) their means, or nearly.
        solve: gives the law.
    """
    order = np.argsort(guess, kind="stable")
    some = order[np.unique(np.linspace(0, len(order) - 1, PILOTS).astype(int))]
    spans = np.maximum(8.0 * guess[some], 1e-12)
    todo = np.arange(len(some))
    for _ in range(8):
        grids = Grids(spans[todo] / COARSE, COARSE)
        high = Layer(grids.steps, _tails(grids, solve(grids, rows[some[todo]])[0])).reaches(1e-3)
        short, far = high > 0.7 * spans[todo], high < 0.1 * spans[todo]
        spans[todo] = np.where(short, 2.5 * spans[todo], np.maximum(REACH * high, 0.02 * spans[todo]))
        todo = todo[short | (far & (high > 3.0 * grids.steps))]
        if not len(todo):
            break
    return np.asarray(
        np.exp(np.interp(np.log(np.maximum(guess, 1e-15)), np.log(np.maximum(guess[some], 1e-15)), np.log(spans)))
    )


def _tails(grids: Grids, spectrum: Spectrum) -> Array:
    """P(T > (k + 1/2) h)."""
    return np.asarray(np.maximum(1.0 - np.cumsum(grids.unit.masses(spectrum), axis=-1), 0.0))
