"""A period against the SLOs: what holds over the whole of it, and in how many of its steps it does not."""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from capplan.checks.curves import component_curve
from capplan.checks.metrics import COST, classes_of
from capplan.checks.period_records import PeriodCheck, PeriodObjective
from capplan.prediction.fleets import fleets
from capplan.prediction.period import notes, period, varied
from capplan.prediction.period_records import Fleets
from capplan.prediction.records import Note
from capplan.prediction.resources import storage_use
from capplan.prediction.varied import Varied
from capplan.queueing.arrays import Array
from capplan.topology import Machine, Metric, Slo, Topology


def check_period(topology: Topology, rate: float) -> tuple[PeriodCheck, tuple[Note, ...]]:
    """The period of a topology with a profile at a workload rate (per second), and what is to be said of it."""
    found = varied(topology, rate)
    solved = period(found)
    p99 = [step.p99 for step, load in zip(solved.steps, found.loads.tolist(), strict=True) if load > 0.0]
    worst = None if any(value is None for value in p99) else max(value for value in p99 if value is not None)
    costs = fleets(found, worst)
    slos = tuple(objective(found, slo, values(found, slo.objective.metric, costs)) for slo in topology.slos)
    return PeriodCheck(period=solved, slos=slos, fleets=costs), (*notes(solved), *of_users(topology))


def of_users(topology: Topology) -> Iterator[Note]:
    """Fractions are of a rate; users make one that depends on how long they wait."""
    if topology.workload.users is not None:
        message = "`profile` is taken as fractions of the rate that the users make when all of them are there"
        yield Note(code="profile-of-users", message=message, where="workload.profile")


Values: TypeAlias = tuple[float | None, Array | None]
"""(the value over the period, (N,) in each step), None where there is none; where only the steps have one, the worst of
them counts."""


def objective(found: Varied, slo: Slo, values: Values) -> PeriodObjective:
    """An SLO held against the values of its metric."""
    comparison, (value, steps) = slo.objective, values
    if value is None and steps is not None:
        value = float(np.max(steps) if comparison.operator.bounds_above else np.min(steps))
    kept = value if value is not None and np.isfinite(value) else None
    met = kept is not None and comparison.holds(kept)
    if steps is None:
        missed = 0 if met else len(found.loads)
    else:
        missed = sum(not _holds(slo, step) for step in steps[found.loads > 0.0].tolist())
    return PeriodObjective(
        name=slo.label,
        metric=str(comparison.metric),
        operator=str(comparison.operator),
        objective=float(comparison.threshold),
        value=kept,
        met=met,
        steps_missed=missed,
    )


def _holds(slo: Slo, value: float) -> bool:
    return bool(np.isfinite(value)) and slo.objective.holds(value)


def values(found: Varied, metric: Metric, costs: Fleets) -> Values:
    """A metric as it is worked out."""
    if metric.subject == COST:
        return costs.fixed.hour if metric.name == "hour" else costs.fixed.month, None
    if metric.subject in found.model.topology.components:
        return None, _of_component(found, metric)
    names = classes_of(tuple(found.model.topology.request_classes), metric.subject)
    if metric.name == "rate":
        share = sum(found.model.network.streams[k].slope for n in names for k, _ in found.model.streams_of(n))
        return None, share * found.loads
    if metric.name in ("success_rate", "error_rate"):
        success = found.step_success(names)
        steps = success if metric.name == "success_rate" else 1.0 - success
        return float(found.weights @ steps), steps
    if metric.percentile is None:
        return found.mean(names), found.step_means(names)
    level = metric.percentile
    return float(found.quantiles(names, [level])[0]), found.step_quantiles(names, [level])[:, 0]


def _of_component(found: Varied, metric: Metric) -> Array | None:
    """(N,) a component's metric at the stationary law of each step; inf where it has no bound."""
    if metric.name == "storage":
        stored = storage_use(found.model.topology.component(metric.subject), _machine(found, metric.subject))
        return None if stored is None else np.full(len(found.loads), stored)
    values = component_curve(found.plain.solved, metric)
    return None if values is None else found.plain.points.at(values)


def _machine(found: Varied, component: str) -> Machine | None:
    topology = found.model.topology
    return topology.machine(topology.component(component))
