"""The law of the time a visit waits, over load points: chance of waiting, mean, and transform on any grid.

Given that it waits, a visit waits for R1 and then for a random number of jobs ahead, each X (`residual`):
transform R1^ (1-g)/(1-g X^). Exact for M/M/c, M/G/1 and GI/M/c given the mean; see METHODS["wait-law"].
"""

from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from capplan.queueing.arrays import Array, Spectrum
from capplan.queueing.grid import Grid
from capplan.queueing.residual import Residual

Rows = npt.NDArray[np.intp]
"""Which load points are meant."""


class Wait(Protocol):
    """A waiting time over load points. Saturated points have chance 1 and mean inf and no transform."""

    @property
    def chance(self) -> Array:
        """(L,) P(W > 0)."""
        ...

    @property
    def mean(self) -> Array:
        """(L,) E[W]."""
        ...

    def transform(self, grid: Grid, rows: Rows, factor: float = 1.0) -> Spectrum:
        """(rows, frequencies): the law of factor x W at these load points."""
        ...


@runtime_checkable
class Shortened(Protocol):
    """A wait that knows by itself what becomes of it where slots around the queue keep it shorter."""

    def shortened(self, factor: Array) -> Wait:
        """The wait with its mean multiplied by (L,) factors, as likely as before."""
        ...


def shorter(times: Array, factor: Array) -> Array:
    """Times multiplied; endless ones stay so."""
    found = np.full(times.shape, np.inf)
    return np.asarray(np.multiply(times, factor, out=found, where=np.isfinite(times)))


@dataclass(frozen=True)
class GeometricWait:
    """The default law of a wait.

    Attributes:
        residual: R1 and X.
        chance: (L,) P(W > 0).
        mean: (L,) E[W].
    """

    residual: Residual
    chance: Array
    mean: Array

    @property
    def given(self) -> Array:
        """(L,) E[W | W > 0]."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(self.chance > 0.0, self.mean / self.chance, self.residual.first))

    def shortened(self, factor: Array) -> Wait:
        """The wait with its mean multiplied by (L,) factors, as likely as before; endless ones stay so."""
        return replace(self, mean=shorter(self.mean, factor))

    def transform(self, grid: Grid, rows: Rows, factor: float = 1.0) -> Spectrum:
        chance, given = self.chance[rows, None], self.given[rows]
        if self.residual.memoryless:
            conditional = _memoryless(grid, self.residual, given, factor)
        else:
            conditional = geometric(*self.residual.spectra(grid, factor), self.residual, given)
        return np.asarray(1.0 - chance + chance * conditional)


def geometric(first: Spectrum, ahead: Spectrum, residual: Residual, given: Array) -> Spectrum:
    """R1 and a geometric number of X with this conditional mean; an atom at 0 where the mean is below E[R1]."""
    keep, g = _shape(residual, given)
    law, rest = keep * first, g * -ahead
    law += 1.0 - keep
    law *= 1.0 - g
    rest += 1.0
    law /= rest
    return np.asarray(law)


def _memoryless(grid: Grid, residual: Residual, given: Array, factor: float) -> Spectrum:
    """`geometric` where R1 and X are the same exponential law: exponential again, however short beside the step."""
    keep = np.minimum(given / residual.first, 1.0)[:, None]
    return np.asarray(1.0 - keep + keep * grid.exponentials(factor * np.maximum(given, residual.first)))


def _shape(residual: Residual, given: Array) -> tuple[Array, Array]:
    """(weight of R1, g) as columns, from the conditional mean."""
    extra = np.maximum(given - residual.first, 0.0) / residual.ahead
    keep = np.minimum(given / residual.first, 1.0)
    return keep[:, None], (extra / (1.0 + extra))[:, None]


@dataclass(frozen=True)
class MemorylessWait:
    """A wait that is exponential where there is one.

    Attributes:
        chance: (L,) P(W > 0).
        given: (L,) E[W | W > 0].
    """

    chance: Array
    given: Array

    @property
    def mean(self) -> Array:
        """(L,) E[W]."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(self.chance > 0.0, self.chance * self.given, 0.0))

    def shortened(self, factor: Array) -> Wait:
        """The wait with its mean multiplied by (L,) factors, as likely as before; endless ones stay so."""
        return replace(self, given=shorter(self.given, factor))

    def transform(self, grid: Grid, rows: Rows, factor: float = 1.0) -> Spectrum:
        """(rows, frequencies): the law of factor x W at these load points."""
        chance = self.chance[rows, None]
        return np.asarray(1.0 - chance + chance * grid.exponentials(factor * self.given[rows]))


