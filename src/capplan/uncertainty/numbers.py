"""The numbers of many translations without many translations: which input each number of a model goes with, and how.

Nearly every number of a queueing network is a constant, goes with one input (service times, hit ratios), with its
inverse (bandwidths), or with the product of two. A few translations at marked inputs, each changed by a part of its
own, show which; one more proves it. Where a number is none of these every member is translated by itself.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from capplan.prediction.cost import component_cost
from capplan.prediction.model import Model
from capplan.prediction.resources import storage_use
from capplan.queueing.arrays import Array, Mask
from capplan.queueing.ensemble import numbers, shape

MARKS = 4
"""Translations at marked inputs; the last proves what the others show."""
EXACT = 1e-9
"""Relative difference from which on a number is not what it seemed to be."""


class Figures(NamedTuple):
    """What members differ in.

    Attributes:
        network: the network's numbers.
        limits: rates that others set.
        idle, visit: by component with a price: cost per hour without load, and for each visit per second.
        storage: by component with data and a disk: the part that is full.
    """

    network: tuple[float, ...]
    limits: tuple[float, ...]
    idle: tuple[float, ...]
    visit: tuple[float, ...]
    storage: tuple[float, ...]

    @property
    def flat(self) -> Array:
        """All of them in a row."""
        return np.array([number for part in self for number in part])

    def cut(self, flat: Array) -> tuple[Array, ...]:
        """(M, all) rows of such numbers -> one array a part."""
        return tuple(np.split(flat, np.cumsum([len(part) for part in self])[:-1], axis=1))


def priced(model: Model) -> list[str]:
    """The components whose cost is known."""
    components = model.topology.components
    return [name for name, one in components.items() if component_cost(model, one, 0.0) is not None]


def stored(model: Model) -> list[str]:
    """The components of which it is known how full their disks are."""
    topology = model.topology
    return [name for name, one in topology.components.items() if storage_use(one, topology.machine(one)) is not None]


def figures(model: Model) -> Figures:
    """The numbers of one model."""
    topology = model.topology
    components = [topology.component(name) for name in priced(model)]
    idle = [component_cost(model, one, 0.0) or 0.0 for one in components]
    loaded = [component_cost(model, one, 1.0) or 0.0 for one in components]
    used = [storage_use(topology.component(name), topology.machine(topology.component(name))) for name in stored(model)]
    return Figures(
        network=tuple(numbers(model.network)),
        limits=tuple(limit.rate for limit in model.limits),
        idle=tuple(idle),
        visit=tuple(one - other for one, other in zip(loaded, idle, strict=True)),
        storage=tuple(part or 0.0 for part in used),
    )


def members(model: Model, middle: Array, values: Array, build: Callable[[Array], Model]) -> Array | None:
    """(M, numbers) the figures of every member.

    Args:
        model: the translation at the middle of the inputs.
        middle: (inputs,) their middles.
        values: (M, inputs) what they are in each member.
        build: translates at other values.

    Returns:
        None where the members are not of one shape.
    """
    marks = _marks(middle, values)
    marked = [build(mark) for mark in marks]
    if any(shape(one.network) != shape(model.network) for one in marked):
        return None
    base, seen = figures(model).flat, np.stack([figures(one).flat for one in marked])
    if seen.shape[1] != len(base):
        return None
    found, explained = _explained(base, seen, (middle, marks, values))
    if explained.all():
        return found
    return _one_by_one(model, values, build)


def _marks(middle: Array, values: Array) -> Array:
    """(MARKS, inputs) inputs that are all changed by different parts, within what they range over."""
    random = np.random.default_rng(len(middle))
    low, high = values.min(axis=0, initial=np.inf), values.max(axis=0, initial=-np.inf)
    return np.asarray(middle + random.uniform(0.2, 0.8, (MARKS, len(middle))) * np.where(
        random.random((MARKS, len(middle))) < 0.5, low - middle, high - middle
    ))  # fmt: skip


def _explained(base: Array, seen: Array, inputs: tuple[Array, Array, Array]) -> tuple[Array, Mask]:
    """(M, numbers) what the numbers are in every member, and which of them the marks explain."""
    middle, marks, values = inputs
    found = np.tile(base, (len(values), 1))
    moved = np.any(np.abs(seen - base) > EXACT * np.abs(base), axis=0)
    explained = ~moved
    for power in (1.0, -1.0):
        change, at = marks**power - middle**power, values**power - middle**power
        slope = (seen[0] - base)[:, None] / change[0]
        fits = np.abs(seen[1:, :, None] - base[:, None] - slope * change[1:, None, :])
        right = np.all(fits <= EXACT * np.abs(seen[1:, :, None]), axis=0) & ~explained[:, None]
        for number, one in _firsts(right):
            found[:, number] = base[number] + slope[number, one] * at[:, one]
            explained[number] = True
    _products(base, seen, inputs, (found, explained))
    return found, explained


def _products(base: Array, seen: Array, inputs: tuple[Array, Array, Array], told: tuple[Array, Mask]) -> None:
    """Numbers that go with the product of two inputs, or of one and the inverse of another."""
    middle, marks, values = inputs
    found, explained = told
    for one in range(len(middle)):
        for power in (1.0, -1.0):
            factor, at = (marks[:, one] / middle[one]) ** power, (values[:, one] / middle[one]) ** power
            open_ = np.flatnonzero(~explained)
            if not len(open_):
                return
            left = seen[:, open_] / factor[:, None]
            change = marks - middle
            slope = (left[0] - base[open_])[:, None] / change[0]
            fits = np.abs(left[1:, :, None] - base[open_][:, None] - slope * change[1:, None, :])
            for place, other in _firsts(np.all(fits <= EXACT * np.abs(left[1:, :, None]), axis=0)):
                number = open_[place]
                found[:, number] = (base[number] + slope[place, other] * (values[:, other] - middle[other])) * at
                explained[number] = True


def _firsts(right: Mask) -> list[tuple[int, int]]:
    """(number, input) of the first input that explains each number."""
    rows = np.flatnonzero(right.any(axis=1))
    return list(zip(rows.tolist(), np.argmax(right[rows], axis=1).tolist(), strict=True))


def _one_by_one(model: Model, values: Array, build: Callable[[Array], Model]) -> Array | None:
    rows: list[Array] = []
    common = shape(model.network)
    for row in values:
        one = build(row)
        if shape(one.network) != common:
            return None
        rows.append(figures(one).flat)
    return np.stack(rows) if _even(rows) else None


def _even(rows: Sequence[Array]) -> bool:
    return len({len(row) for row in rows}) == 1
