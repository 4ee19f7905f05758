"""The log of a story: what became of replicas, when and why."""

from collections.abc import Callable
from typing import TypeAlias

from capplan.simulation.stories.calendar import Calendar
from capplan.simulation.stories.story import Change, Entry

Report: TypeAlias = Callable[[Change, int, str], None]
"""Is told what became of how many replicas, and why."""


class Log:
    """What became of replicas.

    Attributes:
        entries: in order of time.
    """

    def __init__(self, calendar: Calendar, beginning: float) -> None:
        self._calendar, self._beginning = calendar, beginning
        self.entries: list[Entry] = []

    def of(self, site: int) -> Report:
        """Where a site reports."""

        def report(change: Change, replicas: int, why: str) -> None:
            self.entries.append(Entry(self._calendar.now - self._beginning, site, change, replicas, why))

        return report
