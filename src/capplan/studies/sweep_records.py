"""What a sweep says: the parameters that vary, the figures at each point, the knee and the wall of the load.

The records hold SI units; `None` stands where a thing does not exist. They must not know how anything is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from capplan.prediction.records import Latency

RATE_PATH, RATE_UNIT = "workload.rate", "1/s"
USERS_PATH = "workload.users"
"""The parameter whose points are solved together, and the unit of its values."""


class Value(NamedTuple):
    """A value of a parameter: as it is written in a topology, and in SI; None where it is no quantity."""

    written: str
    number: float | None


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """What varies: the path of a setting, the SI unit of its values, and the values in their order."""

    path: str
    unit: str
    values: tuple[Value, ...]

    @property
    def is_rate(self) -> bool:
        """Whether it is the workload's rate."""
        return self.path == RATE_PATH

    @property
    def is_users(self) -> bool:
        """Whether it is the number of closed users."""
        return self.path == USERS_PATH


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """What one request class (or all together) sees at a point; no latency behind a saturated queue."""

    rate: float
    throughput: float
    success_rate: float
    latency: Latency | None


class Busiest(NamedTuple):
    """The resource with the highest utilisation, 0..1."""

    component: str
    resource: str
    utilisation: float


@dataclass(frozen=True, kw_only=True)
class Finding:
    """An SLO or an alert at a point.

    Attributes:
        name: the user's name of it, or its metric.
        metric: `subject.metric`.
        operator: one of <, <=, >, >=.
        threshold: the quantity that it names.
        value: the metric; None where it does not exist.
        true: whether the comparison holds: of an SLO that it is met, of an alert that it fires.
    """

    name: str
    metric: str
    operator: str
    threshold: float
    value: float | None
    true: bool


@dataclass(frozen=True, kw_only=True)
class Point:
    """The figures at one value of each parameter.

    Attributes:
        values: of the parameters, in their order.
        max_rate: the capacity wall, per second; None where nothing limits.
        cost: a month; None where no price is known.
    """

    values: tuple[Value, ...]
    stable: bool
    total: Traffic
    requests: Mapping[str, Traffic]
    busiest: Busiest | None
    max_rate: float | None
    cost: float | None
    slos: tuple[Finding, ...]
    alerts: tuple[Finding, ...]

    @property
    def missed(self) -> list[str]:
        """The SLOs that do not hold."""
        return [slo.name for slo in self.slos if not slo.true]

    @property
    def firing(self) -> list[str]:
        """The alerts that fire."""
        return [alert.name for alert in self.alerts if alert.true]


@dataclass(frozen=True, kw_only=True)
class Landmark:
    """Where a rate leads to, at one value of the other parameter.

    Attributes:
        value: of the other parameter; None where the rate is swept alone.
        knee: the load at which throughput over mean latency is greatest (Kleinrock 1979); None where nothing limits.
        max_rate: the capacity wall; None where nothing limits.
        component: what is exhausted there.
        resource: which of its resources.
    """

    value: Value | None
    knee: float | None
    max_rate: float | None
    component: str | None
    resource: str | None


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A topology at every combination of the values; the last parameter varies fastest.

    Attributes:
        settings: what is laid over the file at every point.
        landmarks: of a sweep of the workload's rate; none of others.
    """

    topology: str
    file: str
    currency: str
    settings: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    points: tuple[Point, ...]
    landmarks: tuple[Landmark, ...]
