"""What a user asks to be played, made ready: a scenario with its events, how long, and in which steps."""

from collections.abc import Sequence
from math import inf
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
from capplan.simulation.stories.checking import check
from capplan.simulation.stories.story import Story
from capplan.topology import Event, Scenario, Topology, parse_event
from capplan.units import HOUR, format_duration

MOST_STEPS = 60
"""Steps are as long as it takes for no more of them than these, unless said."""
SHORTEST = 1.0
"""No story is shorter (s)."""
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

    @property
    def wanted(self) -> bool:
        """Whether anything is asked for that makes a story."""
        return self.scenario is not None or bool(self.events) or self.duration is not None or self.step is not None


class Staged(NamedTuple):
    """A story ready to be told.

    Attributes:
        solved: the topology as theory has it, with the replicas that are written down.
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
    duration, scrape = scenario.length, cadence_of(topology).scrape
    late = [event.text for event in scenario.events if event.at >= duration]
    if late:
        over = f"duration: after {format_duration(duration)} the story is over before"
        raise BadOption("\n".join(f"{over} `{text}`" for text in late))
    step = asked.step or min(max(round_length(duration, MOST_STEPS), scrape), duration)
    if step > duration:
        wrong = f"steps of {format_duration(step)} in a story of {format_duration(duration)}"
        raise BadOption(f"timeline: {wrong}; shorter steps, e.g. {format_duration(round_length(duration, MOST_STEPS))}")
    tick = tick_of(step, scrape, duration)
    try:
        scene = story_of(topology, scenario, rate, tick)
        check(scene.story)
    except ValueError as error:
        raise BadOption(f"this story cannot be played: {error}") from None
    events = sorted(map(_occurrence, scenario.events), key=lambda event: event.at)
    wanted = Wanted(step, asked.repeats, asked.scenario or "", tuple(events), scene.notes)
    return Staged(scene.solved, scene.story, wanted)


def _scenario(topology: Topology, asked: Asked) -> Scenario:
    """The scenario that is asked for, with the events that are asked for besides."""
    if asked.repeats.replications < 1:
        raise BadOption(f"replications: {asked.repeats.replications} are none; 1 or more")
    if asked.step is not None and not asked.step > 0.0:
        raise BadOption(f"timeline: steps of {asked.step} s are none; more than 0, e.g. 60 s")
    if asked.duration is not None and not SHORTEST <= asked.duration < inf:
        raise BadOption(f"duration: {format_duration(asked.duration)} are no story; 1 s or more, e.g. 1h")
    known = None if asked.scenario is None else topology.scenarios.get(asked.scenario)
    if asked.scenario is not None and known is None:
        listed = ", ".join(topology.scenarios) or "the topology has none: scenarios: {name: [events]}"
        raise BadOption(f"scenario: there is no `{asked.scenario}`; {listed}")
    events = [*(() if known is None else known.events), *_events(topology, asked.events)]
    duration = asked.duration or (None if known is None else known.duration)
    if duration is None and not events:
        duration = HOUR
    return Scenario.of(events, duration, asked.scenario or "")


def _events(topology: Topology, texts: Sequence[str]) -> list[Event]:
    """The events that the texts mean; all the faults of all of them at once."""
    events, faults = list[Event](), list[str]()
    for text in texts:
        try:
            events.append(parse_event(text, topology))
        except BadOption as error:
            faults.append(str(error))
    if faults:
        raise BadOption("\n".join(faults))
    return events


def _occurrence(event: Event) -> Occurrence:
    return Occurrence(event.text, event.at, event.until if event.until < inf else None)


def _mean(load: Load, duration: float, reached: float) -> float:
    """The load on average over a story; of closed users what theory says that they reach."""
    if isinstance(load, Users):
        return reached
    if not isinstance(load, Steps):
        return load
    left, total = duration, 0.0
    for length, level in load.parts:
        total += min(length, left) * level
        left = max(left - length, 0.0)
    return (total + left * load.parts[-1][1]) / duration
