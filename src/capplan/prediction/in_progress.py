"""How many visits of a component are in progress at one replica, over the loads.

A visit is in progress while it waits, is served, or waits for a call that it made. This module says which of them are
at which queue; the law of their number is that of `queueing.progress`.
"""

from collections.abc import Iterable

import numpy as np

from capplan.prediction.model import Model
from capplan.prediction.replicas import machine_stations, replica_count, tasks_served
from capplan.prediction.solved import Solved
from capplan.queueing.arrays import Array
from capplan.queueing.awaited import under_way
from capplan.queueing.balancing import Group
from capplan.queueing.closed_wait import ClosedWait
from capplan.queueing.crowd import evened_queue, plain_queue
from capplan.queueing.erlang import erlang_c
from capplan.queueing.laws import Law
from capplan.queueing.progress import Part, percentile
from capplan.queueing.shared import core_wait, queued
from capplan.queueing.waits import GeometricWait, MeanFieldWait, MixedWait, Wait
from capplan.topology import Component

LEVEL = 0.999
"""Memory is for the visits in progress that are not exceeded in this part of the time."""
UNEVEN = 1e-3
"""Queues elsewhere that add less than this part to the variance of the number count as Poisson."""


def visits_in_progress(solved: Solved, component: Component, *, readers: bool = False, level: float = LEVEL) -> Array:
    """(L,) a percentile of the visits in progress at the busiest replica; inf where a queue on their way is saturated.

    Args:
        solved: a solved model.
        component: which.
        readers: whether a database's read replicas are meant instead of its primaries.
        level: of the percentile, in (0, 1).
    """
    tasks = list(tasks_served(solved.model, component, readers=readers))
    gate = next((gate for task in tasks if (gate := solved.model.network.tasks[task].gate) is not None), None)
    if gate is not None:
        hottest = solved.model.network.gates[gate].group.hottest
        return solved.outcome.reaction.gates[gate].in_progress(level, hottest)
    stations = machine_stations(solved.model, component, readers=readers)
    own = np.zeros(solved.rates.shape)
    own[:, tasks] = solved.rates[:, tasks] * _busiest(solved.model, component, stations, readers=readers)
    waits, services = solved.task_times
    reached, way = under_way(solved.model.network, own, waits + services)
    here = [part for station in stations if (part := _here(solved, own, station)) is not None]
    away, even = _away(solved, reached, own, stations)
    return _at_most(solved, tasks, percentile(level, [*here, *away], way + reached @ _delays(solved.model) + even))


def _at_most(solved: Solved, tasks: list[int], found: Array) -> Array:
    """No more than the closed users, where each has one visit there at most: the queues' law is that of open ones."""
    if solved.users is None:
        return found
    from capplan.prediction.workload import closed_network

    closed = closed_network(solved.model)
    if closed is None or closed.forks:
        return found
    theirs = (solved.loads * closed.per_load)[:, None] * closed.rounds[tasks]
    single = np.all(np.isclose(solved.rates[:, tasks], theirs, rtol=1e-9, atol=0.0))
    return np.minimum(found, solved.users) if single else found


def awaited_stations(model: Model, components: Iterable[Component]) -> list[int]:
    """The stations whose saturation leaves the visits in progress of some of these components without a bound."""
    runs = np.zeros((1, len(model.network.tasks)))
    for component in components:
        runs[0, list(model.tasks_of.get(component.name, ()))] = 1.0
    reached, _ = under_way(model.network, runs, np.ones(runs.shape))
    return [int(station) for station in np.flatnonzero(reached[0] @ model.traffic.arrivals > 0.0)]


def _busiest(model: Model, component: Component, stations: tuple[int, ...], *, readers: bool) -> float:
    """The busiest replica's part of the visits."""
    factor = max((model.network.stations[station].group.hottest for station in stations), default=1.0)
    return factor / replica_count(model.topology, component, readers=readers)


def _here(solved: Solved, own: Array, station: int) -> Part | None:
    """The visits at a queue of the replica itself, others' among them where its machine is shared."""
    traffic, group = solved.model.traffic, solved.model.network.stations[station].group
    law, visits = _law(solved, station), own @ solved.outcome.waits_of[:, station]
    if law is None or not np.any(visits > 0.0):
        return None
    part = group.hottest / group.replicas
    flow = solved.rates @ traffic.arrivals[:, station] * part
    wait, offered = _longest_wait(solved, station), flow * law.mean / _slower(group)
    full = erlang_c(float(round(group.servers)), offered)
    if group.speedup is not None:
        full = np.max([one.chance for one in _replicas(solved, station)], axis=0)
    evened = group.replicas > 1 and not group.follows_shares
    return Part(
        servers=round(group.servers),
        copies=1,
        offered=offered,
        full=full,
        queue=evened_queue(law, group, flow, wait) if evened else plain_queue(law, group.servers, flow, wait, full),
        served_ours=_ratio(own @ traffic.demand[:, station], offered),
        waiting_ours=_ratio(visits, flow),
        speedup=group.speedup,
    )


