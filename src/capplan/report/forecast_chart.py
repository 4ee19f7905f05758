"""A forecast as a chart: the objective that falls first, over the time ahead, and when it falls.

What draws the chart, this module must not know.
"""

from collections.abc import Iterator, Sequence

from capplan import units
from capplan.report import words
from capplan.report.chart import MARGIN, Axis, Chart, Curve, Mark, Tick, axis
from capplan.report.forecast_digest import Dated, shown
from capplan.report.names import kind_of_metric
from capplan.studies.forecast import Kind
from capplan.studies.trajectory import Trajectory

LOST = "beyond the chart, or without bound"
DATES = 4
"""So many parts of the time ahead have a date at their ends."""
SPARE = 1.25
"""The chart reaches so many times as high as the objective."""
STEEPEST = 2.5
"""A curve leaves the chart above this multiple of what is promised."""


def chart_of(dated: Dated) -> Chart | None:
    """The chart of a forecast; None where no objective is followed."""
    trajectory = shown(dated)
    if trajectory is None:
        return None
    known = tuple(
        (seconds, value)
        for seconds, value in zip(trajectory.seconds, trajectory.values, strict=True)
        if value is not None and _fits(value, trajectory)
    )
    held = {seconds for seconds, _ in known}
    lost = tuple(seconds for seconds in trajectory.seconds if seconds not in held)
    moments = tuple(_moments(dated, trajectory))
    known = tuple(sorted((*known, *((mark.at, trajectory.threshold) for mark in moments))))
    promise = f"{trajectory.operator} {words.of_metric(trajectory.metric, trajectory.threshold)}"
    return Chart(
        x=_time(dated),
        y=_figure(trajectory, [value for _, value in known]),
        curves=(Curve(trajectory.metric, known, lost),),
        levels=(Mark(promise, trajectory.threshold),),
        moments=moments,
        lost=LOST,
    )


def _fits(value: float, trajectory: Trajectory) -> bool:
    """Whether a value is not so far beyond the objective that it would flatten the rest."""
    return trajectory.threshold <= 0.0 or value <= STEEPEST * max(trajectory.threshold, trajectory.values[0] or 0.0)


def _time(dated: Dated) -> Axis:
    """The time ahead, with dates."""
    horizon = dated.forecast.horizon
    ticks = []
    for part in range(DATES + 1):
        at = horizon * part / DATES
        ticks.append(Tick(at, dated.date_after(at) or f"{at / units.MONTH:.0f} months"))
    return Axis(label="", low=0.0, high=horizon, ticks=tuple(ticks))


def _figure(trajectory: Trajectory, values: Sequence[float]) -> Axis:
    """The metric: from zero where it is a utilisation or a time, close to where it is near one."""
    kind = kind_of_metric(trajectory.metric)
    close = min([*values, trajectory.threshold]) > 0.9
    base = [] if close or kind == "money" else [0.0]
    return axis(
        trajectory.metric,
        [*values, *([] if close else [SPARE * trajectory.threshold]), trajectory.threshold, *base],
        lambda value: words.of_metric(trajectory.metric, value),
        margin=0.0 if base else MARGIN,
    )


def _moments(dated: Dated, trajectory: Trajectory) -> Iterator[Mark]:
    """When it falls."""
    for event in dated.forecast.events:
        if event.kind is Kind.SLO and event.name == trajectory.name and dated.forecast.status(event) == "within":
            yield Mark(f"falls {dated.date(event)}", event.seconds or 0.0, firm=False)
