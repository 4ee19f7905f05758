"""Burstiness on its way through the network: the SCV of the arrivals at each station.

Whitt's QNA (1983): a departure stream mixes what arrived with what the servers did to it, splitting and merging
carry streams
towards Poisson. Changed against QNA: many servers with rough service pass on (cs2 - 1)/c instead of /sqrt(c)
(measured).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from capplan.queueing.arrays import Array
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import Law
from capplan.queueing.network import Call, Choice, Fork, Network, Step, Visit
from capplan.queueing.traffic import Traffic

Index: TypeAlias = npt.NDArray[np.intp]
Ends: TypeAlias = dict[int, float]
"""Probability that a piece of work begins (or ends) at a station; what is missing to 1 visits none."""
WIDE = 24
"""A piece that may end at more stations than this is taken as ending at its most likely ones."""
LEAST = 1e-30
"""The load that stands in for none, so that parts of it exist."""


@dataclass
class Flows:
    """Rates from station to station, in the order in which a request visits them; -1 - k is stream k at the entrance.

    Attributes:
        rate: runs per second that leave the one and go on to the other.
        blur: the same, times the standard deviation of the delay between them.
    """

    rate: dict[tuple[int, int], float] = field(default_factory=dict)
    blur: dict[tuple[int, int], float] = field(default_factory=dict)

    def add(self, source: Ends, target: Ends, rate: float, variance: float) -> None:
        """`rate` runs per second leave by `source` and go on to `target`, after a delay of this variance."""
        spread = math.sqrt(variance)
        for i, p in source.items():
            for j, q in target.items():
                self.rate[i, j] = self.rate.get((i, j), 0.0) + rate * p * q
                self.blur[i, j] = self.blur.get((i, j), 0.0) + rate * p * q * spread


class Piece(NamedTuple):
    """Where some steps begin and where they end, and the variance of the delays before and after."""

    first: Ends
    last: Ends
    lead: float = 0.0
    trail: float = 0.0

    @property
    def idle(self) -> bool:
        """Whether it visits no station."""
        return not self.first


class _Walk:
    """One pass over the tasks, callees first: where each begins and ends, and the flows inside each at its rate."""

    def __init__(self, network: Network, rates: Array) -> None:
        self.flows = Flows()
        self.pieces: list[Piece] = []
        for task, rate in zip(network.tasks, rates.tolist(), strict=True):
            piece = Piece({}, {})
            for visit in task.visits:
                piece = self.then(piece, _visit(visit), rate)
            self.pieces.append(self.sequence(piece, task.steps, rate))

    def then(self, before: Piece, after: Piece, rate: float) -> Piece:
        """The one piece after the other; a piece that visits nothing lets the other's ends through."""
        self.flows.add(before.last, after.first, rate, before.trail + after.lead)
        skip, idle = 1.0 - sum(before.first.values()), 1.0 - sum(after.last.values())
        return Piece(
            _sum(before.first, after.first, skip),
            _sum(after.last, before.last, idle),
            before.lead + (after.lead if before.idle else 0.0),
            after.trail + (before.trail if after.idle else 0.0),
        )

    def sequence(self, piece: Piece, steps: tuple[Step, ...], rate: float) -> Piece:
        for step in steps:
            piece = self.step(piece, step, rate)
        return piece

    def step(self, piece: Piece, step: Step, rate: float) -> Piece:
        if isinstance(step, Call):
            return self.call(piece, step, rate)
        if isinstance(step, Choice):
            return self.choice(piece, step, rate)
        return self.fork(piece, step, rate)

    def fork(self, piece: Piece, fork: Fork, rate: float) -> Piece:
        """Every branch begins where the piece ends; where that is nowhere yet, the whole begins with all of them."""
        starts, ends, lead = piece.first, Ends(), piece.lead
        for branch in fork.branches:
            way = self.sequence(piece, branch, rate)
            starts = _sum(starts, {station: p - piece.first.get(station, 0.0) for station, p in way.first.items()}, 1.0)
            ends = _sum(ends, way.last, 1.0 / len(fork.branches))
            lead = max(lead, way.lead)
        return Piece(starts, ends, lead, piece.trail)

    def choice(self, piece: Piece, choice: Choice, rate: float) -> Piece:
        chosen, seen = piece, choice.rest
        for probability, option in choice.options:
            seen += probability
            after = self.sequence(piece, option, rate * probability)
            chosen = _either(after, chosen, probability / seen) if seen > 0.0 else chosen
        return chosen

    def call(self, piece: Piece, call: Call, rate: float) -> Piece:
        way = sum(law.mean**2 * law.scv for law in call.delays)
        callee, whole = self.then(Piece({}, {}, way, way), self.pieces[call.task], rate), int(call.count)
        if not call.waits:
            self.flows.add(piece.last, callee.first, rate * call.count, piece.trail + callee.lead)
            return piece
        if whole > 1:
            self.flows.add(callee.last, callee.first, rate * (whole - 1), callee.trail + callee.lead)
        after = self.then(piece, callee, rate) if whole else piece
        part = call.count - whole
        return _either(self.then(after, callee, rate * part), after, part) if part > 0.0 else after


