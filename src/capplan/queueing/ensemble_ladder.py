"""Laws at many ratios of mean to step in one go: service laws, and the residual times of `residual`.

As `Grid.law` and `Residual.spectra` on grids of unit steps, the ratios one more axis: rungs of a ladder.
"""

import numpy as np

from capplan.queueing.arrays import Array, Spectrum
from capplan.queueing.grid import Grid
from capplan.queueing.laws import Law
from capplan.queueing.residual import Residual


def law_at(law: Law, ratios: Array, grid: Grid) -> Spectrum:
    """(ratios, frequencies) the transforms of a law whose mean is so many steps.

    Args:
        law: its shape.
        ratios: (ratios,) mean / step.
        grid: of unit steps.
    """
    step = (law.mean / ratios)[:, None]
    return grid.transform(grid.lattice(law.excess(step * grid.times) / step, ratios))


def residual_at(residual: Residual, ratios: Array, grid: Grid) -> tuple[Spectrum, Spectrum]:
    """(ratios, frequencies) each: the transforms of R1 and X where E[X] is so many steps."""
    step = (residual.ahead / ratios)[:, None]
    return _first(residual, step, grid), _ahead(residual, step, grid)


def _first(residual: Residual, step: Array, grid: Grid) -> Spectrum:
    """R1 by rounding its tail to the grid, then moved to its exact mean."""
    law, tilt = residual.law, residual.tilt
    half = step * np.concatenate(([0.0], grid.times[:-1] + 0.5))
    tail = np.minimum(law.excess(half) / law.mean, 1.0) ** residual.servers
    masses = tail[:, :-1] - tail[:, 1:]
    if tilt:
        masses = masses * np.exp(-tilt / law.mean * step * grid.times[:-1])
    wanted = residual.first / step[:, 0]
    if not grid.near:
        masses[:, -1] += tail[:, -1]
        return _moved(grid, grid.normalised(masses), wanted)
    far = (tail[:, -1] > 1e-9)[:, None]
    cut = masses * (1.0 + tilt * residual.first / law.mean)
    whole = masses.copy()
    whole[:, -1] += tail[:, -1]
    return np.where(far, grid.transform(cut), _moved(grid, grid.normalised(whole), wanted))


def _moved(grid: Grid, masses: Array, wanted: Array) -> Spectrum:
    """Laws with their means corrected by less than a step: delayed a little, or thinned by an atom at 0."""
    spectrum, mean = grid.transform(masses), masses @ grid.times[:-1]
    gap = wanted - mean
    delay = np.where((gap >= 0.0) & (gap <= 1.0), gap, 0.0)[:, None]
    keep = np.where((gap < 0.0) & (mean > 0.0), wanted / np.maximum(mean, 1e-300), 1.0)[:, None]
    return np.asarray((1.0 + keep * (spectrum - 1.0)) * (1.0 - delay + delay * grid.shift))


def _ahead(residual: Residual, step: Array, grid: Grid) -> Spectrum:
    """X on the grid, each part with its exact mean."""
    law, c = residual.law, residual.servers
    mean = (0.5 * (1.0 + law.scv) * law.mean / c) / step
    part = c**-0.5
    aged = grid.lattice(law.excess2(c * step * grid.times) / (law.mean * c) / step, mean[:, 0])
    if part < 1.0:
        even = grid.lattice(mean * np.exp(-grid.times / mean), mean[:, 0])
        aged = part * aged + (1.0 - part) * even
    if residual.old != 1.0:
        fresh = grid.lattice(law.excess(c * step * grid.times) / c / step, (law.mean / c / step)[:, 0])
        aged = residual.old * aged + (1.0 - residual.old) * fresh
    return grid.transform(aged)
