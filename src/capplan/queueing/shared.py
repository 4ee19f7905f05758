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
from capplan.queueing.slowed import SlowedWait, hindered, stretched, visit
from capplan.queueing.waits import MeanFieldWait, MixedWait, Rows, Shortened, Wait

ALONE = 16
"""Within the first steps sizes are told apart without regard to the grid: many visits may be shorter than a step."""
FINEST = 32.0
"""The smallest of these is this part of the mean size."""
FINE = 16
"""Sizes in each doubling of them, within the first steps."""
OCTAVE = 2
"""Nodes in each doubling of the size."""
CUBIC = range(4)
"""The nodes about a size that a cubic polynomial goes through."""
RARE = 1e-13
"""Nodes with less mass than this part of all are left out."""
TOGETHER = 8
"""So many nodes at a time stay in the processor's cache."""
LEAST = 1e-6
"""By how much the variance of a number of steps exceeds its mean, at least: it is Poisson then."""


@dataclass(frozen=True)
class SharedWait:
    """What sharing adds to the time of a visit: its sojourn less its service.

    Attributes:
        law: of the sizes of all visits to the station.
        servers: c, what the cores of one replica do together, in cores that work alone.
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
        return np.asarray(self._sized(self.plain.mean) + self._sized(self.law.mean * self.hindered))

    def _sized(self, time: Array | float) -> Array | float:
        """A time of exponential services as it is with these."""
        cs2 = self.law.scv
        return time * 2.0 * (self.scv + cs2) / ((1.0 + cs2) * (1.0 + self.scv))

    @property
    def hindered(self) -> Array | float:
        """(L,) by how much longer a service takes because busy cores slow each other down; 0 where they do not."""
        return self.plain.crowd.stretch - 1.0 if isinstance(self.plain, SlowedWait) else 0.0

    @cached_property
    def slower(self) -> Array:
        """(L,) m - 1."""
        return np.asarray(self.mean / self.law.mean)

    @cached_property
    def variance(self) -> Array:
        """(L,) v: that of J/c for the J jobs ahead, a geometric number given that there are any, and of how fast the
        cores work where they slow each other down."""
        waited = self._sized(self.plain.mean) / self.law.mean
        ahead = np.where(np.isfinite(waited), waited, 0.0)
        chance = np.maximum(self.chance, 1e-300)
        given = ahead / chance
        spread = np.maximum(given**2 - given / self.servers, 0.0)
        queue = self.plain.queued if isinstance(self.plain, SlowedWait) else self.plain
        if isinstance(queue, ClosedWait):
            spread = queue.spread / self.servers**2
        if isinstance(queue, MeanFieldWait):
            spread = queue.near * spread + (1.0 - queue.near) * queue.jobs_variance / self.servers**2
        found = chance * (spread + given**2) - ahead**2
        if isinstance(self.plain, SlowedWait):
            slow = self.plain.crowd
            found = found + slow.variance + 2.0 * ahead * (slow.most - slow.stretch)
        return np.asarray(found)

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
        sizes, masses, spectra = _sizes(law, grid)
        weights = spectra if served else masses[:, None]
        total = np.zeros((len(rows), grid.points + 1), dtype=complex)
        for index, row in enumerate(rows):
            mean, ratio = self._steps(sizes / grid.step, sizes / factor, int(row))
            for start in range(0, len(sizes), TOGETHER):
                part = slice(start, start + TOGETHER)
                total[index] += (weights[part] * _negative_binomial(mean[part], ratio[part], grid)).sum(axis=0)
        return total

    def _steps(self, steps: Array, sizes: Array, row: int) -> tuple[Array, Array]:
        """((nodes,) mean, (nodes,) variance over mean less one) of the number of steps added to these sizes."""
        slower = float(self.slower[row])
        spread = float(self.variance[row]) / slower if slower > 0.0 else 0.0
        scale = spread * _kept(sizes / float(self.memory[row])) * steps
        return slower * steps, np.maximum(scale - 1.0, LEAST)


def _negative_binomial(mean: Array, ratio: Array, grid: Grid) -> Spectrum:
    """(nodes, frequencies): (1 + r (1-z))^(-mean/r), in real arithmetic, which is several times as fast.

    With x + iy = r (1-z), the modulus is exp(-mean/(2r) log((1+x)^2 + y^2)), the angle -mean/r arctan(y/(1+x)), and its
    cosine and sine are (1-t^2)/(1+t^2) and 2t/(1+t^2), t the tangent of half of it.
    """
    away = 1.0 - grid.shift
    x, y = ratio[:, None] * away.real, ratio[:, None] * away.imag
    half = (-0.5 * mean / ratio)[:, None]
    tangent = np.tan(half * np.arctan(y / (1.0 + x)))
    square = tangent * tangent
    modulus = np.exp(half * np.log1p(x * (2.0 + x) + y * y)) / (1.0 + square)
    law = np.empty(x.shape, dtype=complex)
    law.real = modulus * (1.0 - square)
    law.imag = 2.0 * modulus * tangent
    return law


def _kept(y: Array) -> Array:
    """G(y) = 2 (y - 1 + e^-y)/y^2: how much of the variance of K a visit of length y tau sees."""
    safe = np.maximum(y, 1e-3)
    return np.asarray(np.where(y < 1e-3, 1.0 - y / 3.0, 2.0 * (safe + np.expm1(-safe)) / safe**2))


@lru_cache(maxsize=32)
def _sizes(law: Law, grid: Grid) -> tuple[Array, Array, Spectrum]:
    """A law of sizes over a few of them: (size, mass, transform of its part of the law) of each.

    Sizes keep their place on the grid. What sharing adds is worked out at geometric nodes and interpolated between
    them, by cubic polynomials in the size, so that its mean, a multiple of the size, stays exact: the parts of the law
    are its masses times the polynomials. On a near grid sizes beyond its range are a part of their own: the time of
    such a visit is out of sight, but not what sharing adds to it.
    """
    first = min(law.mean / FINEST, grid.step)
    count = round(FINE * np.log2(ALONE * grid.step / first))
    fine = np.concatenate([[0.0], np.geomspace(first, ALONE * grid.step, count + 1), grid.times[ALONE + 1 : -1]])
    masses = _masses(law, fine, whole=not grid.near)
    fine, masses = fine[masses > 0.0], masses[masses > 0.0]
    nodes = np.concatenate([[0.0], np.geomspace(first, grid.span, round(OCTAVE * np.log2(grid.span / first)) + 1)])
    parts = _parts(fine, masses, nodes, grid)
    used = np.abs(parts).sum(axis=1) > RARE
    sizes, weights, spectra = nodes[used], parts[used].sum(axis=1), grid.transform(parts[used])
    beyond = 1.0 - float(weights.sum())
    if grid.near and beyond > RARE:
        size = max(law.mean - float(sizes @ weights), beyond * grid.span) / beyond
        spectra = np.concatenate([spectra, np.zeros((1, grid.points + 1))])
        sizes, weights = np.append(sizes, size), np.append(weights, beyond)
    return sizes, weights, spectra


def _parts(sizes: Array, masses: Array, nodes: Array, grid: Grid) -> Array:
    """(nodes, points): the masses at these sizes, shared out among four nodes each and two points of the grid."""
    start = np.clip(np.searchsorted(nodes, sizes, side="right") - 2, 0, len(nodes) - len(CUBIC))
    point = np.minimum((sizes / grid.step).astype(int), grid.points - 2)
    later = sizes / grid.step - point
    found = np.zeros(len(nodes) * grid.points)
    for k in CUBIC:
        own = masses.copy()
        for other in (one for one in CUBIC if one != k):
            own *= (sizes - nodes[start + other]) / (nodes[start + k] - nodes[start + other])
        place = (start + k) * grid.points + point
        found += np.bincount(place, own * (1.0 - later), len(found))
        found += np.bincount(place + 1, own * later, len(found))
    return found.reshape(len(nodes), grid.points)


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
    if isinstance(wait, SlowedWait):
        return replace(wait, queued=eased(wait.queued, factor))
    return wait.shortened(factor) if isinstance(wait, Shortened) else wait


def parts(wait: Wait) -> list[tuple[float, SharedWait]]:
    """(share of the visits, law) of replicas that share; none where the wait is one in order of arrival."""
    if isinstance(wait, SharedWait):
        return [(1.0, wait)]
    if isinstance(wait, MixedWait):
        return [(s, part) for s, part in zip(wait.shares, wait.parts, strict=True) if isinstance(part, SharedWait)]
    return []


def queued(wait: Wait) -> Wait:
    """The wait in order of arrival for a server alone: without what sharing cores or busy cores add to services."""
    one = wait.plain if isinstance(wait, SharedWait) else wait
    return one.queued if isinstance(one, SlowedWait) else one


def core_wait(wait: Wait) -> Array:
    """(L,) mean wait for a server alone."""
    if isinstance(wait, MixedWait):
        pairs = zip(wait.shares, wait.parts, strict=True)
        return np.asarray(sum(share * queued(part).mean for share, part in pairs))
    return queued(wait).mean


def crowding(wait: Wait | None) -> Array | float:
    """(L,) mean time of a service over that alone, in any discipline; 1 where busy servers do not slow each other
    down."""
    one = wait.plain if isinstance(wait, SharedWait) else wait
    if isinstance(one, MixedWait):
        pairs = zip(one.shares, one.parts, strict=True)
        return np.asarray(sum(share * crowding(part) for share, part in pairs))
    return one.crowd.stretch if isinstance(one, SlowedWait) else 1.0


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
    if wait is not None and hindered(wait) and service > 0.0:
        longer = law.mean * (np.asarray(stretched(wait))[rows] - 1.0)
        return visit(wait, law, grid, rows), length + longer + wait.mean[rows]
    spectrum = grid.law(law)[None, :] if service else np.ones((1, grid.points + 1), dtype=complex)
    if wait is None or parts(wait):
        return spectrum, length
    return np.asarray(spectrum * wait.transform(grid, rows)), np.asarray(length + wait.mean[rows])
