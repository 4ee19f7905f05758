"""`analyze`: a prediction, and its SLOs and alerts held against it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from capplan.checks.connections import connections
from capplan.checks.crossings import Crossings
from capplan.checks.deployments import durations
from capplan.checks.holding import state_checks
from capplan.checks.metrics import value
from capplan.checks.notification import notify_delay
from capplan.checks.period_records import PeriodCheck
from capplan.checks.records import AlertState, Analysis, Objective
from capplan.checks.states import states_of
from capplan.prediction.predict import prediction, solve_topology
from capplan.prediction.records import Note, Prediction
from capplan.prediction.solved import Solved
from capplan.topology import Alert, Comparison, Metric, Slo, Topology
from capplan.topology.objectives import UTILISATIONS


def analyze(topology: Topology, rate: float | None = None, *, turning: bool = True) -> Analysis:
    """Everything about a topology at one workload rate.

    Args:
        topology: a checked topology.
        rate: the workload rate (per second); the topology's own where left out.
        turning: whether the rates at which objectives fall and alerts fire are sought, most of the work; None if not.
    """
    solved = solve_topology(topology, rate)
    predicted = prediction(solved)
    analysis = judged(solved, predicted, lambda metric: value(predicted, solved, metric), turning=turning)
    period, varying = _period(topology, predicted.rate)
    noted = replace(analysis.prediction, notes=(*analysis.prediction.notes, *varying))
    closed = solved.users is not None
    states = () if topology.resilience is None else state_checks(topology, predicted.rate, closed=closed)
    return replace(analysis, prediction=noted, states=states, period=period)


def judged(
    solved: Solved, predicted: Prediction, value_of: Callable[[Metric], float | None], *, turning: bool = True
) -> Analysis:
    """SLOs and alerts held against what is predicted or measured; when they turn is worked out.

    Args:
        solved: the topology at the workload rate.
        predicted: what is said of it.
        value_of: the value of a metric at that rate.
        turning: whether the rates at which objectives and alerts turn are sought.
    """
    topology = solved.model.topology
    wanted = [(slo.objective, False) for slo in topology.slos] + [(alert.when, True) for alert in topology.alerts]
    turns = _turns(solved, wanted) if turning else [_Turn(None)] * len(wanted)
    values = [value_of(comparison.metric) for comparison, _ in wanted]
    count = len(topology.slos)
    slos = tuple(map(_objective, topology.slos, values[:count], turns[:count]))
    alerts = tuple(
        _alert(topology, alert, (now, at), stable=predicted.stable)
        for alert, now, at in zip(topology.alerts, values[count:], turns[count:], strict=True)
    )
    missing = tuple(
        _missing(comparison) for (comparison, _), now in zip(wanted, values, strict=True) if _absent(comparison, now)
    )
    notes = (*predicted.notes, *missing, *_crowded(topology), *_deployed(topology))
    return Analysis(
        prediction=replace(predicted, notes=notes),
        slos=slos,
        alerts=alerts,
    )


def _period(topology: Topology, rate: float) -> tuple[PeriodCheck | None, tuple[Note, ...]]:
    """The day or week that `profile` gives, with its notes."""
    if not topology.workload.profile:
        return None, ()
    from capplan.checks.period import check_period

    return check_period(topology, rate)


class _Turn(NamedTuple):
    """The workload rate and the number of closed users at which something turns; None where none does that."""

    rate: float | None
    users: float | None = None


def _turns(solved: Solved, wanted: Sequence[tuple[Comparison, bool]]) -> list[_Turn]:
    """Where each comparison turns; with closed users, the rate is what they reach there."""
    seeker = Crossings(solved.model)
    if solved.users is None:
        return [_Turn(rate) for rate in seeker.seek(wanted)]
    from capplan.checks.users import user_turns

    return [_Turn(None) if turn is None else _Turn(turn.rate, turn.users) for turn in user_turns(seeker, wanted)]


def _objective(slo: Slo, now: float | None, until: _Turn) -> Objective:
    return Objective(
        name=slo.label,
        metric=str(slo.objective.metric),
        operator=str(slo.objective.operator),
        objective=float(slo.objective.threshold),
        value=now,
        met=now is not None and slo.objective.holds(now),
        holds_until_rate=until.rate,
        holds_until_users=until.users,
        window=None if slo.window is None else float(slo.window),
    )


def _alert(topology: Topology, alert: Alert, found: tuple[float | None, _Turn], *, stable: bool) -> AlertState:
    """An alert with its metric's value and the rate from which on it fires."""
    now, at = found
    return AlertState(
        name=alert.label,
        metric=str(alert.when.metric),
        operator=str(alert.when.operator),
        threshold=float(alert.when.threshold),
        value=now,
        firing=_fires(alert.when, now, stable=stable),
        fires_at_rate=at.rate,
        fires_at_users=None if at.users is None else at.users + 1.0,
        severity=alert.severity,
        notify=alert.notify,
        delay=notify_delay(topology, alert),
    )


def _crowded(topology: Topology) -> Iterator[Note]:
    """Pools that together hold more connections than the callee takes: some calls will find none."""
    for held in connections(topology):
        if held.held > held.taken:
            message = f"the pools of {', '.join(held.callers)} may hold {held.held} connections to {held.component}"
            message += f", which takes {held.taken}"
            yield Note(code="connections", message=message, where=f"components.{held.component}.concurrency")


def _deployed(topology: Topology) -> Iterator[Note]:
    """How long the deployments last that `resilience` names."""
    if topology.resilience is not None and topology.resilience.during_deploy:
        yield from durations(topology, states_of(topology))


def _absent(comparison: Comparison, now: float | None) -> bool:
    """Whether a utilisation is watched that the component does not have."""
    return now is None and comparison.metric.name in UTILISATIONS


def _missing(comparison: Comparison) -> Note:
    """An objective on what does not exist cannot hold, an alert on it cannot fire: that is better said."""
    metric = comparison.metric
    message = (
        f"`{metric}` does not exist: {metric.subject} declares nothing that {metric.name} could be worked out from"
    )
    return Note(code="no-such-metric", message=message, where=f"components.{metric.subject}")


def _fires(when: Comparison, now: float | None, *, stable: bool) -> bool:
    """Whether an alert fires; a time that has grown without bound is above every threshold."""
    if now is None:
        return not stable and not when.operator.bounds_above and _is_time(when)
    return when.holds(now)


def _is_time(when: Comparison) -> bool:
    return when.metric.percentile is not None or when.metric.name in ("mean", "queue_length")
