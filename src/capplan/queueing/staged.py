"""Times that end at a random event of a Poisson stream, exactly.

P(T > t) = sum_k Poisson(k; nu t) a_k with a_k = P(more than k events are needed). Every term is positive
(uniformisation, Jensen 1953; Grassmann 1977), so the tail is exact to rounding however many stages there are. Used
where an arrival has a random number of exponential stages ahead: finite, shortest, fork-join.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from capplan.queueing.arrays import Array


def poisson(mean: Array, count: int) -> Array:
    """(L, count) P(N = k) for k = 0..count-1, N Poisson of `mean` (L,) >= 0."""
    k = np.arange(count, dtype=float)
    log_factorial = np.concatenate(([0.0], np.cumsum(np.log(k[1:]))))
    logs = k * np.log(np.maximum(mean[:, None], 1e-300))
    return np.asarray(np.exp(logs - mean[:, None] - log_factorial))


@dataclass(frozen=True, kw_only=True)
class StagedTime:
    """The time until a random number of events has come, over load points.

    Attributes:
        rate: nu, events per unit of time.
        alive: (L, K) P(more than k events are needed), k = 0..K-1.
        ratio: (L,) by which `alive` goes on falling beyond K, in [0, 1).
    """

    rate: float
    alive: Array
    ratio: Array

    @property
    def mean(self) -> Array:
        """(L,) E[T]."""
        return np.asarray((self.alive.sum(axis=1) + self.alive[:, -1] * self.ratio / (1.0 - self.ratio)) / self.rate)

    def tail(self, time: Array) -> Array:
        """(L,) P(T > time)."""
        events = self.rate * np.asarray(time, dtype=float)
        body = np.sum(self.alive * poisson(events, self.alive.shape[1]), axis=1)
        return np.asarray(np.minimum(body + self._rest(events), 1.0))

    def _rest(self, events: Array) -> Array:
        """sum over k >= K: a_K-1 r^(k-K+1) Poisson(k; x) = a_K-1 r^(1-K) e^(-x(1-r)) P(Poisson(r x) >= K)."""
        from scipy.special import gammainc

        count = self.alive.shape[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            log_tail = np.log(gammainc(float(count), self.ratio * events))
            logs = log_tail + (1.0 - count) * np.log(self.ratio) - events * (1.0 - self.ratio)
        return np.asarray(np.where(self.ratio > 0.0, self.alive[:, -1] * np.exp(np.nan_to_num(logs, nan=-np.inf)), 0.0))

    def quantile(self, level: float) -> Array:
        """(L,) the time that a fraction `level` does not exceed, by bisection to a relative 1e-12."""
        return crossing(self.tail, 1.0 - level, self.mean)


def behind(waiting: Array, servers: int, service: float) -> StagedTime:
    """The time in system of a visit that finds jobs before it at c exponential servers.

    Seen as events at rate c mu: one for each job that must leave first; from then on each one is the end of the visit
    itself with probability 1/c.

    Args:
        waiting: (L, J) P(j = 1..J jobs must leave before service begins); what is missing to 1 begins at once.
        servers: c >= 1.
        service: E[S] = 1/mu.
    """
    kept = 1.0 - 1.0 / servers
    queued = waiting.sum(axis=1)
    inside = 1.0 - queued
    alive = np.ones((len(waiting), waiting.shape[1] + 1))
    for column in range(waiting.shape[1]):
        inside = kept * inside + waiting[:, column]
        queued = queued - waiting[:, column]
        alive[:, column + 1] = inside + np.maximum(queued, 0.0)
    return StagedTime(rate=servers / service, alive=alive, ratio=np.full(len(waiting), kept))


def crossing(tail: Callable[[Array], Array], mass: float, guess: Array) -> Array:
    """(L,) where a falling tail reaches `mass`; 0 where it starts below.

    Args:
        tail: P(T > t) at (L,) times.
        mass: in (0, 1).
        guess: (L,) > 0, doubled until it lies beyond.
    """
    low, high = np.zeros(guess.shape), np.array(guess, dtype=float)
    while np.any(tail(high) > mass):
        high = np.where(tail(high) > mass, 2.0 * high, high)
    for _ in range(48):
        middle = 0.5 * (low + high)
        above = tail(middle) > mass
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.asarray(0.5 * (low + high))
