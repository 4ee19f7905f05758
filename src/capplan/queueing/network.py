"""What the solvers get: stations that queue, tasks that visit them and call each other, streams of requests that
start tasks.

A task is what one endpoint of a service does: its own visits to stations and delays, one after the other, then its
steps. The tasks form a graph without cycles, callees before callers; each is solved once, however many paths lead
through it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from capplan.queueing.balancing import Group
from capplan.queueing.laws import Law


class Station(NamedTuple):
    """A place to queue at: replicas of servers behind a balancing policy, each in order of arrival or shared."""

    name: str
    group: Group

    @property
    def servers(self) -> float:
        """All servers of all replicas."""
        return self.group.servers * self.group.replicas


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
    """

    task: int
    count: float = 1.0
    waits: bool = True
    delays: tuple[Law, ...] = ()


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
    """What one endpoint does: its own visits in order, then its steps in order; it fails by itself with `failure`."""

    name: str
    visits: tuple[Visit, ...] = ()
    steps: tuple[Step, ...] = ()
    failure: float = 0.0


class Stream(NamedTuple):
    """Requests of one class.

    Attributes:
        task: index of the task that each request starts.
        slope: arrivals per unit of load.
        base: arrivals whatever the load (per second).
        scv: SCV of the times between arrivals.
        delays: what the way from and to the client adds.
    """

    name: str
    task: int
    slope: float = 0.0
    base: float = 0.0
    scv: float = 1.0
    delays: tuple[Law, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Network:
    """Stations, tasks (callees before callers) and streams."""

    stations: tuple[Station, ...]
    tasks: tuple[Task, ...]
    streams: tuple[Stream, ...]
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
