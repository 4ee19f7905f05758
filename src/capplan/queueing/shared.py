"""Processor sharing as a law: the time that a visit takes where all at a replica progress at once, each slower.

A visit of size x takes x + a gamma time of mean x (m-1) and variance x^2 v G(x/tau) (METHODS["processor-sharing"],
"own"). K is by how much those whom a visit finds slow it down; m and v are its mean and variance. The number at a
replica is the same process under processor sharing as in order of arrival where services are exponential, whatever the
balancer does, so m and v come from that queue's wait. Beyond its mean the service law matters hardly; only where
arrivals are not Poisson E[T] - E[S] goes with (ca2 + cs2)/(1 + cs2), as in heavy traffic (Gromoll 2004).

It knows laws on grids, and nothing of balancing policies.
"""

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from capplan.queueing.arrays import Array, Spectrum
from capplan.queueing.closed_wait import ClosedWait
from capplan.queueing.grid import Grid
from capplan.queueing.laws import Law
from capplan.queueing.waits import GeometricWait, MeanFieldWait, MemorylessWait, MixedWait, Rows, Wait

ALONE = 16
"""The first steps of a grid are cut into cells without regard to it."""
FINEST = 32.0
"""The smallest of these is this part of the mean size."""
OCTAVE = 4
"""Cells in each doubling of the size."""
RARE = 1e-13
"""Cells with less mass than this part of all are left out."""


@dataclass(frozen=True)
class SharedWait:
    """What sharing adds to the time of a visit: its sojourn less its service.

    Attributes:
        law: of the sizes of all visits to the station.
        servers: c, cores of one replica.
        rho: (L,) utilisation of a core.
        plain: the wait of the same replicas in order of arrival with exponential services.
        scv: (L,) SCV of the arrivals at a replica.
    """

    law: Law
    servers: float
    rho: Array
    plain: Wait
    scv: Array

    @property
    def chance(self) -> Array:
        """(L,) P(all cores of the replica are busy on arrival)."""
        return self.plain.chance

    @property
    def mean(self) -> Array:
        """(L,) E[T] - E[S]: sensitive to the sizes only where arrivals are not Poisson, as in heavy traffic."""
        cs2 = self.law.scv
        return np.asarray(self.plain.mean * 2.0 * (self.scv + cs2) / ((1.0 + cs2) * (1.0 + self.scv)))

    @cached_property
    def slower(self) -> Array:
        """(L,) m - 1."""
        return np.asarray(self.mean / self.law.mean)

    @cached_property
    def variance(self) -> Array:
        """(L,) v: that of J/c for the J jobs ahead, a geometric number given that there are any."""
        ahead = np.where(np.isfinite(self.slower), self.slower, 0.0)
        chance = np.maximum(self.chance, 1e-300)
        given = ahead / chance
        spread = np.maximum(given**2 - given / self.servers, 0.0)
        if isinstance(self.plain, ClosedWait):
            spread = self.plain.spread / self.servers**2
        if isinstance(self.plain, MeanFieldWait):
            spread = self.plain.near * spread + (1.0 - self.plain.near) * self.plain.jobs_variance / self.servers**2
        return np.asarray(chance * (spread + given**2) - ahead**2)

    @cached_property
    def memory(self) -> Array:
        """(L,) tau, the time in which the crowd at a replica changes."""
        return np.asarray((1.0 + self.law.scv) * self.law.mean / (2.0 * np.maximum(1.0 - self.rho, 1e-12)))

    def transform(self, grid: Grid, rows: Rows, factor: float = 1.0) -> Spectrum:
        """(rows, frequencies): the law of factor x what sharing adds, over all visits to the station."""
        return self._over_sizes(self.law.scaled(factor), grid, rows, factor, served=False)

    def sojourn(self, law: Law, grid: Grid, rows: Rows) -> Spectrum:
        """(rows, frequencies): the law of the whole time of a visit with this law of sizes."""
        return self._over_sizes(law, grid, rows, 1.0, served=True)

    def added(self, law: Law, grid: Grid, rows: Rows) -> Spectrum:
        """(rows, frequencies): the law of what sharing adds to a visit with this law of sizes."""
        return self._over_sizes(law, grid, rows, 1.0, served=False)

    def _over_sizes(self, law: Law, grid: Grid, rows: Rows, factor: float, *, served: bool) -> Spectrum:
        total = np.zeros((len(rows), grid.points + 1), dtype=complex)
        for size, mass, spectrum in zip(*_cells(law, grid), strict=True):
            total += (spectrum if served else mass) * self._added(size, grid, rows, factor)
        return total

    def _added(self, size: float, grid: Grid, rows: Rows, factor: float) -> Spectrum | float:
        """The gamma time added to this size, as the negative binomial number of steps with its mean and variance."""
        if size == 0.0:
            return 1.0
        slower = self.slower[rows]
        mean = slower * size / grid.step
        forgotten = size / (factor * self.memory[rows])
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.where(slower > 0.0, self.variance[rows] * _kept(forgotten) / slower, 0.0) * size / grid.step
        ratio = np.maximum(scale - 1.0, 1e-6)[:, None]
        return np.asarray(np.exp(-mean[:, None] / ratio * np.log1p(ratio * (1.0 - grid.shift))))


def _kept(y: Array) -> Array:
    """G(y) = 2 (y - 1 + e^-y)/y^2: how much of the variance of K a visit of length y tau sees."""
    safe = np.maximum(y, 1e-3)
    return np.asarray(np.where(y < 1e-3, 1.0 - y / 3.0, 2.0 * (safe + np.expm1(-safe)) / safe**2))


