"""What people are shown of a comparison: tables of what they would read differently, before and after in one cell.

It must not know how the tables look.
"""

from collections.abc import Callable
from typing import NamedTuple

from capplan.report import words
from capplan.report.comparison_digest import (
    CAPACITY,
    COST,
    LOAD,
    P99,
    STABLE,
    SUCCESS,
    Measure,
    arrow,
    number,
    points,
    relative,
)
from capplan.report.comparison_margins import NOISE, differs_by, relative_margin
from capplan.report.names import kind_of_metric
from capplan.studies.records import Change, Difference, Key, Result, Scope, Value, Verdict

THROUGHPUT = Measure("throughput", Key("topology", "", "throughput"), "rate")
SYSTEM: tuple[Measure, ...] = (
    LOAD,
    THROUGHPUT,
    CAPACITY,
    Measure("headroom", Key("capacity", "", "headroom"), "fraction", "unlimited"),
    SUCCESS,
    *(
        Measure(name, Key("total", "total", f"latency.{name}"), "duration", P99.none)
        for name in ("mean", "p50", "p95", "p99", "p99.9")
    ),
    COST._replace(name="cost a month"),
)
UTILISATION = "utilisation."
REQUEST_LATENCIES = ("mean", "p95", "p99")

Describe = Callable[[Result, str], tuple[str, ...]]


class Row(NamedTuple):
    """A row of a table, and whether it tells of something better or worse."""

    cells: tuple[str, ...]
    verdict: Verdict | None = None


