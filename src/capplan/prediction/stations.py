"""The queues of a topology: which resource of which component is a station, with which servers and policy."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from capplan.prediction.laws import servers
from capplan.prediction.scalability import of_cores
from capplan.queueing.balancing import Group
from capplan.queueing.balancing import Policy as Balancing
from capplan.queueing.network import Gate, Station
from capplan.topology import MANAGED, Balancer, Component, Database, Discipline, Machine, Policy, Topology, calls_of

ASSUMED = Machine(cores=1.0)
"""What a component with CPU time and no machine is taken to run on."""


class Place(NamedTuple):
    """What a station is in the user's words.

    Attributes:
        component: whose machines, limits or runners it is.
        resource: "cpu", "disk", "network", "ingest" or "runners".
        readers: whether it stands for a database's read replicas.
    """

    component: str
    resource: str
    readers: bool = False


class Slots(NamedTuple):
    """What a gate is in the user's words.

    Attributes:
        component: whose replicas have the slots.
        callee: to which component they are connections; None where they are threads or workers of its own.
        readers: whether it stands for a database's read replicas.
    """

    component: str
    callee: str | None = None
    readers: bool = False


class StationBook:
    """Collects the stations and gates as tasks ask for them."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.stations: list[Station] = []
        self.places: list[Place] = []
        self.gates: list[Gate] = []
        self.slots: list[Slots] = []
        self._index: dict[Place, int] = {}
        self._gate_index: dict[Slots, int] = {}
        self._balancers = _balancers(topology)

    def machine(self, component: Component) -> Machine | None:
        """The machine that a component's CPU time runs on; None where the time is a delay."""
        machine = self.topology.machine(component)
        if machine is None and component.kind not in MANAGED:
            return ASSUMED
        return machine

    def cpu(self, component: Component, machine: Machine, *, readers: bool = False) -> int:
        """The station of the component's cores."""
        sharing = (component if readers else self.topology.host(component.name)).discipline is Discipline.PS
        group = self._group_of(component, servers(machine), readers=readers)
        group = replace(group, sharing=sharing, speedup=of_cores(self.topology, component))
        return self._replicated(component, "cpu", group, readers=readers)

    def replicated(self, component: Component, resource: str, *, readers: bool = False) -> int:
        """A station with one server on each of the component's machines: its disk, its network interface."""
        return self._replicated(component, resource, self._group_of(component, 1, readers=readers), readers=readers)

    def gate(self, component: Component, *, readers: bool = False) -> int | None:
        """The gate of a component's `concurrency`; None where it has no limit."""
        if component.concurrency is None:
            return None
        slots = Slots(component.name, readers=readers)
        return self._add_gate(slots, component.concurrency, room=component.backlog)

    def pool(self, caller: Component, callee: str) -> int | None:
        """The gate of the connections that a caller holds to a callee; None where it has no limit."""
        sizes = [call.pool for call in calls_of(caller) if call.component == callee and call.pool is not None]
        return self._add_gate(Slots(caller.name, callee), max(sizes), room=None) if sizes else None

    def _add_gate(self, slots: Slots, count: int, *, room: int | None) -> int:
        if slots not in self._gate_index:
            self._gate_index[slots] = len(self.gates)
            component = self.topology.component(slots.component)
            group = self._group_of(component, count, readers=slots.readers)
            name = f"{slots.component}.{'concurrency' if slots.callee is None else f'pool.{slots.callee}'}"
            self.gates.append(Gate(name=name + (".readers" if slots.readers else ""), group=group, room=room))
            self.slots.append(slots)
        return self._gate_index[slots]

    def shared(self, component: Component, resource: str, count: int = 1) -> int:
        """A station that all replicas share: an ingest bandwidth, a store's bandwidth, runners."""
        return self._add(Place(component=component.name, resource=resource), Group(servers=float(count)))

    def _replicated(self, component: Component, resource: str, group: Group, *, readers: bool) -> int:
        host = self.topology.host(component.name)
        readers = readers and isinstance(component, Database)
        place = Place(component=component.name if readers else host.name, resource=resource, readers=readers)
        room = component.backlog if resource == "cpu" and component.concurrency is None else None
        return self._add(place, group, room)

    def _group_of(self, component: Component, count: int, *, readers: bool) -> Group:
        """The replicas of a component, or a database's read replicas, each with so many servers."""
        if readers and isinstance(component, Database):
            return Group(servers=float(count), replicas=component.readers)
        host = self.topology.host(component.name).name
        return self._group(host if host in self._balancers else component.name, count)

    def _group(self, target: str, count: int) -> Group:
        balancer, replicas = self._balancers.get(target), self.topology.replicas(target)
        if balancer is None:
            return Group(servers=float(count), replicas=replicas)
        weights = replica_weights(self.topology, balancer)[target]
        shares = () if len(set(weights)) == 1 else tuple(weight / sum(weights) for weight in weights)
        return Group(servers=float(count), replicas=replicas, policy=Balancing(str(balancer.policy)), shares=shares)

    def _add(self, place: Place, group: Group, room: int | None = None) -> int:
        if place not in self._index:
            self._index[place] = len(self.stations)
            name = f"{place.component}.{place.resource}" + (".readers" if place.readers else "")
            self.stations.append(Station(name=name, group=group))
            self.places.append(place)
        index = self._index[place]
        if room is not None:
            known = self.stations[index].room
            self.stations[index] = self.stations[index]._replace(room=room if known is None else min(known, room))
        return index


def _balancers(topology: Topology) -> Mapping[str, Balancer]:
    """The balancer in front of each component that has one."""
    found: dict[str, Balancer] = {}
    for component in topology.components.values():
        if isinstance(component, Balancer):
            for target in component.forwards_to:
                found.setdefault(target, component)
    return found


def replica_weights(topology: Topology, balancer: Balancer) -> Mapping[str, tuple[float, ...]]:
    """The weight of each replica of each target: by Zipf's law for skewed keys, as said, else all alike."""
    counts = {target: topology.replicas(target) for target in balancer.forwards_to}
    every = range(1, sum(counts.values()) + 1)
    if balancer.policy is Policy.IP_HASH and balancer.skew:
        weights = [rank ** -float(balancer.skew) for rank in every]
    else:
        weights = [float(weight) for weight in balancer.weights] or [1.0 for _ in every]
    left = iter(weights)
    return {target: tuple(islice(left, count)) for target, count in counts.items()}
