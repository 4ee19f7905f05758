"""An ensemble solved: the queues of every member, and the laws of its requests and visits on grids that fit them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np

from capplan.queueing import balancing
from capplan.queueing.arrays import Array, Mask, Spectrum
from capplan.queueing.balancing import Policy
from capplan.queueing.ensemble import Ensemble
from capplan.queueing.ensemble_grids import Grids
from capplan.queueing.ensemble_sojourn import MemberSolver, Surroundings
from capplan.queueing.ensemble_waits import Queue
from capplan.queueing.laws import Law
from capplan.queueing.outcome import FULL, TRACKED, OpenNetwork, Outcome
from capplan.queueing.tails import Layer, Tail

POINTS = 256
"""Points of a member's grid: percentiles are within 0.5 % of those on the usual 2048."""
COARSE = 64
"""Points of the grids on which the ranges are found."""
VISIT_POINTS = 128
"""Points for single visits."""
PILOTS = 24
"""Members in which ranges are found; those of the others follow from their means."""
REACH = 1.8
"""A grid should reach this many times the 99.9th percentile."""
CLOSE = 8
"""Where half of the mass lies within so many steps of 0 the beginning is looked at again, on finer grids."""
SHORT, FAR = 1.25, 6.0
"""One that reaches less or more than this is made anew."""
LIGHT = 2e-3
"""Waits that are less than this part of a request's mean time in all members count with their means alone."""
BLOCK = 128
"""Members solved together: their transforms then stay in the processor's cache."""
BENDS = 12
"""Loads of the pattern between which the burstiness of arrivals is interpolated."""

Solve: TypeAlias = Callable[[Grids, Array], tuple[Spectrum, Array]]


