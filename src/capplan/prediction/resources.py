"""Utilisation of every resource of a component, and the workload rate at which the first of them is exhausted."""

from dataclasses import replace

import numpy as np

from capplan.prediction.memory import memory_use
from capplan.prediction.model import Model
from capplan.prediction.records import Capacity, Overload
from capplan.prediction.scalability import replicas_enough
from capplan.prediction.solved import Solved
from capplan.queueing.arrays import Array
from capplan.queueing.outcome import FULL
from capplan.topology import Component, Database, External, Logging, Machine, Pipeline, Storage, calls_of


def capacity(model: Model, rate: float) -> Capacity:
    """The bottleneck and the workload rate that it allows."""
    pressed = model.full
    if pressed is None:
        return Capacity(max_rate=None, component=None, resource=None, headroom=None)
    headroom = 1.0 - rate / pressed.rate if pressed.rate > 0.0 else None
    resource = "concurrency" if pressed.resource == "runners" else pressed.resource
    return Capacity(max_rate=pressed.rate, component=pressed.component, resource=resource, headroom=headroom)


def overloads(solved: Solved) -> tuple[Overload, ...]:
    """The saturated stations, worst first."""
    model, found = solved.model, []
    for index, (station, place) in enumerate(zip(model.network.stations, model.places, strict=True)):
        offered = float(solved.outcome.hottest[0, index])
        if solved.outcome.saturated[0, index] or (station.room is not None and offered >= FULL):
            resource = "concurrency" if place.resource == "runners" else place.resource
            over = _overload(place.component, resource, offered, station.servers)
            found.append(replace(over, enough=_enough(model, index, over)))
    for index, slots in enumerate(model.slots):
        group, offered = model.network.gates[index].group, float(solved.outcome.reaction.gates[index].rho[0])
        if offered >= FULL and not solved.outcome.reaction.gates.bounded[0, index]:
            found.append(_overload(slots.component, "concurrency", offered, group.servers * group.replicas))
    return tuple(sorted(found, key=lambda overload: -overload.utilisation))


def _overload(component: str, resource: str, offered: float, servers: float) -> Overload:
    """What is asked for too much; so many servers would be enough."""
    count = round(servers)
    enough = int(offered * count) + 1
    return Overload(component=component, resource=resource, utilisation=offered, servers=count, enough=enough)


def _enough(model: Model, station: int, over: Overload) -> int | None:
    """What would be enough where busy cores, or replicas, slow each other down: whole machines, or no number."""
    place, component = model.places[station], model.topology.components[model.places[station].component]
    if place.resource != "cpu" or model.topology.host(component.name).scalability is None:
        return over.enough
    machines = replicas_enough(model.topology, component, over.utilisation, readers=place.readers)
    return None if machines is None else machines * round(model.network.stations[station].group.servers)


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
    for index, slots in enumerate(model.slots):
        if slots.component == component.name:
            found["concurrency"] = np.maximum(slots_held(solved, index), found.get("concurrency", 0.0))
    for limit in model.limits:
        if limit.component == component.name:
            found["rate_limit"] = np.minimum(solved.arriving(component.name) / limit.rate, 1.0)
    return found


def slots_held(solved: Solved, gate: int) -> Array:
    """(L,) fraction of the slots of a gate that is held, of the average replica."""
    return np.asarray(solved.outcome.reaction.gates[gate].held / solved.model.network.gates[gate].group.servers)


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
    if isinstance(component, Pipeline) or component.concurrency is not None:
        declared.add("concurrency")
    if any(call.pool is not None for call in calls_of(component)):
        declared.add("concurrency")
    return declared


def storage_use(component: Component, machine: Machine | None) -> float | None:
    """Stored data over the disk's size; None where one of the two is not declared."""
    if not isinstance(component, Database | Storage) or component.data is None:
        return None
    if machine is None or machine.disk is None or not machine.disk.size:
        return None
    return float(component.data.size) / float(machine.disk.size)
