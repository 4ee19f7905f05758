"""An ensemble: networks of one shape whose numbers differ, as arrays whose axis 0 is the member.

What does not differ (stations, the families of laws, who calls whom) is that of one network, the *pattern*.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.laws import Law
from capplan.queueing.network import ENDLESS, Call, Choice, Fork, Network, Step
from capplan.queueing.waits import Rows

Take: TypeAlias = Callable[[float], Array]
"""Gives the (M,) values of the next number, whose value in the pattern it is told."""


class Times(NamedTuple):
    """A random time in every member: a law's shape, and the (M,) means."""

    law: Law
    mean: Array

    @property
    def variance(self) -> Array:
        """(M,) its variance."""
        return np.asarray(self.mean**2 * self.law.scv)


class Visits(NamedTuple):
    """One service at a station, or a delay without a queue where `station` is None."""

    time: Times
    station: int | None


@dataclass(frozen=True)
class Calls:
    """Calls of another task: the (M,) mean numbers, whether the caller waits, and what each adds on the way."""

    task: int
    count: Array
    waits: bool
    delays: tuple[Times, ...]


class Choices(NamedTuple):
    """One of several ways on with (M,) probabilities, or none of them."""

    options: "tuple[tuple[Array, tuple[Steps, ...]], ...]"


class Forks(NamedTuple):
    """Branches started together; the caller waits for the slowest."""

    branches: "tuple[tuple[Steps, ...], ...]"


Steps: TypeAlias = Calls | Choices | Forks


class Tasks(NamedTuple):
    """What one endpoint does, and the (M,) probability that it fails by itself."""

    visits: tuple[Visits, ...]
    steps: tuple[Steps, ...]
    failure: Array


class Streams(NamedTuple):
    """Requests of one class: the task they start, (M,) arrivals per unit of load and besides, delays on the way."""

    task: int
    slope: Array
    base: Array
    delays: tuple[Times, ...]


@dataclass(frozen=True)
class Ensemble:
    """Networks of one shape.

    Attributes:
        pattern: the network that the shapes are taken from.
        tasks, streams: with a value for each member.
        loads: (M,) the load of each.
    """

    pattern: Network
    tasks: tuple[Tasks, ...]
    streams: tuple[Streams, ...]
    loads: Array

    def members(self, rows: Rows) -> "Ensemble":
        """Some of its members."""
        columns = iter(self._numbers)
        return ensemble(self.pattern, lambda _: next(columns)[rows], self.loads[rows])

    @cached_property
    def _numbers(self) -> list[Array]:
        """The numbers of its members, in the order in which they were handed over."""
        found: list[Array] = []

        def steps(of: tuple[Steps, ...]) -> None:
            for one in of:
                if isinstance(one, Calls):
                    found.append(one.count)
                    found.extend(time.mean for time in one.delays)
                elif isinstance(one, Forks):
                    for branch in one.branches:
                        steps(branch)
                else:
                    for part, option in one.options:
                        found.append(part)
                        steps(option)

        for task in self.tasks:
            found.extend(visit.time.mean for visit in task.visits)
            steps(task.steps)
            found.append(task.failure)
        for stream in self.streams:
            found.extend((stream.slope, stream.base, *(time.mean for time in stream.delays)))
        return found

    @cached_property
    def entering(self) -> Array:
        """(M, streams) arrivals per second."""
        return np.stack([self.loads * stream.slope + stream.base for stream in self.streams], axis=1)

    def reached(self, stream: int) -> Array:
        """(M, tasks) runs of each task that a request of the stream waits for, its own among them."""
        runs = np.zeros((len(self.loads), len(self.tasks)))
        runs[:, self.streams[stream].task] = 1.0
        return self._spread(runs, awaited=True)

    @cached_property
    def runs(self) -> Array:
        """(M, tasks) runs per second."""
        runs = np.zeros((len(self.loads), len(self.tasks)))
        for index, stream in enumerate(self.streams):
            runs[:, stream.task] += self.entering[:, index]
        return self._spread(runs, awaited=False)

    def _spread(self, runs: Array, *, awaited: bool) -> Array:
        """Runs with all that they lead to, callers before callees."""
        for index in range(len(self.tasks) - 1, -1, -1):
            _reach(self.tasks[index].steps, runs[:, index].copy(), runs, awaited=awaited)
        return runs

    @cached_property
    def visits(self) -> Array:
        """(tasks, stations) visits of one run."""
        counts = np.zeros((len(self.tasks), len(self.pattern.stations)))
        for index, task in enumerate(self.tasks):
            for visit in task.visits:
                if visit.station is not None:
                    counts[index, visit.station] += 1.0
        return counts

    @cached_property
    def work(self) -> Array:
        """(M, stations) servers kept busy."""
        found = np.zeros((len(self.loads), len(self.pattern.stations)))
        for index, task in enumerate(self.tasks):
            for visit in task.visits:
                if visit.station is not None:
                    found[:, visit.station] += self.runs[:, index] * visit.time.mean
        return found

    @cached_property
    def utilisation(self) -> Array:
        """(M, stations) per server, of the average replica; above 1 where more comes than can be served."""
        return np.asarray(self.work / np.array([station.servers for station in self.pattern.stations]))

    @cached_property
    def hottest(self) -> Array:
        """(M, stations) per server, of the busiest replica."""
        return np.asarray(self.utilisation * np.array([s.group.hottest for s in self.pattern.stations]))

    @cached_property
    def success(self) -> Array:
        """(M, tasks) probability that a run and all that it waits for succeed by themselves."""
        return self.completion(np.stack([1.0 - task.failure for task in self.tasks], axis=1))

    def completion(self, own: Array) -> Array:
        """(M, tasks) probability that a run and all the calls it waits for succeed, from that of the run itself."""
        done = np.empty(own.shape)
        for index, task in enumerate(self.tasks):
            done[:, index] = own[:, index] * completed(task.steps, done)
        return done


