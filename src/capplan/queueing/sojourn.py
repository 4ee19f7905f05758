"""The law of the time that a run of a task takes, from the call graph: each task once, callees before callers.

Sums are products of transforms, branches mixtures, forks products of CDFs (METHODS["path"], ["fork-join"]). One
request that visits a station several times meets nearly the same queue each time: its waits there are carried along
as *pending* and joined at the end, with weight kappa as one wait counted V times, else as V independent ones
(METHODS["repeat-visits"], "own").
"""

from dataclasses import replace

import numpy as np

from capplan.queueing.arrays import Array, Spectrum
from capplan.queueing.fates import Caller
from capplan.queueing.grid import Grid
from capplan.queueing.laws import Deterministic, Law
from capplan.queueing.network import ENDLESS, Call, Choice, Fork, Network, Step, Visit
from capplan.queueing.pending import averaged, one_visit
from capplan.queueing.queues import Queues
from capplan.queueing.repeats import Attempt, early, repeated
from capplan.queueing.routes import Route, then
from capplan.queueing.shared import visited
from capplan.queueing.slowed import hindered, service, stretched
from capplan.queueing.waits import Rows, Wait

BRANCHES = 8
"""Routes with different repeat visits are kept apart up to this many; beyond, they are joined."""
LARGE = 250
"""Meshes of more tasks join them at once."""
KEPT = 16e6
"""Bytes of transforms of tasks that are kept for other streams; beyond, each goes when its last caller is solved."""


