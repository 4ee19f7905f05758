"""Under which conditions work is done: slower visits, tasks that fail more often, caches that are still empty."""

from collections.abc import Iterable
from math import exp, prod

from capplan.simulation.stories.calendar import Calendar
from capplan.simulation.stories.story import Effect, Failing, Flushed, Slowed

FILLING = 3.0
"""After a cache's time to refill exp(-this) of its hits, 5 %, are still missing."""
FULL = 1e-6
"""A cache that misses so few of its hits is full again."""


class Dial:
    """A number that conditions set."""

    __slots__ = ("value",)

    def __init__(self, value: float) -> None:
        self.value = value


class Chill:
    """How empty the caches of a task are."""

    __slots__ = ("flushes",)

    def __init__(self) -> None:
        self.flushes: list[tuple[float, float]] = []

    def missing(self, now: float) -> float:
        """The part of the hits that is missing."""
        if not self.flushes:
            return 0.0
        parts = [exp(-FILLING * (now - since) / refill) if refill > 0.0 else 0.0 for since, refill in self.flushes]
        self.flushes[:] = [flush for flush, part in zip(self.flushes, parts, strict=True) if part > FULL]
        return max(parts)


class Conditions:
    """What is slowed, failing and empty, as effects begin and end. Factors multiply; failures are independent.

    Attributes:
        slow: by (task, visit), how many times as long services are.
        fail: by task, the probability of failing besides its own.
        cold: by task, how empty its caches are.
    """

    def __init__(self, effects: Iterable[Effect], calendar: Calendar) -> None:
        self.calendar = calendar
        self.slow: dict[tuple[int, int], Dial] = {}
        self.fail: dict[int, Dial] = {}
        self.cold: dict[int, Chill] = {}
        self._present: list[Effect] = []
        for effect in effects:
            if isinstance(effect, Slowed):
                self.slow |= {visit: Dial(1.0) for visit in effect.visits}
            elif isinstance(effect, Failing):
                self.fail |= {task: Dial(0.0) for task in effect.tasks}
            elif isinstance(effect, Flushed):
                self.cold |= {task: Chill() for task in effect.tasks}

    def begin(self, effect: Effect) -> None:
        """From now on it is so."""
        if isinstance(effect, Flushed):
            for task in effect.tasks:
                self.cold[task].flushes.append((self.calendar.now, effect.refill))
            return
        self._present.append(effect)
        self._set()

    def end(self, effect: Effect) -> None:
        """It is over."""
        if not isinstance(effect, Flushed):
            self._present.remove(effect)
            self._set()

    def _set(self) -> None:
        slowed = [effect for effect in self._present if isinstance(effect, Slowed)]
        for visit, dial in self.slow.items():
            dial.value = prod(effect.factor for effect in slowed if visit in effect.visits)
        failing = [effect for effect in self._present if isinstance(effect, Failing)]
        for task, dial in self.fail.items():
            dial.value = 1.0 - prod(1.0 - effect.part for effect in failing if task in effect.tasks)
