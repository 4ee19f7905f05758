"""Least connections that counts connections only, over replicas of different sizes: the small ones fill up first.

Connections stay even, so with L in total each replica holds L/N of them and the group serves sum_i min(L/N, c_i) at
once: a birth-death chain in L. An arrival joins a replica that holds floor(L/N), the more likely the faster it ends its
jobs. "own"; exponential service. Against simulation with sizes 2, 4, 4, 8 at a utilisation of 0.9: mean -2 %, p99 -3 %.
"""

import math
from dataclasses import dataclass

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.finite import NEGLIGIBLE, birth_death
from capplan.queueing.staged import StagedTime, behind, crossing


@dataclass(frozen=True, kw_only=True)
class UnequalReplicas:
    """Replicas of different sizes behind plain least connections, over load points.

    Attributes:
        shares: (L, N) part of the arrivals that each replica gets.
        sojourns: the time in system at each replica.
    """

    shares: Array
    sojourns: tuple[StagedTime, ...]

    @property
    def mean_sojourn(self) -> Array:
        """(L,) E[T]."""
        return np.asarray(np.sum(self.shares * np.stack([part.mean for part in self.sojourns], axis=1), axis=1))

    def tail(self, time: Array) -> Array:
        """(L,) P(T > time)."""
        return np.asarray(np.sum(self.shares * np.stack([part.tail(time) for part in self.sojourns], axis=1), axis=1))

    def quantiles(self, levels: tuple[float, ...]) -> Array:
        """(L, Q) percentiles of the time in system."""
        return np.stack([crossing(self.tail, 1.0 - level, self.mean_sojourn) for level in levels], axis=1)


def plain_least_connections(sizes: tuple[int, ...], rates: Array, service: float) -> UnequalReplicas:
    """Solve at every load.

    Args:
        sizes: c_i of each replica.
        rates: (L,) arrivals per unit of time, below sum c_i / E[S].
        service: E[S].
    """
    arrivals, c = np.asarray(rates, dtype=float), np.array(sizes, dtype=float)
    load = float(arrivals.max()) * service / float(c.sum())
    count = len(sizes) * (max(sizes) + 1) + math.ceil(NEGLIGIBLE / -math.log(load))
    total = np.arange(count + 1)
    even, extra = np.divmod(total, len(sizes))
    full = np.minimum(even[:, None], c).sum(axis=1)
    busy = full + extra / len(sizes) * (np.minimum(even[:, None] + 1, c).sum(axis=1) - full)
    shape = (len(arrivals), count)
    states = birth_death(np.broadcast_to(arrivals[:, None], shape), np.broadcast_to(busy[1:] / service, shape))
    speed = np.minimum(even[:, None] + 1, c)
    chances = states[:, :, None] * speed / speed.sum(axis=1, keepdims=True)
    shares = chances.sum(axis=1)
    held = np.eye(int(even[-1]) + 1)[even]
    sojourns = tuple(
        behind((chances[:, :, i] @ held)[:, size:] / shares[:, i : i + 1], size, service)
        for i, size in enumerate(sizes)
    )
    return UnequalReplicas(shares=shares, sojourns=sojourns)
