"""The forms of a sensitivity: what a metric hangs on, for people, for pull requests, for programs, for spreadsheets."""

import csv
import io
import json
from collections.abc import Callable

from capplan.report.as_json import SCHEMA, Json, number
from capplan.report.as_markdown import escaped, table
from capplan.report.sensitivity_digest import HEADINGS, MACHINE_HEADINGS, judge, machine_row, row
from capplan.studies.sensitivity import Effect, Sensitivity

HEADER = ("path", "value", "elasticity", "low", "high", "metric_at_low", "metric_at_high", "uncertain")


def to_table(found: Sensitivity) -> str:
    """The ranking on one screen."""
    from capplan.report.sensitivity_table import to_table as drawn

    return drawn(found)


def to_json(found: Sensitivity) -> str:
    """The ranking in SI units; `null` where a thing does not exist or has no bound."""
    result = {
        "schema": SCHEMA,
        "topology": {"name": found.topology, "file": found.file},
        "rate": number(found.rate),
        "metric": found.metric,
        "value": number(found.base),
        "inputs": [_effect(effect) for effect in found.effects],
        "machines": [_effect(effect) for effect in found.machines],
        "others": found.others,
    }
    return json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _effect(effect: Effect) -> Json:
    return {
        "path": effect.path,
        "value": number(effect.value),
        "elasticity": number(effect.elasticity),
        "low": number(effect.low),
        "high": number(effect.high),
        "metric_at_low": number(effect.at_low),
        "metric_at_high": number(effect.at_high),
        "uncertain": bool(effect.uncertain),
    }


def to_markdown(found: Sensitivity) -> str:
    """The ranking as GitHub tables."""
    blocks = [f"# {escaped(found.topology or 'Topology')}", f"**{found.metric}**: {escaped(judge(found))}"]
    rows = [tuple(map(escaped, row(found, effect))) for effect in found.effects]
    blocks.append(table(("input", *HEADINGS), rows, HEADINGS))
    if found.machines:
        machines = [tuple(map(escaped, machine_row(found, effect))) for effect in found.machines]
        blocks.append(table(("machines", *MACHINE_HEADINGS), machines, MACHINE_HEADINGS))
    return "\n\n".join(blocks) + "\n"


def to_csv(found: Sensitivity) -> str:
    """An input a row, in SI units; empty where a thing does not exist or has no bound."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for effect in (*found.effects, *found.machines):
        writer.writerow([_effect(effect)[column] for column in HEADER])
    return text.getvalue()


SENSITIVITY_FORMATS: dict[str, Callable[[Sensitivity], str]] = {
    "table": to_table,
    "json": to_json,
    "markdown": to_markdown,
    "csv": to_csv,
}
