"""The queues of a topology: which resource of which component is a station, with which servers and policy."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from capplan.prediction.laws import servers
from capplan.queueing.balancing import Group
from capplan.queueing.balancing import Policy as Balancing
from capplan.queueing.network import Station
from capplan.topology import Balancer, Component, Database, Discipline, Machine, Policy, Topology

MANAGED = frozenset({"cdn", "storage", "external", "logging", "metrics", "alerting", "balancer"})
"""Kinds that others run: without a machine their `time` is a delay, not work for a queue of ours."""
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


class StationBook:
    """Collects the stations as tasks ask for them."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.stations: list[Station] = []
        self.places: list[Place] = []
        self._index: dict[Place, int] = {}
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
        return self._replicated(component, "cpu", servers(machine), readers=readers, sharing=sharing)

    def replicated(self, component: Component, resource: str, *, readers: bool = False) -> int:
        """A station with one server on each of the component's machines: its disk, its network interface."""
        return self._replicated(component, resource, 1, readers=readers)

    def shared(self, component: Component, resource: str, count: int = 1) -> int:
        """A station that all replicas share: an ingest bandwidth, a store's bandwidth, runners."""
        return self._add(Place(component=component.name, resource=resource), Group(servers=float(count)))

    def _replicated(
        self, component: Component, resource: str, count: int, *, readers: bool, sharing: bool = False
    ) -> int:
        host = self.topology.host(component.name)
        readers = readers and isinstance(component, Database)
        place = Place(component=component.name if readers else host.name, resource=resource, readers=readers)
        if readers and isinstance(component, Database):
            return self._add(place, Group(servers=float(count), replicas=component.readers, sharing=sharing))
        target = host.name if host.name in self._balancers else component.name
        return self._add(place, replace(self._group(target, count), sharing=sharing))

    def _group(self, target: str, count: int) -> Group:
        balancer, replicas = self._balancers.get(target), self.topology.replicas(target)
        if balancer is None:
            return Group(servers=float(count), replicas=replicas)
        weights = replica_weights(self.topology, balancer)[target]
        shares = () if len(set(weights)) == 1 else tuple(weight / sum(weights) for weight in weights)
        return Group(servers=float(count), replicas=replicas, policy=Balancing(str(balancer.policy)), shares=shares)

    def _add(self, place: Place, group: Group) -> int:
        if place not in self._index:
            self._index[place] = len(self.stations)
            name = f"{place.component}.{place.resource}" + (".readers" if place.readers else "")
            self.stations.append(Station(name=name, group=group))
            self.places.append(place)
        return self._index[place]


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
