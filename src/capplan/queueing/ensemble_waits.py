"""Waits at a station of an ensemble: those of the pattern's station at each member's utilisation, in its own time.

A wait scales with the service time, so the pattern's service law serves all members: its mean is each member's own,
its shape (which tasks visit in which proportion) the pattern's, but for the SCV, which moves the mean wait as
(ca2 + cs2)/2 does.
"""

from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array, Spectrum
from capplan.queueing.ensemble_grids import Grids
from capplan.queueing.ensemble_ladder import residual_at
from capplan.queueing.residual import Residual
from capplan.queueing.waits import GeometricWait, MeanFieldWait, MixedWait, Rows, Wait, geometric


class Queue(NamedTuple):
    """A station in every member.

    Attributes:
        wait: the pattern's, at the members' utilisations (another where saturated); None where nothing comes.
        scale: (M,) each member's mean service time over the pattern's.
        rougher: (M,) what the member's SCV does to the mean wait.
        memory: (M,) the time in which the queue forgets.
        common: probability that two visits of one request meet the same queue.
    """

    wait: Wait | None
    scale: Array
    rougher: Array
    memory: Array
    common: float

    @property
    def mean(self) -> Array:
        """(M,) E[W]."""
        if self.wait is None:
            return np.zeros(len(self.scale))
        return np.asarray(self.wait.mean * self.scale * self.rougher)

    def moments(self, rows: Rows) -> tuple[Array, Array]:
        """(rows,) mean and variance, as if a wait were exponential where it is not 0."""
        if self.wait is None:
            return np.zeros(len(rows)), np.zeros(len(rows))
        mean, chance = self.mean[rows], np.maximum(self.wait.chance[rows], 1e-300)
        return mean, np.where(mean > 0.0, mean * (2.0 * mean / chance - mean), 0.0)

    def transform(self, grids: Grids, rows: Rows, times: float = 1.0, *, plain: bool = False) -> Spectrum:
        """(rows, n+1): the law of `times` waits that are one and the same; `plain`: an exponential one of this mean."""
        assert self.wait is not None
        stretch = (times * self.scale * self.rougher)[rows]
        if plain:
            return _plain(self.wait.chance[rows], self.wait.mean[rows] * stretch, grids)
        return _transform(self.wait, rows, stretch, grids)


def _plain(chance: Array, mean: Array, grids: Grids) -> Spectrum:
    given = np.where(chance > 0.0, mean / np.where(chance > 0.0, chance, 1.0), 1e-9 * grids.steps)
    exponential = grids.exponentials(np.maximum(given, 1e-9 * grids.steps))
    return np.asarray(1.0 + chance[:, None] * (exponential - 1.0))


def _transform(wait: Wait, rows: Rows, stretch: Array, grids: Grids) -> Spectrum:
    if isinstance(wait, MixedWait):
        parts = zip(wait.shares, wait.parts, strict=True)
        return np.asarray(sum(share * _transform(part, rows, stretch, grids) for share, part in parts))
    if isinstance(wait, GeometricWait):
        chance, given = wait.chance[rows], wait.given[rows]
        if wait.residual.memoryless:
            return _memoryless(wait.residual, chance, given, stretch, grids)
        law = geometric(*_spectra(wait.residual, stretch, grids), wait.residual, given)
        return np.asarray(1.0 + chance[:, None] * (law - 1.0))
    if isinstance(wait, MeanFieldWait):
        return _mean_field(wait, rows, stretch, grids)
    raise TypeError(f"no ensemble has waits of the kind {type(wait).__name__}")


def _memoryless(residual: Residual, chance: Array, given: Array, stretch: Array, grids: Grids) -> Spectrum:
    keep = np.minimum(given / residual.first, 1.0) * chance
    return np.asarray(1.0 + keep[:, None] * (grids.exponentials(stretch * np.maximum(given, residual.first)) - 1.0))


def _mean_field(wait: MeanFieldWait, rows: Rows, stretch: Array, grids: Grids) -> Spectrum:
    """As `MeanFieldWait.transform`, on grids of the members' own."""
    chance = wait.chance[rows]
    given = np.where(chance > 0.0, wait.mean[rows] / np.where(chance > 0.0, chance, 1.0), wait.residual.first)
    law = geometric(*_spectra(wait.residual, stretch, grids), wait.residual, given)
    if wait.near < 1.0:
        first, ahead = _spectra(wait.field, stretch, grids)
        jobs, queued = wait.jobs[rows], np.zeros(np.broadcast_shapes(ahead.shape, (len(rows), 1)), dtype=complex)
        for column in range(jobs.shape[1] - 1, -1, -1):
            queued = queued * ahead + jobs[:, column : column + 1]
        mean = wait.field.first + wait.field.ahead * (jobs @ np.arange(jobs.shape[1], dtype=float))
        extra = np.maximum(given - mean, 0.0) / wait.field.ahead
        g = (extra / (1.0 + extra))[:, None]
        law = wait.near * law + (1.0 - wait.near) * (first * queued * (1.0 - g) / (1.0 - g * ahead))
    return np.asarray(1.0 + chance[:, None] * (law - 1.0))


def _spectra(residual: Residual, stretch: Array, grids: Grids) -> tuple[Spectrum, Spectrum]:
    """R1 and X, stretched for each member."""

    def at(rungs: Array) -> tuple[Spectrum, Spectrum]:
        return residual_at(residual, rungs, grids.unit)

    key = (residual, grids.points, grids.near)
    first, ahead = grids.blended(key, at, stretch * residual.ahead / grids.steps)
    return first, ahead
