"""What a person wants of a timeline: the verdict, what happened in order, which metrics moved, and who was hurt before
anybody was told. It must not know terminals.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from capplan.checks.simulation import Simulation
from capplan.checks.timeline_records import Counts, Harm, LogLine, SloTime, Timeline
from capplan.prediction.meters import READERS, REPLICAS
from capplan.prediction.simulated import Run
from capplan.report import words
from capplan.report.names import kind_of_metric
from capplan.simulation.stories.story import Change
from capplan.units import format_number

AUTOSCALER, FAILURE = "autoscaler", "failure"
"""Why replicas come and go where no event says so."""
HEADLINES = ("total.rate", "total.p99", "total.success_rate")
MOVED = 0.1
"""A utilisation that moves by less is not shown unless an objective or an alert names it."""
MOST_SERIES = 14
MANY = 5e6
"""A story of more requests than these takes long enough to be said before."""
FEW = 0.01
"""Where no SLO says what should hold, more failures than this part of the requests are bad news."""
TOGETHER = 60.0
"""Lines of the log that say the same within so many seconds are one."""


class Moment(NamedTuple):
    """A line of what happened: when, of what kind, and what."""

    at: float
    kind: str
    text: str


def clock(seconds: float) -> str:
    """A time of the story: `4:05`, `1:04:05`."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, part = divmod(minutes, 60)
    return f"{hours}:{part:02}:{rest:02}" if hours else f"{part}:{rest:02}"


def verdict(timeline: Timeline) -> tuple[str, str]:
    """A word and a sentence: how many requests failed, which SLO was missed for how long, and who knew when."""
    ended, failed = (
        sum(counts) for counts in zip(*((one.requests, one.failed) for one in timeline.harms), strict=True)
    )
    length = words.duration(timeline.duration)
    if timeline.healthy and (timeline.slos or failed <= FEW * ended):
        kept = "every SLO held in every step" if timeline.slos else "no alert fired"
        return "OK", f"{length}, {ended:,} requests: {kept}{_and_failed(failed, ended)}."
    parts = [f"{failed:,} of {ended:,} requests failed ({words.share(failed / ended)})"] if failed else []
    missed = max((slo for slo in timeline.slos if slo.missed), key=lambda slo: slo.outside, default=None)
    if missed is not None:
        others = sum(bool(slo.missed) for slo in timeline.slos) - 1
        more = f" (and {words.count(others, 'other SLO')})" if others else ""
        parts.append(f"{promised(missed)} was missed for {words.duration(missed.outside)}{more}")
    if not timeline.slos:
        parts.append("no SLO says what should hold")
    parts.append(_warned(timeline))
    return "DEGRADED", f"{length}: {'; '.join(parts)}."


def _and_failed(failed: int, ended: int) -> str:
    return f"; {failed:,} failed ({words.share(failed / ended)})" if failed else ""


def _warned(timeline: Timeline) -> str:
    told = [one for one in timeline.alerts if one.notified_at is not None]
    if told:
        first = min(told, key=lambda one: one.notified_at or 0.0)
        return f"first told at {clock(first.notified_at or 0.0)}, by {first.name}"
    if timeline.alerts and not timeline.alerting:
        return f"{timeline.alerts[0].name} fired, but nothing notifies: there is no alerting component"
    return "nobody was told"


def promised(slo: SloTime) -> str:
    """`total.p99 < 200 ms`."""
    return f"{slo.metric} {slo.operator} {words.of_metric(slo.metric, slo.objective)}"


def happened(timeline: Timeline) -> list[Moment]:
    """Everything that happened, in order of time."""
    found = [*_events(timeline), *_changes(timeline), *_alerts(timeline)]
    return sorted(found, key=lambda moment: moment.at)


def _events(timeline: Timeline) -> Iterator[Moment]:
    for event in timeline.events:
        yield Moment(event.at, "event", event.name)
        if event.until is not None and event.until <= timeline.duration:
            yield Moment(event.until, "event", f"over: {event.name}")


