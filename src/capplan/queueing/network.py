"""What the solvers and the simulation get: stations that queue, gates whose slots are held, tasks that visit stations
and call each other, streams of requests that start tasks.

A task is what one endpoint of a service does. A run of it takes a slot of its gate, makes its own visits to stations
and delays one after the other, then its steps in order, and gives the slot back. The tasks form a graph without
cycles, callees before callers; each is solved once, however many paths lead through it.

How things fail. A run answers with an error with the probability `failure`, or where a call that it waited for ended
with an error answer; it does all its work all the same. A visit that finds a queue or a gate with its room full is
refused at once. An attempt that lasts longer than the caller's timeout is abandoned: what was begun goes on to its
end with all that it holds, only the caller no longer waits. After a failure of any kind the caller tries again as its
`Patience` says. Where the last attempt was refused or abandoned the caller's run ends there, without its other steps,
and counts as refused by its own caller.
Where that happens in a branch of a fork, the run ends when all branches have. What nobody waits for is begun at once,
all calls of it together, each with its own patience.

Where things happen. A run is at one replica: its gate's or, without a gate, that of its first visit to a station of
several replicas. Its other visits, and the connections of its calls, are at the same replica wherever there are as
many replicas. The way there and back of a call is spent before the callee begins, its connection held already. A budget
of repeats saves up at most a hundred of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple, TypeAlias

from capplan.queueing.balancing import Group
from capplan.queueing.laws import Law


class Station(NamedTuple):
    """A place to queue at: replicas of servers behind a balancing policy, each in order of arrival or shared.

    Attributes:
        room: visits that may wait at one replica; one that finds so many there is refused. None: no limit.
    """

    name: str
    group: Group
    room: int | None = None

    @property
    def servers(self) -> float:
        """All servers of all replicas."""
        return self.group.servers * self.group.replicas

    @property
    def capacity(self) -> float:
        """What they do together when all are busy, in servers that work alone."""
        return self.group.capacity * self.group.replicas


class Gate(NamedTuple):
    """Slots that are held while work goes on elsewhere: threads, worker processes, connections.

    Attributes:
        group: slots of one replica (its `servers`), replicas, how runs are spread over them.
        room: runs that may wait for a slot at one replica; None: no limit.
    """

    name: str
    group: Group
    room: int | None = None


class Quota(NamedTuple):
    """A rate that someone else sets: runs of some tasks beyond it are answered with an error, without any work.

    A bucket of permits that fills at the rate and holds one second's worth, at least one.

    Attributes:
        tasks: their indices.
        rate: runs per second that are admitted, all these tasks together.
    """

    tasks: tuple[int, ...]
    rate: float


class Patience(NamedTuple):
    """What a caller does while it waits for an answer, and after a failure.

    Attributes:
        timeout: how long it waits for one attempt (s).
        retries: the most repeats.
        backoff: mean pause before a repeat (s); each pause is this times a uniform number in 0.5..1.5.
        budget: the most repeats per first attempt, over all calls together.
    """

    timeout: float = inf
    retries: int = 0
    backoff: float = 0.0
    budget: float = inf


ENDLESS = Patience()
"""Waits for ever and never repeats."""


class Visit(NamedTuple):
    """One service at a station (its index), or a delay without a queue where `station` is None."""

    law: Law
    station: int | None = None


@dataclass(frozen=True)
class Call:
    """Calls of another task, one after the other.

    Attributes:
        task: index of the callee.
        count: mean number of calls; 2.4 is 2 and a third with probability 0.4.
        waits: whether the caller waits for the answer.
        delays: what each call adds on the way there and back (network), without a queue.
        pool: index of the gate of which each attempt holds a slot from its start to the callee's end.
        patience: of the caller, for each call by itself.
    """

    task: int
    count: float = 1.0
    waits: bool = True
    delays: tuple[Law, ...] = ()
    pool: int | None = None
    patience: Patience = ENDLESS


class Choice(NamedTuple):
    """One of several ways on, or none of them.

    Attributes:
        options: (probability, steps) each; what is missing to 1 makes no steps.
    """

    options: "tuple[tuple[float, tuple[Step, ...]], ...]"

    @property
    def rest(self) -> float:
        """Probability that none is taken."""
        return max(1.0 - sum(probability for probability, _ in self.options), 0.0)


class Fork(NamedTuple):
    """Branches started together; the caller waits for the slowest."""

    branches: "tuple[tuple[Step, ...], ...]"


Step: TypeAlias = Call | Choice | Fork


class Task(NamedTuple):
    """What one endpoint does: its own visits in order, then its steps in order; it fails by itself with `failure`.

    Attributes:
        gate: index of the gate of which a run holds a slot from before its first visit to the end of its last awaited
            step. Its visits are then to the gate's replica, at stations that have as many replicas as the gate.
    """

    name: str
    visits: tuple[Visit, ...] = ()
    steps: tuple[Step, ...] = ()
    failure: float = 0.0
    gate: int | None = None


class Stream(NamedTuple):
    """Requests of one class.

    Attributes:
        task: index of the task that each request starts.
        slope: arrivals per unit of load.
        base: arrivals whatever the load (per second).
        scv: SCV of the times between arrivals.
        delays: what the way from and to the client adds.
        patience: of the client.
    """

    name: str
    task: int
    slope: float = 0.0
    base: float = 0.0
    scv: float = 1.0
    delays: tuple[Law, ...] = ()
    patience: Patience = ENDLESS


@dataclass(frozen=True, kw_only=True)
class Network:
    """Stations, tasks (callees before callers), streams, gates and quotas."""

    stations: tuple[Station, ...]
    tasks: tuple[Task, ...]
    streams: tuple[Stream, ...]
    gates: tuple[Gate, ...] = ()
    quotas: tuple[Quota, ...] = ()
    links: tuple[tuple["Link", ...], ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "links", tuple(tuple(_links(task.steps, 1.0, True)) for task in self.tasks))
        for index, links in enumerate(self.links):
            if any(link.task >= index for link in links):
                raise ValueError(f"task {self.tasks[index].name} is listed before a task that it calls")


@dataclass(frozen=True)
class Link:
    """A call seen from afar.

    Attributes:
        task: the callee.
        count: mean number of calls per run of the caller.
        waits: whether the caller waits for them.
        way, blur: mean and variance of the network time of one call.
    """

    task: int
    count: float
    waits: bool
    way: float
    blur: float


def made(steps: tuple[Step, ...], weight: float = 1.0) -> Iterator[tuple[Call, float]]:
    """All calls of some steps, each with the mean number of times that it is made."""
    for step in steps:
        if isinstance(step, Call):
            yield step, weight * step.count
        elif isinstance(step, Choice):
            for probability, option in step.options:
                yield from made(option, weight * probability)
        else:
            for branch in step.branches:
                yield from made(branch, weight)


def _links(steps: tuple[Step, ...], weight: float, waits: bool) -> Iterator[Link]:
    for step in steps:
        if isinstance(step, Call):
            way = sum(law.mean for law in step.delays)
            blur = sum(law.mean**2 * law.scv for law in step.delays)
            yield Link(step.task, weight * step.count, waits and step.waits, way, blur)
        elif isinstance(step, Choice):
            for probability, option in step.options:
                yield from _links(option, weight * probability, waits)
        else:
            for branch in step.branches:
                yield from _links(branch, weight, waits)
