"""What is measured in a window of a simulation, by the user's names: requests, components, resources."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from capplan.prediction.model import Model
from capplan.queueing.arrays import Array
from capplan.simulation.replications import Figures
from capplan.simulation.runs import ERROR, SERVED
from capplan.simulation.windows import TaskWindow, Window
from capplan.topology import Component, Topology

TOTAL = "total"


class Name(NamedTuple):
    """The name of a figure: of the metric of a request, of a component, of its waits or of a task (by its number)."""

    scope: str
    subject: str
    metric: str

    @property
    def key(self) -> str:
        """The name as text."""
        return "\0".join(self)


REQUEST, COMPONENT, WAIT, USE, TASK, RUN = "request", "component", "wait", "use", "task", "run"
"""The scopes of names."""


def percentile_key(level: float) -> str:
    """The metric of a percentile."""
    return f"p{level!r}"


class Resource(NamedTuple):
    """What a utilisation is measured at: stations, gates, or the visits to a component and the rate that it allows."""

    stations: tuple[int, ...] = ()
    gates: tuple[int, ...] = ()
    limit: float | None = None


@dataclass(frozen=True)
class Measure:
    """Takes the figures of a topology from a window; it can be sent to another process.

    Attributes:
        streams: of each request class, and of the total.
        tasks: of each component.
        resources: of each component, by name.
        levels: the percentiles that are asked for.
    """

    streams: Mapping[str, tuple[int, ...]]
    tasks: Mapping[str, tuple[int, ...]]
    resources: Mapping[str, Mapping[str, Resource]]
    levels: tuple[float, ...]

    def __call__(self, window: Window) -> Figures:
        """Every figure by the key of its name."""
        found: dict[str, float] = {}
        for name, streams in self.streams.items():
            self._put(found, REQUEST, name, self._request(window, streams))
        for name, tasks in self.tasks.items():
            self._put(found, COMPONENT, name, self._component(window, [window.tasks[task] for task in tasks]))
            self._put(found, WAIT, name, self._times(_waits([window.tasks[task] for task in tasks])))
            self._put(found, USE, name, self._used(window, name))
        for index, task in enumerate(window.tasks):
            self._put(found, TASK, str(index), _own(task))
        self._put(found, RUN, TOTAL, self._run(window))
        return found

    def _put(self, found: dict[str, float], scope: str, subject: str, figures: Figures) -> None:
        for metric, value in figures.items():
            found[Name(scope, subject, metric).key] = value

    def _run(self, window: Window) -> Figures:
        requests = sum(len(times) for index in self.streams[TOTAL] for times in window.streams[index].times)
        counts = {"requests": requests, "warmup": window.warmup, "events": window.events}
        return {name: float(count) for name, count in counts.items()} | {"seconds": window.seconds}

    def _request(self, window: Window, streams: Iterable[int]) -> Figures:
        chosen = [window.streams[index] for index in streams]
        ended = sum(len(times) for stream in chosen for times in stream.times)
        answered = sum(len(stream.times[ending]) for stream in chosen for ending in (SERVED, ERROR))
        served = np.concatenate([stream.times[SERVED] for stream in chosen])
        found = {
            "rate": sum(stream.begun for stream in chosen) / window.seconds,
            "throughput": answered / window.seconds,
        }
        if ended:
            found["success"] = len(served) / ended
            found["attempts"] = 1.0 + sum(stream.repeats for stream in chosen) / ended
        return found | dict(self._times(served))

    def _component(self, window: Window, tasks: list[TaskWindow]) -> Figures:
        ended, good = sum(sum(task.endings) for task in tasks), sum(task.endings[SERVED] for task in tasks)
        waited = float(_waits(tasks).sum()) + sum(task.pooled for task in tasks)
        found = {
            "rate": ended / window.seconds,
            "throughput": sum(len(task.own) for task in tasks) / window.seconds,
            "queue": waited / window.seconds,
            "in service": sum(sum(task.work) for task in tasks) / window.seconds,
        }
        if ended:
            found["errors"] = 1.0 - good / ended
        return found | dict(self._times(_joined(task.own for task in tasks)))

    def _used(self, window: Window, component: str) -> Figures:
        found = {}
        for name, resource in self.resources[component].items():
            parts = [window.busy[index] for index in resource.stations]
            parts += [window.gates[index].held for index in resource.gates]
            if resource.limit is not None:
                runs = sum(len(window.tasks[task].own) for task in self.tasks[component])
                parts.append(min(runs / window.seconds / resource.limit, 1.0))
            found[name] = max(parts)
        return found

    def _times(self, times: Array) -> Figures:
        if not len(times):
            return {}
        values = np.quantile(times, self.levels, method="inverted_cdf").tolist()
        percentiles = {percentile_key(level): value for level, value in zip(self.levels, values, strict=True)}
        return {"mean": float(times.mean())} | percentiles


def measure_of(model: Model, levels: Iterable[float]) -> Measure:
    """The measure of a translated topology."""
    topology = model.topology
    classes = {name: tuple(index for index, _ in model.streams_of(name)) for name in topology.request_classes}
    total = tuple(index for streams in classes.values() for index in streams)
    return Measure(
        streams={TOTAL: total} | classes,
        tasks={name: model.tasks_of.get(name, ()) for name in topology.components},
        resources={name: _resources(model, topology, one) for name, one in topology.components.items()},
        levels=tuple(sorted(set(levels))),
    )


def _resources(model: Model, topology: Topology, component: Component) -> Mapping[str, Resource]:
    """The resources of a component that are stations, gates or limits; those of its host's machines as well."""
    found: dict[str, Resource] = {}
    host = topology.host(component.name).name
    for index, place in enumerate(model.places):
        own = place.component == component.name
        if own or (place.component == host and place.resource in ("cpu", "disk", "network")):
            name = "concurrency" if place.resource == "runners" else place.resource
            known = found.get(name, Resource())
            found[name] = known._replace(stations=(*known.stations, index))
    for index, slots in enumerate(model.slots):
        if slots.component == component.name:
            known = found.get("concurrency", Resource())
            found["concurrency"] = known._replace(gates=(*known.gates, index))
    for limit in model.limits:
        if limit.component == component.name:
            found["rate_limit"] = Resource(limit=limit.rate)
    return found


def _own(task: TaskWindow) -> Figures:
    """The mean wait and the mean service of one run."""
    if not len(task.own):
        return {}
    runs, served = len(task.own), float(task.served.sum())
    return {"wait": (float(task.own.sum()) - served + task.pooled) / runs, "service": served / runs}


def _waits(tasks: list[TaskWindow]) -> Array:
    """The wait of each run at its own component; rounding leaves no waits below zero."""
    own, served = _joined(task.own for task in tasks), _joined(task.served for task in tasks)
    return np.maximum(own - served, 0.0)


def _joined(parts: Iterable[Array]) -> Array:
    return np.concatenate([np.empty(0), *parts])
