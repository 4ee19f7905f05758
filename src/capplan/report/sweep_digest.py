"""What a person wants of a sweep: the knee, the wall, where each SLO falls, and a row for each point that says
what varies. It must not know terminals.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple

from capplan.prediction.records import PERCENTILES
from capplan.report import words
from capplan.report.names import percentile_name
from capplan.studies.sweep_records import Finding, Landmark, Parameter, Point, Sweep

SAID_ONCE = ("throughput", "success", "capacity", "cost a month")
"""Columns that say the same at every point stand in one line instead."""
KNEE = "throughput over mean latency is greatest there"


class Column(NamedTuple):
    """A column of the points: its heading, how a point is written in it, and whether it holds figures."""

    heading: str
    text: Callable[[Point], str]
    figure: bool = True


def source(sweep: Sweep) -> str:
    """The file, with what is laid over it."""
    return f"{sweep.file} with {', '.join(sweep.settings)}" if sweep.settings else sweep.file


def short(path: str) -> str:
    """The path of a parameter as a heading: `app.replicas`, `rate`."""
    return path.removeprefix("components.").removeprefix("workload.")


def findings(sweep: Sweep) -> Iterator[tuple[str, str]]:
    """(title, sentence) of the knee, the wall, and what stays the same, and every SLO."""
    for landmark in sweep.landmarks:
        at = "" if landmark.value is None else f" at {short(_other(sweep).path)} {landmark.value.written}"
        if landmark.knee is not None:
            yield "KNEE", f"{words.rate(landmark.knee)}{at}: {KNEE}"
        yield "WALL", f"{_wall(landmark)}{at}" if landmark.max_rate is None else f"{_wall(landmark, at)}"
    once = [(column.heading, text) for column in _figures(sweep) if (text := _constant(sweep, column)) is not None]
    if once:
        yield "SAME", f"{', '.join(f'{heading} {text}' for heading, text in once)} at every point"
    for index, slo in enumerate(sweep.points[0].slos):
        yield "SLO", f"{_promise(slo)} {_held(sweep, index)}"


def shown_columns(sweep: Sweep) -> list[Column]:
    """The columns of the points: the parameters, then what the topology has and what is not the same everywhere."""
    columns = [*_parameters(sweep), *_figures(sweep), *_states(sweep)]
    return [column for column in columns if _constant(sweep, column) is None]


def _constant(sweep: Sweep, column: Column) -> str | None:
    """What a column says at every point, of those that need not say it again."""
    texts = {column.text(point) for point in sweep.points} if column.heading in SAID_ONCE else set()
    return texts.pop() if len(texts) == 1 else None


def _wall(landmark: Landmark, at: str = "") -> str:
    if landmark.max_rate is None:
        return "none: nothing is declared that limits the load"
    return f"{words.rate(landmark.max_rate)}{at}: {landmark.component} {landmark.resource} is full"


def _other(sweep: Sweep) -> Parameter:
    return next(parameter for parameter in sweep.parameters if not parameter.is_rate)


def _promise(slo: Finding) -> str:
    name = "" if slo.name == slo.metric else f"{slo.name}: "
    return f"{name}{slo.metric} {slo.operator} {words.of_metric(slo.metric, slo.threshold)}"


def _held(sweep: Sweep, index: int) -> str:
    """Where an objective holds and where not: runs of one parameter, a count of two."""
    truths = [point.slos[index].true for point in sweep.points]
    if all(truths) or not any(truths):
        return "holds at every point" if truths[0] else "holds at no point"
    if len(sweep.parameters) > 1:
        return f"holds at {truths.count(True)} of {len(truths)} points"
    runs = groupby(sweep.points, key=lambda point: point.slos[index].true)
    return ", ".join(f"{'holds' if true else 'missed'} {_run([*points])}" for true, points in runs)


def _run(points: Sequence[Point]) -> str:
    first, last = points[0].values[0].written, points[-1].values[0].written
    return f"at {first}" if len(points) == 1 else f"from {first} to {last}"


def _parameters(sweep: Sweep) -> Iterator[Column]:
    for index, parameter in enumerate(sweep.parameters):
        quantity = all(value.number is not None for value in parameter.values)
        yield Column(short(parameter.path), partial(_written, index), quantity)


def _figures(sweep: Sweep) -> Iterator[Column]:
    if not all(_is_told(sweep, point) for point in sweep.points):
        yield Column("throughput", lambda point: words.rate(point.total.throughput))
    yield Column("mean", partial(_latency, None))
    for level in PERCENTILES:
        yield Column(percentile_name(level), partial(_latency, level))
    if any(point.total.success_rate < 1.0 for point in sweep.points):
        yield Column("success", lambda point: words.fraction(point.total.success_rate))
    if not any(parameter.is_rate for parameter in sweep.parameters):
        yield Column("capacity", lambda point: words.rate(point.max_rate))
    yield Column("busiest", _busiest, figure=False)
    if any(point.cost is not None for point in sweep.points):
        yield Column("cost a month", lambda point: words.money(point.cost, sweep.currency))


def _is_told(sweep: Sweep, point: Point) -> bool:
    """Whether a parameter says already what gets through."""
    swept = any(parameter.is_rate for parameter in sweep.parameters)
    return swept and math.isclose(point.total.throughput, point.total.rate, rel_tol=1e-9)


def _states(sweep: Sweep) -> Iterator[Column]:
    if sweep.points[0].slos:
        yield Column("SLOs", _missed, False)
    if sweep.points[0].alerts:
        yield Column("alerts", lambda point: words.listed(point.firing) if point.firing else "quiet", False)


def _missed(point: Point) -> str:
    if not point.missed:
        return "hold" if len(point.slos) > 1 else "holds"
    return f"missed: {words.listed(point.missed)}" if len(point.slos) > 1 else "missed"


def _written(index: int, point: Point) -> str:
    return point.values[index].written


def _latency(level: float | None, point: Point) -> str:
    return words.mean(point.total.latency) if level is None else words.percentile(point.total.latency, level)


def _busiest(point: Point) -> str:
    if point.busiest is None:
        return words.NONE
    return f"{point.busiest.component} {point.busiest.resource} {words.part(point.busiest.utilisation)}"
