"""Who goes where after whom: the flows from station to station, in the order in which a request visits them.

One pass over the tasks, callees first, tells where each begins and ends; the flows between follow. They are linear in
the rates, so they are found once for all loads.
"""

import math
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from capplan.queueing.arrays import Array
from capplan.queueing.network import Call, Choice, Fork, Network, Step, Visit
from capplan.queueing.traffic import Traffic

Ends: TypeAlias = dict[int, float]
"""Probability that a piece of work begins (or ends) at a station; what is missing to 1 visits none."""
WIDE = 24
"""A piece that may end at more stations than this is taken as ending at its most likely ones."""


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


def _flows(network: Network, rates: Array, entering: list[float]) -> Flows:
    """The flows at these rates of tasks and streams."""
    walk = _Walk(network, rates)
    for row, (stream, rate) in enumerate(zip(network.streams, entering, strict=True)):
        piece = walk.pieces[stream.task]
        walk.flows.add({-1 - row: 1.0}, piece.first, rate, piece.lead)
    return walk.flows
