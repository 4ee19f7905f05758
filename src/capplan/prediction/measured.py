"""What a simulation measured, in the records of a prediction and with the interval of each number.

What no request is needed for is worked out as for a prediction: capacity, memory, storage, cost, and whether the queues
are stable at all. Where they are not, a latency depends on how long one waits to see it, and so does not exist.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import inf

import numpy as np

from capplan.prediction.breakdown import breakdown
from capplan.prediction.measures import COMPONENT, REQUEST, TASK, TIME, TOTAL, USE, WAIT
from capplan.prediction.predict import prediction
from capplan.prediction.records import PERCENTILES, ComponentPrediction, Note, Prediction, RequestPrediction
from capplan.prediction.resources import capacity
from capplan.prediction.simulated import Measured, Run
from capplan.queueing.methods import CAVEATS
from capplan.simulation.estimates import Estimate

Interval = tuple[float, float]

NOTICED = 1e-3
"""A smaller part of refusals is not worth a note."""
SHORT = 0.3
"""A p99 that is known no better than this part of it is said to be rough."""


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """The 95 % confidence intervals of what was measured of one subject; None and {} where it does not exist.

    Attributes:
        latency: of the mean ("mean") and of each percentile (its level).
        utilisation: by resource.
    """

    throughput: Interval | None = None
    success_rate: Interval | None = None
    latency: Mapping[str | float, Interval] = field(default_factory=dict)
    utilisation: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """A simulated topology.

    Attributes:
        prediction: what was measured, in the records of a prediction.
        total, requests, components: the intervals of each.
        run: how it was run.
    """

    prediction: Prediction
    total: Intervals
    requests: Mapping[str, Intervals]
    components: Mapping[str, Intervals]
    run: Run


def simulated(measured: Measured) -> Simulated:
    """The measured figures in the user's words."""
    theory = prediction(measured.solved)
    total = _request(measured, theory.total)
    requests = {name: _request(measured, one) for name, one in theory.requests.items()}
    components = {name: _component(measured, one) for name, one in theory.components.items()}
    rate = total.rate if measured.closed else theory.rate
    known = replace(
        theory,
        rate=rate,
        throughput=total.throughput,
        capacity=capacity(measured.model, rate),
        total=total,
        requests=requests,
        components=components,
        notes=(*_notes(measured, total), *_facts(theory)),
    )
    return Simulated(
        prediction=known,
        total=_request_intervals(measured, total),
        requests={name: _request_intervals(measured, one) for name, one in requests.items()},
        components={name: _component_intervals(measured, one) for name, one in components.items()},
        run=measured.run,
    )


def _request(measured: Measured, theory: RequestPrediction) -> RequestPrediction:
    name = theory.name
    latency = None if theory.latency is None else measured.latency(REQUEST, name)
    return replace(
        theory,
        rate=measured.value(REQUEST, name, "rate"),
        throughput=measured.value(REQUEST, name, "throughput"),
        success_rate=measured.value(REQUEST, name, "success"),
        attempts=measured.value(REQUEST, name, "attempts"),
        latency=latency,
        breakdown=() if latency is None or not theory.breakdown else breakdown(measured.model, *_times(measured), name),
    )


def _times(measured: Measured) -> tuple[np.ndarray, np.ndarray]:
    """((tasks,) mean wait, (tasks,) mean service) of one run."""
    tasks = range(len(measured.model.network.tasks))
    waits, services = ([measured.value(TASK, str(task), one) for task in tasks] for one in ("wait", "service"))
    return np.array(waits), np.array(services)


