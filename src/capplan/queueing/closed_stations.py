"""The stations of a closed network one by one: each a finite source, whose users are away while they are elsewhere.

The finite-source decomposition ("own", METHODS["closed-users"]): given its utilisation and the population, a station's
queue is known. What the open wait of a balancing policy or of variable services has beyond M/M/c is kept as a factor.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array, Mask
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.closed_wait import ClosedWait
from capplan.queueing.erlang import erlang_c
from capplan.queueing.finite_source import FoundByArrivals, arrivals, log_thinking
from capplan.queueing.shared import SharedWait
from capplan.queueing.waits import GeometricWait, MeanFieldWait, MixedWait, Wait

NEAREST = 1e-9
"""Open waits are looked at up to this near to saturation."""
EVENED = (Policy.LEAST_CONNECTIONS, Policy.POWER_OF_TWO)


class Queue(NamedTuple):
    """One queue of a station, or several alike.

    Attributes:
        station: index.
        servers: c that one population meets: of one replica, or of all where the policy evens them out.
        pooled: replicas that these servers belong to.
        copies: queues alike.
        slope, base: utilisation per unit of load, and whatever the load.
        closed: part of the work that users cause who wait for it.
    """

    station: int
    servers: float
    pooled: int
    copies: int
    slope: float
    base: float
    closed: float


class Rest(NamedTuple):
    """How near a network of Q queues is to saturation, at L populations.

    Attributes:
        users: (L,) N.
        rate: (L,) rounds per second.
        log_slack: (Q, L) ln of the idle part of the servers.
    """

    users: Array
    rate: Array
    log_slack: Array

    def where(self, chosen: Mask, other: "Rest") -> "Rest":
        """This at the chosen populations, the other elsewhere."""
        rate, slack = np.where(chosen, self.rate, other.rate), np.where(chosen, self.log_slack, other.log_slack)
        return Rest(self.users, rate, slack)


class Found(NamedTuple):
    """What arrivals find at Q queues and L populations: (Q, L) each, as in `FoundByArrivals`; blocks of the replica."""

    chance: Array
    given: Array
    most: Array


def queues(group: Group, station: int, use: tuple[float, float], closed: float) -> list[Queue]:
    """The different queues of a station, in the order of its wait's parts.

    Args:
        group: its replicas.
        station: its index.
        use: (per unit of load, whatever the load) utilisation of the average replica.
        closed: part of the work that users wait for.
    """
    slope, base = use
    if group.replicas > 1 and group.policy in EVENED:
        servers = max(round(group.servers * group.replicas), 1)
        return [Queue(station, servers, group.replicas, 1, slope, base, closed)]
    servers = max(round(group.servers), 1)
    if group.replicas == 1 or not group.shares:
        return [Queue(station, servers, 1, group.replicas, slope, base, closed)]
    found = []
    for share in dict.fromkeys(group.shares):
        factor = share * group.replicas
        found.append(Queue(station, servers, 1, group.shares.count(share), slope * factor, base * factor, closed))
    return found


def leaves(wait: Wait) -> list[GeometricWait | MeanFieldWait]:
    """The waits in order of arrival that a wait is made of, one a queue."""
    if isinstance(wait, MixedWait):
        return [leaf for part in wait.parts for leaf in leaves(part)]
    if isinstance(wait, SharedWait):
        return leaves(wait.plain)
    assert isinstance(wait, GeometricWait | MeanFieldWait)
    return [wait]


def rebuilt(wait: Wait, closed: Sequence[ClosedWait], away: Array) -> Wait:
    """The same wait from closed leaves.

    Args:
        wait: of the open station.
        closed: one a leaf.
        away: (L,) mean time that a user is elsewhere; no crowd is remembered for longer.
    """
    if isinstance(wait, MixedWait):
        parts = [rebuilt(part, [leaf], away) for part, leaf in zip(wait.parts, closed, strict=True)]
        return MixedWait(wait.shares, tuple(parts))
    if isinstance(wait, SharedWait):
        least = (1.0 + wait.law.scv) * wait.law.mean / (2.0 * away)
        return replace(wait, plain=closed[0], rho=np.clip(wait.rho - least, 0.0, 1.0))
    return closed[0]


@dataclass(frozen=True)
class Queues:
    """All queues of a network with the open waits that they start from.

    Attributes:
        queues: Q of them.
        waits: one open wait a queue, at the L rates of `rest` (at most NEAREST to saturation).
        rest: where the network is.
    """

    queues: tuple[Queue, ...]
    waits: tuple[GeometricWait | MeanFieldWait, ...]
    rest: Rest

    def _column(self, name: str) -> Array:
        return np.array([float(getattr(queue, name)) for queue in self.queues])[:, None]

    @cached_property
    def servers(self) -> Array:
        """(Q, 1) c."""
        return self._column("servers")

    @cached_property
    def blocks(self) -> Array:
        """(Q, 1) blocks of work that a waiting user is."""
        found = [w.residual.law.mean / w.residual.servers / w.residual.ahead for w in self.waits]
        return np.array(found)[:, None]

    @cached_property
    def near(self) -> Array:
        """(Q, L) 1 - rho at which the open wait is taken."""
        return np.asarray(np.maximum(np.exp(self.rest.log_slack), NEAREST))

    @cached_property
    def beyond(self) -> tuple[Array, Array]:
        """((Q, L), (Q, L)) by what the open P(W > 0) exceeds Erlang's, and blocks ahead those of M/M/c; the latter
        negative where those who wait find less than one service ahead."""
        busy = 1.0 - self.near
        chances, ahead = (np.stack(rows) for rows in zip(*map(_open, self.waits), strict=True))
        plain = erlang_c(self.servers, busy * self.servers)
        with np.errstate(divide="ignore", invalid="ignore"):
            more = np.where(plain > 1e-300, chances / plain, 1.0)
            longer = np.where(ahead > 0.0, ahead * self.near / np.maximum(busy, 1e-300), ahead)
        return more, longer

    @cached_property
    def population(self) -> Array:
        """(Q, L) users of a source that reacts to a queue as strongly as the true one: N, or more where others come as
        well (calls that nobody waits for, load that users do not cause)."""
        part = self._column("closed")
        users = np.broadcast_to(self.rest.users, self.rest.log_slack.shape)
        if np.all(part == 1.0):
            return users
        number = np.zeros(users.shape)
        for _ in range(2):
            source = number + np.maximum(users - part * number, 0.0) / part**2
            found = self._found(source)
            busy = -np.expm1(self.rest.log_slack) * self.servers
            number = np.minimum(busy * (1.0 + (found.ahead / self.blocks + 1.0) * found.chance / self.servers), source)
        return np.asarray(number + np.maximum(users - part * number, 0.0) / part**2)

    def _found(self, source: Array) -> FoundByArrivals:
        c, b = np.broadcast_to(self.servers, source.shape), np.broadcast_to(self.blocks, source.shape)
        return arrivals(c, source, b, log_thinking(c, source, b, self.rest.log_slack))

    @cached_property
    def found(self) -> Found:
        """What arrivals find, by the decomposition."""
        found = self._found(self.population)
        more, longer = self.beyond
        return self._of_replicas(np.minimum(more * found.chance, 1.0), found.ahead, longer, found.most)

    def exactly(self, known: Mask, chance: Array, ahead: Array) -> Found:
        """What arrivals find where (Q, L) is known, by the decomposition elsewhere; in a network of product form."""
        most = np.maximum(self.rest.users - 1.0 - self.servers, 0.0)
        exact = self._of_replicas(chance, ahead, np.ones(chance.shape), most)
        if np.all(known):
            return exact
        return Found(*(np.where(known, one, other) for one, other in zip(exact, self.found, strict=True)))

    def _of_replicas(self, chance: Array, ahead: Array, longer: Array, most: Array) -> Found:
        """From the queue that the population sees to that before one replica, as spread as all together.

        The fuller the queue, the nearer to an equal part for each: in the end all users wait there.
        """
        first, block = (np.array([getattr(w.residual, k) for w in self.waits])[:, None] for k in ("first", "ahead"))
        pooled = self._column("pooled")
        full = np.where(most > 0.0, ahead / np.maximum(most, 1e-300), 0.0)
        one = (np.maximum(longer, 0.0) * (1.0 - full) + full / pooled) * ahead
        given = first * np.minimum(1.0 + np.minimum(longer, 0.0), 1.0) + one * block
        room = np.where(pooled > 1.0, one + np.maximum(most - ahead, 0.0) / pooled**2, np.maximum(most, one))
        return Found(chance, given, room)

    def closed(self, found: Found) -> list[ClosedWait]:
        """The waits, one a queue."""
        return [
            ClosedWait(wait.residual, found.chance[k], found.chance[k] * found.given[k], found.most[k])
            for k, wait in enumerate(self.waits)
        ]


def _open(wait: GeometricWait | MeanFieldWait) -> tuple[Array, Array]:
    """((L,) P(W > 0), (L,) mean blocks ahead of those who wait: negative, down to -1, where less than R1 is)."""
    residual = wait.residual
    with np.errstate(divide="ignore", invalid="ignore"):
        given = np.where(wait.chance > 0.0, wait.mean / wait.chance, residual.first)
    short = np.minimum(given / residual.first - 1.0, 0.0)
    return wait.chance, np.where(given < residual.first, short, (given - residual.first) / residual.ahead)
