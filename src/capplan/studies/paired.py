"""Margins of a comparison: of every measured figure of two results, the interval of what it differs by.

It must not know how a figure is measured, nor how a comparison is made.
"""

from capplan.prediction.simulated_pair import MeasuredPair
from capplan.studies.records import Key, Margin, Result
from capplan.topology import Metric

TOTAL = "total"
JUDGED = ("value", "met", "firing")
"""The figures of an SLO or an alert that its metric decides."""


def margins(pair: MeasuredPair, before: Result, after: Result) -> dict[Key, Margin]:
    """The margin of each figure that both results have and both simulations measured."""
    found: dict[Key, Margin] = {}
    for key in before.figures:
        metric = _metric(key, before)
        if metric is None or key not in after.figures or metric != _metric(key, after):
            continue
        if key == Key("topology", "", "rate") and not pair.before.closed:
            continue  # given, not measured
        figure = pair.difference(metric)
        if figure is not None:
            found[key] = Margin(figure.low, figure.high)
    return found


def _metric(key: Key, result: Result) -> Metric | None:
    """What a figure is the value of; None where it is none that a simulation may measure."""
    scope, subject, name = key
    if scope in ("slo", "alert"):
        whole = str(result.value(scope, subject, "metric"))
        measured, value = whole.split(".", 1), result.value(scope, subject, "value")
        return _named(*measured) if name in JUDGED and value is not None else None
    if result.figures[key].value is None or name.startswith("cost."):
        return None
    if scope == "topology":
        return _named(TOTAL, name) if name in ("rate", "throughput") else None
    if scope in (TOTAL, "request", "component"):
        return _named(subject, name.rpartition("latency.")[2].removeprefix("utilisation."))
    return None


def _named(subject: str, name: str) -> Metric:
    return Metric(subject=subject, name=name)
