"""What a prediction says, in the user's words and SI units.

These records know components and requests, but neither YAML nor how they are shown. `None` stands where a thing does
not exist: the latency of what passes a saturated queue, the memory of a component that declares none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

PERCENTILES: tuple[float, ...] = (0.5, 0.9, 0.95, 0.99, 0.999)


@dataclass(frozen=True, kw_only=True)
class Latency:
    """A random time: its mean and percentiles (seconds).

    Attributes:
        mean: the mean.
        percentiles: the value at each level, the level in 0..1.
    """

    mean: float
    percentiles: Mapping[float, float]


@dataclass(frozen=True, kw_only=True)
class Share:
    """One row of where a request's time goes: what all its synchronous visits to one component cost together.

    Attributes:
        visits: mean number of synchronous visits of one request.
        wait: mean time queued, all visits together (seconds).
        service: mean time in service, all visits together (seconds).
        network: round trips and transfers of the calls into the component (seconds).
        share: part of the sum over all components, 0..1.
    """

    component: str
    visits: float
    wait: float
    service: float
    network: float
    share: float


@dataclass(frozen=True, kw_only=True)
class RequestPrediction:
    """What one request class (or all together) sees.

    Attributes:
        rate: arrival rate (per second).
        throughput: rate of requests that come through with an answer, good or bad (per second).
        success_rate: fraction of the requests that come through without an error, at the first attempt or a later one.
        latency: end to end, of those that succeed, repeats included; None where a request passes a saturated queue.
        attempts: mean number of attempts of one request.
    """

    name: str
    rate: float
    throughput: float
    success_rate: float
    latency: Latency | None
    breakdown: tuple[Share, ...] = ()
    attempts: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Working:
    """How a number was obtained: the method's code (see `queueing.methods.METHODS`) and the value of each symbol."""

    resource: str
    method: str
    symbols: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class ComponentPrediction:
    """One component at one load.

    Attributes:
        rate: visits offered (per second), all replicas together.
        throughput: visits that get through (per second).
        utilisation: of each resource, 0..1 per server and possibly above 1 where saturated; None where not declared.
        queue_length: visits waiting, over all replicas; None where it grows without bound.
        in_service: visits being served, over all replicas.
        wait: the time one visit waits; None where saturated.
        latency: of one visit, its own wait and service, without the calls it makes; None where saturated.
        error_rate: fraction of visits that fail by themselves or because of the calls they make.
        cost: per hour, in the topology's currency; None where no price is known.
        details: figures of one kind only (readers, stored volume, runners, …), by name.
    """

    name: str
    kind: str
    replicas: int
    machine: str | None
    rate: float
    throughput: float
    utilisation: Mapping[str, float | None]
    queue_length: float | None
    in_service: float
    wait: Latency | None
    latency: Latency | None
    error_rate: float
    cost: float | None
    details: Mapping[str, float] = field(default_factory=dict)
    workings: tuple[Working, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Overload:
    """A saturated resource: how far over capacity it is, and what would be enough.

    Attributes:
        utilisation: offered work over capacity, above 1.
        servers: servers (cores, slots) it has, all replicas together.
        enough: the least number of servers of the same speed that would keep the queue stable, in whole machines where
            they slow each other down; None where no number would.
    """

    component: str
    resource: str
    utilisation: float
    servers: int
    enough: int | None


@dataclass(frozen=True, kw_only=True)
class Metastable:
    """Workload rates at which a calm and a troubled regime both last; the system stays in the one that it is in.

    Attributes:
        low: from this rate on the troubled regime lasts, once something pushed the system into it (per second).
        high: up to this rate the calm regime does.
        attempts: mean attempts of a request in the troubled regime.
    """

    low: float
    high: float
    attempts: float


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """The largest workload rate at which every queue is stable and no limit is passed, and what sets it.

    Attributes:
        max_rate: per second; None where nothing limits it.
        component: the bottleneck's name; None where nothing limits.
        resource: which of its resources ("cpu", "disk", "network", "rate_limit", …).
        headroom: 1 - rate / max_rate; None where nothing limits.
    """

    max_rate: float | None
    component: str | None
    resource: str | None
    headroom: float | None


@dataclass(frozen=True, kw_only=True)
class Note:
    """A doubt, an assumption or a hint that travels with the numbers: a stable code, a sentence, a route."""

    code: str
    message: str
    where: str


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What the topology costs: per hour and per month of 730 hours; None where no price is known."""

    currency: str
    hour: float | None
    month: float | None


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Everything predicted for one topology at one load.

    Attributes:
        users: the closed users who reach the rate; None where the rate is given.
    """

    topology: str
    file: str
    rate: float
    throughput: float
    stable: bool
    capacity: Capacity
    total: RequestPrediction
    requests: Mapping[str, RequestPrediction]
    components: Mapping[str, ComponentPrediction]
    overloads: tuple[Overload, ...]
    cost: Cost
    notes: tuple[Note, ...]
    users: float | None = None
    metastable: Metastable | None = None
