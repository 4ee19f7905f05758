"""Roots: the load at which a growing quantity reaches its threshold, many at once.

Quantities such as percentiles grow like A + B/(1-u) towards the load that saturates them, so the search works on their
inverse, which is nearly linear there: Chandrupatla's bracketed inverse quadratic interpolation (1997), one load a root
and round, all roots of a round evaluated in one call.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np

TOLERANCE = 1e-9
"""How narrow a bracket must become, relative to the load."""
PRECISION = 1e-9
"""How near the threshold, relative to it, a quantity must come."""
ROUNDS = 80
LADDER = (1e-6, 0.6, 0.9, 0.99)
"""Parts of the limit at which a quantity that grows towards one is looked at first."""
BENDS = 16
"""So many bends are looked at; what is still below its threshold beyond them is looked at far out only."""
FAR = 1e4
"""A quantity this many times below its threshold counts as that far below."""

Values = Callable[[list[tuple[int, float]]], list[float]]
"""(root, load) pairs in, the quantity of that root at that load out; inf where it has no bound."""


class Range(NamedTuple):
    """Where to look for a root.

    Attributes:
        looks: the loads to look at first, rising; the root is sought between the first two that enclose one.
        limit: the load beyond which the quantity has no bound; inf where nothing bounds it.
    """

    looks: tuple[float, ...]
    limit: float = float("inf")


def towards(limit: float) -> Range:
    """The range of a quantity that grows without bound towards a load; all loads where there is no such load."""
    if np.isfinite(limit):
        return Range(tuple(part * limit for part in LADDER), limit)
    return Range(tuple(np.logspace(-3, 12, 16).tolist()))


def around(full: float) -> Range:
    """The range of a quantity that may jump at a load and go on rising or falling beyond it."""
    if not np.isfinite(full):
        return towards(full)
    parts = (*LADDER[:-1], 0.97, 0.995, 1.0 - 1e-6, 1.0 + 1e-3, 1.03, 1.2, 2.0, 10.0)
    return Range(tuple(part * full for part in parts))


def between(bends: Iterable[float]) -> Range:
    """The range of a quantity that bends at some loads and may rise and fall between: looks at the first and around."""
    points = sorted({bend for bend in bends if np.isfinite(bend) and bend > 0.0})[:BENDS]
    if not points:
        return Range(tuple(np.logspace(-3, 12, 16).tolist()))
    middles = [math.sqrt(one * other) for one, other in pairwise(points)]
    just = [bend * (1.0 + edge) for bend in points for edge in (-1e-9, 1e-3)]
    beyond = [points[-1] * factor for factor in (1.1, 2.0, 10.0, 1e3)]
    return Range(tuple(sorted([1e-6 * points[0], *just, *middles, *beyond])))


@dataclass
class _Search:
    """A root between two loads.

    Attributes:
        near, far: the newest load and the one on the root's other side, each with its gap (positive below the root).
        old: the load that the newest one displaced.
        tolerance: how narrow the bracket must become, relative to the load.
    """

    near: tuple[float, float]
    far: tuple[float, float]
    tolerance: float = TOLERANCE
    old: tuple[float, float] = field(init=False)

    def __post_init__(self) -> None:
        self.old = self.near

    @property
    def best(self) -> tuple[float, float]:
        """The end with the smaller gap."""
        return self.near if abs(self.near[1]) <= abs(self.far[1]) else self.far

    def done(self, threshold: float) -> bool:
        """Whether the root is known well enough."""
        narrow = abs(self.near[0] - self.far[0]) <= self.tolerance * max(self.near[0], self.far[0])
        return narrow or abs(self.best[1]) * threshold < PRECISION

    def guess(self) -> float:
        """The next load: by inverse quadratic interpolation where that is safe, the secant at first, else halfway."""
        (x1, f1), (x2, f2), (x3, f3) = self.near, self.far, self.old
        part = f1 / (f1 - f2) if self.old == self.near else 0.5
        if f3 not in (f1, f2):
            xi, phi = (x1 - x2) / (x3 - x2), (f1 - f2) / (f3 - f2)
            if phi**2 < xi and (1.0 - phi) ** 2 < 1.0 - xi:
                part = f1 / (f2 - f1) * f3 / (f2 - f3) + (x3 - x1) / (x2 - x1) * f1 / (f3 - f1) * f2 / (f3 - f2)
        edge = min(0.25 * self.tolerance * abs(x1) / abs(x2 - x1), 0.5)
        return x1 + min(max(part, edge), 1.0 - edge) * (x2 - x1)

    def take(self, load: float, gap: float) -> None:
        """Keep the bracket: the new load becomes one end, the root stays between it and the other."""
        if (gap > 0.0) == (self.near[1] > 0.0):
            self.old = self.near
        else:
            self.old, self.far = self.far, self.near
        self.near = (load, gap)


def rising_roots(
    values: Values, thresholds: list[float], ranges: list[Range], tolerance: float = TOLERANCE
) -> list[float | None]:
    """Where each quantity first reaches its threshold.

    Args:
        values: evaluates (root, load) pairs in one call.
        thresholds: one a root, positive.
        ranges: where to look for each.
        tolerance: to which the load is wanted, relative to it.

    Returns:
        The load; 0 where it is reached at the least of loads, None where no load does.
    """
    searches, found = _searches(values, thresholds, ranges)
    for search in searches.values():
        search.tolerance = tolerance
    for _ in range(ROUNDS):
        todo = [(root, search.guess()) for root, search in searches.items() if not search.done(thresholds[root])]
        if not todo:
            break
        for (root, load), value in zip(todo, values(todo), strict=True):
            searches[root].take(load, _gap(value, thresholds[root]))
    return [found[k] if k in found else searches[k].best[0] for k in range(len(thresholds))]


def _gap(value: float, threshold: float) -> float:
    """Positive below the threshold, zero on it: 1/value - 1/threshold."""
    return 1.0 / max(value, threshold / FAR) - 1.0 / threshold


def _searches(
    values: Values, thresholds: list[float], ranges: list[Range]
) -> tuple[dict[int, _Search], dict[int, float | None]]:
    """A first look over the whole range: the two loads between which each root lies, or the answer without a search."""
    todo = [(root, load) for root, span in enumerate(ranges) for load in span.looks]
    seen: dict[int, list[tuple[float, float]]] = {}
    for (root, load), value in zip(todo, values(todo) if todo else [], strict=True):
        seen.setdefault(root, []).append((load, _gap(value, thresholds[root])))
    searches: dict[int, _Search] = {}
    found: dict[int, float | None] = {}
    for root, points in seen.items():
        reached = next((k for k, (_, gap) in enumerate(points) if gap <= 0.0), None)
        if reached == 0:
            found[root] = 0.0
        elif reached is not None:
            searches[root] = _Search(points[reached - 1], points[reached])
        elif np.isfinite(ranges[root].limit):
            searches[root] = _Search(points[-1], (ranges[root].limit, -1.0 / thresholds[root]))
        else:
            found[root] = None
    return searches, found