@dataclass(frozen=True)
class EnsembleOutcome:
    """What the members of an ensemble do.

    Attributes:
        ensemble: the members.
        load: the pattern's load.
        points: points of the grids.
    """

    ensemble: Ensemble
    load: float
    points: int = POINTS

    @cached_property
    def saturated(self) -> Mask:
        """(M, stations) whether the queue of some replica grows without bound."""
        return np.asarray(self.ensemble.hottest >= FULL)

    @cached_property
    def stable(self) -> Mask:
        """(M,) whether no queue does."""
        return np.asarray(~np.any(self.saturated, axis=1))

    @cached_property
    def queues(self) -> tuple[Queue, ...]:
        """What each station does to those who come."""
        return tuple(self._queue(index) for index in range(len(self.ensemble.pattern.stations)))

    @cached_property
    def mean_waits(self) -> Array:
        """(M, stations) E[W]; inf where saturated, 0 where nothing comes."""
        waits = [queue.mean for queue in self.queues]
        return np.stack(waits, axis=1) if waits else np.zeros((len(self.ensemble.loads), 0))

    @cached_property
    def task_waits(self) -> Array:
        """(M, tasks) mean wait of one run's own visits."""
        waits = np.where(np.isfinite(self.mean_waits), self.mean_waits, 0.0)
        endless = (self.saturated.astype(float) @ self.ensemble.visits.T) > 0.0
        return np.asarray(np.where(endless, np.inf, waits @ self.ensemble.visits.T))

    @cached_property
    def task_services(self) -> Array:
        """(M, tasks) mean service of one run's own visits."""
        times = [sum((v.time.mean for v in task.visits), np.zeros(1)) for task in self.ensemble.tasks]
        return np.stack([np.broadcast_to(time, self.ensemble.loads.shape) for time in times], axis=1)

    def visit(self, parts: Mapping[int, Array]) -> Tail:
        """The law of one visit's own waits and services: a mixture over tasks with (M,) parts."""
        tasks = list(parts)
        used = self.ensemble.visits[tasks].sum(axis=0) > 0.0
        exists = ~np.any(self.saturated & used, axis=1)
        law = _Law(self, exists, min(VISIT_POINTS, self.points))
        if not len(law.rows):
            return law.tail
        mean, spans = self._visit_spans(parts, law.rows)

        def solve(grids: Grids, rows: Array) -> tuple[Spectrum, Array]:
            shares = {task: part[rows] for task, part in parts.items()}
            return MemberSolver(around, grids, rows).visit(shares)

        around = self._around(mean, law.rows, np.tile(self.ensemble.visits[tasks].max(axis=0), (len(law.rows), 1)))
        law.solve(solve, spans)
        return law.tail

    def _visit_spans(self, parts: Mapping[int, Array], rows: Array) -> tuple[Array, Array]:
        """(rows,) mean of a visit, and a range that holds it: the mean and ten standard deviations of the roughest."""
        mean, reach = np.zeros(len(rows)), np.zeros(len(rows))
        for task, part in parts.items():
            own, spread = np.zeros(len(rows)), np.zeros(len(rows))
            for visit in self.ensemble.tasks[task].visits:
                own, spread = own + visit.time.mean[rows], spread + visit.time.variance[rows]
                if visit.station is not None:
                    wait, variance = self.queues[visit.station].moments(rows)
                    own, spread = own + wait, spread + variance
            mean = mean + part[rows] * own
            reach = np.maximum(reach, np.where(part[rows] > 0.0, own + 10.0 * np.sqrt(spread), 0.0))
        return mean, np.maximum(reach, 1e-12)

    def stream(self, index: int) -> Tail:
        """The law of the time that a request of the stream takes, over the members."""

        def solve(grids: Grids, rows: Array) -> tuple[Spectrum, Array]:
            return MemberSolver(around, grids, rows).stream(index)

        reached = self.ensemble.reached(index)
        visits = reached @ self.ensemble.visits
        law = _Law(self, ~np.any(self.saturated & (visits > 0.0), axis=1), self.points)
        if not len(law.rows):
            return law.tail
        delays = sum((time.mean for time in self.ensemble.streams[index].delays), np.zeros(len(reached)))
        own = np.where(reached > 0.0, self.task_waits + self.task_services, 0.0)[law.rows]
        guess = (reached[law.rows] * own).sum(axis=1) + delays[law.rows]
        around = self._around(guess, law.rows, visits[law.rows])
        law.solve(solve, _spans(law.rows, guess, solve))
        return law.tail

    def _around(self, mean: Array, rows: Array, visits: Array) -> Surroundings:
        waits = np.where(visits > 0.0, self.mean_waits[rows], 0.0) * visits
        part = np.max(waits / np.maximum(mean, 1e-300)[:, None], axis=0, initial=0.0)
        light = frozenset(np.flatnonzero(part < LIGHT).tolist())
        return Surroundings(self.ensemble, self.queues, self._repeated, light)

    @cached_property
    def _repeated(self) -> frozenset[int]:
        return frozenset(self._middle.repeated[:TRACKED])

    @cached_property
    def _middle(self) -> Outcome:
        return self._pattern.at([self.load])

    @cached_property
    def _pattern(self) -> OpenNetwork:
        return OpenNetwork(self.ensemble.pattern)

    @cached_property
    def _scv(self) -> Array:
        """(M, stations) SCV of arrivals: the pattern's, at the member's load."""
        pattern, loads = self._pattern, self.ensemble.loads
        low, high = float(loads.min()), float(loads.max())
        at = np.linspace(low, max(high, low * (1.0 + 1e-9)), BENDS)
        found = pattern.at(at).scv
        if np.ptp(found) == 0.0 or high <= low:
            return np.broadcast_to(found[:1], (len(loads), found.shape[1]))
        return np.stack([np.interp(loads, at, found[:, k]) for k in range(found.shape[1])], axis=1)

    def _queue(self, index: int) -> Queue:
        """As `Outcome._stay`: the pattern's law, its repeat visits counted, at the members' utilisations."""
        outcome, group = self._middle, self.ensemble.pattern.stations[index].group
        law, ones = outcome.services[index], np.ones(len(self.ensemble.loads))
        if law is None:
            return Queue(None, ones, ones, ones, 1.0)
        visits = float(outcome.repeat_visits[index])
        changed = visits > 1.0 + 1e-9 and law.scv != 1.0
        seen = law.with_scv(1.0 + (law.scv - 1.0) / visits) if changed else law
        mean, scv = self._moments(index, law)
        wait = balancing.wait(group, seen, self.ensemble.utilisation[:, index], self._scv[:, index])
        pooled = group.policy is Policy.LEAST_CONNECTIONS
        servers = group.servers * (group.replicas if pooled else 1)
        slack = np.maximum(1.0 - self.ensemble.hottest[:, index], 1e-9)
        rougher = (self._scv[:, index] + 1.0 + (scv - 1.0) / max(visits, 1.0)) / (self._scv[:, index] + seen.scv)
        return Queue(wait, mean / law.mean, rougher, (1.0 + seen.scv) * mean / (servers * slack**2), group.common)

    def _moments(self, index: int, law: Law) -> tuple[Array, Array]:
        """(M,) mean and SCV of the services at a station: the mixture over what visits it."""
        rates, first, second = (np.zeros(len(self.ensemble.loads)) for _ in range(3))
        for task, runs in zip(self.ensemble.tasks, self.ensemble.runs.T, strict=True):
            for visit in task.visits:
                if visit.station == index:
                    used = np.where(visit.time.mean > 0.0, runs, 0.0)
                    rates += used
                    first += used * visit.time.mean
                    second += used * (visit.time.variance + visit.time.mean**2)
        idle = rates <= 0.0
        mean = np.where(idle, law.mean, first / np.where(idle, 1.0, rates))
        scv = np.where(idle, law.scv, second / np.where(idle, 1.0, rates) / mean**2 - 1.0)
        return mean, np.maximum(scv, 0.0)


