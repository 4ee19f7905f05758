"""Queues in order of arrival from arrays: when each visit is done.

One server is Lindley's recursion (1952); several are a heap of the times at which they become free (Kiefer and
Wolfowitz 1955).
"""

from heapq import heapreplace
from typing import TypeAlias

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.balancing import Group, Policy

Rows: TypeAlias = np.ndarray[tuple[int], np.dtype[np.intp]]

AT_A_TIME = 2048
"""So many visits become Python's numbers at once: few enough to stay near the processor."""


def spread(group: Group, keys: Array, generator: np.random.Generator) -> Rows:
    """The replica of each row, in order of arrival."""
    if group.replicas == 1:
        return np.zeros(len(keys), np.intp)
    shares = np.array(group.shares or (1.0 / group.replicas,) * group.replicas)
    if group.policy is Policy.ROUND_ROBIN:
        return _in_turn(shares, len(keys))
    bounds = np.cumsum(shares / shares.sum())[:-1]
    chosen = keys if group.policy is Policy.IP_HASH else generator.random(len(keys))
    if group.policy is Policy.RANDOM and not group.shares:
        return (chosen * group.replicas).astype(np.intp)
    return np.searchsorted(bounds, chosen, side="right")


def _in_turn(shares: Array, count: int) -> Rows:
    """Each replica every (1 / share)-th time: in the order of the times at which each is due."""
    turns = [np.arange(1, int(count * share) + 2) / share for share in shares / shares.sum() if share > 0.0]
    replicas = np.repeat(np.flatnonzero(shares > 0.0), [len(turn) for turn in turns])
    return replicas[np.argsort(np.concatenate(turns), kind="stable")[:count]]


def served(group: Group, came: Array, work: Array, where: Rows, order: Rows) -> Array:
    """When each row is done, every replica by itself."""
    done = np.empty(len(came))
    if group.replicas == 1:
        done[order] = in_order(came[order], work[order], round(group.servers))
        return done
    sorted_by_replica = order[np.argsort(where[order], kind="stable")]
    ends = np.cumsum(np.bincount(where, minlength=group.replicas))
    for begin, end in zip((0, *ends[:-1]), ends, strict=True):
        rows = sorted_by_replica[begin:end]
        done[rows] = in_order(came[rows], work[rows], round(group.servers))
    return done


def in_order(came: Array, work: Array, servers: int) -> Array:
    """When each of a queue's visits is done, in order of arrival."""
    if servers == 1:
        total = np.cumsum(work)
        return np.asarray(total + np.maximum.accumulate(came - (total - work)))
    done = np.empty(len(came))
    free = [0.0] * min(servers, max(len(came), 1))
    for begin in range(0, len(came), AT_A_TIME):
        rows = slice(begin, begin + AT_A_TIME)
        done[rows] = _ends(free, came[rows].tolist(), work[rows].tolist())
    return done


def _ends(free: list[float], came: list[float], work: list[float]) -> list[float]:
    """When the next visits are done; free: when each server is, as a heap, which goes on from here."""
    replace = heapreplace  # gives back a time, never None: so it may stand as a condition, in a loop without calls
    return [
        end
        for arrival, service in zip(came, work, strict=True)
        if replace(free, end := (arrival if arrival > free[0] else free[0]) + service) is not None  # noqa: FURB136 (a call takes longer)
    ]
