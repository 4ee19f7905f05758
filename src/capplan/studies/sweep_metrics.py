"""`subject.metric` at many loads of one solved model: NaN where it does not exist, inf where it has no bound."""

import numpy as np

from capplan.checks.metrics import COST, classes_of
from capplan.prediction.cost import component_cost
from capplan.prediction.memory import memory_use
from capplan.prediction.resources import in_use, storage_use, utilisation
from capplan.prediction.solved import Solved
from capplan.queueing.arrays import Array
from capplan.topology import Component, Metric
from capplan.topology.objectives import UTILISATIONS
from capplan.units import HOUR, MONTH


def metric_values(solved: Solved, metric: Metric) -> Array:
    """(L,) a metric at every load."""
    if metric.subject == COST:
        month = costs_a_month(solved)
        return month if metric.name == "month" else month * HOUR / MONTH
    if metric.subject in solved.model.topology.components:
        return _of_component(solved, metric)
    return _of_request(solved, metric)


def costs_a_month(solved: Solved) -> Array:
    """(L,) what all components cost a month."""
    model, found = solved.model, np.full(len(solved.loads), np.nan)
    for component in model.topology.components.values():
        rates = solved.component_rate(component.name).tolist()
        costs = [component_cost(model, component, rate) for rate in rates]
        own = np.array([np.nan if cost is None else cost for cost in costs]) * MONTH / HOUR
        found = np.where(np.isnan(own), found, np.nan_to_num(found) + own)
    return found


def uses(solved: Solved, component: Component) -> dict[str, Array]:
    """(L,) utilisation of each resource that a component has; inf of memory that visits without bound would need."""
    loads = solved.loads
    found: dict[str, Array] = {
        name: np.zeros(len(loads)) for name, used in utilisation(solved, component).items() if used is not None
    }
    found |= in_use(solved, component)
    memory = memory_use(solved, component)
    if memory is not None:
        found["memory"] = memory
    stored = storage_use(component, solved.model.topology.machine(component))
    return found if stored is None else found | {"storage": np.full(len(loads), stored)}


def _of_request(solved: Solved, metric: Metric) -> Array:
    names = classes_of(tuple(solved.model.topology.request_classes), metric.subject)
    if metric.name == "rate":
        return solved.request_rate(names)
    if metric.name in ("success_rate", "error_rate"):
        success = solved.request_success(names)
        return success if metric.name == "success_rate" else 1.0 - success
    if metric.percentile is None:
        return solved.request_mean(names)
    return np.asarray(solved.request_quantiles(names, [metric.percentile])[:, 0])


def _of_component(solved: Solved, metric: Metric) -> Array:
    name, component = metric.subject, solved.model.topology.component(metric.subject)
    nothing = np.full(len(solved.loads), np.nan)
    if metric.name in UTILISATIONS:
        return uses(solved, component).get(metric.name, nothing)
    if metric.name == "rate":
        return solved.component_rate(name)
    if metric.name in ("success_rate", "error_rate"):
        errors = solved.component_errors(name)
        return errors if metric.name == "error_rate" else 1.0 - errors
    if metric.name == "queue_length":
        return solved.queue_length(name)
    tail = solved.visit(name, [metric.percentile or 0.5])
    if tail is None:
        return nothing
    return tail.mean if metric.percentile is None else np.asarray(tail.quantiles([metric.percentile])[:, 0])
