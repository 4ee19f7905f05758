"""How the queue that a request turns on follows a varying load: at once, by the forward equations, or as a fluid.

A request's critical queue is, of those that it waits for, the one that is full first. Where it forgets faster than the
load changes, each step has its stationary law. Else its waits are found from the forward equations of M(t)/M/c, and the
rest of the way is solved at what leaves the queue. A queue that piles up thousands is a fluid: whoever comes waits
until what is before him is worked off. Queues in a row pile up as the slowest of them alone would (network calculus:
Cruz 1991), so one queue stands for all that a request passes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from capplan.prediction.model import Model
from capplan.prediction.period_records import How
from capplan.prediction.usage import usages
from capplan.queueing.arrays import Array
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.network import ENDLESS
from capplan.queueing.pooling import POINTS
from capplan.queueing.tails import Layer, Tail
from capplan.queueing.varying import VaryingQueue, backlog, relaxation, varying_queue

ALIKE = 0.02
"""A queue follows at once where it forgets within this part of the time in which all its room changes."""
FLUID_ROOM = 1e-3
"""The least room at which a queue beside a backlog is solved."""
FULL = 1.0 - 1e-9
LEAST_SCV = 0.1
_NORMAL = ((-2.857, -1.3556, 0.0, 1.3556, 2.857), (0.01126, 0.22208, 0.53333, 0.22208, 0.01126))
"""Five points that have the moments of the standard normal law (Gauss and Hermite), with their weights."""
_POOLED = (Policy.LEAST_CONNECTIONS, Policy.POWER_OF_TWO)


@dataclass(frozen=True, kw_only=True)
class Course:
    """What a varying load does to a critical queue.

    Attributes:
        station: its index; None where nothing limits.
        how: how it follows.
        loads: (N,) the loads at which all else is solved.
        capacity: the load that it takes; inf where nothing limits.
        waits: (N,) what comes on top of what is solved, in each step; None where nothing does.
        per_visit: whether it comes on top of each visit, whose own wait is left out, or once for each request.
        backlog: (N,) requests that are left behind at the end of each step.
        scv: of the queue's service times.
    """

    station: int | None
    how: How
    loads: Array
    capacity: float
    waits: Tail | None
    per_visit: bool
    backlog: Array
    scv: float = 1.0


class Critical(NamedTuple):
    """The queue that is full first of those that some streams wait for.

    Attributes:
        station: its index; None where nothing limits.
        capacity: the load at which it is full, or at which the slots are that are held meanwhile; inf without a limit.
        slots: whether it is slots that are full first.
    """

    station: int | None
    capacity: float
    slots: bool = False


def critical(model: Model, streams: Sequence[int]) -> Critical:
    """The queue that these streams turn on."""
    used = model.traffic.awaited[list(streams)].sum(axis=0) @ model.traffic.arrivals > 0.0
    every = usages(model)
    reached = [(at, index) for index in np.flatnonzero(used).tolist() if (at := every[index].reaches(1.0)) is not None]
    if not reached:
        return Critical(None, np.inf)
    capacity, station = min(reached)
    full = model.full
    if model.network.gates and full is not None and full.rate < capacity and model.traffic.slots[list(streams)].any():
        return Critical(station, full.rate, slots=True)
    return Critical(station, capacity)


def gives_way(model: Model) -> bool:
    """Whether an overload is refused, given up or repeated: it does not simply wait, and each step is by itself."""
    network = model.network
    bounded = any(station.room is not None for station in network.stations)
    bounded = bounded or any(gate.room is not None for gate in network.gates)
    patient = all(stream.patience == ENDLESS for stream in network.streams) and not model.open.impatient
    return bounded or not patient


def course(model: Model, found: Critical, loads: Array, step: float) -> Course:
    """How a critical queue follows (N,) loads, each for `step` seconds."""
    station, capacity = found.station, found.capacity
    plain = Course(
        station=station,
        how=How.STATIONARY,
        loads=loads,
        capacity=capacity,
        waits=None,
        per_visit=False,
        backlog=np.zeros(len(loads)),
    )
    if station is None:
        return plain
    queue = _Queue(model, found, loads)
    if queue.follows(step):
        return plain
    if gives_way(model):
        return replace(plain, how=How.APART)
    plain = replace(plain, scv=queue.scv)
    if float(loads.mean()) >= FULL * capacity:
        waits = Tail(np.full(len(loads), np.inf), Layer(np.ones(len(loads)), np.ones((len(loads), 2))))
        return _changed(plain, How.ENDLESS, np.minimum(loads, FULL * capacity), waits, np.full(len(loads), np.inf))
    durations = np.full(len(loads), step)
    levels = backlog(capacity, loads, durations)
    leaving = np.minimum(loads + (levels[:-1] - levels[1:]) / step, capacity)
    solved = queue.forward(durations) if model.open.plain else None
    if solved is not None:
        return _changed(plain, How.FORWARD, leaving, _waits(solved), levels[1:])
    room = max(2.0 * np.sqrt(queue.service / (queue.servers * step)), FLUID_ROOM)
    noise = np.sqrt((queue.arrival_scv() + queue.scv) * queue.service / queue.servers * _busy(levels, step))
    waits = _fluid(levels[:-1] / capacity, (loads / capacity - 1.0) * step, noise)
    return _changed(plain, How.BACKLOG, np.minimum(leaving, (1.0 - min(room, 0.5)) * capacity), waits, levels[1:])


def _changed(plain: Course, how: How, loads: Array, waits: Tail, left: Array) -> Course:
    return replace(plain, how=how, loads=loads, waits=waits, per_visit=how is How.FORWARD, backlog=left)


class _Queue:
    """One queue of a station, as M(t)/M/c with the variability of its arrivals and services in the size of its jobs.

    Jobs z = (ca2 + cs2)/2 times as long that come 1/z times as often have the same work and, in heavy traffic, the same
    spread of it ("own"): stationary, that is the mean wait of Allen and Cunneen (1978).
    """

    def __init__(self, model: Model, found: Critical, loads: Array) -> None:
        station = found.station or 0
        group, usage = model.network.stations[station].group, usages(model)[station]
        law = model.traffic.service(float(loads.max()))[station]
        self.service = 0.0 if law is None else law.mean
        self.servers = round(group.servers) * (group.replicas if group.policy in _POOLED else 1)
        self.utilisation = usage.base + usage.slope * loads
        self.scv = 0.0 if law is None else law.scv
        if found.slots:  # whole requests are held: one at a time, so to speak
            self.service, self.servers, self.utilisation = 1.0 / found.capacity, 1, loads / found.capacity
        self._model, self._station, self._group, self._loads = model, station, group, loads

    def follows(self, step: float) -> bool:
        """Whether the stationary laws hold, step by step."""
        if float(self.utilisation.max()) >= FULL:
            return False
        forgets = relaxation(self.servers, self.utilisation, self.service)
        changes = np.abs(self.utilisation - np.roll(self.utilisation, 1)) / (1.0 - self.utilisation)
        return bool(np.all(forgets * changes <= ALIKE * step))

    def forward(self, durations: Array) -> VaryingQueue | None:
        """The forward equations; None where they are too large."""
        size = max(0.5 * (self.arrival_scv() + self.scv), LEAST_SCV)
        service = size * self.service
        rates = np.maximum(self.utilisation, 1e-6) * self.servers / service
        return varying_queue(self.servers, rates, durations, service)

    def arrival_scv(self) -> float:
        """At one replica, at a load well below the queue's capacity."""
        calm = float(np.median(self._loads)) * min(1.0, 0.9 / max(float(np.median(self.utilisation)), 1e-9))
        scv = float(self._model.open.at([calm]).scv[0, self._station])
        return _thinned(scv, self._group)


