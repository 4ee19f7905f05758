"""Topology -> Prediction: translate, solve at one workload rate, and put back into the user's words."""

from collections.abc import Mapping, Sequence

import numpy as np

from capplan.prediction.availability import redundancies
from capplan.prediction.breakdown import breakdown
from capplan.prediction.cost import component_cost, ingested, total_cost
from capplan.prediction.notes import notes
from capplan.prediction.records import (
    PERCENTILES,
    ComponentPrediction,
    Latency,
    Prediction,
    RequestPrediction,
    Share,
)
from capplan.prediction.resources import capacity, overloads, slots_held, utilisation
from capplan.prediction.solved import Solved, solve_model
from capplan.prediction.translate import translate
from capplan.prediction.workings import workings
from capplan.prediction.workload import nominal_rate, population, solve_users
from capplan.queueing.tails import Tail
from capplan.topology import Component, Database, Logging, Pipeline, Topology

TOTAL = "total"
DETAILED = 250
"""Up to this many components the percentiles of each one's wait are worked out."""


def solve_topology(topology: Topology, rate: float | None = None) -> Solved:
    """A topology solved at one workload rate (per second), as an open workload; its own workload where left out."""
    closed = population(topology)
    model = translate(topology, rate if rate is not None else nominal_rate(topology))
    if rate is not None or closed is None:
        return solve_model(model, [rate if rate is not None else nominal_rate(topology)])
    return solve_users(model, [closed.users])


def predict(topology: Topology, rate: float | None = None) -> Prediction:
    """Everything about a topology at one workload rate.

    Args:
        topology: a checked topology.
        rate: the workload rate (per second); the topology's own where left out.
    """
    return prediction(solve_topology(topology, rate))


def prediction(solved: Solved) -> Prediction:
    """A solved topology in the user's words, at its first load."""
    topology, rate = solved.model.topology, float(solved.loads[0])
    classes = list(topology.request_classes)
    components = {name: _component(solved, component) for name, component in topology.components.items()}
    total = _request(solved, TOTAL, classes)
    cost = total_cost(topology.currency, {name: component.cost for name, component in components.items()})
    return Prediction(
        topology=topology.name or "",
        file=topology.file,
        rate=rate,
        throughput=total.throughput,
        stable=not bool(solved.outcome.overloaded[0]),
        capacity=capacity(solved.model, rate),
        total=total,
        requests={name: _request(solved, name, [name], shares=True) for name in classes},
        components=components,
        overloads=overloads(solved),
        cost=cost,
        notes=notes(solved, cost),
        users=None if solved.users is None else float(solved.users[0]),
        metastable=solved.model.metastable,
    )


def _request(solved: Solved, name: str, classes: Sequence[str], *, shares: bool = False) -> RequestPrediction:
    mean = float(solved.request_mean(classes)[0])
    latency = None
    if np.isfinite(mean):
        values = solved.request_quantiles(classes, PERCENTILES)[0].tolist()
        latency = Latency(mean=mean, percentiles=dict(zip(PERCENTILES, values, strict=True)))
    return RequestPrediction(
        name=name,
        rate=float(solved.request_rate(classes)[0]),
        throughput=float(solved.request_throughput(classes)[0]),
        success_rate=float(solved.request_success(classes)[0]),
        latency=latency,
        breakdown=_breakdown(solved, name) if shares and latency is not None else (),
        attempts=float(solved.attempts(classes)[0]),
    )


def _breakdown(solved: Solved, request: str) -> tuple[Share, ...]:
    waits, services = solved.task_times
    return breakdown(solved.model, waits[0], services[0], request)


def _component(solved: Solved, component: Component) -> ComponentPrediction:
    model, name = solved.model, component.name
    parts = solved.component_parts(name)
    rate = float(solved.component_rate(name)[0])
    tasks = list(model.tasks_of.get(name, ()))
    _, services = solved.task_times
    waiting = float(solved.queue_length(name)[0]) if parts else 0.0
    through = solved.served[0, tasks]
    machine = model.topology.machine(component)
    return ComponentPrediction(
        name=name,
        kind=component.kind,
        replicas=model.topology.replicas(name),
        machine=None if machine is None else machine.name,
        rate=rate,
        throughput=float(through.sum()),
        utilisation=utilisation(solved, component),
        queue_length=waiting if np.isfinite(waiting) else None,
        in_service=float((solved.flow.through[0, tasks] * services[0, tasks]).sum()),
        wait=_wait(solved, component),
        latency=_latency(solved.visit(name)),
        error_rate=float(solved.component_errors(name)[0]),
        cost=component_cost(model, component, rate),
        details=_details(solved, component, rate),
        workings=workings(solved, name),
    )


def _wait(solved: Solved, component: Component) -> Latency | None:
    """The wait of one visit; in a large mesh only its mean, but for builds that wait for a runner."""
    if len(solved.model.topology.components) <= DETAILED or isinstance(component, Pipeline):
        return _latency(solved.wait(component.name))
    rate = float(solved.component_rate(component.name)[0])
    waiting = float(solved.queue_length(component.name)[0])
    return Latency(mean=waiting / rate, percentiles={}) if rate > 0.0 and np.isfinite(waiting) else None


def _latency(tail: Tail | None) -> Latency | None:
    if tail is None or not np.isfinite(tail.mean[0]):
        return None
    values = tail.quantiles(PERCENTILES)[0].tolist()
    return Latency(mean=float(tail.mean[0]), percentiles=dict(zip(PERCENTILES, values, strict=True)))


def _details(solved: Solved, component: Component, rate: float) -> Mapping[str, float]:
    """Figures of one kind only."""
    model, found = solved.model, dict[str, float]()
    if isinstance(component, Logging):
        taken = ingested(model, component.name, rate)
        found["ingest_rate"] = taken
        if component.retention is not None:
            found["stored"] = taken * float(component.retention)
    if isinstance(component, Pipeline):
        found["runners"] = float(component.runners)
    if isinstance(component, Database) and component.readers:
        found |= _readers(solved, component)
    for index in model.stations_of.get(model.topology.host(component.name).name, ()):
        if model.places[index].resource == "cpu" and model.network.stations[index].group.hottest > 1.0:
            found["hottest_replica_cpu"] = min(float(solved.outcome.hottest[0, index]), 1.0)
    for one in redundancies(model, solved.loads, component):
        prefix = "readers_" if one.readers else ""
        found |= {f"{prefix}availability": float(one.up[0]), f"{prefix}needed": float(one.needed[0])}
    return found | _pools(solved, component)


def _readers(solved: Solved, database: Database) -> dict[str, float]:
    """How many read replicas there are, and how busy they are."""
    found = {"readers": float(database.readers)}
    for index in solved.model.stations_of.get(database.name, ()):
        place = solved.model.places[index]
        if place.readers:
            found[f"readers_{place.resource}"] = float(solved.flow.busy[0, index])
    return found


def _pools(solved: Solved, component: Component) -> dict[str, float]:
    """The part of each of its pools of connections that is in use."""
    return {
        f"pool_{slots.callee}": float(slots_held(solved, index)[0])
        for index, slots in enumerate(solved.model.slots)
        if slots.component == component.name and slots.callee is not None
    }
