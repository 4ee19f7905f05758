"""The wait for a slot of replicas, from their slots' birth-death chain: as the policy spreads those who come.

Where the policy does not look at the replicas each has a chain of its own. Where it does, one chain holds the slots of
all replicas together, or each its own where they are too many; that one waits at a replica while slots are free at
another is then as with as many exponential servers ("own": the ratios of `balancing`).
"""

from dataclasses import replace

import numpy as np

from capplan.queueing import balancing
from capplan.queueing.arrays import Array
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.held import Held
from capplan.queueing.laws import Exponential
from capplan.queueing.refusal import Stages, places
from capplan.queueing.rooms import Between, Limited, crowded, decided
from capplan.queueing.waits import MemorylessWait, MixedWait, Wait

_SPREAD = (Policy.ROUND_ROBIN, Policy.POWER_OF_TWO)
"""Policies whose effect on a wait is known without a limit of room only."""


def slot_wait(held: Held, group: Group, together: int) -> Limited:
    """The wait for a slot, and the part refused, over the replicas of a group.

    Args:
        held: the chain of the slots of so many replicas, with what comes to an average one (or to all together).
        group: slots of one replica, replicas, policy.
        together: how many replicas the chain is of: one, or all.
    """
    if together > 1:
        return _replica(held, group, Group(servers=group.servers * together), 1.0)
    shares = group.shares if group.shares and group.follows_shares else (1.0 / group.replicas,) * group.replicas
    counts = {share: shares.count(share) for share in dict.fromkeys(shares)}
    weights = [share * count for share, count in counts.items()]
    single = Group(servers=group.servers)
    found = [
        _replica(replace(held, arrivals=held.arrivals * share * group.replicas), group, single, share)
        for share in counts
    ]
    if len(found) == 1:
        return found[0]
    loss = np.asarray(sum(weight * part.loss for weight, part in zip(weights, found, strict=True)))
    return Limited(loss, MixedWait(tuple(weights), tuple(part.wait for part in found)))


def _replica(held: Held, group: Group, like: Group, share: float) -> Limited:
    """The wait at one replica, from a chain that is like that of a group of exponential servers."""
    spread = _as_spread(held, group, like, share)
    chance = np.minimum(held.waiting * spread.chance, 1.0)
    if held.room is None:
        return Limited(held.loss, MemorylessWait(chance, held.given * spread.given))
    replicas = group.replicas if group.policy is Policy.LEAST_CONNECTIONS else 1
    room = held.room * round(group.servers) // held.slots
    queue = places(group.servers, held.rho, 1.0, room)
    steps = Stages(like.servers / group.servers / held.rates[:, -1])
    loss, wait = np.minimum(held.loss * spread.loss, 1.0), queue.wait(steps, chance, held.rho**replicas)
    if group.replicas == 1 or group.policy not in _SPREAD:
        return Limited(loss, wait)
    endless = _replica(replace(held, room=None), group, like, share)
    return Limited(loss, Between(wait, endless.wait, decided(loss)))


class _Spread:
    """What a policy makes of a chain: factors of the loss, of the chance of a wait, of its mean where there is one."""

    def __init__(self, loss: Array, chance: Array, given: Array) -> None:
        self.loss, self.chance, self.given = loss, chance, given


def _as_spread(held: Held, group: Group, like: Group, share: float) -> _Spread:
    """The group over what the chain is like, where all servers are exponential."""
    ones = np.ones(held.arrivals.shape)
    turned = group.policy is Policy.ROUND_ROBIN
    if group.replicas == 1 or (group.follows_shares and not turned):
        return _Spread(ones, ones, ones)
    law = Exponential(group.servers)
    uneven = bool(group.shares) and turned
    spread = Group(servers=group.servers) if uneven else replace(group, shares=())
    arrivals = ones * share if uneven else ones
    if held.room is None:
        one, other = balancing.wait(spread, law, held.rho, arrivals), balancing.wait(like, law, held.rho, ones)
        return _Spread(ones, _ratio(one.chance, other.chance), _ratio(_given(one), _given(other)))
    room = held.room * round(group.servers) // held.slots
    (lost, one), (usual, other) = (
        crowded(spread, law, held.rho, arrivals, room),
        crowded(like, law, held.rho, ones, held.room),
    )
    return _Spread(_ratio(lost, usual), _ratio(one.chance, other.chance), ones)


def _given(wait: Wait) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(wait.chance > 0.0, wait.mean / wait.chance, 1.0))


def _ratio(one: Array, other: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(np.isfinite(one) & np.isfinite(other) & (other > 0.0), one / other, 1.0)
    return np.asarray(found)
