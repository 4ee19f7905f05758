"""The value of `subject.metric` straight from a solved model, without the rest of a prediction: for many looks at few
metrics. None where a metric does not exist or has grown without bound."""

import numpy as np

from capplan.checks.metrics import COST, classes_of
from capplan.prediction.cost import component_cost
from capplan.prediction.resources import utilisation
from capplan.prediction.solved import Solved
from capplan.topology import Metric
from capplan.topology.objectives import UTILISATIONS
from capplan.units import HOUR, MONTH


def measured(solved: Solved, metric: Metric) -> float | None:
    """A metric at the first load of a solved model."""
    if metric.subject == COST:
        return _cost(solved, metric.name)
    if metric.subject in solved.model.topology.components:
        return _of_component(solved, metric)
    return _of_request(solved, metric)


def cost_per_hour(solved: Solved) -> float | None:
    """What all components cost at the first load; None where no price is known."""
    costs = [
        component_cost(solved.model, component, float(solved.component_rate(name)[0]))
        for name, component in solved.model.topology.components.items()
    ]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known else None


def _cost(solved: Solved, name: str) -> float | None:
    hour = cost_per_hour(solved)
    return hour if name == "hour" or hour is None else hour * MONTH / HOUR


def _of_request(solved: Solved, metric: Metric) -> float | None:
    names = classes_of(tuple(solved.model.topology.request_classes), metric.subject)
    if metric.name == "rate":
        return float(solved.request_rate(names)[0])
    if metric.name in ("success_rate", "error_rate"):
        success = float(solved.request_success(names)[0])
        return success if metric.name == "success_rate" else 1.0 - success
    if metric.percentile is None:
        return _finite(float(solved.request_mean(names)[0]))
    return _finite(float(solved.request_quantiles(names, [metric.percentile])[0, 0]))


def _of_component(solved: Solved, metric: Metric) -> float | None:
    name, component = metric.subject, solved.model.topology.component(metric.subject)
    if metric.name in UTILISATIONS:
        return utilisation(solved, component).get(metric.name)
    if metric.name == "rate":
        return float(solved.component_rate(name)[0])
    if metric.name in ("success_rate", "error_rate"):
        errors = float(solved.component_errors(name)[0])
        return errors if metric.name == "error_rate" else 1.0 - errors
    if metric.name == "queue_length":
        return _finite(float(solved.queue_length(name)[0]))
    tail = solved.visit(name, [metric.percentile or 0.5])
    if tail is None:
        return None
    return _finite(float(tail.mean[0] if metric.percentile is None else tail.quantiles([metric.percentile])[0, 0]))


def _finite(number: float) -> float | None:
    return number if np.isfinite(number) else None
