"""Topology with `profile` -> Period: the percentiles over a day or a week, step by step, and the busiest step."""

from collections.abc import Iterator, Sequence

import numpy as np

from capplan.prediction.model import Model
from capplan.prediction.period_records import How, LoadStep, Period, Watched
from capplan.prediction.predict import TOTAL
from capplan.prediction.records import PERCENTILES, Latency, Note, RequestPrediction
from capplan.prediction.resources import capacity
from capplan.prediction.translate import translate
from capplan.prediction.usage import usages
from capplan.prediction.varied import Varied
from capplan.topology import Topology
from capplan.units import format_duration

ROUGH = 2.0
"""SCV of service times beyond which the forward equations were up to 20 % off."""


def varied(topology: Topology, rate: float) -> Varied:
    """A topology under its profile, which it must have, as fractions of a workload rate (per second)."""
    profile = topology.workload.profile
    step = topology.workload.profile_span / len(profile)
    loads = rate * np.asarray(profile, dtype=float)
    return Varied(translate(topology, float(loads.max())), loads, step)


def period(found: Varied) -> Period:
    """A solved period in the user's words."""
    model, loads = found.model, found.loads
    classes = list(model.topology.request_classes)
    limit = capacity(model, float(loads.max()))
    busiest = int(np.argmax(loads))
    return Period(
        span=found.step * len(loads),
        step=found.step,
        steps=_steps(found, limit.max_rate),
        total=_over(found, TOTAL, classes),
        requests={name: _over(found, name, [name]) for name in classes},
        busiest=busiest,
        component=limit.component,
        resource=limit.resource,
        busiest_latency=_latency_at(found, classes, busiest),
        watched=tuple(_watched(found)),
    )


def notes(found: Period) -> Iterator[Note]:
    """What is to be said of queues that do not follow the load at once."""
    for queue in found.watched:
        name = f"{queue.component} {queue.resource}"
        if queue.how is How.ENDLESS:
            message = f"{name} is offered more than it can do on average over the period: its queue grows without bound"
        elif queue.how is How.APART:
            message = f"{name} does not follow the load at once: each step is taken by itself, as requests are refused,"
            message += " given up or repeated, and what one step leaves to the next is not known"
        elif queue.over:
            message = f"{name} is over its capacity in {queue.over} of {len(found.steps)} steps: requests wait up to"
            message += f" {format_duration(queue.longest)} longer, and what is left is worked off afterwards"
        else:
            message = f"{name} follows the load slowly: its waits are those of the time-dependent equations"
        if queue.rough:
            message += "; its service times vary strongly, and on a single server p99 was up to 20 % too low there"
        yield Note(code=str(queue.how), message=message, where=f"components.{queue.component}")


def _steps(found: Varied, capacity: float | None) -> tuple[LoadStep, ...]:
    classes = list(found.model.topology.request_classes)
    means, p99 = found.step_means(classes), found.step_quantiles(classes, [0.99])[:, 0]
    left = np.max([way.course.backlog for way in found.ways.values()], axis=0)
    used = _bottleneck_use(found, capacity)
    return tuple(
        LoadStep(
            start=index * found.step,
            rate=float(load),
            utilisation=None if used is None else float(used[index]),
            mean=_finite(means[index]),
            p99=_finite(p99[index]),
            backlog=float(left[index]),
        )
        for index, load in enumerate(found.loads)
    )


def _bottleneck_use(found: Varied, capacity: float | None) -> "np.ndarray | None":
    """(N,) offered work over capacity of what is full first."""
    if capacity is None:
        return None
    full = min(usages(found.model), key=lambda usage: _infinite(usage.reaches(1.0)), default=None)
    if full is None or _infinite(full.reaches(1.0)) > capacity * (1.0 + 1e-6):  # slots or repeats fill up before
        return np.asarray(found.loads / capacity)
    return np.asarray(full.base + full.slope * found.loads)


def _over(found: Varied, name: str, classes: Sequence[str]) -> RequestPrediction:
    """Some classes over the whole period."""
    mean, share = found.mean(classes), _share(found.model, classes)
    values = [_finite(value) for value in found.quantiles(classes, PERCENTILES).tolist()]
    latency = None
    if np.isfinite(mean) or any(value is not None for value in values):
        latency = Latency(mean=mean, percentiles=dict(zip(PERCENTILES, map(_infinite, values), strict=True)))
    rate = share * float(found.loads.mean())
    return RequestPrediction(
        name=name,
        rate=rate,
        throughput=rate * float(found.weights @ found.step_throughput(classes)),
        success_rate=float(found.weights @ found.step_success(classes)),
        latency=latency,
    )


def _latency_at(found: Varied, classes: Sequence[str], step: int) -> Latency | None:
    mean = float(found.step_means(classes)[step])
    if not np.isfinite(mean):
        return None
    values = found.step_quantiles(classes, PERCENTILES)[step].tolist()
    return Latency(mean=mean, percentiles=dict(zip(PERCENTILES, values, strict=True)))


def _watched(found: Varied) -> Iterator[Watched]:
    """The queues that do not follow at once, each once."""
    for course in {id(way.course): way.course for way in found.ways.values()}.values():
        if course.how is How.STATIONARY or course.station is None:
            continue
        place = found.model.places[course.station]
        before = np.roll(course.backlog, 1)
        crest = float(np.max(np.maximum(before, course.backlog))) / course.capacity
        yield Watched(
            component=place.component,
            resource=place.resource,
            how=course.how,
            over=int(np.sum(found.loads > course.capacity)),
            longest=crest if course.how is not How.ENDLESS else np.inf,
            rough=course.how is How.FORWARD and course.scv > ROUGH,
        )


def _share(model: Model, classes: Sequence[str]) -> float:
    """The part of the workload that some classes are."""
    return sum(model.network.streams[stream].slope for name in classes for stream, _ in model.streams_of(name))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _infinite(value: float | None) -> float:
    return np.inf if value is None else value
