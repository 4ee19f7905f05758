"""Fork and join: a request starts one task on each of k single-server queues and ends with the slowest.

Arrivals are Poisson and services exponential. The mean is exact for two branches (Flatto and Hahn 1984) and Nelson and
Tantawi's (1988) approximation for more (within a few per cent). The law for two branches is exact up to a truncation:
given what an arrival finds, (n1, n2), its two responses are independent Erlang times of n1+1 and n2+1 stages.
"""

import math
from dataclasses import dataclass

import numpy as np

from capplan.queueing import qbd
from capplan.queueing.arrays import Array
from capplan.queueing.staged import crossing, poisson

MISSED = 1e-8
"""Probability of longer queues that the truncation may leave out."""
MOST = 600
"""Longest queue kept: enough up to a utilisation of 0.97."""


def mean_response(branches: int, rho: Array, service: float = 1.0) -> Array:
    """E[slowest of k]; inf where rho >= 1.

    [H_k/H_2 + 4 rho/11 (1 - H_k/H_2)] (12 - rho)/8 E[S]/(1 - rho), k >= 2; E[S]/(1-rho) for one branch.
    """
    load = np.asarray(rho, dtype=float)
    harmonic = sum(1.0 / i for i in range(1, branches + 1)) / 1.5
    two = (harmonic + 4.0 * load / 11.0 * (1.0 - harmonic)) * (12.0 - load) / 8.0
    factor = np.ones(load.shape) if branches == 1 else two
    return np.asarray(np.where(load < 1.0, factor * service / np.where(load < 1.0, 1.0 - load, 1.0), np.inf))


@dataclass(frozen=True, kw_only=True)
class ForkOfTwo:
    """Two branches at one load.

    Attributes:
        service: E[S] of a branch.
        joint: (n, n) P(an arrival finds m jobs in the shorter queue and m + d in the longer).
    """

    service: float
    joint: Array

    def tail(self, time: Array) -> Array:
        """P(slowest > t) at times (L,)."""
        count = len(self.joint)
        events = poisson(np.asarray(time, dtype=float) / self.service, 2 * count)
        done = np.maximum(1.0 - np.cumsum(events, axis=1), 0.0)
        index = np.add.outer(np.arange(count), np.arange(count))
        both = np.array([np.sum(self.joint * row[:count, None] * row[index]) for row in done])
        return np.asarray(np.minimum(float(self.joint.sum()) - both, 1.0))

    def quantiles(self, levels: tuple[float, ...]) -> Array:
        """(Q,) percentiles of the slowest."""
        start = np.array([self.service])
        return np.array([float(crossing(self.tail, 1.0 - level, start)[0]) for level in levels])


def fork_of_two(rho: float, service: float = 1.0) -> ForkOfTwo:
    """The law of two branches.

    Args:
        rho: utilisation of each branch, in (0, 0.97].
        service: E[S] of a branch.
    """
    count = min(max(math.ceil(math.log(MISSED) / math.log(rho)), 16), MOST)
    empty, rate = qbd.stationary(*_rates(rho, count))
    joint = np.empty((count, count))
    level = empty[0]
    for m in range(count):
        joint[m] = level
        level = level @ rate[0]
    return ForkOfTwo(service=service, joint=joint / joint.sum())


def _rates(rho: float, count: int) -> tuple[Array, Array, Array, Array]:
    """(up, local, down, floor): level = shorter queue, phase = difference; services at rate 1, arrivals at rate rho."""
    up = rho * np.eye(count)
    down = np.eye(count, k=1)
    down[0, 1] = 2.0
    inside = np.eye(count, k=-1)
    local = inside - np.diag((inside + up + down).sum(axis=1))
    floor = inside - np.diag((inside + up).sum(axis=1))
    return up[None], local[None], down[None], floor[None]
