"""A sweep as a chart: latency percentiles over what varies, the objectives on them, the knee and the capacity wall.

One parameter has a curve for each percentile; of two, one percentile has a curve for each value of the other. What
draws the chart, this module must not know.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from statistics import median
from typing import TypeGuard

from capplan import units
from capplan.report import words
from capplan.report.chart import MARGIN, Axis, Chart, Curve, Mark, axis, names
from capplan.report.names import kind_of_metric, percentile_name
from capplan.report.sweep_digest import short
from capplan.studies.sweep_records import Parameter, Point, Sweep, Value

SHOWN = (0.999, 0.99, 0.95, 0.5)
"""The percentiles of one parameter, beside those that objectives name."""

TOTAL = "total."
USUAL = "total.p99"
"""The latency of two parameters, where no objective names one."""

MOST_CURVES = 8
LOST, KNEE = "saturated: no latency", "knee"
STEEPEST = 10.0
"""Curves leave the chart above this multiple of what is usual or promised; near the wall there is no end to them."""

NOTHING = (1e-3, 1.0)
"""The ends of the latency's axis where there is no latency."""

_WRITERS: Mapping[str, Callable[[float], str]] = {
    "1/s": units.format_rate,
    "s": units.format_duration,
    "B/s": units.format_bandwidth,
    "B": units.format_size,
    "fraction": units.format_fraction,
}

Measure = Callable[[Point], float | None]


def chart_of(sweep: Sweep, logarithmic: bool = False) -> Chart:
    """The chart of a sweep; `logarithmic` spaces what varies by ratio."""
    across = _across(sweep)
    other = next((parameter for parameter in sweep.parameters if parameter is not across), None)
    measures, promised = _measures(sweep), _promised(sweep)
    if other is None:
        label, moments = "latency", tuple(_moments(sweep, across))
        curves = [_curve(sweep, across, name.removeprefix(TOTAL), of) for name, of in measures.items()][:MOST_CURVES]
    else:
        metric, chosen = next(iter(promised), USUAL), _chosen(other.values)
        label, moments = _of_two(metric, other, chosen), tuple(_walls(sweep, across, chosen))
        curves = [_curve(sweep, across, value.written, measures[metric], value) for value in chosen]
        promised = {metric: promised[metric]} if metric in promised else {}
    levels = [Mark(promise, threshold) for promises in promised.values() for promise, threshold in promises]
    walled = {mark.curve for mark in moments if mark.firm}
    return Chart(
        x=_axis(across, logarithmic),
        y=axis(label, _heights(curves, levels), units.format_duration, logarithmic=True, margin=MARGIN),
        curves=tuple(_behind_walls(curves, walled)),
        levels=tuple(levels),
        moments=moments,
        lost=LOST,
        spot=KNEE,
        key="" if other is None else short(other.path),
    )


def _behind_walls(curves: Sequence[Curve], walled: Collection[int | None]) -> Iterator[Curve]:
    """The curves; where the wall is drawn, it says enough of what lies behind it."""
    for index, curve in enumerate(curves):
        yield curve._replace(lost=()) if None in walled or index in walled else curve


def _heights(curves: Sequence[Curve], levels: Sequence[Mark]) -> Sequence[float]:
    """What must be on the axis of the latency."""
    columns = [[y for _, y in curve.points] for curve in curves if curve.points]
    promised = [level.at for level in levels]
    if not columns:
        return [*NOTHING, *promised]
    most = STEEPEST * max([*map(median, columns), *promised])
    return [*(min(y, most) for column in columns for y in column), *promised]


def _across(sweep: Sweep) -> Parameter:
    """What goes from left to right: the rate, or the first quantity, or the first parameter."""
    rates = [parameter for parameter in sweep.parameters if parameter.is_rate]
    return next(iter([*rates, *filter(_is_quantity, sweep.parameters), *sweep.parameters]))


def _is_quantity(parameter: Parameter) -> bool:
    return all(value.number is not None for value in parameter.values)


def _axis(parameter: Parameter, logarithmic: bool) -> Axis:
    if not _is_quantity(parameter):
        return names(parameter.path, [value.written for value in parameter.values])
    numbers = [value.number or 0.0 for value in parameter.values]
    write = _WRITERS.get(parameter.unit, units.format_number)
    made = axis(parameter.path, numbers, write, logarithmic=logarithmic and min(numbers) > 0.0)
    if parameter.unit or not all(map(float.is_integer, numbers)):
        return made
    return replace(made, ticks=tuple(tick for tick in made.ticks if tick.at.is_integer()))


