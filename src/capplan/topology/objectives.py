"""Objectives and alerts: a metric of a subject, compared with a quantity; the states in which objectives must hold."""

import operator
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from capplan import units
from capplan.topology.fields import AnyText, Boolean, Duration, Whole
from capplan.topology.forms import (
    Form,
    Record,
    Reference,
    Schema,
    did_you_mean,
    expect_text,
    fault,
    read_record,
    shown,
)
from capplan.units import Unit

UTILISATIONS: Final = ("cpu", "memory", "disk", "network", "concurrency", "storage", "ingest", "rate_limit")
TOTAL: Final = "total"
COST: Final = "cost"
UNITS: Final[Mapping[str, Unit]] = {
    "rate": units.RATE,
    "mean": units.DURATION,
    "success_rate": units.FRACTION,
    "error_rate": units.FRACTION,
    "queue_length": units.NUMBER,
    **dict.fromkeys(UTILISATIONS, units.FRACTION),
    "hour": units.MONEY,
    "month": units.MONEY,
}
_PERCENTILE = re.compile(r"p([0-9]{1,2}(?:\.[0-9]+)?)")
_COMPARISON = re.compile(r"([^\s<>=]+)\s*(<=|>=|<|>|==|=|≤|≥)\s*([^<>=]+)")
_METRIC = re.compile(r"([A-Za-z0-9_][A-Za-z0-9_-]*)\.([A-Za-z0-9_.]+)")


class Operator(StrEnum):
    """How a metric is compared with its threshold."""

    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="

    def holds(self, value: float, threshold: float) -> bool:
        """Whether the comparison is true."""
        return _COMPARE[self](value, threshold)

    @property
    def bounds_above(self) -> bool:
        """Whether the threshold is an upper bound (`<`, `<=`)."""
        return self in (Operator.BELOW, Operator.AT_MOST)


_COMPARE: Mapping[Operator, Callable[[float, float], bool]] = {
    Operator.BELOW: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.ABOVE: operator.gt,
    Operator.AT_LEAST: operator.ge,
}


class Metric(Record):
    """A metric of a subject: `checkout.p99`, `api.cpu`, `cost.month`."""

    title: ClassVar[str] = "a metric"

    subject: str
    name: str

    @property
    def percentile(self) -> float | None:
        """The rank of a percentile, from 0 to 1; None for other metrics."""
        match = _PERCENTILE.fullmatch(self.name)
        return float(match[1]) / 100 if match else None

    @property
    def unit(self) -> Unit:
        """The kind of quantity that it is."""
        return UNITS.get(self.name, units.DURATION)

    def __str__(self) -> str:
        return f"{self.subject}.{self.name}"


class Comparison(Record):
    """`checkout.p99 < 300ms`."""

    title: ClassVar[str] = "a comparison"

    metric: Metric
    operator: Operator
    threshold: float
    text: str

    def holds(self, value: float) -> bool:
        """Whether the comparison is true for this value of the metric."""
        return self.operator.holds(value, self.threshold)


def parse_comparison(text: str) -> Comparison:
    """A comparison from its text."""
    text = " ".join(text.split())
    match = _COMPARISON.fullmatch(text)
    if match is None:
        raise fault(
            f"{shown(text)} is not a comparison",
            "subject.metric, one of < <= > >=, and a quantity: checkout.p99 < 300ms",
        )
    subject_metric, sign, quantity = match.groups()
    if sign not in tuple(Operator):
        raise fault(f"`{sign}` is not a comparison", "one of <, <=, > and >=")
    metric = parse_metric(subject_metric)
    threshold = units.parse(quantity, metric.unit)
    if metric.unit is units.FRACTION:
        threshold = units.checked_fraction(threshold, quantity)
    return Comparison.model_construct(metric=metric, operator=Operator(sign), threshold=threshold, text=text)


def parse_metric(text: str) -> Metric:
    """A metric from `subject.metric`."""
    match = _METRIC.fullmatch(text)
    if match is None:
        raise fault(f"{shown(text)} is not a metric", "subject.metric, such as total.p99 or api.cpu")
    subject, name = match.groups()
    percentile = _PERCENTILE.fullmatch(name)
    if name not in UNITS and not (percentile and 0 < float(percentile[1]) < 100):
        raise fault(f"`{name}` is not a metric", did_you_mean(name, (*UNITS, "p50", "p90", "p95", "p99", "p99.9")))
    return Metric.model_construct(subject=subject, name=name)


class ComparisonForm(Form):
    """`checkout.p99 < 300ms`."""

    def read(self, value: Any) -> Comparison:
        if isinstance(value, Comparison):
            return value
        return parse_comparison(expect_text(value, "a comparison such as total.p99 < 300ms"))

    def schema(self, _reference: Reference) -> Schema:
        names = "|".join(sorted(UNITS, key=len, reverse=True))
        metric = rf"[A-Za-z0-9_][A-Za-z0-9_-]*\.(?:{names}|p[0-9]{{1,2}}(?:\.[0-9]+)?)"
        return {"type": "string", "pattern": rf"^ *{metric} *[<>]=? *[^<>= ][^<>=]*$"}


class Slo(Record):
    """An objective: what shall hold."""

    title: ClassVar[str] = "an SLO"

    name: AnyText = Field(default="", description="Its name; the metric unless said.")
    objective: Annotated[Comparison, ComparisonForm()] = Field(
        description="What shall hold: `checkout.success_rate > 99.9%`."
    )
    window: Duration | None = Field(default=None, description="The time over which it is measured, e.g. 30d.")

    @property
    def label(self) -> str:
        """Its name, or its metric."""
        return self.name or str(self.objective.metric)


class SloForm(Form):
    """A comparison, or `{name, objective, window}`."""

    def read(self, value: Any) -> Slo:
        if isinstance(value, str):
            return Slo.model_construct(objective=parse_comparison(value))
        return read_record(Slo, value)

    def schema(self, reference: Reference) -> Schema:
        return {"anyOf": [ComparisonForm().schema(reference), reference(Slo)]}


class Alert(Record):
    """When to notify whom."""

    title: ClassVar[str] = "an alert"

    name: AnyText = Field(default="", description="Its name; the metric unless said.")
    when: Annotated[Comparison, ComparisonForm()] = Field(description="What it watches for: `api.cpu > 70%`.")
    hold: Duration = Field(
        default=0.0, alias="for", description="How long it must be so before the alert fires, e.g. 5m; 0 unless said."
    )
    severity: AnyText | None = Field(default=None, description="How bad that is, e.g. page or ticket.")
    notify: AnyText | None = Field(
        default=None, description="The channel that is told: one of an alerting component's."
    )

    @property
    def label(self) -> str:
        """Its name, or its metric."""
        return self.name or str(self.when.metric)


class Resilience(Record):
    """The states in which the objectives must hold as well."""

    title: ClassVar[str] = "resilience"

    replicas_lost: Whole = Field(
        default=0, description="Replicas of any one component that may be lost; 0 unless said."
    )
    zone_lost: Boolean = Field(
        default=False, description="Whether a zone of any one location may be lost; false unless said."
    )
    during_deploy: Boolean = Field(
        default=False, description="Whether objectives must hold during deployments; false unless said."
    )
