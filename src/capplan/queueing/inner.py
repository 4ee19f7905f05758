"""The network that holders of a slot pass: its throughput with n of them.

X(n) = G(n-1)/G(n) (Buzen 1973; Chandy, Herzog and Woo 1975 for the flow-equivalent server). What others ask of its
queues meanwhile is an open stream of a mixed network, which is exact in product form (Bruell, Balbo and Afshari 1984):
with X(i) the rates of a queue with i jobs, V visits of a holder and l arrivals of others,

    F(n) = V^n sum_j C(n+j, j) l^j / (X(1) ... X(n+j)),    G = F_1 * F_2 * ... * Z^n/n!

All in logarithms. Symbols: T slots, Z delay without a queue. Arrays are (L, n), axis 0 the load point.
"""

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.log_sums import convolved, log, log_sum
from capplan.queueing.scalability import Speedup, filled_rates

UNSHARED = 1e-9
"""What is left of a queue for us however much others ask, as a part of it."""
RAISES = 40
"""Steps in which the arrivals of others are raised."""
BRIEF = 1e-11
"""A delay below this (s) is none beside queues."""
LEVEL = 1e-11
"""A rate this near to the last one, as a part of it, is the last one."""
CELLS = 4e6
"""Numbers of the largest array: load points are looked at in blocks."""


class Inner(NamedTuple):
    """A queue that holders of a slot pass.

    Attributes:
        visits: (L,) V, visits of one holder; or the work that it brings, where rates are of work.
        rates: (L or 1, M) X(i) with i = 1..M jobs; with more it stays at the last.
        others: (L,) arrivals of others (or their work), below the last rate.
        copies: how many such queues there are, among which all visits are shared out.
        most: how many of the others there can be at most; None: no limit.
    """

    visits: Array
    rates: Array
    others: Array
    copies: int = 1
    most: int | None = None

    @property
    def each(self) -> "Inner":
        """One of the copies."""
        return self._replace(visits=self.visits / self.copies, others=self.others / self.copies, copies=1)

    def rows(self, rows: slice) -> "Inner":
        """The queue at some of the load points."""
        rates = self.rates if len(self.rates) == 1 else self.rates[rows]
        return self._replace(visits=self.visits[rows], rates=rates, others=self.others[rows])

    @property
    def level(self) -> "Inner":
        """The same without the rates at the end that differ from the last by rounding alone."""
        off = np.any(np.abs(self.rates - self.rates[:, -1:]) > LEVEL * self.rates[:, -1:], axis=0)
        return self._replace(rates=self.rates[:, : int(np.flatnonzero(off)[-1]) + 2 if off.any() else 1])

    def residence(self, arrivals: Array, fullest: float) -> Array:
        """(L,) time of one holder in all copies where slots are no limit.

        Args:
            arrivals: (L,) holders that arrive per second.
            fullest: the utilisation that is taken where more comes.
        """
        one = self.each
        total = np.minimum(arrivals * one.visits + one.others, fullest * one.rates[:, -1])
        number = open_number(one.rates, total)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(total > 0.0, number / total, 1.0 / one.rates[:, 0])
        return np.asarray(np.where(self.visits > 0.0, self.visits * mean, 0.0))


def servers_rates(servers: float, speedup: Speedup | None = None, replicas: int = 1) -> Array:
    """(1, c) rates of work of c servers on each of some replicas that are evenly filled."""
    if speedup is not None:
        return filled_rates(speedup, servers, replicas)[None, 1:]
    every = servers * replicas
    return np.minimum(np.arange(1.0, np.ceil(every) + 1.0), every)[None, :]


def open_number(rates: Array, arrivals: Array) -> Array:
    """(L,) mean number at a queue with rates X(i) and Poisson arrivals; inf where they are too many."""
    most = rates[:, -1]
    rho = arrivals / most
    stable = rho < 1.0
    count = rates.shape[1]
    with np.errstate(divide="ignore"):
        logs = np.log(arrivals)[:, None] - np.log(rates)
    logs = np.concatenate((np.zeros((len(logs), 1)), np.cumsum(logs, axis=1)), axis=1)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    odds = np.where(stable, rho, 0.0) / np.where(stable, 1.0 - rho, 1.0)
    top = weights[:, -1]
    total = weights.sum(axis=1) + top * odds
    first = weights @ np.arange(count + 1.0) + top * odds * (count + 1.0 + odds)
    return np.asarray(np.where(stable, first / total, np.inf))


def log_constants(queues: Sequence[Inner], delay: Array, count: int) -> Array:
    """(L, count + 1) ln G(n), n = 0..count.

    Args:
        queues: what a holder passes.
        delay: (L,) Z.
        count: T.
    """
    queues = [queue.level for queue in queues]
    found = np.empty((len(delay), count + 1))
    width = (count + 1) * max([count + 1, *(queue.rates.shape[1] + (queue.most or 0) for queue in queues)])
    block = max(int(CELLS / width), 1)
    for start in range(0, len(delay), block):
        rows = slice(start, start + block)
        found[rows] = _log_constants([queue.rows(rows) for queue in queues], delay[rows], count)
    return found


def _log_constants(queues: Sequence[Inner], delay: Array, count: int) -> Array:
    n = np.arange(count + 1.0)
    factorials = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1.0, count + 1.0)))))
    parts = [_copied(_log_factor(queue.each, count), queue.copies) for queue in queues if np.any(queue.visits > 0.0)]
    asked = sum((queue.visits > 0.0 for queue in queues), np.zeros(len(delay)))
    if np.any(delay > BRIEF) or not np.all(asked):
        parts.append(_times(n, log(delay)[:, None]) - factorials)
    return reduce(convolved, parts)


