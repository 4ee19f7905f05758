"""How many visits are in progress at a time: the law of their number, from its parts at independent stations.

A visit in progress waits or is served at a station of its own, or waits for a call that is under way elsewhere. Its
parts: the number at each station, of which only some visits are ours (thinned one by one), and a Poisson number in
delays. Up to c visits are in service as in M/M/c; beyond, those wait that arrived during one wait (`crowd`). Exact for
product-form networks (Jackson 1957) and M/G/inf; the 99.9th percentile of M/G/1 within 2.3 %, of two tiers within 12 %
(cs2 4, interval 15 %), behind least connections within 17 % or one visit: METHODS["memory"].
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array, Mask, Spectrum
from capplan.queueing.crowd import Queue
from capplan.queueing.scalability import Speedup

POINTS = 2048
"""Most points of the lattice: numbers that spread wider are looked at in steps of several visits."""
SPREAD = 28.0
"""Standard deviations on either side of the mean that the lattice covers."""
MARGIN = 8
"""Points left free at both ends where the law is blurred."""
ROUNDING = 1e-12
"""How far a sum of probabilities may be off."""
SELDOM = 1e-9
"""Where all servers are busy less often than this, the number in service is a Poisson number."""


class Part(NamedTuple):
    """Our visits at one station.

    Attributes:
        servers: c of one replica.
        copies: replicas of this kind, independent of each other.
        offered: (L,) servers that one replica's visits keep busy, ours and others'.
        full: (L,) probability that all of them are busy, by Erlang C.
        queue: those who wait at one replica, ours and others'.
        served_ours, waiting_ours: (L,) the part of those in service, of those waiting, that is ours.
        speedup: what so many busy servers do together; None where they do not slow each other down.
    """

    servers: int
    copies: int
    offered: Array
    full: Array
    queue: Queue
    served_ours: Array
    waiting_ours: Array
    speedup: Speedup | None = None

    @property
    def busy(self) -> Array:
        """(L,) mean number of busy servers: more than the work that is offered where they slow each other down."""
        if self.speedup is None:
            return self.offered
        return np.asarray(self._free() @ np.arange(self.servers) + self.full * self.servers)

    @property
    def mean(self) -> Array:
        """(L,) mean number of our visits; inf where saturated."""
        return np.asarray(self.copies * (self.served_ours * self.busy + self._queued))

    @property
    def variance(self) -> Array:
        """(L,) its variance, a little more."""
        busy = self.busy
        served = self.served_ours * busy
        joint = 2.0 * self._queued * self.served_ours * np.maximum(self.servers - busy, 0.0)
        return np.asarray(self.copies * (served + self.queue.square(self.waiting_ours) + joint))

    @property
    def _queued(self) -> Array:
        """(L,) mean number of ours that waits at one replica."""
        ours = self.waiting_ours
        return np.multiply(ours, self.queue.mean, out=np.zeros(ours.shape), where=ours > 0.0)

    def at(self, rows: Mask) -> "Part":
        """The part at some of the loads."""
        return self._replace(
            offered=self.offered[rows],
            full=self.full[rows],
            queue=self.queue.at(rows),
            served_ours=self.served_ours[rows],
            waiting_ours=self.waiting_ours[rows],
        )

    def transform(self, z: Spectrum) -> Spectrum:
        """(L, frequencies): E[z^N] of our visits."""
        served = 1.0 + self.served_ours[:, None] * (z - 1.0)
        if np.all(self.full < SELDOM) and self.speedup is None:
            one = np.exp(self.offered[:, None] * (served - 1.0))
        else:
            waiting = self.queue.transform(self.waiting_ours[:, None] * (1.0 - z))
            crowded = np.minimum(self.queue.crowded, self.full)[:, None]
            one = self.full[:, None] - crowded + crowded * waiting
            for terms in self._free()[:, ::-1].T:
                one = one * served + terms[:, None]
        return np.asarray(one**self.copies)

    def _free(self) -> Array:
        """(L, c): P(i in service) for i < c, as in M/M/c, or with the rates of servers that slow each other down."""
        count = np.arange(self.servers)
        if self.speedup is None:
            steps = np.array([math.lgamma(i + 1.0) for i in count])
        else:
            steps = np.append(0.0, np.cumsum(np.log(self.speedup.of(np.arange(1.0, self.servers)))))
        with np.errstate(divide="ignore"):
            logs = np.where(count > 0, count * np.log(np.maximum(self.offered, 1e-300))[:, None], 0.0) - steps
        weights = np.exp(logs - logs.max(axis=1, keepdims=True))
        return np.asarray((1.0 - self.full)[:, None] * weights / weights.sum(axis=1, keepdims=True))


def percentile(level: float, parts: Sequence[Part], delayed: Array) -> Array:
    """The number of visits in progress that is not exceeded in a part `level` of the time; inf where saturated.

    Args:
        level: in (0, 1).
        parts: our visits at each station.
        delayed: (L,) mean number of our visits in delays, without a queue.
    """
    mean = sum((part.mean for part in parts), delayed)
    found = np.full(mean.shape, np.inf)
    rows = np.isfinite(mean)
    if np.any(rows):
        found[rows] = _percentile(level, [part.at(rows) for part in parts], delayed[rows], mean[rows])
    return found


def _percentile(level: float, parts: Sequence[Part], delayed: Array, mean: Array) -> Array:
    """Loads whose numbers spread alike are looked at together."""
    deviation = SPREAD * np.sqrt(sum((part.variance for part in parts), delayed))
    low = np.floor(np.maximum(mean - deviation - 1.0, 0.0))
    width = mean + deviation + 16.0 - low
    points = np.minimum(2.0 ** np.ceil(np.log2(width)), POINTS)
    found = np.empty(len(mean))
    for count in np.unique(points).tolist():
        rows = points == count
        lattice = _lattice(int(count), low[rows], width[rows])
        found[rows] = _on_lattice(level, [part.at(rows) for part in parts], delayed[rows], lattice)
    return found


class _Lattice(NamedTuple):
    """Numbers of visits: `points` of them from `low` on, `step` apart."""

    points: int
    low: Array
    step: Array


def _lattice(points: int, low: Array, width: Array) -> _Lattice:
    """Every number where they fit; else steps of several visits, with room at both ends."""
    fits = width <= points
    step = np.where(fits, 1.0, width / max(points - 2 * MARGIN, 1))
    return _Lattice(points, np.where(fits, low, low - MARGIN * step), step)


def _on_lattice(level: float, parts: Sequence[Part], delayed: Array, lattice: _Lattice) -> Array:
    turn = 2.0 * np.pi / lattice.points * np.arange(lattice.points // 2 + 1)
    angle = turn / lattice.step[:, None]
    z = np.exp(-1j * angle)
    law = np.exp(delayed[:, None] * (z - 1.0) + 1j * angle * lattice.low[:, None])
    for part in parts:
        law = law * part.transform(z)
    whole = lattice.step == 1.0
    # in steps of several visits the law is blurred by one step, which keeps its tail smooth
    law = law * np.where(whole[:, None], 1.0, np.exp(-0.5 * turn**2))
    below = np.cumsum(np.fft.irfft(law, lattice.points, axis=1), axis=1)
    reached = np.argmax(below >= level - ROUNDING, axis=1)
    return np.asarray(lattice.low + lattice.step * np.where(whole, reached, _between(below, reached, level)))


def _between(below: Array, reached: Array, level: float) -> Array:
    """Where between two points of the lattice a level is reached."""
    rows = np.arange(len(below))
    before, after = below[rows, np.maximum(reached - 1, 0)], below[rows, reached]
    return np.asarray(reached - 0.5 + (level - before) / np.maximum(after - before, ROUNDING))
