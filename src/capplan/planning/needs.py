"""What each component asks of its own machines, for every machine that it may run on: work, servers, and how unevenly
a balancer spreads it. Work does not depend on how many machines share it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from capplan.planning.options import Option, Unit, applied
from capplan.prediction.model import Model
from capplan.prediction.scalability import of_replicas, slowdown
from capplan.prediction.translate import translate
from capplan.queueing.arrays import Array
from capplan.queueing.scalability import Speedup
from capplan.topology import Balancer, Policy, Topology


class Need(NamedTuple):
    """The use of one resource of a component's machines.

    Attributes:
        resource: "cpu", "disk" or "network".
        readers: whether read replicas take it.
        work: servers kept busy, by one replica alone.
        capacity: of one machine, in servers that work alone.
        skew: Zipf exponent by which the replicas are loaded; 0 where they are loaded alike.
        hottest: the busiest replica's load over the average where that does not depend on how many there are.
        across: by how much replicas slow each other down; None where they do not.
    """

    resource: str
    readers: bool
    work: float
    capacity: float
    skew: float = 0.0
    hottest: float = 1.0
    across: Speedup | None = None

    def unevenness(self, replicas: Array) -> Array:
        """(n,) the busiest replica's load over the average of so many replicas."""
        if not self.skew:
            return np.full(replicas.shape, self.hottest)
        most = int(np.max(replicas, initial=1))
        harmonic = np.cumsum(np.arange(1, most + 1) ** -self.skew)
        return np.asarray(replicas / harmonic[np.maximum(replicas, 1) - 1])

    def slower(self, copies: Array) -> Array:
        """(n,) by how much each of so many replicas and readers is slower than one alone."""
        return np.ones(copies.shape) if self.across is None else self.across.slowdown(copies)

    def enough(self, count: int, others: int) -> int:
        """The least of so many machines with which the queue is stable, `others` running beside them; one more than
        there are where all are too few."""
        up = np.arange(1.0, count + 1.0)
        stable = np.flatnonzero(self.work * self.slower(up + others) < self.capacity * up)
        return int(up[stable[0]]) if len(stable) else count + 1


class Asked(NamedTuple):
    """What a component asks of its machines.

    Attributes:
        needs: of each of the machines that it may run on.
        waited: whether somebody waits for what it does.
    """

    needs: Sequence[Sequence[Need]]
    waited: bool


class Use(NamedTuple):
    """Utilisation of one resource: of the average machine and of the busiest."""

    average: Array
    hottest: Array


def uses(needs: Sequence[Need], replicas: Array, readers: Array) -> dict[str, Use]:
    """(n,) utilisation of each resource with so many replicas and readers; where no reader is left, replicas serve all.

    Of replicas and readers the busier ones count.
    """
    found: dict[str, Use] = {}
    for resource in dict.fromkeys(need.resource for need in needs):
        own = [need for need in needs if need.resource == resource]
        moved = sum(need.work for need in own if need.readers)
        for need in own:
            count = readers if need.readers else replicas
            work = np.where(readers > 0, need.work, 0.0 if need.readers else need.work + moved)
            average = work * need.slower(replicas + readers) / (need.capacity * np.maximum(count, 1))
            use = Use(average, average * need.unevenness(count))
            before = found.get(resource, use)
            found[resource] = Use(np.maximum(use.average, before.average), np.maximum(use.hottest, before.hottest))
    return found


def translations(topology: Topology, units: Mapping[str, Unit], rate: float) -> tuple[Model, ...]:
    """The topology with every component on the first of its machines, on the second, and so on; a component with fewer
    machines stays on its last."""
    kinds = max((len(unit.freedom.machines) for unit in units.values()), default=1)
    return tuple(
        translate(
            applied(
                topology,
                units,
                {
                    name: Option(min(kind, len(unit.freedom.machines) - 1), *unit.current[1:])
                    for name, unit in units.items()
                },
            ),
            rate,
        )
        for kind in range(kinds)
    )


def asked(models: Sequence[Model], unit: Unit, rate: float) -> Asked:
    """What a component asks of the machines that it may run on."""
    model = models[0]
    tasks = [k for k, job in enumerate(model.jobs) if model.topology.host(job.component).name == unit.name]
    waited = float(model.traffic.awaited[:, tasks].sum()) > 0.0
    needs = tuple(_of_machine(model, unit, rate) for model in models[: len(unit.freedom.machines)])
    return Asked(needs, waited)


def _of_machine(model: Model, unit: Unit, rate: float) -> tuple[Need, ...]:
    work = model.traffic.work(np.array([rate]))[0]
    skew = _skew(model.topology, unit.name)
    component = model.topology.component(unit.name)
    across, now = of_replicas(model.topology, component), slowdown(model.topology, component)
    found = []
    for station in model.stations_of.get(unit.name, ()):
        place, group = model.places[station], model.network.stations[station].group
        if place.resource in ("cpu", "disk", "network"):
            uneven = 0.0 if place.readers else skew
            cpu = place.resource == "cpu"
            alone = float(work[station]) / (now if cpu else 1.0)
            law = across if cpu else None
            found.append(Need(place.resource, place.readers, alone, group.capacity, uneven, group.hottest, law))
    return tuple(found)


def _skew(topology: Topology, name: str) -> float:
    """The skew of the keys by which the one target of a balancer is loaded."""
    for component in topology.components.values():
        if isinstance(component, Balancer) and component.forwards_to == (name,) and not component.weights:
            return float(component.skew or 0.0) if component.policy is Policy.IP_HASH else 0.0
    return 0.0
