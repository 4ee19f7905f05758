"""Replicas with little room behind a balancer: what is refused, and the wait of what is accepted.

Where visits are spread without a look at the replicas, each is a queue of its own (`refusal`). Least connections
refuses only where all replicas are full: the loss is that of one queue with all servers and all room; the queue at a
replica falls by rho^N from place to place, as without a limit of room ("own"). Power of two choices is taken as pairs
of replicas under least connections, which is on the safe side for more than two.
"""

from dataclasses import replace

import numpy as np

from capplan.queueing.arrays import Array, Spectrum
from capplan.queueing.balancing import Group, Policy, wait
from capplan.queueing.grid import Grid
from capplan.queueing.laws import Exponential, Law
from capplan.queueing.refusal import Places, Refusal, RoomyWait, Stages, Steps, places, refusal
from capplan.queueing.residual import Residual
from capplan.queueing.scalability import crowd
from capplan.queueing.shared import SharedWait, eased
from capplan.queueing.slowed import SlowedWait
from capplan.queueing.waits import MixedWait, Rows, Wait

NEVER = 1e-13
"""A room that refuses less than this is no limit."""
ALWAYS = 1e-4
"""From about this loss on the wait is that of a limited room, for services that are not exponential."""


class Limited:
    """What replicas with little room do.

    Attributes:
        loss: (L,) part of the visits that is refused.
        wait: the wait of the others.
    """

    def __init__(self, loss: Array, wait: Wait) -> None:
        self.loss, self.wait = loss, wait


def limited(group: Group, law: Law, rho: Array, ca2: Array, room: int) -> Limited:
    """A group of replicas each of which lets `room` visits wait.

    Args:
        group: replicas, servers and policy.
        law: service law.
        rho: (L,) offered mean utilisation of a server; it may exceed 1.
        ca2: (L,) SCV of the arrivals at the balancer.
        room: visits that may wait at one replica.
    """
    served = Exponential(law.mean) if group.sharing else law
    if group.speedup is not None:
        return _slowed(group, law, served, (rho, ca2), room)
    loss, roomy = crowded(replace(group, sharing=False), served, rho, ca2, room)
    unlimited = wait(replace(group, sharing=False), served, rho, ca2)
    plain: Wait = unlimited
    if np.any(loss >= NEVER):
        exact = isinstance(served, Exponential)
        plain = Between(roomy, unlimited, np.where(exact, loss >= NEVER, decided(loss)))
    if not group.sharing:
        return Limited(loss, plain)
    return Limited(loss, SharedWait(law, group.servers, np.minimum(rho * (1.0 - loss), 1.0), plain, np.ones(rho.shape)))


def _slowed(group: Group, law: Law, served: Law, arrivals: tuple[Array, Array], room: int) -> Limited:
    """Servers that are always as slow as when all are busy, which is on the safe side; services as long as they are."""
    assert group.speedup is not None
    rho, ca2 = arrivals
    most = float(group.speedup.slowdown(group.servers))
    slow = limited(replace(group, speedup=None, sharing=False), served.scaled(most), rho, ca2, room)
    accepted = np.minimum(rho * (1.0 - slow.loss), 1.0)
    plain = SlowedWait(slow.wait, crowd(group.speedup, group.servers, group.evened, accepted))
    if not group.sharing:
        return Limited(slow.loss, plain)
    return Limited(slow.loss, SharedWait(law, group.capacity, accepted, plain, np.ones(rho.shape)))


def crowded(group: Group, law: Law, rho: Array, ca2: Array, room: int) -> tuple[Array, Wait]:
    """(part refused, wait of the others) in order of arrival, by the room alone."""
    count = group.replicas
    if count > 1 and not group.follows_shares:
        even = group.policy is Policy.LEAST_CONNECTIONS
        return _pooled(group if even else replace(group, replicas=2), law, rho, room)
    shares = group.shares or (1.0 / count,)
    counts = {share: max(shares.count(share), 1) * (1 if group.shares else count) for share in dict.fromkeys(shares)}
    parts = []
    for share in counts:
        turned = group.policy is Policy.ROUND_ROBIN
        arrivals = ca2 * share if turned else 1.0 + share * (ca2 - 1.0)
        queue = places(group.servers, rho * share * count, law.scv + arrivals - 1.0, room)
        parts.append(refusal(steps_of(law, group.servers), queue))
    return _mixed([share * number for share, number in counts.items()], parts)


def steps_of(law: Law, servers: float) -> Steps:
    """R1 of the services on a replica, and X = S/c for each job that waits before."""
    return Residual(law, servers, old=1.0 if isinstance(law, Exponential) else 0.0)


def _mixed(weights: list[float], parts: list[Refusal]) -> tuple[Array, Wait]:
    loss = np.asarray(sum(weight * part.loss for weight, part in zip(weights, parts, strict=True)))
    if len(parts) == 1:
        return loss, parts[0].wait
    return loss, MixedWait(tuple(weights), tuple(part.wait for part in parts))


def _pooled(group: Group, law: Law, rho: Array, room: int) -> tuple[Array, Wait]:
    """Least connections."""
    c, n = group.servers, group.replicas
    pool = places(c * n, rho, law.scv, room * n)
    spread = 1.0 + 0.2 * pool.rho * np.maximum(1.0 - pool.rho, 0.0) * (n - 1) * c**0.3
    queue = places(c, rho, law.scv, room)
    return pool.loss, queue.wait(steps_of(law, c), pool.waiting / spread, pool.rho**n)


def decided(loss: Array) -> Array:
    """(L,) how far a limit of room decides the wait."""
    return np.asarray(loss / (loss + ALWAYS))


class Between:
    """Between the wait with and without a limit of room: the more, the more is refused."""

    def __init__(self, limited: Wait, unlimited: Wait, part: Array) -> None:
        self.limited, self.unlimited = limited, unlimited
        self.part = np.where(np.isfinite(unlimited.mean), part, 1.0)

    def _sum(self, one: Array, other: Array, part: Array) -> Array:
        return np.asarray(part * one + (1.0 - part) * np.where(part < 1.0, other, 0.0))

    @property
    def chance(self) -> Array:
        """(L,) P(W > 0)."""
        return self._sum(self.limited.chance, self.unlimited.chance, self.part)

    @property
    def mean(self) -> Array:
        """(L,) E[W]."""
        return self._sum(self.limited.mean, self.unlimited.mean, self.part)

    def shortened(self, factor: Array) -> "Between":
        """Both shortened by slots around the queue."""
        return Between(eased(self.limited, factor), eased(self.unlimited, factor), self.part)

    def transform(self, grid: Grid, rows: Rows, factor: float = 1.0) -> Spectrum:
        """(rows, frequencies): the law of factor x W at these load points."""
        part = self.part[rows, None]
        found = part * self.limited.transform(grid, rows, factor)
        some = np.flatnonzero(self.part[rows] < 1.0)
        if len(some):
            found[some] += (1.0 - part[some]) * self.unlimited.transform(grid, rows[some], factor)
        return np.asarray(found)


__all__ = ["Between", "Limited", "Places", "RoomyWait", "Stages", "crowded", "limited", "steps_of"]