def _alerts(timeline: Timeline) -> Iterator[Moment]:
    for alert in timeline.alerts:
        value = f"{alert.metric} {words.of_metric(alert.metric, alert.value)}"
        if alert.pending_at < alert.fired_at:
            yield Moment(alert.pending_at, "alert", f"{alert.name} pending")
        yield Moment(alert.fired_at, "alert", f"{alert.name} FIRES: {value}")
        if alert.notified_at is not None and alert.notified_at <= timeline.duration:
            failed = sum(alert.failed_before_notified.values())
            before = f", after {failed:,} failed requests" if failed else ""
            yield Moment(alert.notified_at, "alert", f"{alert.name} notifies{before}")
        if alert.resolved_at is not None:
            yield Moment(alert.resolved_at, "alert", f"{alert.name} resolved")
    for pending in timeline.pending:
        over = "the end" if pending.over_at is None else clock(pending.over_at)
        yield Moment(pending.pending_at, "alert", f"{pending.name} pending until {over}, without firing")


_SAID = {
    Change.STARTED: "autoscaler starts {}",
    Change.READY: "{} ready, started by the autoscaler",
    Change.DRAINING: "autoscaler stops {}",
    Change.WANTED: "autoscaler wants {}",
    Change.LOST: "{} failed",
    Change.BACK: "{} repaired",
}


def _changes(timeline: Timeline) -> Iterator[Moment]:
    """The log, condensed: of an event its end, of the autoscaler what it decides, of failures all."""
    kept = [line for line in timeline.log if _telling(line)]
    for (component, change, why), lines in groupby(kept, key=lambda line: (line.component, line.change, line.why)):
        for run in _runs(list(lines)):
            number = run[-1].replicas if change == Change.WANTED else sum(line.replicas for line in run)
            count = words.count(number, "replica")
            if change == Change.FINISHED:
                yield Moment(run[0].at, "deploy", f"{component}: done: {why}")
            else:
                kind = "scale" if why == AUTOSCALER else "replicas"
                yield Moment(run[0].at, kind, f"{component}: {_SAID[Change(change)].format(count)}")


def _telling(line: LogLine) -> bool:
    """Whether a line says more than the event that caused it."""
    if line.why == AUTOSCALER:
        return line.change in (Change.STARTED, Change.READY, Change.DRAINING, Change.WANTED)
    return line.change == Change.FINISHED or (line.why == FAILURE and line.change in (Change.LOST, Change.BACK))


def _runs(lines: Sequence[LogLine]) -> Iterator[list[LogLine]]:
    """Lines that follow each other closely, together."""
    run: list[LogLine] = []
    for line in lines:
        if run and line.at - run[-1].at > TOGETHER:
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def shown_series(timeline: Timeline) -> list[str]:
    """The metrics worth a line: the headlines, what objectives and alerts name, what moved, replicas that came or
    went."""
    named = [*(slo.metric for slo in timeline.slos), *timeline.watched]
    moved = sorted(_movers(timeline), key=lambda metric: -_swing(timeline, metric))
    counts = [metric for metric in timeline.metrics if _counts(metric) and _swing(timeline, metric) > 0.0]
    wanted = dict.fromkeys([*HEADLINES, *named, *counts, *moved])
    known = [metric for metric in wanted if not metric.startswith("cost.")]
    return known[:MOST_SERIES]


def _movers(timeline: Timeline) -> Iterator[str]:
    for metric in timeline.metrics:
        if metric.endswith((".cpu", ".concurrency")) and _swing(timeline, metric) > MOVED:
            yield metric


def _counts(metric: str) -> bool:
    return metric.rpartition(".")[2] in (REPLICAS, READERS)


def _swing(timeline: Timeline, metric: str) -> float:
    """How far a metric moved."""
    known = [value for value in timeline.metrics[metric] if value is not None]
    return max(known) - min(known) if known else 0.0


def ends(metric: str, values: Iterable[float | None]) -> tuple[float, float]:
    """The ends of a metric's scale: from nothing to its highest, a utilisation to all; a success rate up to one."""
    known = [value for value in values if value is not None]
    if metric.endswith("success_rate"):
        return min(known, default=0.0), 1.0
    whole = 1.0 if kind_of_metric(metric) == "fraction" and not metric.endswith("error_rate") else 0.0
    return 0.0, max([whole, *known])


