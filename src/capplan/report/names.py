"""Names that every form of a report shares: percentiles, and what kind of quantity a metric is."""

import re
from typing import Literal

Kind = Literal["duration", "rate", "fraction", "count", "money"]

SI_UNITS: dict[Kind, str] = {"duration": "s", "rate": "1/s", "fraction": "fraction", "count": "", "money": ""}

_KINDS: dict[str, Kind] = {
    "mean": "duration",
    "rate": "rate",
    "throughput": "rate",
    "queue_length": "count",
    "replicas": "count",
    "readers": "count",
    "hour": "money",
    "month": "money",
}
_PERCENTILE = re.compile(r"\.p\d+(\.\d+)?$")


def percentile_name(level: float) -> str:
    """The name of a percentile: `p99` of 0.99, `p99.9` of 0.999."""
    return f"p{level * 100:.10g}"


def kind_of_metric(metric: str) -> Kind:
    """What kind of quantity `subject.metric` is; whatever is no time, rate, count or money is a fraction."""
    if _PERCENTILE.search(metric):
        return "duration"
    return _KINDS.get(metric.rpartition(".")[2], "fraction")
