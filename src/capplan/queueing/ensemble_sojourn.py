"""The law of the time that a request takes in every member of an ensemble, each on a grid of its own.

The same algebra as `sojourn` (sums are products, branches mixtures, forks products of CDFs, the waits of repeat visits
joined at the end), with weights and times that differ from member to member.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from capplan.queueing.arrays import Array, Spectrum
from capplan.queueing.ensemble import Calls, Choices, Ensemble, Forks, Steps, Times
from capplan.queueing.ensemble_grids import Grids
from capplan.queueing.ensemble_waits import Queue
from capplan.queueing.laws import Deterministic
from capplan.queueing.pending import NONE, Pending, one_visit
from capplan.queueing.sojourn import BRANCHES
from capplan.queueing.waits import Rows


@dataclass(frozen=True)
class Route:
    """One way through a piece of the call graph; see `routes.Route`.

    Attributes:
        weight: (M or 1,) its probability.
        spectrum: (M or 1, frequencies) the law of its time without the pending waits and the constant.
        length: (M,) its mean time, pending waits and constant included.
        pending: the visits to each station whose waits are still to be joined.
        constant: (M or 1,) the constant part of its time.
    """

    weight: Array
    spectrum: Spectrum
    length: Array
    pending: Pending
    constant: Array


ONE, NOTHING = np.ones(1), np.zeros(1)


@dataclass(frozen=True)
class Surroundings:
    """What the tasks of an ensemble meet.

    Attributes:
        ensemble: the members.
        queues: one a station.
        repeats: stations that one request is likely to visit more than once.
        light: stations whose waits matter so little that their means are enough.
    """

    ensemble: Ensemble
    queues: Sequence[Queue]
    repeats: frozenset[int]
    light: frozenset[int]


class MemberSolver:
    """The tasks of some members, each on its own grid.

    Args:
        around: the whole ensemble.
        grids: one for each of the rows.
        rows: the members meant.
    """

    def __init__(self, around: Surroundings, grids: Grids, rows: Rows) -> None:
        self.around = around
        self.grids = grids
        self.rows = rows
        self.start = Route(ONE, grids.start, np.zeros(len(rows)), NONE, NOTHING)
        self._solved: dict[int, list[Route]] = {}
        self._waits: dict[int, Spectrum] = {}

    def stream(self, index: int) -> tuple[Spectrum, Array]:
        """(rows, frequencies) law and (rows,) mean of the time that a request of the stream takes."""
        stream = self.around.ensemble.streams[index]
        reached = np.flatnonzero(np.any(self.around.ensemble.reached(index) > 0.0, axis=0))
        for task in reached.tolist():
            self._solved[task] = self._run(task)
        routes = [_then(route, self._delays(stream.delays)) for route in self._solved[stream.task]]
        route = self._close(routes)
        return np.broadcast_to(route.spectrum, (len(self.rows), self.grids.points + 1)), route.length

    def visit(self, parts: Mapping[int, Array]) -> tuple[Spectrum, Array]:
        """The law of one visit's own waits and services, a mixture over the tasks with (rows,) parts."""
        runs = {task: self._own(task) for task in parts}
        spectrum = sum(
            part[:, None] * self._settled(run) for (_, run), part in zip(runs.items(), parts.values(), strict=True)
        )
        length = sum(part * run.length for run, part in zip(runs.values(), parts.values(), strict=True))
        return np.asarray(spectrum), np.asarray(length)

    def _own(self, task: int) -> Route:
        route = self.start
        for visit in self.around.ensemble.tasks[task].visits:
            if visit.station is not None and np.any(visit.time.mean > 0.0) and self.around.queues[visit.station].wait:
                wait = Route(ONE, self._alone(visit.station), self._mean_wait(visit.station), NONE, NOTHING)
                route = _then(route, wait)
            route = _then(route, self._time(visit.time))
        return route

    def _run(self, task: int) -> list[Route]:
        route = self.start
        for visit in self.around.ensemble.tasks[task].visits:
            if visit.station is not None and np.any(visit.time.mean > 0.0):
                route = _then(route, self._wait(visit.station))
            route = _then(route, self._time(visit.time))
        return self._sequence([route], self.around.ensemble.tasks[task].steps)

    def _mean_wait(self, station: int) -> Array:
        return np.asarray(self.around.queues[station].mean[self.rows])

    def _wait(self, station: int) -> Route:
        """One wait at a station: pending where the request may come again, else its law."""
        if self.around.queues[station].wait is None:
            return self.start
        length = self._mean_wait(station)
        if station in self.around.repeats and station not in self.around.light:
            return Route(ONE, self.grids.start, length, one_visit(station, len(self.rows)), NOTHING)
        return Route(ONE, self._alone(station), length, NONE, NOTHING)

    def _alone(self, station: int) -> Spectrum:
        if station not in self._waits:
            plain = station in self.around.light
            self._waits[station] = self.around.queues[station].transform(self.grids, self.rows, plain=plain)
        return self._waits[station]

    def _time(self, time: Times) -> Route:
        mean = time.mean[self.rows]
        if isinstance(time.law, Deterministic):
            return Route(ONE, self.grids.start, mean, NONE, mean)
        return Route(ONE, self.grids.law(Times(time.law, mean)), mean, NONE, NOTHING)

    def _delays(self, delays: tuple[Times, ...]) -> Route:
        route = self.start
        for time in delays:
            route = _then(route, self._time(time))
        return route

    def _sequence(self, routes: list[Route], steps: tuple[Steps, ...]) -> list[Route]:
        for step in steps:
            routes = self._product(routes, self._step(step))
        return routes

    def _step(self, step: Steps) -> list[Route]:
        if isinstance(step, Calls):
            return self._call(step) if step.waits else [self.start]
        if isinstance(step, Choices):
            options = [(p[self.rows], self._sequence([self.start], option)) for p, option in step.options]
            return self._mixed(options)
        return [self._fork(step)]

    def _call(self, call: Calls) -> list[Route]:
        """2.4 calls are 2 or 3; where members differ, each number has each member's own probability."""
        one = self._product([self._delays(call.delays)], self._solved[call.task])
        count = call.count[self.rows]
        whole, part = np.floor(count), count - np.floor(count)
        options: list[tuple[Array, list[Route]]] = []
        for number in range(int(whole.min()), int(np.ceil(count).max()) + 1):
            chance = np.where(whole == number, 1.0 - part, 0.0) + np.where(whole + 1.0 == number, part, 0.0)
            if np.any(chance > 0.0):
                options.append((chance, self._power(one, number)))
        if len(options) == 1:
            return options[0][1]
        return self._mixed(options)

    def _power(self, routes: list[Route], count: int) -> list[Route]:
        if count <= 1:
            return routes if count else [self.start]
        route = routes[0] if len(routes) == 1 else self._close(routes)
        pending = route.pending.times(count, route.length)
        return [Route(ONE, route.spectrum**count, route.length * count, pending, route.constant * count)]

    def _mixed(self, options: list[tuple[Array, list[Route]]]) -> list[Route]:
        """The routes of one of the options, each with its (rows,) probability, else nothing."""
        rest = np.maximum(1.0 - sum(chance for chance, _ in options), 0.0)
        taken = [
            replace(route, weight=route.weight * chance, spectrum=route.spectrum * chance[:, None])
            for chance, routes in options
            for route in routes
        ]
        if np.any(rest > 1e-15):
            taken.append(replace(self.start, weight=rest, spectrum=self.start.spectrum * rest[:, None]))
        return self._few(taken)

    def _product(self, left: list[Route], right: list[Route]) -> list[Route]:
        return self._few([_then(one, other) for one in left for other in right])

    def _few(self, routes: list[Route]) -> list[Route]:
        """Routes with the same repeat visits merged; all joined where there are too many."""
        if len(routes) == 1:
            return routes
        groups: dict[bytes, list[Route]] = {}
        for route in routes:
            groups.setdefault(route.pending.key, []).append(route)
        merged = [self._merge(group) for group in groups.values()]
        return merged if len(merged) <= BRANCHES else [self._close(merged)]

    def _close(self, routes: list[Route]) -> Route:
        """One route whose spectrum holds everything: the pending waits of each joined, and its constant."""
        closed = []
        for route in routes:
            spectrum = self._settled(route)
            for station, count, apart in route.pending:
                spectrum = spectrum * self._joined(station, count, apart)
            closed.append(Route(route.weight, spectrum, route.length, NONE, NOTHING))
        return self._merge(closed)

    def _settled(self, route: Route) -> Spectrum:
        """The spectrum with the constant in it."""
        if not np.any(route.constant > 0.0):
            return route.spectrum
        return np.asarray(route.spectrum * self.grids.constant(route.constant))

    def _merge(self, routes: list[Route]) -> Route:
        """Routes that leave the same pending visits, as one: spectra (already weighted) added, times averaged."""
        if len(routes) == 1:
            return routes[0]
        weight = np.asarray(sum(route.weight for route in routes))
        safe = np.where(weight > 0.0, weight, 1.0)
        parts = [np.where(weight > 0.0, route.weight / safe, 1.0 / len(routes)) for route in routes]
        length = np.asarray(sum(part * route.length for part, route in zip(parts, routes, strict=True)))
        spectrum = np.asarray(sum(self._settled(route) for route in routes))
        return Route(weight, spectrum, length, _averaged([route.pending for route in routes], parts), NOTHING)

    def _joined(self, station: int, count: int, apart: Array) -> Spectrum:
        """V = `count` waits at one station: kappa x law of V W + (1 - kappa) x law of V independent W."""
        queue, alone = self.around.queues[station], self._alone(station)
        if count == 1:
            return alone
        kappa = queue.common * np.exp(-apart / queue.memory[self.rows])[:, None]
        together = queue.transform(self.grids, self.rows, float(count))
        return np.asarray(kappa * together + (1.0 - kappa) * alone**count)

    def _fork(self, fork: Forks) -> Route:
        """The slowest of the branches, each with its waits joined."""
        ends = [self._close(self._sequence([self.start], branch)).spectrum for branch in fork.branches]
        full = [np.broadcast_to(end, (len(self.rows), self.grids.points + 1)) for end in ends]
        unit = self.grids.unit
        spectrum = unit.slowest(full)
        mean = (unit.masses(spectrum) @ unit.times[:-1]) * self.grids.steps
        return Route(ONE, spectrum, np.asarray(mean), NONE, NOTHING)


def _averaged(pendings: Sequence[Pending], parts: Sequence[Array]) -> Pending:
    first = np.asarray(sum(part * pending.first for part, pending in zip(parts, pendings, strict=True)))
    last = np.asarray(sum(part * pending.last for part, pending in zip(parts, pendings, strict=True)))
    return Pending(pendings[0].stations, pendings[0].counts, first, last)


def _then(one: Route, other: Route) -> Route:
    """The one, then the other."""
    return Route(
        one.weight * other.weight,
        one.spectrum * other.spectrum,
        one.length + other.length,
        one.pending.then(other.pending, one.length),
        one.constant + other.constant,
    )
