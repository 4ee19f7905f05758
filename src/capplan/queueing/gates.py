"""Gates solved: the wait for a slot, how many are held, and what a limit of slots does to the queues behind it.

Each gate is a queue of slots before the network that its holders pass (`held`); a gate within a gate is one queue of
that network, with its own flow-equivalent rates, so gates may be nested to any depth. Each replica is looked at by
itself; the other replicas, and whatever else uses the same queues, are an open stream there: where several pools share
a queue, each sees the rest as load. Slots keep the queues behind them shorter: waits there are multiplied by phi, the
inner wait with the slots over that without ("own").
"""

from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from capplan.queueing import balancing
from capplan.queueing.arrays import Array, Mask
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.contents import Content, Contents
from capplan.queueing.held import Held, Inner, servers_rates, throughputs
from capplan.queueing.laws import Exponential
from capplan.queueing.network import Network
from capplan.queueing.refusal import Stages, places
from capplan.queueing.rooms import Limited, crowded
from capplan.queueing.shared import eased
from capplan.queueing.waits import MemorylessWait, MixedWait, Wait

UNSHARED = 1e-9
"""What is left of a queue for us however much others ask, as a part of it."""


class GateStay(NamedTuple):
    """What a gate does to those who come.

    Attributes:
        wait: for a slot, of those who are not refused.
        loss: (L,) part of them that is refused.
        held: (L,) mean number of slots held at an average replica.
        rho: (L,) what comes to the busiest replica over what its slots can do.
        easing: (L,) phi.
        rates: (L, T) holders that finish per second with n = 1..T slots held, at one replica.
        length: (L,) mean service times and delays while a slot is held.
        hold: (L,) mean time that a slot is held.
        memory: (L,) the time in which the queue for slots forgets.
    """

    wait: Wait
    loss: Array
    held: Array
    rho: Array
    easing: Array
    rates: Array
    length: Array
    hold: Array
    memory: Array


class Rough(NamedTuple):
    """What is not exponential.

    Attributes:
        waits: (stations,) by what part the waits of each station exceed those of exponential services.
        slots: (gates,) slots of each gate that one request takes one after the other.
    """

    waits: Array
    slots: Array


