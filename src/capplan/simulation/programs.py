"""Tasks as steps: each task of the network becomes a chain of functions, made once, that its runs go through."""

from bisect import bisect_right
from collections.abc import Sequence
from heapq import heappush
from itertools import accumulate
from typing import Any

from capplan.queueing.network import Call, Choice, Fork, Network, Task, Visit
from capplan.queueing.network import Step as NetworkStep
from capplan.simulation.agenda import Agenda, Step, Token
from capplan.simulation.calls import Caller, Onward, Pool, Wire
from capplan.simulation.runs import ERROR, REFUSED, Run
from capplan.simulation.servers import Stop, Tally, queue
from capplan.simulation.slots import Bucket, SlotBook, Taken
from capplan.simulation.spread import Chooser, at_home, chooser, settling
from capplan.simulation.streams import Sources


class TaskCount:
    """What the runs of one task have done since counting began.

    Attributes:
        own: time of each run at the task's own stations, gate and delays.
        endings: runs by how they ended.
    """

    __slots__ = ("endings", "own")

    def __init__(self) -> None:
        self.own: list[float] = []
        self.endings = [0, 0, 0, 0]

    def clear(self) -> None:
        """Begin anew."""
        self.own.clear()
        self.endings[:] = (0, 0, 0, 0)