class Section(NamedTuple):
    """A table: its title stands over the first column; `told` is the column that a row's verdict is about."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    told: str = ""
    right: tuple[str, ...] = ()


def sections(difference: Difference) -> list[Section]:
    """The tables that have a row, the most important first."""
    slos = _subjects(difference, "slo", "met", _slo)
    alerts = _subjects(difference, "alert", "firing", _alert)
    states = _subjects(difference, "state", "held", _state)
    components = _subjects(difference, "component", "", _component)
    margin, differs = (("±",), ("differs by",)) if difference.runs is not None else ((), ())
    numbers = ("before", "after", "change", *margin)
    found = (
        Section("System", numbers, _system(difference), "change", numbers),
        Section("SLO", ("state", "objective", "value", *differs, "holds up to"), slos, "state"),
        Section("Alert", ("state", "fires when", "value", *differs, "fires from"), alerts, "state"),
        Section("State", ("everything", "but for"), states, "everything"),
        Section("Request", (*REQUEST_LATENCIES, *differs, "success"), _requests(difference), "p99"),
        Section("Component", ("machines", "busiest", *differs, "cost an hour"), components),
    )
    return [section for section in found if section.rows]


def _system(difference: Difference) -> tuple[Row, ...]:
    rows = []
    for measure in SYSTEM:
        before, after = measure.written(difference.before), measure.written(difference.after)
        change = difference.changes.get(measure.key)
        if change is not None and before != after and (measure is not THROUGHPUT or change.verdict is not None):
            margin = () if difference.runs is None else (relative_margin(change, measure.kind),)
            rows.append(Row((measure.name, before, after, _moved(measure, change), *margin), change.verdict))
        if measure is CAPACITY:
            rows += [*_differing("queues", _queues, difference), *_differing("bottleneck", _bottleneck, difference)]
    return tuple(rows)


def _moved(measure: Measure, change: Change) -> str:
    if change.is_noise:
        return NOISE
    before, after = number(change.before), number(change.after)
    if measure.kind == "fraction" and before is not None and after is not None:
        return points(before, after)
    return "" if change.ratio is None else relative(change.ratio)


def _differing(name: str, say: Callable[[Result], str], difference: Difference) -> list[Row]:
    before, after = say(difference.before), say(difference.after)
    margin = () if difference.runs is None else ("",)
    return [] if before == after else [Row((name, before, after, "", *margin))]


def _queues(result: Result) -> str:
    return "stable" if result.value(*STABLE) else "growing"


def _bottleneck(result: Result) -> str:
    component, resource = (result.value("capacity", "", f"bottleneck.{step}") for step in ("component", "resource"))
    return words.NONE if component is None else f"{component} {resource}"


def _requests(difference: Difference) -> tuple[Row, ...]:
    """The requests; a single one on both sides is the total, which stands above."""
    if max(len(result.subjects("request")) for result in (difference.before, difference.after)) < 2:
        return ()
    return _subjects(difference, "request", "latency.p99", _request)


def _subjects(difference: Difference, scope: Scope, metric: str, describe: Describe) -> tuple[Row, ...]:
    """A row for each subject that reads differently, or is in one of the results only."""
    before, after = difference.before, difference.after
    rows = []
    for subject in dict.fromkeys([*before.subjects(scope), *after.subjects(scope)]):
        if not before.has(scope, subject):
            name, cells = f"{subject} (new)", describe(after, subject)
        elif not after.has(scope, subject):
            name, cells = f"{subject} (gone)", describe(before, subject)
        elif (was := describe(before, subject)) != (now := describe(after, subject)):
            name, cells = subject, tuple(map(arrow, was, now))
        else:
            continue
        change = difference.changes.get(Key(scope, subject, metric))
        verdict = None if change is None or change.event != "changed" else change.verdict
        rows.append(Row((name, *_with_margin(cells, difference, scope, subject)), verdict))
    return tuple(rows)


def _with_margin(cells: tuple[str, ...], difference: Difference, scope: Scope, subject: str) -> tuple[str, ...]:
    """The cells with what the figure that counts differs by before the last, where simulations say it."""
    if difference.runs is None or scope == "state":
        return cells
    metric = "latency.p99"
    if scope in ("slo", "alert"):
        metric = "value"
    elif scope == "component":
        metric = _busiest_metric(difference.after, subject)
    change = difference.changes.get(Key(scope, subject, metric))
    named = (
        str(difference.after.value(scope, subject, "metric")) if metric == "value" else metric.replace("latency", "")
    )
    return (*cells[:-1], differs_by(change, kind_of_metric(named)), cells[-1])


def _slo(result: Result, name: str) -> tuple[str, ...]:
    met = result.value("slo", name, "met") is True
    until = _turning(result.value("slo", name, "holds_until_rate"), met)
    return ("met" if met else "MISSED", *_finding(result, "slo", name, "objective"), until)


def _alert(result: Result, name: str) -> tuple[str, ...]:
    firing = result.value("alert", name, "firing") is True
    at = _turning(result.value("alert", name, "fires_at_rate"), firing)
    return ("FIRING" if firing else "quiet", *_finding(result, "alert", name, "threshold"), at)


def _state(result: Result, name: str) -> tuple[str, ...]:
    held = result.value("state", name, "held") is True
    return "holds" if held else "FAILS", str(result.value("state", name, "misses") or words.NONE)


def _finding(result: Result, scope: Scope, name: str, bound: str) -> tuple[str, str]:
    """What an SLO or an alert says, and the value that it has."""
    metric = str(result.value(scope, name, "metric"))
    limit = words.of_metric(metric, number(result.value(scope, name, bound)))
    value = words.of_metric(metric, number(result.value(scope, name, "value")))
    subject = "" if name == metric else f"{metric} "
    return f"{subject}{result.value(scope, name, 'operator')} {limit}", value


def _turning(rate: Value, state: bool) -> str:
    """The rate from which on it is otherwise; where there is none, the state is that of every rate."""
    if rate is None:
        return "any rate" if state else "no rate"
    return words.rate(number(rate))


def _request(result: Result, name: str) -> tuple[str, ...]:
    latencies = (number(result.value("request", name, f"latency.{level}")) for level in REQUEST_LATENCIES)
    success = words.fraction(number(result.value("request", name, "success_rate")))
    return (*(P99.none if latency is None else words.duration(latency) for latency in latencies), success)


def _component(result: Result, name: str) -> tuple[str, ...]:
    replicas = words.number(number(result.value("component", name, "replicas")))
    machine = result.value("component", name, "machine")
    cost = number(result.value("component", name, "cost.hour"))
    machines = f"{replicas} × {machine}" if machine else replicas
    return machines, _busiest(result, name), words.money(cost, result.currency)


def _busiest(result: Result, name: str) -> str:
    """The resource with the highest utilisation."""
    metric = _busiest_metric(result, name)
    value = number(result.value("component", name, metric)) if metric else None
    return words.NONE if value is None else f"{metric.removeprefix(UTILISATION)} {words.part(value)}"


def _busiest_metric(result: Result, name: str) -> str:
    """The metric of that utilisation; empty where none is known."""
    used = [
        (value, metric)
        for metric, figure in result.figures_of("component", name).items()
        if metric.startswith(UTILISATION) and (value := number(figure.value)) is not None
    ]
    return max(used, key=lambda pair: pair[0], default=(0.0, ""))[1]