def worst_of(metric: str) -> Callable[[Iterable[float]], float]:
    """Which of several values is the worst: the least success, the fewest replicas, the most of all else."""
    return min if metric.endswith("success_rate") or _counts(metric) else max


class Row(NamedTuple):
    """A line of a table of texts, and whether it is bad news."""

    texts: tuple[str, ...]
    bad: bool


HARM_HEADINGS = ("begun", "told after", "failed before", "failed after", "of all", "which")


def harm_rows(timeline: Timeline) -> Iterator[tuple[str, Row]]:
    """(event, figures) of each event after which requests failed."""
    for harm in timeline.harms:
        if not harm.failed:
            continue
        told = "–" if harm.told_at is None else words.duration(harm.told_at - harm.at)
        before, after = sum(harm.before.values()), sum(harm.after.values())
        figures = (clock(harm.at), told, f"{before:,}", f"{after:,}", words.share(harm.failed / harm.requests))
        event = " + ".join(map(short, harm.event.split(" + ")))
        yield event or "at first", Row((*figures, _classes(harm)), bool(harm.event))


def _classes(harm: Harm) -> str:
    """Which requests failed, the most first."""
    counts = {name: harm.before[name] + harm.after[name] for name in harm.before}
    if len(counts) == 1:
        return ""
    ranked = sorted(((name, count) for name, count in counts.items() if count), key=lambda pair: -pair[1])
    return words.listed([f"{name} {count:,}" for name, count in ranked], 2)


SLO_HEADINGS = ("objective", "whole story", "missed for", "of the time", "first at", "error budget")


def slo_rows(timeline: Timeline, simulation: Simulation) -> Iterator[Row]:
    """What became of each objective."""
    for slo, whole in zip(timeline.slos, simulation.analysis.slos, strict=True):
        budget = "" if slo.budget_used is None else f"{words.share(slo.budget_used)} of {words.duration(slo.window)}"
        yield Row(
            (
                promised(slo),
                words.of_metric(slo.metric, whole.value),
                words.duration(slo.outside) if slo.missed else "–",
                words.part(slo.outside / timeline.duration) if slo.missed else "–",
                clock(slo.missed[0]) if slo.missed else "–",
                budget,
            ),
            bool(slo.missed),
        )


ALERT_HEADINGS = ("name", "fires when", "pending", "fired", "notified", "resolved", "failed before")


def alert_rows(timeline: Timeline, simulation: Simulation) -> Iterator[Row]:
    """Each time that an alert fired, then those that never did."""
    conditions = {alert.name: words.condition(alert) for alert in simulation.analysis.alerts}
    for one in timeline.alerts:
        times = (one.pending_at, one.fired_at, one.notified_at, one.resolved_at)
        said = ("–" if time is None else clock(time) for time in times)
        yield Row((one.name, conditions[one.name], *said, failures(one.failed_before_notified)), True)
    for name in timeline.quiet:
        yield Row((name, conditions[name], "", "", "", "", ""), False)


def failures(counts: Counts) -> str:
    """How many failed, all classes together."""
    return f"{sum(counts.values()):,}"


def story_sentence(timeline: Timeline, run: Run) -> str:
    """How the story was played, in a line that the seed decides."""
    once = "one replication, so no intervals" if run.replications == 1 else f"{run.replications} replications"
    said = f"{run.requests:,} requests in {words.duration(run.simulated_seconds)} ({once};"
    looks = f"scraped every {words.duration(timeline.cadence.scrape)}"
    return f"{said} {format_number(float(run.events))} events), {looks}, seed {run.seed}"


def warning(requests: float, seconds: float) -> str:
    """What is said before a story that will take long to play; nothing where it will not."""
    if requests <= MANY:
        return ""
    return f"about {requests / 1e6:.3g} million requests: that takes about {words.duration(round(seconds, -1))}"


def short(event: str) -> str:
    """An event without its time."""
    return event.partition(" at ")[0]
