"""The tokens of a simulation: runs of tasks, and attempts to have a task run."""

from enum import IntEnum

from capplan.simulation.agenda import Step, Token


class Ending(IntEnum):
    """How a run ended; from REFUSED on there is no answer, and the caller's run ends too."""

    SERVED = 0
    ERROR = 1
    REFUSED = 2
    TIMED_OUT = 3


SERVED, ERROR, REFUSED, TIMED_OUT = (int(ending) for ending in Ending)
"""The same as plain numbers: comparing them is what steps do most."""


class Asker(Token):
    """Someone who waits for an answer.

    Attributes:
        answer: how the last call that it waited for ended.
    """

    __slots__ = ("answer",)
    answer: int


class Run(Asker):
    """One run of a task, a branch of one, or a client that waits for its request.

    Attributes:
        parent: who goes on when it ends.
        key: where the client's address falls among all, 0..1; below 0 until someone asks.
        home: the replica that it runs at; -1 until it is at one.
        ending: how it will end, as far as is known.
        left: calls or branches that are still to end.
        tries: repeats of the present call.
        own: time at its own stations, gate and delays so far.
        served: how much of it was service.
        arrived: when it came to where it is, or when it began.
        work: the service that it waits for.
        place: the replica that it is at.
    """

    __slots__ = ("arrived", "ending", "home", "key", "left", "own", "parent", "place", "served", "tries", "work")
    parent: Asker
    left: int
    tries: int
    arrived: float
    work: float
    place: int

    def __init__(self, step: Step, parent: Asker, key: float) -> None:
        self.step = step
        self.parent = parent
        self.key = key
        self.home = -1
        self.ending = 0
        self.own = 0.0
        self.served = 0.0


class Attempt(Asker):
    """One attempt of a call whose caller may lose patience, or that needs a connection.

    Attributes:
        caller: who waits for it.
        over: whether the caller has gone on, with the answer or without.
        place: the replica whose connection it holds.
    """

    __slots__ = ("caller", "over", "place")
    place: int

    def __init__(self, step: Step, caller: Run) -> None:
        self.step = step
        self.caller = caller
        self.over = False
