"""Utilisation of every resource of a component, and the workload rate at which the first of them is exhausted."""

from typing import NamedTuple

import numpy as np

from capplan.prediction.memory import memory_use
from capplan.prediction.model import Model
from capplan.prediction.records import Capacity, Overload
from capplan.prediction.scalability import replicas_enough
from capplan.prediction.solved import Solved
from capplan.queueing.arrays import Array
from capplan.topology import Component, Database, External, Logging, Machine, Pipeline, Storage


class Usage(NamedTuple):
    """A resource whose use grows linearly with the workload rate: utilisation = base + slope x rate."""

    component: str
    resource: str
    slope: float
    base: float

    def at(self, rate: float) -> float:
        """Offered work over capacity."""
        return self.base + self.slope * rate

    def reaches(self, utilisation: float) -> float | None:
        """The rate at which it is used so far; 0 where it always is, None where no rate does that."""
        if self.base >= utilisation:
            return 0.0
        return (utilisation - self.base) / self.slope if self.slope > 0.0 else None


def usages(model: Model, *, hottest: bool = True) -> list[Usage]:
    """Every station and every limit; of the busiest replica, or of the average one."""
    traffic = model.traffic
    slope, base = traffic.slope @ traffic.demand, traffic.base @ traffic.demand
    found = []
    for index, (station, place) in enumerate(zip(model.network.stations, model.places, strict=True)):
        factor = (station.group.hottest if hottest else 1.0) / station.capacity
        found.append(Usage(place.component, place.resource, float(slope[index]) * factor, float(base[index]) * factor))
    for limit in model.limits:
        tasks = list(model.tasks_of.get(limit.component, ()))
        grows, stays = float(traffic.slope[tasks].sum()), float(traffic.base[tasks].sum())
        found.append(Usage(limit.component, "rate_limit", grows / limit.rate, stays / limit.rate))
    return found


def capacity(model: Model, rate: float) -> Capacity:
    """The bottleneck and the workload rate that it allows."""
    reached = [(at, usage) for usage in usages(model) if (at := usage.reaches(1.0)) is not None]
    if not reached:
        return Capacity(max_rate=None, component=None, resource=None, headroom=None)
    most, usage = min(reached, key=lambda pair: pair[0])
    headroom = 1.0 - rate / most if most > 0.0 else None
    resource = "concurrency" if usage.resource == "runners" else usage.resource
    return Capacity(max_rate=most, component=usage.component, resource=resource, headroom=headroom)


def overloads(solved: Solved) -> tuple[Overload, ...]:
    """The saturated stations, worst first."""
    model, found = solved.model, []
    for index, (station, place) in enumerate(zip(model.network.stations, model.places, strict=True)):
        offered = float(solved.outcome.hottest[0, index])
        if solved.outcome.saturated[0, index]:
            servers = round(station.servers)
            found.append(
                Overload(
                    component=place.component,
                    resource="concurrency" if place.resource == "runners" else place.resource,
                    utilisation=offered,
                    servers=servers,
                    enough=_enough(model, index, offered),
                )
            )
    return tuple(sorted(found, key=lambda overload: -overload.utilisation))


def _enough(model: Model, station: int, offered: float) -> int | None:
    """The least number of servers of the same speed that would keep a queue stable; None where no number does."""
    found, place = model.network.stations[station], model.places[station]
    component = model.topology.components.get(place.component)
    if component is None or place.resource != "cpu" or model.topology.host(component.name).scalability is None:
        return int(offered * round(found.servers)) + 1
    machines = replicas_enough(model.topology, component, offered, readers=place.readers)
    return None if machines is None else machines * round(found.group.servers)


def utilisation(solved: Solved, component: Component) -> dict[str, float | None]:
    """Fraction of each resource in use, 0..1 per server.

    None where the component does not have it, and for memory also where what it needs has no bound.
    """
    machine = solved.model.topology.machine(component)
    declared = _declared(component, machine)
    found: dict[str, float | None] = {name: (0.0 if name in declared else None) for name in ALWAYS}
    found |= {name: 0.0 for name in declared if name not in ALWAYS}
    found |= {name: float(used[0]) for name, used in in_use(solved, component).items()}
    found["memory"] = _finite(memory_use(solved, component))
    stored = storage_use(component, machine)
    return found if stored is None else found | {"storage": stored}


def _finite(use: Array | None) -> float | None:
    """A use at the first load; None where there is none or it has no bound."""
    return None if use is None or not np.isfinite(use[0]) else float(use[0])


def in_use(solved: Solved, component: Component) -> dict[str, Array]:
    """(L,) fraction of each resource that something of the component (or of its host's machines) uses."""
    model = solved.model
    host = model.topology.host(component.name).name
    found: dict[str, Array] = {}
    for index in dict.fromkeys((*model.stations_of.get(component.name, ()), *model.stations_of.get(host, ()))):
        place = model.places[index]
        if place.component == component.name or place.resource in _SHARED:
            resource = "concurrency" if place.resource == "runners" else place.resource
            found[resource] = np.maximum(solved.flow.busy[:, index], found.get(resource, 0.0))
    for limit in model.limits:
        if limit.component == component.name:
            found["rate_limit"] = np.minimum(solved.arriving(component.name) / limit.rate, 1.0)
    return found


ALWAYS = ("cpu", "memory", "disk", "network", "concurrency")
_SHARED = ("cpu", "disk", "network")


def _declared(component: Component, machine: Machine | None) -> set[str]:
    """The resources that a component has, used or not."""
    declared = set()
    if machine is not None:
        disk = machine.disk
        declared |= {"cpu"} | ({"network"} if machine.network else set())
        declared |= {"disk"} if disk is not None and (disk.iops or disk.throughput) else set()
    if isinstance(component, Storage):
        declared |= {name for name, value in (("disk", component.iops), ("network", component.bandwidth)) if value}
    if isinstance(component, Logging) and component.ingest:
        declared.add("ingest")
    if isinstance(component, External) and component.rate_limit:
        declared.add("rate_limit")
    if isinstance(component, Pipeline):
        declared.add("concurrency")
    return declared


def storage_use(component: Component, machine: Machine | None) -> float | None:
    """Stored data over the disk's size; None where one of the two is not declared."""
    if not isinstance(component, Database | Storage) or component.data is None:
        return None
    if machine is None or machine.disk is None or not machine.disk.size:
        return None
    return float(component.data.size) / float(machine.disk.size)
