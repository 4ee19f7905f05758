"""Slots that are held: a queue for them before the network that those who hold one pass (`inner`).

With n holders that network has the throughput X(n); the slots are a birth-death chain with the rates X(min(n, T)), the
flow-equivalent server of Chandy, Herzog and Woo (1975). Arrays are (L, n), axis 0 the load point.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.log_sums import log


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
        logs = log(self.arrivals)[:, None] - log(self.rates)
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
        return np.asarray(states[:, -1] * np.exp(np.clip(self.room * log(self.rho), -700.0, 600.0)))

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
