"""An ensemble solved: the queues of every member, and the laws of its requests and visits on grids that fit them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capplan.queueing import balancing
from capplan.queueing.arrays import Array, Mask, Spectrum
from capplan.queueing.balancing import Policy
from capplan.queueing.ensemble import Ensemble
from capplan.queueing.ensemble_fitting import FittedLaw, spans_of
from capplan.queueing.ensemble_grids import Grids
from capplan.queueing.ensemble_sojourn import MemberSolver, Surroundings
from capplan.queueing.ensemble_waits import Queue
from capplan.queueing.laws import Law
from capplan.queueing.open_network import OpenNetwork
from capplan.queueing.outcome import FULL, TRACKED, Outcome
from capplan.queueing.tails import Tail
from capplan.queueing.waits import Rows

POINTS = 256
"""Points of a member's grid: percentiles are within 0.5 % of those on the usual 2048."""
VISIT_POINTS = 128
"""Points for single visits."""
LIGHT = 2e-3
"""Waits that are less than this part of a request's mean time in all members count with their means alone."""
STAND_IN = 0.5
"""The utilisation at which a saturated queue is worked out, for members in which what passes it has no law at all."""
BENDS = 12
"""Loads of the pattern between which the burstiness of arrivals is interpolated."""


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
        found = np.stack(waits, axis=1) if waits else np.zeros((len(self.ensemble.loads), 0))
        return np.asarray(np.where(self.saturated, np.inf, found))

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
        law = FittedLaw(exists, min(VISIT_POINTS, self.points))
        if not len(law.rows):
            return law.tail
        mean, spans = self._visit_spans(parts, law.rows)

        def solve(grids: Grids, rows: Rows) -> tuple[Spectrum, Array]:
            shares = {task: part[rows] for task, part in parts.items()}
            return MemberSolver(around, grids, rows).visit(shares)

        around = self._around(mean, law.rows, np.tile(self.ensemble.visits[tasks].max(axis=0), (len(law.rows), 1)))
        law.solve(solve, spans)
        return law.tail

    def _visit_spans(self, parts: Mapping[int, Array], rows: Rows) -> tuple[Array, Array]:
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

        def solve(grids: Grids, rows: Rows) -> tuple[Spectrum, Array]:
            return MemberSolver(around, grids, rows).stream(index)

        reached = self.ensemble.reached(index)
        visits = reached @ self.ensemble.visits
        law = FittedLaw(~np.any(self.saturated & (visits > 0.0), axis=1), self.points)
        if not len(law.rows):
            return law.tail
        delays = sum((time.mean for time in self.ensemble.streams[index].delays), np.zeros(len(reached)))
        own = np.where(reached > 0.0, self.task_waits + self.task_services, 0.0)[law.rows]
        guess = (reached[law.rows] * own).sum(axis=1) + delays[law.rows]
        around = self._around(guess, law.rows, visits[law.rows])
        law.solve(solve, spans_of(law.rows, guess, solve))
        return law.tail

    def _around(self, mean: Array, rows: Rows, visits: Array) -> Surroundings:
        waits = visits * np.where(visits > 0.0, self.mean_waits[rows], 0.0)
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
        busy = np.where(self.saturated[:, index], STAND_IN, self.ensemble.utilisation[:, index])
        wait = balancing.wait(group, seen, busy, self._scv[:, index])
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
