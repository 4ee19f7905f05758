"""Fronts: choices for some components together, with the law of the time that they take in every state.

Of choices that differ, one outdoes another when it is no dearer and no slower in every state. Joining two pieces of the
call graph joins their fronts; outdone choices are dropped at once, so a front stays short however many choices there
are. Laws live on a grid that ends at the time that an objective asks for: what happens beyond it does not matter.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from capplan.planning.options import DIGITS
from capplan.queueing.arrays import Array, Mask, Spectrum
from capplan.queueing.grid import Grid

Join: TypeAlias = Callable[[Spectrum, Spectrum], Spectrum]
Choices: TypeAlias = npt.NDArray[np.intp]
SAMPLES = 128
"""Times at which laws are compared."""
TOLERANCE = 1e-7
"""How much slower, in probability, one may be and still outdo another."""
MOST = 1e9
"""More bytes of laws than this at a time are too many."""
CHUNK = 4_000


class NoneHoldsError(Exception):
    """No choice holds the objectives within the price."""


class TooManyError(Exception):
    """There are more choices than can be looked at."""


@dataclass(frozen=True)
class Front:
    """Choices that nothing outdoes.

    Attributes:
        grid: where the laws live.
        names: the components.
        choices: (choices, components) option of each (its index on the menu).
        prices: (choices, levels) what each choice costs.
        laws: (rows, choices, frequencies) transform of the time that it takes; states that are alike share a row.
        rows: the row of each state.
    """

    grid: Grid
    names: tuple[str, ...]
    choices: Choices
    prices: Array
    laws: Spectrum
    rows: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.choices)

    @cached_property
    def masses(self) -> Array:
        """(rows, choices, times) of the laws."""
        return np.stack([_masses(self.grid, law) for law in self.laws])

    @cached_property
    def best(self) -> Spectrum:
        """(rows, frequencies) a law that no choice outdoes."""
        below = np.max(np.cumsum(self.masses, axis=2), axis=1)
        return self.grid.transform(np.diff(below, axis=1, prepend=0.0))

    def kept(self, chosen: Mask | Choices) -> "Front":
        """Only some of the choices."""
        return replace(self, choices=self.choices[chosen], prices=self.prices[chosen], laws=self.laws[:, chosen])

    def pruned(self) -> "Front":
        """Without the choices that another outdoes; by price, the cheapest first."""
        order = np.lexsort(self.prices.T[::-1])
        step = max(self.grid.points // SAMPLES, 1)
        tails = 1.0 - np.cumsum(self.masses, axis=2)[:, order, ::step]
        tails = np.concatenate(list(tails), axis=1)
        kept: list[int] = []
        known = np.empty_like(tails)
        for row, tail in enumerate(tails):
            if not np.any(np.all(known[: len(kept)] <= tail + TOLERANCE, axis=1)):
                known[len(kept)] = tail
                kept.append(row)
        return self.kept(order[kept])

    def turned(self, laws: Spectrum) -> "Front":
        """The same choices with other laws."""
        return replace(self, laws=laws)

    def power(self, count: int) -> "Front":
        """So many times in turn, each time anew."""
        return self.turned(self.laws**count)

    def sometimes(self, probability: float) -> "Front":
        """With this probability, else nothing."""
        return self.turned(1.0 - probability + probability * self.laws)

    def then(self, other: "Front", most: Array | None = None) -> "Front":
        """The one and then the other; `most` is what a choice may cost at most."""
        return self._joined(other, _product, most)

    def beside(self, other: "Front") -> "Front":
        """Both at the same time, until the slower one is done."""
        return self._joined(other, self._slower)

    def plus(self, other: "Front") -> "Front":
        """Parts of one mixture."""
        return self._joined(other, _sum)

    def _slower(self, one: Spectrum, other: Spectrum) -> Spectrum:
        return self.grid.slowest([one, other])

    def _joined(self, other: "Front", join: Join, most: Array | None = None) -> "Front":
        """Every choice of the one with every choice of the other."""
        left, right = (axis.ravel() for axis in np.meshgrid(np.arange(len(self)), np.arange(len(other)), indexing="ij"))
        prices = np.round(self.prices[left] + other.prices[right], DIGITS)
        if most is not None:
            cheap = within(prices, most)
            left, right, prices = left[cheap], right[cheap], prices[cheap]
        if not len(left):
            raise NoneHoldsError
        pairs = list(dict.fromkeys(zip(self.rows, other.rows, strict=True)))
        if 24.0 * len(left) * len(pairs) * (self.grid.points + 1) > MOST:
            raise TooManyError
        return Front(
            grid=self.grid,
            names=self.names + other.names,
            choices=np.concatenate([self.choices[left], other.choices[right]], axis=1),
            prices=prices,
            laws=np.stack([join(self.laws[k][left], other.laws[j][right]) for k, j in pairs]),
            rows=tuple(pairs.index(pair) for pair in zip(self.rows, other.rows, strict=True)),
        )


def constant(grid: Grid, laws: Spectrum, rows: tuple[int, ...]) -> Front:
    """Nothing to choose: (rows, frequencies) a time as it is, and the row of each state."""
    return Front(grid, (), np.zeros((1, 0), dtype=np.intp), np.zeros((1, 4)), laws[:, None, :], rows)


def within(prices: Array, most: Array) -> Mask:
    """(…) whether prices (…, levels) are at most `most` (cost, cores without a price), the cost counting first."""
    cost, cores = prices[..., 0] - most[0], prices[..., 1] - most[1]
    slack = 1e-9 * (1.0 + abs(most[0])) if np.isfinite(most[0]) else 0.0
    return np.asarray((cost < -slack) | ((cost <= slack) & (cores <= 1e-9)))


def _sum(one: Spectrum, other: Spectrum) -> Spectrum:
    return np.asarray(one + other)


def _product(one: Spectrum, other: Spectrum) -> Spectrum:
    return np.asarray(one * other)


def _masses(grid: Grid, laws: Spectrum) -> Array:
    return np.concatenate([grid.masses(laws[k : k + CHUNK]) for k in range(0, len(laws), CHUNK)])
