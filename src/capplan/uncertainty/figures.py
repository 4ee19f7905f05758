"""The figures of an analysis, by the place where each stands in it, over the members of an ensemble."""

from collections.abc import Iterator, Sequence

import numpy as np

from capplan.checks.metrics import TOTAL
from capplan.prediction.records import PERCENTILES
from capplan.prediction.usage import usages
from capplan.queueing.arrays import Array
from capplan.uncertainty.members import Members
from capplan.uncertainty.records import Place, percentile_key
from capplan.units import HOUR, MONTH


def series(members: Members) -> Iterator[tuple[Place, Array]]:
    """Every figure of an analysis by its place."""
    classes = list(members.model.topology.request_classes)
    yield ("rate",), members.loads
    yield ("throughput",), members.request_throughput(classes)
    if usages(members.model):
        yield ("capacity", "max_rate"), members.max_rate
        yield ("capacity", "headroom"), 1.0 - members.loads / np.maximum(members.max_rate, 1e-300)
    for place, names in [((TOTAL,), classes), *((("requests", name), [name]) for name in classes)]:
        yield from _request(members, place, names)
    for name in members.model.topology.components:
        yield from _component(members, name)
    if members.total_cost is not None:
        yield ("cost", "hour"), members.total_cost
        yield ("cost", "month"), members.total_cost * MONTH / HOUR


def _request(members: Members, place: Place, names: Sequence[str]) -> Iterator[tuple[Place, Array]]:
    yield (*place, "rate"), members.request_rate(names)
    yield (*place, "throughput"), members.request_throughput(names)
    yield (*place, "success_rate"), members.request_success(names)
    yield (*place, "latency", "mean"), members.request_mean(names)
    found = members.request_quantiles(names, PERCENTILES)
    for column, level in enumerate(PERCENTILES):
        yield (*place, "latency", percentile_key(level)), found[:, column]


def _component(members: Members, name: str) -> Iterator[tuple[Place, Array]]:
    place = ("components", name)
    yield (*place, "rate"), members.component_rate(name)
    yield (*place, "queue_length"), members.queue_length(name)
    yield (*place, "error_rate"), members.component_errors(name)
    for resource, used in members.utilisation(members.model.topology.component(name)).items():
        yield (*place, "utilisation", resource), used
    if (cost := members.cost(name)) is not None:
        yield (*place, "cost", "hour"), cost
    mean, levels = members.visit_mean(name), members.visit_quantiles(name, PERCENTILES)
    if mean is not None and levels is not None:
        yield (*place, "latency", "mean"), mean
        for column, level in enumerate(PERCENTILES):
            yield (*place, "latency", percentile_key(level)), levels[:, column]
