"""Slots that are held: a queue for them before a network of queues in which those who hold one are.

The inner network with n holders has the throughput X(n) = G(n-1)/G(n) (Buzen 1973; Chandy, Herzog and Woo 1975 for the
flow-equivalent server); the slots are then a birth-death chain with the rates X(min(n, T)). What others ask of the
inner queues meanwhile is an open stream of a mixed network, which is exact in product form (Bruell, Balbo and Afshari
1984): with X(i) the rates of a queue with i jobs, V visits of a holder and l arrivals of others,

    F(n) = V^n sum_j C(n+j, j) l^j / (X(1) ... X(n+j)),    G = F_1 * F_2 * ... * Z^n/n!

All in logarithms. Symbols: T slots, Z delay without a queue. Arrays are (L, n), axis 0 the load point.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.scalability import Speedup, filled_rates

FITS = 300.0
"""Logarithms of this size have products and sums among floating-point numbers."""
RAISES = 40
"""Steps in which the arrivals of others are raised."""
BRIEF = 1e-11
"""A delay below this (s) is none beside queues."""
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
    if np.any(delay > BRIEF) or not parts:
        parts.append(_times(n, _log(delay)[:, None]) - factorials)
    return reduce(_convolved, parts)


def _log(values: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(values))


def _times(count: Array, logs: Array) -> Array:
    """count x logs; 0 for none, whatever the logarithm."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(count > 0, count * logs, 0.0))


def _copied(logs: Array, copies: int) -> Array:
    """The convolution of as many copies, by squaring."""
    result: Array | None = None
    while copies:
        if copies % 2:
            result = logs if result is None else _convolved(result, logs)
        copies //= 2
        logs = _convolved(logs, logs) if copies else logs
    assert result is not None
    return result


def _convolved(one: Array, other: Array) -> Array:
    """(L, n) ln of the convolution of two sequences given by their logarithms.

    Both are tilted alike, which tilts the convolution too, until they fit into floating-point numbers; where they do
    not each sum is taken in logarithms.
    """
    count = one.shape[1]
    slope = 0.5 * (_slope(one) + _slope(other))[:, None] * np.arange(count)
    first, second = one - slope, other - slope
    highest = np.stack((first.max(axis=1), second.max(axis=1)))
    inside = [
        np.where(np.isfinite(part), part, high[:, None]) for part, high in zip((first, second), highest, strict=True)
    ]
    if all(np.all(np.abs(part) < FITS) for part in inside):
        pairs = zip(np.exp(first), np.exp(second), strict=True)
        return _log(np.stack([np.convolve(a, b)[:count] for a, b in pairs])) + slope
    index = np.subtract.outer(np.arange(count), np.arange(count))
    terms = one[:, None, :] + np.where(index >= 0, other[:, np.maximum(index, 0)], -np.inf)
    return _log_sum(terms)


def _slope(logs: Array) -> Array:
    """(L,) mean slope of each row, 0 where it ends in nothing."""
    with np.errstate(invalid="ignore"):
        slope = (logs[:, -1] - logs[:, 0]) / max(logs.shape[1] - 1, 1)
    return np.asarray(np.where(np.isfinite(slope), slope, 0.0))


def _log_sum(terms: Array) -> Array:
    """ln of the sum of exp over the last axis."""
    top = terms.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    return np.asarray(_log(np.exp(terms - top).sum(axis=-1)) + top[..., 0])


def _log_factor(queue: Inner, count: int) -> Array:
    """(L, count + 1) ln F(n) / F(0) of one queue."""
    if queue.most is not None and np.any(queue.others > 0.0):
        return _log_limited(queue, count, queue.most)
    n = np.arange(count + 1.0)
    last = queue.rates[:, -1:]
    products = np.concatenate((np.zeros((len(last), 1)), np.cumsum(np.log(queue.rates), axis=1)), axis=1)
    most, rho = queue.rates.shape[1], queue.others[:, None] / last
    logs = _times(n, _log(queue.visits)[:, None])
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
    arriving = _log(queue.others)
    with np.errstate(over="ignore"):
        for _ in range(RAISES):
            weights = logs[:, middle] + _times(j, arriving[:, None])
            top = np.exp(weights[:, -1] - _log_sum(weights))
            arriving = np.minimum(_log(queue.others) - np.log1p(-np.minimum(top, 1.0 - 1e-9)), arriving + 1.0)
    found = _times(np.arange(count + 1.0), _log(queue.visits)[:, None])
    found = found + _log_sum(logs + _times(j, arriving[:, None])[:, None, :])
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

    return _log(np.asarray(betainc(most - n, n + 1.0, rho)))


def _below(queue: Inner, products: Array, few: int) -> Array:
    """(L, few) ln sum over N = n..M-1 of C(N, n) l^(N-n) / (X(1) ... X(N)): the part of F(n) before the last rate."""
    if not np.any(queue.others > 0.0):
        return np.broadcast_to(-products[:, :few], (len(queue.visits), few))
    most = queue.rates.shape[1]
    factorials = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1.0, most + 1.0)))))
    n, total = np.arange(few), np.arange(most)
    extra = total[None, :] - n[:, None]
    binomial = factorials[total][None, :] - factorials[n][:, None] - factorials[np.maximum(extra, 0)]
    powers = _times(np.maximum(extra, 0)[None], _log(queue.others)[:, None, None])
    terms = np.where(extra >= 0, binomial + powers - products[:, None, :most], -np.inf)
    return _log_sum(terms)


