"""Every point solved by itself, as `analyze` does: slower, and right for everything that `analyze` knows."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from capplan.checks.metrics import TOTAL, value
from capplan.checks.values import measured
from capplan.prediction.predict import prediction, solve_topology
from capplan.prediction.records import PERCENTILES, ComponentPrediction, Latency, Prediction, RequestPrediction
from capplan.queueing.arrays import Array, Mask
from capplan.topology import Metric, Topology
from capplan.topology.objectives import UTILISATIONS
from capplan.uncertainty.records import Place, Series, percentile_key


def solved_singly(
    topologies: Sequence[Topology], rate: float | None, metrics: Sequence[Metric]
) -> tuple[Series, list[Array | None], Mask]:
    """(figures by place, each metric's values, whether each point is stable) of some topologies."""
    rows: list[Mapping[Place, float]] = []
    values: list[list[float | None]] = []
    stable: list[bool] = []
    for topology in topologies:
        solved = solve_topology(topology, rate)
        predicted = prediction(solved)
        rows.append(dict(_figures(predicted)))
        values.append([_bounded(metric, value(predicted, solved, metric)) for metric in metrics])
        stable.append(predicted.stable)
    places = [place for place in rows[0] if all(place in row for row in rows)]
    series = {place: np.array([row[place] for row in rows]) for place in places}
    return series, _columns(values), np.array(stable)


def measured_singly(
    topologies: Sequence[Topology], rate: float | None, metrics: Sequence[Metric]
) -> tuple[list[Array | None], Mask]:
    """(each metric's values, whether each point is stable): without the rest of a prediction, which costs most."""
    values: list[list[float | None]] = []
    stable: list[bool] = []
    for topology in topologies:
        solved = solve_topology(topology, rate)
        values.append([_bounded(metric, measured(solved, metric)) for metric in metrics])
        stable.append(not bool(np.any(solved.outcome.saturated[0])))
    return _columns(values), np.array(stable)


def _columns(values: Sequence[Sequence[float | None]]) -> list[Array | None]:
    """A row a point -> a column a metric; None where a metric does not exist."""
    return [None if None in column else np.array(column, dtype=float) for column in zip(*values, strict=True)]


def _bounded(metric: Metric, found: float | None) -> float | None:
    """A time or a queue that does not exist has grown without bound; a use that does not exist is none."""
    return np.inf if found is None and metric.name not in (*UTILISATIONS, "hour", "month") else found


def _figures(predicted: Prediction) -> Iterator[tuple[Place, float]]:
    yield ("rate",), predicted.rate
    yield ("throughput",), predicted.throughput
    if predicted.capacity.max_rate is not None:
        yield ("capacity", "max_rate"), predicted.capacity.max_rate
        yield ("capacity", "headroom"), predicted.capacity.headroom or 0.0
    yield from _request((TOTAL,), predicted.total)
    for name, request in predicted.requests.items():
        yield from _request(("requests", name), request)
    for name, component in predicted.components.items():
        yield from _component(("components", name), component)
    if predicted.cost.hour is not None and predicted.cost.month is not None:
        yield ("cost", "hour"), predicted.cost.hour
        yield ("cost", "month"), predicted.cost.month


def _request(place: Place, request: RequestPrediction) -> Iterator[tuple[Place, float]]:
    yield (*place, "rate"), request.rate
    yield (*place, "throughput"), request.throughput
    yield (*place, "success_rate"), request.success_rate
    yield from _latency(place, request.latency)


def _component(place: Place, component: ComponentPrediction) -> Iterator[tuple[Place, float]]:
    yield (*place, "rate"), component.rate
    yield (*place, "queue_length"), np.inf if component.queue_length is None else component.queue_length
    yield (*place, "error_rate"), component.error_rate
    for resource, used in component.utilisation.items():
        if used is not None:
            yield (*place, "utilisation", resource), used
    if component.cost is not None:
        yield (*place, "cost", "hour"), component.cost
    if component.rate > 0.0:
        yield from _latency(place, component.latency)


def _latency(place: Place, latency: Latency | None) -> Iterator[tuple[Place, float]]:
    yield (*place, "latency", "mean"), np.inf if latency is None else latency.mean
    for level in PERCENTILES:
        yield (*place, "latency", percentile_key(level)), np.inf if latency is None else latency.percentiles[level]
