"""Tasks as steps: each task of the network becomes a chain of functions, made once, that its runs go through."""

from bisect import bisect_right
from collections.abc import Sequence
from heapq import heappush
from itertools import accumulate
from typing import Any, NamedTuple

from capplan.queueing.network import Call, Choice, Fork, Network, Visit
from capplan.queueing.network import Step as NetworkStep
from capplan.simulation.agenda import Agenda, Step, Token
from capplan.simulation.calls import Caller, Onward, Pool, Wire
from capplan.simulation.entrances import buckets, entering, permitted
from capplan.simulation.homes import Place, places
from capplan.simulation.outages import Fates
from capplan.simulation.runs import ERROR, REFUSED, Run, begun
from capplan.simulation.servers import Stop, Tally, queue
from capplan.simulation.slots import SlotBook
from capplan.simulation.spread import Chooser, at_home, chooser, settling
from capplan.simulation.streams import Draw, Sources


class TaskCount:
    """What the runs of one task have done since counting began.

    Attributes:
        own: time of each run at the task's own stations, gate and delays.
        served: how much of it was service.
        endings: runs by how they ended.
        pooled: what calls waited for connections.
    """

    __slots__ = ("endings", "own", "pooled", "served")

    def __init__(self) -> None:
        self.own: list[float] = []
        self.served: list[float] = []
        self.endings = [0, 0, 0, 0]
        self.pooled = Tally()

    def clear(self) -> None:
        """Begin anew."""
        self.pooled.clear()
        self.served.clear()
        self.own.clear()
        self.endings[:] = (0, 0, 0, 0)


class Origin(NamedTuple):
    """Where calls come from.

    Attributes:
        replicas: of how many a run of the caller is at one.
        waits: its waits for connections.
    """

    replicas: int
    waits: Tally