def solvable(network: Network) -> bool:
    """Whether ensembles of this shape are solved: nothing times out, repeats, is held, bounded, shared or slowed."""
    groups = [station.group for station in network.stations]
    plain = all(station.room is None for station in network.stations)
    plain = plain and not any(group.sharing or group.speedup is not None for group in groups)
    patient = all(stream.patience == ENDLESS for stream in network.streams)
    calls = [call for task in network.tasks for call in _calls(task.steps)]
    ungated = all(task.gate is None for task in network.tasks) and all(call.pool is None for call in calls)
    return plain and patient and ungated and all(call.patience == ENDLESS for call in calls)


def _calls(steps: tuple[Step, ...]) -> list[Call]:
    found: list[Call] = []
    for step in steps:
        if isinstance(step, Call):
            found.append(step)
        else:
            inner = [option for _, option in step.options] if isinstance(step, Choice) else step.branches
            found += [call for branch in inner for call in _calls(branch)]
    return found


def numbers(network: Network) -> list[float]:
    """The numbers of a network that members may differ in, in the order in which `ensemble` asks for them."""
    found: list[float] = []

    def take(number: float) -> Array:
        found.append(number)
        return np.empty(0)

    ensemble(network, take, np.empty(0))
    return found


def shape(network: Network) -> tuple[object, ...]:
    """What members must have in common beside the number of their numbers: stations, families, who calls whom."""
    families = [
        (type(visit.law).__name__, round(visit.law.scv, 6), visit.station)
        for task in network.tasks
        for visit in task.visits
    ]
    wired = [(call.task, call.waits, len(call.delays)) for task in network.tasks for call in _calls(task.steps)]
    bursts = tuple((stream.task, round(stream.scv, 9)) for stream in network.streams)
    return network.stations, network.gates, tuple(families), tuple(wired), bursts


def ensemble(network: Network, take: Take, loads: Array) -> Ensemble:
    """The ensemble whose pattern is a network and whose numbers are handed over one by one."""

    def times(laws: tuple[Law, ...]) -> tuple[Times, ...]:
        return tuple(Times(law, take(law.mean)) for law in laws)

    def steps(of: tuple[Step, ...]) -> tuple[Steps, ...]:
        return tuple(step(one) for one in of)

    def step(one: Step) -> Steps:
        if isinstance(one, Call):
            return Calls(one.task, take(one.count), one.waits, times(one.delays))
        if isinstance(one, Fork):
            return Forks(tuple(steps(branch) for branch in one.branches))
        return Choices(tuple((take(part), steps(option)) for part, option in one.options))

    tasks = tuple(
        Tasks(
            tuple(Visits(Times(visit.law, take(visit.law.mean)), visit.station) for visit in task.visits),
            steps(task.steps),
            take(task.failure),
        )
        for task in network.tasks
    )
    streams = tuple(Streams(one.task, take(one.slope), take(one.base), times(one.delays)) for one in network.streams)
    return Ensemble(network, tasks, streams, loads)


def _reach(steps: tuple[Steps, ...], rate: Array, runs: Array, *, awaited: bool) -> None:
    for step in steps:
        if isinstance(step, Calls):
            if step.waits or not awaited:
                runs[:, step.task] += rate * step.count
        elif isinstance(step, Choices):
            for part, option in step.options:
                _reach(option, rate * part, runs, awaited=awaited)
        else:
            for branch in step.branches:
                _reach(branch, rate, runs, awaited=awaited)


def completed(steps: tuple[Steps, ...], done: Array) -> Array:
    """(M,) probability that steps get through, from that of each task's runs."""
    total = np.ones(len(done))
    for step in steps:
        if isinstance(step, Calls):
            if step.waits:
                one, whole = done[:, step.task], np.floor(step.count)
                total = total * one**whole * (1.0 - (step.count - whole) * (1.0 - one))
        elif isinstance(step, Choices):
            total = total * (1.0 - sum(p * (1.0 - completed(option, done)) for p, option in step.options))
        else:
            for branch in step.branches:
                total = total * completed(branch, done)
    return total
