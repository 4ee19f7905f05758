"""Patience: attempts that are given up in time, and budgets of repeats."""

from collections import deque
from math import inf

from capplan.simulation.agenda import Agenda, Step, Timer
from capplan.simulation.runs import TIMED_OUT, Run

BURST = 100.0
"""A retry budget saves up at most so many repeats."""


class Deadlines:
    """The attempts of one call, by the runs that they ask for, in order of their deadlines, with one timer for all.

    Attributes:
        waiting: (deadline, run); who adds the first one sets the timer.
        set: whether the timer is.
    """

    __slots__ = ("agenda", "set", "settle", "timeout", "timer", "waiting")

    def __init__(self, agenda: Agenda, timeout: float, settle: Step) -> None:
        self.agenda = agenda
        self.timeout = timeout
        self.settle = settle
        self.waiting: deque[tuple[float, Run]] = deque()
        self.timer = Timer(self._ring)
        self.set = False

    def begin(self) -> None:
        """Set the timer to the first deadline."""
        self.set = True
        self.agenda.push(self.waiting[0][0], self.timer)

    def _ring(self, timer: Timer, now: float) -> None:
        waiting = self.waiting
        while waiting and (waiting[0][1].over or waiting[0][0] <= now):
            _, called = waiting.popleft()
            if not called.over:
                called.over = True
                caller = called.parent
                caller.answer = TIMED_OUT
                caller.step = self.settle
                self.agenda.push(now, caller)
        self.set = bool(waiting)
        if waiting:
            self.agenda.push(waiting[0][0], timer)


class Budget:
    """How many repeats may be made: each first attempt allows a part of one."""

    __slots__ = ("part", "saved")

    def __init__(self, part: float) -> None:
        self.part = part
        self.saved = BURST if part > 0.0 else 0.0

    def first(self) -> None:
        """A first attempt is made."""
        self.saved = min(self.saved + self.part, BURST)

    def repeat(self) -> bool:
        """Take a repeat, if one is left."""
        if self.part == inf:
            return True
        if self.saved < 1.0:
            return False
        self.saved -= 1.0
        return True