@dataclass(frozen=True)
class MeanFieldWait:
    """The wait behind power of two choices: between a queue of its own and the mean field of many replicas.

    Attributes:
        residual: R1 and X as a waiting job of a small group sees them.
        field: R1 and X in the mean field, whose queues are short and young.
        chance: (L,) P(W > 0).
        mean: (L,) E[W].
        near: the weight of the small group's law: u^.5, less for smooth service.
        jobs: (L, K) P(j jobs queued before the arrival | it waits) in the mean field.
    """

    residual: Residual
    field: Residual
    chance: Array
    mean: Array
    near: float
    jobs: Array

    def shortened(self, factor: Array) -> Wait:
        """The wait with its mean multiplied by (L,) factors, as likely as before; endless ones stay so."""
        return replace(self, mean=shorter(self.mean, factor))

    def transform(self, grid: Grid, rows: Rows, factor: float = 1.0) -> Spectrum:
        first, ahead = self.residual.spectra(grid, factor)
        chance = self.chance[rows, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            given = np.where(self.chance > 0.0, self.mean / self.chance, self.residual.first)[rows]
        small = geometric(first, ahead, self.residual, given)
        if self.near == 1.0:
            return np.asarray(1.0 - chance + chance * small)
        many = self._many(grid, rows, factor, given)
        return np.asarray(1.0 - chance + chance * (self.near * small + (1.0 - self.near) * many))

    @property
    def jobs_variance(self) -> Array:
        """(L,) variance of the number of jobs queued before an arrival that waits in the mean field."""
        k = np.arange(self.jobs.shape[1], dtype=float)
        return np.asarray(self.jobs @ k**2 - (self.jobs @ k) ** 2)

    def _many(self, grid: Grid, rows: Rows, factor: float, given: Array) -> Spectrum:
        """R1, the mean field's jobs ahead, and a geometric rest that brings the mean to the right place."""
        first, ahead = self.field.spectra(grid, factor)
        jobs = self.jobs[rows]
        queued = np.zeros((len(rows), len(ahead)), dtype=complex)
        for column in range(jobs.shape[1] - 1, -1, -1):
            queued = queued * ahead + jobs[:, column : column + 1]
        mean = self.field.first + self.field.ahead * (jobs @ np.arange(jobs.shape[1], dtype=float))
        extra = np.maximum(given - mean, 0.0) / self.field.ahead
        g = (extra / (1.0 + extra))[:, None]
        return np.asarray(first * queued * (1.0 - g) / (1.0 - g * ahead))


@dataclass(frozen=True)
class MixedWait:
    """Different waits at different replicas: a visit goes to the i-th with probability shares[i]."""

    shares: tuple[float, ...]
    parts: tuple[Wait, ...]

    @property
    def chance(self) -> Array:
        return np.asarray(sum(share * part.chance for share, part in zip(self.shares, self.parts, strict=True)))

    @property
    def mean(self) -> Array:
        return np.asarray(sum(share * part.mean for share, part in zip(self.shares, self.parts, strict=True)))

    def transform(self, grid: Grid, rows: Rows, factor: float = 1.0) -> Spectrum:
        return np.asarray(
            sum(share * part.transform(grid, rows, factor) for share, part in zip(self.shares, self.parts, strict=True))
        )
