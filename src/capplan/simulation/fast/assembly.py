"""A network and its load as instructions and tables: the counterpart of programs.py, calls.py and clients.py, which it
follows step by step and name by name, so that the same numbers are drawn for the same things."""

from collections.abc import Sequence
from itertools import accumulate
from math import inf

from capplan.queueing.balancing import Group, Policy
from capplan.queueing.network import Call, Choice, Fork, Gate, Network, Station, Task
from capplan.queueing.network import Step as NetworkStep
from capplan.simulation.fast import tables as t
from capplan.simulation.fast.wells import Wells
from capplan.simulation.fast.wiring import Wiring
from capplan.simulation.homes import Place, places
from capplan.simulation.programs import distinct
from capplan.simulation.servers import pace, whole
from capplan.simulation.slots import BURST
from capplan.simulation.streams import Sources

MANNERS = {Place.FREE: t.FREELY, Place.SETTLES: t.SETTLING, Place.HOME: t.AT_HOME}
POLICIES = {
    Policy.RANDOM: (t.RANDOM, t.SHARES),
    Policy.ROUND_ROBIN: (t.TURNS, t.TURNS_BY_SHARE),
    Policy.LEAST_CONNECTIONS: (t.LEAST, t.LEAST),
    Policy.POWER_OF_TWO: (t.TWO, t.TWO),
    Policy.IP_HASH: (t.KEYS, t.KEYS),
}


