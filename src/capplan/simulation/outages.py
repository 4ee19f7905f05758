"""Replicas that are down while a request passes: states that outlast it, so each request finds them as they are.

A request that finds a state on its way gets an error from the runs that the state concerns: once and for all, however
often it calls them. They do their work all the same, so that load and times are those of everything up.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from capplan.queueing.arrays import Mask
from capplan.simulation.agenda import Step, Token
from capplan.simulation.lines import Rows
from capplan.simulation.runs import ERROR, Run
from capplan.simulation.streams import Draw, Sources


class Down(NamedTuple):
    """A state in which too few replicas of something are up.

    Attributes:
        name: of its random numbers.
        chances: its probability in each step of the load; a single one where the load is steady.
        tasks: those whose runs end with an error while it lasts.
    """

    name: str
    chances: tuple[float, ...]
    tasks: tuple[int, ...]

    @property
    def source(self) -> str:
        """The name of its stream of random numbers."""
        return f"{self.name}/down"


class Address(float):
    """The address of a client, and the states that its request finds (a bit for each)."""

    __slots__ = ("down",)
    down: int


class Fates:
    """What requests find down, one after the other.

    Attributes:
        step: of the load, that the next ones come in.
    """

    def __init__(self, downs: Sequence[Down], sources: Sources) -> None:
        self.downs = downs
        self.step = 0
        self._draws = [sources.uniform(down.source) for down in downs]

    def addresses(self, address: Draw) -> Draw:
        """The addresses of clients with what their requests find."""
        parts = [
            (1 << bit, down.chances, draw) for bit, (down, draw) in enumerate(zip(self.downs, self._draws, strict=True))
        ]

        def found() -> float:
            client = Address(address())
            client.down = sum(bit for bit, chances, draw in parts if draw() < chances[self.step])
            return client

        return found

    def ending(self, task: int, finish: Step) -> Step:
        """The step that ends a run of a task: with an error where its client found it down."""
        mask = sum(1 << bit for bit, down in enumerate(self.downs) if task in down.tasks)
        if not mask:
            return finish

        def end(run: Run, now: float) -> Token | None:
            client: Any = run.key
            if client.down & mask and run.ending < ERROR:
                run.ending = ERROR
            return finish(run, now)

        return end


def found_down(downs: Sequence[Down], sources: Sources, steps: Rows) -> dict[int, Mask]:
    """By task: which requests find it down, a row each.

    Args:
        downs: the states.
        sources: of random numbers.
        steps: (requests,) the step of the load that each comes in.
    """
    found: dict[int, Mask] = {}
    for down in downs:
        hit = sources.generator(down.source).random(len(steps)) < np.array(down.chances)[steps]
        for task in down.tasks:
            found[task] = found.get(task, np.zeros(len(steps), bool)) | hit
    return found
