"""A stage: a story's network being played, with everything that acts on it, and what each stretch of it has counted."""

from dataclasses import replace
from typing import NamedTuple

from capplan.simulation.agenda import Agenda
from capplan.simulation.engine import Replication
from capplan.simulation.loads import Load, Steps
from capplan.simulation.stories.calendar import Calendar
from capplan.simulation.stories.failures import Failures
from capplan.simulation.stories.fleet import Spans
from capplan.simulation.stories.gauges import Looks, Meter
from capplan.simulation.stories.happenings import Happenings
from capplan.simulation.stories.log import Log
from capplan.simulation.stories.staged import Staged
from capplan.simulation.stories.story import Story
from capplan.simulation.streams import Sources
from capplan.simulation.windows import Window


class Stretch(NamedTuple):
    """What was counted in a stretch of a story, and the ready replicas of each site on average over it."""

    window: Window
    ready: tuple[float, ...]


class Stage:
    """A story being played.

    Attributes:
        log: what becomes of replicas.
        staged: the steps of its tasks, its fleets and conditions.
        replication: the network.
    """

    def __init__(self, story: Story, sources: Sources) -> None:
        self.story = story
        self._calendar = Calendar(Agenda())
        self.log = Log(self._calendar, story.warmup)
        self.staged = Staged(story, self._calendar, sources, self.log)
        self.replication = Replication(story.network, from_the_beginning(story), sources, self.staged)
        Happenings(story, self.staged, self.replication.clients.population).plan()
        self._failures = [Failures(self.staged.fleets[one.site], one, sources) for one in story.frailties]
        self._spans = {index: Spans(0.0, 0.0) for index in self.staged.fleets}

    def begin(self) -> None:
        """Play the warm-up; counting begins, and who looks after replicas begins to look."""
        self._calendar.play(self.story.warmup)
        self._clear()
        for failures in self._failures:
            failures.watch()
        for scaler in self.story.scalers:
            fleet = self.staged.fleets[scaler.site]
            Looks(scaler, fleet, Meter(scaler, fleet, self.staged, self.replication)).begin()

    def stretch(self, until: float) -> Stretch:
        """Play up to a time of the story, and cut there: what was counted since the last cut."""
        self._calendar.play(self.story.warmup + until)
        window = self.replication.window()
        passed = {index: fleet.spans().since(self._spans[index]) for index, fleet in self.staged.fleets.items()}
        self._clear()
        ready = [
            passed[index].ready / window.seconds if index in passed else float(site.ready)
            for index, site in enumerate(self.story.sites)
        ]
        return Stretch(self._of_what_was_there(window, passed), tuple(ready))

    def _clear(self) -> None:
        self.replication.clear()
        self._spans = {index: fleet.spans() for index, fleet in self.staged.fleets.items()}

    def _of_what_was_there(self, window: Window, passed: dict[int, Spans]) -> Window:
        """A window with busy and held parts of the replicas that were there, not of all that can be."""
        if not passed:
            return window
        network, sites = self.story.network, self.story.sites
        stations, gates = [1.0] * len(network.stations), [1.0] * len(network.gates)
        for index, spans in passed.items():
            part = spans.working / (sites[index].replicas * window.seconds)
            for station in sites[index].stations:
                stations[station] = part
            for gate in sites[index].gates:
                gates[gate] = part
        return replace(
            window,
            busy=tuple(busy / part if part else 0.0 for busy, part in zip(window.busy, stations, strict=True)),
            ready=tuple(stations),
            gates=tuple(
                gate._replace(held=gate.held / part if part else 0.0, ready=part)
                for gate, part in zip(window.gates, gates, strict=True)
            ),
        )


def from_the_beginning(story: Story) -> Load:
    """The load of the warm-up and the story: the steps in order, the first one from before the beginning."""
    load = story.load
    if not isinstance(load, Steps):
        return load
    parts, left = list[tuple[float, float]](), story.duration
    while left > 0.0:
        for duration, level in load.parts:
            parts.append((duration, level))
            left -= duration
    (first, level), *others = parts
    return Steps(((story.warmup + first, level), *others))
