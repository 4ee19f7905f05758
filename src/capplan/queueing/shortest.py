"""Join the shorter of two single-server queues, exactly: exponential services, Poisson arrivals, ties at random.

A quasi-birth-death chain whose level is the shorter queue and whose phase is the difference. The difference falls
faster than 3^-d at any load, so 32 phases leave nothing out (1e-11); P(shorter >= m) falls by rho^2 per level.
Sources: Kingman (1961), Adan, Wessels and Zijm (1990) for the structure; Latouche and Ramaswami (1993) for the
solution.
"""

from dataclasses import dataclass

import numpy as np

from capplan.queueing import qbd
from capplan.queueing.arrays import Array
from capplan.queueing.staged import StagedTime

PHASES = 32
"""Differences 0..31 between the queues."""
LEVELS = 40
"""Levels after which the tail of the shorter queue is geometric to rounding."""


@dataclass(frozen=True, kw_only=True)
class ShortestOfTwo:
    """Two single servers behind least connections, over load points.

    Attributes:
        rho: (L,) utilisation of a server.
        service: E[S].
        chance: (L,) P(W > 0); 1 where saturated.
        mean_wait: (L,) E[W]; inf where saturated.
        alive: (L, LEVELS) P(an arrival joins a queue of at least k).
    """

    rho: Array
    service: float
    chance: Array
    mean_wait: Array
    alive: Array

    @property
    def mean_sojourn(self) -> Array:
        """(L,) E[T]."""
        return self.mean_wait + self.service

    def sojourn(self, levels: tuple[float, ...]) -> Array:
        """(L, Q) percentiles of the time in system; inf where saturated."""
        law = StagedTime(rate=1.0 / self.service, alive=self.alive, ratio=np.where(self.rho < 1.0, self.rho, 0.0) ** 2)
        found = np.stack([law.quantile(level) for level in levels], axis=1)
        return np.asarray(np.where(self.rho[:, None] < 1.0, found, np.inf))


def shortest_of_two(rho: Array, service: float = 1.0) -> ShortestOfTwo:
    """Solve at every load.

    Args:
        rho: (L,) utilisation, arrival rate x E[S] / 2, > 0.
        service: E[S].
    """
    load = np.asarray(rho, dtype=float)
    stable = load < 1.0
    empty, rate = qbd.stationary(*_rates(np.where(stable, load, 0.5)))
    alive = _alive(empty, rate)
    rest = np.eye(PHASES) - rate
    queue = np.linalg.solve(rest, np.linalg.solve(rest, rate @ np.ones((PHASES, 1))))[..., 0]
    mean = np.sum(empty * queue, axis=1) * service
    return ShortestOfTwo(
        rho=load,
        service=service,
        chance=np.where(stable, alive[:, 1], 1.0),
        mean_wait=np.where(stable, mean, np.inf),
        alive=alive,
    )


def _rates(rho: Array) -> tuple[Array, Array, Array, Array]:
    """(up, local, down, floor) with services at rate 1 and arrivals at rate 2 rho."""
    arrivals = 2.0 * rho[:, None, None]
    one, zero = np.eye(PHASES, k=1), np.zeros((PHASES, PHASES))
    lower = np.eye(PHASES, k=-1)
    tie, apart = zero.copy(), np.eye(PHASES)
    tie[0, 1], apart[0, 0] = 1.0, 0.0
    inside = arrivals * tie + apart @ lower
    up = arrivals * (apart @ lower)
    down = np.broadcast_to(one + tie, up.shape)
    local, floor = inside.copy(), inside.copy()
    where = np.arange(PHASES)
    local[:, where, where] -= (inside + up + down).sum(axis=-1)
    floor[:, where, where] -= (inside + up).sum(axis=-1)
    return up, local, down, floor


def _alive(empty: Array, rate: Array) -> Array:
    """(L, LEVELS) P(shorter queue >= k): pi_0 R^k (I-R)^-1 1."""
    column = np.linalg.solve(np.eye(PHASES) - rate, np.ones((*empty.shape, 1)))
    alive = np.empty((len(empty), LEVELS))
    for level in range(LEVELS):
        alive[:, level] = np.sum(empty * column[..., 0], axis=1)
        column = rate @ column
    return alive
