"""The forms of a comparison: what differs between two results, for people, for pull requests and for programs.

The forms for programs have every figure that differs, in SI units; those for people what they would read differently.
"""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from capplan.report import as_csv
from capplan.report.as_json import SCHEMA, Json
from capplan.report.as_markdown import escaped, table
from capplan.report.comparison_digest import judge, sides
from capplan.report.comparison_margins import runs_sentence
from capplan.report.comparison_sections import sections
from capplan.report.names import SI_UNITS, kind_of_metric
from capplan.studies.records import Change, Difference, Result

MARGIN_HEADER = ("low", "high", "noise")
HEADER = ("scope", "subject", "metric", "event", "before", "after", "ratio", "verdict", "unit")


def to_table(difference: Difference) -> str:
    """What differs, on one screen."""
    from capplan.report.comparison_table import to_table as drawn

    return drawn(difference)


def to_json(difference: Difference) -> str:
    """The two results in short, and every figure that differs; `null` where a thing does not exist."""
    return json.dumps(to_dict(difference), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_dict(difference: Difference) -> Json:
    """The same as plain dictionaries, lists, strings and numbers; of two simulations also how they were run."""
    result: Json = {
        "schema": SCHEMA,
        "before": _side(difference.before),
        "after": _side(difference.after),
        "newly_missed": difference.newly_missed,
        "newly_met": difference.newly_met,
        "newly_firing": difference.newly_firing,
        "newly_quiet": difference.newly_quiet,
        "newly_failing": difference.newly_failing,
        "newly_held": difference.newly_held,
        "regressed": difference.regressed,
    }
    if difference.runs is not None:
        from capplan.report.simulation_json import run_dict

        result["runs"] = dict(zip(("before", "after"), (run_dict(run) for run in difference.runs), strict=True))
    return result | {"changes": [_row(change, difference) for change in difference.changes.values()]}


def to_markdown(difference: Difference) -> str:
    """What differs, as GitHub tables for a pull request."""
    verdict = judge(difference)
    blocks = [f"**{verdict.word}** {escaped(verdict.sentence)}"]
    blocks.append("\n".join(f"- {when}: {escaped(what)}" for when, what in sides(difference)))
    for section in sections(difference):
        rows = (tuple(map(escaped, row.cells)) for row in section.rows)
        blocks.append(table((section.title, *section.headings), rows, section.right))
    if difference.runs is not None:
        blocks.append(escaped(runs_sentence(difference.runs)))
    return "\n\n".join(blocks) + "\n"


def to_csv(difference: Difference) -> str:
    """Every figure that differs, a row each."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    header = HEADER if difference.runs is None else (*HEADER, *MARGIN_HEADER)
    writer.writerow(header)
    for change in difference.changes.values():
        low, high = (change.margin and change.margin.ends) or (None, None)
        row = _row(change, difference) | {"unit": _unit(change, difference), "low": low, "high": high}
        writer.writerow([_text(row[column]) for column in header])
    return text.getvalue()


def _side(result: Result) -> Json:
    met = [result.value("slo", slo, "met") for slo in result.subjects("slo")]
    firing = [result.value("alert", alert, "firing") for alert in result.subjects("alert")]
    return {
        "source": result.source,
        "settings": list(result.settings),
        "topology": result.name,
        "rate": result.rate,
        "stable": result.value("topology", "", "stable"),
        "max_rate": result.value("capacity", "", "max_rate"),
        "p99": result.value("total", "total", "latency.p99"),
        "slos": {"met": met.count(True), "missed": met.count(False)},
        "alerts": {"quiet": firing.count(False), "firing": firing.count(True)},
        "cost": {"currency": result.currency, "month": result.value("cost", "", "cost.month")},
    }


def _row(change: Change, difference: Difference) -> Json:
    """A change; of two simulations with the interval of what it differs by, and whether it may be noise."""
    if difference.runs is None:
        return _change(change)
    ends = change.margin and change.margin.ends
    return _change(change) | {"difference_interval": ends and list(ends), "noise": change.is_noise}


def _change(change: Change) -> Json:
    return {
        "scope": change.key.scope,
        "subject": change.key.subject,
        "metric": change.key.metric,
        "event": change.event,
        "before": change.before,
        "after": change.after,
        "ratio": change.ratio,
        "verdict": change.verdict,
    }


def _unit(change: Change, difference: Difference) -> str:
    scope, subject, metric = change.key
    result = difference.before if change.event == "removed" else difference.after
    if metric in ("objective", "threshold", "value"):
        return SI_UNITS[kind_of_metric(str(result.value(scope, subject, "metric")))]
    group, _, part = metric.partition(".")
    if group == "cost":
        return f"{result.currency}/{part}"
    return as_csv.UNITS_OF_GROUP.get(group, "") if part else as_csv.UNITS.get(metric, "")


def _text(value: Any) -> Any:
    """Truth in lower case; all else the writer writes as it is, numbers with every digit and nothing for None."""
    return str(value).lower() if isinstance(value, bool) else value


COMPARISON_FORMATS: dict[str, Callable[[Difference], str]] = {
    "table": to_table,
    "json": to_json,
    "markdown": to_markdown,
    "csv": to_csv,
}
