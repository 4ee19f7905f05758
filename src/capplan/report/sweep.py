"""The forms of a sweep, for people, for pull requests, for spreadsheets and for programs.

Those for programs have every figure in SI units; CSV has a row a point, so that a spreadsheet can draw it.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

from capplan.report.as_json import SCHEMA, Json, latency_dict, number
from capplan.report.as_markdown import escaped, table
from capplan.report.sweep_digest import findings, shown_columns, source
from capplan.studies.sweep_records import Finding, Landmark, Parameter, Point, Sweep, Traffic


def to_table(sweep: Sweep) -> str:
    """The sweep, a line for each point."""
    from capplan.report.sweep_table import to_table as drawn

    return drawn(sweep)


def to_json(sweep: Sweep) -> str:
    """Every figure at every point; `null` where a thing does not exist."""
    result = {
        "schema": SCHEMA,
        "topology": {"name": sweep.topology, "file": sweep.file},
        "settings": list(sweep.settings),
        "currency": sweep.currency,
        "parameters": [_parameter(parameter) for parameter in sweep.parameters],
        "landmarks": [_landmark(landmark) for landmark in sweep.landmarks],
        "points": [_point(point) for point in sweep.points],
    }
    return json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_markdown(sweep: Sweep) -> str:
    """The sweep as a GitHub table."""
    columns = shown_columns(sweep)
    rows = ([escaped(column.text(point)) for column in columns] for point in sweep.points)
    blocks = [f"# {escaped(sweep.topology or 'Topology')}", escaped(source(sweep))]
    blocks.append("\n".join(f"- **{title}** {escaped(sentence)}" for title, sentence in findings(sweep)))
    headings = [escaped(column.heading) for column in columns]
    figures = [heading for heading, column in zip(headings, columns, strict=True) if column.figure]
    blocks.append(table(headings, rows, figures))
    return "\n\n".join(block for block in blocks if block) + "\n"


def to_csv(sweep: Sweep) -> str:
    """A row for each point, a column for each figure, in SI units."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for index, point in enumerate(sweep.points):
        row = dict(_columns(sweep, point))
        if index == 0:
            writer.writerow(row)
        writer.writerow(map(_text, row.values()))
    return text.getvalue()


def _parameter(parameter: Parameter) -> Json:
    values = [{"written": value.written, "value": number(value.number)} for value in parameter.values]
    return {"path": parameter.path, "unit": parameter.unit, "values": values}


def _landmark(landmark: Landmark) -> Json:
    bottleneck = None
    if landmark.component is not None:
        bottleneck = {"component": landmark.component, "resource": landmark.resource}
    return {
        "at": None if landmark.value is None else landmark.value.written,
        "knee": number(landmark.knee),
        "max_rate": number(landmark.max_rate),
        "bottleneck": bottleneck,
    }


def _point(point: Point) -> Json:
    busiest = None if point.busiest is None else point.busiest._asdict()
    return {
        "values": [value.written if value.number is None else value.number for value in point.values],
        "stable": point.stable,
        "total": _traffic(point.total),
        "requests": {name: _traffic(request) for name, request in point.requests.items()},
        "busiest": busiest,
        "max_rate": number(point.max_rate),
        "cost": {"month": number(point.cost)},
        "slos": [_finding(slo, "objective", "met") for slo in point.slos],
        "alerts": [_finding(alert, "threshold", "firing") for alert in point.alerts],
    }


def _traffic(traffic: Traffic) -> Json:
    return {
        "rate": number(traffic.rate),
        "throughput": number(traffic.throughput),
        "success_rate": number(traffic.success_rate),
        "latency": latency_dict(traffic.latency),
    }


def _finding(finding: Finding, threshold: str, truth: str) -> Json:
    return {
        "name": finding.name,
        "metric": finding.metric,
        "operator": finding.operator,
        threshold: number(finding.threshold),
        "value": number(finding.value),
        truth: finding.true,
    }


def _columns(sweep: Sweep, point: Point) -> Iterator[tuple[str, Any]]:
    """(heading, value) of a point; numbers of all requests first, then of each class, objective and alert."""
    data = _point(point)
    yield from zip((parameter.path for parameter in sweep.parameters), data["values"], strict=True)
    yield "stable", point.stable
    yield from _flat("total", data["total"])
    for name, request in data["requests"].items():
        yield from _flat(f"request.{name}", request)
    for part in ("component", "resource", "utilisation"):
        yield f"busiest.{part}", None if data["busiest"] is None else data["busiest"][part]
    yield "max_rate", data["max_rate"]
    yield "cost.month", data["cost"]["month"]
    for scope, findings_of, truth in (("slo", point.slos, "met"), ("alert", point.alerts, "firing")):
        for finding in findings_of:
            yield f"{scope}.{finding.name}.value", number(finding.value)
            yield f"{scope}.{finding.name}.{truth}", finding.true


def _flat(scope: str, traffic: Json) -> Iterator[tuple[str, Any]]:
    for name in ("rate", "throughput", "success_rate"):
        yield f"{scope}.{name}", traffic[name]
    for name, value in traffic["latency"].items():
        yield f"{scope}.{name}", value


def _text(value: Any) -> Any:
    """Truth in lower case; all else the writer writes as it is, and nothing for None."""
    return str(value).lower() if isinstance(value, bool) else value


SWEEP_FORMATS: dict[str, Callable[[Sweep], str]] = {
    "table": to_table,
    "json": to_json,
    "markdown": to_markdown,
    "csv": to_csv,
}
