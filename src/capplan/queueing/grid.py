"""Laws as masses on a uniform grid, and their transforms: sums are products, branches are mixtures, joins multiply
CDFs.

The lattice of a law keeps its mean exactly: the mass at k h is the second difference of E[(S-t)+] over h, so that the
mean of any sum on the grid is the sum of the means, however short a law is beside the step.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from capplan.queueing.arrays import Array, Spectrum
from capplan.queueing.laws import Law

FAR = 1e12
"""Means of this many steps are as good as endless."""
WRAPPED = 1e-9
"""What is left on a near grid of a mass that wraps around once."""


@dataclass(frozen=True)
class Grid:
    """Times 0, h, 2h, …, (n-1)h; transforms are padded to 2n so that one wrap-around never reaches the range.

    A *near* grid looks at the beginning of laws that reach far beyond it: what lies beyond its range is left out, and
    all sequences are damped by r^k with r^2n = 1e-9, so that what wraps around cannot be seen (Abate and Whitt 1992).
    What happens within the range depends on nothing beyond it, so sums, mixtures and joins stay exact there.

    Attributes:
        step: h.
        points: n, a power of two.
        near: whether laws may reach beyond the range.
    """

    step: float
    points: int
    near: bool = False

    @cached_property
    def damping(self) -> Array:
        """r^k for k = 0..n-1; all 1 on a grid that holds whole laws."""
        if not self.near:
            return np.ones(self.points)
        return np.asarray(np.exp(np.arange(self.points) * (math.log(WRAPPED) / (2 * self.points))))

    @cached_property
    def times(self) -> Array:
        """k h for k = 0..n, one more than there are masses."""
        return np.asarray(self.step * np.arange(self.points + 1))

    @cached_property
    def shift(self) -> Spectrum:
        """The transform of a delay of one step."""
        turn = np.exp(-1j * np.pi * np.arange(self.points + 1) / self.points)
        return np.asarray(turn * self.damping[1])

    @property
    def span(self) -> float:
        """T, the range."""
        return self.step * self.points

    def lattice(self, excess: Array, mean: Array | float) -> Array:
        """Masses of the law (or laws) with this `excess` at `times` (last axis) and this mean."""
        masses = np.empty((*excess.shape[:-1], self.points))
        masses[..., 1:] = (excess[..., :-2] - 2.0 * excess[..., 1:-1] + excess[..., 2:]) / self.step
        masses[..., 0] = 1.0 - (mean - excess[..., 1]) / self.step
        return self.completed(masses)

    def completed(self, masses: Array) -> Array:
        """The masses made non-negative; what lies beyond the range is put at its end, so that they sum to 1 (or is
        left out on a near grid)."""
        kept = np.maximum(masses, 0.0)
        if self.near:
            return np.asarray(kept)
        kept[..., -1] += np.maximum(1.0 - kept.sum(axis=-1), 0.0)
        return np.asarray(kept / kept.sum(axis=-1, keepdims=True))

    def normalised(self, masses: Array) -> Array:
        """Weights, non-negative, made to sum to 1."""
        kept = np.maximum(masses, 0.0)
        return np.asarray(kept / kept.sum(axis=-1, keepdims=True))

    def transform(self, masses: Array) -> Spectrum:
        """The transform, n + 1 frequencies."""
        return np.asarray(np.fft.rfft(masses * self.damping, 2 * self.points, axis=-1))

    def masses(self, spectrum: Spectrum) -> Array:
        """Back from a transform to masses within the range."""
        return np.asarray(np.fft.irfft(spectrum, 2 * self.points, axis=-1)[..., : self.points] / self.damping)

    def constant(self, time: float) -> Spectrum:
        """The transform of a constant, split between its two neighbours on the grid so that its mean is exact."""
        cells, fraction = divmod(time / self.step, 1.0)
        whole = np.exp(-1j * np.pi * np.arange(self.points + 1) / self.points * cells)
        whole = whole * float(self.damping[1]) ** cells
        return np.asarray(whole * (1.0 - fraction + fraction * self.shift))

    def exponentials(self, means: Array) -> Spectrum:
        """(L, n+1) exponential laws of these means (L,) > 0; their lattice is geometric from h on, which sums in closed
        form."""
        mean = np.clip(np.asarray(means, dtype=float)[:, None] / self.step, 1.0 / FAR, FAR)
        decay = -np.expm1(-1.0 / mean)
        first = 1.0 - mean * decay
        later = mean * decay**2 * self.shift / (1.0 - (1.0 - decay) * self.shift)
        return np.asarray(first + later)

    def law(self, law: Law) -> Spectrum:
        """The transform of a law; equal laws on equal grids are computed once."""
        return _law(law, self)

    def quantiles(self, spectrum: Spectrum, levels: Sequence[float]) -> Array:
        """Quantiles of laws given by transforms.

        Args:
            spectrum: (L, n+1).
            levels: Q levels in (0, 1).

        Returns:
            (L, Q). The sum of masses up to k is the CDF half a step later; the tail between is interpolated in its
            logarithm, which is exact for exponential tails. A level beyond the range gives the range.
        """
        tail = 1.0 - np.cumsum(self.masses(spectrum), axis=-1)
        found = np.empty((tail.shape[0], len(levels)))
        for column, level in enumerate(levels):
            found[:, column] = self._crossing(tail, 1.0 - level)
        return found

    def _crossing(self, tail: Array, mass: float) -> Array:
        """Where the tail falls to `mass`, per row."""
        rows = np.arange(tail.shape[0])
        first = np.argmax(tail <= mass, axis=-1)
        beyond = tail[rows, first] > mass
        above = np.where(first > 0, tail[rows, np.maximum(first - 1, 0)], 1.0)
        below = np.maximum(tail[rows, first], 1e-300)
        with np.errstate(divide="ignore", invalid="ignore"):
            fraction = np.log(above / mass) / np.log(above / below)
        start = np.where(first > 0, first - 0.5, 0.0)
        width = np.where(first > 0, 1.0, 0.5)
        inside = (start + width * np.clip(np.nan_to_num(fraction), 0.0, 1.0)) * self.step
        return np.asarray(np.where(beyond, self.span, inside))

    def slowest(self, spectra: Sequence[Spectrum]) -> Spectrum:
        """The transform of the largest of independent times: their CDFs multiplied."""
        product = np.cumprod(np.stack([np.cumsum(self.masses(s), axis=-1) for s in spectra]), axis=0)[-1]
        return self.transform(self.completed(np.diff(product, axis=-1, prepend=0.0)))


def ladder(span: float, points: int) -> Grid:
    """The grid whose range is the next of the fixed rungs (factor sqrt 2) above `span`: loads near each other share
    it."""
    return Grid(step=2.0 ** (math.ceil(2.0 * math.log2(span)) / 2.0) / points, points=points)


@lru_cache(maxsize=512)
def _law(law: Law, grid: Grid) -> Spectrum:
    return grid.transform(grid.lattice(law.excess(grid.times), law.mean))
