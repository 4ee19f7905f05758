"""A model solved at some workload rates: every metric of every subject as an array over the rates.

Reports read it at one rate, roots at many. A time that does not exist (something on the way is saturated) is inf here,
the limit that it grows to; the records of the room say None.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capplan.prediction.availability import outages
from capplan.prediction.model import Model
from capplan.prediction.replicas import residents
from capplan.queueing.arrays import Array, Mask
from capplan.queueing.erlang import erlang_c
from capplan.queueing.laws import Deterministic
from capplan.queueing.network import Task, Visit, made
from capplan.queueing.outcome import Outcome
from capplan.queueing.redundancy import completion_with_outages
from capplan.queueing.shared import crowding
from capplan.queueing.tails import Tail, mixture_quantiles
from capplan.queueing.throughput import Flow, flow, flow_of
from capplan.topology import Component

ROUNDING = 1e-13
"""A probability of failure below this is what rounding leaves."""
USUAL = (0.5, 0.999)
"""Between these levels every law is good; rarer ones are solved for when they are asked for."""


def _asked(levels: Sequence[float]) -> tuple[float, float]:
    return min(*levels, USUAL[0]), max(*levels, USUAL[1])


@dataclass(frozen=True)
class Solved:
    """A model at (L,) workload rates.

    Attributes:
        users: (L,) closed users who reach these rates; None where the rates are given.
    """

    model: Model
    outcome: Outcome
    users: Array | None = None

    @property
    def loads(self) -> Array:
        """(L,) workload rates."""
        return self.outcome.loads

    @cached_property
    def rates(self) -> Array:
        """(L, tasks) runs offered per second, repeats included."""
        return self.outcome.rates

    @cached_property
    def flow(self) -> Flow:
        """What gets through."""
        regime = self.outcome.regime
        if regime is None:
            return flow(self.model.traffic, self.loads)
        if np.any(self.outcome.overloaded):
            regime = self.model.open.flowing(self.outcome)
        return flow_of(regime)

    @cached_property
    def admitted(self) -> Array:
        """(L, tasks) probability that a run is not refused by a rate limit."""
        admitted = np.ones(self.rates.shape)
        for limit in self.model.limits:
            tasks = list(self.model.tasks_of.get(limit.component, ()))
            admitted[:, tasks] = (1.0 / np.maximum(self.arriving(limit.component) / limit.rate, 1.0))[:, None]
        return admitted

    @property
    def served(self) -> Array:
        """(L, tasks) runs per second that are served, refused neither by queues nor by limits."""
        if self.outcome.regime is not None:
            errors = self.outcome.regime.fates.losses.errors
            own = np.array([task.failure for task in self.model.network.tasks])
            return np.asarray(self.flow.through * (1.0 - errors) / np.maximum(1.0 - own, 1e-300))
        return np.asarray(self.flow.through * self.admitted)

    def arriving(self, component: str) -> Array:
        """(L,) visits that reach a component per second: those that no saturated queue before it holds back."""
        return np.asarray(self.flow.runs[:, list(self.model.tasks_of.get(component, ()))].sum(axis=1))

    @cached_property
    def success(self) -> Array:
        """(L, tasks) probability that a run and all that it waits for succeed, given that they get through."""
        states = outages(self.model, self.loads)
        if self.outcome.regime is None:
            own = self.admitted * (1.0 - np.array([task.failure for task in self.model.network.tasks]))
            return completion_with_outages(self.model.network, own, states)
        up = completion_with_outages(self.model.network, np.ones(self.rates.shape), states)
        clean = np.stack([fate.clean for fate in self.outcome.regime.fates.tasks], axis=1)
        return np.asarray(clean * up)

    @cached_property
    def stream_success(self) -> Array:
        """(L, streams) probability that a request succeeds, at the first attempt or a later one."""
        streams = self.model.network.streams
        once = self.success[:, [stream.task for stream in streams]]
        regime = self.outcome.regime
        if regime is None:
            return np.asarray(once)
        fates, tries = regime.fates.tasks, [regime.fates.attempts[stream] for stream in streams]
        first = np.stack([fates[stream.task].clean for stream in streams], axis=1)
        last = np.stack([one.fate.clean for one in tries], axis=1)
        return np.asarray(np.divide(once, first, out=np.ones(first.shape), where=first > 0.0) * last)

    @cached_property
    def stream_through(self) -> Array:
        """(L, streams) probability that a request gets an answer, an error among them."""
        streams = self.model.network.streams
        if self.outcome.regime is None:
            return np.asarray(self.flow.complete[:, [stream.task for stream in streams]])
        return np.asarray(self.flow.answered)

    def attempts(self, names: Sequence[str]) -> Array:
        """(L,) mean number of attempts of a request of these classes."""
        regime, streams = self.outcome.regime, self.model.network.streams
        if regime is None:
            return np.ones(len(self.loads))
        each = [(part, regime.fates.attempts[streams[k]].number) for k, part in self._weights(names)]
        return np.asarray(sum(part * number for part, number in each))

    # requests

    def request_rate(self, names: Sequence[str]) -> Array:
        """(L,) requests of these classes per second."""
        slopes = [self.model.network.streams[k].slope for name in names for k, _ in self.model.streams_of(name)]
        return np.asarray(self.loads * sum(slopes))

    def _weights(self, names: Sequence[str]) -> list[tuple[int, float]]:
        """The streams of these classes with their parts of them together."""
        streams = [k for name in names for k, _ in self.model.streams_of(name)]
        slopes = [self.model.network.streams[k].slope for k in streams]
        total = sum(slopes)
        return [(k, slope / total) for k, slope in zip(streams, slopes, strict=True)]

    def request_success(self, names: Sequence[str]) -> Array:
        """(L,) fraction of the requests of these classes that succeed."""
        return np.asarray(sum(part * self.stream_success[:, k] for k, part in self._weights(names)))

    def request_throughput(self, names: Sequence[str]) -> Array:
        """(L,) requests of these classes that get through, per second."""
        through = sum(part * self.stream_through[:, k] for k, part in self._weights(names))
        return np.asarray(self.request_rate(names) * through)

    def request_mean(self, names: Sequence[str], only: Mask | None = None) -> Array:
        """(L,) mean latency of these classes; at load points left out by `only` it is left open."""
        return np.asarray(sum(part * self.tail(k, only=only).mean for k, part in self._weights(names)))

    def request_quantiles(self, names: Sequence[str], levels: Sequence[float], only: Mask | None = None) -> Array:
        """(L, Q) latency percentiles of these classes together; at load points left out by `only` left open."""
        asked = _asked(levels)
        parts = [(np.full(len(self.loads), part), self.tail(k, asked, only)) for k, part in self._weights(names)]
        return mixture_quantiles(parts, levels)

    def tail(self, stream: int, levels: tuple[float, float] = USUAL, only: Mask | None = None) -> Tail:
        """The latency of a stream, good between two levels; solved once for the usual ones, again for rarer ones."""
        key = (stream, levels, b"" if only is None else only.tobytes())
        known = self._tails.get(key)
        if known is None:
            known = self._tails[key] = self.outcome.stream(stream, levels, only)
        return known

    @cached_property
    def _tails(self) -> dict[tuple[int, tuple[float, float], bytes], Tail]:
        return {}

    # components

    def component_parts(self, component: str) -> list[tuple[float, int]]:
        """The tasks of a component with their parts of its visits."""
        tasks = self.model.tasks_of.get(component, ())
        middle = self.rates[len(self.loads) // 2]
        total = float(sum(middle[task] for task in tasks))
        return [(float(middle[task]) / total, task) for task in tasks if middle[task] > 0.0] if total > 0.0 else []

    def component_rate(self, component: str) -> Array:
        """(L,) visits to a component per second, repeats included."""
        return np.asarray(self.rates[:, list(self.model.tasks_of.get(component, ()))].sum(axis=1))

    def _visits(self, task: int) -> tuple[Visit, ...]:
        """What a run does at its own component: the wait for a slot is a visit that takes no time."""
        own = self.model.network.tasks[task]
        if own.gate is None:
            return own.visits
        return (Visit(Deterministic(0.0), len(self.model.network.stations) + own.gate), *own.visits)

    def visit(self, component: str, levels: Sequence[float] = USUAL, only: Mask | None = None) -> Tail | None:
        """The time of one visit, its own waits and services; None where nothing visits it."""
        parts = [(part, self._visits(task)) for part, task in self.component_parts(component)]
        return self.outcome.visit(parts, _asked(levels), only) if parts else None

    def wait(self, component: str) -> Tail | None:
        """The time that one visit waits; None where nothing visits it or nothing of it queues."""
        parts = [
            (part, tuple(visit for visit in self._visits(task) if visit.station is not None))
            for part, task in self.component_parts(component)
        ]
        return self.outcome.visit(parts, near=False, served=False) if any(visits for _, visits in parts) else None

    @cached_property
    def task_times(self) -> tuple[Array, Array]:
        """((L, tasks) mean wait, (L, tasks) mean service) of one run's own visits."""
        waits, services = np.zeros(self.rates.shape), np.zeros(self.rates.shape)
        for index, task in enumerate(self.model.network.tasks):
            for visit in task.visits:
                longer = 1.0 if visit.station is None else self.outcome.stretch[:, visit.station]
                services[:, index] += visit.law.mean * longer
            for station in np.flatnonzero(self.outcome.waits_of[index]).tolist():
                waits[:, index] += self.outcome.waits_of[index, station] * self.outcome.mean_waits[:, station]
            waits[:, index] += self._slot_waits(task)
        return waits, services

    def _slot_waits(self, task: Task) -> Array:
        """(L,) mean wait of one run for its slot, and for those of the pools that it calls through."""
        gates, first = [(task.gate, 1.0)] if task.gate is not None else [], len(self.model.network.stations)
        gates += [(call.pool, number) for call, number in made(task.steps) if call.pool is not None and call.waits]
        waits = ((number, self.outcome.stays[first + gate].wait) for gate, number in gates)
        return sum((number * wait.mean for number, wait in waits if wait is not None), np.zeros(len(self.loads)))

    @cached_property
    def all_busy(self) -> Array:
        """(L, stations) probability that all servers of an average replica are busy, by Erlang C; as an arrival finds
        them where busy servers slow each other down."""
        groups = [station.group for station in self.model.network.stations]
        servers = np.array([float(round(group.servers)) for group in groups])
        found = erlang_c(servers, self.outcome.utilisation * servers)
        for index, group in enumerate(groups):
            wait = None if group.speedup is None else self.outcome.stays[index].wait
            if wait is not None:
                found[:, index] = wait.chance
        return found

    @cached_property
    def crowding(self) -> Array:
        """(L, stations) busy servers over the work that is offered: above 1 where they slow each other down."""
        found = np.ones(self.outcome.utilisation.shape)
        for index, station in enumerate(self.model.network.stations):
            if station.group.speedup is not None:
                found[:, index] = crowding(self.outcome.stays[index].wait)
        return found

    @cached_property
    def residents(self) -> Mapping[str, tuple[Component, ...]]:
        """By host: the components on its machines that declare what memory they use."""
        return residents(self.model.topology)

    def queue_length(self, component: str) -> Array:
        """(L,) visits that wait, by Little's law; inf where saturated."""
        waits, _ = self.task_times
        tasks = [task for _, task in self.component_parts(component)]
        return np.asarray(np.sum(self.rates[:, tasks] * waits[:, tasks], axis=1))

    def component_errors(self, component: str) -> Array:
        """(L,) fraction of the visits that fail by themselves or through the calls they wait for."""
        parts = self.component_parts(component)
        failed = sum((part * (1.0 - self.success[:, task]) for part, task in parts), np.zeros(len(self.loads)))
        return np.asarray(np.where(failed < ROUNDING, 0.0, failed))

    def utilisation(self, station: int) -> Array:
        """(L,) offered work over capacity, of the average replica; above 1 where saturated."""
        return np.asarray(self.outcome.utilisation[:, station])


def solve_model(model: Model, loads: Sequence[float] | Array, points: int | None = None) -> Solved:
    """A model at some workload rates."""
    return Solved(model, model.open.at(loads, points))
