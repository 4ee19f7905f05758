"""What gets through: probabilities along the call graph, and the flow of a network some of whose queues are saturated.

A saturated station lets through what its servers can do; the rest queues for ever. What waits there never reaches the
stations behind, which is why a bottleneck protects them. The fluid limit of the network, a fixed point of the pass
fractions.
"""

from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.balancing import Group
from capplan.queueing.network import Call, Choice, Network, Step
from capplan.queueing.regime import Regime
from capplan.queueing.traffic import Traffic

ROUNDS = 200
"""Most steps of the search for what gets through."""


def completion(network: Network, own: Array) -> Array:
    """(L, tasks) probability that a run and all the calls it waits for succeed.

    Args:
        network: the network.
        own: (L, tasks) probability that the run itself does.
    """
    done = np.empty(own.shape)
    for index, task in enumerate(network.tasks):
        done[:, index] = own[:, index] * _steps(task.steps, done)
    return done


def _steps(steps: tuple[Step, ...], done: Array) -> Array:
    total = np.ones(len(done))
    for step in steps:
        total = total * _step(step, done)
    return total


def _step(step: Step, done: Array) -> Array:
    if isinstance(step, Call):
        if not step.waits:
            return np.ones(len(done))
        whole = int(step.count)
        one = done[:, step.task]
        return np.asarray(one**whole * (1.0 - (step.count - whole) * (1.0 - one)))
    if isinstance(step, Choice):
        return np.asarray(1.0 - sum(p * (1.0 - _steps(option, done)) for p, option in step.options))
    total = np.ones(len(done))
    for branch in step.branches:
        total = total * _steps(branch, done)
    return total


class Flow(NamedTuple):
    """The flow at some loads, saturated or not.

    Attributes:
        runs: (L, tasks) runs that start, per second.
        through: (L, tasks) runs whose own visits are served, per second.
        complete: (L, tasks) probability that a run gets through with all that it waits for.
        busy: (L, stations) fraction of what the servers can do that is in use, at most 1.
        passed: (L, stations) fraction of the arrivals that is ever served.
        settled: whether the search for it came to rest.
        answered: (L, streams) probability that a request gets an answer, after all its attempts.
    """

    runs: Array
    through: Array
    complete: Array
    busy: Array
    passed: Array
    settled: bool
    answered: Array


def flow(traffic: Traffic, loads: Array) -> Flow:
    """The fixed point of the pass fractions; plain forced flow where nothing is saturated.

    Args:
        traffic: the network and its rates.
        loads: (L,) loads.
    """
    network = traffic.network
    passed = np.ones((len(loads), len(network.stations)))
    capacity = np.array([station.capacity for station in network.stations])
    search = _Search(passed)
    for _ in range(ROUNDS):
        own = _own(network, passed)
        complete = completion(network, own)
        runs, work = _runs(traffic, loads, own, complete), np.zeros(passed.shape)
        _offer(network, runs, passed, work)
        offered = work / capacity
        new = _passed(network, offered)
        settled = float(np.max(np.abs(new / passed - 1.0), initial=0.0)) < 1e-10
        if settled:
            break
        passed = search.towards(passed, new)
    answered = complete[:, [stream.task for stream in network.streams]]
    return Flow(runs, runs * own, complete, np.minimum(offered * passed, 1.0), passed, settled, answered)


def flow_of(regime: Regime) -> Flow:
    """The flow of a regime, whose losses count what saturated queues never let through."""
    fates, network = regime.fates, regime.fates.network
    capacity = np.array([station.capacity for station in network.stations])
    entered, complete = np.stack(fates.entered, axis=1), np.stack([1.0 - fate.ended for fate in fates.tasks], axis=1)
    answered = np.stack([1.0 - fates.attempts[stream].fate.ended for stream in network.streams], axis=1)
    busy = np.minimum(regime.accepted / capacity, 1.0)
    passed = 1.0 - fates.losses.stations
    return Flow(regime.runs, regime.runs * entered, complete, busy, passed, regime.settled, answered)


class _Search:
    """A fixed point of many coupled quantities, each in (0, 1], sought in their logarithms.

    A request that visits a station V times gets through V times less likely where the station passes less, so the
    quantities may react V times as strongly as they are changed: each step is shortened by what its last one did
    (a secant for each quantity by itself).
    """

    def __init__(self, start: Array) -> None:
        self.part = np.full(start.shape, 0.5)
        self.step = np.zeros(start.shape)
        self.gap = np.zeros(start.shape)

    def towards(self, now: Array, wanted: Array) -> Array:
        """The next values, some part of the way to what was wanted."""
        gap = np.log(wanted / now)
        with np.errstate(divide="ignore", invalid="ignore"):
            secant = self.step / (self.gap - gap)
        usable = np.isfinite(secant) & (secant > 0.0) & (self.step != 0.0)
        most = np.where(gap * self.gap < 0.0, 0.5 * self.part, np.minimum(2.0 * self.part, 1.0))
        self.part = np.where(usable, np.clip(secant, 1e-3 * most, most), self.part)
        then = np.minimum(now * np.exp(self.part * gap), 1.0)
        self.gap, self.step = gap, np.log(then / now)
        return np.asarray(then)


def _own(network: Network, passed: Array) -> Array:
    own = np.ones((len(passed), len(network.tasks)))
    for index, task in enumerate(network.tasks):
        for visit in task.visits:
            if visit.station is not None:
                own[:, index] *= passed[:, visit.station]
    return own


def _runs(traffic: Traffic, loads: Array, own: Array, complete: Array) -> Array:
    """(L, tasks) runs per second, callers before callees: a step is reached only when what comes before got through."""
    network = traffic.network
    runs = np.zeros(own.shape)
    for stream in network.streams:
        runs[:, stream.task] += loads * stream.slope + stream.base
    for index in range(len(network.tasks) - 1, -1, -1):
        _reach(network.tasks[index].steps, runs[:, index] * own[:, index], complete, runs)
    return runs


def _reach(steps: tuple[Step, ...], rate: Array, complete: Array, runs: Array) -> None:
    for step in steps:
        if isinstance(step, Call):
            done = complete[:, step.task]
            whole = int(step.count)
            tried = np.full(len(rate), step.count)
            if step.waits:
                tried = sum((done**k for k in range(whole)), np.zeros(len(rate))) + (step.count - whole) * done**whole
            runs[:, step.task] += rate * tried
        elif isinstance(step, Choice):
            for probability, option in step.options:
                _reach(option, rate * probability, complete, runs)
        else:
            for branch in step.branches:
                _reach(branch, rate, complete, runs)
        rate = rate * _step(step, complete)


def _offer(network: Network, runs: Array, passed: Array, work: Array) -> None:
    """Adds the work that arrives at each station to `work`, in servers."""
    for index, task in enumerate(network.tasks):
        rate = runs[:, index]
        for visit in task.visits:
            if visit.station is not None:
                work[:, visit.station] += rate * visit.law.mean
                rate = rate * passed[:, visit.station]


def _passed(network: Network, offered: Array) -> Array:
    columns = [_replicas(station.group, offered[:, index]) for index, station in enumerate(network.stations)]
    return np.stack(columns, axis=1) if columns else np.ones(offered.shape)


def _replicas(group: Group, rho: Array) -> Array:
    """The fraction that a group serves: each replica up to its capacity."""
    if not (group.shares and group.follows_shares):
        return np.asarray(1.0 / np.maximum(rho, 1.0))
    shares = np.array(group.shares)
    return np.asarray((1.0 / np.maximum(rho[:, None] * shares * group.replicas, 1.0)) @ shares)
