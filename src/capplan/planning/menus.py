"""Menus: the options of each component that its own machines can carry, cheapest first.

Work does not depend on how many machines share it, so utilisation of all options is arithmetic on arrays: an option
stays on the menu where in every state each queue of its own is stable and each objective or alert on the utilisation
of its own resources holds. What crosses components (latencies, success) is for the search.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capplan.checks.holding import opposite
from capplan.checks.states import Deploying, Left, State
from capplan.planning.needs import Asked, Use, uses
from capplan.planning.options import DIGITS, Option, Price, Unit
from capplan.planning.peaks import Column, peaks, within
from capplan.queueing.arrays import Mask
from capplan.queueing.outcome import FULL
from capplan.topology import Comparison, Operator, Topology

SLACK = 1e-9
"""How far beyond a bound an option must be to be left out here; the search looks at the rest exactly."""
OWN = ("cpu", "disk", "network")


@dataclass(frozen=True)
class Menu:
    """Options of one component, by price.

    Attributes:
        unit: the component.
        kind, replicas, readers: (options,) of each option.
        cost, unpriced, changes, machines: (options,) its price.
    """

    unit: Unit
    kind: Column
    replicas: Column
    readers: Column
    cost: Column
    unpriced: Column
    changes: Column
    machines: Column

    def __len__(self) -> int:
        return len(self.kind)

    def option(self, index: int) -> Option:
        """One option."""
        return Option(int(self.kind[index]), int(self.replicas[index]), int(self.readers[index]))

    def price(self, index: int) -> Price:
        """What it costs."""
        cost, unpriced = float(self.cost[index]), float(self.unpriced[index])
        return Price(cost, unpriced, int(self.changes[index]), int(self.machines[index]))

    @cached_property
    def prices(self) -> Column:
        """(options, levels) what each costs."""
        return np.stack([self.cost, self.unpriced, self.changes, self.machines], axis=1).astype(float)

    @cached_property
    def index(self) -> dict[Option, int]:
        """Where each option stands."""
        return {self.option(k): k for k in range(len(self))}

    def kept(self, chosen: Mask) -> "Menu":
        """Only some of the options."""
        columns = (self.kind, self.replicas, self.readers, self.cost, self.unpriced, self.changes, self.machines)
        return Menu(self.unit, *(column[chosen] for column in columns))


def everything(unit: Unit) -> Menu:
    """All options of a component, cheapest first; among equals fewer changes, then fewer machines."""
    freedom, now = unit.freedom, unit.current
    spans = [np.arange(span.low, span.high + 1) for span in (freedom.replicas, freedom.readers)]
    kind, replicas, readers = (
        axis.ravel() for axis in np.meshgrid(np.arange(len(freedom.machines)), *spans, indexing="ij")
    )
    prices = [unit.price(Option(k, 1)) for k in range(len(freedom.machines))]
    machines = replicas + readers
    cost = np.round(np.array([price.cost for price in prices])[kind] * machines, DIGITS)
    unpriced = np.array([price.unpriced for price in prices])[kind] * machines
    changes = ((kind != now.kind) | (replicas != now.replicas) | (readers != now.readers)).astype(int)
    order = np.lexsort((kind, machines, changes, unpriced, cost))
    columns = (kind, replicas, readers, cost, unpriced, changes, machines)
    return Menu(unit, *(column[order] for column in columns))


def offered(topology: Topology, unit: Unit) -> Menu:
    """All options of a component that are not beyond a peak, from where on more do less."""
    whole, most = everything(unit), peaks(topology, unit)
    return whole.kept(within(unit, most, whole.kind, whole.machines)) if len(whole) else whole


def choices(menus: Iterable[Menu]) -> float:
    """How many plans they make."""
    return float(np.prod([float(len(one)) for one in menus]))


def menu(unit: Unit, topology: Topology, asked: Asked, states: Sequence[State]) -> Menu:
    """The options that the component's own machines can carry in every state.

    Args:
        unit: the component.
        topology: as it is.
        asked: what the component asks of its machines.
        states: those that must be survived.
    """
    whole = offered(topology, unit)
    if not len(whole):
        return whole
    rules = _rules(topology, unit.name)
    sizes, place = np.unique(np.stack([whole.replicas, whole.readers], axis=1), axis=0, return_inverse=True)
    fits = np.ones(len(whole), dtype=bool)
    for left in _lefts(unit, sizes, states, waited=asked.waited):
        for kind, needs in enumerate(asked.needs):
            held = _held(uses(needs, left[:, 0], left[:, 1]), left[:, 0], rules)
            fits &= (whole.kind != kind) | held[place.ravel()]
    return whole.kept(fits)


def _lefts(unit: Unit, sizes: Column, states: Sequence[State], *, waited: bool) -> list[Column]:
    """(sizes, 2) replicas and readers that are left of each size, one a state; equal ones once.

    What nobody waits for may stop altogether while it is deployed: its work waits.
    """
    component = unit.freedom.component
    found: dict[bytes, Column] = {}
    for state in states:
        left = np.array([state.left(component, Left(*size))[:2] for size in sizes.tolist()])
        if isinstance(state, Deploying) and not waited:
            left = np.where(left[:, :1] >= 1, left, sizes)
        found.setdefault(left.tobytes(), left)
    return list(found.values())


def _held(used: dict[str, Use], replicas: Column, rules: Sequence[Comparison]) -> Mask:
    """(sizes,) whether something is left, every queue is stable, and every rule on utilisations is kept."""
    held = (replicas >= 1) | (not used)
    for use in used.values():
        held = held & (use.hottest < FULL)
    for rule in rules:
        use_of = used.get(rule.metric.name)
        if use_of is not None:
            held = held & _kept(rule.operator, use_of.average, float(rule.threshold))
    return np.asarray(held)


def _kept(operator: Operator, value: Column, threshold: float) -> Mask:
    """Whether a comparison holds, or is missed by next to nothing."""
    if operator.bounds_above:
        return np.asarray(value <= threshold * (1.0 + SLACK))
    return np.asarray(value >= threshold * (1.0 - SLACK))


def _rules(topology: Topology, name: str) -> list[Comparison]:
    """The objectives on utilisations of the component's machines, and the opposites of such alerts."""
    wanted = [slo.objective for slo in topology.slos]
    wanted += [opposite(alert.when) for alert in topology.alerts]
    return [
        one
        for one in wanted
        if one.metric.name in OWN
        and one.metric.subject in topology.components
        and topology.host(one.metric.subject).name == name
    ]


def busiest(menu: Menu, asked: Asked) -> Column:
    """(options,) utilisation of the busiest resource of the busiest machine with everything up."""
    found = np.zeros(len(menu))
    for kind, needs in enumerate(asked.needs):
        rows = menu.kind == kind
        for use in uses(needs, menu.replicas[rows], menu.readers[rows]).values():
            found[rows] = np.maximum(found[rows], use.hottest)
    return found
