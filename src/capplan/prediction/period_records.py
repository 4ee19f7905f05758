"""What a prediction says of a load that varies over a day or a week, in the user's words and SI units."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from capplan.prediction.records import Cost, Latency, RequestPrediction


class How(StrEnum):
    """How a queue follows the load: codes of methods, and of the notes where there is none."""

    STATIONARY = "stationary-steps"
    FORWARD = "forward-equations"
    BACKLOG = "fluid-backlog"
    ENDLESS = "endless-backlog"
    APART = "steps-apart"


@dataclass(frozen=True, kw_only=True)
class LoadStep:
    """One step of the period.

    Attributes:
        start: seconds since the beginning of the period.
        rate: the workload's rate.
        utilisation: offered work over capacity of the bottleneck; None where nothing limits.
        mean, p99: of all requests that come in the step; None where they have no bound.
        backlog: requests that an overload keeps waiting at the end of the step; 0 where no queue is left behind.
    """

    start: float
    rate: float
    utilisation: float | None
    mean: float | None
    p99: float | None
    backlog: float


@dataclass(frozen=True, kw_only=True)
class Watched:
    """The queue that a request's latency turns on where the load rises.

    Attributes:
        component, resource: which.
        how: by what its waits are found.
        over: steps in which it is offered more than it can do.
        longest: the longest wait that an overload leads to (seconds); inf where it has no bound.
        rough: whether its service times vary more than the forward equations are good for.
    """

    component: str
    resource: str
    how: How
    over: int
    longest: float
    rough: bool = False


@dataclass(frozen=True, kw_only=True)
class Period:
    """A day or a week.

    Attributes:
        span, step: seconds.
        steps: in order.
        total, requests: over the whole period, each step with the weight of its load; `rate` is the mean.
        busiest: the index of the step with the most load; the first of several.
        component, resource: the bottleneck; None where nothing limits.
        busiest_latency: of all requests in the busiest step; None where it has no bound.
        watched: the queues that the stationary laws do not hold for, or not at every step.
    """

    span: float
    step: float
    steps: tuple[LoadStep, ...]
    total: RequestPrediction
    requests: Mapping[str, RequestPrediction]
    busiest: int
    component: str | None
    resource: str | None
    busiest_latency: Latency | None
    watched: tuple[Watched, ...] = ()

    @property
    def peak(self) -> LoadStep:
        """The busiest step."""
        return self.steps[self.busiest]


@dataclass(frozen=True, kw_only=True)
class Fleets:
    """The costs of a period, by the hour on average.

    Attributes:
        fixed: as many replicas as written, whatever the load.
        following: in each step as many as its load needs, and no replica ever carries more than in the busiest step.
        least: by component that follows, the fewest replicas that it has in any step.
        worst_fixed, worst_following: the 99th percentile of all requests in the slowest step (seconds); None where it
            has no bound or was not worked out.
    """

    fixed: Cost
    following: Cost
    least: Mapping[str, int]
    worst_fixed: float | None
    worst_following: float | None
