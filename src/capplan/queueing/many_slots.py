"""The network that holders of many slots pass: its throughput with n of them, where n is large.

The first X(n) are exact (`inner`). Beyond them X(n) is the rate at which an open network holds n on average, mended to
the next order of the saddle point (Daniels 1954), which leaves a part of about 1/n^2 in all:

    ln X(n) = ln u + 1/2 d ln s2/dN   at N(u) = n - 1/2,   s2 = u dN/du

with N(u) the mean number of holders in the open network at u holders per second. Rates are told up to a number of
holders that is not reached; from there on the rate is that of all slots together.
"""

from collections.abc import Sequence

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.inner import LEVEL, Inner, throughputs

EXACT = 1024
"""So many slots are looked at exactly."""
NEAR = 0.998
"""Loads nearer to what the network can do than this, as a part of it, are not looked at for how many slots they use."""
SPREAD = 30.0
"""Standard deviations above the mean beyond which no number of holders is reached."""
POINTS = 1500
"""Rates at which the open network is looked at."""
BELOW = 0.9
"""The lowest of them, as a part of the last exact rate."""
SLACK = 1e-9
"""The highest of them is so far below what the network can do, as a part of it."""


def told_rates(queues: Sequence[Inner], delay: Array, slots: int, arrivals: Array) -> Array:
    """(L, K) X(n), n = 1..K with K <= T; the last is X(T), the rate from K to T.

    Args:
        queues: what a holder passes.
        delay: (L,) time > 0 without a queue.
        slots: T.
        arrivals: (L,) holders that come per second.
    """
    exact = throughputs(queues, delay, min(slots, EXACT))
    if slots <= EXACT:
        return exact
    passed = [queue.level for queue in queues if np.any(queue.visits > 0.0)]
    limit = _limit(passed, delay)
    if np.all(exact[:, -1] >= limit * (1.0 - LEVEL)):
        return exact
    rates = _grid(limit, delay, exact, slots)
    number = np.stack([_number([one.rows(row) for one in passed], delay[row], rates[row][0]) for row in _each(delay)])
    spread = _slopes(number, np.log(rates))
    mended = rates * np.exp(0.5 * _slopes(np.log(spread), number))
    most = min(_reached(number, spread, rates, np.minimum(arrivals, NEAR * limit)), slots)
    counts = np.append(np.arange(EXACT + 1.0, max(most, EXACT + 1)), slots)
    beyond = np.stack([np.interp(counts, at + 0.5, row) for at, row in zip(number, mended, strict=True)])
    return np.concatenate((exact, np.clip(beyond, None, limit[:, None])), axis=1)


def _each(values: Array) -> list[slice]:
    return [slice(row, row + 1) for row in range(len(values))]


def _limit(queues: Sequence[Inner], delay: Array) -> Array:
    """(L,) X(n) of endless many."""
    limit = np.full(delay.shape, np.inf)
    for queue in queues:
        one = queue.each
        with np.errstate(divide="ignore"):
            limit = np.minimum(limit, (one.rates[:, -1] - one.others) / one.visits)
    return limit


def _grid(limit: Array, delay: Array, exact: Array, slots: int) -> Array:
    """(L, points) rates from where the exact ones end: evenly in ln(u / (limit - u)); in u where there is no limit."""
    first = BELOW * exact[:, -1]
    bounded = np.isfinite(limit)
    odds = first / np.where(bounded, np.maximum(limit - first, SLACK * limit), 2.0 * first)
    nearer = np.geomspace(odds, np.maximum(1.0 / SLACK, 2.0 * odds), POINTS, axis=1)
    evenly = np.linspace(first, 2.0 * slots / delay, POINTS, axis=1)
    return np.where(bounded[:, None], np.where(bounded, limit, 1.0)[:, None] * nearer / (1.0 + nearer), evenly)


def _number(queues: Sequence[Inner], delay: Array, rate: Array) -> Array:
    """(points,) N(u) of one load point."""
    waiting = [queue.residence(rate, 1.0 - 0.1 * SLACK) for queue in queues]
    return np.asarray(rate * (delay + sum(waiting, np.zeros(rate.shape))))


def _slopes(values: Array, places: Array) -> Array:
    return np.stack([np.gradient(row, at) for row, at in zip(values, places, strict=True)])


def _reached(number: Array, spread: Array, rates: Array, arrivals: Array) -> int:
    """The number of holders that is not passed at any of these loads."""
    most = number + SPREAD * np.sqrt(np.maximum(spread, 0.0))
    found = [np.interp(load, row, at) for load, row, at in zip(arrivals, rates, most, strict=True)]
    return int(np.ceil(max(found)))