@lru_cache(maxsize=8)
def _cells(law: Law, grid: Grid) -> tuple[list[float], list[float], Spectrum]:
    """A law of sizes cut into cells: (mean size, mass, transform of its part of the law) of each.

    Sizes beyond the first steps keep their place on the grid; only what sharing adds is the same within a cell. On a
    near grid those beyond its range are a cell of their own: the time of such a visit is out of sight, but not what
    sharing adds to it.
    """
    first = min(law.mean / FINEST, grid.step)
    count = round(OCTAVE * np.log2(ALONE * grid.step / first))
    fine = np.concatenate([[0.0], np.geomspace(first, ALONE * grid.step, count + 1)])
    masses = _masses(law, np.concatenate([fine, grid.times[ALONE + 1 : -1]]), whole=not grid.near)
    sizes, weights, parts = _beginning(fine, masses[: len(fine)], grid)
    later = np.concatenate([np.zeros(ALONE + 1), masses[len(fine) :]])
    count = round(OCTAVE * np.log2(grid.points / ALONE)) + 1
    edges = np.unique(np.geomspace(ALONE + 1, grid.points, count).astype(int))
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        part = np.zeros(grid.points)
        part[start:end] = later[start:end]
        if (weight := float(part.sum())) > RARE:
            sizes.append(float(part @ grid.times[:-1]) / weight)
            weights.append(weight)
            parts.append(grid.transform(part))
    beyond = 1.0 - sum(weights)
    if grid.near and beyond > RARE:
        sizes.append(max(law.mean - float(np.dot(sizes, weights)), beyond * grid.span) / beyond)
        weights.append(beyond)
        parts.append(np.zeros(grid.points + 1, dtype=complex))
    return sizes, weights, np.stack(parts)


def _beginning(nodes: Array, masses: Array, grid: Grid) -> tuple[list[float], list[float], list[Spectrum]]:
    """The cells of the first steps of the grid, cut finer than it: many visits may be shorter than a step."""
    kept = [(size, mass) for size, mass in zip(nodes.tolist(), masses.tolist(), strict=True) if mass > RARE]
    return [size for size, _ in kept], [mass for _, mass in kept], [mass * grid.constant(size) for size, mass in kept]


def _masses(law: Law, nodes: Array, *, whole: bool) -> Array:
    """Masses at rising nodes from 0 on that keep the law's mean; what lies beyond is put at the last or left out."""
    slopes = np.concatenate([[-1.0], np.diff(law.excess(nodes)) / np.diff(nodes), [0.0]])
    masses = np.maximum(np.diff(slopes), 0.0)
    if not whole:
        masses[-1] = 0.0
        return np.asarray(masses)
    return np.asarray(masses / masses.sum())


def eased(wait: Wait, factor: Array) -> Wait:
    """The wait where slots around the queue keep it shorter: its mean multiplied, as likely as before, with fewer jobs
    ahead. Where the queue is saturated it stays endless."""
    if np.all(factor == 1.0):
        return wait
    if isinstance(wait, MixedWait):
        return MixedWait(wait.shares, tuple(eased(part, factor) for part in wait.parts))
    if isinstance(wait, SharedWait):
        return replace(wait, plain=eased(wait.plain, factor))
    if isinstance(wait, GeometricWait | MeanFieldWait):
        return replace(wait, mean=np.where(np.isfinite(wait.mean), wait.mean * factor, np.inf))
    if isinstance(wait, MemorylessWait):
        return replace(wait, given=np.where(np.isfinite(wait.given), wait.given * factor, np.inf))
    return wait


def parts(wait: Wait) -> list[tuple[float, SharedWait]]:
    """(share of the visits, law) of replicas that share; none where the wait is one in order of arrival."""
    if isinstance(wait, SharedWait):
        return [(1.0, wait)]
    if isinstance(wait, MixedWait):
        return [(s, part) for s, part in zip(wait.shares, wait.parts, strict=True) if isinstance(part, SharedWait)]
    return []


def stretch(wait: Wait) -> Array:
    """(L,) E[T] / E[S], the same for all sizes."""
    return np.asarray(1.0 + sum(share * part.slower for share, part in parts(wait)))


def sojourn(wait: Wait, law: Law, grid: Grid, rows: Rows) -> Spectrum:
    """(rows, frequencies): the law of the whole time of a visit, over the replicas that it may go to."""
    return np.asarray(sum(share * part.sojourn(law, grid, rows) for share, part in parts(wait)))


def added(wait: Wait, law: Law, grid: Grid, rows: Rows) -> Spectrum:
    """(rows, frequencies): the law of what sharing adds to a visit, over the replicas that it may go to."""
    return np.asarray(sum(share * part.added(law, grid, rows) for share, part in parts(wait)))


def visited(wait: Wait | None, law: Law, grid: Grid, rows: Rows, *, served: bool) -> tuple[Spectrum, Array]:
    """((rows or 1, frequencies) law, (rows,) mean) of a visit's wait and, if `served`, service, in any discipline."""
    service = law.mean if served else 0.0
    length = np.full(len(rows), service)
    if wait is not None and parts(wait) and law.mean > 0.0:
        whole = sojourn(wait, law, grid, rows) if served else added(wait, law, grid, rows)
        return whole, length + law.mean * (stretch(wait)[rows] - 1.0)
    spectrum = grid.law(law)[None, :] if service else np.ones((1, grid.points + 1), dtype=complex)
    if wait is None or parts(wait):
        return spectrum, length
    return np.asarray(spectrum * wait.transform(grid, rows)), np.asarray(length + wait.mean[rows])
