"""Autoscaling: what a component's number of replicas follows, and how fast."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import Field

from capplan import units
from capplan.topology.fields import Choice, Duration, Fraction, Positive, Quantity
from capplan.topology.forms import Form, Record, Reference, Schema, expect_text
from capplan.units import FRACTION, NUMBER, RATE, Uncertain, Unit, UnitError


class ScalingMetric(StrEnum):
    """What an autoscaler looks at, of the average ready replica."""

    CPU = "cpu"
    CONCURRENCY = "concurrency"
    RATE = "rate"
    QUEUE_LENGTH = "queue_length"

    @property
    def unit(self) -> Unit:
        """The kind of quantity that its target is."""
        if self is ScalingMetric.RATE:
            return RATE
        return NUMBER if self is ScalingMetric.QUEUE_LENGTH else FRACTION


class Target(NamedTuple):
    """What the metric should be, with what it was written as."""

    value: float
    unit: Unit
    text: str

    def fits(self, metric: ScalingMetric) -> bool:
        """Whether it is a quantity of this metric's kind; a bare number up to 1 is a fraction too."""
        if metric.unit is FRACTION:
            return self.unit is not RATE and self.value <= 1.0
        return self.unit is metric.unit


class TargetForm(Form):
    """`60%`, `200/s` or `5`."""

    def read(self, value: Any) -> Target:
        if isinstance(value, Target):
            return value
        text = str(value) if isinstance(value, int | float) else expect_text(value, "a target, e.g. 60%, 200/s or 5")
        unit = FRACTION if "%" in text else RATE if any(sign in text for sign in ("/", "rps")) else NUMBER
        found = units.parse(text, unit)
        if isinstance(found, Uncertain) or found <= 0.0:
            raise UnitError(f"`{text}` is no target", "one value above 0, e.g. 60%, 200/s or 5")
        return Target(found, unit, text)

    def schema(self, reference: Reference) -> Schema:
        return {"anyOf": [reference(FRACTION), reference(RATE), reference(NUMBER)]}


class Autoscale(Record):
    """An autoscaler by the rules of Kubernetes' Horizontal Pod Autoscaler, which acts in a timeline of `simulate`."""

    title: ClassVar[str] = "autoscale"

    metric: Annotated[ScalingMetric, Choice("a metric to scale by", {str(m): m for m in ScalingMetric})] = Field(
        default=ScalingMetric.CPU,
        description=(
            "What it looks at, of the average ready replica: `cpu` (unless said), `concurrency`, `rate` or "
            "`queue_length`."
        ),
    )
    target: Annotated[Target, TargetForm()] = Field(
        description="What the metric should be: 60%, for `rate` a rate such as 200/s, for `queue_length` a number."
    )
    least: Positive = Field(default=1, alias="min", description="The fewest replicas; 1 unless said.")
    most: Positive = Field(alias="max", description="The most replicas.")
    interval: Annotated[float, Quantity(units.DURATION, above=True)] = Field(
        default=15.0, description="Time between two looks; 15s unless said."
    )
    tolerance: Fraction = Field(
        default=0.1, description="It does nothing while metric over target is within 1 ± this; 10% unless said."
    )
    stabilization: Duration = Field(
        default=300.0,
        description="It goes down to the highest number that was wanted in so long; 300s unless said.",
    )
    startup: Duration | None = Field(
        default=None,
        description="From the start of a replica until it is ready, e.g. 60s; `warmup` of `deploy` unless said.",
    )
