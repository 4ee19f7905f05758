"""The cheapest plan by looking at every choice: nothing here comes from the planning that it is held against.

Choices are applied to the topology and held against everything by `analyze`. They are looked at by price, so the first
that holds everything is the cheapest. A quick look refuses what misses something; that it says what `analyze` says is
tested on its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import ceil
from typing import NamedTuple

from capplan.checks.analysis import analyze
from capplan.checks.connections import connections
from capplan.checks.holding import first_miss
from capplan.checks.states import states_of
from capplan.prediction.predict import solve_topology
from capplan.prediction.records import Prediction
from capplan.prediction.resources import overloads
from capplan.topology import Balancer, Component, Contention, Database, External, Topology

STRATEGIES = ("vertical", "horizontal", "mixed")
CENT = 9
"""Costs that are the same to so many digits are the same."""


class Choice(NamedTuple):
    """What a component may run on: the name of a machine, and how many of them."""

    machine: str
    replicas: int


Sizes = tuple[Choice, ...]
"""The choice of every component that may change, in the topology's order."""


class Worth(NamedTuple):
    """What sizes are judged by, the first first."""

    cost: float
    cores: float
    changes: int
    machines: int


@dataclass
class BruteForce:
    """Every choice of a topology at one rate.

    Attributes:
        topology: as it is; machines stand in it by their names.
        rate: the workload rate (per second).
    """

    topology: Topology
    rate: float
    _known: dict[Sizes, bool] = field(default_factory=dict)
    _carries: dict[tuple[str, Choice], bool] = field(default_factory=dict)

    def cheapest(self, strategy: str) -> tuple[Sizes, Worth] | None:
        """The sizes that hold everything and are worth most; None where none do."""
        menus = [self.menu(self.topology.component(name), strategy) for name in self.names]
        every = sorted(((self.worth(sizes), sizes) for sizes in product(*menus)), key=lambda one: one[0])
        return next(((sizes, worth) for worth, sizes in every if self.holds(sizes)), None)

    @property
    def names(self) -> list[str]:
        """The components that may change."""
        return [name for name, component in self.topology.components.items() if _may_change(component)]

    @property
    def today(self) -> Sizes:
        """What runs now."""
        return tuple(_now(self.topology.component(name)) for name in self.names)

    def menu(self, component: Component, strategy: str) -> list[Choice]:
        """What a component may run on."""
        scaling, now = component.scaling, _now(component)
        assert scaling is not None
        machines = [now.machine] if strategy == "horizontal" else list(dict.fromkeys([now.machine, *scaling.machines]))
        counts = range(now.replicas, now.replicas + 1)
        if scaling.replicas is not None and not self._is_weighed(component.name):
            allowed = range(scaling.replicas.low, scaling.replicas.high + 1)
            counts = allowed if strategy != "vertical" else counts if now.replicas in allowed else range(0)
        if component.scalability is not None:
            machines, counts = self._not_beyond(component, machines), self._so_many(component, counts)
        return [Choice(machine, count) for machine in machines for count in counts]

    def _not_beyond(self, component: Component, machines: list[str]) -> list[str]:
        """Without machines of more cores than do most, where it may choose."""
        most = _peak(component.scalability)
        known = self.topology.machines
        return [m for m in machines if len(machines) == 1 or ceil(float(known[m].cores)) <= most]

    def _so_many(self, component: Component, counts: range) -> range:
        """No more replicas than do most, where it may choose; read replicas count."""
        across = None if component.scalability is None else component.scalability.across_replicas
        readers = component.readers if isinstance(component, Database) else 0
        return range(counts.start, min(counts.stop, _peak(across) - readers + 1)) if len(counts) > 1 else counts

    def _is_weighed(self, name: str) -> bool:
        balancers = [c for c in self.topology.components.values() if isinstance(c, Balancer)]
        return any(name in balancer.forwards_to and balancer.weights for balancer in balancers)

    def worth(self, sizes: Sizes) -> Worth:
        """What some sizes cost, and how much they change."""
        cost = cores = 0.0
        machines = 0
        for name, choice in zip(self.names, sizes, strict=True):
            machine, component = self.topology.machines[choice.machine], self.topology.component(name)
            count = choice.replicas + (component.readers if isinstance(component, Database) else 0)
            machines += count
            if machine.price is None:
                cores += count * float(machine.cores)
            else:
                cost += count * float(machine.price)
        changes = sum(new != old for new, old in zip(sizes, self.today, strict=True))
        return Worth(round(cost, CENT), round(cores, CENT), changes, machines)

    def sized(self, sizes: Sizes) -> Topology:
        """The topology with some sizes."""
        components = dict(self.topology.components)
        for name, choice in zip(self.names, sizes, strict=True):
            components[name] = components[name].model_copy(update=choice._asdict())
        return self.topology.model_copy(update={"components": components})

    def holds(self, sizes: Sizes) -> bool:
        """Whether some sizes hold everything in every state."""
        if sizes not in self._known:
            self._known[sizes] = self._carried(sizes) and self._holds(self.sized(sizes))
        return self._known[sizes]

    def _carried(self, sizes: Sizes) -> bool:
        """Whether the machines of each component carry the load; that does not depend on the others, as slots do that
        are held for them, unless repeats make the load."""
        if solve_topology(self.topology, self.rate).outcome.regime is not None:
            return True
        for name, choice in zip(self.names, sizes, strict=True):
            if (name, choice) not in self._carries:
                alone = tuple(
                    choice if other == name else now for other, now in zip(self.names, self.today, strict=True)
                )
                over = overloads(solve_topology(self.sized(alone), self.rate))
                full = {one.component for one in over if one.resource != "concurrency"}
                self._carries[name, choice] = name not in full
            if not self._carries[name, choice]:
                return False
        return True

    def _holds(self, topology: Topology) -> bool:
        """Whether nothing is missed; what the quick look lets through is held against everything by `analyze`."""
        missed = first_miss(topology, states_of(topology), self.rate)
        return missed is None and healthy(topology, self.rate)


