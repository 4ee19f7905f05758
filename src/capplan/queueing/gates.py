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

from capplan.queueing.arrays import Array, Mask
from capplan.queueing.balancing import Group
from capplan.queueing.contents import Content, Contents, pairs, used
from capplan.queueing.held import Held, slowed
from capplan.queueing.inner import Inner, servers_rates, shared_queue, spread_evenly
from capplan.queueing.many_slots import told_rates
from capplan.queueing.network import Network
from capplan.queueing.shared import eased
from capplan.queueing.slot_waits import slot_wait
from capplan.queueing.waits import Wait

COUNTED = 600
"""Up to so many slots of several replicas are looked at together."""
FULLEST = 0.999
"""A queue that slots keep bounded counts as full as this at most where it is compared with an endless one."""
INSTANT = 1e-12
"""A slot is held at least so long (s), so that those whose work takes no time have a rate."""


class GateStay(NamedTuple):
    """What a gate does to those who come.

    Attributes:
        wait: for a slot, of those who are not refused.
        loss: (L,) part of them that is refused.
        held: (L,) mean number of slots held at an average replica.
        rho: (L,) what comes to the busiest replica over what its slots can do.
        easing: (L,) phi, of the queues that holders come to first: stations, and the queues for further slots.
        deeper: (L,) the same of the queues behind those further slots, which keep them short themselves.
        rates: (L, K) holders that finish per second with n = 1..K slots held, at one replica; the last with all slots.
        joint: (L, K x replicas that are looked at together) the same of all these replicas.
        length: (L,) mean service times and delays while a slot is held.
        hold: (L,) mean time that a slot is held.
        memory: (L,) the time in which the queue for slots forgets.
        chain: of the slots of as many replicas as are looked at together.
        together: how many these are.
    """

    wait: Wait
    loss: Array
    held: Array
    rho: Array
    easing: Array
    deeper: Array
    rates: Array
    joint: Array
    length: Array
    hold: Array
    memory: Array
    chain: Held
    together: int

    def in_progress(self, level: float, hottest: float) -> Array:
        """(L,) a percentile of the runs at the busiest replica, waiting or holding; its load over the average given."""
        busiest = replace(self.chain, arrivals=self.chain.arrivals * hottest)
        return np.asarray(np.ceil(busiest.percentile(level) / self.together))


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
                found[:, gate] = (self[gate].rho >= 1.0 - 1e-12) & ~self.bounded[:, gate]
        return found

    @cached_property
    def bounded(self) -> Mask:
        """(L, gates + stations) whether only holders of slots come there: then it never holds more than there are."""
        inside = np.zeros((len(self.work), len(self.network.gates) + self.work.shape[1]))
        for gate, content in enumerate(self.contents.inside):
            holders = (self.contents.holders * self.accepted)[:, gate, None]
            inside += holders * np.concatenate((content.gates.sum(axis=1), content.work.sum(axis=1)), axis=1)
        whole = np.concatenate((self.contents.holders, self.work), axis=1)
        return np.asarray((whole > 0.0) & (inside >= whole * (1.0 - 1e-6)))

    @cached_property
    def eased(self) -> Array:
        """(L, gates + stations) by what the waits at each gate and station are multiplied, for all gates around them:
        averaged over the holders that come there, and those who come without."""
        gates, stations = len(self.network.gates), len(self.network.stations)
        asked, waits, deep = np.zeros((3, len(self.work), gates + stations))
        whole = np.concatenate((self.contents.holders, self.work), axis=1)
        for gate in reversed(self._inner_first):
            around = _averaged(deep[:, gate], asked[:, gate], whole[:, gate])
            content, holders = self.contents.inside[gate], (self.contents.holders * self.accepted)[:, gate, None]
            brought = holders * np.concatenate((content.gates.sum(axis=1), content.work.sum(axis=1)), axis=1)
            asked += brought
            waits += brought * (around * self[gate].easing)[:, None]
            deep += brought * (around * self[gate].deeper)[:, None]
        return _averaged(waits, asked, whole)

    def rough_behind(self, gate: int) -> bool:
        """Whether service times vary strongly at a queue behind the slots."""
        behind = np.any(self.contents.inside[gate].work[:, 1] > 0.0, axis=0)
        return bool(np.any(self.rough.waits[behind] > 0.5))

    @cached_property
    def depth(self) -> int:
        """How many slots stand one within another."""
        found: dict[int, int] = {}
        for gate in self._inner_first:
            further = np.flatnonzero(np.any(self.contents.inside[gate].gates > 0.0, axis=(0, 1))).tolist()
            found[gate] = 1 + max((found[inner] for inner in further), default=0)
        return max(found.values(), default=0)

    @cached_property
    def _inner_first(self) -> list[int]:
        """Gates in an order in which those inside come before those around them."""
        order: list[int] = []

        def place(gate: int) -> None:
            if gate not in order:
                further = np.flatnonzero(np.any(self.contents.inside[gate].gates > 0.0, axis=(0, 1)))
                for inner in further.tolist():
                    place(inner)
                order.append(gate)

        for gate in range(len(self.network.gates)):
            place(gate)
        return order

    def _together(self, group: Group) -> int:
        """How many replicas are looked at as one: all where the policy does, and they are not too many."""
        looks = group.replicas > 1 and not group.follows_shares
        return group.replicas if looks and round(group.servers) * group.replicas <= COUNTED else 1

    def _solved(self, gate: int) -> GateStay:
        content, group, room = self.contents.inside[gate], self.network.gates[gate].group, self.network.gates[gate].room
        together = self._together(group)
        arriving = self.contents.holders[:, gate] / group.replicas * together
        each = arriving * self.accepted[:, gate]
        queues = [*self._stations(gate, each, together), *self._inner_gates(content, each, together)]
        length = self._length(content)
        slots = round(group.servers) * together
        rates = told_rates(queues, np.maximum(content.delay, INSTANT), slots, arriving)
        arriving = np.where(self.bounded[:, gate], np.minimum(arriving, FULLEST * rates[:, -1]), arriving)
        held = Held(arriving, rates, None if room is None else room * together, slots - rates.shape[1])
        endless = content.delay + sum((queue.residence(each, FULLEST) for queue in queues), np.zeros(len(each)))
        behind = self._behind(content)
        easing = _easing(held.hold - length - behind, endless - length - behind)
        deeper = _easing(held.hold - length, behind)
        rougher = self._rougher(content, queues, each) * easing
        rates = slowed(rates, rougher, held.spare)
        held = replace(held, rates=rates, spare=slots - rates.shape[1])
        uneven = self._uneven(gate, held)
        found = slot_wait(held, group, together)
        rates = held.rates[:, together - 1 :: together] / together
        rho = self.contents.holders[:, gate] / group.replicas * group.hottest / rates[:, -1]
        memory = (1.0 + uneven) / (held.rates[:, -1] * np.maximum(1.0 - rho, 1e-9) ** 2)
        return GateStay(
            wait=eased(found.wait, 0.5 * (1.0 + uneven)),
            loss=found.loss,
            held=held.holding / together,
            rho=rho,
            easing=easing,
            deeper=deeper,
            rates=rates,
            joint=held.rates,
            length=length,
            hold=held.hold,
            memory=memory,
            chain=held,
            together=together,
        )

    def _uneven(self, gate: int, held: Held) -> Array:
        """(L,) SCV of the times between slots given back, while all are held: that of a hold where slots are what
        limits, 1 where the queues behind them do; the elasticity of X(T) tells ("own")."""
        rates, slots = held.rates, held.slots
        limits = np.ones(len(rates))
        if slots > 1:
            limits = np.clip(np.log(rates[:, -1] / rates[:, -2]) / np.log(slots / (held.told - 1.0)), 0.0, 1.0)
        visits = max(float(self.rough.slots[gate]), 1.0)
        return np.asarray(1.0 + limits * (self.contents.scv[:, gate] - 1.0) / visits)

    def _length(self, content: Content) -> Array:
        """(L,) mean service times and delays of a holder, those behind further gates included."""
        further = content.gates.sum(axis=1)
        behind = [further[:, gate] * self[gate].length for gate in used(further)]
        return content.length + sum(behind, np.zeros(len(further)))

    def _behind(self, content: Content) -> Array:
        """(L,) mean waits of a holder behind further gates."""
        further = content.gates.sum(axis=1)
        waits = [further[:, gate] * (self[gate].hold - self[gate].length) for gate in used(further)]
        return np.maximum(sum(waits, np.zeros(len(further))), 0.0)

    def _most(self, gate: int, station: int) -> int | None:
        """How many from other replicas there can be at a station, where only holders of this gate's slots come."""
        group, brought = self.network.gates[gate].group, self.contents.inside[gate].work[:, 1, station]
        ours = self.contents.holders[:, gate] * self.accepted[:, gate] * brought
        most = round(group.servers) * (group.replicas - 1)
        alone = np.all(ours >= self.work[:, station] * (1.0 - 1e-6))
        return most if alone and most <= COUNTED else None

    def _stations(self, gate: int, each: Array, together: int) -> list[Inner]:
        """The stations that a holder passes: those of its own replica by themselves, others with all replicas."""
        content, found = self.contents.inside[gate], []
        for own, station in pairs(content.work):
            group, ours = self.network.stations[station].group, content.work[:, own, station]
            total, flow = self.work[:, station], each * ours
            if own == 0:
                here, rates = total / group.replicas * together, servers_rates(group.servers, group.speedup)
                found.append(shared_queue(ours, rates, here, flow, together))
            else:
                copies = group.replicas if group.follows_shares else 1
                rates = servers_rates(group.servers, group.speedup, group.replicas // copies)
                most = self._most(gate, station) if copies == together == 1 else None
                found.append(shared_queue(ours, rates, total, flow, copies)._replace(most=most))
        return found

    def _inner_gates(self, content: Content, each: Array, together: int) -> list[Inner]:
        """Gates inside, as queues with the rates of their own holders."""
        found = []
        for own, gate in pairs(content.gates):
            group, ours = self.network.gates[gate].group, content.gates[:, own, gate]
            total, rates = self.contents.holders[:, gate] * self.accepted[:, gate], self[gate].rates
            if own == 0 and together > 1 and self[gate].joint.shape[1] > rates.shape[1]:
                found.append(shared_queue(ours, self[gate].joint, total, each * ours, 1))
            elif own == 0:
                found.append(shared_queue(ours, rates, total / group.replicas * together, each * ours, together))
            elif group.follows_shares:
                found.append(shared_queue(ours, rates, total, each * ours, group.replicas))
            else:
                found.append(shared_queue(ours, spread_evenly(rates, group.replicas), total, each * ours, 1))
        return found

    def _rougher(self, content: Content, queues: list[Inner], each: Array) -> Array:
        """(L,) what services that are not exponential add to the waits of a holder, where slots are no limit."""
        added = np.zeros(len(each))
        for (own, station), queue in zip(pairs(content.work), queues, strict=False):
            factor = float(self.rough.waits[station])
            if factor:
                waits = queue.residence(each, FULLEST) - content.work[:, own, station]
                added = added + factor * np.where(np.isfinite(waits), np.maximum(waits, 0.0), 0.0)
        return added


def _averaged(values: Array, asked: Array, whole: Array) -> Array:
    """The average of what was asked for by holders, the rest counting with 1."""
    part = asked / np.maximum(whole, 1e-300)
    inside = values / np.maximum(whole, 1e-300)
    return np.asarray(np.where(part > 0.0, np.maximum(1.0 - part, 0.0) + inside, 1.0))


def _easing(limited: Array, endless: Array) -> Array:
    """phi = inner wait with the slots / without; 1 where nobody waits, 0 where they alone keep it bounded."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(endless > 1e-12, limited / endless, 1.0)
    return np.asarray(np.clip(np.nan_to_num(ratio, nan=0.0), 0.0, 1.0))
