"""The open network solved: waits of every station, laws of every stream, over load points, computed when asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from capplan.queueing import balancing
from capplan.queueing.arrays import Array, Mask, Spectrum
from capplan.queueing.balancing import Policy
from capplan.queueing.fates import Losses
from capplan.queueing.fitting import Limits, fitted
from capplan.queueing.gates import FULLEST
from capplan.queueing.grid import Grid
from capplan.queueing.guesses import Added, first_guess
from capplan.queueing.laws import Deterministic, Law
from capplan.queueing.network import Network, Visit
from capplan.queueing.queues import Queues
from capplan.queueing.reaction import Reaction
from capplan.queueing.regime import Regime
from capplan.queueing.shared import eased, visited
from capplan.queueing.slowed import hindered, stretched
from capplan.queueing.sojourn import Solver
from capplan.queueing.stays import Stay, Stays
from capplan.queueing.tails import Tail
from capplan.queueing.traffic import Traffic
from capplan.queueing.waits import Rows

TRACKED = 12
"""The waits of repeat visits are joined for so many stations; beyond, they are taken as independent."""
POINTS = 2048
"""Points of a grid: below 0.01 % error on smooth laws, one step on constants."""
BUDGET = 48e6
"""Bytes of transforms alive at a time: load points are solved in blocks of this size."""
FULL = 1.0 - 1e-12
"""From this utilisation on a queue counts as saturated: nearer to 1 no wait can be told from an endless one."""
BLOCK = 32
"""And at most so many at a time: their transforms then stay in the processor's cache."""