def _times(count: Array, logs: Array) -> Array:
    """count x logs; 0 for none, whatever the logarithm."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(count > 0, count * logs, 0.0))


def _copied(logs: Array, copies: int) -> Array:
    """The convolution of as many copies, by squaring."""
    result: Array | None = None
    while copies:
        if copies % 2:
            result = logs if result is None else convolved(result, logs)
        copies //= 2
        logs = convolved(logs, logs) if copies else logs
    assert result is not None
    return result


def _log_factor(queue: Inner, count: int) -> Array:
    """(L, count + 1) ln F(n) / F(0) of one queue."""
    if queue.most is not None and np.any(queue.others > 0.0):
        return _log_limited(queue, count, queue.most)
    n = np.arange(count + 1.0)
    last = queue.rates[:, -1:]
    products = np.concatenate((np.zeros((len(last), 1)), np.cumsum(np.log(queue.rates), axis=1)), axis=1)
    most, rho = queue.rates.shape[1], queue.others[:, None] / last
    logs = _times(n, log(queue.visits)[:, None])
    beyond = (most - n) * np.log(last) - products[:, -1:] - (n + 1.0) * np.log1p(-rho)
    few = min(count, most - 1) + 1
    beyond = np.broadcast_to(beyond, logs.shape).copy()
    if few > 0:
        beyond[:, :few] = np.logaddexp(beyond[:, :few] + _log_beyond(n[:few], most, rho), _below(queue, products, few))
    logs = logs + beyond
    return np.asarray(logs - logs[:, :1])


def _log_limited(queue: Inner, count: int, most: int) -> Array:
    """(L, count + 1) ln F(n) / F(0) where there are at most so many others.

    Those that find no place come later, so their arrivals are raised until as many get through as without the limit.
    """
    logs = _terms(queue, count, most)
    middle = count // 2
    j = np.arange(most + 1.0)
    arriving = log(queue.others)
    with np.errstate(over="ignore"):
        for _ in range(RAISES):
            weights = logs[:, middle] + _times(j, arriving[:, None])
            top = np.exp(weights[:, -1] - log_sum(weights))
            arriving = np.minimum(log(queue.others) - np.log1p(-np.minimum(top, 1.0 - 1e-9)), arriving + 1.0)
    found = _times(np.arange(count + 1.0), log(queue.visits)[:, None])
    found = found + log_sum(logs + _times(j, arriving[:, None])[:, None, :])
    return np.asarray(found - found[:, :1])


def _terms(queue: Inner, count: int, most: int) -> Array:
    """(L, count + 1, most + 1) ln of C(n+j, j) / (X(1) ... X(n+j))."""
    total = count + most
    known = np.log(queue.rates)
    steps = known[:, np.minimum(np.arange(total), known.shape[1] - 1)]
    products = np.concatenate((np.zeros((len(known), 1)), np.cumsum(steps, axis=1)), axis=1)
    factorials = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1.0, total + 1.0)))))
    n, j = np.arange(count + 1)[:, None], np.arange(most + 1)[None, :]
    return np.asarray((factorials[n + j] - factorials[n] - factorials[j])[None] - products[:, n + j])


def _log_beyond(n: Array, most: int, rho: Array) -> Array:
    """ln P(a negative binomial number of others brings n to `most` or more): the part of F(n) past the last rate."""
    if not np.any(rho > 0.0):
        return np.full((len(rho), len(n)), -np.inf)
    from scipy.special import betainc

    return log(np.asarray(betainc(most - n, n + 1.0, rho)))


def _below(queue: Inner, products: Array, few: int) -> Array:
    """(L, few) ln sum over N = n..M-1 of C(N, n) l^(N-n) / (X(1) ... X(N)): the part of F(n) before the last rate."""
    if not np.any(queue.others > 0.0):
        return np.broadcast_to(-products[:, :few], (len(queue.visits), few))
    most = queue.rates.shape[1]
    count = np.arange(float(most))
    factorials = np.concatenate(([0.0], np.cumsum(np.log(count[1:]))))
    # N! / (X(1) ... X(N)) from behind, beside l^j / j!
    known = np.broadcast_to((factorials - products[:, :most])[:, ::-1], (len(queue.visits), most))
    sums = convolved(known, _times(count, log(queue.others)[:, None]) - factorials)
    return np.asarray(sums[:, ::-1][:, :few] - factorials[:few])


def throughputs(queues: Sequence[Inner], delay: Array, slots: int) -> Array:
    """(L, T) X(n), the holders that finish per second with n = 1..T slots held."""
    logs = log_constants(queues, delay, slots)
    return np.asarray(np.exp(logs[:, :-1] - logs[:, 1:]))


def shared_queue(ours: Array, rates: Array, total: Array, flow: Array, copies: int) -> Inner:
    """A queue, what is not ours being others'; they leave us at least our share, however much they ask."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0.0, np.clip(1.0 - flow / total, 0.0, 1.0), 0.0)
    most = rates[:, -1] * copies * np.minimum(share, 1.0 - UNSHARED)
    others = np.where(total - flow > 1e-9 * total, np.minimum(total - flow, most), 0.0)
    return Inner(ours, rates, np.maximum(others, 0.0), copies)


def spread_evenly(rates: Array, replicas: int) -> Array:
    """(L, N T) rates of all replicas together with jobs spread evenly over them."""
    slots = rates.shape[1]
    places = np.arange(1, slots * replicas + 1) / replicas
    known = np.concatenate((np.zeros((len(rates), 1)), rates), axis=1)
    whole = np.minimum(places.astype(int), slots - 1)
    part = places - whole
    return np.asarray(replicas * (known[:, whole] * (1.0 - part) + known[:, whole + 1] * part))
