"""The CSV rows of a timeline: a value of a metric at a time is a row, and so is every time and figure of an alert."""

from collections.abc import Iterator
from typing import Any

from capplan.report.as_csv import Row, as_text
from capplan.report.as_json import Json
from capplan.report.names import SI_UNITS, kind_of_metric


def timeline_rows(timeline: Json) -> Iterator[Row]:
    """Rows of the JSON object; the subject of a metric's is the time at which its step begins."""
    for metric, values in timeline["metrics"].items():
        unit = SI_UNITS[kind_of_metric(metric)]
        for time, value in zip(timeline["time"], values, strict=True):
            yield ("timeline", as_text(time), metric, as_text(value), unit)
    for alert in timeline["alerts"]:
        yield from _times("alert firing", alert, ("pending_at", "fired_at", "notified_at", "resolved_at"))
        yield from _counts("alert firing", alert["name"], "failed_before_notified", alert["failed_before_notified"])
    for event in timeline["events"]:
        yield from _times("event", event, ("at", "until"))
    for line in timeline["log"]:
        change = f"{line['component']}.{line['change']}"
        yield ("log", as_text(line["at"]), change, as_text(line["replicas"]), "")
    for harm in timeline["failed_before_notified"]:
        for part in ("before", "after"):
            yield from _counts("failed", harm["event"] or "", f"{part}_notification", harm[part])
    for slo in timeline["slos"]:
        yield ("slo time", slo["name"], "seconds_missed", as_text(slo["seconds_missed"]), "s")
        yield ("slo time", slo["name"], "budget_used", as_text(slo["budget_used"]), "fraction")


def _times(scope: str, one: Json, keys: tuple[str, ...]) -> Iterator[Row]:
    for key in keys:
        yield (scope, one["name"], key, as_text(one[key]), "s")


def _counts(scope: str, subject: str, metric: str, counts: dict[str, Any]) -> Iterator[Row]:
    for name, count in counts.items():
        yield (scope, subject, f"{metric}.{name}", as_text(count), "")
