"""Closed networks: N users, each of whom thinks, asks, and waits for the answer before thinking again.

The rate is the one at which as many users think or wait as there are: rate x (Z + R(rate)) = N. It is sought by how
far the fullest station is from saturation, in logarithms, so that it is found as well where that is nowhere at all.
Networks of product form are solved exactly as far as their size allows.

A user's request may visit stations in any way that an open one may; calls that nobody waits for, and load that users
do not cause, take their part of the servers and stay open.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array, Mask
from capplan.queueing.bracketed import rising_root
from capplan.queueing.closed_form import product_form_of
from capplan.queueing.closed_stations import NEAREST, Found, Queue, Queues, Rest, leaves, queues, rebuilt
from capplan.queueing.closed_wait import ClosedWait
from capplan.queueing.network import Choice, Fork, Step
from capplan.queueing.open_network import OpenNetwork
from capplan.queueing.outcome import Outcome
from capplan.queueing.stays import Stay
from capplan.queueing.waits import Wait

FULLEST = 1e-12
"""A full station is reported as this near to saturation."""
COARSE = 256
"""Grid points for mean times of branches made together."""
BRANCHED = 4
"""Most rounds on each grid of the search for the mean of these; it jumps a little (0.3 %) where a law changes grids."""


@dataclass(frozen=True)
class ClosedNetwork:
    """A network whose streams are started by users.

    Attributes:
        open: the network with arrivals of its own; those that grow with the load are the users' requests.
        think: mean time between an answer and the next request (s).
    """

    open: OpenNetwork
    think: float

    @cached_property
    def shares(self) -> Array:
        """(streams,) part of the users' requests."""
        slopes = np.array([stream.slope for stream in self.open.network.streams])
        return np.asarray(slopes / slopes.sum())

    @cached_property
    def per_load(self) -> float:
        """Requests of users per unit of load."""
        return sum(stream.slope for stream in self.open.network.streams)

    @cached_property
    def rounds(self) -> Array:
        """(tasks,) runs in one round of a user that he waits for."""
        return np.asarray(self.shares @ self.open.traffic.awaited)

    @cached_property
    def fixed(self) -> float:
        """Mean time of a round that no queue lengthens, thinking apart (s)."""
        traffic, delays = self.open.traffic, 0.0
        for share, stream in zip(self.shares.tolist(), self.open.network.streams, strict=True):
            delays += share * sum(law.mean for law in stream.delays)
        for index, task in enumerate(traffic.network.tasks):
            own = sum(visit.law.mean for visit in task.visits)
            ways = sum(link.count * link.way for link in traffic.network.links[index] if link.waits)
            delays += float(self.rounds[index]) * (own + ways)
        return delays

    @cached_property
    def queues(self) -> tuple[Queue, ...]:
        """The queues at which users wait."""
        traffic, found = self.open.traffic, list[Queue]()
        servers = np.array([station.servers for station in self.open.network.stations])
        waited = self.rounds @ traffic.demand * self.per_load
        slope, base = traffic.slope @ traffic.demand, traffic.base @ traffic.demand
        for index, station in enumerate(self.open.network.stations):
            if waited[index] > 0.0:
                use = float(slope[index] / servers[index]), float(base[index] / servers[index])
                all_work = slope[index] + base[index] / self._usual
                found += queues(station.group, index, use, min(float(waited[index] / all_work), 1.0))
        return tuple(found)

    @property
    def _usual(self) -> float:
        """A load at which the parts of a station's work are compared."""
        traffic = self.open.traffic
        work = traffic.slope @ traffic.demand
        room = np.array([station.servers for station in self.open.network.stations]) - traffic.base @ traffic.demand
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.min(np.where(work > 0.0, room / work, np.inf)))

    @cached_property
    def most(self) -> float:
        """The load that fills the first queue; inf where users meet none, not above 0 where other load fills one."""
        return min(((1.0 - queue.base) / queue.slope for queue in self.queues), default=np.inf)

    def at(self, users: Sequence[float] | Array, points: int | None = None) -> Outcome:
        """The network with these populations; its loads are what they reach.

        Args:
            users: (L,) N > 0.
            points: grid points, as in `OpenNetwork.at`.
        """
        population = np.asarray(users, dtype=float)
        grid = points or self.open.points
        if not self.queues:
            return self._without_queues(population, grid)
        exact = self._exactly(population)
        if exact is not None and np.all(exact.known):
            return replace(self._of(exact.rest, exact.found).outcome, points=grid)
        state = self._decomposed(population, grid)
        if exact is not None:
            state = self._of(exact.rest.where(exact.known, state.rest), exact.found)
        return replace(state.outcome, points=grid)

    def _without_queues(self, users: Array, points: int) -> Outcome:
        """Where nobody ever waits for a server, users send as fast as they are answered."""
        outcome = self.open.at(np.ones(len(users)), COARSE)
        rate = users / np.maximum(self.think + self._branched(outcome), 1e-9)
        return self.open.at(rate / self.per_load, points)

    # exactly

    def _exactly(self, users: Array) -> "_Exact | None":
        """The populations for which the network is solved exactly; None where none is."""
        form = product_form_of(self)
        if form is None:
            return None
        small = np.array([form.small(n) for n in users.tolist()])
        if not np.any(small):
            return None
        solved = [form.solve(round(n)) if one else None for n, one in zip(users.tolist(), small, strict=True)]
        shape = (len(self.queues), len(users))
        rate, chance, ahead = np.ones(len(users)), np.zeros(shape), np.zeros(shape)
        for column, one in enumerate(solved):
            if one is not None:
                rate[column], chance[:, column], ahead[:, column] = one.rate, one.chance, one.ahead
        use = np.array([[queue.slope] for queue in self.queues]) * rate / self.per_load
        rest = Rest(users, rate, np.log(np.maximum(1.0 - use, 1e-300)))
        return _Exact(small, rest, lambda queues: queues.exactly(small, chance, ahead))

    # the decomposition

    def _decomposed(self, users: Array, points: int) -> "_State":
        """By the decomposition; where branches are made together their mean is found on a grid, as a factor."""
        ratio = np.ones(len(users))
        logit = self._logit(users, ratio, None)
        state = self._state(users, logit)
        for grid, settled in ((COARSE, 1e-3), (points, 1e-7)) if self.forks else ():
            for _ in range(BRANCHED):
                before, ratio = ratio, self._branched(replace(state.outcome, points=grid)) / state.response
                if np.all(np.abs(ratio / before - 1.0) < settled):
                    break
                logit = self._logit(users, ratio, logit)
                state = self._state(users, logit)
        return state

    def _logit(self, users: Array, ratio: Array, near: Array | None) -> Array:
        """(L,) ln rho/(1 - rho) of the fullest queue at which the population is right."""

        def surplus(logit: Array) -> Array:
            state = self._state(users, logit)
            turn = self.think + ratio * state.response
            return np.asarray(np.log(state.rest.rate * turn) - np.log(users))

        if near is not None:
            return rising_root(surplus, near - 1e-3, near + 1e-3)
        alone = users / (self.think + self.fixed)
        part = np.minimum(alone / (self.most * self.per_load), 1.0 - 1e-6)
        low = np.log(part) - np.log1p(-part)
        return rising_root(surplus, low - 0.5, low)

    def _state(self, users: Array, logit: Array) -> "_State":
        """The network where the fullest queue is so full."""
        slack = np.where(logit > 700.0, -logit, -np.log1p(np.exp(np.minimum(logit, 700.0))))
        rate = self.most * self.per_load * np.exp(-np.log1p(np.exp(-logit)))
        return self._of(Rest(users, rate, self._slacks(slack)), lambda queues: queues.found)

    def _slacks(self, slack: Array) -> Array:
        """(Q, L) ln of the idle part of every queue, from that of the fullest."""
        grows = np.array([[queue.slope * self.most] for queue in self.queues])
        spare = np.array([[1.0 - queue.base] for queue in self.queues]) - grows
        with np.errstate(divide="ignore"):
            return np.asarray(np.logaddexp(np.log(np.where(spare > 1e-12, spare, 0.0)), np.log(grows) + slack))

    def _of(self, rest: Rest, find: Callable[[Queues], Found]) -> "_State":
        """The network at a rate, once it is known what arrivals find."""
        loads = np.minimum(rest.rate / self.per_load, self.most * (1.0 - FULLEST))
        outcome = self.open.at(np.minimum(loads, self.most * (1.0 - NEAREST)), COARSE)
        stations = list(dict.fromkeys(queue.station for queue in self.queues))
        waits = {station: outcome.stays[station].wait for station in stations}
        opened = tuple(leaf for wait in waits.values() if wait is not None for leaf in leaves(wait))
        all_queues = Queues(self.queues, opened, rest)
        closed = all_queues.closed(find(all_queues))
        known = {}
        for station, wait in waits.items():
            own = [one for one, queue in zip(closed, self.queues, strict=True) if queue.station == station]
            if wait is not None:
                known[station] = self._stay(outcome, station, wait, own, rest)
        solved = replace(outcome, loads=loads, known=known)
        means = np.nan_to_num(solved.mean_waits[:, stations], posinf=0.0)
        response = self.fixed + means @ (self.rounds @ solved.waits_of)[stations]
        return _State(rest, solved, response)

    def _stay(self, outcome: Outcome, station: int, wait: Wait, own: list[ClosedWait], rest: Rest) -> Stay:
        """A station with closed waits; its queue forgets no slower than its users come back."""
        turn = rest.users / rest.rate
        mean = rebuilt(wait, own, turn).mean
        inside = self.rounds @ outcome.waits_of[:, station] * mean + self.rounds @ outcome.traffic.demand[:, station]
        away = np.maximum(turn - inside, 1e-9 * turn)
        stay = outcome.stays[station]
        return Stay(rebuilt(wait, own, away), 1.0 / (1.0 / stay.memory + 1.0 / away), stay.common)

    # branches made together

    @cached_property
    def forks(self) -> bool:
        """Whether a user waits for the slowest of several calls."""
        tasks = self.open.network.tasks
        return any(_forked(tasks[index].steps) for index in np.flatnonzero(self.rounds).tolist())

    def _branched(self, outcome: Outcome) -> Array:
        """(L,) mean time of a round that a user waits, from the laws of the requests."""
        tails = [(share, outcome.stream(k)) for k, share in enumerate(self.shares.tolist()) if share > 0.0]
        return np.asarray(sum(share * tail.mean for share, tail in tails))


class _State(NamedTuple):
    """A network at some rates: where it is, its outcome and the part of a round that users wait, branches in a row."""

    rest: Rest
    outcome: Outcome
    response: Array


class _Exact(NamedTuple):
    """Populations that are solved exactly (L,), where they bring the network, and what arrivals find there."""

    known: Mask
    rest: Rest
    found: Callable[[Queues], Found]


def _forked(steps: tuple[Step, ...]) -> bool:
    return any(
        isinstance(step, Fork) or (isinstance(step, Choice) and any(_forked(option) for _, option in step.options))
        for step in steps
    )
