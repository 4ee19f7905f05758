"""What goes on elsewhere while runs of a task wait: the rates of the calls under way for them, callers before callees.

Calls made in parallel end with the slowest: of branches in the order of their mean times, longest first, the i-th
counts with 1/i (own): exact for exponential times of one mean, and where one branch lasts far longer than the others.
"""

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.network import Call, Choice, Fork, Network, Step


def under_way(network: Network, runs: Array, own: Array) -> tuple[Array, Array]:
    """What some runs wait for.

    Args:
        network: the network.
        runs: (L, tasks) runs per second that are looked at.
        own: (L, tasks) mean time of one run's own visits; inf where saturated.

    Returns:
        (L, tasks) runs per second of each task that they are or wait for, weighed by how long they wait for them, and
        (L,) the mean number that is on the network.
    """
    reached, ways = runs.astype(float), np.zeros(len(runs))
    times = _times(network, own) if _forked(network) else own
    for index in range(len(network.tasks) - 1, -1, -1):
        if np.any(reached[:, index] > 0.0):
            ways += _reach(network.tasks[index].steps, reached[:, index], times, reached)
    return reached, ways


def _forked(network: Network) -> bool:
    return any(_has_fork(task.steps) for task in network.tasks)


def _has_fork(steps: tuple[Step, ...]) -> bool:
    return any(
        isinstance(step, Fork) or (isinstance(step, Choice) and any(_has_fork(option) for _, option in step.options))
        for step in steps
    )


def _times(network: Network, own: Array) -> Array:
    """(L, tasks) mean time of one run with all that it waits for."""
    times = np.empty(own.shape)
    for index, task in enumerate(network.tasks):
        times[:, index] = own[:, index] + _time(task.steps, times)
    return times


def _time(steps: tuple[Step, ...], times: Array) -> Array:
    total = np.zeros(len(times))
    for step in steps:
        if isinstance(step, Call):
            if step.waits:
                total = total + step.count * (times[:, step.task] + _way(step))
        elif isinstance(step, Choice):
            for probability, option in step.options:
                total = total + probability * _time(option, times)
        else:
            branches = np.stack([_time(branch, times) for branch in step.branches])
            total = total + np.sum(branches / _ranks(branches), axis=0)
    return total


def _way(call: Call) -> float:
    return sum(delay.mean for delay in call.delays)


def _ranks(times: Array) -> Array:
    """1 for the longest of the branches, 2 for the next, ...; the branches are the first axis."""
    return np.asarray(np.argsort(np.argsort(-times, axis=0, kind="stable"), axis=0) + 1.0, dtype=float)


def _reach(steps: tuple[Step, ...], rate: Array, times: Array, reached: Array) -> Array:
    """Adds the calls that runs at a rate wait for to `reached`; (L,) the mean number that is on the network."""
    ways = np.zeros(len(rate))
    for step in steps:
        if isinstance(step, Call):
            if step.waits:
                reached[:, step.task] += rate * step.count
                ways += rate * step.count * _way(step)
        elif isinstance(step, Choice):
            for probability, option in step.options:
                ways += _reach(option, rate * probability, times, reached)
        else:
            ranks = _ranks(np.stack([_time(branch, times) for branch in step.branches]))
            for branch, rank in zip(step.branches, ranks, strict=True):
                ways += _reach(branch, rate / rank, times, reached)
    return ways
