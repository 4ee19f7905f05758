"""Grids with a step for each member: the transforms of laws whose means differ, and of constants, on all of them.

On a grid a law depends on mean / step alone. It is worked out once at a ladder of such ratios and interpolated between
them in the logarithm, which costs a product of matrices instead of a law a member.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import factorial

import numpy as np

from capplan.queueing.arrays import Array, Spectrum
from capplan.queueing.ensemble import Times
from capplan.queueing.ensemble_ladder import law_at
from capplan.queueing.grid import Grid
from capplan.queueing.laws import Deterministic, Exponential

NARROW = 0.3
"""Laws of a smaller SCV turn too fast along the frequencies: they are interpolated about their means."""
FLAT = 0.7
"""A law whose standard deviation is below so many steps in every member is taken as constant."""
PER_FACTOR = 4.0
"""Ratios at which laws are known: so many for each factor e."""
STENCIL = 8
"""So many of them are taken for each ratio between."""


@dataclass(frozen=True)
class Grids:
    """Times 0, h, …, (n-1) h, with an own h for each member.

    Attributes:
        steps: (M,) h.
        points: n.
        near: whether laws may reach beyond the range (see `Grid`).
    """

    steps: Array
    points: int
    near: bool = False

    @cached_property
    def unit(self) -> Grid:
        """The same grid with steps of one."""
        return Grid(1.0, self.points, self.near)

    @cached_property
    def start(self) -> Spectrum:
        """The transform of no time at all."""
        return np.ones((1, self.points + 1), dtype=complex)

    def constant(self, time: Array) -> Spectrum:
        """(M, n+1) the transform of constants (M,), each split between its two neighbours so that its mean is exact."""
        cells = np.floor(time / self.steps)
        fraction = (time / self.steps - cells)[:, None]
        places = np.multiply.outer(cells.astype(np.intp) % (2 * self.points), np.arange(self.points + 1))
        whole = self._turns[places % (2 * self.points)]
        if self.near:
            whole = whole * self.unit.damping[1] ** cells[:, None]
        return np.asarray(whole * (1.0 + fraction * (self.unit.shift - 1.0)))

    @cached_property
    def _turns(self) -> Spectrum:
        return np.asarray(np.exp(-1j * np.pi * np.arange(2 * self.points) / self.points))

    def exponentials(self, means: Array) -> Spectrum:
        """(M, n+1) exponential laws of these means (M,) > 0."""
        return self.unit.exponentials(means / self.steps)

    def law(self, time: Times) -> Spectrum:
        """(M, n+1) or (1, n+1) the transforms of a random time."""
        law, ratios = time.law, time.mean / self.steps
        if isinstance(law, Exponential):
            return self.exponentials(time.mean)
        if isinstance(law, Deterministic) or np.sqrt(law.scv) * np.max(ratios) < FLAT:
            return self.constant(time.mean)

        def at(rungs: Array) -> list[Spectrum]:
            return [law_at(law, rungs, self.unit)]

        return self.blended((law, self.points, self.near), at, ratios, about=law.scv < NARROW)[0]

    def blended(
        self, key: Hashable, at: Callable[[Array], Sequence[Spectrum]], ratios: Array, *, about: bool = False
    ) -> list[Spectrum]:
        """(M, n+1) transforms that depend on one ratio each, from those at the rungs around it.

        Args:
            key: names what is asked for, so that each rung is worked out once.
            at: gives the transforms at some ratios of mean to step.
            ratios: (M,).
            about: whether laws are so narrow that they are better interpolated about their means.
        """
        if np.ptp(ratios) <= 1e-12 * ratios[0]:
            return list(at(ratios[:1]))
        nodes, weights = _stencils(np.log(np.maximum(ratios, 1e-12)) * PER_FACTOR)
        knots = np.exp(nodes / PER_FACTOR)
        known = _climbed(key, at, knots)
        if not about:
            return [_product(weights, spectra) for spectra in known]
        theta = 1j * np.pi * np.arange(self.points + 1) / self.points
        turned = [_product(weights, spectra * np.exp(knots[:, None] * theta)) for spectra in known]
        return [np.asarray(spectra * np.exp(-ratios[:, None] * theta)) for spectra in turned]


_OF_WHOLE = np.array(
    [(-1.0) ** (STENCIL - 1 - j) / (factorial(j) * factorial(STENCIL - 1 - j)) for j in range(STENCIL)]
)
"""One over the product of what is between each place of a stencil and the others."""


def _product(weights: Array, spectra: Spectrum) -> Spectrum:
    """Real weights times transforms; as real matrices, which costs half."""
    return np.asarray((weights @ spectra.view(float)).view(complex))


def _stencils(places: Array) -> tuple[Array, Array]:
    """(nodes, (M, nodes) weights) of Lagrange's interpolation between whole numbers, the nearest `STENCIL` for each."""
    first = np.floor(places).astype(np.intp) - (STENCIL // 2 - 1)
    apart = (places - first)[:, None] - np.arange(STENCIL, dtype=float)
    before = np.cumprod(np.concatenate((np.ones((len(places), 1)), apart[:, :-1]), axis=1), axis=1)
    after = np.cumprod(np.concatenate((np.ones((len(places), 1)), apart[:, :0:-1]), axis=1), axis=1)[:, ::-1]
    weights = before * after * _OF_WHOLE
    low = int(first.min())
    spread = np.zeros((len(places), int(first.max()) - low + STENCIL))
    np.put_along_axis(spread, (first - low)[:, None] + np.arange(STENCIL), weights, axis=1)
    used = np.flatnonzero(np.any(spread != 0.0, axis=0))
    return (low + used).astype(float), spread[:, used]


def _climbed(key: Hashable, at: Callable[[Array], Sequence[Spectrum]], knots: Array) -> list[Spectrum]:
    """(rungs, n+1) transforms at some ratios; those that are not known yet are worked out together."""
    rungs = _rungs(key)
    missing = [knot for knot in knots.tolist() if knot not in rungs]
    if missing:
        found = at(np.array(missing))
        rungs |= {knot: tuple(spectra[row] for spectra in found) for row, knot in enumerate(missing)}
    return [np.stack(spectra) for spectra in zip(*(rungs[knot] for knot in knots.tolist()), strict=True)]


@lru_cache(maxsize=128)
def _rungs(key: Hashable) -> dict[float, tuple[Spectrum, ...]]:  # noqa: ARG001
    """What is known of a law, by ratio."""
    return {}
