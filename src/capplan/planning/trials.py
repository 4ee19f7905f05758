"""Trials: plans held against everything, exactly as `analyze` would, each once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from capplan.checks.holding import Situation
from capplan.checks.records import Miss
from capplan.checks.states import State
from capplan.planning.options import Plan, Unit, applied
from capplan.topology import Topology

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
        left: seconds that are left; None where time does not matter.
        count: situations that were solved.
    """

    topology: Topology
    units: Mapping[str, Unit]
    states: Sequence[State]
    rate: float
    margin: float = 0.0
    left: Callable[[], float] | None = None
    count: int = 0
    _known: dict[Key, Miss | None] = field(default_factory=dict)
    _order: list[State] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._order = list(self.states)

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
        """The same objective in the same state for another topology; None where it holds."""
        self._counted()
        state = next(state for state in self.states if state.name == miss.state)
        return Situation(topology, state, self.rate, self.margin).same(miss)

    def unbounded(self) -> None:
        """From now on time does not matter."""
        self.left = None

    def _counted(self) -> None:
        if self.left is not None and self.left() <= 0.0:
            raise TimeoutError
        self.count += 1
