"""The tokens of a simulation: runs of tasks."""

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

    A run is made without arguments and given what it begins with where it begins: a constructor takes as long again.

    Attributes:
        parent: who asked for it.
        back: the step that its end goes on with; None: the parent gets the answer and goes on.
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
        since: when its client asked for it, where it is its own client.
        over: whether its caller has gone on, with the answer or without, where that may lose patience.
        held: the replica whose connection it holds.
    """

    __slots__ = (
        "arrived",
        "back",
        "ending",
        "held",
        "home",
        "key",
        "left",
        "over",
        "own",
        "parent",
        "place",
        "served",
        "since",
        "tries",
        "work",
    )
    parent: Asker
    back: Step | None
    key: float
    home: int
    ending: int
    own: float
    served: float
    left: int
    tries: int
    arrived: float
    work: float
    place: int
    since: float
    over: bool
    held: int


def begun(step: Step, parent: Asker, key: float) -> Run:
    """A run that begins with a step."""
    run = Run()
    run.step = step
    run.parent = parent
    run.back = None
    run.key = key
    run.home = -1
    run.ending = 0
    run.own = run.served = 0.0
    return run