class Programs:
    """The steps of all tasks of a network.

    Attributes:
        entries: for each task, the step that begins a run of it.
        counts: for each task, what its runs do.
        tallies: for each task, what each of its visits does.
        queues, gates: of each station and gate.
    """

    def __init__(self, network: Network, agenda: Agenda, sources: Sources) -> None:
        self.network = network
        self.agenda = agenda
        self.sources = sources
        self.caller = Caller(agenda, sources)
        self.queues = [queue(station, agenda) for station in network.stations]
        self.gates = [SlotBook(gate, agenda) for gate in network.gates]
        self._at_station = [
            chooser(station.group, book.number, sources.uniform(f"{station.name}/replica"))
            for station, book in zip(network.stations, self.queues, strict=True)
        ]
        self._at_gate = [
            chooser(gate.group, book.number, sources.uniform(f"{gate.name}/replica"))
            for gate, book in zip(network.gates, self.gates, strict=True)
        ]
        self.buckets = {task: bucket for bucket, tasks in _buckets(network) for task in tasks}
        self.counts = [TaskCount() for _ in network.tasks]
        self.tallies = [tuple(Tally() for _ in task.visits) for task in network.tasks]
        self.entries: list[Step] = []
        for index, name in enumerate(distinct([task.name for task in network.tasks])):
            self.entries.append(self._task(index, name))

    def _task(self, index: int, name: str) -> Step:
        """The step that begins a run of a task."""
        task = self.network.tasks[index]
        gate = None if task.gate is None else self.gates[task.gate]
        finish = self._end(index, name, gate, served=True)
        away = self._end(index, name, gate, served=False)
        home, choosers = self._replicas(task)
        step = self.steps(task.steps, Onward(finish, finish), f"{name}", home)
        for number in range(len(task.visits) - 1, -1, -1):
            step = self._visit(index, number, f"{name}/visit {number}", Onward(step, away), choosers[number])
        if gate is not None and task.gate is not None:
            choose = settling(self._at_gate[task.gate])
            step = _entering(gate, choose, Onward(step, self._end(index, name, None, served=False)))
        if index in self.buckets:
            step = _permitted(self.buckets[index], Onward(step, self._end(index, name, None, served=False)))
        return step

    def _replicas(self, task: Task) -> tuple[int, list[Chooser]]:
        """(of how many replicas a run of the task is at one, the chooser of each visit)."""
        home = 1 if task.gate is None else self.network.gates[task.gate].group.replicas
        choosers: list[Chooser] = []
        for visit in task.visits:
            count = 1 if visit.station is None else self.network.stations[visit.station].group.replicas
            if visit.station is None or count == 1:
                choosers.append(at_home if visit.station is None else self._at_station[visit.station])
            elif count == home:
                choosers.append(at_home)
            elif home == 1 and task.gate is None:
                home = count
                choosers.append(settling(self._at_station[visit.station]))
            else:
                choosers.append(self._at_station[visit.station])
        return home, choosers

    def _visit(self, task: int, number: int, name: str, onward: Onward, choose: Chooser) -> Step:
        visit, tally = self.network.tasks[task].visits[number], self.tallies[task][number]
        if visit.law.mean <= 0.0:
            return onward.then
        if visit.station is None:
            return self._delay(visit, name, tally, onward.then)
        draw = self.sources.times(name, visit.law)
        return self.queues[visit.station].visit(Stop(choose, draw, tally, onward.then, onward.ended))

    def _delay(self, visit: Visit, name: str, tally: Tally, then: Step) -> Step:
        heap, push, draw = self.agenda.heap, heappush, self.sources.times(name, visit.law)

        def delay(run: Run, now: float) -> None:
            time = draw()
            tally.visits += 1
            tally.work += time
            run.own += time
            run.step = then
            push(heap, (now + time, run))

        return delay

    def _end(self, index: int, name: str, gate: SlotBook | None, *, served: bool) -> Step:
        """The step that ends a run: it fails by chance, gives its slot back and answers."""
        count, failure = self.counts[index], self.network.tasks[index].failure
        own, endings = count.own, count.endings
        chance = self.sources.uniform(f"{name}/failure") if served and failure > 0.0 else None

        def end(run: Run, now: float) -> Token:
            if served:
                own.append(run.own)
            if chance is not None and chance() < failure and run.ending < ERROR:
                run.ending = ERROR
            if gate is not None:
                gate.give_back(run.home, now)
            parent = run.parent
            parent.answer = ending = min(run.ending, REFUSED)
            endings[ending] += 1
            return parent

        return end

    # steps

    def steps(self, steps: Sequence[NetworkStep], onward: Onward, name: str, home: int) -> Step:
        """The steps of a task, a branch or an option, in order."""
        then = onward.then
        for number in range(len(steps) - 1, -1, -1):
            one, called = steps[number], f"{name}/{number}"
            if isinstance(one, Call):
                then = self.call(one, Onward(then, onward.ended), called, home)
            elif isinstance(one, Choice):
                then = self._choice(one, Onward(then, onward.ended), called, home)
            else:
                then = self._fork(one, Onward(then, onward.ended), called, home)
        return then

    def call(self, call: Call, onward: Onward, name: str, home: int) -> Step:
        """A call of a task by a run that is at one of so many replicas."""
        pool = None
        if call.pool is not None:
            bound = home > 1 and self.network.gates[call.pool].group.replicas == home
            pool = Pool(self.gates[call.pool], at_home if bound else self._at_gate[call.pool])
        return self.caller.step(Wire(call, self.entries[call.task], pool, name), onward)

    def _choice(self, choice: Choice, onward: Onward, name: str, home: int) -> Step:
        ways = [
            self.steps(steps, onward, f"{name}/option {number}", home)
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

        return choose

    def _fork(self, fork: Fork, onward: Onward, name: str, home: int) -> Step:
        heap, push = self.agenda.heap, heappush
        branches = [
            self.steps(steps, Onward(_join, _join), f"{name}/branch {number}", home)
            for number, steps in enumerate(fork.branches)
        ]

        def split(run: Run, now: float) -> Token | None:
            if not branches:
                return onward.then(run, now)
            run.left = len(branches)
            run.step = joined
            for begin in branches:
                branch = Run(begin, run, run.key)
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


def _entering(gate: SlotBook, choose: Chooser, onward: Onward) -> Step:
    """The step that takes a slot of a gate, and goes on when the run has it."""
    then, refused = onward

    def enter(run: Run, now: float) -> Token | None:
        taken = gate.take(choose(run), run, now)
        if taken is Taken.AT_ONCE:
            return then(run, now)
        if taken is Taken.LATER:
            run.arrived = now
            run.step = entered
            return None
        run.ending = REFUSED
        run.step = refused
        return run

    def entered(run: Run, now: float) -> Token | None:
        run.own += now - run.arrived
        return then(run, now)

    return enter


def _permitted(bucket: Bucket, onward: Onward) -> Step:
    """The step that asks a rate limiter; without a permit the run answers with an error at once."""
    then, refused = onward

    def permitted(run: Run, now: float) -> Token | None:
        if bucket.permit(now):
            return then(run, now)
        run.ending = ERROR
        run.step = refused
        return run

    return permitted


def _buckets(network: Network) -> list[tuple[Bucket, tuple[int, ...]]]:
    return [(Bucket(quota.rate), quota.tasks) for quota in network.quotas]


def distinct(names: Sequence[str]) -> list[str]:
    """The names, each one that is there already with a number."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return found
