"""A day or a week that was played against the SLOs, on the same basis as one that is worked out."""

import numpy as np

from capplan.checks.period import Values, check_period, objective, of_users, values
from capplan.checks.period_records import PeriodCheck
from capplan.prediction.fleets import fleets
from capplan.prediction.measures import COMPONENT, REQUEST, TIME, USE, Name
from capplan.prediction.period import period, varied
from capplan.prediction.period_records import Fleets
from capplan.prediction.records import Note
from capplan.prediction.simulated import Stage
from capplan.prediction.simulated_period import (
    MeasuredPeriod,
    SimulatedPeriod,
    UnplayableError,
    period_notes,
    simulate_period,
    simulated_period,
)
from capplan.simulation.estimates import Estimate
from capplan.simulation.replications import Plan
from capplan.topology import Metric, Slo, Topology
from capplan.topology.objectives import COST, UTILISATIONS

_INTERRUPTED = Note(code="interrupted", message="the profile is worked out, not played", where="workload.profile")
_OF_COMPONENTS = {"rate": "rate", "queue_length": "queue", "error_rate": "errors", "success_rate": "errors"}


def simulated_check(
    topology: Topology, rate: float, plan: Plan, stage: Stage
) -> tuple[PeriodCheck, tuple[Note, ...], SimulatedPeriod | None]:
    """The period of a topology with a profile at a workload rate (per second), what is to be said of it, and how it was
    played; None where it is worked out instead."""
    found = varied(topology, rate)
    asked = {slo.objective.metric.subject for slo in topology.slos} & set(topology.components)
    try:
        measured = simulate_period(found, plan, stage, asked)
    except (UnplayableError, KeyboardInterrupt) as error:
        check, said = check_period(topology, rate)
        return check, (*said, error.note if isinstance(error, UnplayableError) else _INTERRUPTED), None
    known, costs = simulated_period(measured), _costs(measured)
    slos = tuple(objective(found, slo, _values(measured, slo, costs)) for slo in topology.slos)
    check = PeriodCheck(period=known.period, slos=slos, fleets=costs)
    return check, (*period_notes(measured, known.period), *of_users(topology)), known


def _costs(measured: MeasuredPeriod) -> Fleets:
    """What the fleets cost, and what users see of them, is worked out."""
    found = measured.found
    p99 = [step.p99 for step, load in zip(period(found).steps, found.loads.tolist(), strict=True) if load > 0.0]
    bounded = [value for value in p99 if value is not None]
    return fleets(found, max(bounded) if len(bounded) == len(p99) else None)


def _values(measured: MeasuredPeriod, slo: Slo, costs: Fleets) -> Values:
    """A metric as it was measured; as it is worked out where nothing was there to be measured.

    What only the steps have counts in the step that is worked out to be the worst: the worst of many measured ones is
    that with most noise. For the same reason a step misses an objective where its whole interval does.
    """
    metric, above = slo.objective.metric, slo.objective.operator.bounds_above
    whole, each = values(measured.found, metric, costs)
    if metric.subject == COST or each is None:
        return whole, each
    told = [_value(measured, metric, step) for step in range(len(each))]
    worst = None if whole is not None else int(np.argmax(each) if above else np.argmin(each))
    counted = _value(measured, metric, worst)
    if counted is None:
        return whole, each
    ends = [
        known if one is None else _at_best(one, above=above) for one, known in zip(told, each.tolist(), strict=True)
    ]
    if worst is not None:
        ends[worst] = counted.value
    return counted.value, np.array(ends)


def _at_best(found: Estimate, *, above: bool) -> float:
    """The end of an interval that is nearest to holding an objective that bounds from above, or from below."""
    end = found.low if above else found.high
    return end if np.isfinite(end) else found.value


def _value(measured: MeasuredPeriod, metric: Metric, step: int | None) -> Estimate | None:
    """Over the period, or in a step of it."""
    found = _estimate(measured, metric, step)
    component = metric.subject in measured.found.model.topology.components
    if found is None or metric.name != ("success_rate" if component else "error_rate"):
        return found
    return Estimate(1.0 - found.value, 1.0 - found.high, 1.0 - found.low)


def _estimate(measured: MeasuredPeriod, metric: Metric, step: int | None) -> Estimate | None:
    component = metric.subject in measured.found.model.topology.components
    scope = COMPONENT if component else REQUEST
    if metric.percentile is not None:
        return measured.percentile(Name(scope, metric.subject, TIME), metric.percentile, step)
    if metric.name == "mean":
        return measured.number(Name(scope, metric.subject, TIME), step)
    if component and metric.name in UTILISATIONS:
        return measured.number(Name(USE, metric.subject, metric.name), step)
    own = _OF_COMPONENTS[metric.name] if component else "rate" if metric.name == "rate" else "success"
    return measured.number(Name(scope, metric.subject, own), step)