def healthy(topology: Topology, rate: float) -> bool:
    """Whether `analyze` finds everything in order: objectives, alerts, states, queues and limits."""
    analysis = analyze(topology, rate)
    return analysis.healthy and analysis.prediction.stable and not list(exceeded(topology, analysis.prediction))


def exceeded(topology: Topology, found: Prediction) -> Iterator[str]:
    """The limits that a prediction passes although every queue is stable."""
    for name, component in topology.components.items():
        used = found.components[name].utilisation
        for resource in ("memory", "storage"):
            share = used.get(resource)
            if share is not None and share > 1.0:
                yield f"{name}.{resource}"
        limit = component.rate_limit if isinstance(component, External) else None
        if limit is not None and found.components[name].rate > float(limit):
            yield f"{name}.rate_limit"
    yield from (f"{one.component}.connections" for one in connections(topology) if one.held > one.taken)


def _peak(law: Contention | None) -> int:
    """The number that does most by the Universal Scalability Law."""

    def does(n: int) -> float:
        assert law is not None
        return n / (1.0 + law.contention * (n - 1) + law.coherency * n * (n - 1))

    return max(range(1, 1000), key=does) if law is not None and law.coherency else 1000


def _may_change(component: Component) -> bool:
    return component.machine is not None and component.scaling is not None and not component.scaling.fixed


def _now(component: Component) -> Choice:
    assert isinstance(component.machine, str)
    return Choice(component.machine, component.replicas)


def sizes_of(brute: BruteForce, changes: Mapping[str, Choice]) -> Sizes:
    """Today's sizes with some changes."""
    return tuple(changes.get(name, now) for name, now in zip(brute.names, brute.today, strict=True))