def _law(solved: Solved, station: int) -> Law | None:
    """The service law that the wait was worked out with; None where nothing comes.

    Where processors are shared the number is that of exponential services in order of arrival; where busy cores slow
    each other down services are as long as with all of them busy.
    """
    one = next(iter(_replicas(solved, station)), None)
    return one.residual.law if isinstance(one, GeometricWait | MeanFieldWait | ClosedWait) else None


def _replicas(solved: Solved, station: int) -> list[Wait]:
    """The waits for a core at the replicas of a station, equal ones once; where busy cores slow each other down
    without what they add to services."""
    wait = solved.outcome.stays[station].wait
    if wait is None:
        return []
    return [queued(one) for one in (wait.parts if isinstance(wait, MixedWait) else (wait,))]


def _slower(group: Group) -> float:
    """By how much services are longer with all cores busy than alone."""
    return group.servers / group.capacity


def _longest_wait(solved: Solved, station: int) -> Array:
    """(L,) mean wait at the busiest replica."""
    wait = solved.outcome.stays[station].wait
    if solved.model.network.stations[station].group.speedup is not None:
        return np.asarray(np.max([part.mean for part in _replicas(solved, station)], axis=0))
    if isinstance(wait, MixedWait):
        return np.asarray(np.max([part.mean for part in wait.parts], axis=0))
    return np.asarray(solved.outcome.mean_waits[:, station])


def _away(solved: Solved, reached: Array, own: Array, stations: tuple[int, ...]) -> tuple[list[Part], Array]:
    """The visits at all other queues: those whose numbers swing, and the mean number at all that hardly do."""
    traffic, groups = solved.model.traffic, [station.group for station in solved.model.network.stations]
    remote = np.isin(np.arange(len(groups)), stations, invert=True)
    copies = np.array([float(group.replicas) for group in groups])
    flow, work = solved.rates @ traffic.arrivals / copies, traffic.work(solved.loads) / copies
    waits, full = _core_waits(solved, groups), solved.all_busy
    busy = work * solved.crowding
    visits = reached @ solved.outcome.waits_of - own @ solved.outcome.waits_of * ~remote
    served_ours = _ratio((reached @ traffic.demand - own @ traffic.demand * ~remote) / copies, work)
    waiting_ours = _ratio(visits / copies, flow)
    queued = _product(visits / copies, waits)
    mean = copies * (served_ours * busy + queued)
    swing = 2.0 * copies * _product(queued, _ratio(queued, full))
    swings = np.any(swing > UNEVEN * (mean + swing).sum(axis=1, keepdims=True), axis=0)
    parts = []
    for index in np.flatnonzero(swings).tolist():
        law, servers = _law(solved, index), groups[index].servers
        if law is not None:
            queue = plain_queue(law, servers, flow[:, index], waits[:, index], full[:, index])
            ours = served_ours[:, index], waiting_ours[:, index]
            speedup = groups[index].speedup
            mine = Part(round(servers), groups[index].replicas, work[:, index], full[:, index], queue, *ours, speedup)
            parts.append(mine)
    return parts, np.asarray(mean[:, ~swings].sum(axis=1))


def _core_waits(solved: Solved, groups: list[Group]) -> Array:
    """(L, stations) mean waits; where busy cores slow each other down those for a core alone."""
    waits = solved.outcome.mean_waits
    slow = [index for index, group in enumerate(groups) if group.speedup is not None]
    if not slow:
        return waits
    found = waits.copy()
    for index in slow:
        wait = solved.outcome.stays[index].wait
        found[:, index] = waits[:, index] if wait is None else core_wait(wait)
    return found


def _delays(model: Model) -> Array:
    """(tasks,) mean time of one run in delays of its own, without a queue."""
    return np.array(
        [sum(visit.law.mean for visit in task.visits if visit.station is None) for task in model.network.tasks]
    )


def _product(one: Array, other: Array) -> Array:
    """one x other; 0 where one of them is, whatever the other."""
    return np.multiply(one, other, out=np.zeros(other.shape), where=(one > 0.0) & (other > 0.0))


def _ratio(part: Array, whole: Array) -> Array:
    """part / whole; 0 where there is nothing."""
    return np.divide(part, whole, out=np.zeros(whole.shape), where=whole > 0.0)