@dataclass
class _Law:
    """A law that is being solved.

    Attributes:
        outcome: whose.
        exists: (M,) the members in which it exists.
        points: points of its grids.
    """

    outcome: EnsembleOutcome
    exists: Mask
    points: int

    def __post_init__(self) -> None:
        count = len(self.exists)
        self.rows = np.flatnonzero(self.exists)
        self.mean, self.steps = np.full(count, np.inf), np.ones(count)
        self.values = np.ones((count, self.points))
        self.near: tuple[Layer, ...] = ()

    @property
    def tail(self) -> Tail:
        """What is known of it."""
        return Tail(self.mean, Layer(self.steps, self.values), self.near)

    def solve(self, solve: Solve, spans: Array) -> None:
        """On grids with these (rows,) ranges, and once more where a range does not fit."""
        todo = np.arange(len(self.rows))
        for _ in range(4):
            for start in range(0, len(todo), BLOCK):
                some = todo[start : start + BLOCK]
                grids, rows = Grids(spans[some] / self.points, self.points), self.rows[some]
                spectrum, self.mean[rows] = solve(grids, rows)
                self.steps[rows], self.values[rows] = grids.steps, _tails(grids, spectrum)
            high = Layer(self.steps[self.rows], self.values[self.rows]).reaches(1e-3)
            short = high[todo] > spans[todo] / SHORT
            far = (high[todo] < spans[todo] / FAR) & (high[todo] > spans[todo] * 3.0 / self.points)
            todo = todo[short | far]
            if not len(todo):
                break
            spans[todo] = np.where(high[todo] > spans[todo] / SHORT, 2.0 * spans[todo], REACH * high[todo])
        self._look_closer(solve)

    def _look_closer(self, solve: Solve) -> None:
        """A finer look at the beginning, where half of the mass lies within a few steps."""
        rows = self.rows[np.sum(self.values[self.rows] > 0.5, axis=1) < CLOSE]
        if not len(rows):
            return
        layer = Layer(np.zeros(len(self.steps)), np.ones(self.values.shape))
        for start in range(0, len(rows), BLOCK):
            some = rows[start : start + BLOCK]
            grids = Grids(self.steps[some] * 4 * CLOSE / self.points, self.points, near=True)
            layer.steps[some], layer.values[some] = grids.steps, _tails(grids, solve(grids, some)[0])
        self.near = (layer,)


