"""The laws of what a component does to a visit, for any machine and any number of them: P(T > t) of waits, services
and of both together, on one grid for all options."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from capplan.checks.states import Left
from capplan.planning.needs import Need
from capplan.prediction.model import Model
from capplan.prediction.scalability import slowdown
from capplan.queueing import balancing
from capplan.queueing.arrays import Array, Spectrum
from capplan.queueing.balancing import Group
from capplan.queueing.grid import Grid
from capplan.queueing.laws import Law
from capplan.queueing.network import Visit
from capplan.queueing.shared import parts, visited
from capplan.queueing.slowed import hindered, service
from capplan.queueing.waits import Wait

SAMPLES = 160
"""Times at which laws are compared: half a step, then ever further apart."""
_ROW = np.zeros(1, dtype=np.intp)


class Queue(NamedTuple):
    """One of the queues of a component on one of its machines.

    Attributes:
        law: of one service, as the queue's wait sees it, at one replica alone.
        group: the servers as they are today.
        need: the work that arrives.
        scv: SCV of the arrivals.
    """

    law: Law
    group: Group
    need: Need
    scv: float

    def wait(self, left: Left) -> Wait:
        """The wait with so many machines."""
        count = left.readers if self.need.readers else left.replicas
        group = self.group
        if count != group.replicas:
            group = replace(group, replicas=count, shares=_zipf(self.need.skew, count))
        slower = self.slower(left)
        rho = np.array([self.need.work * slower / (self.need.capacity * count)])
        law = self.law if slower == 1.0 else self.law.scaled(slower)
        return balancing.wait(group, law, rho, np.array([self.scv]))

    def slower(self, left: Left) -> float:
        """By how much each of so many machines is slower than one alone."""
        return float(self.need.slower(np.array(left.replicas + left.readers)))


@dataclass(frozen=True)
class Stays:
    """A component on one of the machines that it may run on.

    Attributes:
        model: the topology with it on that machine.
        name: the component.
        needs: what it asks of the machine.
        rate: the workload rate (per second).
        scv: SCV of arrivals by the station's name.
    """

    model: Model
    name: str
    needs: Sequence[Need]
    rate: float
    scv: Mapping[str, float]

    @cached_property
    def tasks(self) -> tuple[tuple[Visit, ...], ...]:
        """The visits of each task that runs on its machines, equal ones once."""
        topology = self.model.topology
        hosts = [topology.host(job.component).name for job in self.model.jobs]
        runs = self.model.traffic.rates(np.array([self.rate]))[0]
        own = [task for task, host in enumerate(hosts) if host == self.name and runs[task] > 0.0]
        return tuple(dict.fromkeys(self.model.network.tasks[task].visits for task in own))

    @cached_property
    def queues(self) -> dict[int, Queue]:
        """Its queues by station."""
        outcome = self.model.outcome(self.rate)
        found = {}
        for station in self.model.stations_of.get(self.name, ()):
            law, place = outcome.services[station], self.model.places[station]
            if law is None:
                continue
            known = self.model.network.stations[station]
            visits = 1.0 if known.group.sharing else float(outcome.repeat_visits[station])
            if visits > 1.0 + 1e-9 and law.scv != 1.0:
                law = law.with_scv(1.0 + (law.scv - 1.0) / visits)
            need = next(n for n in self.needs if (n.resource, n.readers) == (place.resource, place.readers))
            if need.across is not None:
                law = law.scaled(1.0 / self._now)
            found[station] = Queue(law, known.group, need, self.scv.get(known.name, 1.0))
        return found

    @cached_property
    def _now(self) -> float:
        """By how much each of today's replicas is slower than one alone."""
        return slowdown(self.model.topology, self.model.topology.component(self.name))

    def _sized(self, visits: Sequence[Visit], left: Left | None) -> tuple[Visit, ...]:
        """Visits with so many machines, or with one alone."""
        return tuple(self._resized(visit, left) for visit in visits)

    def _resized(self, visit: Visit, left: Left | None) -> Visit:
        queue = None if visit.station is None else self.queues.get(visit.station)
        if queue is None or queue.need.across is None:
            return visit
        factor = (1.0 if left is None else queue.slower(left)) / self._now
        return visit if factor == 1.0 else visit._replace(law=visit.law.scaled(factor))

    @cached_property
    def repeated(self) -> frozenset[int]:
        """Stations that one request visits more than once: their waits are joined apart from their services."""
        return frozenset(self.model.outcome(self.rate).repeated)

    def guess(self, left: Left) -> float:
        """A time that next to no visit exceeds: mean + 8 standard deviations."""
        mean = spread = 0.0
        for visits in (self._sized(visits, left) for visits in self.tasks):
            mean = max(mean, sum(visit.law.mean for visit in visits))
            spread = max(spread, sum(visit.law.mean**2 * (1.0 + visit.law.scv) for visit in visits))
        for queue in self.queues.values():
            wait = queue.wait(left)
            mean += float(wait.mean[0])
            spread += 2.0 * float(wait.mean[0]) ** 2 / max(float(wait.chance[0]), 1e-12)
        return float(mean + 8.0 * spread**0.5)

    def factors(self, left: Left, grid: Grid) -> Iterator[tuple[tuple[Visit, ...], list[Spectrum]]]:
        """The visits of each task, and the transforms of the waits and services that they bring."""
        waits = self._waits(left)
        for visits in self.tasks:
            yield visits, self._factors(self._sized(visits, left), waits, grid)

    def task(self, index: int, left: Left, grid: Grid) -> Spectrum:
        """The transform of what one task waits and is served here."""
        visits = self._sized(self.model.network.tasks[index].visits, left)
        factors = self._factors(visits, self._waits(left), grid)
        return np.asarray(np.prod(factors, axis=0) if factors else np.ones(grid.points + 1, dtype=complex))

    def alone(self, index: int) -> tuple[Visit, ...]:
        """The visits of one task as one replica alone serves them, the fastest that there is."""
        return self._sized(self.model.network.tasks[index].visits, None)

    def _waits(self, left: Left) -> dict[int, Wait]:
        return {station: queue.wait(left) for station, queue in self.queues.items()}

    @cached_property
    def entangled(self) -> bool:
        """Whether visits slow each other down, by sharing processors or by what busy ones have in common: their times
        are in order as a whole, not waits and services apart."""
        return any(queue.group.sharing or queue.group.speedup is not None for queue in self.queues.values())

    def above(self, left: Left, grid: Grid, *, apart: bool) -> Iterator[Array]:
        """P(T > t) at the times that are compared, of each task, or of each wait and service where they count apart."""
        samples = _samples(grid.points)
        for visits, factors in self.factors(left, grid):
            alone = apart or any(visit.station in self.repeated for visit in visits)
            for piece in factors if alone else [np.prod(factors, axis=0)] if factors else []:
                yield np.asarray(1.0 - np.cumsum(grid.masses(piece)))[samples]

    def _factors(self, visits: Sequence[Visit], waits: Mapping[int, Wait], grid: Grid) -> list[Spectrum]:
        """The transforms of some visits in turn, waits and services apart; together where visits slow each other down,
        unless one request comes to that queue several times."""
        found = []
        for visit in visits:
            wait = None if visit.station is None else waits.get(visit.station)
            if wait is not None and (parts(wait) or (hindered(wait) and visit.station not in self.repeated)):
                found.append(visited(wait, visit.law, grid, _ROW, served=True)[0][0])
                continue
            if wait is not None:
                found.append(wait.transform(grid, _ROW)[0])
            if visit.law.mean > 0.0:
                found.append(service(wait, visit.law, grid, _ROW)[0])
        return found


def _samples(points: int) -> Array:
    """Places on the grid: the first ones, then ever further apart."""
    return np.unique(np.geomspace(1, points, SAMPLES).astype(int)) - 1


def _zipf(skew: float, count: int) -> tuple[float, ...]:
    """Parts of the arrivals by Zipf's law; none where all are alike."""
    if not skew or count < 2:
        return ()
    weights = np.arange(1, count + 1) ** -skew
    return tuple((weights / weights.sum()).tolist())
