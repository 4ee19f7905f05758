"""What people are told of a day or a week: curves of single characters, hours by name, figures and fleets.

It must not know how these look.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from capplan import units
from capplan.checks.period_records import PeriodCheck, PeriodObjective
from capplan.prediction.period_records import Fleets, LoadStep, Period
from capplan.report import words

MARKS = "▁▂▃▄▅▆▇█"
BEYOND = "×"
"""Where a value has no bound."""
FROM_DECADES = 20.0
"""A curve that rises by more is drawn over a logarithmic scale."""
CELLS = (48, 24, 12, 8, 6, 4, 3, 2, 1)
"""Characters of a day, the most for which there is room."""
GROWS = "grows without bound"


class Curve(NamedTuple):
    """A figure over the period, drawn, and what it goes from and to."""

    name: str
    marks: str
    span: str


def name(period: Period) -> str:
    """`the week` or `the day`."""
    return "the week" if period.span > units.DAY else "the day"


def extent(period: Period) -> str:
    """`168 hours`, `7 days`, `288 steps of 5 min`."""
    for unit, noun in ((units.HOUR, "hours"), (units.DAY, "days")):
        if period.step == unit:
            return f"{len(period.steps):,} {noun}"
    return f"{len(period.steps):,} steps of {words.duration(period.step)}"


def axis(period: Period, room: int) -> str:
    """What stands over the curves: a number at the beginning of each day, or at every sixth hour."""
    width = _width(period, room)
    marks = 7 if period.span > units.DAY else 4
    labels = [f"day {k + 1}" if k == 0 else f"{k + 1}" for k in range(marks)]
    if marks == 4:
        labels = [f"{6 * k:02d}:00" for k in range(marks)]
    if width < 6 * marks:
        labels = [label.removeprefix("day ").removesuffix(":00") for label in labels]
    cells = [label.ljust(width // marks) for label in labels]
    return "".join(cells).rstrip() if width >= 3 * marks else ""


def moment(period: Period, step: LoadStep) -> str:
    """When a step begins: `20:00`, or in a week `day 7, 20:00`."""
    day, rest = divmod(step.start, units.DAY)
    clock = f"{int(rest // units.HOUR):02d}:{int(rest % units.HOUR) // 60:02d}"
    if period.span <= units.DAY:
        return clock
    return f"day {int(day) + 1}" if period.step >= units.DAY else f"day {int(day) + 1}, {clock}"


def curves(period: Period, room: int) -> Iterator[Curve]:
    """The load and the 99th percentile over the period, in at most so many characters."""
    rates = [step.rate for step in period.steps]
    yield Curve("load", drawn(rates, _width(period, room)), f"{words.rate(min(rates))} to {words.rate(max(rates))}")
    p99 = [step.p99 for step in period.steps]
    bounded = [value for value in p99 if value is not None]
    if bounded:
        most = words.duration(max(bounded)) if len(bounded) == len(p99) else GROWS
        yield Curve("p99", drawn(p99, _width(period, room)), f"{words.duration(min(bounded))} to {most}")


def drawn(values: Sequence[float | None], width: int) -> str:
    """Values as a row of marks; where several share one, the largest of them counts."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    if not known:
        return BEYOND * width
    top, low = max(known), min(known)
    decades = low > 0.0 and top / low > FROM_DECADES
    marks = []
    for cell in range(width):
        part = values[
            cell * len(values) // width : max((cell + 1) * len(values) // width, cell * len(values) // width + 1)
        ]
        largest = max(math.inf if value is None else value for value in part)
        marks.append(BEYOND if math.isinf(largest) else MARKS[_height(largest, low, top, decades)])
    return "".join(marks)


def busiest(period: Period) -> str:
    """When the load is largest, and what that means."""
    step = period.peak
    told = [f"{moment(period, step)}: {words.rate(step.rate)}"]
    if step.utilisation is not None:
        told.append(f"{period.component} {period.resource} {words.part(step.utilisation)}")
    told.append(f"p99 {words.duration(step.p99) if step.p99 is not None else GROWS}")
    over = sum(1 for one in period.steps if one.utilisation is not None and one.utilisation > 1.0)
    if over:
        told.append(f"over capacity in {words.count(over, 'step')}")
    return ", ".join(told)


def slowest(period: Period) -> str:
    """When requests are slowest, where that is not in the busiest step; empty else."""
    bounded = [step for step in period.steps if step.p99 is not None]
    if len(bounded) < len(period.steps) or not bounded:
        return ""
    worst = max(bounded, key=lambda step: step.p99 or 0.0)
    if worst.start == period.peak.start or (worst.p99 or 0.0) < 1.05 * (period.peak.p99 or 0.0):
        return ""
    told = f"{moment(period, worst)}: p99 {words.duration(worst.p99)}"
    crest = max(step.backlog for step in period.steps)
    return f"{told}, up to {crest:,.0f} requests left waiting" if crest >= 1.0 else told


def kept(slo: PeriodObjective) -> str:
    """What an objective promises: `total.p99 < 200 ms`."""
    return f"{slo.metric} {slo.operator} {words.of_metric(slo.metric, slo.objective)}"


def missed(slo: PeriodObjective, period: Period) -> str:
    """In how many steps it does not hold."""
    return f"{slo.steps_missed} of {len(period.steps):,}" if slo.steps_missed else "none"


def fleet(check: PeriodCheck) -> Iterator[tuple[str, str]]:
    """What the machines cost as they are, and if replicas follow the load."""
    fleets = check.fleets
    fixed, follows = fleets.fixed, fleets.following
    if fixed.month is None or follows.month is None:
        return
    yield "fixed", f"{words.money(fixed.month, fixed.currency)} a month"
    if not fleets.least:
        yield "following", "no replicas can follow the load"
        return
    saved = f"{words.part(1.0 - follows.month / fixed.month)} less" if fixed.month > 0.0 else "no less"
    yield (
        "following",
        f"{words.money(follows.month, follows.currency)} a month ({saved}: {_ranges(check)}{_worse(fleets)})",
    )


def _ranges(check: PeriodCheck) -> str:
    """The fewest replicas of each that follows: `edge from 1, site from 2 and index from 1`."""
    ranges = [f"{name} from {least:,}" for name, least in check.fleets.least.items()]
    return words.listed(ranges)


def _worse(fleets: Fleets) -> str:
    if fleets.worst_fixed is None or fleets.worst_following is None:
        return ""
    before, then = words.duration(fleets.worst_fixed), words.duration(fleets.worst_following)
    change = f"stays {before}" if before == then else f"goes from {before} to {then}"
    return f"; the slowest step's p99 {change}"


def _width(period: Period, room: int) -> int:
    """Characters of a curve: as many for each day."""
    days = max(round(period.span / units.DAY), 1)
    return next((days * cells for cells in CELLS if days * cells <= room), days)


def _height(value: float, low: float, top: float, decades: bool) -> int:
    if top <= low:
        return len(MARKS) // 2
    part = math.log(value / low) / math.log(top / low) if decades else (value - low) / (top - low)
    return min(int(part * len(MARKS)), len(MARKS) - 1)