def _spans(rows: Array, guess: Array, solve: Solve) -> Array:
    """(rows,) ranges of `REACH` times the 99.9th percentile, as it goes with the mean: found on coarse grids for some.

    Args:
        rows: the members.
        guess: (rows,) their means, or nearly.
        solve: gives the law.
    """
    order = np.argsort(guess, kind="stable")
    some = order[np.unique(np.linspace(0, len(order) - 1, PILOTS).astype(int))]
    spans = np.maximum(8.0 * guess[some], 1e-12)
    todo = np.arange(len(some))
    for _ in range(8):
        grids = Grids(spans[todo] / COARSE, COARSE)
        high = Layer(grids.steps, _tails(grids, solve(grids, rows[some[todo]])[0])).reaches(1e-3)
        short, far = high > 0.7 * spans[todo], high < 0.1 * spans[todo]
        spans[todo] = np.where(short, 2.5 * spans[todo], np.maximum(REACH * high, 0.02 * spans[todo]))
        todo = todo[short | (far & (high > 3.0 * grids.steps))]
        if not len(todo):
            break
    return np.exp(np.interp(np.log(np.maximum(guess, 1e-15)), np.log(np.maximum(guess[some], 1e-15)), np.log(spans)))


def _tails(grids: Grids, spectrum: Spectrum) -> Array:
    """P(T > (k + 1/2) h)."""
    return np.asarray(np.maximum(1.0 - np.cumsum(grids.unit.masses(spectrum), axis=-1), 0.0))


class _Extended(NamedTuple):
    """A tail that falls on beyond its range as it fell before its end.

    Attributes:
        tail: it, within its range.
        end: (M, 1) where it is left.
        last: (M, 1) what it is there.
        slope: (M, 1) how fast its logarithm falls.
    """

    tail: Tail
    end: Array
    last: Array
    slope: Array

    @staticmethod
    def of(tail: Tail, rows: Array) -> "_Extended":
        near = tuple(Layer(one.steps[rows], one.values[rows]) for one in tail.near)
        layer = Layer(tail.whole.steps[rows], tail.whole.values[rows])
        start, end = 0.5 * layer.span[:, None], 0.9 * layer.span[:, None]
        first, last = np.maximum(layer.above(start), 1e-300), np.maximum(layer.above(end), 1e-300)
        return _Extended(Tail(tail.mean[rows], layer, near), end, last, np.maximum(np.log(first / last), 0.0) / (end - start))

    def above(self, times: Array) -> Array:
        """(M, Q) P(T > t)."""
        beyond = self.last * np.exp(-np.minimum(self.slope * np.maximum(times - self.end, 0.0), 700.0))
        return np.asarray(np.where(times < self.end, self.tail.above(times), beyond))


def mixed_quantiles(parts: Sequence[tuple[Array, Tail]], levels: Sequence[float]) -> Array:
    """(M, Q) percentiles of a mixture whose weights differ from member to member; inf where a part does not exist.

    Halving of brackets that start between the least and the greatest percentile of the parts, to a relative 1e-4.
    """
    if len(parts) == 1:
        return parts[0][1].quantiles(levels)
    exists = np.all([(weight == 0.0) | np.isfinite(tail.mean) for weight, tail in parts], axis=0)
    found = np.full((len(exists), len(levels)), np.inf)
    rows = np.flatnonzero(exists)
    own = np.stack([tail.quantiles(levels)[rows] for _, tail in parts])
    used = np.stack([np.broadcast_to((weight > 0.0)[rows, None], own.shape[1:]) for weight, _ in parts])
    low = np.min(np.where(used, own, np.inf), axis=0, initial=np.inf)
    high = np.max(np.where(used, own, 0.0), axis=0, initial=0.0)
    mass = 1.0 - np.asarray(levels)[None, :]
    layers = [(w[rows, None], _Extended.of(tail, rows)) for w, tail in parts]
    for _ in range(16):
        middle = 0.5 * (low + high)
        more = sum(weight * layer.above(middle) for weight, layer in layers) > mass
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    found[rows] = 0.5 * (low + high)
    return found