class Programs:
    """The steps of all tasks of a network.

    Attributes:
        entries: for each task, the step that begins a run of it.
        counts: for each task, what its runs do.
        tallies: for each task, what each of its visits does.
        queues, gates: of each station and gate.
        fates: what requests find down; None where everything is up.
    """

    def __init__(self, network: Network, agenda: Agenda, sources: Sources, fates: Fates | None = None) -> None:
        self.fates = fates
        self.network = network
        self.agenda = agenda
        self.sources = sources
        self.caller = Caller(agenda, sources)
        self.queues = [queue(station, agenda) for station in network.stations]
        self.gates = [SlotBook(gate, agenda) for gate in network.gates]
        self._at_station = [self.at_station(index) for index in range(len(network.stations))]
        self._at_gate = [self.at_gate(index) for index in range(len(network.gates))]
        self.buckets = {task: bucket for bucket, tasks in buckets(network) for task in tasks}
        self.counts = [TaskCount() for _ in network.tasks]
        self.tallies = [tuple(Tally() for _ in task.visits) for task in network.tasks]
        self.entries: list[Step] = []
        for index, name in enumerate(distinct([task.name for task in network.tasks])):
            self.entries.append(self.task(index, name))

    def at_station(self, index: int) -> Chooser:
        """How visits are spread over the replicas of a station."""
        station = self.network.stations[index]
        return chooser(station.group, self.queues[index].number, self.sources.uniform(f"{station.name}/replica"))

    def at_gate(self, index: int) -> Chooser:
        """How runs are spread over the replicas of a gate."""
        gate = self.network.gates[index]
        return chooser(gate.group, self.gates[index].number, self.sources.uniform(f"{gate.name}/replica"))

    def task(self, index: int, name: str) -> Step:
        """The step that begins a run of a task."""
        task = self.network.tasks[index]
        gate = None if task.gate is None else self.gates[task.gate]
        finish = self.end(index, name, gate, served=True)
        finish = finish if self.fates is None else self.fates.ending(index, finish)
        away = self.end(index, name, gate, served=False)
        home, found = places(self.network, task)
        choosers = [self.finding(index, visit, place) for visit, place in zip(task.visits, found, strict=True)]
        step = self.steps(task.steps, Onward(finish, finish), name, Origin(home, self.counts[index].pooled))
        for number in range(len(task.visits) - 1, -1, -1):
            step = self._visit(index, number, f"{name}/visit {number}", Onward(step, away), choosers[number])
        if gate is not None and task.gate is not None:
            choose = self.homing(index, task.gate)
            step = entering(gate, choose, Onward(step, self.end(index, name, None, served=False)))
        if index in self.buckets:
            step = permitted(self.buckets[index], Onward(step, self.end(index, name, None, served=False)))
        return step

    def homing(self, task: int, gate: int) -> Chooser:  # noqa: ARG002
        """How a run of a task finds the replica of its gate, which is its home."""
        return self._at_gate[gate]

    def finding(self, task: int, visit: Visit, place: Place) -> Chooser:  # noqa: ARG002
        """How a visit of a task finds its replica."""
        if visit.station is None or place is Place.HOME:
            return at_home
        choose = self._at_station[visit.station]
        return settling(choose) if place is Place.SETTLES else choose

    def _visit(self, task: int, number: int, name: str, onward: Onward, choose: Chooser) -> Step:
        visit, tally = self.network.tasks[task].visits[number], self.tallies[task][number]
        if visit.law.mean <= 0.0:
            return onward.then
        draw = self.times(task, number, name)
        if visit.station is None:
            return self._delay(draw, tally, onward.then)
        return self.queues[visit.station].visit(Stop(choose, draw, tally, onward.then, onward.ended))

    def times(self, task: int, number: int, name: str) -> Draw:
        """How long the services of a visit of a task are."""
        return self.sources.times(name, self.network.tasks[task].visits[number].law)

    def _delay(self, draw: Draw, tally: Tally, then: Step) -> Step:
        heap, push = self.agenda.heap, heappush

        def delay(run: Run, now: float) -> None:
            time = draw()
            tally.visits += 1
            tally.work += time
            run.own += time
            run.served += time
            run.step = then
            push(heap, (now + time, run))

        return delay

    def end(self, index: int, name: str, gate: SlotBook | None, *, served: bool) -> Step:
        """The step that ends a run: it fails by chance, gives its slot back and answers."""
        count, failure = self.counts[index], self.network.tasks[index].failure
        own, services, endings = count.own, count.served, count.endings
        chance = self.sources.uniform(f"{name}/failure") if served and failure > 0.0 else None
        heap, push = self.agenda.heap, heappush
        number, waiting, slots = ([], [], 0) if gate is None else (gate.number, gate.waiting, gate.slots)

        def end(run: Run, now: float) -> Token | None:
            if served:
                own.append(run.own)
                services.append(run.served)
            if chance is not None and chance() < failure and run.ending < ERROR:
                run.ending = ERROR
            if gate is not None:
                place = run.home
                there = number[place]
                number[place] = there - 1
                if there > slots:
                    push(heap, (now, waiting[place].popleft()))
                else:
                    gate.balance += now
            ending = run.ending
            if ending > REFUSED:
                ending = run.ending = REFUSED
            endings[ending] += 1
            back = run.back
            if back is not None:
                return back(run, now)
            parent = run.parent
            parent.answer = ending
            return parent

        return end

    # steps

    def steps(self, steps: Sequence[NetworkStep], onward: Onward, name: str, origin: Origin) -> Step:
        """The steps of a task, a branch or an option, in order."""
        then = onward.then
        for number in range(len(steps) - 1, -1, -1):
            one, called = steps[number], f"{name}/{number}"
            if isinstance(one, Call):
                then = self.call(one, Onward(then, onward.ended), called, origin)
            elif isinstance(one, Choice):
                then = self.choice(one, Onward(then, onward.ended), called, origin)
            else:
                then = self._fork(one, Onward(then, onward.ended), called, origin)
        return then

    def call(self, call: Call, onward: Onward, name: str, origin: Origin) -> Step:
        """A call of a task."""
        pool = None
        if call.pool is not None:
            bound = origin.replicas > 1 and self.network.gates[call.pool].group.replicas == origin.replicas
            pool = Pool(self.gates[call.pool], at_home if bound else self._at_gate[call.pool], origin.waits)
        return self.caller.step(Wire(call, self.entries[call.task], pool, name), onward)

    def choice(self, choice: Choice, onward: Onward, name: str, origin: Origin) -> Step:
        """A choice of a task."""
        ways = [
            self.steps(steps, onward, f"{name}/option {number}", origin)
            for number, (_, steps) in enumerate(choice.options)
        ]
        ways.append(onward.then)
        bounds = list(accumulate(probability for probability, _ in choice.options))
        if bounds and bounds[-1] > 1.0 - 1e-12:
            bounds[-1] = 1.0
        chance = self.sources.uniform(f"{name}/choice")

        def choose(run: Run, now: float) -> Run:  # noqa: ARG001
            run.step = ways[bisect_right(bounds, chance())]
            return run

        return self.chosen(name, ways, choose)

    def chosen(self, name: str, ways: Sequence[Step], choose: Step) -> Step:  # noqa: ARG002
        """The step that takes one of several ways: those of the options, and that of none of them."""
        return choose

    def _fork(self, fork: Fork, onward: Onward, name: str, origin: Origin) -> Step:
        heap, push = self.agenda.heap, heappush
        branches = [
            self.steps(steps, Onward(_join, _join), f"{name}/branch {number}", origin)
            for number, steps in enumerate(fork.branches)
        ]

        def split(run: Run, now: float) -> Token | None:
            if not branches:
                return onward.then(run, now)
            run.left = len(branches)
            run.step = joined
            for begin in branches:
                branch = begun(begin, run, run.key)
                branch.home = run.home
                push(heap, (now, branch))
            return None

        def joined(run: Run, now: float) -> Run:  # noqa: ARG001
            run.step = onward.ended if run.ending >= REFUSED else onward.then
            return run

        return split


def _join(branch: Run, now: float) -> Token | None:  # noqa: ARG001
    """The end of a branch: the last one lets the run go on."""
    run: Any = branch.parent
    run.ending = max(run.ending, branch.ending)
    run.left -= 1
    return None if run.left else run


def distinct(names: Sequence[str]) -> list[str]:
    """The names, each one that is there already with a number."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return found
