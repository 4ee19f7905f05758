"""What a plan may change of each component: as `scaling` says, else by the habits of its kind."""

from dataclasses import dataclass
from typing import NamedTuple

from capplan.planning.records import Strategy
from capplan.topology import MANAGED, Balancer, Component, Database, Machine, Server, Topology
from capplan.topology.replication import stateful as is_stateful
from capplan.topology.replication import weighed

MOST_REPLICAS = 200
MOST_READERS = 15
"""As many read replicas as managed databases commonly allow."""
_STATEFUL = "its machines hold data (`scaling: {replicas: 1..5}` would allow more of them)"
_ALONE = "no other size of its machine is known (`scaling: {machines: [...]}` names some)"


class Span(NamedTuple):
    """From a least to a most number."""

    low: int
    high: int


@dataclass(frozen=True, kw_only=True)
class Freedom:
    """What may change of a component that has machines of its own.

    Attributes:
        component: which.
        machines: what it may run on, its own machine first (None where it has none).
        replicas: how many may run.
        readers: read replicas of a database; 0..0 for everything else.
        stateful: whether its machines hold data.
        because: why replicas stay as they are, where they do.
    """

    component: Component
    machines: tuple[Machine | None, ...]
    replicas: Span
    readers: Span
    stateful: bool
    because: str = ""

    def under(self, strategy: Strategy) -> "Freedom":
        """What is left of it when only machines or only replicas may change."""
        own = self.component
        replicas, readers, machines = self.replicas, self.readers, self.machines
        if strategy is Strategy.VERTICAL:
            replicas, readers = _only(replicas, own.replicas), _fixed(_readers(own))
        if strategy is Strategy.HORIZONTAL:
            machines = machines[:1]
        return Freedom(
            component=own,
            machines=machines,
            replicas=replicas,
            readers=readers,
            stateful=self.stateful,
            because=self.because,
        )

    @property
    def fixed(self) -> bool:
        """Whether nothing may change."""
        now = _fixed(self.component.replicas), _fixed(_readers(self.component))
        return len(self.machines) == 1 and (self.replicas, self.readers) == now

    @property
    def outside(self) -> bool:
        """Whether what runs today is not what `scaling` allows, and may not change either."""
        return self.replicas.low > self.replicas.high


def freedoms(topology: Topology) -> dict[str, Freedom]:
    """What may change of every component with machines of ours; hosted ones follow their host."""
    return {
        name: _freedom(topology, component)
        for name, component in topology.components.items()
        if component.host is None and _ours(topology, component)
    }


def _ours(topology: Topology, component: Component) -> bool:
    return topology.machine(component) is not None or component.kind not in MANAGED


def _freedom(topology: Topology, component: Component) -> Freedom:
    stateful = is_stateful(topology, component)
    machines, replicas, readers, because = _wished(topology, component, stateful)
    unequal = weighed(topology, component)
    if unequal and replicas != _fixed(component.replicas):
        replicas, because = _fixed(component.replicas), unequal
    return Freedom(
        component=component,
        machines=machines,
        replicas=replicas,
        readers=readers,
        stateful=stateful,
        because=because,
    )


def _wished(
    topology: Topology, component: Component, stateful: bool
) -> tuple[tuple[Machine | None, ...], Span, Span, str]:
    """(machines, replicas, readers, why replicas stay) before what balancers forbid."""
    own = topology.machine(component)
    now, readers, scaling = _fixed(component.replicas), _fixed(_readers(component)), component.scaling
    if scaling is not None and scaling.fixed:
        return (own,), now, readers, "it is `fixed`"
    if scaling is not None:
        named = [machine for name in scaling.machines if (machine := topology.find_machine(name)) is not None]
        replicas = now if scaling.replicas is None else Span(*scaling.replicas)
        return _distinct(own, named), replicas, readers, "" if scaling.replicas else "`scaling` names no replicas"
    family = [] if own is None else list(topology.family(own))
    if isinstance(component, Server) and not stateful:
        return _distinct(own, family), Span(1, MOST_REPLICAS), readers, ""
    if isinstance(component, Balancer) and own is not None:
        return (own,), Span(1, MOST_REPLICAS), readers, ""
    if stateful:
        more = Span(1, max(MOST_READERS, readers.high)) if readers.high else readers
        return (
            _distinct(own, family),
            now,
            more,
            _STATEFUL if len(family) > 1 else f"{_ALONE}, and {_STATEFUL}",
        )
    return (own,), now, readers, f"the kind {component.kind} stays as it is unless `scaling` says otherwise"


def _distinct(own: Machine | None, others: list[Machine]) -> tuple[Machine | None, ...]:
    """The own machine, and every other once; where the own one has a price, only those that have one too."""
    known = {None if own is None else own.name}
    found: list[Machine | None] = [own]
    priced = own is not None and own.price is not None
    for machine in others:
        if machine.name not in known and machine != own and (machine.price is not None or not priced):
            known.add(machine.name)
            found.append(machine)
    return tuple(found)


def _readers(component: Component) -> int:
    return component.readers if isinstance(component, Database) else 0


def _only(span: Span, number: int) -> Span:
    """The one number, or none where the span does not hold it."""
    return Span(number, number) if span.low <= number <= span.high else Span(1, 0)


def _fixed(number: int) -> Span:
    return Span(number, number)