class Solver:
    """The tasks of one network at some load points on one grid.

    Args:
        network: the network.
        queues: what they do to those who come.
        grid: where the laws live.
        rows: the load points meant.
    """

    def __init__(self, network: Network, queues: Queues, grid: Grid, rows: Rows) -> None:
        self.network = network
        self.queues = queues
        self.grid = grid
        self.rows = rows
        self.start = Route(1.0, np.ones((1, grid.points + 1), dtype=complex), np.zeros(len(rows)))
        self.branches = BRANCHES if len(network.tasks) <= LARGE else 1
        self._solved: dict[int, list[Route]] = {}
        self._waits: dict[int, Spectrum] = {}
        self._sojourns: dict[Visit, tuple[Spectrum, Array]] = {}

    @property
    def size(self) -> float:
        """Bytes of the transforms that it keeps."""
        kept = sum(route.spectrum.nbytes for routes in self._solved.values() for route in routes)
        kept += sum(law.nbytes for law, _ in self._sojourns.values())
        return float(kept + sum(wait.nbytes for wait in self._waits.values()))

    def stream(self, index: int) -> tuple[Spectrum, Array]:
        """(rows, frequencies) law and (rows,) mean of the time that a request of the stream takes that succeeds."""
        stream = self.network.streams[index]
        self._solve(stream.task)
        route = self._close([then(route, self._delay(stream.delays)) for route in self._solved[stream.task]])
        route = self._repeated(stream, route)
        return np.broadcast_to(route.spectrum, (len(self.rows), self.grid.points + 1)), route.length

    def late(self, caller: Caller) -> Array:
        """(rows,) P(an attempt lasts longer than the caller's timeout), on a near grid that looks a little farther."""
        self._solve(caller.task)
        spectrum = self._close(self._attempt(caller)).spectrum
        before = early(self.grid, caller.patience.timeout)
        masses = np.broadcast_to(self.grid.masses(spectrum), (len(self.rows), self.grid.points))
        return np.asarray(np.clip(1.0 - masses @ before, 0.0, 1.0))

    def _solve(self, root: int) -> None:
        """A task and all that it waits for, callees first."""
        needed = self._needed(root)
        last = {link.task: task for task in needed for link in self.network.links[task] if link.waits}
        crowded = 16.0 * len(needed) * len(self.rows) * (self.grid.points + 1) > KEPT
        for task in needed:
            if task not in self._solved:
                self._solved[task] = self._run(task)
            for callee in {link.task for link in self.network.links[task] if crowded and last.get(link.task) == task}:
                self._solved.pop(callee, None)

    def _needed(self, task: int) -> list[int]:
        """The task and all that it waits for, callees first."""
        seen, stack = {task}, [task]
        while stack:
            for link in self.network.links[stack.pop()]:
                if link.waits and link.task not in seen:
                    seen.add(link.task)
                    stack.append(link.task)
        return sorted(seen)

    def _run(self, task: int) -> list[Route]:
        gate = self.network.tasks[task].gate
        routes = [self.start if gate is None else self._slot(gate)]
        for visit in self.network.tasks[task].visits:
            if self._shares(visit):
                routes = [then(route, self._shared(visit)) for route in routes]
                continue
            service = self._service(visit)
            if visit.station is not None and visit.law.mean > 0.0:
                routes = [then(route, self._wait(visit.station)) for route in routes]
            routes = [then(route, service) for route in routes]
        return self._sequence(routes, self.network.tasks[task].steps)

    def _slot(self, gate: int) -> Route:
        """The wait for a slot."""
        return self._wait(len(self.network.stations) + gate)

    def _bounded(self, wait: Wait, factor: float = 1.0) -> Spectrum:
        """The law of a wait; none at load points where it has no end, whose laws are nobody's business."""
        ends = np.isfinite(wait.mean[self.rows])
        if np.all(ends):
            return wait.transform(self.grid, self.rows, factor)
        found = np.ones((len(self.rows), self.grid.points + 1), dtype=complex)
        if np.any(ends):
            found[ends] = wait.transform(self.grid, self.rows[ends], factor)
        return found

    def _length(self, wait: Wait) -> Array:
        """(rows,) the mean of a wait; 0 where it has no end."""
        mean = wait.mean[self.rows]
        return np.asarray(np.where(np.isfinite(mean), mean, 0.0))

    def _shares(self, visit: Visit) -> bool:
        """Whether its wait and service are known together: where processors are shared or slow each other down."""
        if visit.station is None or visit.law.mean <= 0.0:
            return False
        group = self.network.stations[visit.station].group
        return group.sharing or (group.speedup is not None and visit.station not in self.queues.repeats)

    def _shared(self, visit: Visit) -> Route:
        """The whole time of such a visit; of each visit of a request independently."""
        wait = None if visit.station is None else self.queues.stays[visit.station].wait
        if visit not in self._sojourns:
            self._sojourns[visit] = visited(wait, visit.law, self.grid, self.rows, served=True)
        return Route(1.0, *self._sojourns[visit])

    def _service(self, visit: Visit) -> Route:
        """A service, longer where busy servers slow each other down."""
        wait = None if visit.station is None else self.queues.stays[visit.station].wait
        if not hindered(wait):
            return self._time(visit.law)
        if visit not in self._sojourns:
            length = visit.law.mean * np.asarray(stretched(wait))[self.rows]
            self._sojourns[visit] = service(wait, visit.law, self.grid, self.rows), length
        return Route(1.0, *self._sojourns[visit])

    def _wait(self, station: int) -> Route:
        """One wait at a station or gate: pending where the request may come again, else its law."""
        wait = self.queues.stays[station].wait
        if wait is None:
            return self.start
        length = self._length(wait)
        if station in self.queues.repeats:
            return Route(1.0, self.start.spectrum, length, one_visit(station, len(self.rows)))
        if station not in self._waits:
            self._waits[station] = self._bounded(wait)
        return Route(1.0, self._waits[station], length)

    def _sequence(self, routes: list[Route], steps: tuple[Step, ...]) -> list[Route]:
        for step in steps:
            routes = self._product(routes, self._step(step))
        return routes

    def _step(self, step: Step) -> list[Route]:
        if isinstance(step, Call):
            return self._call(step) if step.waits else [self.start]
        if isinstance(step, Choice):
            return self._choice(step)
        return [self._fork(step)]

    def _call(self, call: Call) -> list[Route]:
        one = self._attempt(call)
        if call.patience != ENDLESS:
            one = [self._repeated(call, self._close(one))]
        whole = int(call.count)
        routes = self._power(one, whole) if whole else [self.start]
        part = call.count - whole
        return self._product(routes, self._mixed([(part, one)])) if part > 0.0 else routes

    def _attempt(self, caller: Caller) -> list[Route]:
        """One attempt: the way there and back, a slot of a pool, the callee."""
        first = self._delay(caller.delays)
        if isinstance(caller, Call) and caller.pool is not None:
            first = then(first, self._slot(caller.pool))
        return self._product([first], self._solved[caller.task])

    def _repeated(self, caller: Caller, route: Route) -> Route:
        """The attempts of a caller until one succeeds, from the law of one."""
        fates = self.queues.fates
        if caller.patience == ENDLESS or fates is None:
            return route
        law, mean = repeated(
            Attempt(self._settled(route), route.length), caller, fates.attempts[caller], self.grid, self.rows
        )
        return Route(1.0, law, mean)

    def _power(self, routes: list[Route], count: int) -> list[Route]:
        """The same piece `count` times."""
        if count == 1:
            return routes
        route = routes[0] if len(routes) == 1 else self._close(routes)
        pending = route.pending.times(count, route.length)
        return [Route(1.0, route.spectrum**count, route.length * count, pending, route.constant * count)]

    def _delay(self, delays: tuple[Law, ...]) -> Route:
        route = self.start
        for law in delays:
            route = then(route, self._time(law))
        return route

    def _time(self, law: Law) -> Route:
        """A time without a wait."""
        length = np.full(len(self.rows), law.mean)
        if isinstance(law, Deterministic):
            return Route(1.0, self.start.spectrum, length, constant=law.mean)
        return Route(1.0, self.grid.law(law)[None, :], length)

    def _choice(self, choice: Choice) -> list[Route]:
        return self._mixed([(p, self._sequence([self.start], option)) for p, option in choice.options])

    def _mixed(self, options: list[tuple[float, list[Route]]]) -> list[Route]:
        """The routes of one of the options, each with its probability, else nothing."""
        rest = max(1.0 - sum(probability for probability, _ in options), 0.0)
        taken = [
            replace(route, weight=route.weight * probability, spectrum=route.spectrum * probability)
            for probability, routes in options
            for route in routes
        ]
        if rest > 1e-15:
            taken.append(Route(rest, self.start.spectrum * rest, self.start.length))
        return self._few(taken)

    def _product(self, left: list[Route], right: list[Route]) -> list[Route]:
        return self._few([then(one, other) for one in left for other in right])

    def _few(self, routes: list[Route]) -> list[Route]:
        """Routes with the same repeat visits merged; all joined where there are too many."""
        if len(routes) == 1:
            return routes
        groups: dict[bytes, list[Route]] = {}
        for route in routes:
            groups.setdefault(route.pending.key, []).append(route)
        merged = [self._merge(group) for group in groups.values()]
        return merged if len(merged) <= self.branches else [self._close(merged)]

    def _close(self, routes: list[Route]) -> Route:
        """One route whose spectrum holds everything: the pending waits of each joined, and its constant."""
        closed = []
        for route in routes:
            spectrum = self._settled(route)
            for station, count, apart in route.pending:
                spectrum = spectrum * self._joined(station, count, apart)
            closed.append(Route(route.weight, spectrum, route.length))
        return self._merge(closed)

    def _settled(self, route: Route) -> Spectrum:
        """The spectrum with the constant in it."""
        return np.asarray(route.spectrum * self.grid.constant(route.constant)) if route.constant else route.spectrum

    def _merge(self, routes: list[Route]) -> Route:
        """Routes that leave the same pending visits, as one: spectra (already weighted) added, times averaged."""
        if len(routes) == 1:
            return routes[0]
        weight = sum(route.weight for route in routes)
        parts = [route.weight / weight for route in routes]
        length = np.asarray(sum(part * route.length for part, route in zip(parts, routes, strict=True)))
        spectrum = np.asarray(sum(self._settled(route) for route in routes))
        return Route(weight, spectrum, length, averaged([route.pending for route in routes], parts))

    def _joined(self, station: int, count: int, apart: Array) -> Spectrum:
        """V = `count` waits at one station: kappa x law of V W + (1 - kappa) x law of V independent W."""
        stay = self.queues.stays[station]
        assert stay.wait is not None
        if station not in self._waits:
            self._waits[station] = self._bounded(stay.wait)
        alone = self._waits[station]
        if count == 1:
            return alone
        kappa = stay.common * np.exp(-apart / stay.memory[self.rows])[:, None]
        together = self._bounded(stay.wait, float(count))
        return np.asarray(kappa * together + (1.0 - kappa) * alone**count)

    def _fork(self, fork: Fork) -> Route:
        """The slowest of the branches, each with its waits joined."""
        ends = [self._close(self._sequence([self.start], branch)).spectrum for branch in fork.branches]
        full = [np.broadcast_to(end, (len(self.rows), self.grid.points + 1)) for end in ends]
        spectrum = self.grid.slowest(full)
        mean = self.grid.masses(spectrum) @ self.grid.times[:-1]
        return Route(1.0, spectrum, np.asarray(mean))
