"""A story as its users see it: metrics step by step, alerts as an alerting service evaluates them, and the harm done
before anybody was told."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from capplan.checks.alerting import Episode, cadence_of, episodes
from capplan.checks.notification import channel_delay
from capplan.checks.samples import Samples
from capplan.checks.timeline_records import (
    AlertFiring,
    Harm,
    LogLine,
    Occurrence,
    Pending,
    SloTime,
    Timeline,
)
from capplan.prediction.measures import TOTAL
from capplan.prediction.meters import READERS, REPLICAS, Moment, Value, reader_site
from capplan.topology import Alert, Alerting, Metric, Slo, Topology

OF_REQUESTS = ("rate", "throughput", "mean", "p50", "p95", "p99", "success_rate", "error_rate")
OF_COMPONENTS = ("queue_length", "rate", "error_rate", "mean", "p99")
COST = "cost"


class Telling(NamedTuple):
    """What a timeline is made of.

    Attributes:
        samples: what was counted.
        step: how long its steps shall be (s).
        scenario: its name; "" for events that were given one by one.
        events: what happens in it.
    """

    samples: Samples
    step: float
    scenario: str
    events: tuple[Occurrence, ...]


def timeline(telling: Telling) -> Timeline:
    """The timeline of a story that was told."""
    samples, topology = telling.samples, telling.samples.meter.model.topology
    moments = list(samples.steps(telling.step))
    time = tuple(index * telling.step for index in range(len(moments)))
    metrics = _metrics(samples, topology, moments)
    found = list(_alerts(samples, topology))
    fired = sorted((one for one in found if isinstance(one, AlertFiring)), key=lambda one: one.fired_at)
    names = {one.name for one in fired}
    known = topology.scenarios.get(telling.scenario)
    return Timeline(
        scenario=telling.scenario,
        description=(known.description or "") if known is not None else "",
        step=telling.step,
        duration=samples.duration,
        time=time,
        metrics=metrics,
        events=tuple(event for event in telling.events if event.at <= samples.duration),
        log=tuple(_log(samples)),
        alerts=tuple(fired),
        pending=tuple(one for one in found if isinstance(one, Pending)),
        quiet=tuple(alert.label for alert in topology.alerts if alert.label not in names),
        watched=tuple(dict.fromkeys(str(alert.when.metric) for alert in topology.alerts)),
        harms=tuple(_harms(samples, telling.events, fired)),
        slos=tuple(_slo(slo, telling, moments, metrics) for slo in topology.slos),
        cadence=cadence_of(topology),
        alerting=any(isinstance(component, Alerting) for component in topology.components.values()),
        interrupted=samples.told.interrupted,
    )


def _metrics(samples: Samples, topology: Topology, moments: Sequence[Moment]) -> Mapping[str, tuple[Value, ...]]:
    """Every series by its name: those of requests first."""
    found: dict[str, tuple[Value, ...]] = {}
    for subject, names in _series(samples, topology).items():
        rows = [samples.meter.values(moment, subject, names) for moment in moments]
        found |= {f"{subject}.{name}": tuple(row[index] for row in rows) for index, name in enumerate(names)}
    return found


def _series(samples: Samples, topology: Topology) -> Mapping[str, list[str]]:
    """The names of the metrics of each subject; what objectives and alerts name is among them."""
    sites = {site.name for site in samples.story.sites}
    found = {subject: list(OF_REQUESTS) for subject in (TOTAL, *topology.request_classes)}
    for component in topology.components:
        count = (REPLICAS,) if topology.host(component).name in sites else ()
        readers = (READERS,) if reader_site(component) in sites else ()
        found[component] = [*samples.meter.resources(component), *OF_COMPONENTS, *count, *readers]
    wanted = [slo.objective.metric for slo in topology.slos] + [alert.when.metric for alert in topology.alerts]
    for metric in wanted:
        names = found.setdefault(metric.subject, [])
        if metric.name not in names:
            names.append(metric.name)
    return found


def _log(samples: Samples) -> Iterator[LogLine]:
    names = [site.name for site in samples.story.sites]
    for entry in samples.told.log:
        yield LogLine(entry.at, names[entry.site], str(entry.change), entry.replicas, entry.why)


def _alerts(samples: Samples, topology: Topology) -> Iterator[AlertFiring | Pending]:
    """Every time that an alert was pending, whether it fired or not."""
    cadence = cadence_of(topology)
    metrics = {str(alert.when.metric): alert.when.metric for alert in topology.alerts}
    moments = samples.scrapes(cadence.scrape) if metrics else iter(())
    rows = [[samples.meter.read(moment, metric) for metric in metrics.values()] for moment in moments]
    series = {name: [row[index] for row in rows] for index, name in enumerate(metrics)}
    for alert in topology.alerts:
        for episode in episodes(alert, series[str(alert.when.metric)], cadence, samples.duration):
            if episode.fired_at is None:
                yield Pending(alert.label, episode.pending_at, episode.over_at)
            else:
                yield _firing(samples, alert, episode, episode.fired_at)


def _firing(samples: Samples, alert: Alert, episode: Episode, fired_at: float) -> AlertFiring:
    delay = channel_delay(samples.meter.model.topology, alert)
    told_at = None if delay is None else fired_at + delay
    return AlertFiring(
        name=alert.label,
        metric=str(alert.when.metric),
        severity=alert.severity,
        pending_at=episode.pending_at,
        fired_at=fired_at,
        resolved_at=episode.over_at,
        notified_at=told_at,
        value=episode.value,
        failed_before_notified=samples.failed(episode.pending_at, samples.duration if told_at is None else told_at),
    )


def _harms(samples: Samples, events: Sequence[Occurrence], fired: Sequence[AlertFiring]) -> Iterator[Harm]:
    """From each event to the next; events of one moment are one."""
    begun: dict[float, list[str]] = {0.0: []}
    for event in events:
        if event.at < samples.duration:
            begun.setdefault(event.at, []).append(event.name)
    starts = sorted(begun)
    for at, until in zip(starts, [*starts[1:], samples.duration], strict=True):
        told_at = _told_at(fired, at, until)
        told = until if told_at is None else told_at
        yield Harm(
            event=" + ".join(begun[at]),
            at=at,
            until=until,
            told_at=told_at,
            requests=samples.ended(at, until),
            before=samples.failed(at, told),
            after=samples.failed(told, until),
        )


def _told_at(fired: Sequence[AlertFiring], at: float, until: float) -> float | None:
    """When somebody was told first in a span; its begin where an alert that they know of is still firing."""
    told = [(one.notified_at, one.resolved_at) for one in fired if one.notified_at is not None]
    if any(notified <= at and (resolved is None or resolved > at) for notified, resolved in told):
        return at
    return min((notified for notified, _ in told if at <= notified <= until), default=None)


def _slo(slo: Slo, telling: Telling, moments: Sequence[Moment], metrics: Mapping[str, tuple[Value, ...]]) -> SloTime:
    """The steps in which an objective was missed: one in which nobody asked keeps it, what never exists never does."""
    metric = slo.objective.metric
    values = metrics[str(metric)]
    of_requests = metric.subject in telling.samples.meter.measure.streams
    never = not of_requests and all(value is None for value in values)
    missed = [
        index
        for index, (moment, value) in enumerate(zip(moments, values, strict=True))
        if (never or _failed_all(telling, moment, metric) if value is None else not slo.objective.holds(value))
    ]
    return SloTime(
        name=slo.label,
        metric=str(metric),
        operator=str(slo.objective.operator),
        objective=float(slo.objective.threshold),
        missed=tuple(index * telling.step for index in missed),
        outside=sum(moments[index].window.seconds for index in missed),
        window=None if slo.window is None else float(slo.window),
        budget_used=_budget_used(slo, telling.samples),
    )


def _failed_all(telling: Telling, moment: Moment, metric: Metric) -> bool:
    """Whether there is no latency because no request succeeded, though some ended."""
    meter = telling.samples.meter
    return metric.subject in meter.measure.streams and meter.failed(moment.window, metric.subject)[0] > 0


def _budget_used(slo: Slo, samples: Samples) -> Value:
    """The part of the error budget of the window: bad requests over those that the window allows at this rate.

    Bad are failed ones for a success or error rate; for a percentile those that took longer than it promises.
    """
    metric, bound = slo.objective.metric, float(slo.objective.threshold)
    if slo.window is None or metric.subject not in samples.meter.measure.streams:
        return None
    if metric.percentile is not None and slo.objective.operator.bounds_above:
        allowed = 1.0 - metric.percentile
        ended, bad = samples.slower(metric.subject, bound)
    elif metric.name in ("success_rate", "error_rate"):
        allowed = bound if metric.name == "error_rate" else 1.0 - bound
        ended, bad = samples.of_all(metric.subject)
    else:
        return None
    if not ended or allowed <= 0.0:
        return None
    return bad / ended * samples.duration / (allowed * float(slo.window))
