"""A calendar: what is done to a network at set times, between what happens in it."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import TypeAlias

from capplan.simulation.agenda import Agenda

Act: TypeAlias = Callable[[], None]


class Calendar:
    """Acts in order of time, and of being planned.

    Attributes:
        agenda: what happens by itself; all up to its `now` has.
    """

    def __init__(self, agenda: Agenda) -> None:
        self.agenda = agenda
        self._acts: list[tuple[float, int, Act]] = []
        self._number = count()

    @property
    def now(self) -> float:
        """The present time."""
        return self.agenda.now

    def at(self, when: float, act: Act) -> None:
        """Do something at some time."""
        heappush(self._acts, (when, next(self._number), act))

    def after(self, seconds: float, act: Act) -> None:
        """Do something after so long."""
        self.at(self.now + seconds, act)

    def play(self, until: float) -> None:
        """Let everything happen up to then, and be done before: what is to be done at that instant comes after it."""
        while self._acts and self._acts[0][0] < until:
            when, _, act = heappop(self._acts)
            self.agenda.play(when)
            act()
        self.agenda.play(until)
