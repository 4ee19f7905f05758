"""M/M/c with a finite source: a population that thinks and comes, one queue, c servers, at any load.

Below c users the number there is binomial, above it a Poisson number cut off: both sums have a closed form, Engset's
(1918) and Erlang's (1917), so a population of millions costs what one of ten does. A queue of service times that are
not exponential is counted in blocks of (1 + cs2)/2 services ("own"), as the wait of an open queue is. All in
logarithms: far beyond saturation idle servers are rarer than any number can say.

Symbols: N users, c servers, z = E[S]/E[think], b blocks that a user is when he waits (2/(1 + cs2), 1 where services are
exponential), B Erlang's loss formula.
"""

from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.bracketed import rising_root
from capplan.queueing.erlang import log_erlang_b

SPARSE = 30.0
"""A Poisson number with this many times the mean that it is cut off at: the queue is a short sum."""
FRACTION = 2000
"""Most terms of the continued fraction."""


class FoundByArrivals(NamedTuple):
    """What an arrival finds, by the arrival theorem: the same system with one user less.

    Attributes:
        chance: P(all servers are busy).
        ahead: mean number of blocks queued, given that they are.
        most: the most blocks that can be queued.
    """

    chance: Array
    ahead: Array
    most: Array


def log_idle(servers: Array, users: Array, blocks: Array, log_z: Array) -> Array:
    """ln of the part of the servers that is idle."""
    z = np.exp(log_z)
    alone = np.log(np.maximum(1.0 - users * z / (1.0 + z) / servers, 1e-300))
    many = np.maximum(users, servers + 1e-9)
    below, above = _log_below(servers, many, log_z), -log_erlang_b((many - servers) * blocks, servers * blocks / z)
    idle = servers - z * (many - servers) * -np.expm1(-below)
    crowded = below + np.log(np.maximum(idle, 1e-300)) - np.log1p(z) - _log_all(below, above) - np.log(servers)
    return np.asarray(np.where(users <= servers, alone, crowded))


def log_thinking(servers: Array, users: Array, blocks: Array, log_slack: Array) -> Array:
    """ln z at which this part of the servers is idle (its ln); where so few users cannot keep so many servers busy, as
    near as they come."""
    busy = -np.expm1(log_slack) * servers
    least = np.log(busy) - np.log(np.maximum(users - busy, 1e-9 * users))
    alone = users <= servers

    def surplus(log_z: Array) -> Array:
        found = log_slack - log_idle(servers, users, blocks, log_z)
        return np.asarray(np.where(alone, log_z - least, found))

    return np.asarray(np.where(alone, least, rising_root(surplus, least - 0.01, least + 0.5)))


def arrivals(servers: Array, users: Array, blocks: Array, log_z: Array) -> FoundByArrivals:
    """What an arrival finds."""
    others = users - 1.0
    waits = others >= servers
    many = np.maximum(others, servers)
    most = (many - servers) * blocks
    offered = servers * blocks / np.exp(log_z)
    above = -log_erlang_b(most, offered)
    chance = np.exp(above - _log_all(_log_below(servers, many, log_z), above))
    return FoundByArrivals(np.where(waits, chance, 0.0), np.where(waits, queued(most, offered), 0.0), most)


def queued(most: Array, mean: Array) -> Array:
    """E[J] where M - J is a Poisson number cut off at M: M less what Erlang's loss system of M servers carries.

    Args:
        most: M >= 0.
        mean: of the Poisson number before it is cut off, > 0.
    """
    carried = most + mean * np.expm1(log_erlang_b(most, mean))
    few, likely, total = np.zeros(carried.shape), np.ones(carried.shape), np.ones(carried.shape)
    for k in range(1, 13):
        likely = likely * np.maximum(most - k + 1.0, 0.0) / mean
        few, total = few + k * likely, total + likely
    return np.asarray(np.where(mean > SPARSE * most, few / total, np.maximum(carried, 0.0)))


def _log_all(below: Array, above: Array) -> Array:
    """ln of all states over the one of c users, which both pieces hold."""
    return np.asarray(np.logaddexp(below, above + np.log(np.maximum(-np.expm1(-above), 1e-300))))


def _log_below(servers: Array, users: Array, log_z: Array) -> Array:
    """ln of the sum over n <= c of C(N, n) z^n over its last term: an incomplete beta function."""
    from scipy.special import betainc, gammaln

    c, n, z = np.broadcast_arrays(servers, users, np.exp(log_z))
    q = 1.0 / (1.0 + z)
    room = np.maximum(n - c, 1e-12)
    with np.errstate(divide="ignore"):
        body = np.asarray(betainc(room, c + 1.0, q))
        last = gammaln(n + 1.0) - gammaln(c + 1.0) - gammaln(n - c + 1.0) + c * np.log(z) - n * np.log1p(z)
        direct = np.log(body) - last
    rare = body < 1e-250
    if np.any(rare):
        direct = np.where(rare, np.log((1.0 - q) * _beta_fraction(room, c + 1.0, np.where(rare, q, 0.0))), direct)
    return np.asarray(np.maximum(direct, 0.0))


def _beta_fraction(a: Array, b: Array, x: Array) -> Array:
    """The continued fraction of the incomplete beta function (Lentz); fast for x < (a + 1)/(a + b + 2)."""
    d = 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    c, h = np.ones_like(d), d
    for m in range(1, FRACTION):
        even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        for term in (even, odd):
            d = 1.0 / _safe(1.0 + term * d)
            c = _safe(1.0 + term / c)
            h = h * d * c
        if float(np.max(np.abs(d * c - 1.0))) < 1e-15:
            break
    return np.asarray(h)


def _safe(value: Array) -> Array:
    return np.asarray(np.where(np.abs(value) < 1e-300, 1e-300, value))
