"""The CSV form: one tidy table, a figure a row, in SI units, for spreadsheets and scripts.

Its columns are scope, subject, metric, value and unit; the value is empty where a thing does not exist. It is drawn
from the JSON result, so that the two cannot disagree.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from capplan.checks.records import Analysis
from capplan.report.as_json import Json, to_dict
from capplan.report.names import SI_UNITS, kind_of_metric

HEADER = ("scope", "subject", "metric", "value", "unit")

UNITS = {
    **dict.fromkeys(("rate", "throughput", "max_rate", "holds_until_rate", "fires_at_rate"), "1/s"),
    **dict.fromkeys(("headroom", "success_rate", "error_rate", "share", "utilisation"), "fraction"),
    **dict.fromkeys(("wait", "service", "network", "window", "start", "simulated_seconds", "wall_seconds"), "s"),
}
UNITS_OF_GROUP = {
    **dict.fromkeys(("latency", "latency_interval", "wait", "time_to_notify"), "s"),
    **dict.fromkeys(("utilisation", "utilisation_interval", "success_rate_interval"), "fraction"),
    "throughput_interval": "1/s",
}

Row = tuple[str, str, str, str, str]


def to_csv(analysis: Analysis) -> str:
    """Every figure of the analysis, a row each."""
    return rows_to_csv(rows(to_dict(analysis)))


def rows_to_csv(lines: Iterable[Row]) -> str:
    """The rows below the heading."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(lines)
    return text.getvalue()


def rows(result: Json) -> Iterator[Row]:
    """Every figure of the JSON result, a row each."""
    name = result["topology"]["name"]
    yield from figures_of("topology", name, {key: result[key] for key in ("rate", "users", "throughput", "stable")})
    yield from figures_of("capacity", name, result["capacity"])
    if result["metastable"] is not None:
        yield from figures_of("metastable", name, result["metastable"])
    yield from figures_of("total", "total", result["total"])
    for request, figures in result["requests"].items():
        yield from _request_rows(request, figures)
    for component, figures in result["components"].items():
        yield from _component_rows(component, figures, result["cost"]["currency"])
    for slo in result["slos"]:
        yield from _finding_rows("slo", slo)
    for alert in result["alerts"]:
        yield from _finding_rows("alert", alert)
    for state in result["states"]:
        yield from _state_rows(state)
    yield from _cost_rows("cost", name, result["cost"])
    for overload in result["overloads"]:
        figures = {key: overload[key] for key in ("utilisation", "servers", "enough")}
        yield from figures_of("overload", f"{overload['component']}.{overload['resource']}", figures)
    if result["period"] is not None:
        yield from _period_rows(result["period"])
    for note in result["notes"]:
        yield ("note", note["where"], note["code"], note["message"], "")


def _request_rows(request: str, figures: Json) -> Iterator[Row]:
    yield from figures_of("request", request, {key: value for key, value in figures.items() if key != "breakdown"})
    for share in figures["breakdown"]:
        parts = {key: value for key, value in share.items() if key != "component"}
        for scope, subject, metric, value, unit in figures_of("request", request, parts):
            yield (scope, subject, f"breakdown.{share['component']}.{metric}", value, unit)


def _component_rows(component: str, figures: Json, currency: str) -> Iterator[Row]:
    yield from figures_of("component", component, {key: value for key, value in figures.items() if key != "cost"})
    yield from _cost_rows("component", component, {"currency": currency, **figures["cost"]})


def _cost_rows(scope: str, subject: str, cost: Json) -> Iterator[Row]:
    for period in ("hour", "month"):
        if period in cost:
            yield (scope, subject, f"cost.{period}", as_text(cost[period]), f"{cost['currency']}/{period}")


def _finding_rows(scope: str, finding: Json) -> Iterator[Row]:
    figures = {key: value for key, value in finding.items() if key != "name"}
    unit = SI_UNITS[kind_of_metric(finding["metric"])]
    for row_scope, subject, metric, value, own_unit in figures_of(scope, finding["name"], figures):
        measured = metric in ("objective", "threshold", "value")
        yield (row_scope, subject, metric, value, unit if measured else own_unit)


def _state_rows(state: Json) -> Iterator[Row]:
    yield ("state", state["state"], "held", as_text(state["held"]), "")
    for miss in state["misses"]:
        unit = SI_UNITS[kind_of_metric(miss["metric"])]
        for figure in ("threshold", "value"):
            yield ("state", state["state"], f"{miss['concern']}.{miss['name']}.{figure}", as_text(miss[figure]), unit)


def _period_rows(period: Json) -> Iterator[Row]:
    yield from figures_of("period", "total", period["total"])
    for request, figures in period["requests"].items():
        yield from figures_of("period", request, figures)
    busiest = {key: value for key, value in period["busiest"].items() if key != "bottleneck"}
    yield from figures_of("period", "busiest", busiest)
    for step in period["steps"]:
        yield from figures_of("step", as_text(step["start"]), {key: step[key] for key in step if key != "start"})
    for slo in period["slos"]:
        yield from _finding_rows("period slo", slo)
    for fleet in ("fixed", "following"):
        figures = period["cost"][fleet]
        yield from _cost_rows("fleet", fleet, {"currency": period["cost"]["currency"], **figures})
        yield ("fleet", fleet, "slowest_p99", as_text(figures["slowest_p99"]), "s")


def figures_of(scope: str, subject: str, figures: Json) -> Iterator[Row]:
    """The figures of one subject, those of groups too."""
    for metric, value in figures.items():
        if isinstance(value, dict):
            for name, inner in value.items():
                yield (scope, subject, f"{metric}.{name}", as_text(inner), UNITS_OF_GROUP.get(metric, ""))
        else:
            yield (scope, subject, metric, as_text(value), UNITS.get(metric, ""))


def as_text(value: Any) -> str:
    """A figure as it is written; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)
