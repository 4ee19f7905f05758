"""Queues with little room: the part of the visits that is refused, and the wait of those that are accepted.

M/G/c/K. The exact M/M/c/K, its room b replaced by b' = b / (1 + phi (v - 1)/2), phi = b / (b + 0.3 (1+v)^1.7 c^0.7)
("own"): between Erlang's loss, which no law of services changes, and the room of a diffusion, b' = 2b/(1+v). v is cs2,
plus ca2 - 1 where arrivals are not Poisson. Where processors are shared v = 1, exactly.

Symbols: c servers, b visits that may wait, rho offered (it may exceed 1), B = Erlang B(c, c rho).
"""

from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

import numpy as np

from capplan.queueing.arrays import Array, Spectrum
from capplan.queueing.erlang import erlang_b
from capplan.queueing.grid import Grid
from capplan.queueing.residual import Residual
from capplan.queueing.waits import Rows

EXPLICIT = 48
"""Places whose probabilities are kept one by one; beyond them they go on geometrically."""
HALVINGS = 40
"""Steps of a bisection between 0 and 1."""
SMOOTHEST = -1.0
"""v - 1 is at least this, as for constant services and Poisson arrivals: nothing was measured below."""


class Stages(NamedTuple):
    """Exponential R1 and X whose mean (L,) depends on the load."""

    mean: Array

    @property
    def first(self) -> Array:
        """(L,) E[R1]."""
        return self.mean

    @property
    def ahead(self) -> Array:
        """(L,) E[X]."""
        return self.mean


Steps: TypeAlias = Residual | Stages


def _spectra(steps: Steps, grid: Grid, rows: Rows, factor: float) -> tuple[Spectrum, Spectrum]:
    """Transforms of factor x R1 and factor x X, (rows, frequencies) or (frequencies,)."""
    if isinstance(steps, Residual):
        return steps.spectra(grid, factor)
    same = grid.exponentials(factor * steps.mean[rows])
    return same, same


@dataclass(frozen=True)
class RoomyWait:
    """The wait of an accepted visit behind R1 and a bounded number of jobs, each X.

    Attributes:
        steps: R1 and X.
        chance: (L,) P(W > 0).
        jobs: (L, J) P(j = 0..J-1 jobs wait before it | it waits).
        ratio: (L,) by which these go on falling (or growing) beyond J.
        more: how many places there are beyond J.
    """

    steps: Steps
    chance: Array
    jobs: Array
    ratio: Array
    more: int

    @property
    def mean(self) -> Array:
        """(L,) E[W]."""
        return np.asarray(self.chance * (self.steps.first + self.steps.ahead * self.ahead))

    @property
    def ahead(self) -> Array:
        """(L,) mean number of jobs that wait before a visit that waits."""
        count = self.jobs.shape[1]
        whole = self.jobs @ np.arange(count, dtype=float)
        if not self.more:
            return np.asarray(whole)
        total, weighted = _powers(self.ratio, self.more)
        return np.asarray(whole + self.jobs[:, -1] * ((count - 1.0) * total + weighted))

    def shortened(self, factor: Array) -> "RoomyWait":
        """The wait where slots around the queue keep it shorter: stages pass faster, else fewer jobs are ahead."""
        if isinstance(self.steps, Stages):
            return replace(self, steps=Stages(self.steps.mean * factor))
        first, each = self.steps.first, self.steps.ahead
        wanted = np.maximum((first + each * self.ahead) * factor - first, 0.0) / each
        low, high = np.zeros(factor.shape), np.ones(factor.shape)
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            long = self._thinned(middle).ahead > wanted
            low, high = np.where(long, low, middle), np.where(long, middle, high)
        return self._thinned(high)

    def _thinned(self, part: Array) -> "RoomyWait":
        """The same with each place less likely than the one before by (L,) factors."""
        count, ratio = self.jobs.shape[1], self.ratio * part
        jobs = self.jobs * part[:, None] ** np.arange(count)
        total = jobs.sum(axis=1) + jobs[:, -1] * _geometric(ratio, self.more)
        return replace(self, jobs=jobs / total[:, None], ratio=ratio)

    def transform(self, grid: Grid, rows: Rows, factor: float = 1.0) -> Spectrum:
        """(rows, frequencies): the law of factor x W at these load points."""
        first, ahead = _spectra(self.steps, grid, rows, factor)
        jobs = self.jobs[rows]
        queued = _beyond(jobs[:, -1], self.ratio[rows], self.more, ahead)
        for column in range(jobs.shape[1] - 1, -1, -1):
            queued = queued * ahead + jobs[:, column : column + 1]
        chance = self.chance[rows, None]
        return np.asarray(1.0 - chance + chance * first * queued)


def _beyond(last: Array, ratio: Array, more: int, ahead: Spectrum) -> Spectrum:
    """(rows, frequencies): sum over i = 1..more of last x ratio^i x X^(i-1): what follows the last explicit place."""
    if not more:
        return np.zeros((len(last), ahead.shape[-1]), dtype=complex)
    grown = ratio[:, None] * ahead
    with np.errstate(divide="ignore", invalid="ignore"):
        total = (1.0 - grown**more) / (1.0 - grown)
    total = np.where(np.abs(1.0 - grown) < 1e-9, float(more), total)
    return np.asarray((last * ratio)[:, None] * total)


