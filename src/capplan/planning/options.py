"""The options of each component: every machine with every number of replicas that may be, and what each costs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from capplan.planning.freedom import Freedom
from capplan.planning.records import Size
from capplan.topology import Component, Database, Machine, Topology

DIGITS = 9
"""Digits of a price per hour that count: sums of equal prices are equal however they are added up."""


class Option(NamedTuple):
    """One way to run a component.

    Attributes:
        kind: index of the machine among those that the component may run on.
        replicas, readers: how many of them.
    """

    kind: int
    replicas: int
    readers: int = 0

    @property
    def machines(self) -> int:
        """All machines."""
        return self.replicas + self.readers


class Price(NamedTuple):
    """What a plan is judged by, in this order.

    Attributes:
        cost: per hour, of everything that has a price.
        unpriced: cores of machines without a price.
        changes: components that differ from what runs today.
        machines: machines.
    """

    cost: float
    unpriced: float
    changes: int
    machines: int


NOTHING = Price(0.0, 0.0, 0, 0)


def summed(prices: Iterable[Price]) -> Price:
    """The price of several components together."""
    cost = unpriced = 0.0
    changes = machines = 0
    for price in prices:
        cost, unpriced = cost + price.cost, unpriced + price.unpriced
        changes, machines = changes + price.changes, machines + price.machines
    return Price(round(cost, DIGITS), round(unpriced, DIGITS), changes, machines)


Plan = Mapping[str, Option]
"""The option of every component that may change."""


@dataclass(frozen=True)
class Unit:
    """A component with what may change of it."""

    freedom: Freedom

    @property
    def name(self) -> str:
        """The component's."""
        return self.freedom.component.name

    @property
    def current(self) -> Option:
        """What runs today."""
        component = self.freedom.component
        return Option(0, component.replicas, component.readers if isinstance(component, Database) else 0)

    def machine(self, option: Option) -> Machine | None:
        """The machine of an option."""
        return self.freedom.machines[option.kind]

    def price(self, option: Option) -> Price:
        """What an option costs."""
        machine, changed = self.machine(option), int(option != self.current)
        if machine is None or machine.price is None:
            cores = 1.0 if machine is None else float(machine.cores)
            return Price(0.0, cores * option.machines, changed, option.machines)
        return Price(round(float(machine.price) * option.machines, DIGITS), 0.0, changed, option.machines)

    def size(self, option: Option) -> Size:
        """An option in the user's words."""
        machine = self.machine(option)
        readers = option.readers if isinstance(self.freedom.component, Database) else None
        return Size(replicas=option.replicas, machine=None if machine is None else machine.name, readers=readers)

    def applied(self, option: Option) -> Component:
        """The component with an option."""
        component = self.freedom.component
        if option == self.current:
            return component
        changes: dict[str, object] = {"replicas": option.replicas}
        if option.kind:
            changes["machine"] = self.machine(option)
        if isinstance(component, Database):
            changes["readers"] = option.readers
        return component.model_copy(update=changes)


def applied(topology: Topology, units: Mapping[str, Unit], plan: Plan) -> Topology:
    """The topology with a plan."""
    changed = {name: units[name].applied(option) for name, option in plan.items()}
    return topology.model_copy(update={"components": {**topology.components, **changed}})