def _visit(visit: Visit) -> Piece:
    if visit.station is None:
        variance = visit.law.mean**2 * visit.law.scv
        return Piece({}, {}, variance, variance)
    return Piece({visit.station: 1.0}, {visit.station: 1.0}) if visit.law.mean > 0.0 else Piece({}, {})


def _sum(one: Ends, other: Ends, weight: float) -> Ends:
    total = dict(one)
    if weight > 0.0:
        for station, p in other.items():
            total[station] = total.get(station, 0.0) + weight * p
    if len(total) > WIDE:
        return dict(sorted(total.items(), key=lambda item: -item[1])[:WIDE])
    return total


def _either(one: Piece, other: Piece, probability: float) -> Piece:
    """The one with this probability, else the other."""

    def mix(a: Ends, b: Ends) -> Ends:
        return _sum({station: probability * p for station, p in a.items()}, b, 1.0 - probability)

    return Piece(
        mix(one.first, other.first), mix(one.last, other.last), max(one.lead, other.lead), max(one.trail, other.trail)
    )


class Routing(NamedTuple):
    """The flows of a network: those that grow with the load, per unit of it, and those that stay."""

    grows: Flows
    stays: Flows


def routing(traffic: Traffic) -> Routing:
    """The flows of a network, found once for all loads."""
    network = traffic.network
    bases = [stream.base for stream in network.streams]
    return Routing(
        grows=_flows(network, traffic.slope, [stream.slope for stream in network.streams]),
        stays=_flows(network, traffic.base, bases) if any(bases) else Flows(),
    )


def arrival_scv(traffic: Traffic, flows: Callable[[], Routing], services: list[Law | None], loads: Array) -> Array:
    """(L, stations) SCV of the times between arrivals at each station.

    Args:
        traffic: rates.
        flows: gives the routing where it is needed; Poisson streams and exponential services need none.
        services: each station's service law.
        loads: (L,) load points.
    """
    network = traffic.network
    ones = np.ones((len(loads), len(network.stations)))
    poisson = all(stream.scv == 1.0 for stream in network.streams)
    exponential = all(law is None or law.scv == 1.0 for law in services)
    if poisson and exponential and not any(_turns(station.group) for station in network.stations):
        return ones
    found = flows()
    if not found.grows.rate and not found.stays.rate:
        return ones
    rho = np.minimum(traffic.utilisation(loads), 1.0)
    edges = _edges(traffic, found.grows, found.stays, np.maximum(loads, LEAST))
    return _solve(network, edges, _departures(network, services), rho)


def _flows(network: Network, rates: Array, entering: list[float]) -> Flows:
    """The flows at these rates of tasks and streams."""
    walk = _Walk(network, rates)
    for row, (stream, rate) in enumerate(zip(network.streams, entering, strict=True)):
        piece = walk.pieces[stream.task]
        walk.flows.add({-1 - row: 1.0}, piece.first, rate, piece.lead)
    return walk.flows


def _turns(group: Group) -> bool:
    return group.policy is Policy.ROUND_ROBIN and group.replicas > 1


class _Edges(NamedTuple):
    """The flows as arrays sorted by target.

    Attributes:
        target: station that each flow reaches; `starts` is where each new target begins.
        source: station that it comes from, or number of stations + k for stream k.
        part: (L or 1, flows) its part of the target's arrivals.
        split: (L, flows) its part of the source's departures, times what random delays leave of its burstiness.
    """

    target: Index
    starts: Index
    source: Index
    part: Array
    split: Array


