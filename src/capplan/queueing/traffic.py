"""Forced flow: how often each task runs and how much work reaches each station, linear in the load.

Denning and Buzen (1978): the rate of a station is the rate of requests times their visits; nothing here depends on
waiting.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.laws import Law, mixture
from capplan.queueing.network import Network, made


@dataclass(frozen=True)
class Traffic:
    """Rates of a network for any load.

    Attributes:
        network: the network.
        visits: (streams, tasks) mean runs of a task per request, asynchronous ones included.
        awaited: (streams, tasks) the same, only those that the request waits for.
        slope: (tasks,) runs per unit of load.
        base: (tasks,) runs whatever the load.
    """

    network: Network
    visits: Array
    awaited: Array
    slope: Array
    base: Array

    def rates(self, loads: Array) -> Array:
        """(L, tasks) runs per second."""
        return np.asarray(loads[:, None] * self.slope + self.base)

    def work(self, loads: Array) -> Array:
        """(L, stations) servers kept busy: rate times service time."""
        return np.asarray(loads[:, None] * (self.slope @ self.demand) + self.base @ self.demand)

    def utilisation(self, loads: Array) -> Array:
        """(L, stations) work over capacity, of the average replica; above 1 where more comes than can be served."""
        return np.asarray(self.work(loads) / np.array([station.capacity for station in self.network.stations]))

    @cached_property
    def demand(self) -> Array:
        """(tasks, stations) service time of one run."""
        demand = np.zeros((len(self.network.tasks), len(self.network.stations)))
        for index, task in enumerate(self.network.tasks):
            for visit in task.visits:
                if visit.station is not None:
                    demand[index, visit.station] += visit.law.mean
        return demand

    @cached_property
    def arrivals(self) -> Array:
        """(tasks, stations) visits of one run."""
        counts = np.zeros((len(self.network.tasks), len(self.network.stations)))
        for index, task in enumerate(self.network.tasks):
            for visit in task.visits:
                if visit.station is not None:
                    counts[index, visit.station] += 1.0
        return counts

    def service(self, load: float) -> list[Law | None]:
        """The service law of each station at this load: the mixture over what visits it; None where nothing does."""
        rates = load * self.slope + self.base
        parts: list[list[tuple[float, Law]]] = [[] for _ in self.network.stations]
        for rate, task in zip(rates.tolist(), self.network.tasks, strict=True):
            for visit in task.visits:
                if visit.station is not None and rate > 0.0 and visit.law.mean > 0.0:
                    parts[visit.station].append((rate, visit.law))
        return [mixture(part) if part else None for part in parts]

    @cached_property
    def slots(self) -> Array:
        """(streams, gates) slots that one request takes and waits for."""
        counts = np.zeros((len(self.network.tasks), len(self.network.gates)))
        for index, task in enumerate(self.network.tasks):
            if task.gate is not None:
                counts[index, task.gate] += 1.0
            for call, number in made(task.steps):
                if call.pool is not None and call.waits:
                    counts[index, call.pool] += number
        return np.asarray(self.awaited @ counts)

    @cached_property
    def moments(self) -> tuple[list[float], list[float]]:
        """(mean, variance) for each task of what one run and all that it waits for are served, on the network too."""
        means, variances = [0.0] * len(self.network.tasks), [0.0] * len(self.network.tasks)
        for index, task in enumerate(self.network.tasks):
            mean = sum(visit.law.mean for visit in task.visits)
            variance = sum(visit.law.mean**2 * visit.law.scv for visit in task.visits)
            for link in self.network.links[index]:
                if link.waits:
                    one, chance = link.way + means[link.task], link.count % 1.0
                    mean += link.count * one
                    variance += link.count * (link.blur + variances[link.task]) + chance * (1.0 - chance) * one**2
            means[index], variances[index] = mean, variance
        return means, variances

    @cached_property
    def mixed(self) -> bool:
        """Whether some station serves both what grows with the load and what does not: its service law then changes."""
        return bool(np.any((self.slope @ self.arrivals > 0.0) & (self.base @ self.arrivals > 0.0)))


def traffic(network: Network) -> Traffic:
    """Visits and rates of every task, callers before callees."""
    streams, tasks = len(network.streams), len(network.tasks)
    visits, awaited = np.zeros((streams, tasks)), np.zeros((streams, tasks))
    for row, stream in enumerate(network.streams):
        visits[row, stream.task] = awaited[row, stream.task] = 1.0
    for index in range(tasks - 1, -1, -1):
        for link in network.links[index]:
            visits[:, link.task] += visits[:, index] * link.count
            if link.waits:
                awaited[:, link.task] += awaited[:, index] * link.count
    slope = np.array([stream.slope for stream in network.streams]) @ visits
    base = np.array([stream.base for stream in network.streams]) @ visits
    return Traffic(network, visits, awaited, slope, base)