@dataclass(frozen=True)
class Outcome:
    """What an open network does at some loads.

    Attributes:
        traffic: rates and visits.
        loads: (L,) load points.
        services: the service law of each station; None where nothing comes.
        scv: (L, stations) SCV of arrivals.
        points: points of the grids.
        regime: what becomes of runs where they may be held, refused, late or repeated; None where nothing is.
        known: stations (their indices) whose stays are known otherwise; their queues never grow without bound.
    """

    traffic: Traffic
    loads: Array
    services: tuple[Law | None, ...]
    scv: Array
    points: int = POINTS
    regime: Regime | None = None
    known: Mapping[int, Stay] = field(default_factory=dict)

    @property
    def network(self) -> Network:
        return self.traffic.network

    @cached_property
    def rates(self) -> Array:
        """(L, tasks) runs offered per second."""
        return self.traffic.rates(self.loads) if self.regime is None else self.regime.runs

    @cached_property
    def utilisation(self) -> Array:
        """(L, stations) offered per server, over all replicas."""
        if self.regime is None:
            return self.traffic.utilisation(self.loads)
        return np.asarray(self.regime.work / np.array([station.capacity for station in self.network.stations]))

    @cached_property
    def hottest(self) -> Array:
        """(L, stations) per server, of the busiest replica."""
        return np.asarray(self.utilisation * np.array([s.group.hottest for s in self.network.stations]))

    @cached_property
    def saturated(self) -> Mask:
        """(L, stations) whether the queue of some replica grows without bound."""
        endless = np.array([station.room is None for station in self.network.stations], dtype=bool)
        endless[list(self.known)] = False
        if self.network.gates:
            endless = endless & ~self.reaction.gates.bounded[:, len(self.network.gates) :]
        return np.asarray((self.hottest >= FULL) & endless)

    @property
    def overloaded(self) -> Mask:
        """(L,) whether some queue, for servers or for slots, grows without bound."""
        found = np.any(self.saturated, axis=1)
        return np.asarray(found | np.any(self.reaction.gates.saturated, axis=1) if self.network.gates else found)

    @cached_property
    def reaction(self) -> Reaction:
        """What is held, refused and late under the regime."""
        return Reaction(self)

    @cached_property
    def stays(self) -> Stays:
        """What each station, then each gate, does to those who come, worked out when it is asked for."""
        stations = len(self.network.stations)

        def stay(index: int) -> Stay:
            return self._stay(index) if index < stations else self.reaction.slots(index - stations)

        return Stays(stay, stations + len(self.network.gates))

    @cached_property
    def repeat_visits(self) -> Array:
        """(stations,) visits of one request to the station, as a visit sees them: sum of rate V^2 over sum of rate
        V."""
        visits = self.traffic.awaited @ self.traffic.arrivals
        middle = float(np.median(self.loads))
        rates = np.array([stream.slope * middle + stream.base for stream in self.network.streams])
        total = rates @ visits
        return np.asarray(np.where(total > 0.0, rates @ visits**2 / np.where(total > 0.0, total, 1.0), 0.0))

    @cached_property
    def mean_waits(self) -> Array:
        """(L, stations) E[W]; inf where saturated, 0 where nothing comes."""
        stays = self.stays[: len(self.network.stations)]
        waits = [np.zeros(len(self.loads)) if stay.wait is None else stay.wait.mean for stay in stays]
        return np.stack(waits, axis=1) if waits else np.zeros((len(self.loads), 0))

    @cached_property
    def stretch(self) -> Array:
        """(L, stations) mean time of a service over that alone: above 1 where busy servers slow each other down and
        serve in order of arrival."""
        found = np.ones((len(self.loads), len(self.network.stations)))
        for index, station in enumerate(self.network.stations):
            if station.group.speedup is not None and not station.group.sharing:
                found[:, index] = stretched(self.stays[index].wait)
        return found

    @cached_property
    def waits_of(self) -> Array:
        """(tasks, stations) how many mean waits one run waits: its visits, or by its work where cores are shared."""
        found = np.where(self.traffic.demand > 0.0, self.traffic.arrivals, 0.0)
        for index, (station, law) in enumerate(zip(self.network.stations, self.services, strict=True)):
            if station.group.sharing and law is not None:
                found[:, index] = self.traffic.demand[:, index] / law.mean
        return found

    def _stay(self, index: int) -> Stay:
        if index in self.known:
            return self.known[index]
        law, group = self.services[index], self.network.stations[index].group
        if law is None:
            return Stay(None, np.zeros(len(self.loads)))
        visits = 1.0 if group.sharing else float(self.repeat_visits[index])
        if visits > 1.0 + 1e-9 and law.scv != 1.0:
            law = law.with_scv(1.0 + (law.scv - 1.0) / visits)
        rho = self.utilisation[:, index]
        if self.network.gates:
            bounded = self.reaction.gates.bounded[:, len(self.network.gates) + index]
            rho = np.where(bounded, np.minimum(rho, FULLEST / group.hottest), rho)
        if self.network.stations[index].room is None:
            wait = balancing.wait(group, law, rho, self.scv[:, index])
        else:
            wait = self.reaction.limited(index, law).wait
        if self.network.gates:
            wait = eased(wait, self.reaction.gates.eased[:, len(self.network.gates) + index])
        pooled = group.policy is Policy.LEAST_CONNECTIONS
        servers = group.capacity * (group.replicas if pooled else 1)
        slack = np.maximum(1.0 - self.hottest[:, index], 1e-9)
        return Stay(wait, (1.0 + law.scv) * law.mean / (servers * slack**2), group.common)

    @cached_property
    def repeated(self) -> tuple[int, ...]:
        """Stations that one request is likely to visit more than once, those first whose waits weigh most together.
        None of those whose processors are shared."""
        visits = np.max(self.traffic.awaited @ self.traffic.arrivals, axis=0, initial=0.0)
        visits = visits * [not station.group.sharing for station in self.network.stations]
        times = np.array([0.0 if law is None else law.mean * (1.0 + law.scv) for law in self.services])
        servers = np.array([station.group.capacity for station in self.network.stations])
        if self.network.gates:
            visits = np.concatenate((visits, self.traffic.slots.max(axis=0, initial=0.0)))
            each = [
                (self.reaction.gates[k].hold.mean(), gate.group.servers) for k, gate in enumerate(self.network.gates)
            ]
            times, servers = np.append(times, [hold for hold, _ in each]), np.append(servers, [c for _, c in each])
        weight = visits * (visits - 1.0) * (times / servers) ** 2
        return tuple(int(k) for k in np.argsort(-weight, kind="stable") if visits[k] > 1.0 + 1e-9)

    def passes(self, stream: int) -> Mask:
        """(L,) whether requests of the stream get an answer in a bounded time."""
        if self.regime is not None:
            return self.reaction.answered(self.network.streams[stream])
        used = (self.traffic.awaited[stream] @ self.traffic.arrivals) > 0.0
        return np.asarray(~np.any(self.saturated & used, axis=1))

    def stream(self, index: int, levels: Sequence[float] = (0.5, 0.999), only: Mask | None = None) -> Tail:
        """The law of the time that a request of the stream takes, over the load points.

        Args:
            index: which stream.
            levels: the levels that will be asked for.
            only: (L,) the load points that matter; the law of the others is left open.
        """

        def solve(grid: Grid, rows: Rows) -> tuple[Spectrum, Array]:
            return self.solver(grid, rows).stream(index)

        block = int(BUDGET / (16.0 * (self.points + 1) * max(len(self.network.tasks), 1)))
        block = min(max(block, 1), BLOCK)
        exists = self.passes(index) if only is None else self.passes(index) & only
        limits = Limits(min(levels), max(levels), self.points, block)
        return fitted(exists, self._spread(index), solve, limits)

    def losing(self, regime: Regime) -> Losses:
        """What is refused and late at the load that a regime makes."""
        return replace(self, regime=regime).reaction.losses

    def flowing(self, regime: Regime) -> Losses:
        """The same, what saturated queues never let through counted as well."""
        return replace(self, regime=regime).reaction.flowing

    def solver(self, grid: Grid, rows: Rows) -> Solver:
        """The tasks on a grid; streams that need the same one share it."""
        key = (grid, rows.tobytes())
        if key not in self._solvers:
            while sum(solver.size for solver in self._solvers.values()) > BUDGET:
                self._solvers.pop(next(iter(self._solvers)))
            repeats = frozenset(self.repeated[:TRACKED])
            queues = Queues(self.stays, repeats, None if self.regime is None else self.regime.fates)
            self._solvers[key] = Solver(self.network, queues, grid, rows)
        return self._solvers[key]

    @cached_property
    def _solvers(self) -> dict[tuple[Grid, bytes], Solver]:
        return {}

    def visit(
        self,
        parts: Sequence[tuple[float, tuple[Visit, ...]]],
        levels: Sequence[float] = (0.5, 0.999),
        only: Mask | None = None,
        *,
        near: bool = True,
        served: bool = True,
    ) -> Tail:
        """The law of one visit: its own waits and services, a mixture over kinds of visits.

        Args:
            parts: (weight, visits) of each kind.
            levels: the levels that will be asked for.
            only: (L,) the load points that matter.
            near: whether percentiles far below the others must be right as well.
            served: whether services count, not waits alone.
        """
        stations = {visit.station for _, visits in parts for visit in visits if visit.station is not None}
        exists = np.all([np.isfinite(self._mean_wait(station)) for station in stations], axis=0) | np.full(
            len(self.loads), not stations
        )

        def solve(grid: Grid, rows: Rows) -> tuple[Spectrum, Array]:
            return self._visits(parts, grid, rows, served)

        mean = sum(weight * visit.law.mean for weight, visits in parts for visit in visits)
        square = sum(weight * (1.0 + v.law.scv) * v.law.mean**2 for weight, visits in parts for v in visits)
        counts = np.zeros(len(self.stays))
        counts[list(stations)] = 1.0
        spread = self._first_guess(mean, max(square, 0.0), counts)
        asked = np.asarray(exists) if only is None else np.asarray(exists) & only
        limits = Limits(min(levels), max(levels), self.points, len(self.loads), near)
        return fitted(asked, spread, solve, limits)

    def _mean_wait(self, station: int) -> Array:
        """(L,) mean wait at a station or gate; inf where it is saturated."""
        wait = self.stays[station].wait
        found = np.zeros(len(self.loads)) if wait is None else wait.mean
        if station < len(self.network.stations):
            found = np.where(self.saturated[:, station], np.inf, found)
        return np.asarray(found)

    def wait(self, station: int, levels: Sequence[float] = (0.5, 0.999)) -> Tail:
        """The law of one wait at a station."""
        law = self.services[station] or Deterministic(0.0)
        return self.visit([(1.0, (Visit(station=station, law=law),))], levels, served=False)

    def _visits(
        self, parts: Sequence[tuple[float, tuple[Visit, ...]]], grid: Grid, rows: Rows, served: bool
    ) -> tuple[Spectrum, Array]:
        total, mean = np.zeros((len(rows), grid.points + 1), dtype=complex), np.zeros(len(rows))
        for weight, visits in parts:
            spectrum = np.ones((1, grid.points + 1), dtype=complex)
            for visit in visits:
                stay = None if visit.station is None else self.stays[visit.station].wait
                law, time = visited(stay, visit.law, grid, rows, served=served)
                spectrum = spectrum * law
                mean = mean + weight * time
            total = total + weight * spectrum
        return total, mean

    def _spread(self, index: int) -> Array:
        """(L,) a first guess of the 99.9th percentile: mean + 8 standard deviations, repeat waits as one."""
        stream = self.network.streams[index]
        means, variances = self.traffic.moments
        mean = means[stream.task] + sum(law.mean for law in stream.delays)
        variance = variances[stream.task] + sum(law.mean**2 * law.scv for law in stream.delays)
        guess = self._first_guess(mean, variance, self.traffic.awaited[index] @ self.traffic.arrivals)
        longest = stream.patience.timeout + 1.5 * stream.patience.backoff
        return np.asarray(np.minimum(guess, (stream.patience.retries + 1.0) * longest))

    def _first_guess(self, mean: float, variance: float, counts: Array) -> Array:
        """(L,) a first guess of the 99.9th percentile of services with these moments and of so many visits."""
        visits = [(float(counts[k]), self._added(int(k))) for k in np.flatnonzero(counts)]
        return first_guess(mean, variance, visits, bounded=self.regime is not None, count=len(self.loads))

    def _added(self, station: int) -> Added:
        """What a station adds to a service."""
        wait, law = self.stays[station].wait, self.services[station] if station < len(self.services) else None
        longer = (
            (self.stretch[:, station] - 1.0) * law.mean
            if wait is not None and law is not None and hindered(wait)
            else None
        )
        return Added(wait, longer, 0.0 if law is None else law.scv)
