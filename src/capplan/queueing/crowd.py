"""Who joins a queue behind a visit that waits: the number of arrivals during its wait, given that all servers are busy.

The wait is R1 and a geometric number of X (`residual`), each law as some points of time with their weights: unlike a
grid's transform, such a sum can be taken at any complex argument. By the distributional form of Little's law (Keilson
and Servi 1988) the number that waits is the number of Poisson arrivals during one wait.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array, Mask, Spectrum
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.erlang import erlang_c
from capplan.queueing.laws import Law
from capplan.queueing.residual import Residual

OCTAVE = 4
"""Points of a law in each doubling of the time."""
FIRST, LAST = -10 * OCTAVE, 14 * OCTAVE
"""The first and the last, from 2^-10 to 2^14 mean residual times."""
RARE = 1e-9
"""Points at either end with less weight are left out."""


class Points(NamedTuple):
    """A law as points of time in equal ratios, with their weights."""

    times: Array
    weights: Array

    @property
    def scv(self) -> float:
        """Squared coefficient of variation."""
        return float(self.weights @ self.times**2) / float(self.weights @ self.times) ** 2 - 1.0

    def transform(self, s: Spectrum) -> Spectrum:
        """E[e^(-s T)]; twice the time is the square, which spares most exponentials."""
        total = np.zeros(s.shape, dtype=complex)
        for start, time in enumerate(self.times[:OCTAVE].tolist()):
            power = np.exp(-time * s)
            for weight in self.weights[start::OCTAVE].tolist():
                total += weight * power
                power *= power
        return total


class Queue(NamedTuple):
    """Those who wait at one replica.

    Attributes:
        residual: what a visit that must wait finds ahead of it.
        flow: (L,) arrivals per second.
        crowded: (L,) probability that there may be a queue.
        given: (L,) mean wait then; inf where saturated.
        short: (L,) mean number that waits then besides, because queues are not perfectly even.
    """

    residual: Residual
    flow: Array
    crowded: Array
    given: Array
    short: Array

    @property
    def mean(self) -> Array:
        """(L,) mean number that waits; inf where saturated."""
        flow = self.crowded * self.flow
        queued = np.multiply(flow, self.given, out=np.zeros_like(flow), where=flow > 0.0)
        return np.asarray(queued + self.crowded * self.short)

    def square(self, part: Array) -> Array:
        """(L,) mean square of the number that waits when each is kept with the probability `part`."""
        rate, short = part * self.flow, part * self.short
        joint = rate**2 * wait_square(self.residual, self.given) + 2.0 * rate * self.given * short + short**2
        return np.asarray(self.crowded * (rate * self.given + short + joint))

    def transform(self, s: Spectrum) -> Spectrum:
        """(L, frequencies): E[z^Q | crowded] where each is kept with a probability p, at s = p (1 - z)."""
        law = joining(self.residual, self.given, self.flow[:, None] * s)
        return np.asarray(law * np.exp(-self.short[:, None] * s))

    def at(self, rows: Mask) -> "Queue":
        """The queue at some of the loads."""
        return Queue(self.residual, *(array[rows] for array in self[1:]))


def plain_queue(law: Law, servers: float, flow: Array, wait: Array, full: Array) -> Queue:
    """A queue of its own: whoever finds all servers busy waits.

    Args:
        law: service law.
        servers: c.
        flow: (L,) arrivals per second.
        wait: (L,) mean wait.
        full: (L,) probability that all servers are busy.
    """
    given = np.divide(wait, full, out=np.zeros_like(full), where=full > 0.0)
    return Queue(Residual(law, servers), flow, full, given, np.zeros_like(full))


def evened_queue(law: Law, group: Group, flow: Array, wait: Array) -> Queue:
    """The queue of a replica whose balancer sends to shorter ones: long only where all are (own).

    Given that all servers of all N replicas are busy, it falls with rho^N, as in `balancing.least_connections`; what is
    missing to the mean wait is the unevenness of short queues. Power of two choices is taken as two such replicas.
    """
    alike = group.replicas if group.policy is Policy.LEAST_CONNECTIONS else 2
    c, rho = group.servers, np.minimum(flow * law.mean / group.servers, 1.0)
    crowded = erlang_c(alike * c, rho * alike * c)
    most = np.divide(wait, crowded, out=np.zeros_like(wait), where=crowded > 0.0)
    with np.errstate(divide="ignore"):
        longer = np.where(rho < 1.0, rho**alike / (1.0 - np.minimum(rho, 1.0 - 1e-16) ** alike), np.inf)
    given = np.minimum(longer * Residual(law, c).ahead, most)
    missing = np.subtract(most, given, out=np.zeros_like(flow), where=np.isfinite(most))
    short = flow * missing
    return Queue(Residual(law, alike * c), flow, crowded, given, short)


def joining(residual: Residual, given: Array, s: Spectrum) -> Spectrum:
    """(L, frequencies): E[e^(-s W)] of the wait W of those who must wait, and so E[z^Q] at s = rate x (1 - z).

    Args:
        residual: R1 and X.
        given: (L,) E[W | W > 0].
        s: (L, frequencies), real parts at least 0.
    """
    if residual.memoryless:
        return np.asarray(1.0 / (1.0 + given[:, None] * s))
    keep, g = _shape(residual, given)
    first, aged = _points(residual)
    one = aged.transform(s)
    part = residual.servers**-0.5
    ahead = part * one + (1.0 - part) / (1.0 + residual.ahead * s) if part < 1.0 else one
    start = one if part == 1.0 else first.transform(s)
    return np.asarray((1.0 - keep + keep * start) * (1.0 - g) / (1.0 - g * ahead))


def wait_square(residual: Residual, given: Array) -> Array:
    """(L,) E[W^2 | W > 0]."""
    if residual.memoryless:
        return np.asarray(2.0 * given**2)
    keep, g = (column[:, 0] for column in _shape(residual, given))
    first, aged = _points(residual)
    number = g / (1.0 - g)
    part = residual.servers**-0.5
    ahead = residual.ahead**2 * (part * aged.scv + (1.0 - part))
    start = keep * residual.first**2 * (first.scv + 1.0 - keep)
    return np.asarray(given**2 + start + number * ahead + number * (1.0 + number) * residual.ahead**2)


def _shape(residual: Residual, given: Array) -> tuple[Array, Array]:
    """(weight of R1, g) as columns, from the conditional mean."""
    extra = np.maximum(given - residual.first, 0.0) / residual.ahead
    keep = np.minimum(given / residual.first, 1.0)
    return keep[:, None], (extra / (1.0 + extra))[:, None]


@lru_cache(maxsize=1024)
def _points(residual: Residual) -> tuple[Points, Points]:
    """R1, and the part of X that is Se/c, each with its exact mean."""
    law, c = residual.law, residual.servers
    mean = 0.5 * (1.0 + law.scv) * law.mean
    times = mean * 2.0 ** (np.arange(FIRST, LAST) / OCTAVE)
    edges = np.concatenate(([0.0], times[:-1] * 2.0 ** (0.5 / OCTAVE)))
    tail = np.minimum(law.excess(edges) / law.mean, 1.0)
    return _placed(times, tail**c, residual.first), _placed(times, tail, residual.ahead)


def _placed(times: Array, tail: Array, mean: float) -> Points:
    """What lies around each time at that time, then all times scaled to the right mean."""
    weights = np.append(tail[:-1] - tail[1:], tail[-1])
    kept = np.flatnonzero(weights > RARE)
    span = slice(int(kept[0]), int(kept[-1]) + 1)
    times, weights = times[span], weights[span] / weights[span].sum()
    return Points(times * (mean / float(weights @ times)), weights)
