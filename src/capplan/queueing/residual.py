"""What an arrival that must wait finds ahead of it: the residual services of c busy servers, and the jobs queued
before it.

R1 is the least of c equilibrium residual service times, X the time by which each queued job delays it: a mixture of
Se/c (all servers in step) and an exponential of the same mean (a renewal process of many servers), weighted c^-1/2.
"own" for the weight; Tijms (1994) for R1 and Se/c. Exact for M/G/1 and M/M/c.
"""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from capplan.queueing.arrays import Array, Spectrum
from capplan.queueing.grid import Grid
from capplan.queueing.laws import Deterministic, Exponential, Law


@dataclass(frozen=True)
class Residual:
    """R1 and X of a service law on c servers.

    Attributes:
        law: the service law S.
        servers: c; real, as unequal replicas are taken at their mean.
        tilt: eta; R1 is weighted by exp(-eta R1/E[S]), because least connections avoids servers stuck behind a long
        job.
        old: v; X becomes v X + (1-v) S/c, because a short queue holds younger jobs.
        first: E[R1].
        ahead: E[X].
    """

    law: Law
    servers: float
    tilt: float = 0.0
    old: float = 1.0
    first: float = field(init=False, compare=False)
    ahead: float = field(init=False, compare=False)

    def __post_init__(self) -> None:
        mean, scv, c = self.law.mean, self.law.scv, self.servers
        object.__setattr__(self, "first", _first_mean(self.law, c, self.tilt))
        object.__setattr__(self, "ahead", (self.old * (1.0 + scv) / 2.0 + 1.0 - self.old) * mean / c)

    @property
    def memoryless(self) -> bool:
        """Whether R1 and X are the same exponential law."""
        return isinstance(self.law, Exponential) and self.tilt == 0.0 and self.old == 1.0

    def spectra(self, grid: Grid, factor: float = 1.0) -> tuple[Spectrum, Spectrum]:
        """Transforms of factor x R1 and factor x X."""
        return _spectra(self, grid, factor)


@lru_cache(maxsize=4096)
def _first_mean(law: Law, c: float, tilt: float) -> float:
    """E[R1] = integral of (1-Fe)^c, tilted; closed where the law is simple, else by the trapezoid rule in ln t."""
    if tilt == 0.0 and isinstance(law, Exponential):
        return law.mean / c
    if tilt == 0.0 and isinstance(law, Deterministic):
        return law.mean / (c + 1.0)
    if tilt == 0.0 and c == 1.0:
        return 0.5 * (1.0 + law.scv) * law.mean
    return _quadrature(law, c, tilt)


def _quadrature(law: Law, c: float, tilt: float) -> float:
    logs = np.linspace(np.log(1e-9 * law.mean / c), np.log(1e7 * law.mean), 2400)
    t = np.exp(logs)
    tail = (np.maximum(law.excess(t), 0.0) / law.mean) ** c
    rate = tilt / law.mean
    weight = np.exp(-rate * t)
    step = float(logs[1] - logs[0])
    first = float(np.sum(tail * (1.0 - rate * t) * weight * t) * step)
    return first / (1.0 - rate * float(np.sum(tail * weight * t) * step))


@lru_cache(maxsize=512)
def _spectra(residual: Residual, grid: Grid, factor: float) -> tuple[Spectrum, Spectrum]:
    law = residual.law.scaled(factor)
    if residual.memoryless:
        same = grid.law(Exponential(law.mean / residual.servers))
        return same, same
    return _first(residual, law, grid, factor), _ahead(residual, law, grid)


def _first(residual: Residual, law: Law, grid: Grid, factor: float) -> Spectrum:
    """R1 by rounding its tail to the grid, then moved to its exact mean."""
    half = np.concatenate(([0.0], grid.times[:-1] + 0.5 * grid.step))
    tail = np.minimum(law.excess(half) / law.mean, 1.0) ** residual.servers
    masses = tail[:-1] - tail[1:]
    if residual.tilt:
        masses = masses * np.exp(-residual.tilt / law.mean * grid.times[:-1])
    if grid.near and tail[-1] > 1e-9:
        # what is left of the tilted law beyond the range, to first order
        return grid.transform(masses * (1.0 + residual.tilt * residual.first / residual.law.mean))
    masses[-1] += tail[-1]
    masses = grid.normalised(masses)
    rounded = float(masses @ grid.times[:-1])
    return _moved(grid, grid.transform(masses), rounded, residual.first * factor)


def _moved(grid: Grid, spectrum: Spectrum, mean: float, wanted: float) -> Spectrum:
    """The law with its mean corrected by less than a step: delayed a little, or thinned by an atom at 0."""
    gap = (wanted - mean) / grid.step
    if 0.0 <= gap <= 1.0:
        return np.asarray(spectrum * (1.0 - gap + gap * grid.shift))
    if gap < 0.0 < mean:
        keep = wanted / mean
        return np.asarray(1.0 - keep + keep * spectrum)
    return spectrum


def _ahead(residual: Residual, law: Law, grid: Grid) -> Spectrum:
    """X on the grid, each part with its exact mean."""
    c = residual.servers
    mean = 0.5 * (1.0 + law.scv) * law.mean / c
    step = c**-0.5
    aged = grid.lattice(law.excess2(c * grid.times) / (law.mean * c), mean)
    parts: Array = aged if step == 1.0 else step * aged + (1.0 - step) * _exponential(grid, mean)
    if residual.old != 1.0:
        fresh = grid.lattice(law.excess(c * grid.times) / c, law.mean / c)
        parts = residual.old * parts + (1.0 - residual.old) * fresh
    return grid.transform(parts)


def _exponential(grid: Grid, mean: float) -> Array:
    return grid.lattice(Exponential(mean).excess(grid.times), mean)
