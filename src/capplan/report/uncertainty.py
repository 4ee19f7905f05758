"""The forms of an analysis whose inputs are uncertain: for people, pull requests, programs, spreadsheets."""

import csv
import io
import json
import math
from collections.abc import Callable, Iterator

from capplan.report.as_json import Json, number, to_dict
from capplan.report.as_markdown import escaped, sentence, table
from capplan.report.grids import Grid
from capplan.report.names import SI_UNITS, kind_of_metric
from capplan.report.uncertainty_digest import (
    alerts,
    components,
    cost,
    inputs,
    judge,
    load,
    method,
    objectives,
    requests,
)
from capplan.uncertainty.records import Chance, Doubted, Interval

HEADER = ("scope", "subject", "metric", "low", "middle", "high", "unit", "probability")


def to_table(doubted: Doubted) -> str:
    """The analysis on one screen."""
    from capplan.report.uncertainty_table import to_table as drawn

    return drawn(doubted)


def to_json(doubted: Doubted) -> str:
    """The analysis as data: beside each number its interval, beside each objective its probability."""
    return json.dumps(doubted_dict(doubted), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def doubted_dict(doubted: Doubted) -> Json:
    """The same as plain dictionaries, lists, strings and numbers."""
    result, found = to_dict(doubted.analysis), doubted.uncertainty
    for place, interval in found.intervals.items():
        group, ends = _group_of(result, place), _ends(interval)
        if len(place) > 1 and place[-2] in ("latency", "utilisation"):
            group.setdefault(f"{place[-2]}_interval", {})[place[-1]] = ends
        else:
            group[f"{place[-1]}_interval"] = ends
    for slo, one in zip(result["slos"], found.slos, strict=True):
        slo |= _chance(one)
    for alert, one in zip(result["alerts"], found.alerts, strict=True):
        alert |= _chance(one)
    return result | {"uncertainty": uncertainty_dict(doubted)}


def uncertainty_dict(doubted: Doubted) -> Json:
    """How the intervals came about, and the probabilities of the whole."""
    found = doubted.uncertainty
    return {
        "points": found.points,
        "seed": found.seed,
        "inputs": [
            {"path": one.path, "low": number(one.low), "mid": number(one.mid), "high": number(one.high)}
            for one in found.inputs
        ],
        "unstable_probability": number(found.unstable),
        "holding_probability": number(found.holding),
        "solved": "singly" if found.exact else "together",
    }


def _group_of(result: Json, place: tuple[str, ...]) -> Json:
    """The mapping that a figure's interval stands in."""
    steps = place[:-2] if len(place) > 1 and place[-2] in ("latency", "utilisation") else place[:-1]
    group = result
    for step in steps:
        group = group[step]
    return group


def _ends(interval: Interval) -> list[float | None]:
    return [number(interval.low), number(interval.high)]


def _chance(one: Chance) -> Json:
    return {"probability": number(one.probability), "value_interval": None if one.value is None else _ends(one.value)}


def to_markdown(doubted: Doubted) -> str:
    """The analysis as GitHub tables."""
    return "\n\n".join(_blocks(doubted)) + "\n"


def _blocks(doubted: Doubted) -> Iterator[str]:
    word, said = judge(doubted)
    prediction = doubted.analysis.prediction
    yield f"# {escaped(prediction.topology or 'Topology')}"
    yield f"**{word}**: {escaped(said)}"
    yield "\n".join(f"- {name}: {escaped(figure)}" for name, figure in load(doubted))
    for title, grid in (
        ("Objectives", objectives(doubted)),
        ("Alerts", alerts(doubted)),
        ("Requests", requests(doubted)),
        ("Components", components(doubted)),
        ("Uncertain inputs", inputs(doubted)),
    ):
        if grid.rows:
            yield f"## {title}"
            yield _grid(grid)
    if cost(doubted):
        yield "## Cost"
        yield f"{escaped(cost(doubted))}."
    yield "## Notes"
    notes = [f"- **{escaped(n.code)}** ({escaped(n.where)}): {sentence(n.message)}" for n in prediction.notes]
    yield "\n".join([f"- {escaped(method(doubted.uncertainty))}", *notes])


def _grid(grid: Grid) -> str:
    rows = (tuple(map(escaped, row)) for row in grid.rows)
    return table((grid.title.lower(), *grid.headings), rows, right=grid.right)


def to_csv(doubted: Doubted) -> str:
    """Every figure with its interval, a row each, in SI units; what is empty does not exist or has no bound."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(_rows(doubted))
    return text.getvalue()


def _rows(doubted: Doubted) -> Iterator[tuple[object, ...]]:
    result, found = to_dict(doubted.analysis), doubted.uncertainty
    for place, interval in found.intervals.items():
        middle = result
        for step in place:
            middle = middle[step]
        scope, subject, metric = _named(place, doubted.analysis.prediction.topology)
        yield scope, subject, metric, _shown(interval.low), middle, _shown(interval.high), _unit(metric), ""
    for scope, states, chances in (("slo", result["slos"], found.slos), ("alert", result["alerts"], found.alerts)):
        for state, one in zip(states, chances, strict=True):
            ends = ("", "") if one.value is None else (_shown(one.value.low), _shown(one.value.high))
            unit = SI_UNITS[kind_of_metric(state["metric"])]
            yield scope, state["name"], state["metric"], ends[0], state["value"], ends[1], unit, one.probability
    for given in found.inputs:
        yield "input", given.path, "value", given.low, given.mid, given.high, "", ""
    yield "uncertainty", "", "unstable", "", "", "", "", found.unstable
    yield "uncertainty", "", "holding", "", "", "", "", found.holding


def _named(place: tuple[str, ...], topology: str) -> tuple[str, str, str]:
    """(scope, subject, metric) of a figure."""
    if place[0] in ("requests", "components"):
        return place[0].removesuffix("s"), place[1], ".".join(place[2:])
    if len(place) > 1:
        return place[0], "total" if place[0] == "total" else topology, ".".join(place[1:])
    return "topology", topology, place[0]


def _unit(metric: str) -> str:
    if metric.startswith("latency."):
        return "s"
    if metric.startswith("utilisation.") or metric.endswith(("success_rate", "error_rate", "headroom")):
        return "fraction"
    return "1/s" if metric.endswith(("rate", "throughput")) else ""


def _shown(value: float) -> object:
    return value if math.isfinite(value) else ""


UNCERTAIN_FORMATS: dict[str, Callable[[Doubted], str]] = {
    "table": to_table,
    "json": to_json,
    "markdown": to_markdown,
    "csv": to_csv,
}
