"""What a window of a simulation says of a metric, by the name that objectives and alerts call it.

A metric is None where nothing was there to be measured: the latency of nobody, the utilisation of no replica.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from capplan.prediction.measures import Measure
from capplan.prediction.model import Model
from capplan.prediction.records import Cost
from capplan.prediction.replicas import residents, tasks_served
from capplan.prediction.resources import storage_use
from capplan.queueing.awaited import under_way
from capplan.simulation.runs import SERVED
from capplan.simulation.times import Times, joined, longer, quantile
from capplan.simulation.windows import TaskWindow, Window
from capplan.topology import Component, Metric

REPLICAS, READERS = "replicas", "readers"
"""The metrics of how many replicas, and read replicas, were ready."""
Value: TypeAlias = float | None


class Moment(NamedTuple):
    """A window, and how many replicas were ready in it, by the name of their site."""

    window: Window
    ready: Mapping[str, float]


@dataclass(frozen=True)
class Meter:
    """Reads metrics of a topology from windows.

    Attributes:
        model: the translated topology.
        measure: what it measures by.
        cost: what the machines cost that are written down.
    """

    model: Model
    measure: Measure
    cost: Cost

    def read(self, moment: Moment, metric: Metric) -> Value:
        """One metric."""
        return next(iter(self.values(moment, metric.subject, [metric.name])))

    def values(self, moment: Moment, subject: str, names: Sequence[str]) -> list[Value]:
        """Some metrics of a subject: a request, `total`, a component, or `cost`."""
        if subject in self.measure.streams:
            known, times = self._request(moment.window, subject)
        elif subject in self.measure.tasks:
            known, times = self._component(moment, subject)
        else:
            known, times = {"hour": self.cost.hour, "month": self.cost.month}, lambda: np.empty(0)
        later = times() if any(name not in known for name in names) else np.empty(0)
        return [known[name] if name in known else _of_times(later, name) for name in names]

    def resources(self, component: str) -> tuple[str, ...]:
        """The names of what can be used up of a component, and measured."""
        one = self.model.topology.component(component)
        pools = (f"pool_{callee}" for callee in self._pools(component))
        memory = ("memory",) if self._needs_memory(one) else ()
        return (*self.measure.resources[component], *pools, *memory)

    def failed(self, window: Window, subject: str) -> tuple[int, int]:
        """Requests that ended, and those among them that failed."""
        streams = [window.streams[index] for index in self.measure.streams[subject]]
        ended = sum(len(times) for stream in streams for times in stream.times)
        return ended, ended - sum(len(stream.times[SERVED]) for stream in streams)

    def slower(self, window: Window, subject: str, threshold: float) -> tuple[int, int]:
        """Requests that succeeded, and those among them that took longer."""
        times = joined(window.streams[index].times[SERVED] for index in self.measure.streams[subject])
        return len(times), longer(times, threshold)

    def _request(self, window: Window, subject: str) -> tuple[Mapping[str, Value], Callable[[], Times]]:
        streams = self.measure.streams[subject]
        numbers = self.measure.request(window, streams)
        success = numbers.get("success")
        known = {
            "rate": numbers["rate"],
            "throughput": numbers["throughput"],
            "success_rate": success,
            "error_rate": None if success is None else 1.0 - success,
        }
        return known, lambda: joined(window.streams[index].times[SERVED] for index in streams)

    def _component(self, moment: Moment, component: str) -> tuple[Mapping[str, Value], Callable[[], Times]]:
        window, one = moment.window, self.model.topology.component(component)
        numbers = self.measure.component(window, component)
        errors, ready = numbers.get("errors"), moment.ready.get(self._site(component))
        gone = ready == 0.0
        used: dict[str, Value] = {**self.measure.used(window, component), **self._in_pools(window, component)}
        if gone:
            used = dict.fromkeys(used)
        known = {
            **used,
            "memory": None if gone else self._memory(moment, one),
            "storage": storage_use(one, self.model.topology.machine(one)),
            "rate": numbers["rate"],
            "queue_length": numbers["queue"],
            "error_rate": errors,
            "success_rate": None if errors is None else 1.0 - errors,
            REPLICAS: ready,
            READERS: moment.ready.get(reader_site(component)),
        }
        absent = (name for name in _RESOURCES if name not in known)
        tasks = self.measure.tasks[component]
        return known | dict.fromkeys(absent), lambda: joined(window.tasks[task].own for task in tasks)

    def _site(self, component: str) -> str:
        """Whose replicas it runs on."""
        return self.model.topology.host(component).name

    def _pools(self, component: str) -> Mapping[str, list[int]]:
        """The gates of a component's connections, by the component that they lead to."""
        found: dict[str, list[int]] = {}
        for index, slots in enumerate(self.model.slots):
            if slots.component == component and slots.callee is not None:
                found.setdefault(slots.callee, []).append(index)
        return found

    def _in_pools(self, window: Window, component: str) -> Mapping[str, float]:
        pools = self._pools(component).items()
        return {f"pool_{callee}": max(window.gates[index].held for index in gates) for callee, gates in pools}

    def _needs_memory(self, component: Component) -> bool:
        machine = self.model.topology.machine(component)
        host = self.model.topology.host(component.name).name
        return machine is not None and bool(machine.memory) and host in residents(self.model.topology)

    def _memory(self, moment: Moment, component: Component) -> Value:
        """What the components on a machine use with the visits in progress on average, in parts of its memory."""
        machine = self.model.topology.machine(component)
        if machine is None or not machine.memory or not self._needs_memory(component):
            return None
        host = self.model.topology.host(component.name).name
        together = residents(self.model.topology)[host]
        used = sum(self._bytes(moment, one, moment.ready.get(host), readers=False) for one in together)
        readers = moment.ready.get(reader_site(component.name))
        if readers and component.memory is not None:
            used = max(used, self._bytes(moment, component, readers, readers=True))
        return used / float(machine.memory)

    def _bytes(self, moment: Moment, component: Component, ready: Value, *, readers: bool) -> float:
        """What a component uses on the average ready replica."""
        memory = component.memory
        if memory is None:
            return 0.0
        tasks = tasks_served(self.model, component, readers=readers)
        visits = self._in_progress(moment.window, tasks) if memory.per_visit else 0.0
        return float(memory.base) + float(memory.per_visit) * visits / (ready or component.replicas)

    def _in_progress(self, window: Window, tasks: Sequence[int]) -> float:
        """Runs of some tasks that wait, are served or wait for their calls, on average: Little's law, run by run."""
        runs = np.zeros((1, len(window.tasks)))
        runs[0, list(tasks)] = [len(window.tasks[task].own) / window.seconds for task in tasks]
        own = np.array([[_mean_stay(task) for task in window.tasks]])
        reached, ways = under_way(self.model.network, runs, own)
        return float((reached * own).sum() + ways[0])


_RESOURCES = ("cpu", "memory", "disk", "network", "concurrency", "storage", "ingest", "rate_limit")


def reader_site(component: str) -> str:
    """The name of the site of a database's read replicas."""
    return f"{component} readers"


def _mean_stay(task: TaskWindow) -> float:
    """Mean time of a run at its own component, with what its calls waited for connections."""
    return (float(task.own.sum()) + task.pooled) / len(task.own) if len(task.own) else 0.0


def _of_times(times: Times, name: str) -> Value:
    """The mean or a percentile of times: the least that at least this part of them does not exceed."""
    level = Metric.model_construct(subject="", name=name).percentile
    if not len(times):
        return None
    if level is None:
        return float(times.mean())
    return quantile(times, level)
