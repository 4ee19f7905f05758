"""What a recommendation says: plans by strategy, what each changes and why, what was refused, and the limits met.

These records know components, machines and money; they do not know how they were found nor how they are shown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from capplan.checks.records import Analysis, Miss
from capplan.prediction.records import Cost, Note
from capplan.uncertainty.records import Uncertainty


class Strategy(StrEnum):
    """What a plan may change: machines only, replicas only, or both."""

    VERTICAL = "vertical"
    HORIZONTAL = "horizontal"
    MIXED = "mixed"


@dataclass(frozen=True, kw_only=True)
class Size:
    """What a component runs on.

    Attributes:
        replicas: machines that run it (a database's primaries).
        machine: name of the machine type; None where it has none or an unnamed one.
        readers: read replicas of a database; None for everything else.
    """

    replicas: int
    machine: str | None
    readers: int | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """One component as it is and as the plan has it.

    Attributes:
        because: what the change is for: the objective that the next smaller size misses, or what it saves.
        cost_change: per hour; None where a price is not known.
    """

    component: str
    before: Size
    after: Size
    because: str
    cost_change: float | None


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The dearest plan among the cheaper ones that were looked at, and what it misses.

    Attributes:
        sizes: (component, size) where it differs from the plan that was taken.
        cost: per hour; None where no price is known.
        missed: what it misses.
    """

    sizes: tuple[tuple[str, Size], ...]
    cost: float | None
    missed: Miss


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What no choice lifts.

    Attributes:
        component: whose limit it is; None where it is nobody's alone.
        resource: "cpu", "disk", "latency", "rate_limit", "replicas", "connections", "cost", …
        message: a sentence.
    """

    component: str | None
    resource: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The cheapest way of one strategy.

    Attributes:
        strategy: what it was allowed to change.
        optimal: whether it is proven that nothing cheaper within `scaling` holds the objectives.
        gap: how much cheaper, as a part of the cost, a plan could still be; 0 where optimal, None where not feasible.
        cost: at the target rate; None where not feasible.
        cost_change: per hour against the topology as it is, at the same rate; None where a price is not known.
        machines: machines of all components together.
        unpriced: cores of machines without a price.
        decided_by: what the next cheaper plan misses; None where nothing cheaper was looked at.
        headroom: of the capacity that the plan has, at the target rate; None where nothing limits it.
        analyse: gives the analysis at the target rate; None where not feasible.
        limit: what stands in the way; None where feasible.
        notes: what to know before it is carried out.
        probability: that everything holds under the uncertain inputs; None where that was not asked for.
        uncertainty: what they leave open of the plan at the target rate; likewise.
        evaluations: plans that were evaluated.
    """

    strategy: Strategy
    feasible: bool
    optimal: bool
    gap: float | None = None
    cost: Cost | None = None
    cost_change: float | None = None
    machines: int = 0
    unpriced: float = 0.0
    changes: tuple[Change, ...] = ()
    decided_by: Miss | None = None
    refused: Refused | None = None
    headroom: float | None = None
    analyse: Callable[[], Analysis] | None = None
    limit: Limit | None = None
    notes: tuple[Note, ...] = ()
    evaluations: int = 0
    probability: float | None = None
    uncertainty: Uncertainty | None = None

    @cached_property
    def analysis(self) -> Analysis | None:
        """The analysis at the target rate, worked out when it is asked for; None where not feasible."""
        return None if self.analyse is None else self.analyse()


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """The plans of all strategies, the chosen one first.

    Attributes:
        topology, file: what it is for.
        target_rate: the workload rate asked for (per second).
        planned_rate: the rate at which the objectives are held: the target and its headroom.
        percentile_margin: the part by which latencies stay below their objectives.
        states: the names of the states in which the objectives are held, the normal one first.
        current: the topology as it is, at the target rate.
        plans: one a strategy.
        chosen: the strategy of the cheapest plan; None where none is feasible.
        confidence: the probability with which everything shall hold; None where it shall at the middle of the inputs.
    """

    topology: str
    file: str
    target_rate: float
    planned_rate: float
    percentile_margin: float
    states: tuple[str, ...]
    current: Analysis
    plans: tuple[Plan, ...]
    chosen: Strategy | None
    confidence: float | None = None

    @property
    def plan(self) -> Plan | None:
        """The chosen plan."""
        return next((plan for plan in self.plans if plan.strategy is self.chosen), None)


@dataclass(frozen=True, kw_only=True)
class Affordable:
    """The most load that a budget carries.

    Attributes:
        budget: per hour, in the topology's currency.
        rate: the workload rate; None where the money does not carry even the least load.
        recommendation: the plan for that rate.
        beyond: the cost per hour of the cheapest plan just above that rate; None where none is feasible.
    """

    budget: float
    rate: float | None
    recommendation: Recommendation | None
    beyond: float | None
