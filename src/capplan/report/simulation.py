"""The forms of a simulation: those of an analysis, with the margins of what was measured and how it was run."""

import math
from collections.abc import Callable, Iterator
from itertools import chain

from capplan.checks.simulation import Simulation
from capplan.prediction.measured import Intervals
from capplan.prediction.records import RequestPrediction
from capplan.prediction.simulated import Run
from capplan.prediction.simulated_period import SimulatedPeriod
from capplan.report import words
from capplan.report.as_csv import figures_of, rows, rows_to_csv
from capplan.report.as_json import Json
from capplan.report.as_markdown import escaped, table, to_markdown
from capplan.report.margins import half
from capplan.report.period_digest import name
from capplan.report.simulation_json import simulation_dict, to_simulation_json
from capplan.report.timeline_markdown import timeline_blocks
from capplan.report.timeline_rows import timeline_rows
from capplan.simulation.replications import Outlook
from capplan.units import format_number


def run_sentence(run: Run) -> str:
    """How the simulation was run, in a line that the seed decides."""
    played = f"{words.count(run.replications, 'replication')} ({words.duration(run.simulated_seconds)},"
    said = f"{run.requests:,} requests in {played}"
    return f"{said} {format_number(float(run.events))} events) after {run.warmup:,} of warm-up, seed {run.seed}"


def period_sentence(period: SimulatedPeriod) -> str:
    """How a day or a week was played, and how precise it is."""
    said = f"{name(period.period)}: {run_sentence(period.run)}"
    margins = [
        f"{figure} ±{words.duration(margin)}"
        for figure, key in (("mean", "mean"), ("p99", 0.99))
        if (margin := half(period.total.latency.get(key))) is not None and math.isfinite(margin)
    ]
    return f"{said}; {', '.join(margins)}" if margins else said


def outlook_sentence(outlook: Outlook) -> str:
    """How many replications are done, and how precise the p99 of all requests is."""
    said = f"{outlook.done} of {outlook.planned} replications"
    figure = outlook.figure
    if figure is None or not math.isfinite(figure.precision):
        return said
    return f"{said}, p99 {words.duration(figure.value)} ±{words.part(figure.precision)}"


def simulation_to_markdown(simulation: Simulation, wall_seconds: float | None = None) -> str:  # noqa: ARG001
    """The analysis as a Markdown document, then the margins and the run."""
    found = simulation.simulated
    requests = {**found.prediction.requests, found.prediction.total.name: found.prediction.total}
    intervals = {**found.requests, found.prediction.total.name: found.total}
    figures = ("throughput", "mean", "p50", "p90", "p95", "p99", "p99.9", "success")
    margins = (_margins(one, intervals[name]) for name, one in requests.items())
    used = ((escaped(name), _used(one)) for name, one in found.components.items() if one.utilisation)
    blocks = [
        to_markdown(simulation.analysis).rstrip("\n"),
        "## Margins",
        "The half-widths of 95 % confidence intervals, of requests and of utilisations.",
        table(("request", *figures), margins, right=figures),
        table(("component", "utilisation"), used),
        *(() if simulation.timeline is None else timeline_blocks(simulation, simulation.timeline)),
        "## Run",
        escaped(run_sentence(found.run)),
    ]
    if simulation.period is not None:
        blocks.append(escaped(period_sentence(simulation.period)))
    return "\n\n".join(blocks) + "\n"


def _margins(request: RequestPrediction, intervals: Intervals) -> tuple[str, ...]:
    latency = [half(intervals.latency.get(key)) for key in ("mean", 0.5, 0.9, 0.95, 0.99, 0.999)]
    return (
        escaped(request.name),
        words.rate(half(intervals.throughput)),
        *map(words.duration, latency),
        words.fraction(half(intervals.success_rate)),
    )


def _used(intervals: Intervals) -> str:
    margins = ((name, half(interval)) for name, interval in intervals.utilisation.items())
    return ", ".join(f"{name} {words.fraction(margin)}" for name, margin in margins)


def simulation_to_csv(simulation: Simulation, wall_seconds: float | None = None) -> str:
    """Every figure, a row each; of an interval its two ends."""
    result = simulation_dict(simulation, wall_seconds)
    run, name, timeline = result.pop("run"), result["topology"]["name"], result.pop("timeline", None)
    for group in ("requests", "components"):
        result[group] = {subject: _split(figures) for subject, figures in result[group].items()}
    result["total"] = _split(result["total"])
    if simulation.period is not None:
        period = result["period"]
        period["total"] = _split(period["total"])
        period["requests"] = {subject: _split(figures) for subject, figures in period["requests"].items()}
    last = iter(()) if timeline is None else timeline_rows(timeline)
    return rows_to_csv(chain(rows(result), figures_of("run", name, run), last))


def _split(figures: Json) -> Json:
    """Intervals as figures of their own."""
    found: Json = {}
    for key, value in figures.items():
        if not key.endswith("_interval"):
            found[key] = value
        elif isinstance(value, dict):
            found[key] = {f"{name}.{end}": one for name, ends in value.items() for end, one in _ends(ends)}
        else:
            found[key] = dict(_ends(value))
    return found


def _ends(interval: list[float] | None) -> Iterator[tuple[str, float | None]]:
    low, high = interval or (None, None)
    yield "low", low
    yield "high", high


SIMULATION_FORMATS: dict[str, Callable[[Simulation, float | None], str]] = {
    "json": to_simulation_json,
    "markdown": simulation_to_markdown,
    "csv": simulation_to_csv,
}
