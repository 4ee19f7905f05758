"""The Universal Scalability Law: what so many servers do together, and how busy they are where they slow each other
down.

C(n) = n / (1 + sigma (n-1) + kappa n (n-1)), Gunther (1993, 2007): sigma is contention, kappa coherency. A replica with
k of its c servers busy works at the rate C(k), so a visit to an idle one is not slowed down (state-dependent rates, a
birth-death chain): `METHODS["usl"]`. It knows one replica, or several that are evenly filled, and no laws of times.
"""

from functools import lru_cache
from math import floor, inf, sqrt
from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.erlang import erlang_c

IDLE = 1e-12
"""The load that stands in for none, so that parts of it exist."""


class Speedup(NamedTuple):
    """sigma and kappa.

    Attributes:
        contention: sigma, the part of the work that waits for what all share, 0..1.
        coherency: kappa, what each pair of servers spends on agreeing.
    """

    contention: float = 0.0
    coherency: float = 0.0

    def of(self, count: Array | float) -> Array:
        """C(n), in servers that work alone; 0 of none."""
        return np.asarray(np.asarray(count, dtype=float) / self._shares(count))

    def slowdown(self, count: Array | float) -> Array:
        """n / C(n), by how much each of n servers is slower than alone; of none the same as of one."""
        return np.maximum(self._shares(count), 1.0)

    def _shares(self, count: Array | float) -> Array:
        n = np.asarray(count, dtype=float)
        return np.asarray(1.0 + self.contention * (n - 1.0) + self.coherency * n * (n - 1.0))

    @property
    def peak(self) -> float:
        """The whole number that does most, one of those beside n* = sqrt((1 - sigma)/kappa); inf where more always do
        more."""
        if self.coherency <= 0.0:
            return inf
        best = max(floor(sqrt(max(1.0 - self.contention, 0.0) / self.coherency)), 1)
        return float(best + 1 if self.of(best + 1) > self.of(best) else best)


class Crowd(NamedTuple):
    """How busy the servers of a replica are as an arrival finds them, over load points.

    Attributes:
        thinner: (L,) P(all are busy) over that of servers that are always as slow as when all are busy; at most 1.
        stretch: (L,) how much longer a service takes than alone, on average: E[busy servers] / offered work.
        variance: (L,) of how much slower than alone a service begins.
        most: how much longer it takes while all are busy, c / C(c).
    """

    thinner: Array
    stretch: Array
    variance: Array
    most: float


def crowd(speedup: Speedup, servers: float, replicas: int, rho: Array) -> Crowd:
    """What an arrival finds at replicas that are evenly filled, by the birth-death chain of all their visits.

    Args:
        speedup: of the servers of one replica.
        servers: c of one replica, taken as a whole number.
        replicas: how many are filled evenly.
        rho: (L,) offered work over what all servers can do together, C(c) each replica.

    Exact for Poisson arrivals, exponential services and one replica; with n visits at N replicas N - n mod N of them
    hold n // N, the others one more.
    """
    c, count = max(round(servers), 1), max(replicas, 1)
    logs, slower = _chain(speedup, c, count)
    top = float(speedup.of(c))
    load = np.clip(rho, IDLE, 1.0 - IDLE)
    places = c * count
    weights = np.arange(places + 1) * np.log(load * top * count)[:, None] - logs
    weights = np.exp(weights - weights.max(axis=1, keepdims=True))
    weights[:, -1] /= 1.0 - load
    states = weights / weights.sum(axis=1, keepdims=True)
    busy = states @ np.arange(places + 1.0)
    begins = states @ slower
    full = np.maximum(erlang_c(float(places), load * places), 1e-300)
    saturated = rho >= 1.0
    return Crowd(
        thinner=np.where(saturated, 1.0, np.minimum(states[:, -1] / full, 1.0)),
        stretch=np.where(saturated, c / top, np.maximum(busy / (load * top * count), 1.0)),
        variance=np.where(saturated, 0.0, np.maximum(states @ slower**2 - begins**2, 0.0)),
        most=c / top,
    )


@lru_cache(maxsize=1024)
def _chain(speedup: Speedup, servers: int, replicas: int) -> tuple[Array, Array]:
    """((places + 1,) ln of the product of the rates up to each number of visits, how slow the next one begins)."""
    logs = np.concatenate(([0.0], np.cumsum(np.log(filled_rates(speedup, servers, replicas)[1:]))))
    each = np.arange(servers * replicas + 1) // replicas
    return logs, speedup.slowdown(np.minimum(each + 1, servers))


def filled_rates(speedup: Speedup, servers: float, replicas: int) -> Array:
    """(places + 1,) what evenly filled replicas do with 0, 1, ... visits, up to one for each server."""
    visits = np.arange(max(round(servers), 1) * replicas + 1.0)
    each, more = np.floor_divide(visits, replicas), np.mod(visits, replicas)
    return np.asarray((replicas - more) * speedup.of(each) + more * speedup.of(each + 1))
