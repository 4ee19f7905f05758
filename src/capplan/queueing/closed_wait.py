"""The wait at a station of a closed network: a queue that can never hold more than the population.

Given that a visit waits it waits for R1 and for J blocks of work X ahead of it, as the wait of an open queue does; but
J is not geometric: each user who waits is one less who may come, so M - J is Poisson, cut off at M. With M endless that
is the geometric law again. "own" where services are not exponential or replicas are balanced (METHODS["closed-users"]).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capplan.queueing.arrays import Array, Spectrum
from capplan.queueing.bracketed import rising_root
from capplan.queueing.erlang import log_erlang_b
from capplan.queueing.finite_source import queued
from capplan.queueing.grid import Grid
from capplan.queueing.residual import Residual
from capplan.queueing.waits import Rows

SINGLE = 16
"""So many blocks ahead have their own law; of more, each is taken at its mean and variance."""
SINGLE_NEAR = 160
"""The same on near grids, which must not spread over negative times."""
GROWTH = 1.3
"""Longer queues are cut into pieces, each this many times as long as the last."""
LEFT = 1e-9
"""The least that is ahead or still to come, relative to the most."""
RARE_PIECE = 1e-12
"""Pieces with less mass are left out; on near grids also those that lie far beyond."""
RARE = 40.0
"""Queues e^-40 times as likely as the likeliest are left out."""


@dataclass(frozen=True)
class ClosedWait:
    """A wait with J blocks ahead.

    Attributes:
        residual: R1 and X.
        chance: (L,) P(W > 0).
        mean: (L,) E[W].
        most: (L,) M, the most blocks that can be ahead.
    """

    residual: Residual
    chance: Array
    mean: Array
    most: Array

    @cached_property
    def given(self) -> Array:
        """(L,) E[W | W > 0]."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(self.chance > 0.0, self.mean / self.chance, self.residual.first))

    @cached_property
    def ahead(self) -> Array:
        """(L,) E[J]."""
        return np.asarray(np.maximum(self.given - self.residual.first, 0.0) / self.residual.ahead)

    @cached_property
    def _room(self) -> Array:
        """(L,) M, above the mean."""
        return np.asarray(np.maximum(self.most, self.ahead * (1.0 + LEFT) + LEFT))

    @cached_property
    def thinking(self) -> Array:
        """(L,) ln of the mean of the Poisson number M - J, before it is cut off."""
        most, ahead = self._room, np.maximum(self.ahead, LEFT)

        def surplus(log_y: Array) -> Array:
            return np.asarray(np.log(ahead) - np.log(np.maximum(queued(most, np.exp(log_y)), 1e-300)))

        start = np.log(most - np.minimum(ahead, most * (1.0 - 0.5 * LEFT))) + np.log1p(1.0 / ahead)
        return rising_root(surplus, start - 0.5, start + 0.5)

    @cached_property
    def spread(self) -> Array:
        """(L,) variance of J: of a cut off Poisson number."""
        most, y = self._room, np.exp(self.thinking)
        left, edge = most - self.ahead, np.exp(log_erlang_b(most, y))
        return np.asarray(np.maximum(left - y * edge * (most - left), 0.0))

    def transform(self, grid: Grid, rows: Rows, factor: float = 1.0) -> Spectrum:
        """(rows, frequencies): the law of factor x W."""
        first, ahead = self.residual.spectra(grid, factor)
        keep = np.minimum(self.given / self.residual.first, 1.0)
        law = np.empty((len(rows), grid.points + 1), dtype=complex)
        for place, row in enumerate(rows.tolist()):
            queued = self._queued(row, ahead, grid, factor)
            chance = float(self.chance[row])
            law[place] = 1.0 - chance + chance * (1.0 - keep[row] + keep[row] * first * queued)
        return law

    def _queued(self, row: int, ahead: Spectrum, grid: Grid, factor: float) -> Spectrum:
        """The law of the J blocks at one load point."""
        start, masses = self._lengths(row)
        total = np.zeros(grid.points + 1, dtype=complex)
        single = SINGLE_NEAR if grid.near else SINGLE
        for count in range(min(single, start + len(masses)) - 1, -1, -1):
            total = total * ahead
            if start <= count < start + len(masses):
                total += masses[count - start]
        long = masses[max(single - start, 0) :]
        if not len(long):
            return total
        lengths = np.arange(len(long), dtype=float) + max(start, single) - single
        return np.asarray(total + ahead**single * self._long(lengths, long, grid, factor))

    def _lengths(self, row: int) -> tuple[int, Array]:
        """(the shortest queue worth a thought, P(J = it), P(J = it + 1), …)."""
        from scipy.special import gammaln

        most, log_y = float(self._room[row]), float(self.thinking[row])
        if float(self.ahead[row]) <= 0.0:
            return 0, np.ones(1)
        low, high = _window(most, log_y)
        j = np.arange(low, high + 1.0)
        logs = gammaln(most + 1.0) - gammaln(np.maximum(most - j, 0.0) + 1.0) - j * log_y
        weights = np.exp(logs - logs.max())
        return int(low), np.asarray(weights / weights.sum())

    def _long(self, lengths: Array, masses: Array, grid: Grid, factor: float) -> Spectrum:
        """The law of many blocks: each piece of lengths around its means, with the variance of its mean length.

        The variance is that of a symmetric walk on the grid, which keeps every mass positive.
        """
        law, c = self.residual.law, self.residual.servers
        mean = factor * self.residual.ahead
        variance = mean * factor * law.mean / c * law.scv
        edges = [0.0]
        while edges[-1] < lengths[-1]:
            edges.append((edges[-1] + SINGLE) * GROWTH - SINGLE)
        cuts = np.searchsorted(lengths, edges[1:-1]) if len(edges) > 2 else np.array([], dtype=int)
        total = np.zeros(grid.points + 1, dtype=complex)
        turn = 0.5 * (grid.shift + 1.0 / grid.shift) - 1.0
        for part, weights in zip(np.split(lengths, cuts), np.split(masses, cuts), strict=True):
            weight = float(weights.sum())
            walk = variance * float(weights @ part) / max(weight, RARE_PIECE) / grid.step**2
            if weight > RARE_PIECE and not (grid.near and walk * turn.real.max() > 1.0):
                total += grid.transform(_spread_out(mean * part, weights, grid)) * np.exp(walk * turn)
        return total