class Assembly:
    """The instructions of all tasks of a network.

    Attributes:
        wiring: instructions and those of calls.
        books: rows of stations and gates, gates after stations.
        shares: of each book, what each replica gets; empty where all get the same.
        sharers: the book of each replica whose visits slow each other down.
        tallies: the first row of each task's visits.
    """

    def __init__(self, network: Network, sources: Sources) -> None:
        self.network = network
        self.wells = Wells(sources)
        self.wiring = Wiring(self.wells)
        self.books: list[list[int]] = []
        self.shares: list[tuple[float, ...]] = []
        self.places = 0
        self.sharers: list[int] = []
        for station in network.stations:
            self._book(station, shares=slowed(station))
        for gate in network.gates:
            self._book(gate, shares=False)
        self.tallies = [0, *accumulate(len(task.visits) for task in network.tasks)]
        self.quotas = {task: index for index, quota in enumerate(network.quotas) for task in quota.tasks}
        for index, name in enumerate(distinct([task.name for task in network.tasks])):
            self.wiring.entries.append(self._task(index, name))

    def _book(self, holder: Station | Gate, *, shares: bool) -> None:
        group = holder.group
        servers = whole(holder.name, group.servers)
        most = t.UNLIMITED if holder.room is None else servers + holder.room
        policy = t.ONLY if group.replicas == 1 else POLICIES[group.policy][bool(group.shares)]
        bounds, source = self.wiring.bounded(_bounds(group)), self.wells.uniform(f"{holder.name}/replica")
        sharers, limit, paces = self._sharers(group, servers, shares=shares)
        row = [self.places, group.replicas, servers, most, policy, bounds, source, -1, 0, 0, sharers, limit, paces]
        self.books.append(row)
        self.shares.append(group.shares or (1.0,) * group.replicas)
        self.places += group.replicas

    def _sharers(self, group: Group, servers: int, *, shares: bool) -> tuple[int, int, int]:
        """Among those that share: the number of a group's first replica, the visits that one serves, its paces."""
        if not shares:
            return -1, 0, 0
        first = len(self.sharers)
        self.sharers += [len(self.books)] * group.replicas
        paces, capacity = pace(servers, group)
        return first, t.UNLIMITED if group.sharing else servers, self.wiring.bounded([*paces, capacity])

    def _task(self, index: int, name: str) -> int:
        """The instruction that begins a run of a task."""
        task, add = self.network.tasks[index], self.wiring.add
        gate = -1 if task.gate is None else len(self.network.stations) + task.gate
        chance = self.wells.uniform(f"{name}/failure") if task.failure > 0.0 else -1
        finish = add(t.END, index, 1, chance, gate, real=(task.failure,))
        away, refused = add(t.END, index, 0, -1, gate), add(t.END, index, 0, -1, -1)
        home, found = places(self.network, task)
        self.wiring.origin, self.wiring.pooled = home, index
        pc = self.steps(task.steps, finish, finish, name)
        for number in range(len(task.visits) - 1, -1, -1):
            pc = self._visit(task, self.tallies[index] + number, number, (pc, away), (name, MANNERS[found[number]]))
        if gate >= 0:
            pc = add(t.GATE, gate, t.SETTLING, pc, add(t.ENTERED, pc), refused)
        if index in self.quotas:
            rate = self.network.quotas[self.quotas[index]].rate
            pc = add(t.PERMIT, self.quotas[index], pc, refused, real=(rate, max(rate * BURST, 1.0)))
        return pc

    def _visit(self, task: Task, tally: int, number: int, after: tuple[int, int], how: tuple[str, int]) -> int:
        visit, (then, refused), (name, manner) = task.visits[number], after, how
        if visit.law.mean <= 0.0:
            return then
        source, add = self.wells.times(f"{name}/visit {number}", visit.law), self.wiring.add
        if visit.station is None:
            return add(t.DELAY, source, tally, then)
        if slowed(self.network.stations[visit.station]):
            return add(t.SHARE, visit.station, source, tally, then, refused, manner)
        return add(t.ENTER, visit.station, source, tally, add(t.LEAVE, visit.station, then), refused, manner)

    def steps(self, steps: Sequence[NetworkStep], then: int, ended: int, name: str) -> int:
        """The steps of a task, a branch or an option, in order."""
        for number in range(len(steps) - 1, -1, -1):
            step, called = steps[number], f"{name}/{number}"
            if isinstance(step, Call):
                then = self.call(step, then, ended, called)
            elif isinstance(step, Choice):
                then = self._choice(step, then, ended, called)
            else:
                then = self._fork(step, then, ended, called)
        return then

    def call(self, call: Call, then: int, ended: int, name: str) -> int:
        """A call of a task."""
        pool, manner = -1, t.FREELY
        if call.pool is not None:
            pool = len(self.network.stations) + call.pool
            replicas = self.network.gates[call.pool].group.replicas
            bound = self.wiring.origin > 1 and replicas == self.wiring.origin
            manner = t.AT_HOME if bound else t.FREELY
        return self.wiring.call(call, (pool, manner), (then, ended), name)

    def _choice(self, choice: Choice, then: int, ended: int, name: str) -> int:
        ways = [
            self.steps(steps, then, ended, f"{name}/option {number}")
            for number, (_, steps) in enumerate(choice.options)
        ]
        bounds = list(accumulate(probability for probability, _ in choice.options))
        if bounds and bounds[-1] > 1.0 - 1e-12:
            bounds[-1] = 1.0
        source = self.wells.uniform(f"{name}/choice")
        at, to = self.wiring.bounded(bounds), self.wiring.led((*ways, then))
        return self.wiring.add(t.CHOOSE, source, at, to, len(bounds))

    def _fork(self, fork: Fork, then: int, ended: int, name: str) -> int:
        if not fork.branches:
            return then
        join = self.wiring.add(t.JOIN)
        ways = [self.steps(steps, join, join, f"{name}/branch {number}") for number, steps in enumerate(fork.branches)]
        joined = self.wiring.add(t.JOINED, then, ended)
        return self.wiring.add(t.SPLIT, self.wiring.led(ways), len(ways), joined)

    def gaps(self) -> list[float]:
        """Of each replica, how long it is between its turns where they go by shares."""
        return [1.0 / share if share > 0.0 else inf for shares in self.shares for share in shares]


def slowed(station: Station) -> bool:
    """Whether the visits at a replica slow each other down."""
    return station.group.sharing or station.group.speedup is not None


def _bounds(group: Group) -> list[float]:
    shares = group.shares or (1.0 / group.replicas,) * group.replicas
    total = sum(shares)
    return [bound / total for bound in accumulate(shares)][:-1]
