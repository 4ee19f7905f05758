"""What is known of results whose inputs are uncertain: an interval of each, and how likely each objective holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from capplan.checks.records import Analysis
from capplan.queueing.arrays import Array
from capplan.units import Unit

Place: TypeAlias = tuple[str, ...]
"""Where a figure stands in the result of an analysis: ("requests", "browse", "latency", "p99")."""
Series: TypeAlias = Mapping[Place, Array]
"""(M,) values of figures; inf where one has grown without bound."""


def percentile_key(level: float) -> str:
    """How a place names a percentile: `p99.9`."""
    return f"p{100.0 * level:.10g}"


class Interval(NamedTuple):
    """A 90 % interval; its high end is inf where the figure has no bound with more than 5 %."""

    low: float
    high: float


class Range(NamedTuple):
    """An uncertain input: its path, the 5, 50 and 95 % points of its law, and what kind of quantity it is."""

    path: str
    low: float
    mid: float
    high: float
    unit: Unit | None = None


class Chance(NamedTuple):
    """An SLO or an alert.

    Attributes:
        probability: that the SLO holds; that the alert fires.
        value: the interval of its metric; None where it does not exist.
    """

    probability: float
    value: Interval | None


@dataclass(frozen=True, kw_only=True)
class Uncertainty:
    """Results of a topology with uncertain inputs.

    Attributes:
        points: how many values of the inputs were tried.
        seed: of their choice.
        inputs: the uncertain ones.
        unstable: probability that some queue grows without bound.
        holding: probability that every SLO holds, no alert fires and every queue is stable, all at once.
        intervals: by place, of every figure.
        slos, alerts: in the order of the topology.
        exact: whether each point was solved by itself, as `analyze` does, and not all together.
    """

    points: int
    seed: int
    inputs: tuple[Range, ...]
    unstable: float
    holding: float
    intervals: Mapping[Place, Interval]
    slos: tuple[Chance, ...]
    alerts: tuple[Chance, ...]
    exact: bool


class Doubted(NamedTuple):
    """An analysis at the middle of the inputs, and what they leave open."""

    analysis: Analysis
    uncertainty: Uncertainty