def _promised(sweep: Sweep) -> dict[str, list[tuple[str, float]]]:
    """What the objectives promise of each latency, those on all requests first: (promise, threshold)."""
    found: dict[str, list[tuple[str, float]]] = {}
    for slo in sorted(sweep.points[0].slos, key=lambda one: not one.metric.startswith(TOTAL)):
        if kind_of_metric(slo.metric) == "duration":
            promise = f"{slo.metric} {slo.operator} {words.of_metric(slo.metric, slo.threshold)}"
            found.setdefault(slo.metric, []).append((promise, slo.threshold))
    return found


def _measures(sweep: Sweep) -> dict[str, Measure]:
    """The latencies that can be drawn: the percentiles of all requests, and whatever objectives are on."""
    found: dict[str, Measure] = {f"{TOTAL}{percentile_name(level)}": partial(_percentile, level) for level in SHOWN}
    for index, slo in enumerate(sweep.points[0].slos):
        if kind_of_metric(slo.metric) == "duration":
            found.setdefault(slo.metric, partial(_objective, index))
    return found


def _percentile(level: float, point: Point) -> float | None:
    return None if point.total.latency is None else point.total.latency.percentiles[level]


def _objective(index: int, point: Point) -> float | None:
    return point.slos[index].value


def _chosen(values: Sequence[Value]) -> tuple[Value, ...]:
    """All values, or as many as there can be curves, from the first to the last."""
    if len(values) <= MOST_CURVES:
        return tuple(values)
    step = (len(values) - 1) / (MOST_CURVES - 1)
    return tuple(values[round(index * step)] for index in range(MOST_CURVES))


def _of_two(metric: str, other: Parameter, chosen: Sequence[Value]) -> str:
    hidden = len(other.values) - len(chosen)
    return f"{metric} by {short(other.path)}" + (f" ({hidden} of its values not shown)" if hidden else "")


def _curve(sweep: Sweep, across: Parameter, label: str, measure: Measure, of: Value | None = None) -> Curve:
    """A latency at the points that have a value of the other parameter."""
    own = [point for point in sweep.points if of is None or of in point.values]
    places = [_place(across, point) for point in own]
    found = sorted((place, measure(point)) for place, point in zip(places, own, strict=True))
    points = tuple((place, value) for place, value in found if value is not None and value > 0.0)
    return Curve(
        label=label,
        points=points,
        lost=tuple(place for place, value in found if value is None),
        spots=() if of is None else tuple(_spots(sweep, points, of)),
    )


def _spots(sweep: Sweep, points: Sequence[tuple[float, float]], of: Value) -> Iterator[tuple[float, float]]:
    """The knee on a curve, between the points beside it."""
    knee = next((landmark.knee for landmark in sweep.landmarks if landmark.value == of), None)
    for (left, low), (right, high) in pairwise(points):
        if knee is not None and left <= knee < right:
            yield knee, low * (high / low) ** ((knee - left) / (right - left))


def _place(across: Parameter, point: Point) -> float:
    """Where a point is on the axis of what goes from left to right: its number, or how many stand before it."""
    value = next(value for value in point.values if value in across.values)
    return float(across.values.index(value)) if not _is_quantity(across) else value.number or 0.0


def _moments(sweep: Sweep, across: Parameter) -> Iterator[Mark]:
    """The knee and the wall, as far as the values go."""
    for landmark in sweep.landmarks:
        for name, at, firm in ((KNEE, landmark.knee, False), ("wall", landmark.max_rate, True)):
            if _within(at, across):
                yield Mark(f"{name} {words.rate(at)}", at, firm=firm)


def _walls(sweep: Sweep, across: Parameter, chosen: Sequence[Value]) -> Iterator[Mark]:
    """The wall of each curve."""
    for landmark in sweep.landmarks:
        if landmark.value in chosen and _within(landmark.max_rate, across):
            curve = chosen.index(landmark.value)
            yield Mark(f"wall {words.rate(landmark.max_rate)}", landmark.max_rate, curve)


def _within(at: float | None, across: Parameter) -> TypeGuard[float]:
    numbers = [value.number or 0.0 for value in across.values]
    return at is not None and min(numbers) <= at <= max(numbers)
