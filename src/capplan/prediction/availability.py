"""Which replicas may be down, how many of them the load needs, and the probability that so many are up.

It knows components, hosts and read replicas. The mathematics of k of n is in `queueing.redundancy`; latency is that of
the state with everything up and no business of this module.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from capplan.prediction.model import Model
from capplan.prediction.replicas import machine_stations, replica_count, tasks_served
from capplan.prediction.scalability import copies, of_replicas
from capplan.queueing import redundancy
from capplan.queueing.arrays import Array
from capplan.queueing.redundancy import Counts, Outage
from capplan.topology import Component, Topology


class Redundancy(NamedTuple):
    """Replicas of a component that may be down.

    Attributes:
        component: whose.
        readers: whether they are a database's read replicas.
        replicas: n, how many there are.
        available: A, the probability that one is up, its host's machine with it.
        host: the same of what it runs on alone; 1 for machines of its own.
        needed: (L,) k, how many the load needs.
    """

    component: str
    readers: bool
    replicas: int
    available: float
    host: float
    needed: Counts

    @property
    def up(self) -> Array:
        """(L,) probability that enough are up."""
        return up(self.replicas, self.needed, self.available)

    @property
    def down(self) -> Array:
        """(L,) probability that too few are up although enough of the host's machines are."""
        machines = up(self.replicas, self.needed, self.host)
        return np.asarray(1.0 - np.divide(self.up, machines, out=np.zeros_like(machines), where=machines > 0.0))


def up(replicas: int, needed: Counts | int, availability: float) -> Array:
    """Probability that enough replicas are up.

    Args:
        replicas: n, how many there are.
        needed: k, how many must be up; a number, or (L,) one for each load.
        availability: A of one replica, 0..1.
    """
    return redundancy.at_least(needed, replicas, availability)


def availability(component: Component) -> float:
    """A of one replica as declared: `availability`, or mtbf/(mtbf + mttr); 1 where nothing is said."""
    if component.availability is not None:
        return float(component.availability)
    if component.mtbf is None:
        return 1.0
    return float(component.mtbf) / (float(component.mtbf) + float(component.mttr or 0.0))


def declares_availability(component: Component) -> bool:
    """Whether anything is said about its being down."""
    return component.availability is not None or component.mtbf is not None


def carriers(topology: Topology, component: Component) -> tuple[Component, ...]:
    """The component, what it runs on, what that runs on, and so on: each is down when the next one is."""
    found = [component]
    while (host := found[-1].host) is not None:
        found.append(topology.component(host))
    return tuple(found)


def redundancies(model: Model, loads: Array, component: Component) -> Iterator[Redundancy]:
    """The replicas of one component, and its read replicas where it has any; none where nothing is said of them."""
    on = carriers(model.topology, component)
    if not any(declares_availability(one) for one in on):
        return
    each = [availability(one) for one in on]
    available, host = float(np.prod(each)), float(np.prod(each[1:]))
    for readers in (False, True):
        count = replica_count(model.topology, component, readers=readers)
        if count > 0:
            enough = replicas_needed(model, loads, component, readers=readers)
            yield Redundancy(component.name, readers, count, available, 1.0 if readers else host, enough)


def replicas_needed(model: Model, loads: Array, component: Component, *, readers: bool = False) -> Counts:
    """(L,) the least number of replicas with which the queues of a component's machines are stable; at least 1.

    Args:
        model: a translated topology.
        loads: (L,) workload rates.
        component: which.
        readers: whether a database's read replicas are meant instead.
    """
    count = replica_count(model.topology, component, readers=readers)
    found = np.ones(len(loads), dtype=int)
    traffic = model.traffic
    for index in machine_stations(model, component, readers=readers):
        group = model.network.stations[index].group
        full = redundancy.capacities(group.capacity, count, group.shares if group.follows_shares else ())
        full = np.maximum.accumulate(full * _faster(model.topology, component, count))
        work = loads * (traffic.slope @ traffic.demand[:, index]) + traffic.base @ traffic.demand[:, index]
        found = np.maximum(found, redundancy.needed(work, full))
    return found


def _faster(topology: Topology, component: Component, count: int) -> Array | float:
    """(count,) by how much each of 1, 2, ... replicas that are up is faster than with all of them up."""
    law = of_replicas(topology, component)
    if law is None:
        return 1.0
    together = copies(topology, component)
    return np.asarray(law.slowdown(together) / law.slowdown(together - count + np.arange(1.0, count + 1.0)))


def outages(model: Model, loads: Array) -> list[Outage]:
    """The states in which too few replicas of something are up."""
    return list(named_outages(model, loads).values())


def named_outages(model: Model, loads: Array) -> dict[str, Outage]:
    """The same by the name of what is down."""
    topology = model.topology
    if not any(declares_availability(component) for component in topology.components.values()):
        return {}
    carried: dict[str, list[int]] = {}
    for name in model.tasks_of:
        component = topology.component(name)
        for carrier in carriers(topology, component):
            carried.setdefault(carrier.name, []).extend(tasks_served(model, component))
    found: dict[str, Outage] = {}
    for component in topology.components.values():
        for one in redundancies(model, loads, component):
            tasks = tasks_served(model, component, readers=True) if one.readers else carried.get(component.name, ())
            down = one.down
            if tasks and np.any(down > 0.0):
                found[f"{one.component} readers" if one.readers else one.component] = Outage(down, tuple(tasks))
    return found
