"""What becomes of runs and calls: refused, late, answered with an error, repeated; and how many runs that makes.

Probabilities and rates along the call graph, given how often each queue refuses and each attempt is late. How they
come about is the business of `regime`. The rules are those of `network`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from capplan.queueing.arrays import Array
from capplan.queueing.network import ENDLESS, Call, Choice, Network, Patience, Step, Stream, Task

Caller: TypeAlias = Call | Stream
"""Who waits for an answer and may repeat."""


class Fate(NamedTuple):
    """How a run ends, over load points: the rest answers without an error.

    Attributes:
        clean: (L,) P(it answers without an error).
        ended: (L,) P(it is refused or ends early).
    """

    clean: Array
    ended: Array

    @property
    def error(self) -> Array:
        """(L,) P(it answers with an error)."""
        return np.asarray(np.maximum(1.0 - self.clean - self.ended, 0.0))


class Tries(NamedTuple):
    """The attempts of one call, over load points.

    Attributes:
        success, late, error, ended: (L,) how one attempt goes; they sum to 1.
        again: (L,) P(a failed attempt is repeated, as long as repeats are left).
        most: attempts at most.
    """

    success: Array
    late: Array
    error: Array
    ended: Array
    again: Array
    most: int

    @property
    def number(self) -> Array:
        """(L,) mean number of attempts."""
        return _attempts(self.again * (1.0 - self.success), self.most)

    @property
    def fate(self) -> Fate:
        """How the call ends after its last attempt."""
        failing = 1.0 - self.success
        failed = np.maximum(1.0 - self.success * self.number, 0.0)
        silent = np.divide(self.late + self.ended, failing, out=np.zeros(failing.shape), where=failing > 0.0)
        return Fate(1.0 - failed, failed * silent)


class Attempts(NamedTuple):
    """The attempts before the one that succeeds, at some load points.

    Attributes:
        late, error, ended: (rows,) how one attempt fails.
        again: (rows,) P(it is repeated).
        number: (rows,) mean number of attempts.
        repeats: (rows,) mean number of failed attempts before one that succeeds.
    """

    late: Array
    error: Array
    ended: Array
    again: Array
    number: Array
    repeats: Array

    @classmethod
    def at(cls, tries: Tries, rows: npt.NDArray[np.intp]) -> "Attempts":
        """Those of a call."""
        again = (tries.again * (1.0 - tries.success))[rows]
        powers = again[:, None] ** np.arange(tries.most)
        repeats = powers @ np.arange(float(tries.most)) / powers.sum(axis=1)
        return cls(
            tries.late[rows], tries.error[rows], tries.ended[rows], tries.again[rows], powers.sum(axis=1), repeats
        )

    def wasted(self, answered: Array, timeout: float, way: float) -> Array:
        """(rows,) mean time of a failed attempt.

        Args:
            answered: (rows,) mean time of one that is answered in time.
            timeout: time of one that is late.
            way: time of one that is refused.
        """
        failing = self.late + self.error + self.ended
        spent = self.late * timeout + self.error * answered + self.ended * way
        return np.divide(spent, failing, out=np.zeros(failing.shape), where=failing > 0.0)


def _attempts(again: Array, most: int) -> Array:
    """1 + x + ... + x^(most-1)."""
    total = np.ones(again.shape)
    for _ in range(most - 1):
        total = 1.0 + again * total
    return total


def tries(callee: Fate, late: Array, patience: Patience) -> Tries:
    """The attempts of a call.

    Args:
        callee: how a run of the callee ends.
        late: (L,) P(an answer that comes is late).
        patience: of the caller.
    """
    answered = 1.0 - callee.ended
    success, error = callee.clean * (1.0 - late), callee.error * (1.0 - late)
    again = np.ones(success.shape)
    most = patience.retries + 1
    if most > 1 and patience.budget < patience.retries:
        again = _within(1.0 - success, most, patience.budget)
    return Tries(success, answered * late, error, callee.ended, again, most)


def _within(failing: Array, most: int, budget: float) -> Array:
    """(L,) the part of the wanted repeats that a budget allows: q with sum over k >= 1 of (q f)^k = budget."""
    low, high = np.zeros(failing.shape), np.ones(failing.shape)
    for _ in range(50):
        middle = 0.5 * (low + high)
        fits = _attempts(middle * failing, most) - 1.0 <= budget
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return np.asarray(np.where(_attempts(failing, most) - 1.0 <= budget, 1.0, low))


@dataclass(frozen=True)
class Losses:
    """How often queues refuse and attempts are late, over load points.

    Attributes:
        stations: (L, stations) part of the visits that is refused.
        gates: (L, gates) part of the runs that gets no slot.
        late: (L,) P(an answer that comes is late) of each caller with a timeout.
        errors: (L, tasks) P(a run answers with an error of its own).
    """

    stations: Array
    gates: Array
    late: Mapping[Caller, Array]
    errors: Array


@dataclass
class Fates:
    """What becomes of all runs of a network.

    Attributes:
        network: the network.
        losses: what was given.
        tasks: how a run of each task ends.
        attempts: of each call that waits with patience.
        entered: (L, tasks) P(a run has got its slot and its own visits).
    """

    network: Network
    losses: Losses
    tasks: list[Fate] = field(default_factory=list)
    attempts: dict[Caller, Tries] = field(default_factory=dict)
    entered: list[Array] = field(default_factory=list)

    def __post_init__(self) -> None:
        for index, task in enumerate(self.network.tasks):
            entered = self._entered(task)
            reach, clean = self._steps(task.steps)
            self.entered.append(entered)
            clean = clean * (1.0 - self.losses.errors[:, index])
            self.tasks.append(Fate(entered * clean, 1.0 - entered * reach))
        for stream in self.network.streams:
            self.attempts[stream] = tries(self.tasks[stream.task], self._late(stream), stream.patience)

    @property
    def count(self) -> int:
        """L."""
        return len(self.losses.errors)

    def _late(self, caller: Caller) -> Array:
        return self.losses.late.get(caller, np.zeros(self.count))

    def _entered(self, task: Task) -> Array:
        found = np.ones(self.count) if task.gate is None else 1.0 - self.losses.gates[:, task.gate]
        for visit in task.visits:
            if visit.station is not None:
                found = found * (1.0 - self.losses.stations[:, visit.station])
        return found

    def _steps(self, steps: tuple[Step, ...]) -> tuple[Array, Array]:
        """(P(all are made), P(all are made and none answers with an error))."""
        reach, clean = np.ones(self.count), np.ones(self.count)
        for step in steps:
            made, good = self._step(step)
            reach, clean = reach * made, clean * good
        return reach, clean

    def _step(self, step: Step) -> tuple[Array, Array]:
        if isinstance(step, Call):
            return self._call(step)
        made, good = np.ones(self.count), np.ones(self.count)
        if isinstance(step, Choice):
            for probability, option in step.options:
                reach, clean = self._steps(option)
                made, good = made - probability * (1.0 - reach), good - probability * (1.0 - clean)
            return made, good
        for branch in step.branches:
            reach, clean = self._steps(branch)
            made, good = made * reach, good * clean
        return made, good

    def _call(self, call: Call) -> tuple[Array, Array]:
        fate = self._fate(call)
        if not call.waits:
            return np.ones(self.count), np.ones(self.count)
        whole = int(call.count)
        part = call.count - whole
        reach, clean = 1.0 - fate.ended, fate.clean
        return reach**whole * (1.0 - part * fate.ended), clean**whole * (1.0 - part * (1.0 - clean))

    def _fate(self, call: Call) -> Fate:
        """How one call ends."""
        if call.patience == ENDLESS:
            return self.tasks[call.task]
        if call not in self.attempts:
            self.attempts[call] = tries(self.tasks[call.task], self._late(call), call.patience)
        return self.attempts[call].fate

    def tried(self, call: Call) -> Array:
        """(L,) attempts of one call."""
        known = self.attempts.get(call)
        return np.ones(self.count) if known is None else known.number

    def runs(self, entering: Array) -> Array:
        """(L, tasks) runs per second, callers before callees.

        Args:
            entering: (L, streams) first attempts per second.
        """
        runs = np.zeros((self.count, len(self.network.tasks)))
        for column, stream in enumerate(self.network.streams):
            runs[:, stream.task] += entering[:, column] * self.attempts[stream].number
        for index in range(len(self.network.tasks) - 1, -1, -1):
            self._reach(self.network.tasks[index].steps, runs[:, index] * self.entered[index], runs)
        return runs

    def _reach(self, steps: tuple[Step, ...], rate: Array, runs: Array) -> None:
        for step in steps:
            if isinstance(step, Call):
                runs[:, step.task] += rate * self._made(step) * self.tried(step)
            elif isinstance(step, Choice):
                for probability, option in step.options:
                    self._reach(option, rate * probability, runs)
            else:
                for branch in step.branches:
                    self._reach(branch, rate, runs)
            rate = rate * self._step(step)[0]

    def _made(self, call: Call) -> Array:
        """(L,) how many calls are made: each after those before it did not end early."""
        if not call.waits:
            return np.full(self.count, call.count)
        reach, whole = 1.0 - self._fate(call).ended, int(call.count)
        return sum((reach**k for k in range(whole)), np.zeros(self.count)) + (call.count - whole) * reach**whole

    def work(self, runs: Array) -> Array:
        """(L, stations) offered service time per second: of all visits that arrive, those refused included."""
        work = np.zeros(self.losses.stations.shape)
        for index, task in enumerate(self.network.tasks):
            rate = runs[:, index] if task.gate is None else runs[:, index] * (1.0 - self.losses.gates[:, task.gate])
            for visit in task.visits:
                if visit.station is not None:
                    work[:, visit.station] += rate * visit.law.mean
                    rate = rate * (1.0 - self.losses.stations[:, visit.station])
        return work
