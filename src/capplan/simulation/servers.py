"""Stations: visits that queue for the servers of a replica, or share them.

A station's queue keeps the number of visits at each replica, for the balancer, and makes the step of each kind of
visit.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from math import inf
from typing import NamedTuple

from capplan.queueing.balancing import Group
from capplan.queueing.network import Station
from capplan.simulation.agenda import Agenda, Step, Token
from capplan.simulation.runs import REFUSED, Run
from capplan.simulation.spread import alone, at_home
from capplan.simulation.streams import Draw


class Tally:
    """What one kind of visit has done since counting began: visits, their work (s), those refused."""

    __slots__ = ("refused", "visits", "work")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self.visits = self.refused = 0
        self.work = 0.0


class Stop(NamedTuple):
    """One kind of visit: where it goes, how long it is served, what comes after it, or after it is refused."""

    choose: Callable[[Run], int]
    draw: Draw
    tally: Tally
    then: Step
    refused: Step


class Queue:
    """Replicas of servers, each in order of arrival.

    Attributes:
        number: visits at each replica, waiting or served.
        waiting: those that wait at each replica.
        dropped: work that came and will not be done, since counting began (s).
        refusals: the steps with which visits leave, each with the one of a visit that is sent away instead.
    """

    def __init__(self, station: Station, agenda: Agenda) -> None:
        group = station.group
        self.agenda = agenda
        self.dropped = 0.0
        self.servers = whole(station.name, group.servers)
        self.most = inf if station.room is None else self.servers + station.room
        self.number = [0] * group.replicas
        self.waiting: list[deque[Run]] = [deque() for _ in range(group.replicas)]
        self.refusals: dict[Step, Step] = {}

    def visit(self, stop: Stop) -> Step:
        """The step that begins a visit."""
        choose, draw, tally, then, refused = stop
        heap, push = self.agenda.heap, heappush
        number, waiting, servers, most = self.number, self.waiting, self.servers, self.most
        only, stays = choose is alone, choose is at_home

        def leave(run: Run, now: float) -> Token | None:
            place = run.place
            there = number[place]
            number[place] = there - 1
            if there > servers:
                first = waiting[place].popleft()
                push(heap, (now + first.work, first))
            run.own += now - run.arrived
            return then(run, now)

        def enter(run: Run, now: float) -> Token | None:
            place = 0 if only else run.home if stays else choose(run)
            there = number[place]
            if there >= most:
                return _turned_away(run, tally, refused)
            work = draw()
            tally.visits += 1
            tally.work += work
            run.served += work
            number[place] = there + 1
            run.place = place
            run.arrived = now
            run.step = leave
            if there < servers:
                push(heap, (now + work, run))
            else:
                run.work = work
                waiting[place].append(run)
            return None

        self.refusals[leave] = refused
        return enter

    def unfinished(self) -> float:
        """Work that has come and is not done yet (s)."""
        now = self.agenda.now
        return self.with_waiting(when - now for when, token in self.agenda.heap if token.step in self.refusals)

    def with_waiting(self, served: Iterable[float]) -> float:
        """The work of those that wait, with what is left of those served (s)."""
        return sum(run.work for queue in self.waiting for run in queue) + sum(served)


class Sharer(Token):
    """One replica whose visits all progress at once.

    Attributes:
        progress: service that a visit that was always there has had since the replica was last empty.
        since: when that was so.
        visits: (progress at which it is done, run), the first to be done first.
        due: when the first is done, as things are; inf where there is none.
        pace: how fast each of 0, 1, ... visits is, up to one for each server.
        capacity: what all servers do together, in servers that work alone.
    """

    __slots__ = ("capacity", "due", "pace", "progress", "servers", "since", "visits")

    def __init__(self, step: Step, servers: int, group: Group) -> None:
        self.step = step
        self.servers = servers
        self.pace, self.capacity = pace(servers, group)
        self.progress = self.since = 0.0
        self.visits: list[tuple[float, Run]] = []
        self.due = inf

    def advance(self, now: float) -> None:
        """Let the visits progress: each at full speed while there is a server for each."""
        there = len(self.visits)
        passed = now - self.since
        self.progress += passed * (self.pace[there] if there <= self.servers else self.capacity / there)
        self.since = now

    def expected(self, now: float) -> float:
        """When the first is done, as things are."""
        there = len(self.visits)
        left = self.visits[0][0] - self.progress
        return now + left / (self.pace[there] if there <= self.servers else self.capacity / there)


class SharedQueue:
    """Replicas whose servers are shared, each visit using at most one, or slow each other down: then a visit waits for
    one of its own unless they are shared.

    Attributes:
        number, dropped: as of a `Queue`.
        limit: visits at a replica that may progress at once.
        waiting: (work, run) of those that wait at each replica.
        sharers: the replicas.
        refusals: the steps after visits, each with the one of a visit that is sent away instead.
    """

    def __init__(self, station: Station, agenda: Agenda) -> None:
        group = station.group
        self.agenda = agenda
        self.dropped = 0.0
        self.refusals: dict[Step, Step] = {}
        servers = whole(station.name, group.servers)
        self.most = inf if station.room is None else servers + station.room
        self.number = [0] * group.replicas
        self.limit = inf if group.sharing else servers
        self.waiting: list[deque[tuple[float, Run]]] = [deque() for _ in range(group.replicas)]
        self.sharers = [Sharer(self._leaving(place), servers, group) for place in range(group.replicas)]

    def visit(self, stop: Stop) -> Step:
        """The step that begins a visit."""
        choose, draw, tally, then, refused = stop
        heap, push = self.agenda.heap, heappush
        number, sharers, most = self.number, self.sharers, self.most
        waiting, limit = self.waiting, self.limit

        def enter(run: Run, now: float) -> Token | None:
            place = choose(run)
            if number[place] >= most:
                return _turned_away(run, tally, refused)
            work = draw()
            tally.visits += 1
            tally.work += work
            run.served += work
            number[place] += 1
            run.arrived = now
            run.step = then
            sharer = sharers[place]
            if len(sharer.visits) >= limit:
                waiting[place].append((work, run))
                return None
            sharer.advance(now)
            push(sharer.visits, (sharer.progress + work, run))
            expected = sharer.expected(now)
            if expected < sharer.due:
                sharer.due = expected
                push(heap, (expected, sharer))
            return None

        self.refusals[then] = refused
        return enter

    def _leaving(self, place: int) -> Step:
        """The step of a replica when a visit may be done: too early where others have come since it was planned."""
        heap, push, number, waiting = self.agenda.heap, heappush, self.number, self.waiting[place]

        def leave(sharer: Sharer, now: float) -> Token | None:
            if now != sharer.due:
                return None
            sharer.advance(now)
            expected = sharer.expected(now)
            if expected > now:
                sharer.due = expected
                push(heap, (expected, sharer))
                return None
            sharer.progress, run = heappop(sharer.visits)
            number[place] -= 1
            run.own += now - run.arrived
            if waiting:
                work, first = waiting.popleft()
                push(sharer.visits, (sharer.progress + work, first))
            if sharer.visits:
                sharer.due = sharer.expected(now)
                push(heap, (sharer.due, sharer))
            else:
                sharer.progress, sharer.due = 0.0, inf
            return run

        return leave

    def unfinished(self) -> float:
        """Work that has come and is not done yet (s)."""
        total = 0.0
        for sharer in self.sharers:
            sharer.advance(self.agenda.now)
            total += sum(done - sharer.progress for done, _ in sharer.visits)
        return total + sum(work for queue in self.waiting for work, _ in queue)


def unfinished(queues: Sequence[Queue | SharedQueue], agenda: Agenda) -> list[float]:
    """Work that has come to each station and is not done yet (s), of all stations in one pass."""
    leaving = {step: index for index, queue in enumerate(queues) if isinstance(queue, Queue) for step in queue.refusals}
    served: list[list[float]] = [[] for _ in queues]
    for when, token in agenda.heap:
        index = leaving.get(token.step)
        if index is not None:
            served[index].append(when - agenda.now)
    return [
        queue.with_waiting(left) if isinstance(queue, Queue) else queue.unfinished()
        for queue, left in zip(queues, served, strict=True)
    ]


def queue(station: Station, agenda: Agenda) -> Queue | SharedQueue:
    """The queue of a station, by its discipline."""
    alike = station.group.sharing or station.group.speedup is not None
    return SharedQueue(station, agenda) if alike else Queue(station, agenda)


def pace(servers: int, group: Group) -> tuple[tuple[float, ...], float]:
    """(how fast each of 0, 1, ... visits at a replica is, up to one for each server; what all servers do together)."""
    if group.speedup is None:
        return (1.0,) * (servers + 1), float(servers)
    return tuple(1.0 / float(group.speedup.slowdown(k)) for k in range(servers + 1)), group.capacity


def whole(name: str, servers: float) -> int:
    """Servers as a number that can be played out."""
    if servers < 0.5 or abs(servers - round(servers)) > 1e-9:
        raise ValueError(f"{name} has {servers} servers at a replica; a simulation needs a whole number of them")
    return round(servers)


def _turned_away(run: Run, tally: Tally, refused: Step) -> Run:
    tally.refused += 1
    run.ending = REFUSED
    run.step = refused
    return run