def _edges(traffic: Traffic, grows: Flows, stays: Flows, loads: Array) -> _Edges:
    """The flows at load x `grows` + `stays`; arrivals that came another way are taken as Poisson.

    A fork copies what leaves its source, so that each copy counts as a whole departure stream.
    A random delay between two stations leaves 1 / (1 + rate x standard deviation) of the burstiness.
    """
    stations = len(traffic.network.stations)
    found = {edge for flows in (grows, stays) for edge, rate in flows.rate.items() if rate > 0.0}
    edges = sorted(found, key=lambda edge: (edge[1], edge[0] if edge[0] >= 0 else stations - 1 - edge[0]))
    target = np.array([j for _, j in edges], dtype=np.intp)
    source = np.array([i if i >= 0 else stations - 1 - i for i, _ in edges], dtype=np.intp)
    at = loads[:, None] if stays.rate else np.ones((1, 1))
    slope, base = (np.array([flows.rate.get(edge, 0.0) for edge in edges]) for flows in (grows, stays))
    blurred, always = (np.array([flows.blur.get(edge, 0.0) for edge in edges]) for flows in (grows, stays))
    visits = traffic.arrivals

    def arriving(rate: Array, runs: Array) -> Array:
        return np.asarray(np.maximum(np.bincount(target, rate, stations), runs @ visits))

    entrance = np.array([(stream.slope, stream.base) for stream in traffic.network.streams])
    into = at * arriving(slope, traffic.slope) + arriving(base, traffic.base)
    leaving = np.concatenate((into, at * entrance[:, 0] + entrance[:, 1]), axis=1)
    rate = at * slope + base
    return _Edges(
        target=target,
        starts=np.flatnonzero(np.diff(target, prepend=-1)),
        source=source,
        part=rate / into[:, target],
        split=np.minimum(rate / leaving[:, source], 1.0) / (1.0 + loads[:, None] * blurred + always),
    )


class _Departures(NamedTuple):
    """How each station turns what arrives into what leaves, per departing stream.

    Attributes:
        copies: departing streams: the replicas, or one where the policy pools them.
        thinned, turned: ca2 of a replica is 1 + thinned (ca2 - 1), or turned x ca2 where replicas are served in turn.
        service: (cs2 - 1), over the servers where it is positive.
    """

    copies: Array
    thinned: Array
    turned: Array
    service: Array

    def scv(self, arrivals: Array, rho: Array) -> Array:
        """(L, stations) cd2 of each departing stream."""
        replica = np.where(self.turned > 0.0, self.turned * arrivals, 1.0 + self.thinned * (arrivals - 1.0))
        return np.asarray(1.0 + (1.0 - rho**2) * (replica - 1.0) + rho**2 * self.service)


def _departures(network: Network, services: list[Law | None]) -> _Departures:
    groups = [station.group for station in network.stations]
    pooled = [g.policy in (Policy.LEAST_CONNECTIONS, Policy.POWER_OF_TWO) for g in groups]
    copies = np.array([1.0 if p else float(g.replicas) for g, p in zip(groups, pooled, strict=True)])
    servers = np.array([g.servers * (g.replicas if p else 1) for g, p in zip(groups, pooled, strict=True)])
    change = np.array([0.0 if law is None else law.scv - 1.0 for law in services])
    return _Departures(
        copies=copies,
        thinned=1.0 / copies,
        turned=np.array([1.0 / g.replicas if _turns(g) else 0.0 for g in groups]),
        service=np.where(change < 0.0, change, change / servers),
    )


def _solve(network: Network, edges: _Edges, departures: _Departures, rho: Array) -> Array:
    """Fixed point of the linear traffic variability equations; the split keeps it a contraction."""
    copies = np.concatenate((departures.copies, np.ones(len(network.streams))))[edges.source]
    reached = edges.target[edges.starts]
    streams = np.add.reduceat(edges.part**2 / copies, edges.starts, axis=1)
    weight = 1.0 / (1.0 + 4.0 * (1.0 - rho[:, reached]) ** 2 * (1.0 / streams - 1.0))
    entrance = np.broadcast_to([stream.scv for stream in network.streams], (len(rho), len(network.streams)))
    scv = np.ones(rho.shape)
    for _ in range(200):
        source = np.concatenate((departures.scv(scv, rho), entrance), axis=1)[:, edges.source]
        merged = np.add.reduceat(edges.part * (edges.split * (source - 1.0)), edges.starts, axis=1)
        new = np.ones(rho.shape)
        new[:, reached] = 1.0 + weight * merged
        if float(np.max(np.abs(new - scv))) < 1e-12:
            return new
        scv = new
    return scv
