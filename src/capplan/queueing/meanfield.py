"""Power of two choices among very many replicas of c servers: the stationary queue of one of them.

With s_k = P(a replica holds at least k), an arrival joins at level k with probability s_k^2 - s_{k+1}^2, and the flow
across each level balances: c rho s_k^2 = (k+1) s_{k+1} + sum_{j=k+2..c} s_j for k < c, and s_{k+1} = rho s_k^2 from k
= c-1 on (the sum of Mitzenmacher's and Vvedenskaya's equations over the levels above, "own" for c > 1). The lower
levels follow backwards from s_c, which is found so that s_0 = 1.
"""

import numpy as np

from capplan.queueing.arrays import Array

LEVELS = 64
"""Waiting levels kept: beyond c the tail falls doubly exponentially."""

MANY = 1000
"""More servers count as so many with as many idle: replicas differ by a few visits, however many they hold."""


def waiting_jobs(servers: float, rho: Array) -> Array:
    """(L, K): probability that an arrival joins a replica where all servers are busy and j = 0..K-1 jobs wait."""
    c = max(round(servers), 1)
    spare = (1.0 - np.asarray(rho, dtype=float)) * max(c / MANY, 1.0)
    c = min(c, MANY)
    load = np.clip(1.0 - spare if c == MANY else np.asarray(rho, dtype=float), 1e-12, 1.0 - 1e-9)
    tail = np.empty((load.size, LEVELS + 1))
    tail[:, 0] = np.exp(_log_all_busy(c, load))
    for level in range(LEVELS):
        tail[:, level + 1] = load * tail[:, level] ** 2
    joins = tail[:, :-1] ** 2 - tail[:, 1:] ** 2
    used = int(np.max(np.sum(joins > 1e-16, axis=-1), initial=1))
    return np.asarray(joins[:, : max(used, 1)])


def _log_all_busy(c: int, rho: Array) -> Array:
    """ln s_c, by narrowing a bracket to one part in 16 at a time; s_0 grows with s_c."""
    low, high = np.full(rho.shape, -700.0), np.zeros(rho.shape)
    for _ in range(10):
        trial = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, 17)
        below = np.sum(_empty(c, rho[:, None], np.exp(trial)) < 1.0, axis=-1)
        index = np.clip(below - 1, 0, 15)[:, None]
        low, high = np.take_along_axis(trial, index, 1)[:, 0], np.take_along_axis(trial, index + 1, 1)[:, 0]
    return np.asarray(0.5 * (low + high))


def _empty(c: int, rho: Array, full: Array) -> Array:
    """s_0 that goes with s_c = full."""
    later = np.zeros(np.broadcast(rho, full).shape)
    level = np.broadcast_to(full, later.shape)
    for k in range(c - 1, -1, -1):
        here = np.sqrt(((k + 1) * level + later) / (c * rho))
        later = later + level
        level = here
    return np.asarray(level)
