"""The queues of a topology: which resource of which component is a station, with which servers and policy."""

from collections.abc import Mapping
from dataclasses import dataclass

from capplan.prediction.laws import servers
from capplan.queueing.balancing import Group
from capplan.queueing.balancing import Policy as Balancing
from capplan.queueing.network import Station
from capplan.topology import Balancer, Component, Database, Machine, Policy, Topology

MANAGED = frozenset({"cdn", "storage", "external", "logging", "metrics", "alerting", "balancer"})
"""Kinds that others run: without a machine their `time` is a delay, not work for a queue of ours."""
ASSUMED = Machine(cores=1.0)
"""What a component with CPU time and no machine is taken to run on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
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
        return self._replicated(component, "cpu", servers(machine), readers=readers)

    def replicated(self, component: Component, resource: str, *, readers: bool = False) -> int:
        """A station with one server on each of the component's machines: its disk, its network interface."""
        return self._replicated(component, resource, 1, readers=readers)

    def shared(self, component: Component, resource: str, count: int = 1) -> int:
        """A station that all replicas share: an ingest bandwidth, a store's bandwidth, runners."""
        return self._add(Place(component=component.name, resource=resource), Group(servers=float(count)))

    def _replicated(self, component: Component, resource: str, count: int, *, readers: bool) -> int:
        host = self.topology.host(component.name)
        readers = readers and isinstance(component, Database)
        place = Place(component=component.name if readers else host.name, resource=resource, readers=readers)
        if readers and isinstance(component, Database):
            return self._add(place, Group(servers=float(count), replicas=component.readers))
        balancer = self._balancers.get(host.name) or self._balancers.get(component.name)
        return self._add(place, _group(host, count, balancer))

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


def _group(host: Component, count: int, balancer: Balancer | None) -> Group:
    if balancer is None:
        return Group(servers=float(count), replicas=host.replicas)
    policy = Balancing(str(balancer.policy))
    return Group(servers=float(count), replicas=host.replicas, policy=policy, shares=_shares(balancer, host.replicas))


def _shares(balancer: Balancer, replicas: int) -> tuple[float, ...]:
    """The part of the visits that each replica gets; empty where all get the same."""
    if replicas == 1:
        return ()
    if balancer.policy is Policy.IP_HASH and balancer.skew:
        raw = [rank ** -float(balancer.skew) for rank in range(1, replicas + 1)]
    elif len(balancer.weights) == replicas and len(set(map(float, balancer.weights))) > 1:
        raw = [float(weight) for weight in balancer.weights]
    else:
        return ()
    total = sum(raw)
    return tuple(weight / total for weight in raw)
