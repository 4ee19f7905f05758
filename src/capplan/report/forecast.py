"""The forms of a forecast: the dates at which things fall, for people, for pull requests and for programs.

The calendar is handed in with the forecast: this room has no clock, and asks no library for one.
"""

import csv
import io
import json
from collections.abc import Callable

from capplan.report.as_json import SCHEMA, Json, number
from capplan.report.as_markdown import escaped, table
from capplan.report.forecast_digest import Dated, figures, judge, later, remarks, rows, span
from capplan.studies.forecast import Event
from capplan.studies.trajectory import Trajectory

HEADER = ("kind", "name", "subject", "metric", "operator", "threshold", "status", "date", "seconds", "rate")


def to_table(dated: Dated) -> str:
    """What comes when, on one screen."""
    from capplan.report.forecast_table import to_table as drawn

    return drawn(dated)


def to_json(dated: Dated) -> str:
    """The forecast in SI units, with dates; `null` where a thing does not exist or does not come."""
    forecast = dated.forecast
    growth = forecast.growth
    result = {
        "schema": SCHEMA,
        "topology": {"name": forecast.topology, "file": forecast.file},
        "start": dated.start,
        "rate": number(forecast.rate),
        "busiest_rate": number(forecast.busiest_rate),
        "growth": None if growth is None else {"fraction": number(growth.fraction), "period": number(growth.period)},
        "horizon": {"date": dated.end, "seconds": number(forecast.horizon)},
        "events": [_event(dated, event) for event in forecast.events],
        "disk_size_unknown": list(forecast.unsized),
        "trajectories": [_trajectory(trajectory) for trajectory in forecast.trajectories],
    }
    return json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_markdown(dated: Dated) -> str:
    """The forecast as GitHub tables for a pull request."""
    verdict = judge(dated)
    blocks = [f"**{verdict.word}** {escaped(verdict.sentence)}"]
    blocks.append("\n".join(f"- {name}: {escaped(figure)}" for name, figure in figures(dated)))
    if coming := list(rows(dated)):
        cells = ([row.date, row.after, escaped(row.what), row.rate] for row in coming)
        blocks.append(table(("date", "in", "what", "at a load of"), cells, ("in", "at a load of")))
    if others := list(later(dated)):
        cells = ([escaped(row.what), row.after, row.rate] for row in others)
        heading = f"not within {span(dated.forecast.horizon)}"
        blocks.append(table((heading, "in", "at a load of"), cells, ("in", "at a load of")))
    if notes := remarks(dated):
        blocks.append("\n".join(f"- {escaped(note)}" for note in notes))
    return "\n\n".join(blocks) + "\n"


def to_csv(dated: Dated) -> str:
    """An event a row, in SI units; empty where a thing does not exist or does not come."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for event in dated.forecast.events:
        row = _event(dated, event)
        writer.writerow([row[column] for column in HEADER])
    return text.getvalue()


def _event(dated: Dated, event: Event) -> Json:
    return {
        "kind": str(event.kind),
        "name": event.name,
        "subject": event.subject,
        "metric": event.metric,
        "operator": event.operator,
        "threshold": number(event.threshold),
        "status": dated.forecast.status(event),
        "date": dated.date(event),
        "seconds": number(event.seconds),
        "rate": number(event.rate),
    }


def _trajectory(trajectory: Trajectory) -> Json:
    return {
        "name": trajectory.name,
        "metric": trajectory.metric,
        "operator": trajectory.operator,
        "objective": number(trajectory.threshold),
        "seconds": [number(at) for at in trajectory.seconds],
        "values": [number(value) for value in trajectory.values],
    }


FORECAST_FORMATS: dict[str, Callable[[Dated], str]] = {
    "table": to_table,
    "json": to_json,
    "markdown": to_markdown,
    "csv": to_csv,
}
