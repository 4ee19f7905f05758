"""Feed-forward networks played from arrays: all visits to a station at once, then all to the next.

Requests are rows. A step takes a batch of rows and hands it to what comes after it, aligned; where rows queue, the
batch waits until its station's turn has come.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from capplan.queueing.arrays import Array, Mask
from capplan.queueing.balancing import Policy
from capplan.queueing.laws import Law
from capplan.queueing.network import Call, Choice, Fork, Network
from capplan.queueing.network import Step as NetworkStep
from capplan.simulation.homes import Place, places
from capplan.simulation.lines import Rows, served, spread
from capplan.simulation.samplers import sample
from capplan.simulation.streams import Sources


class Batch(NamedTuple):
    """Runs of one task, a row each.

    Attributes:
        clock: when each is where it is.
        clients: the number of each one's client.
        own: time at the task's own stations and delays so far.
        served: how much of it was service.
        failed: whether it will answer with an error.
        home: the replica that it is at.
    """

    clock: Array
    clients: Rows
    own: Array
    served: Array
    failed: Mask
    home: Rows

    @classmethod
    def at(cls, clock: Array, clients: Rows) -> "Batch":
        """Runs that begin."""
        count = len(clock)
        return cls(clock, clients, np.zeros(count), np.zeros(count), np.zeros(count, bool), np.zeros(count, np.intp))

    def take(self, rows: Rows) -> "Batch":
        """Some of the rows."""
        own, served, home = self.own[rows], self.served[rows], self.home[rows]
        return Batch(self.clock[rows], self.clients[rows], own, served, self.failed[rows], home)

    def put(self, rows: Rows, other: "Batch") -> "Batch":
        """The batch when some of its rows have made calls: they are later, and may have failed."""
        clock, failed = self.clock.copy(), self.failed.copy()
        clock[rows], failed[rows] = other.clock, other.failed
        return self._replace(clock=clock, failed=failed)


Then: TypeAlias = Callable[[Batch], None]


@dataclass(frozen=True)
class Ended:
    """Runs of a task that have ended."""

    clock: Array
    own: Array
    served: Array
    failed: Mask


@dataclass(frozen=True)
class Visited:
    """Visits that have been: to which task's which visit, when they came, their work and when it was done."""

    task: int
    visit: int
    came: Array
    work: Array
    done: Array


class _Waiting(NamedTuple):
    task: int
    visit: int
    batch: Batch
    work: Array
    place: Place
    then: Then


