"""What gets through in every member of an ensemble: the fluid limit where queues are saturated, as in `throughput`."""

from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.balancing import Group
from capplan.queueing.ensemble import Calls, Choices, Ensemble, Steps, completed

ROUNDS = 100
"""Most steps of the search, each half of the way in the logarithm."""
SETTLED = 1e-6


class EnsembleFlow(NamedTuple):
    """The flow of every member.

    Attributes:
        complete: (M, tasks) probability that a run gets through with all that it waits for.
        busy: (M, stations) fraction of each server in use, at most 1.
        through: (M, tasks) runs whose own visits are served, per second.
    """

    complete: Array
    busy: Array
    through: Array


def ensemble_flow(ensemble: Ensemble) -> EnsembleFlow:
    """The fixed point of the fractions that stations let pass; plain forced flow where nothing is saturated."""
    full = np.flatnonzero(np.any(ensemble.hottest > 1.0, axis=1))
    found = EnsembleFlow(
        complete=np.ones(ensemble.runs.shape), busy=np.minimum(ensemble.utilisation, 1.0), through=ensemble.runs.copy()
    )
    if not len(full):
        return found
    some = ensemble.members(full)
    servers = np.array([station.servers for station in some.pattern.stations])
    passed = np.ones((len(full), len(servers)))
    for _ in range(ROUNDS):
        own = _own(some, passed)
        complete = some.completion(own)
        runs = _runs(some, own, complete)
        offered = _offered(some, runs, passed) / servers
        new = np.stack([_let(s.group, offered[:, k]) for k, s in enumerate(some.pattern.stations)], axis=1)
        found.complete[full], found.through[full] = complete, runs * own
        found.busy[full] = np.minimum(offered * passed, 1.0)
        if float(np.max(np.abs(new / passed - 1.0))) < SETTLED:
            break
        passed = np.sqrt(passed * new)
    return found


def _let(group: Group, rho: Array) -> Array:
    """The fraction that a group serves: each replica up to its capacity."""
    if not (group.shares and group.follows_shares):
        return np.asarray(1.0 / np.maximum(rho, 1.0))
    shares = np.array(group.shares)
    return np.asarray((1.0 / np.maximum(rho[:, None] * shares * group.replicas, 1.0)) @ shares)


def _own(ensemble: Ensemble, passed: Array) -> Array:
    own = np.ones(ensemble.runs.shape)
    for index, task in enumerate(ensemble.tasks):
        for visit in task.visits:
            if visit.station is not None:
                own[:, index] *= passed[:, visit.station]
    return own


def _runs(ensemble: Ensemble, own: Array, complete: Array) -> Array:
    """(M, tasks) runs per second: a step is reached only when what comes before it got through."""
    runs = np.zeros(own.shape)
    for index, stream in enumerate(ensemble.streams):
        runs[:, stream.task] += ensemble.entering[:, index]
    for index in range(len(ensemble.tasks) - 1, -1, -1):
        _reach(ensemble.tasks[index].steps, runs[:, index] * own[:, index], complete, runs)
    return runs


def _reach(steps: tuple[Steps, ...], rate: Array, complete: Array, runs: Array) -> None:
    for step in steps:
        if isinstance(step, Calls):
            runs[:, step.task] += rate * (_tried(step, complete) if step.waits else step.count)
        elif isinstance(step, Choices):
            for part, option in step.options:
                _reach(option, rate * part, complete, runs)
        else:
            for branch in step.branches:
                _reach(branch, rate, complete, runs)
        rate = rate * completed((step,), complete)


def _tried(call: Calls, complete: Array) -> Array:
    """(M,) calls begun: each only when those before it got through."""
    done, whole = complete[:, call.task], np.floor(call.count)
    all_done = np.abs(1.0 - done) < 1e-12
    series = np.where(all_done, whole, (1.0 - done**whole) / np.where(all_done, 1.0, 1.0 - done))
    return np.asarray(series + (call.count - whole) * done**whole)


def _offered(ensemble: Ensemble, runs: Array, passed: Array) -> Array:
    """(M, stations) servers that what arrives would keep busy."""
    work = np.zeros(passed.shape)
    for index, task in enumerate(ensemble.tasks):
        rate = runs[:, index]
        for visit in task.visits:
            if visit.station is not None:
                work[:, visit.station] += rate * visit.time.mean
                rate = rate * passed[:, visit.station]
    return work
