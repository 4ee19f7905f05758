"""Roots: the load at which a growing quantity reaches its threshold, many at once.

Quantities such as percentiles grow like A + B/(1-u) towards the load that saturates them, so the search works on
their inverse,
which is nearly linear there: a bracketed regula falsi (Illinois; Dowell and Jarratt 1971), one load a root and round.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-9
ROUNDS = 60
LADDER = (1e-6, 0.6, 0.9, 0.99)
"""Parts of the limit at which every quantity is looked at first."""
PRECISION = 1e-8
"""How near the threshold, relative to it, a quantity must come."""
CLOSE = 5e-3
"""How far around a coarse root the fine one is sought."""

Values = Callable[[list[tuple[int, float]]], list[float]]
"""(root, load) pairs in, the quantity of that root at that load out; inf where it has no bound."""


@dataclass
class _Bracket:
    """A root between two loads: `low` is below the threshold, `high` reaches it."""

    low: float
    high: float
    below: float
    above: float
    side: int = 0
    stuck: int = 0

    def guess(self) -> float:
        """The next load to look at; the middle where one end has not moved for a while."""
        part = 0.5 if self.stuck > 2 else self.below / (self.below - self.above)
        return self.low + (self.high - self.low) * min(max(part, 1e-3), 1.0 - 1e-3)

    def take(self, load: float, gap: float) -> None:
        """Narrow the bracket; the end that stays twice counts half."""
        self.stuck = self.stuck + 1 if (gap > 0.0) == (self.side == 1) else 0
        if gap > 0.0:
            self.above *= 0.5 if self.side == 1 else 1.0
            self.low, self.below, self.side = load, gap, 1
        else:
            self.below *= 0.5 if self.side == -1 else 1.0
            self.high, self.above, self.side = load, gap, -1

    @property
    def closed(self) -> bool:
        """Whether the root is known to a relative 1e-9."""
        return self.high - self.low <= TOLERANCE * self.high


def rising_roots(
    values: Values, thresholds: list[float], limits: list[float], precision: float = PRECISION
) -> list[float | None]:
    """Where each quantity first reaches its threshold.

    Args:
        values: evaluates (root, load) pairs in one call.
        thresholds: one a root, positive.
        limits: the load beyond which a quantity has no bound; inf where nothing bounds it.
        precision: how near the threshold, relative to it, is near enough.

    Returns:
        The load; 0 where it is reached at the least of loads, None where no load does.
    """
    ladders = [[part * limit for part in LADDER] if np.isfinite(limit) else _open() for limit in limits]
    brackets, found = _brackets(values, thresholds, limits, dict(enumerate(ladders)))
    _narrow(values, thresholds, brackets, precision)
    return [found[k] if k in found else brackets[k].high for k in range(len(thresholds))]


def refined_roots(
    values: Values, thresholds: list[float], limits: list[float], near: list[float | None]
) -> list[float | None]:
    """The roots of finer values, sought around those of coarse ones; over the whole range where they are not there.

    Args:
        values, thresholds, limits: as for `rising_roots`.
        near: the roots of a coarse evaluation.
    """
    ladders = {k: [load * (1.0 - CLOSE), load * (1.0 + CLOSE)] for k, load in enumerate(near) if load}
    for k, ladder in ladders.items():
        ladder[1] = min(ladder[1], limits[k])
    brackets, _ = _brackets(values, thresholds, limits, ladders)
    brackets = {k: bracket for k, bracket in brackets.items() if bracket.high <= ladders[k][1]}
    _narrow(values, thresholds, brackets, PRECISION)
    rest = [k for k in range(len(thresholds)) if k not in brackets]

    def remaining(pairs: list[tuple[int, float]]) -> list[float]:
        return values([(rest[k], load) for k, load in pairs])

    full = rising_roots(remaining, [thresholds[k] for k in rest], [limits[k] for k in rest]) if rest else []
    found = dict(zip(rest, full, strict=True)) | {k: bracket.high for k, bracket in brackets.items()}
    return [found[k] for k in range(len(thresholds))]


def _narrow(values: Values, thresholds: list[float], brackets: dict[int, _Bracket], precision: float) -> None:
    """Closes all brackets, one load each per round."""
    for _ in range(ROUNDS):
        todo = [(root, bracket.guess()) for root, bracket in brackets.items() if not bracket.closed]
        if not todo:
            return
        for (root, load), value in zip(todo, values(todo), strict=True):
            gap = _gap(value, thresholds[root])
            if abs(gap) * thresholds[root] < precision:
                brackets[root].low = brackets[root].high = load
            else:
                brackets[root].take(load, gap)


def _gap(value: float, threshold: float) -> float:
    """Positive below the threshold, zero on it: 1/value - 1/threshold."""
    return (1.0 / value if value > 0.0 else 1e300) - 1.0 / threshold


def _brackets(
    values: Values, thresholds: list[float], limits: list[float], ladders: dict[int, list[float]]
) -> tuple[dict[int, _Bracket], dict[int, float | None]]:
    """A first look at some loads: the two between which each root lies, or the answer where there are none."""
    todo = [(root, load) for root, ladder in ladders.items() for load in ladder]
    seen: dict[int, list[tuple[float, float]]] = {}
    for (root, load), value in zip(todo, values(todo) if todo else [], strict=True):
        seen.setdefault(root, []).append((load, _gap(value, thresholds[root])))
    brackets: dict[int, _Bracket] = {}
    found: dict[int, float | None] = {}
    for root, points in seen.items():
        reached = next((k for k, (_, gap) in enumerate(points) if gap <= 0.0), None)
        if reached == 0:
            found[root] = 0.0
        elif reached is not None:
            (low, below), (high, above) = points[reached - 1], points[reached]
            brackets[root] = _Bracket(low, high, below, min(above, -1e-300))
        elif np.isfinite(limits[root]):
            low, below = points[-1]
            brackets[root] = _Bracket(low, limits[root], below, -1.0 / thresholds[root])
        else:
            found[root] = None
    return brackets, found


def _open() -> list[float]:
    """Loads to look at where nothing bounds them."""
    return [float(load) for load in np.logspace(-3, 12, 16)]