class Flow:
    """Plays batches of requests through the tasks of a network.

    Attributes:
        ended: of each task.
        visited: of each station; those of delays under None.
        addresses: where each client's address falls among all, 0..1; empty where nobody looks at it.
        down: by task, which clients find it down.
    """

    def __init__(self, network: Network, sources: Sources, names: Sequence[str]) -> None:
        self.network = network
        self.sources = sources
        self.names = names
        self.ended: list[list[Ended]] = [[] for _ in network.tasks]
        self.visited: dict[int | None, list[Visited]] = {None: []}
        self.addresses: Array = np.empty(0)
        self.down: Mapping[int, Mask] = {}
        self._places = [places(network, task)[1] for task in network.tasks]
        self._waiting: dict[int, list[_Waiting]] = {}
        self._generators: dict[str, np.random.Generator] = {}

    def task(self, index: int, batch: Batch, then: Then) -> None:
        """Runs of a task."""
        task, name = self.network.tasks[index], self.names[index]

        def end(done: Batch) -> None:
            if task.failure > 0.0:
                done = done._replace(failed=done.failed | (self._uniform(f"{name}/failure", done) < task.failure))
            if index in self.down:
                done = done._replace(failed=done.failed | self.down[index][done.clients])
            self.ended[index].append(Ended(done.clock, done.own, done.served, done.failed))
            then(done)

        self._visit(index, 0, batch, lambda here: self._steps(task.steps, name, 0, here, end))

    def pass_station(self, station: int) -> None:
        """Let all that wait for a station be served: everything has come that ever will."""
        waiting = self._waiting.pop(station, [])
        if not waiting:
            return
        group, name = self.network.stations[station].group, self.network.stations[station].name
        came = np.concatenate([one.batch.clock for one in waiting])
        work = np.concatenate([one.work for one in waiting])
        order = np.argsort(came, kind="stable")
        where = np.concatenate([_bound(one) for one in waiting])
        free = order[where[order] < 0]
        clients = np.concatenate([one.batch.clients for one in waiting])[free]
        keys = self.addresses[clients] if group.policy is Policy.IP_HASH else np.empty(len(clients))
        where[free] = spread(group, keys, self._generator(f"{name}/replica"))
        done = served(group, came, work, where, order)
        begin = 0
        for one in waiting:
            rows = slice(begin, begin + len(one.work))
            begin = rows.stop
            home = where[rows] if one.place is Place.SETTLES else one.batch.home
            self._leave(one, done[rows], home, station)

    def _leave(self, one: _Waiting, done: Array, home: Rows, station: int | None) -> None:
        batch = one.batch
        visited = Visited(one.task, one.visit, batch.clock, one.work, done)
        self.visited.setdefault(station, []).append(visited)
        own, service = batch.own + (done - batch.clock), batch.served + one.work
        moved = batch._replace(clock=done, own=own, served=service, home=home)
        self._visit(one.task, one.visit + 1, moved, one.then)

    def _visit(self, index: int, number: int, batch: Batch, then: Then) -> None:
        visits = self.network.tasks[index].visits
        while number < len(visits) and visits[number].law.mean <= 0.0:
            number += 1
        if number == len(visits):
            then(batch)
            return
        visit = visits[number]
        work = self._times(f"{self.names[index]}/visit {number}", visit.law, batch)
        waiting = _Waiting(index, number, batch, work, self._places[index][number], then)
        if visit.station is None:
            self._leave(waiting, batch.clock + work, batch.home, None)
        else:
            self._waiting.setdefault(visit.station, []).append(waiting)

    # steps

    def _steps(self, steps: Sequence[NetworkStep], name: str, number: int, batch: Batch, then: Then) -> None:
        if number == len(steps):
            then(batch)
            return
        step, called = steps[number], f"{name}/{number}"

        def onward(done: Batch) -> None:
            self._steps(steps, name, number + 1, done, then)

        if isinstance(step, Call):
            self.call(step, called, batch, onward)
        elif isinstance(step, Choice):
            self._choice(step, called, batch, onward)
        else:
            self._fork(step, called, batch, onward)

    def call(self, call: Call, name: str, batch: Batch, then: Then) -> None:
        """Calls of a task, one after the other."""
        whole = int(call.count + 1e-12)
        part = call.count - whole

        def last(done: Batch) -> None:
            if part < 1e-12:
                then(done)
                return
            rows = np.flatnonzero(self._uniform(f"{name}/count", done) < part)
            self._once(call, name, done.take(rows), lambda some: then(done.put(rows, some)))

        def again(done: Batch, left: int) -> None:
            if left:
                self._once(call, name, done, lambda after: again(after, left - 1))
            else:
                last(done)

        again(batch, whole)

    def _once(self, call: Call, name: str, batch: Batch, then: Then) -> None:
        clock = batch.clock
        for index, law in enumerate(law for law in call.delays if law.mean > 0.0):
            clock = clock + self._times(f"{name}/way {index}", law, batch)
        begun = Batch.at(clock, batch.clients)
        if call.waits:
            self.task(
                call.task,
                begun,
                lambda done: then(batch._replace(clock=done.clock, failed=batch.failed | done.failed)),
            )
        else:
            self.task(call.task, begun, _nobody)
            then(batch)

    def _choice(self, choice: Choice, name: str, batch: Batch, then: Then) -> None:
        bounds = np.cumsum([probability for probability, _ in choice.options])
        if len(bounds) and bounds[-1] > 1.0 - 1e-12:
            bounds[-1] = 1.0
        chosen = np.searchsorted(bounds, self._uniform(f"{name}/choice", batch), side="right")
        parts = [np.flatnonzero(chosen == option) for option in range(len(choice.options))]
        join = _Join(batch, len(parts), then)
        for option, (rows, (_, steps)) in enumerate(zip(parts, choice.options, strict=True)):
            self._steps(steps, f"{name}/option {option}", 0, batch.take(rows), join.part(rows))
        join.begin()

    def _fork(self, fork: Fork, name: str, batch: Batch, then: Then) -> None:
        every = np.arange(len(batch.clock))
        join = _Join(batch, len(fork.branches), then, slowest=True)
        for branch, steps in enumerate(fork.branches):
            self._steps(steps, f"{name}/branch {branch}", 0, batch, join.part(every))
        join.begin()

    # random numbers

    def _generator(self, name: str) -> np.random.Generator:
        if name not in self._generators:
            self._generators[name] = self.sources.generator(name)
        return self._generators[name]

    def _uniform(self, name: str, batch: Batch) -> Array:
        return self._generator(name).random(len(batch.clock))

    def _times(self, name: str, law: Law, batch: Batch) -> Array:
        return sample(law, self._generator(name), len(batch.clock))


class _Join:
    """Waits until all parts of a batch are through, and hands it on whole."""

    def __init__(self, batch: Batch, parts: int, then: Then, *, slowest: bool = False) -> None:
        self._batch, self._left, self._then, self._slowest = batch, parts + 1, then, slowest

    def part(self, rows: Rows) -> Then:
        """What takes a part that is through."""

        def take(done: Batch) -> None:
            if self._slowest:
                now = np.maximum(self._batch.clock, done.clock)
                self._batch = self._batch._replace(clock=now, failed=self._batch.failed | done.failed)
            else:
                self._batch = self._batch.put(rows, done)
            self.begin()

        return take

    def begin(self) -> None:
        """Another part is through; the first of all is that all parts have set out."""
        self._left -= 1
        if self._left == 0:
            self._then(self._batch)


def _nobody(done: Batch) -> None:
    """Nobody waits."""


def _bound(one: _Waiting) -> Rows:
    """The replica that each row is bound to; -1 where the balancer sends it."""
    return one.batch.home if one.place is Place.HOME else np.full(len(one.work), -1)