class Gates:
    """All gates of a network at some load points.

    Args:
        network: the network.
        inside: what the holders of each gate ask for, and how many come.
        work: (L, stations) servers that all visits together keep busy.
        accepted: (L, gates) part of the runs that gets a slot.
        rough: what is not exponential.
    """

    def __init__(self, network: Network, inside: Contents, work: Array, accepted: Array, rough: Rough) -> None:
        self.network, self.contents, self.work = network, inside, work
        self.accepted, self.rough = accepted, rough
        self._known: dict[int, GateStay] = {}

    def __getitem__(self, gate: int) -> GateStay:
        if gate not in self._known:
            self._known[gate] = self._solved(gate)
        return self._known[gate]

    @cached_property
    def saturated(self) -> Mask:
        """(L, gates) whether the queue for slots grows without bound."""
        found = np.zeros(self.contents.holders.shape, dtype=bool)
        for gate, one in enumerate(self.network.gates):
            if one.room is None:
                found[:, gate] = self[gate].rho >= 1.0 - 1e-12
        return found

    @cached_property
    def eased(self) -> Array:
        """(L, gates + stations) by what the waits at each gate and station are multiplied, for all gates around
        them."""
        gates, stations = len(self.network.gates), len(self.network.stations)
        load, within = np.zeros((2, len(self.work), gates + stations))
        factor = np.ones((len(self.work), gates + stations))
        for gate in reversed(self._inner_first):
            known = load[:, gate] > 0.0
            whole = np.maximum(self.contents.holders[:, gate], 1e-300)
            free = np.maximum(1.0 - load[:, gate] / whole, 0.0)
            factor[:, gate] = np.where(known, free + within[:, gate] / whole, 1.0)
            content, holders = self.contents.inside[gate], (self.contents.holders * self.accepted)[:, gate, None]
            asked = holders * np.concatenate((content.gates.sum(axis=1), content.work.sum(axis=1)), axis=1)
            load += asked
            within += asked * (factor[:, gate] * self[gate].easing)[:, None]
        whole = np.maximum(self.work, 1e-300)
        inside, eased = load[:, gates:] / whole, within[:, gates:] / whole
        factor[:, gates:] = np.where(inside > 0.0, np.maximum(1.0 - inside, 0.0) + eased, 1.0)
        return factor

    @cached_property
    def _inner_first(self) -> list[int]:
        """Gates in an order in which those inside come before those around them."""
        order: list[int] = []

        def place(gate: int) -> None:
            if gate not in order:
                used = np.flatnonzero(np.any(self.contents.inside[gate].gates > 0.0, axis=(0, 1)))
                for inner in used.tolist():
                    place(inner)
                order.append(gate)

        for gate in range(len(self.network.gates)):
            place(gate)
        return order

    def _solved(self, gate: int) -> GateStay:
        content, group = self.contents.inside[gate], self.network.gates[gate].group
        arriving = self.contents.holders[:, gate] / group.replicas
        each = arriving * self.accepted[:, gate]
        queues = [*self._stations(content, each), *self._inner_gates(content, each)]
        length = self._length(content)
        rates = throughputs(queues, content.delay, round(group.servers))
        held = Held(arriving, rates, self.network.gates[gate].room)
        endless = content.delay + sum((queue.residence(each) for queue in queues), np.zeros(len(each)))
        easing = _easing(held.hold - length, endless - length)
        rougher = self._rougher(content, queues, each) * easing
        rates = rates * (held.hold / (held.hold + rougher))[:, None]
        held = replace(held, rates=rates)
        uneven = self._uneven(gate, held)
        wait, loss = _wait(held, group)
        rho = arriving * group.hottest / rates[:, -1]
        memory = (1.0 + uneven) / (rates[:, -1] * np.maximum(1.0 - rho, 1e-9) ** 2)
        return GateStay(
            eased(wait, 0.5 * (1.0 + uneven)), loss, held.holding, rho, easing, rates, length, held.hold, memory
        )

    def _uneven(self, gate: int, held: Held) -> Array:
        """(L,) SCV of the times between slots given back, while all are held: that of a hold where slots are what
        limits, 1 where the queues behind them do; the elasticity of X(T) tells ("own")."""
        rates, slots = held.rates, held.slots
        limits = np.ones(len(rates))
        if slots > 1:
            limits = np.clip(np.log(rates[:, -1] / rates[:, -2]) / np.log(slots / (slots - 1.0)), 0.0, 1.0)
        visits = max(float(self.rough.slots[gate]), 1.0)
        return np.asarray(1.0 + limits * (self.contents.scv[:, gate] - 1.0) / visits)

    def _length(self, content: Content) -> Array:
        """(L,) mean service times and delays of a holder, those behind further gates included."""
        further = content.gates.sum(axis=1)
        behind = [further[:, gate] * self[gate].length for gate in _used(further)]
        return content.length + sum(behind, np.zeros(len(further)))

    def _stations(self, content: Content, each: Array) -> list[Inner]:
        """The stations that a holder passes: those of its own replica by themselves, others with all replicas."""
        found = []
        for own, station in _pairs(content.work):
            group, ours = self.network.stations[station].group, content.work[:, own, station]
            total, flow = self.work[:, station], each * ours
            if own == 0:
                found.append(_inner(ours, servers_rates(group.servers), total / group.replicas, flow, 1))
            else:
                copies = group.replicas if group.follows_shares else 1
                rates = servers_rates(group.servers * group.replicas / copies)
                found.append(_inner(ours, rates, total, flow, copies))
        return found

    def _inner_gates(self, content: Content, each: Array) -> list[Inner]:
        """Gates inside, as queues with the rates of their own holders."""
        found = []
        for own, gate in _pairs(content.gates):
            group, ours = self.network.gates[gate].group, content.gates[:, own, gate]
            total, rates = self.contents.holders[:, gate] * self.accepted[:, gate], self[gate].rates
            if own == 0:
                found.append(_inner(ours, rates, total / group.replicas, each * ours, 1))
            elif group.follows_shares:
                found.append(_inner(ours, rates, total, each * ours, group.replicas))
            else:
                found.append(_inner(ours, _spread(rates, group.replicas), total, each * ours, 1))
        return found

    def _rougher(self, content: Content, queues: list[Inner], each: Array) -> Array:
        """(L,) what services that are not exponential add to the waits of a holder, where slots are no limit."""
        added = np.zeros(len(each))
        for (own, station), queue in zip(_pairs(content.work), queues, strict=False):
            factor = float(self.rough.waits[station])
            if factor:
                waits = queue.residence(each) - content.work[:, own, station]
                added = added + factor * np.where(np.isfinite(waits), np.maximum(waits, 0.0), 0.0)
        return added


