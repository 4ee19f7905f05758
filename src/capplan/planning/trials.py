"""Trials: plans held against everything, exactly as `analyze` would, each once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from capplan.checks.holding import Situation
from capplan.checks.records import Miss
from capplan.checks.states import State
from capplan.planning.options import Plan, Unit, applied
from capplan.topology import Topology, calls_of

Key = tuple[tuple[str, object], ...]


@dataclass
class Trials:
    """What plans miss, remembered.

    Attributes:
        topology: as it is.
        units: what may change.
        states: in which everything must hold.
        rate: the workload rate that is planned for (per second).
        margin: the part by which times stay below their objectives.
        scv: the least SCV of arrivals that any plan gives each station, by name; empty where all plans give the same.
        left: seconds that are left; None where time does not matter.
        heard: is told that time passes.
        ordered: whether a component that is no faster is taken never to help. Where threads are held or calls repeated
            that is the rule, but not for sure.
        whole: whether every option that may hold is on its menu.
        count: situations that were solved.
    """

    topology: Topology
    units: Mapping[str, Unit]
    states: Sequence[State]
    rate: float
    margin: float = 0.0
    scv: Mapping[str, float] = field(default_factory=dict)
    left: Callable[[], float] | None = None
    heard: Callable[[], None] | None = None
    ordered: bool = True
    whole: bool = True
    count: int = 0
    _known: dict[Key, Miss | None] = field(default_factory=dict)
    _order: list[State] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._order = list(self.states)

    @cached_property
    def bent(self) -> bool:
        """Whether threads are held, queues may be full, or calls late and repeated: one component's machines then
        change what others have to do."""
        components = self.topology.components.values()
        held = any(component.concurrency is not None or component.backlog is not None for component in components)
        calls = [call for component in components for call in calls_of(component)]
        patient = all(call.pool is None and call.timeout is None and not call.retries for call in calls)
        requests = self.topology.requests.values()
        return held or not patient or any(one.timeout is not None or one.retries for one in requests)

    @cached_property
    def curtailed(self) -> bool:
        """Whether times are cut short by timeouts or full queues: the laws of visits then do not bound them below."""
        components = self.topology.components.values()
        late = [call.timeout for component in components for call in calls_of(component)]
        late += [request.timeout for request in self.topology.requests.values()]
        return any(one is not None for one in (*late, *(component.backlog for component in components)))

    def miss(self, plan: Plan) -> Miss | None:
        """The first thing that a plan misses in any state; None where it holds everything."""
        key = tuple(sorted(plan.items()))
        if key not in self._known:
            self._known[key] = self._first(applied(self.topology, self.units, plan))
        return self._known[key]

    def _first(self, topology: Topology) -> Miss | None:
        """The state that was missed last is asked first: it is the likeliest to be missed again."""
        for position, state in enumerate(self._order):
            self._counted()
            miss = next(Situation(topology, state, self.rate, self.margin).misses(), None)
            if miss is not None:
                self._order.insert(0, self._order.pop(position))
                return miss
        return None

    def still(self, topology: Topology, miss: Miss) -> Miss | None:
        """The same objective in the same state for another topology; None where it holds.

        Arrivals are as smooth as any plan makes them, so what is missed here is missed by everything slower.
        """
        self._counted()
        state = next(state for state in self.states if state.name == miss.state)
        return Situation(topology, state, self.rate, self.margin, self.scv).same(miss)

    def unbounded(self) -> None:
        """From now on time does not matter."""
        self.left = None

    def tick(self) -> None:
        """Whoever works for long asks now and then whether there is time left.

        Raises:
            TimeoutError: there is not.
        """
        if self.left is not None and self.left() <= 0.0:
            raise TimeoutError
        if self.heard is not None:
            self.heard()

    def _counted(self) -> None:
        self.tick()
        self.count += 1