class Refusal(NamedTuple):
    """What a queue with little room does.

    Attributes:
        loss: (L,) part of the visits that is refused.
        wait: the wait of the others.
    """

    loss: Array
    wait: RoomyWait


class Places(NamedTuple):
    """A queue whose room counts as another number of places, over load points.

    Attributes:
        rho: (L,) offered utilisation, any size.
        servers: c.
        room: b.
        excess: (L,) v - 1.
        full: (L,) B.
    """

    rho: Array
    servers: float
    room: int
    excess: Array
    full: Array

    def effective(self, room: int) -> Array:
        """(L,) b' of a room of so many visits."""
        if room == 0:
            return np.zeros(self.rho.shape)
        phi = room / (room + 0.3 * (2.0 + self.excess) ** 1.7 * self.servers**0.7)
        return np.asarray(room / (1.0 + 0.5 * phi * self.excess))

    @property
    def logs(self) -> Array:
        """(L,) ln rho."""
        return np.asarray(np.log(np.maximum(self.rho, 1e-300)))

    @property
    def loss(self) -> Array:
        """(L,) B rho^b' / (1 + B rho (1 - rho^b')/(1 - rho))."""
        top = np.exp(np.minimum(self.logs * self.effective(self.room), 600.0))
        return np.asarray(self.full * top / (1.0 + self.full * self.rho * self._odds))

    @property
    def waiting(self) -> Array:
        """(L,) P(an accepted visit waits): all servers busy and the room not full."""
        busy = self.full * self._odds / (1.0 + self.full * self.rho * self._odds)
        return np.asarray(np.clip(busy / np.maximum(1.0 - self.loss, 1e-300), 0.0, 1.0))

    @property
    def _odds(self) -> Array:
        """(1 - rho^b') / (1 - rho), its limit b' at rho = 1."""
        places, near = self.effective(self.room), np.abs(self.logs) < 1e-9
        safe = np.where(near, 0.5, 1.0 - self.rho)
        return np.asarray(np.where(near, places, -np.expm1(np.minimum(self.logs * places, 600.0)) / safe))

    def wait(self, steps: Steps, chance: Array, ratio: Array | None = None) -> RoomyWait:
        """The wait of an accepted visit, where each place is `ratio` times as likely as the one before (rho itself
        where left out), counted in effective places."""
        count, logs = min(self.room, EXPLICIT), self.logs if ratio is None else np.log(np.maximum(ratio, 1e-300))
        zeros = np.zeros(self.rho.shape)
        if not count:
            return RoomyWait(steps, zeros, np.ones((len(zeros), 1)), zeros, 0)
        places = np.stack([self.effective(j) for j in range(count)], axis=1)
        weights = np.exp(logs[:, None] * places - np.maximum(logs, 0.0)[:, None] * places[:, -1:])
        step = np.clip(logs * (self.effective(self.room) - self.effective(self.room - 1)), -500.0, 500.0 / self.room)
        total = weights.sum(axis=1) + weights[:, -1] * _geometric(np.exp(step), self.room - count)
        return RoomyWait(steps, chance, weights / total[:, None], np.exp(step), self.room - count)


def places(servers: float, rho: Array, variability: float | Array, room: int) -> Places:
    """One queue.

    Args:
        servers: c.
        rho: (L,) offered utilisation, any size.
        variability: v, for each load or for all: cs2 + ca2 - 1; 1 where processors are shared.
        room: b >= 0, visits that may wait.
    """
    load = np.maximum(np.asarray(rho, dtype=float), 1e-300)
    excess = np.maximum(np.broadcast_to(np.asarray(variability, dtype=float), load.shape) - 1.0, SMOOTHEST)
    return Places(load, servers, room, excess, erlang_b(np.ceil(servers), load * servers))


def refusal(steps: Steps, queue: Places) -> Refusal:
    """The part that one queue refuses, and the wait of the others behind such R1 and X."""
    return Refusal(queue.loss, queue.wait(steps, queue.waiting))


def _powers(ratio: Array, more: int) -> tuple[Array, Array]:
    """Sums of ratio^i and of i x ratio^i over i = 1..more, by doubling how many are summed."""
    total, weighted, power, count = np.zeros(ratio.shape), np.zeros(ratio.shape), np.ones(ratio.shape), 0
    for digit in f"{more:b}":
        weighted = weighted + power * (weighted + count * total)
        total, power, count = total + power * total, power * power, 2 * count
        if digit == "1":
            power, count = power * ratio, count + 1
            total, weighted = total + power, weighted + count * power
    return total, weighted


def _geometric(ratio: Array, more: int) -> Array:
    """Sum of ratio^i over i = 1..more."""
    if not more:
        return np.zeros(ratio.shape)
    near = np.abs(ratio - 1.0) < 1e-9
    safe = np.where(near, 0.5, ratio)
    return np.asarray(np.where(near, float(more), safe * (safe**more - 1.0) / (safe - 1.0)))