def _used(counts: Array) -> list[int]:
    return [int(index) for index in np.flatnonzero(np.any(counts > 0.0, axis=0))]


def _pairs(counts: Array) -> list[tuple[int, int]]:
    """(own, index) of what is used of (L, 2, n)."""
    return [(own, index) for own in (0, 1) for index in _used(counts[:, own])]


def _inner(ours: Array, rates: Array, total: Array, flow: Array, copies: int) -> Inner:
    """A queue, what is not ours being others'; they leave us at least our share, however much they ask."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0.0, np.clip(1.0 - flow / total, 0.0, 1.0), 0.0)
    most = rates[:, -1] * copies * np.minimum(share, 1.0 - UNSHARED)
    others = np.where(total - flow > 1e-9 * total, np.minimum(total - flow, most), 0.0)
    return Inner(ours, rates, np.maximum(others, 0.0), copies)


def _spread(rates: Array, replicas: int) -> Array:
    """(L, N T) rates of all replicas together with jobs spread evenly over them."""
    slots = rates.shape[1]
    places = np.arange(1, slots * replicas + 1) / replicas
    known = np.concatenate((np.zeros((len(rates), 1)), rates), axis=1)
    whole = np.minimum(places.astype(int), slots - 1)
    part = places - whole
    return np.asarray(replicas * (known[:, whole] * (1.0 - part) + known[:, whole + 1] * part))


def _easing(limited: Array, endless: Array) -> Array:
    """phi = inner wait with the slots / without; 1 where nobody waits, 0 where they alone keep it bounded."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(endless > 1e-12, limited / endless, 1.0)
    return np.asarray(np.clip(np.nan_to_num(ratio, nan=0.0), 0.0, 1.0))


def _wait(held: Held, group: Group) -> tuple[Wait, Array]:
    """(wait for a slot, part refused), over the replicas of a group."""
    shares = group.shares if group.shares and group.follows_shares else (1.0 / group.replicas,) * group.replicas
    counts = {share: shares.count(share) for share in dict.fromkeys(shares)}
    weights = [share * count for share, count in counts.items()]
    found = [_replica(replace(held, arrivals=held.arrivals * share * group.replicas), group, share) for share in counts]
    loss = np.asarray(sum(weight * part.loss for weight, part in zip(weights, found, strict=True)))
    if len(found) == 1:
        return found[0].wait, loss
    return MixedWait(tuple(weights), tuple(part.wait for part in found)), loss


def _replica(held: Held, group: Group, share: float) -> Limited:
    """The wait at one replica that gets a share of the arrivals."""
    loss, chance, given = _as_spread(held, group, share)
    if held.room is None:
        return Limited(held.loss, MemorylessWait(np.minimum(held.waiting * chance, 1.0), held.given * given))
    grown = held.rho**group.replicas if group.policy is Policy.LEAST_CONNECTIONS else held.rho
    queue = places(group.servers, held.rho, 1.0, held.room)
    steps = Stages(1.0 / held.rates[:, -1])
    return Limited(np.minimum(held.loss * loss, 1.0), queue.wait(steps, np.minimum(held.waiting * chance, 1.0), grown))


def _as_spread(held: Held, group: Group, share: float) -> tuple[Array, Array, Array]:
    """(loss, chance of a wait, its mean given that there is one) over those of Poisson arrivals at one replica: as the
    policy changes them where as many servers are exponential."""
    ones = np.ones(held.arrivals.shape)
    turned = group.policy is Policy.ROUND_ROBIN
    if group.replicas == 1 or (group.follows_shares and not turned):
        return ones, ones, ones
    law, single = Exponential(group.servers), Group(servers=group.servers)
    like = single if group.shares and turned else replace(group, shares=())
    arrivals = ones * share if like is single else ones
    if held.room is None:
        one, other = balancing.wait(like, law, held.rho, arrivals), balancing.wait(single, law, held.rho, ones)
        return ones, _ratio(one.chance, other.chance), _ratio(_given(one), _given(other))
    (lost, one), (usual, other) = (
        crowded(chosen, law, held.rho, scv, held.room) for chosen, scv in ((like, arrivals), (single, ones))
    )
    return _ratio(lost, usual), _ratio(one.chance, other.chance), ones


def _given(wait: Wait) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(wait.chance > 0.0, wait.mean / wait.chance, 1.0))


def _ratio(one: Array, other: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(np.isfinite(one) & np.isfinite(other) & (other > 0.0), one / other, 1.0)
    return np.asarray(found)
