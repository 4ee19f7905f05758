"""Metrics by name: the value of `subject.metric` in a prediction. None where a metric does not exist."""

from capplan.prediction.memory import memory_use
from capplan.prediction.records import ComponentPrediction, Latency, Prediction, RequestPrediction
from capplan.prediction.solved import Solved
from capplan.topology import Metric

COST = "cost"
TOTAL = "total"


def classes_of(names: tuple[str, ...], subject: str) -> tuple[str, ...]:
    """The request classes that a subject stands for."""
    return names if subject == TOTAL else (subject,)


def value(prediction: Prediction, solved: Solved, metric: Metric) -> float | None:
    """A metric at the predicted load; rarer percentiles than the prediction carries are solved for.

    Args:
        prediction: the topology in the user's words.
        solved: what it was made from.
        metric: a metric that the topology's rules accept.
    """
    if metric.subject == COST:
        return prediction.cost.hour if metric.name == "hour" else prediction.cost.month
    if metric.subject in prediction.components:
        return _of_component(prediction.components[metric.subject], solved, metric)
    request = prediction.total if metric.subject == TOTAL else prediction.requests[metric.subject]
    return _of_request(request, solved, metric)


def _of_request(request: RequestPrediction, solved: Solved, metric: Metric) -> float | None:
    if metric.name == "rate":
        return request.rate
    if metric.name in ("success_rate", "error_rate"):
        return request.success_rate if metric.name == "success_rate" else 1.0 - request.success_rate
    known = _known(request.latency, metric)
    if known is not None or request.latency is None or metric.percentile is None:
        return known
    names = classes_of(tuple(solved.model.topology.request_classes), metric.subject)
    return float(solved.request_quantiles(names, [metric.percentile])[0, 0])


def _of_component(component: ComponentPrediction, solved: Solved, metric: Metric) -> float | None:
    if metric.name == "memory":
        used = memory_use(solved, solved.model.topology.component(component.name))
        return None if used is None else float(used[0])
    if metric.name in component.utilisation:
        return component.utilisation[metric.name]
    if metric.name in ("success_rate", "error_rate"):
        return component.error_rate if metric.name == "error_rate" else 1.0 - component.error_rate
    if metric.name in ("rate", "queue_length"):
        return component.rate if metric.name == "rate" else component.queue_length
    known = _known(component.latency, metric)
    if known is not None or component.latency is None or metric.percentile is None:
        return known
    tail = solved.visit(component.name, [metric.percentile])
    return None if tail is None else float(tail.quantiles([metric.percentile])[0, 0])


def _known(latency: Latency | None, metric: Metric) -> float | None:
    """The mean or a percentile that the prediction carries."""
    if latency is None:
        return None
    if metric.name == "mean":
        return latency.mean
    return None if metric.percentile is None else latency.percentiles.get(metric.percentile)
