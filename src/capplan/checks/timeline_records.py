"""What a timeline says: metrics step by step, what happened, which alerts fired when, and who was hurt before anybody
was told. All times are seconds from the beginning of the story."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from capplan.checks.alerting import Cadence

Counts = Mapping[str, int]
"""Requests by their class."""


class Occurrence(NamedTuple):
    """An event of the story.

    Attributes:
        name: as it was written.
        at: when it began.
        until: when it was over; None where it lasts, or ends by itself.
    """

    name: str
    at: float
    until: float | None


class LogLine(NamedTuple):
    """What became of replicas: when, of which component (or `db readers`), how many, and why."""

    at: float
    component: str
    change: str
    replicas: int
    why: str


@dataclass(frozen=True, kw_only=True)
class AlertFiring:
    """An alert that fired, one of as many times as it did.

    Attributes:
        name: of the alert.
        metric: what it watches.
        severity: as written.
        pending_at: the first evaluation that found its condition true.
        fired_at: the evaluation at which that had lasted for `for`.
        resolved_at: the first evaluation that found it false again; None where the story ends before.
        notified_at: when somebody was told; None where nothing evaluates alerts in the topology.
        value: of the metric when it fired.
        failed_before_notified: requests that failed from pending_at until notified_at, or until the end of the story.
    """

    name: str
    metric: str
    severity: str | None
    pending_at: float
    fired_at: float
    resolved_at: float | None
    notified_at: float | None
    value: float
    failed_before_notified: Counts


class Pending(NamedTuple):
    """A time that an alert's condition was true, but not for long enough; `over_at` is None at the story's end."""

    name: str
    pending_at: float
    over_at: float | None


@dataclass(frozen=True, kw_only=True)
class Harm:
    """The requests that failed from an event's begin until the next event, or the end of the story.

    Attributes:
        event: its name; "" for the time before the first event.
        at, until: that span.
        told_at: when somebody was told first, or `at` where an alert that they had been told of was still firing; None
            where nobody was.
        requests: that ended in the span.
        before, after: those that failed before somebody was told, and after.
    """

    event: str
    at: float
    until: float
    told_at: float | None
    requests: int
    before: Counts
    after: Counts

    @property
    def failed(self) -> int:
        """All that failed in the span."""
        return sum(self.before.values()) + sum(self.after.values())


@dataclass(frozen=True, kw_only=True)
class SloTime:
    """An SLO over time.

    Attributes:
        name, metric, operator, objective: of the SLO.
        missed: the steps in which it was missed, by the time at which they begin.
        outside: how long these steps are together (s).
        window: over which it is promised; None where nothing is said.
        budget_used: the part of the window's error budget that the story took; None without a window or a budget.
    """

    name: str
    metric: str
    operator: str
    objective: float
    missed: tuple[float, ...]
    outside: float
    window: float | None
    budget_used: float | None


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """A story as it went.

    Attributes:
        scenario: its name; "" for events that were given one by one, or none.
        description: what it is about; "" where nothing is said.
        step: the length of a step; the last one may be shorter.
        duration: how much of the story was told.
        time: when each step begins.
        metrics: by `subject.metric`, a value a step; None where nothing was there.
        events: in order.
        log: what became of replicas, in order.
        alerts: each time that one fired, in order of firing.
        pending: the times that one did not fire.
        quiet: the alerts that never fired.
        watched: the metrics that alerts look at.
        harms: event by event.
        slos: in the topology's order.
        cadence: how often samples were taken and alerts looked at.
        alerting: whether the topology has something that evaluates alerts.
        interrupted: whether someone stopped it early.
    """

    scenario: str
    description: str
    step: float
    duration: float
    time: tuple[float, ...]
    metrics: Mapping[str, tuple[float | None, ...]]
    events: tuple[Occurrence, ...]
    log: tuple[LogLine, ...]
    alerts: tuple[AlertFiring, ...]
    pending: tuple[Pending, ...]
    quiet: tuple[str, ...]
    watched: tuple[str, ...]
    harms: tuple[Harm, ...]
    slos: tuple[SloTime, ...]
    cadence: Cadence
    alerting: bool
    interrupted: bool = False

    @property
    def healthy(self) -> bool:
        """Whether every SLO held in every step and no alert fired."""
        return not self.alerts and not any(slo.missed for slo in self.slos)
