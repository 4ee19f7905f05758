"""What is measured in a window of a simulation, by the user's names: requests, components, resources."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from capplan.prediction.model import Model
from capplan.simulation.replications import Figures
from capplan.simulation.runs import ERROR, SERVED
from capplan.simulation.times import Times, joined, sketched
from capplan.simulation.windows import TaskWindow, Window
from capplan.topology import Component, Topology

TOTAL = "total"
TIME = "time"
"""The metric of samples, and of their means."""
Numbers: TypeAlias = Mapping[str, float]


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
    """

    streams: Mapping[str, tuple[int, ...]]
    tasks: Mapping[str, tuple[int, ...]]
    resources: Mapping[str, Mapping[str, Resource]]

    def __call__(self, window: Window) -> Figures:
        """Every figure by the key of its name."""
        numbers = {name.key: value for name, value in self._numbers(window)}
        samples = {name.key: times for name, times in self._times(window) if len(times)}
        means = {name: float(times.mean()) for name, times in samples.items()}
        return Figures(numbers | means, {name: sketched(times) for name, times in samples.items()})

    def _numbers(self, window: Window) -> Iterator[tuple[Name, float]]:
        for subject, streams in self.streams.items():
            yield from _named(REQUEST, subject, self.request(window, streams))
        for subject in self.tasks:
            yield from _named(COMPONENT, subject, self.component(window, subject))
            yield from _named(USE, subject, self.used(window, subject))
        for index, task in enumerate(window.tasks):
            yield from _named(TASK, str(index), _own(task))
        yield from _named(RUN, TOTAL, self._run(window))

    def _times(self, window: Window) -> Iterator[tuple[Name, Times]]:
        """The samples: latencies of the requests that succeeded; stays and waits of visits."""
        for subject, streams in self.streams.items():
            yield Name(REQUEST, subject, TIME), joined(window.streams[index].times[SERVED] for index in streams)
        for subject, tasks in self.tasks.items():
            runs = [window.tasks[task] for task in tasks]
            yield Name(COMPONENT, subject, TIME), joined(task.own for task in runs)
            yield Name(WAIT, subject, TIME), joined(task.waits for task in runs)

    def _run(self, window: Window) -> Numbers:
        requests = sum(len(times) for index in self.streams[TOTAL] for times in window.streams[index].times)
        counts = {"requests": requests, "warmup": window.warmup, "events": window.events}
        return {name: float(count) for name, count in counts.items()} | {"seconds": window.seconds}

    def request(self, window: Window, streams: Iterable[int]) -> Numbers:
        """What the requests of some streams saw; without those figures that nothing was there for."""
        chosen = [window.streams[index] for index in streams]
        ended = sum(len(times) for stream in chosen for times in stream.times)
        answered = sum(len(stream.times[ending]) for stream in chosen for ending in (SERVED, ERROR))
        served = sum(len(stream.times[SERVED]) for stream in chosen)
        found = {
            "rate": sum(stream.begun for stream in chosen) / window.seconds,
            "throughput": answered / window.seconds,
        }
        if ended:
            found["success"] = served / ended
            found["attempts"] = 1.0 + sum(stream.repeats for stream in chosen) / ended
        return found

    def component(self, window: Window, component: str) -> Numbers:
        """What the visits to a component saw; without those figures that nothing was there for."""
        tasks = [window.tasks[task] for task in self.tasks[component]]
        ended, good = sum(sum(task.endings) for task in tasks), sum(task.endings[SERVED] for task in tasks)
        waited = float(joined(task.waits for task in tasks).sum()) + sum(task.pooled for task in tasks)
        found = {
            "rate": ended / window.seconds,
            "throughput": sum(len(task.own) for task in tasks) / window.seconds,
            "queue": waited / window.seconds,
            "in service": sum(sum(task.work) for task in tasks) / window.seconds,
        }
        if ended:
            found["errors"] = 1.0 - good / ended
            found["refused"] = (sum(task.refused for task in tasks) + self._full(window, component)) / ended
        return found

    def _full(self, window: Window, component: str) -> int:
        """Runs that found no room to wait for a slot."""
        resource = self.resources[component].get("concurrency", Resource())
        return sum(window.gates[index].refused for index in resource.gates)

    def used(self, window: Window, component: str) -> Numbers:
        """The part of each resource of a component that was in use."""
        found = {}
        for name, resource in self.resources[component].items():
            parts = [window.busy[index] for index in resource.stations]
            parts += [window.gates[index].held for index in resource.gates]
            if resource.limit is not None:
                runs = sum(len(window.tasks[task].own) for task in self.tasks[component])
                parts.append(min(runs / window.seconds / resource.limit, 1.0))
            found[name] = max(parts)
        return found


def measure_of(model: Model) -> Measure:
    """The measure of a translated topology."""
    topology = model.topology
    classes = {name: tuple(index for index, _ in model.streams_of(name)) for name in topology.request_classes}
    total = tuple(index for streams in classes.values() for index in streams)
    return Measure(
        streams={TOTAL: total} | classes,
        tasks={name: model.tasks_of.get(name, ()) for name in topology.components},
        resources={name: _resources(model, topology, one) for name, one in topology.components.items()},
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


def _named(scope: str, subject: str, numbers: Numbers) -> Iterator[tuple[Name, float]]:
    return ((Name(scope, subject, metric), value) for metric, value in numbers.items())


def _own(task: TaskWindow) -> Numbers:
    """The mean wait and the mean service of one run."""
    if not len(task.own):
        return {}
    runs = len(task.own)
    return {"wait": (float(task.own.sum()) - task.served + task.pooled) / runs, "service": task.served / runs}
