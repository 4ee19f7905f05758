"""N replicas of c servers behind a balancer: the wait under each policy, with weights and skewed keys.

Sources: thinning of a Poisson stream (random, ip_hash, weights); GI/M/c (round robin); Mitzenmacher (2001),
Vvedenskaya et al. (1996) for the mean field of power of two; the closed forms of least connections and of finite N
are "own" (METHODS["least-connections"], METHODS["power-of-two"]), measured against simulation for N 2..200, c 1..16.
"""

from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

import numpy as np

from capplan.queueing import general, meanfield, renewal
from capplan.queueing.arrays import Array
from capplan.queueing.erlang import erlang_c
from capplan.queueing.laws import Exponential, Law
from capplan.queueing.residual import Residual
from capplan.queueing.scalability import Speedup, crowd
from capplan.queueing.shared import SharedWait
from capplan.queueing.slowed import SlowedWait, thinned
from capplan.queueing.waits import GeometricWait, MeanFieldWait, MixedWait, Wait

SATURATED = 1.0
"""Utilisations are taken as at most this: from here on the wait is inf, however far beyond."""


class Policy(Enum):
    """How arrivals are spread over replicas."""

    RANDOM = "random"
    ROUND_ROBIN = "round_robin"
    LEAST_CONNECTIONS = "least_connections"
    POWER_OF_TWO = "power_of_two"
    IP_HASH = "ip_hash"


@dataclass(frozen=True, kw_only=True)
class Group:
    """Replicas of one station.

    Attributes:
        servers: c of one replica (real where unequal replicas are taken at their mean).
        replicas: N.
        policy: how arrivals are spread.
        shares: part of the arrivals that each replica gets, summing to 1; empty where all get the same.
        sharing: whether all visits at a replica progress at once (processor sharing), not in order of arrival.
        speedup: what so many busy servers of a replica do together; None where they do not slow each other down.
    """

    servers: float
    replicas: int = 1
    policy: Policy = Policy.RANDOM
    shares: tuple[float, ...] = ()
    sharing: bool = False
    speedup: Speedup | None = None

    @property
    def capacity(self) -> float:
        """What one replica with all servers busy does, in servers that work alone."""
        return self.servers if self.speedup is None else float(self.speedup.of(self.servers))

    @property
    def hottest(self) -> float:
        """The busiest replica's load over the average."""
        return max(self.shares) * self.replicas if self.shares and self.follows_shares else 1.0

    @property
    def follows_shares(self) -> bool:
        """Whether the policy sends by share; least connections and power of two even the load out."""
        return self.policy in (Policy.RANDOM, Policy.ROUND_ROBIN, Policy.IP_HASH)

    @property
    def evened(self) -> int:
        """So many replicas, taken together, are filled evenly."""
        if self.follows_shares:
            return 1
        return self.replicas if self.policy is Policy.LEAST_CONNECTIONS else min(self.replicas, 2)

    @property
    def common(self) -> float:
        """Probability that two visits of one request meet the same queue."""
        if self.policy in (Policy.LEAST_CONNECTIONS, Policy.IP_HASH):
            return 1.0
        return (2.0 if self.policy is Policy.POWER_OF_TWO else 1.0) / max(self.replicas, 1)


def wait(group: Group, law: Law, rho: Array, ca2: Array) -> Wait:
    """The wait of an arrival at the group.

    Args:
        group: replicas, servers and policy.
        law: service law.
        rho: (L,) mean utilisation: work that arrives over the group's capacity.
        ca2: (L,) SCV of the arrivals at the balancer.
    """
    if rho.shape == ca2.shape == (1,):
        return _wait_at(group, law, float(rho[0]), float(ca2[0]))
    return _wait(group, law, rho, ca2)


@lru_cache(maxsize=4096)
def _wait_at(group: Group, law: Law, rho: float, ca2: float) -> Wait:
    """The wait at one load: many networks in turn differ in a few groups only."""
    return _wait(group, law, np.array([rho]), np.array([ca2]))


