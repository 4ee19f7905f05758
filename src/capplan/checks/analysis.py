"""`analyze`: a prediction, and its SLOs and alerts held against it."""

from dataclasses import replace

from capplan.checks.crossings import Crossings
from capplan.checks.holding import state_checks
from capplan.checks.metrics import value
from capplan.checks.notification import notify_delay
from capplan.checks.records import AlertState, Analysis, Objective
from capplan.prediction.predict import prediction, solve_topology
from capplan.prediction.records import Note
from capplan.topology import Comparison, Topology
from capplan.topology.objectives import UTILISATIONS


def analyze(topology: Topology, rate: float | None = None) -> Analysis:
    """Everything about a topology at one workload rate.

    Args:
        topology: a checked topology.
        rate: the workload rate (per second); the topology's own where left out.
    """
    solved = solve_topology(topology, rate)
    predicted = prediction(solved)
    wanted = [(slo.objective, False) for slo in topology.slos] + [(alert.when, True) for alert in topology.alerts]
    rates = Crossings(solved.model).seek(wanted)
    values = [value(predicted, solved, comparison.metric) for comparison, _ in wanted]
    count = len(topology.slos)
    slos = tuple(
        Objective(
            name=slo.label,
            metric=str(slo.objective.metric),
            operator=str(slo.objective.operator),
            objective=float(slo.objective.threshold),
            value=now,
            met=now is not None and slo.objective.holds(now),
            holds_until_rate=until,
            window=None if slo.window is None else float(slo.window),
        )
        for slo, now, until in zip(topology.slos, values[:count], rates[:count], strict=True)
    )
    alerts = tuple(
        AlertState(
            name=alert.label,
            metric=str(alert.when.metric),
            operator=str(alert.when.operator),
            threshold=float(alert.when.threshold),
            value=now,
            firing=_fires(alert.when, now, stable=predicted.stable),
            fires_at_rate=at,
            severity=alert.severity,
            notify=alert.notify,
            delay=notify_delay(topology, alert),
        )
        for alert, now, at in zip(topology.alerts, values[count:], rates[count:], strict=True)
    )
    missing = tuple(
        _missing(comparison) for (comparison, _), now in zip(wanted, values, strict=True) if _absent(comparison, now)
    )
    return Analysis(
        prediction=replace(predicted, notes=(*predicted.notes, *missing)),
        slos=slos,
        alerts=alerts,
        states=state_checks(topology, predicted.rate) if topology.resilience is not None else (),
    )


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
