"""Slots that are held: a queue for them before the network that those who hold one pass (`inner`).

With n holders that network has the throughput X(n); the slots are a birth-death chain with the rates X(min(n, T)), the
flow-equivalent server of Chandy, Herzog and Woo (1975). Arrays are (L, n), axis 0 the load point.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capplan.queueing.arrays import Array, Mask
from capplan.queueing.log_sums import log, log_sum


@dataclass(frozen=True)
class Held:
    """T slots of one replica, over load points.

    Attributes:
        arrivals: (L,) per second.
        rates: (L, K) X(n), the last one for all from K to T.
        room: visits that may wait; None: no limit.
        spare: slots beyond these K.
    """

    arrivals: Array
    rates: Array
    room: int | None = None
    spare: int = 0

    @property
    def told(self) -> int:
        """K."""
        return int(self.rates.shape[1])

    @property
    def slots(self) -> int:
        """T."""
        return self.told + self.spare

    @property
    def rho(self) -> Array:
        """(L,) arrivals over what all slots together can do."""
        return np.asarray(self.arrivals / self.rates[:, -1])

    @cached_property
    def _chain(self) -> tuple[Array, Array]:
        """((L, K+1) P(n in the system) for n <= K, (L,) ln P(K)); all at K where the number grows without bound."""
        logs = log(self.arrivals)[:, None] - log(self.rates)
        logs = np.concatenate((np.zeros((len(logs), 1)), np.cumsum(logs, axis=1)), axis=1)
        total = np.logaddexp(log_sum(logs[:, :-1]), logs[:, -1] + self._beyond(0))
        endless = ~np.isfinite(total)
        logs = np.where(endless[:, None], -np.inf, logs - np.where(endless, 0.0, total)[:, None])
        logs[endless, -1] = 0.0
        return np.exp(logs), logs[:, -1]

    @cached_property
    def _endless(self) -> Mask:
        return np.asarray(~np.isfinite(self._beyond(0)))

    def _beyond(self, first: int) -> Array:
        """(L,) ln of the sum of rho^j over j = first..all that there is place for beyond K."""
        logs = log(self.rho)
        if self.room is None:
            safe = np.where(self.rho < 1.0, self.rho, 0.0)
            return np.asarray(np.where(self.rho < 1.0, _times(first, logs) - np.log1p(-safe), np.inf))
        return _log_powers(logs, first, self.spare + self.room)

    @cached_property
    def full(self) -> Array:
        """(L,) P(all slots are held), others waiting or not."""
        _, top = self._chain
        return np.where(self._endless, 1.0, np.exp(top + np.where(self._endless, 0.0, self._beyond(self.spare))))

    @cached_property
    def loss(self) -> Array:
        """(L,) part of the arrivals that finds slots and room full."""
        if self.room is None:
            return np.zeros(len(self.arrivals))
        _, top = self._chain
        return np.exp(top + _times(self.spare + self.room, log(self.rho)))

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
        states, _ = self._chain
        reached = np.cumsum(states, axis=1)
        inside = np.argmax(reached >= level, axis=1)
        left = np.maximum(1.0 - reached[:, -1], 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            # of those beyond, rho^j are still there after j of them
            beyond = np.ceil(np.log((1.0 - level) / left) / np.log(np.minimum(self.rho, 1.0 - 1e-12)))
        if self.room is not None:
            places = self.spare + self.room
            beyond = np.where(self.rho < 1.0, np.minimum(beyond, places), places)
        found = np.where(reached[:, -1] >= level, inside, self.told + np.nan_to_num(beyond, posinf=np.inf))
        return np.asarray(np.where(self._endless, np.inf, found))

    @cached_property
    def holding(self) -> Array:
        """(L,) mean number of slots held."""
        states, _ = self._chain
        below = states[:, :-1] @ np.arange(float(self.told))
        above = np.maximum(1.0 - states[:, :-1].sum(axis=1), 0.0)
        return np.asarray(np.where(self._endless, self.slots, below + self.told * above + self._spared))

    @property
    def _spared(self) -> Array:
        """(L,) mean number of slots held beyond the first K: the sum of P(n >= K + j), j = 1..spare."""
        if not self.spare:
            return np.zeros(len(self.arrivals))
        _, top = self._chain
        logs, last = log(self.rho), 0.0 if self.room is None else float(self.spare + self.room)
        near = np.abs(logs) * max(last, 1.0) < 1e-6
        every = np.exp(top) * self.spare * (last + 0.5 - 0.5 * self.spare)
        safe = np.where(near, -1.0, logs)
        some = np.exp(top + _log_powers(safe, 1, self.spare))
        beyond = 0.0 if self.room is None else self.spare * np.exp(np.minimum(top + (last + 1.0) * safe, 600.0))
        return np.asarray(np.where(near, every, (some - beyond) / -np.expm1(np.minimum(safe, 600.0))))

    @property
    def hold(self) -> Array:
        """(L,) mean time that a slot is held."""
        through = np.minimum(self.arrivals * (1.0 - self.loss), self.rates[:, -1])
        return np.asarray(np.where(through > 0.0, self.holding / np.maximum(through, 1e-300), 1.0 / self.rates[:, 0]))


def _times(count: int, logs: Array) -> Array:
    """count x logs; 0 for none, whatever the logarithm."""
    return count * logs if count else np.zeros(logs.shape)


def _log_powers(logs: Array, first: int, last: int) -> Array:
    """ln of the sum of rho^j over j = first..last, from ln rho."""
    count = last - first + 1
    near = np.abs(logs) * count < 1e-9
    size = np.where(near, 1.0, np.abs(logs))
    # from the largest term on, down
    falling = log(-np.expm1(-count * size)) - log(-np.expm1(-size))
    top = np.where(logs > 0.0, _times(last, logs), _times(first, logs))
    return np.asarray(top + np.where(near, np.log(count), falling))


def slowed(rates: Array, extra: Array, spare: int = 0) -> Array:
    """(L, K) X(n) where each holder is kept so much longer, as by a delay without a queue.

    Of n holders `extra` X' are in that delay, the others pass the queues as before: X'(n) = X(n - extra X'(n)).

    Args:
        rates: (L, K) X(n), the last one for all from K to T.
        extra: (L,) time >= 0.
        spare: T - K.
    """
    longer = min(int(np.ceil(np.max(extra * rates[:, -1], initial=0.0))), spare)
    known = np.concatenate((np.zeros((len(rates), 1)), rates, np.repeat(rates[:, -1:], longer, axis=1)), axis=1)
    slots = np.arange(float(known.shape[1]))
    whole = slots + extra[:, None] * known
    return np.stack([np.interp(slots[1:], places, row) for places, row in zip(whole, known, strict=True)])