def _window(most: float, log_y: float) -> tuple[float, float]:
    """The range of J: around its peak M - y, as long as what is left is as spread as a Poisson number; else from 0
    on, as far as a geometric law goes."""
    y = float(np.exp(log_y))
    peak = most - y
    if peak > 0.0:
        low = peak - RARE - np.sqrt(RARE**2 + 2.0 * RARE * y)
        return max(np.floor(low), 0.0), np.floor(min(peak + np.sqrt(2.0 * RARE * y) + 1.0, most))
    slope = log_y - np.log(max(most, 1e-300))
    reach = most * (np.sqrt(slope**2 + 2.0 * RARE / max(most, 1e-300)) - slope)
    return 0.0, np.floor(min(reach + 1.0, most))


def _spread_out(times: Array, weights: Array, grid: Grid) -> Array:
    """Masses at any times as masses on the grid, each split between its two neighbours."""
    cells = times / grid.step
    if grid.near:
        inside = cells < grid.points
        cells, weights = cells[inside], weights[inside]
    cells = np.minimum(cells, grid.points - 1.0)
    left = np.floor(cells).astype(int)
    part = (cells - left) * weights
    masses = np.bincount(left, weights - part, grid.points + 1)
    masses += np.bincount(left + 1, part, grid.points + 1)
    return np.asarray(masses[: grid.points])