@dataclass(frozen=True)
class Held:
    """T slots of one replica, over load points.

    Attributes:
        arrivals: (L,) per second.
        rates: (L, T) X(n).
        room: visits that may wait; None: no limit.
    """

    arrivals: Array
    rates: Array
    room: int | None = None

    @property
    def slots(self) -> int:
        """T."""
        return int(self.rates.shape[1])

    @property
    def rho(self) -> Array:
        """(L,) arrivals over what all slots together can do."""
        return np.asarray(self.arrivals / self.rates[:, -1])

    @cached_property
    def _chain(self) -> tuple[Array, Array]:
        """((L, T+1) P(n in the system) for n <= T, (L,) how often more is the case, as a part of P(T))."""
        logs = _log(self.arrivals)[:, None] - _log(self.rates)
        logs = np.concatenate((np.zeros((len(logs), 1)), np.cumsum(logs, axis=1)), axis=1)
        weights = np.exp(logs - logs.max(axis=1, keepdims=True))
        more = self._more()
        total = weights.sum(axis=1) + weights[:, -1] * np.where(np.isfinite(more), more, 0.0)
        found = weights / total[:, None]
        endless = ~np.isfinite(more)
        found[endless] = np.eye(1, self.slots + 1, self.slots)
        return found, more

    def _more(self) -> Array:
        """(L,) sum of rho^j, j = 1..room."""
        rho = self.rho
        if self.room is None:
            return np.asarray(np.where(rho < 1.0, rho / np.where(rho < 1.0, 1.0 - rho, 1.0), np.inf))
        return np.asarray(_powers(rho, self.room))

    @cached_property
    def full(self) -> Array:
        """(L,) P(all slots are held), others waiting or not."""
        states, more = self._chain
        return np.asarray(np.where(np.isfinite(more), states[:, -1] * (1.0 + more), 1.0))

    @cached_property
    def loss(self) -> Array:
        """(L,) part of the arrivals that finds slots and room full."""
        if self.room is None:
            return np.zeros(len(self.arrivals))
        states, _ = self._chain
        return np.asarray(states[:, -1] * np.exp(np.clip(self.room * _log(self.rho), -700.0, 600.0)))

    @property
    def waiting(self) -> Array:
        """(L,) P(a run that is not refused waits for a slot)."""
        return np.asarray(np.clip((self.full - self.loss) / np.maximum(1.0 - self.loss, 1e-300), 0.0, 1.0))

    @property
    def given(self) -> Array:
        """(L,) mean wait of those that wait, without a limit of room: 1 / (X(T) - arrivals)."""
        slack = self.rates[:, -1] - self.arrivals
        with np.errstate(divide="ignore"):
            return np.asarray(np.where(slack > 0.0, 1.0 / np.where(slack > 0.0, slack, 1.0), np.inf))

    def percentile(self, level: float) -> Array:
        """(L,) the number in the system, waiting or holding, that is not exceeded in a part `level` of the time; inf
        where it grows without bound."""
        states, more = self._chain
        reached = np.cumsum(states, axis=1)
        inside = np.argmax(reached >= level, axis=1)
        left = np.maximum(1.0 - reached[:, -1], 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            # of those beyond, rho^j are still there after j of them
            beyond = np.ceil(np.log((1.0 - level) / left) / np.log(np.minimum(self.rho, 1.0 - 1e-12)))
        if self.room is not None:
            beyond = np.where(self.rho < 1.0, np.minimum(beyond, self.room), self.room)
        found = np.where(reached[:, -1] >= level, inside, self.slots + np.nan_to_num(beyond, posinf=np.inf))
        return np.asarray(np.where(np.isfinite(more), found, np.inf))

    @cached_property
    def holding(self) -> Array:
        """(L,) mean number of slots held."""
        states, more = self._chain
        count = states @ np.arange(self.slots + 1.0)
        return np.asarray(np.where(np.isfinite(more), count + states[:, -1] * more * self.slots, self.slots))

    @property
    def hold(self) -> Array:
        """(L,) mean time that a slot is held."""
        through = np.minimum(self.arrivals * (1.0 - self.loss), self.rates[:, -1])
        return np.asarray(np.where(through > 0.0, self.holding / np.maximum(through, 1e-300), 1.0 / self.rates[:, 0]))


def _powers(rho: Array, count: int) -> Array:
    """Sum of rho^j over j = 1..count."""
    near = np.abs(rho - 1.0) < 1e-9
    safe = np.where(near, 2.0, rho)
    with np.errstate(over="ignore"):
        total = safe * (safe**count - 1.0) / (safe - 1.0)
    return np.asarray(np.where(near, float(count), np.minimum(total, 1e300)))


def throughputs(queues: Sequence[Inner], delay: Array, slots: int) -> Array:
    """(L, T) X(n), the holders that finish per second with n = 1..T slots held."""
    logs = log_constants(queues, delay, slots)
    return np.asarray(np.exp(logs[:, :-1] - logs[:, 1:]))


def slowed(rates: Array, extra: Array) -> Array:
    """(L, T) X(n) where each holder is kept so much longer, as by a delay without a queue.

    Of n holders `extra` X' are in that delay, the others pass the queues as before: X'(n) = X(n - extra X'(n)).

    Args:
        rates: (L, T) X(n).
        extra: (L,) time >= 0.
    """
    slots = np.arange(rates.shape[1] + 1.0)
    known = np.concatenate((np.zeros((len(rates), 1)), rates), axis=1)
    whole = slots + extra[:, None] * known
    return np.stack([np.interp(slots[1:], places, row) for places, row in zip(whole, known, strict=True)])
