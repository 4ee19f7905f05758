"""What slots are held for: the work, delays and further slots that one holder of a gate asks for while it holds one.

One pass over the tasks, callees first. What is called through a further gate is that gate's to tell: from outside it
is one visit to the gate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.network import Call, Choice, Network, Step, Task

Moments: TypeAlias = tuple[list[float], list[float]]
"""Means and variances, one a task."""


@dataclass(frozen=True)
class Content:
    """What is asked for in one run, or by one holder.

    Attributes:
        work: (L, 2, stations) service times: at stations of the holder's own replica, and elsewhere.
        gates: (L, 2, gates) slots taken: of gates of the holder's own replica, and of others.
        delay: (L,) time without a queue.
    """

    work: Array
    gates: Array
    delay: Array

    def __add__(self, other: "Content") -> "Content":
        return Content(self.work + other.work, self.gates + other.gates, self.delay + other.delay)

    def times(self, factor: Array | float) -> "Content":
        """So many of it; `factor` is a number or (L,)."""
        each = np.broadcast_to(np.asarray(factor, dtype=float), self.delay.shape)
        return Content(self.work * each[:, None, None], self.gates * each[:, None, None], self.delay * each)

    def after(self, delay: float) -> "Content":
        """It with a delay before it."""
        return Content(self.work, self.gates, self.delay + delay)

    @property
    def remote(self) -> "Content":
        """The same seen from another replica: nothing of it is its own."""
        work, gates = np.zeros(self.work.shape), np.zeros(self.gates.shape)
        work[:, 1], gates[:, 1] = self.work.sum(axis=1), self.gates.sum(axis=1)
        return Content(work, gates, self.delay)

    @property
    def length(self) -> Array:
        """(L,) its service times and delays, without what is behind further gates."""
        return np.asarray(self.delay + self.work.sum(axis=(1, 2)))


@dataclass(frozen=True)
class Contents:
    """The contents of all gates.

    Attributes:
        holders: (L, gates) runs that come for a slot, per second.
        inside: what one holder of each gate asks for.
        scv: (L, gates) SCV of the time that a slot is held where nobody waits.
    """

    holders: Array
    inside: tuple[Content, ...]
    scv: Array


class Runs(NamedTuple):
    """What goes on in a network.

    Attributes:
        arriving: (L, tasks) runs per second.
        entered: (L, tasks) part of them that gets its slot and its own visits.
        tries: (L,) attempts per call, of those calls that may be repeated.
        moments: of what a run of each task is served, with all that it waits for.
    """

    arriving: Array
    entered: Array
    tries: Mapping[Call, Array]
    moments: Moments


class _Walk:
    """One pass, callees first."""

    def __init__(self, network: Network, runs: Runs) -> None:
        self.network, self.tries, self.moments = network, runs.tries, runs.moments
        self.count = len(runs.arriving)
        self.outside: list[Content] = []
        self.holders = np.zeros((self.count, len(network.gates)))
        self.sums = [self.nothing() for _ in network.gates]
        self.squares = np.zeros((2, self.count, len(network.gates)))
        for index, task in enumerate(network.tasks):
            rate = runs.arriving[:, index]
            content = self.task(task, rate * runs.entered[:, index])
            self.outside.append(content if task.gate is None else self.held(task.gate, content, rate, index))

    def nothing(self) -> Content:
        stations, gates = len(self.network.stations), len(self.network.gates)
        return Content(np.zeros((self.count, 2, stations)), np.zeros((self.count, 2, gates)), np.zeros(self.count))

    def held(self, gate: int, content: Content, rate: Array, task: int) -> Content:
        """Notes the content of a gate's holders, runs of a task; the gate as it looks from outside."""
        mean, variance = self.moments[0][task], self.moments[1][task]
        self.holders[:, gate] += rate
        self.squares[0, :, gate] += rate * mean
        self.squares[1, :, gate] += rate * (variance + mean**2)
        self.sums[gate] = self.sums[gate] + content.times(rate)
        seen = self.nothing()
        seen.gates[:, 1, gate] = 1.0
        return seen

    def task(self, task: Task, rate: Array) -> Content:
        content = self.nothing()
        for visit in task.visits:
            if visit.station is None:
                content.delay[:] += visit.law.mean
            else:
                content.work[:, 0 if self.own(task, visit.station) else 1, visit.station] += visit.law.mean
        return content + self.steps(task.steps, rate)

    def own(self, task: Task, station: int) -> bool:
        """Whether a visit is to the replica of the task's gate."""
        replicas = self.network.stations[station].group.replicas
        return task.gate is not None and self.network.gates[task.gate].group.replicas == replicas

    def steps(self, steps: tuple[Step, ...], rate: Array) -> Content:
        total = self.nothing()
        for step in steps:
            if isinstance(step, Call):
                total = total + self.call(step, rate)
            elif isinstance(step, Choice):
                for probability, option in step.options:
                    total = total + self.steps(option, rate * probability).times(probability)
            else:
                total = total + self.slowest([self.steps(branch, rate) for branch in step.branches])
        return total

    def slowest(self, branches: list[Content]) -> Content:
        """Of branches that run at once the i-th longest counts with 1/i, as in `awaited`."""
        lengths = np.stack([branch.length for branch in branches])
        ranks = np.argsort(np.argsort(-lengths, axis=0, kind="stable"), axis=0) + 1.0
        total = self.nothing()
        for branch, rank in zip(branches, ranks, strict=True):
            total = total + branch.times(1.0 / rank)
        return total

    def call(self, call: Call, rate: Array) -> Content:
        number = call.count * self.tries.get(call, np.ones(1))
        one = self.outside[call.task].remote.after(sum(law.mean for law in call.delays))
        if call.pool is not None:
            one = self.held(call.pool, one, rate * number, call.task)
            one.gates[:, 0], one.gates[:, 1] = one.gates[:, 1].copy(), 0.0
        return one.times(number if call.waits else 0.0)


def contents(network: Network, runs: Runs) -> Contents:
    """What the holders of each gate ask for."""
    walk = _Walk(network, runs)
    with np.errstate(divide="ignore"):
        each = np.where(walk.holders > 0.0, 1.0 / walk.holders, 0.0)
    inside = tuple(content.times(each[:, gate]) for gate, content in enumerate(walk.sums))
    mean, square = walk.squares * each
    scv = np.divide(square, mean**2, out=np.full(mean.shape, 2.0), where=mean > 0.0) - 1.0
    return Contents(walk.holders, inside, np.maximum(scv, 0.0))


def used(counts: Array) -> list[int]:
    """The columns of (L, n) of which something is asked for at some load."""
    return [int(index) for index in np.flatnonzero(np.any(counts > 0.0, axis=0))]


def pairs(counts: Array) -> list[tuple[int, int]]:
    """(own, index) of what is used of (L, 2, n)."""
    return [(own, index) for own in (0, 1) for index in used(counts[:, own])]
