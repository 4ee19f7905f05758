"""The cheapest choice of one option for each component that satisfies all cuts: an exact 0/1 programme.

Options that satisfy the same cuts differ in price only, so of each such class only the cheapest takes part; what is
left is small. Where the cheapest options satisfy every cut there is nothing to solve; else HiGHS solves it (Huangfu and
Hall 2018), one level of the price after the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from capplan.planning.menus import Menu
from capplan.planning.options import DIGITS
from capplan.queueing.arrays import Array, Mask

LEVELS = ("cost", "unpriced", "changes", "machines")
"""The levels of a price, the first first."""
FEW = 2_000
"""So many choices are looked at by price: that is sooner done than HiGHS is loaded."""
NEAR = 1e-9
"""How near, relative to its best, an earlier level must stay."""


@dataclass(frozen=True)
class _Class:
    """Options of one component that satisfy the same cuts, by their cheapest."""

    name: str
    option: int
    prices: tuple[float, ...]
    satisfies: Mask


def cheapest(menus: Mapping[str, Menu], helps: Sequence[Mapping[str, Mask]], time: float) -> dict[str, int] | None:
    """The cheapest choice (option's index on each menu) that satisfies all cuts; None where there is none.

    Args:
        menus: the options by component; each has at least one.
        helps: for each cut and component, (options,) whether an option satisfies the cut.
        time: seconds that it may take.

    Raises:
        TimeoutError: it took longer.
    """
    classes = [one for name, menu in menus.items() for one in _classes(name, menu, [cut[name] for cut in helps])]
    first = {one.name: one for one in reversed(classes)}
    done = np.array([one.satisfies for one in first.values()]).any(axis=0) if helps else np.zeros(0, dtype=bool)
    if np.all(done):
        return {name: one.option for name, one in first.items()}
    possible = np.array([one.satisfies for one in classes]).any(axis=0)
    if not np.all(possible):
        return None
    near = _by_price([[one for one in classes if one.name == name] for name in menus])
    return _solved(classes, time) if near is None else near


def _classes(name: str, menu: Menu, helps: Sequence[Mask]) -> list[_Class]:
    """The cheapest option of each class that is not outdone by a cheaper one which satisfies as much."""
    bits = np.stack(helps, axis=1) if helps else np.zeros((len(menu), 0), dtype=bool)
    _, firsts = np.unique(np.packbits(bits, axis=1), axis=0, return_index=True) if helps else (None, np.array([0]))
    found: list[_Class] = []
    for index in sorted(firsts.tolist()):
        if not any(np.all(one.satisfies >= bits[index]) for one in found):
            found.append(_Class(name, index, tuple(float(x) for x in menu.price(index)), bits[index]))
    return found


def _by_price(of_each: Sequence[Sequence[_Class]]) -> dict[str, int] | None:
    """Choices looked at by price, the cheapest first, until one satisfies all cuts; None where that is not soon."""
    heap = [(_price(of_each, start := (0,) * len(of_each)), start, 0)]
    for _ in range(FEW):
        if not heap:
            return None
        _, chosen, first = heappop(heap)
        satisfied = [group[k].satisfies for group, k in zip(of_each, chosen, strict=True)]
        if np.all(np.any(satisfied, axis=0)):
            return {group[k].name: group[k].option for group, k in zip(of_each, chosen, strict=True)}
        for unit in range(first, len(of_each)):
            if chosen[unit] + 1 < len(of_each[unit]):
                next_one = (*chosen[:unit], chosen[unit] + 1, *chosen[unit + 1 :])
                heappush(heap, (_price(of_each, next_one), next_one, unit))
    return None


def _price(of_each: Sequence[Sequence[_Class]], chosen: tuple[int, ...]) -> tuple[float, ...]:
    prices = [group[k].prices for group, k in zip(of_each, chosen, strict=True)]
    return tuple(round(sum(level), DIGITS) for level in zip(*prices, strict=True))


def _solved(classes: Sequence[_Class], time: float) -> dict[str, int] | None:
    """One level of the price after the other, each kept while the next is made small."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    names = list(dict.fromkeys(one.name for one in classes))
    one_each = np.array([[float(one.name == name) for one in classes] for name in names])
    satisfied = np.array([one.satisfies for one in classes], dtype=float).T
    rules = [LinearConstraint(one_each, 1.0, 1.0), LinearConstraint(satisfied, 1.0, np.inf)]
    chosen: Array | None = None
    for level in range(len(LEVELS)):
        price = np.array([one.prices[level] for one in classes])
        flat = all(np.ptp(price[one_each[row] > 0.0]) == 0.0 for row in range(len(names)))
        if flat and (chosen is not None or level + 1 < len(LEVELS)):
            continue
        scale = max(float(np.min(price[price > 0.0], initial=np.inf)), 1e-12) if np.any(price > 0.0) else 1.0
        found = milp(
            price / scale,
            integrality=np.ones(len(classes), dtype=np.int64),
            bounds=Bounds(0, 1),
            constraints=rules,
            options={"time_limit": max(time, 0.01), "mip_rel_gap": 0.0},
        )
        if found.status == 1:
            raise TimeoutError
        if found.x is None:
            return None
        chosen = np.round(found.x)
        best = float(price @ chosen) / scale
        rules.append(LinearConstraint(price[None, :] / scale, -np.inf, best * (1.0 + NEAR) + NEAR))
    if chosen is None:
        return None
    return {classes[k].name: classes[k].option for k in np.flatnonzero(chosen > 0.5).tolist()}
