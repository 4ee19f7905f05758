"""A timeline as charts, one below the other over the same time: load, latency, success, utilisation, replicas; events
and alerts are marked. What draws them, this module must not know."""

from collections.abc import Iterator, Sequence

from capplan.checks.lengths import round_length
from capplan.checks.simulation import Simulation
from capplan.checks.timeline_records import Timeline
from capplan.prediction.meters import READERS, REPLICAS
from capplan.report import words
from capplan.report.chart import MARGIN, Axis, Chart, Curve, Mark, Tick, axis
from capplan.report.names import kind_of_metric
from capplan.report.timeline_digest import clock, promised, short, shown_series

PARTS = 8
"""The time has at most so many parts with ticks at their ends."""
BESIDE_EACH_OTHER = 0.08
"""Names of moments that are no farther apart, in parts of the time, would cover each other."""
MOST_CURVES = 6
NOTHING = "nothing was there"
PANELS = ("rate", "latency", "success", "utilisation", "replicas", "queue", "errors")
_OF_FRACTIONS = {"success_rate": "success", "error_rate": "errors"}
_OF_KINDS = {"rate": "rate", "duration": "latency", "fraction": "utilisation"}
BESIDE = ("total.throughput", "total.p50", "total.p95")
"""Drawn beside the series that are worth a line in the table."""


def charts_of(timeline: Timeline) -> tuple[Chart, ...]:
    """A chart for each kind of metric that is worth it."""
    found: dict[str, list[str]] = {}
    for metric in dict.fromkeys([*shown_series(timeline), *BESIDE]):
        found.setdefault(_panel(metric), []).append(metric)
    shown = [(panel, found[panel][:MOST_CURVES]) for panel in PANELS if panel in found]
    return tuple(_chart(timeline, panel, metrics, named=index == 0) for index, (panel, metrics) in enumerate(shown))


def _panel(metric: str) -> str:
    name = metric.rpartition(".")[2]
    if name in (REPLICAS, READERS):
        return "replicas"
    if name == "queue_length":
        return "queue"
    return _OF_FRACTIONS.get(name) or _OF_KINDS[kind_of_metric(metric)]


def _chart(timeline: Timeline, panel: str, metrics: Sequence[str], *, named: bool) -> Chart:
    """One panel; the names of the moments stand above the first one only."""
    curves = tuple(_curve(timeline, metric) for metric in metrics)
    levels = tuple(Mark(promised(slo), slo.objective) for slo in timeline.slos if slo.metric in metrics)
    heights = [y for curve in curves for _, y in curve.points] + [level.at for level in levels]
    logarithmic = panel == "latency" and min(heights, default=0.0) > 0.0
    base = [] if panel == "success" or logarithmic else [0.0]
    return Chart(
        x=_time(timeline),
        y=axis(
            panel,
            [*heights, *base] or [0.0, 1.0],
            lambda value: words.of_metric(metrics[0], value),
            logarithmic=logarithmic,
            margin=MARGIN,
        ),
        curves=curves,
        levels=levels,
        moments=tuple(_moments(timeline, named=named)),
        lost=NOTHING,
    )


def _curve(timeline: Timeline, metric: str) -> Curve:
    """A metric at the middle of each step."""
    ends = [*timeline.time[1:], timeline.duration]
    middles = [0.5 * (start + end) for start, end in zip(timeline.time, ends, strict=True)]
    values = list(zip(middles, timeline.metrics[metric], strict=True))
    known = tuple((at, value) for at, value in values if value is not None)
    return Curve(metric, known, tuple(at for at, value in values if value is None))


def _time(timeline: Timeline) -> Axis:
    length = round_length(timeline.duration, PARTS)
    ticks = (part * length for part in range(int(timeline.duration / length + 1e-9) + 1))
    return Axis(label="", low=0.0, high=timeline.duration, ticks=tuple(Tick(at, clock(at)) for at in ticks))


def _moments(timeline: Timeline, *, named: bool) -> Iterator[Mark]:
    """Events firm, alerts that fire faint; an alert's name only where there is room for it."""
    for event in timeline.events:
        yield Mark(short(event.name) if named else "", event.at)
    taken = [event.at for event in timeline.events]
    for alert in timeline.alerts:
        near = any(abs(alert.fired_at - at) < BESIDE_EACH_OTHER * timeline.duration for at in taken)
        yield Mark(f"{alert.name} fires" if named and not near else "", alert.fired_at, firm=False)
        taken.append(alert.fired_at)


def title_of(simulation: Simulation, timeline: Timeline) -> str:
    """The topology's name, and the scenario's."""
    prediction = simulation.simulated.prediction
    name = prediction.topology or prediction.file
    return f"{name}: {timeline.scenario}" if timeline.scenario else name
