"""The call graph of one kind of request as fronts: what may be chosen along it, and the law of its time.

Each component must be met at one place only; a plan for requests that meet one several times is found by cuts alone.
"""

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np

from capplan.planning.fronts import Front, constant
from capplan.queueing.arrays import Spectrum
from capplan.queueing.grid import Grid
from capplan.queueing.laws import Law
from capplan.queueing.network import Call, Choice, Fork, Network, Step

Atom = Callable[[int], Front]
"""A task's own waits and services as a front; a LookupError where its component was met before."""


class CallGraph:
    """Walks the awaited part of a network.

    Attributes:
        network: the network; its steps are the same whatever is chosen.
        grid: where laws live.
        states: how many states there are.
        atom: gives the front of one task.
    """

    def __init__(self, network: Network, grid: Grid, states: int, atom: Atom) -> None:
        self.network = network
        self.grid = grid
        self.states = states
        self.atom = atom

    def factors(self, task: int) -> list[Front]:
        """A task as pieces, one after the other."""
        found = [self.atom(task)]
        for step in self.network.tasks[task].steps:
            found += self._step(step)
        return found

    def delays(self, laws: Sequence[Law]) -> list[Front]:
        """Times in which nothing is chosen."""
        return [self._same(self.grid.law(law)) for law in laws]

    def _same(self, law: Spectrum) -> Front:
        return constant(self.grid, law[None, :], (0,) * self.states)

    def _nothing(self) -> Front:
        return self._same(np.ones(self.grid.points + 1, dtype=complex))

    def _step(self, step: Step) -> list[Front]:
        if isinstance(step, Call):
            return self._call(step) if step.waits else []
        if isinstance(step, Choice):
            return self._choice(step)
        return self._fork(step)

    def _call(self, call: Call) -> list[Front]:
        one = [*self.delays(call.delays), *self.factors(call.task)]
        if call.count == 1.0:
            return one
        whole, part = divmod(call.count, 1.0)
        together = self._whole(one)
        if whole and part:
            laws = together.laws ** int(whole) * (1.0 - part + part * together.laws)
            return [together.turned(laws)]
        return [together.power(int(whole)) if whole else together.sometimes(part)]

    def _choice(self, choice: Choice) -> list[Front]:
        ends = [(p, self._whole(self._steps(steps))) for p, steps in choice.options]
        parts = [end.turned(p * end.laws) for p, end in ends]
        rest = self._nothing()
        parts.append(rest.turned(choice.rest * rest.laws))
        return [reduce(Front.plus, parts).pruned()]

    def _fork(self, fork: Fork) -> list[Front]:
        ends = [self._whole(self._steps(branch)) for branch in fork.branches]
        return [reduce(lambda one, other: one.beside(other).pruned(), ends)]

    def _steps(self, steps: Sequence[Step]) -> list[Front]:
        return [front for step in steps for front in self._step(step)]

    def _whole(self, pieces: list[Front]) -> Front:
        """Pieces in turn as one."""
        return reduce(lambda one, other: one.then(other).pruned(), pieces) if pieces else self._nothing()
