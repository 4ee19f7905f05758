"""The value of `subject.metric` at every load of a solved model, as an array: for curves over time.

inf where a metric has no bound, None where it does not exist or does not depend on the load (costs and data apart).
"""

import numpy as np

from capplan.checks.metrics import COST, classes_of
from capplan.prediction.memory import memory_use
from capplan.prediction.resources import in_use
from capplan.prediction.solved import Solved
from capplan.queueing.arrays import Array
from capplan.topology import Metric


def curve(solved: Solved, metric: Metric) -> Array | None:
    """(L,) a metric of a request or a component."""
    if metric.subject == COST or metric.name == "storage":
        return None
    if metric.subject in solved.model.topology.components:
        return component_curve(solved, metric)
    names = classes_of(tuple(solved.model.topology.request_classes), metric.subject)
    if metric.name == "rate":
        return solved.request_rate(names)
    if metric.name in ("success_rate", "error_rate"):
        success = solved.request_success(names)
        return success if metric.name == "success_rate" else np.asarray(1.0 - success)
    if metric.percentile is None:
        return solved.request_mean(names)
    return np.asarray(solved.request_quantiles(names, [metric.percentile])[:, 0])


def component_curve(solved: Solved, metric: Metric) -> Array | None:
    """(L,) a metric of a component."""
    component = solved.model.topology.component(metric.subject)
    if metric.name == "rate":
        return solved.component_rate(component.name)
    if metric.name in ("success_rate", "error_rate"):
        errors = solved.component_errors(component.name)
        return errors if metric.name == "error_rate" else np.asarray(1.0 - errors)
    if metric.name == "queue_length":
        return solved.queue_length(component.name)
    if metric.name == "memory":
        return memory_use(solved, component)
    if metric.percentile is None and metric.name != "mean":
        return in_use(solved, component).get(metric.name)
    tail = solved.visit(component.name, [metric.percentile or 0.5])
    if tail is None:
        return None
    return tail.mean if metric.percentile is None else np.asarray(tail.quantiles([metric.percentile])[:, 0])