def _wait(group: Group, law: Law, rho: Array, ca2: Array) -> Wait:
    rho = np.minimum(rho, SATURATED)
    if group.sharing:
        return _shared(group, law, rho, ca2)
    if group.speedup is not None:
        return _slowed(group, group.speedup, law, rho, ca2)
    if group.replicas == 1:
        return single(Residual(law, group.servers), rho, ca2)
    if group.policy is Policy.LEAST_CONNECTIONS:
        return least_connections(group, law, rho, ca2)
    if group.policy is Policy.POWER_OF_TWO:
        return power_of_two(group, law, rho, ca2)
    if not group.shares:
        return _replica(group, law, rho, ca2, 1.0 / group.replicas)
    return _by_share(group, law, rho, ca2)


def _shared(group: Group, law: Law, rho: Array, ca2: Array) -> Wait:
    """What sharing adds: the number at a replica is as in order of arrival with exponential services."""
    plain = _wait(replace(group, sharing=False), Exponential(law.mean), rho, ca2)
    if isinstance(plain, MixedWait):
        replicas = zip(dict.fromkeys(group.shares), plain.parts, strict=True)
        return MixedWait(plain.shares, tuple(_sharing(group, law, rho, ca2, one) for one in replicas))
    return _sharing(group, law, rho, ca2, (1.0 / group.replicas, plain))


def _sharing(group: Group, law: Law, rho: Array, ca2: Array, replica: tuple[float, Wait]) -> SharedWait:
    """What sharing adds at a replica with its share of the arrivals, from the wait there in order of arrival."""
    share, plain = replica
    scv = _thinned(group, ca2, share) if group.follows_shares else ca2
    return SharedWait(law, group.capacity, np.minimum(rho * share * group.replicas, SATURATED), plain, scv)


def _slowed(group: Group, speedup: Speedup, law: Law, rho: Array, ca2: Array) -> Wait:
    """Servers that are always as slow as when all are busy, but less often all busy."""
    most = float(speedup.slowdown(group.servers))
    plain = _wait(replace(group, speedup=None), law.scaled(most), rho, ca2)

    def at(queued: Wait, load: Array) -> SlowedWait:
        found = crowd(speedup, group.servers, group.evened, load)
        return SlowedWait(thinned(queued, found.thinner), found)

    if isinstance(plain, MixedWait):
        loads = [np.minimum(rho * share * group.replicas, SATURATED) for share in dict.fromkeys(group.shares)]
        return MixedWait(plain.shares, tuple(at(one, load) for one, load in zip(plain.parts, loads, strict=True)))
    return at(plain, rho)


def single(residual: Residual, rho: Array, ca2: Array) -> Wait:
    """G/G/c: one queue; exactly where exponential services make it GI/M/c."""
    if residual.memoryless and np.any(ca2 != 1.0):
        return _renewal(residual, rho, ca2)
    chance = general.wait_chance(residual.servers, rho, ca2, residual.law.scv)
    return GeometricWait(residual, chance, general.mean_wait(residual, rho, ca2))


def _by_share(group: Group, law: Law, rho: Array, ca2: Array) -> Wait:
    """A mixture over the replicas; those with equal shares are solved once."""
    counts: dict[float, int] = {}
    for share in group.shares:
        counts[share] = counts.get(share, 0) + 1
    waits = tuple(
        _replica(group, law, np.minimum(rho * share * group.replicas, SATURATED), ca2, share) for share in counts
    )
    if len(waits) == 1:
        return waits[0]
    return MixedWait(tuple(share * count for share, count in counts.items()), waits)


def _replica(group: Group, law: Law, rho: Array, ca2: Array, share: float) -> Wait:
    """One replica that gets `share` of the arrivals: every (1/share)-th in turn, or each with that probability."""
    return single(Residual(law, group.servers), rho, _thinned(group, ca2, share))


def _thinned(group: Group, ca2: Array, share: float) -> Array:
    """SCV of the arrivals at a replica that gets `share` of them."""
    turned = group.policy is Policy.ROUND_ROBIN
    return np.asarray(ca2 * share if turned else 1.0 + share * (ca2 - 1.0))


