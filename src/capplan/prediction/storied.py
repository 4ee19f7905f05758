"""A story played as often as was asked for: how it went the first time, and the figures of all times."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from capplan.prediction.measures import Measure, measure_of
from capplan.prediction.simulated import Measured, run_of
from capplan.prediction.solved import Solved
from capplan.simulation.loads import Users
from capplan.simulation.replications import Figures, Mapper, Plan, Played
from capplan.simulation.stories.story import Story, Told
from capplan.simulation.stories.telling import tell
from capplan.simulation.streams import Sources
from capplan.simulation.windows import merged


class Repeats(NamedTuple):
    """How often a story is played.

    Attributes:
        seed: of all random numbers.
        replications: how often, each time with other random numbers.
    """

    seed: int = 1
    replications: int = 1


class Watch(NamedTuple):
    """Who looks on, and how replications are spread over processors.

    Attributes:
        tell: told of how much of all replications was played, from 0 to 1.
        mapper: plays those after the first.
    """

    tell: Callable[[float], None] = lambda _: None
    mapper: Mapper = map


@dataclass(frozen=True)
class Storied:
    """A story that was played.

    Attributes:
        measured: the figures of all replications, each over the whole story.
        measure: what they were measured by.
        told: how it went in the first one.
    """

    measured: Measured
    measure: Measure
    told: Told


@dataclass(frozen=True)
class _Teller:
    """Plays a story with the random numbers of a replication; it can be sent to another process."""

    story: Story
    seed: int
    measure: Measure

    def __call__(self, number: int) -> Figures:
        told = tell(self.story, Sources(self.seed, number))
        return self.measure(merged(told.windows))


def play(solved: Solved, story: Story, repeats: Repeats, watch: Watch) -> Storied:
    """Play a story.

    Args:
        solved: the topology as theory has it.
        story: what is played of its network.
        repeats: how often.
        watch: who looks on.

    Raises:
        KeyboardInterrupt: someone stopped it before anything was counted.
    """
    measure = measure_of(solved.model)

    def so_far(time: float) -> None:
        watch.tell(time / story.duration / repeats.replications)

    told = tell(story, Sources(repeats.seed), so_far)
    if not told.windows:
        raise KeyboardInterrupt
    figures, stopped = [measure(merged(told.windows))], told.interrupted
    try:
        if not stopped:
            for one in watch.mapper(_Teller(story, repeats.seed, measure), range(1, repeats.replications)):
                figures.append(one)
                watch.tell(len(figures) / repeats.replications)
    except KeyboardInterrupt:
        stopped = True
    played = Played(tuple(figures), stopped)
    measured = Measured(solved, played, run_of(Plan(seed=repeats.seed), played), isinstance(story.load, Users))
    return Storied(measured, measure, told)
