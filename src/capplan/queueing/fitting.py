"""A law on the grid that fits it: long enough for its tail, and looked at again where its beginning is short beside it.

Each load point is solved on a rung of the ladder; again on another where the range proves too short or far too long
(METHODS["grid"]); and on near grids, each 64 times finer, while a level that is asked for lies within a few steps of 0.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from capplan.queueing.arrays import Array, Mask, Spectrum
from capplan.queueing.grid import Grid, ladder
from capplan.queueing.tails import Layer, Tail
from capplan.queueing.waits import Rows

REACH = 3.0
"""A grid must reach this many times the 99.9th percentile, else it is made anew."""
RESOLUTION = 8
"""A level within this many steps of 0 is looked at on a finer grid."""
LAYERS = 4
"""At most so many finer grids."""


Solve: TypeAlias = Callable[[Grid, Rows], tuple[Spectrum, Array]]
"""(rows, frequencies) transform and (rows,) mean of a law at some load points on a grid."""


class Limits(NamedTuple):
    """What a law must answer.

    Attributes:
        low, top: the lowest and the highest level that will be asked for.
        points: points of the grids.
        block: load points solved together.
        near: whether short times beside long ones matter.
    """

    low: float
    top: float
    points: int
    block: int
    near: bool = True


def fitted(exists: Mask, guess: Array, solve: Solve, limits: Limits) -> Tail:
    """The law at the load points where it exists.

    Args:
        exists: (L,) whether it does.
        guess: (L,) a first guess of the 99.9th percentile.
        solve: gives its transform.
        limits: what it must answer.
    """
    count = len(guess)
    mean, whole = np.full(count, np.inf), Layer(np.ones(count), np.ones((count, limits.points)))
    todo = {int(row): max(REACH * float(guess[row]), 1e-12) for row in np.flatnonzero(exists)}
    for _ in range(12):
        again: dict[int, float] = {}
        for grid, rows in _rungs(todo, limits.points, limits.block):
            spectrum, mean[rows] = solve(grid, rows)
            whole.steps[rows], whole.values[rows] = grid.step, _values(grid, spectrum)
            high = grid.quantiles(spectrum, [max(limits.top, 0.999)])[:, 0]
            again |= _misfits(grid, rows, high)
        if not again:
            break
        todo = again
    return Tail(mean, whole, _near(np.flatnonzero(exists), whole, solve, limits) if limits.near else ())


def _near(rows: Rows, whole: Layer, solve: Solve, limits: Limits) -> tuple[Layer, ...]:
    """Finer looks at the beginning, as long as a level that is asked for lies within a few steps."""
    layers = [whole]
    for _ in range(LAYERS):
        last = layers[-1]
        rows = rows[np.sum(last.values[rows] > 1.0 - 0.5 * limits.low, axis=1) < RESOLUTION]
        if len(layers) > 1:  # what looks the same at 64 times the resolution is an atom at 0
            rows = rows[np.abs(last.values[rows, 0] - layers[-2].values[rows, 0]) > 1e-3]
        if not len(rows):
            break
        layers.append(_finer(last, rows, solve, limits))
    return tuple(layers[1:])


def _finer(last: Layer, rows: Rows, solve: Solve, limits: Limits) -> Layer:
    """The first steps of a layer, 64 times finer."""
    layer = Layer(np.zeros(len(last.steps)), np.ones(last.values.shape))
    for step in np.unique(last.steps[rows]):
        grid = Grid(float(step) * 4 * RESOLUTION / limits.points, limits.points, near=True)
        alike = rows[last.steps[rows] == step]
        for start in range(0, len(alike), limits.block):
            block = alike[start : start + limits.block]
            layer.steps[block], layer.values[block] = grid.step, _values(grid, solve(grid, block)[0])
    return layer


def _misfits(grid: Grid, rows: Rows, high: Array) -> dict[int, float]:
    """The load points whose highest level lies beyond a third of the range or in its first eighth; a better range."""
    wanted = {}
    for row, level in zip(rows.tolist(), high.tolist(), strict=True):
        if REACH * level > grid.span:
            wanted[row] = 2.0 * grid.span
        elif RESOLUTION * grid.step < level < grid.span / (2.2 * REACH):
            wanted[row] = 1.05 * REACH * level
    return wanted


def _values(grid: Grid, spectrum: Spectrum) -> Array:
    """P(T > (k + 1/2) step)."""
    return np.asarray(np.maximum(1.0 - np.cumsum(grid.masses(spectrum), axis=-1), 0.0))


def _rungs(todo: dict[int, float], points: int, block: int) -> list[tuple[Grid, Rows]]:
    """Load points that share a grid, in blocks."""
    rungs: dict[Grid, list[int]] = {}
    for row, span in todo.items():
        rungs.setdefault(ladder(span, points), []).append(row)
    return [
        (grid, np.array(rows[start : start + block], dtype=np.intp))
        for grid, rows in rungs.items()
        for start in range(0, len(rows), block)
    ]