def _renewal(residual: Residual, rho: Array, ca2: Array) -> Wait:
    """GI/M/c: exact conditional wait, exact chance for one server."""
    root = renewal.sigma(rho, ca2)
    chance = root if residual.servers == 1.0 else general.wait_chance(residual.servers, rho, ca2, 1.0)
    with np.errstate(divide="ignore"):
        return GeometricWait(residual, chance, np.asarray(chance * residual.first / (1.0 - root)))


def least_connections(group: Group, law: Law, rho: Array, ca2: Array) -> Wait:
    """Join the shortest queue, ties at random."""
    c, n = group.servers, group.replicas
    chance, given = _shortest(group, law, rho, ca2)
    residual = Residual(law, c, tilt=_tilt(law, n))
    return GeometricWait(residual, chance, chance * given)


def _tilt(law: Law, replicas: int) -> float:
    return 0.0 if law.scv == 1.0 else 0.05 * (1.0 - 1.0 / replicas)


def _shortest(group: Group, law: Law, rho: Array, ca2: Array) -> tuple[Array, Array]:
    """(P(W > 0), E[W | W > 0]) of least connections; "own", exact for one replica."""
    c, n = group.servers, group.replicas
    residual = Residual(law, c, tilt=_tilt(law, n))
    pooled = erlang_c(n * c, rho * n * c)
    chance = pooled / (1.0 + 0.2 * rho * (1.0 - np.minimum(rho, 1.0)) * (n - 1) * c**0.3)
    with np.errstate(divide="ignore"):
        odds = np.where(rho < 1.0, rho**n / (1.0 - np.minimum(rho, 1.0 - 1e-16) ** n), np.inf)
    given = residual.first + odds * residual.ahead
    if np.all(ca2 == 1.0):
        return chance, given
    rougher = general.wait_chance(n * c, rho, ca2, law.scv) / np.maximum(pooled, 1e-300)
    chance = np.minimum(chance * np.where(pooled > 0.0, rougher, 1.0), 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        longer = np.where(rougher > 0.0, general.arrival_factor(n * c, rho, ca2, law.scv) / rougher, 1.0)
        return chance, np.asarray(np.where(rho < 1.0, given * longer, np.inf))


def power_of_two(group: Group, law: Law, rho: Array, ca2: Array) -> Wait:
    """The less loaded of two different replicas at random: least connections of two, towards the mean field of many."""
    pair = Group(servers=group.servers, replicas=2)
    if group.replicas == 2:
        return least_connections(pair, law, rho, ca2)
    c, u, tilt = group.servers, 2.0 / group.replicas, _tilt(law, group.replicas)
    young = law.scv > 1.0
    residual = Residual(law, c, tilt=tilt, old=0.35 + 0.65 * u**0.6 if young else 1.0)
    field = Residual(law, c, tilt=tilt, old=0.35 if young else 1.0)
    jobs = meanfield.waiting_jobs(c, rho)
    chance_field = jobs.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ahead = np.where(chance_field[:, None] > 0.0, jobs / chance_field[:, None], 0.0)
    ahead[:, 0] += np.where(chance_field > 0.0, 0.0, 1.0)
    mean_field = chance_field * (field.first + field.ahead * (ahead @ np.arange(jobs.shape[1], dtype=float)))
    chance_pair, given_pair = _shortest(pair, law, rho, ca2)
    chance = chance_field + np.maximum(chance_pair - chance_field, 0.0) * u**0.8
    mean_pair = chance_pair * given_pair
    mean = mean_field + (mean_pair - mean_field) * u * (0.55 + 0.45 * u**0.7)
    chance = np.where(rho < 1.0, chance, 1.0)
    mean = np.where(rho < 1.0, np.maximum(mean, 0.0), np.inf)
    return MeanFieldWait(residual, field, chance, mean, u ** (0.5 + 0.8 * max(1.0 - law.scv, 0.0)), ahead)