def _thinned(scv: float, group: Group) -> float:
    """SCV of the arrivals at one replica."""
    if group.replicas == 1 or group.policy in _POOLED:
        return scv
    if group.policy is Policy.ROUND_ROBIN:
        return scv / group.replicas
    return 1.0 + (scv - 1.0) / group.replicas


def _waits(queue: VaryingQueue) -> Tail:
    """(N,) the law of one wait in each step, over the whole range and, finer, near its beginning."""
    left = np.max(np.cumsum(queue.waiting[:, ::-1], axis=1)[:, ::-1], axis=0)
    stages = max(int(np.searchsorted(-left, -1e-8)), 1)
    span = (stages + 7.0 * np.sqrt(stages) + 7.0) * queue.service / queue.servers
    layers = [_layer(queue, part * span) for part in (1.0, 1.0 / 64.0)]
    mean = queue.waiting @ np.arange(1.0, queue.waiting.shape[1] + 1.0) * queue.service / queue.servers
    return Tail(np.asarray(mean), layers[0], (layers[1],))


def _layer(queue: VaryingQueue, span: float) -> Layer:
    step = span / POINTS
    return Layer(np.full(len(queue.arrivals), step), queue.wait_tail(np.asarray((np.arange(POINTS) + 0.5) * step)))


def _fluid(first: Array, change: Array, noise: Array) -> Tail:
    """(N,) a wait that goes evenly from `first` by `change` within a step, 0 from where it gets there.

    Args:
        first, change: (N,) at the beginning of each step, and until its end.
        noise: (N,) its standard deviation, where others come in a random order.
    """
    longest = np.maximum(np.maximum(first, first + change), 0.0)
    spans = np.maximum(1.01 * longest + 3.5 * noise, 1e-12)
    times = (np.arange(POINTS) + 0.5) / POINTS * spans[:, None]
    values = np.zeros(times.shape)
    for shift, weight in zip(*_NORMAL, strict=True):
        values += weight * _even(times - shift * noise[:, None], first[:, None], change[:, None])
    mean = np.sum(values, axis=1) * spans / POINTS
    return Tail(np.asarray(mean), Layer(spans / POINTS, values))


def _even(times: Array, first: Array, change: Array) -> Array:
    """P(W > t) of a wait that goes evenly, at any t; nobody waits for less than no time."""
    way = np.where(change == 0.0, 1e-12, change)
    before = np.clip((np.maximum(times, 0.0) - first) / way, 0.0, 1.0)
    return np.asarray(np.where((times < 0.0) & (first > 0.0), 1.0, np.where(way > 0.0, 1.0 - before, before)))


def _busy(levels: Array, step: float) -> Array:
    """(N,) for how long there has been a backlog at the end of each step; 0 where there is none in it."""
    since, found = 0.0, []
    for before, after in [*zip(levels[:-1].tolist(), levels[1:].tolist(), strict=True)] * 2:
        since = since + step if before > 0.0 or after > 0.0 else 0.0
        found.append(since)
    return np.asarray(found[len(levels) - 1 :])
