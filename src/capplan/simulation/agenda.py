"""The agenda: what happens next, and the loop that lets it happen.

A token is something that goes on: a run, a client, a timer. Its `step` is a function of (token, now) that does one
thing and returns the token that goes on at once, or None where nothing does. Steps never call the next one deeper than
a few levels, so chains of calls may be longer than Python's stack.
"""

import gc
from collections.abc import Callable
from heapq import heappop, heappush
from math import inf
from typing import Any, Optional, TypeAlias

Step: TypeAlias = Callable[[Any, float], Optional["Token"]]


class Token:
    """Something that goes on, by its `step`."""

    __slots__ = ("step",)
    step: Step

    def __lt__(self, other: object) -> bool:
        """At the same instant, what ends goes before the timers that would give it up."""
        return True


class Timer(Token):
    """A token that goes last of those of its instant."""

    __slots__ = ()

    def __init__(self, step: Step) -> None:
        self.step = step

    def __lt__(self, other: object) -> bool:
        return False


def vanish(token: Token, now: float) -> None:  # noqa: ARG001
    """The step of what is not waited for."""
    return


Entry: TypeAlias = tuple[float, Token]


class Agenda:
    """Events in order of time.

    Attributes:
        heap: (time, token); steps push to it themselves.
        now: the time up to which all has happened.
        events: how many have.
    """

    __slots__ = ("events", "heap", "now")

    def __init__(self) -> None:
        self.heap: list[Entry] = [(inf, Timer(vanish))]
        self.now = 0.0
        self.events = 0

    def push(self, when: float, token: Token) -> None:
        """Let a token go on at some time."""
        heappush(self.heap, (when, token))

    def play(self, until: float) -> None:
        """Let everything happen that does until then."""
        heap, pop, events = self.heap, heappop, 0
        collecting = gc.isenabled()
        gc.disable()  # tokens form no cycles: looking for some takes a tenth of the time
        try:
            while heap[0][0] <= until:
                now, token = pop(heap)
                going: Token | None = token
                while going is not None:
                    going = going.step(going, now)
                events += 1
        finally:
            if collecting:
                gc.enable()
        self.events += events
        self.now = until
