"""What a user asks to be played, made ready: a scenario with its events, how long, in which steps, how many requests."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from capplan.checks.alerting import cadence_of
from capplan.checks.lengths import round_length
from capplan.checks.samples import tick_of
from capplan.checks.simulation import Simulation
from capplan.checks.stories import Wanted, tell_story
from capplan.checks.timeline_records import Occurrence
from capplan.errors import BadOption
from capplan.prediction.solved import Solved
from capplan.prediction.storied import Repeats, Watch
from capplan.prediction.story import story_of
from capplan.simulation.loads import Load, Steps, Users
from capplan.simulation.story import Story
from capplan.topology import Topology
from capplan.topology.events import parse_event
from capplan.topology.scenarios import Scenario
from capplan.units import HOUR, format_duration

MOST_STEPS = 60
"""Steps are as long as it takes for no more of them than these, unless said."""
SHORTEST = 1.0
"""No story is shorter (s)."""
MANY = 5e6
"""More requests than these take long enough to be said."""
PACE = 2.5e5
"""Events that are played in a second, more or less."""


class Asked(NamedTuple):
    """What shall be played.

    Attributes:
        scenario: the name of one of the topology's.
        events: as the user writes them, beside those of the scenario.
        duration: of the story (s); the scenario's own, or an hour, where left out.
        step: of the timeline (s); a round one where left out.
        repeats: how often.
    """

    scenario: str | None = None
    events: Sequence[str] = ()
    duration: float | None = None
    step: float | None = None
    repeats: Repeats = Repeats()


class Staged(NamedTuple):
    """A story ready to be told.

    Attributes:
        solved: the topology as theory has it.
        story: what will be played.
        wanted: what shall be told of it.
    """

    solved: Solved
    story: Story
    wanted: Wanted

    def tell(self, watch: Watch) -> Simulation:
        """Play it and judge it."""
        return tell_story(self.solved, self.story, self.wanted, watch)

    @property
    def requests(self) -> float:
        """How many there will be, more or less, in all replications."""
        rate = _mean(self.story.load, self.story.duration, float(self.solved.loads[0]))
        slope = sum(stream.slope for stream in self.solved.model.network.streams)
        return rate * slope * self.story.duration * self.wanted.repeats.replications

    @property
    def seconds(self) -> float:
        """How long it will take to play, more or less (s)."""
        runs, asked = float(self.solved.rates[0].sum()), float(self.solved.request_rate(self._classes)[0])
        return self.requests * (1.0 + runs / asked if asked > 0.0 else 1.0) / PACE

    @property
    def _classes(self) -> list[str]:
        return list(self.solved.model.topology.request_classes)


def stage(topology: Topology, rate: float | None, asked: Asked) -> Staged:
    """What is asked for, ready to be played.

    Args:
        topology: a checked topology.
        rate: the workload rate (per second); the topology's own, or its users, where left out.
        asked: what shall be played.

    Raises:
        BadOption: there is no such scenario, no such event, or the times do not go together.
    """
    scenario = _scenario(topology, asked)
    duration = scenario.duration
    if duration < SHORTEST:
        raise BadOption(f"--duration: {format_duration(duration)} are too short; {format_duration(SHORTEST)} or more")
    step = asked.step or max(round_length(duration, MOST_STEPS), cadence_of(topology).scrape)
    if step > duration:
        raise BadOption(f"--timeline: steps of {format_duration(step)} in a story of {format_duration(duration)}")
    tick = tick_of(step, cadence_of(topology).scrape, duration)
    scene = story_of(topology, scenario, rate, tick)
    events = sorted((_occurrence(event) for event in scenario.events), key=lambda event: event.at)
    wanted = Wanted(step, asked.repeats, asked.scenario or "", tuple(events))
    return Staged(scene.solved, scene.story, wanted)