def _component(measured: Measured, theory: ComponentPrediction) -> ComponentPrediction:
    name = theory.name
    if theory.rate > 0.0 and measured.value(COMPONENT, name, "rate") == 0.0:
        return theory
    uses = {resource: measured.find(USE, name, resource) for resource in theory.utilisation}
    played = {resource: use.value for resource, use in uses.items() if use is not None}
    settled = theory.latency is not None
    return replace(
        theory,
        rate=measured.value(COMPONENT, name, "rate"),
        throughput=measured.value(COMPONENT, name, "throughput"),
        utilisation={**theory.utilisation, **played},
        queue_length=measured.value(COMPONENT, name, "queue") if theory.queue_length is not None else None,
        in_service=measured.value(COMPONENT, name, "in service"),
        wait=measured.latency(WAIT, name) if theory.wait is not None else None,
        latency=measured.latency(COMPONENT, name) if settled else None,
        error_rate=measured.value(COMPONENT, name, "errors"),
        workings=(),
    )


def _request_intervals(measured: Measured, request: RequestPrediction) -> Intervals:
    return Intervals(
        throughput=_interval(measured.find(REQUEST, request.name, "throughput")),
        success_rate=_interval(measured.find(REQUEST, request.name, "success")),
        latency={} if request.latency is None else _latency(measured, REQUEST, request.name),
    )


def _component_intervals(measured: Measured, component: ComponentPrediction) -> Intervals:
    uses = ((resource, measured.find(USE, component.name, resource)) for resource in component.utilisation)
    return Intervals(
        throughput=_interval(measured.find(COMPONENT, component.name, "throughput")),
        latency={} if component.latency is None else _latency(measured, COMPONENT, component.name),
        utilisation={resource: (use.low, use.high) for resource, use in uses if use is not None},
    )


def _latency(measured: Measured, scope: str, name: str) -> Mapping[str | float, Interval]:
    levels = {level: measured.percentile(scope, name, level) for level in PERCENTILES}
    return latency_intervals(measured.find(scope, name, TIME), levels)


def latency_intervals(
    mean: Estimate | None, percentiles: Mapping[float, Estimate | None]
) -> Mapping[str | float, Interval]:
    """The intervals of a mean and of percentiles, of those that were measured."""
    found: dict[str | float, Interval | None] = {"mean": _interval(mean)}
    found |= {level: _interval(one) for level, one in percentiles.items()}
    return {key: interval for key, interval in found.items() if interval is not None}


def _interval(found: Estimate | None) -> Interval | None:
    return None if found is None else (found.low, found.high)


def _notes(measured: Measured, total: RequestPrediction) -> Iterator[Note]:
    """What the simulation leaves out, and where it is too short."""
    if measured.run.interrupted:
        message = f"stopped early, after {measured.run.replications} replications: the intervals say how good it is"
        yield Note(code="interrupted", message=message, where="run")
    found = measured.percentile(REQUEST, TOTAL, 0.99)
    if total.latency is not None and found is not None and found.precision > SHORT:
        known = f"known to ±{found.precision:.0%} only" if found.precision < inf else "not known from above"
        message = f"the p99 of all requests is {known}: ask for more requests"
        yield Note(code="rough", message=message, where="run")
    yield from _refusing(measured)
    yield from _unseen(measured)


def _refusing(measured: Measured) -> Iterator[Note]:
    """Components whose full queues turn visits away."""
    for name in measured.model.tasks_of:
        refused = measured.value(COMPONENT, name, "refused")
        if refused > NOTICED:
            message = f"{name} refuses {100.0 * refused:.3g} % of its visits: its backlog is full"
            yield Note(code="backlog-full", message=message, where=f"components.{name}.backlog")


def _unseen(measured: Measured) -> Iterator[Note]:
    """Components that nothing came to in the time that was played."""
    for name, tasks in measured.model.tasks_of.items():
        offered = float(measured.solved.rates[0, list(tasks)].sum())
        if offered > 0.0 and measured.value(COMPONENT, name, "rate") == 0.0:
            message = f"nothing came to {name} in the time that was played: its numbers are worked out, not measured"
            yield Note(code="unseen", message=message, where=f"components.{name}")


def _facts(theory: Prediction) -> Iterator[Note]:
    """The notes that are about the topology and not about how it is solved."""
    doubts = {"closed-approximate", "overload-unsettled", "backlog-full", *CAVEATS}
    return (note for note in theory.notes if note.code not in doubts)
