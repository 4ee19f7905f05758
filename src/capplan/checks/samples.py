"""A story's ticks put together: to steps, to what a scrape sees, and to the requests that failed between two times."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np

from capplan.checks.alerting import LOOKED_AT, ROUNDING
from capplan.checks.timeline_records import Counts
from capplan.errors import BadOption
from capplan.prediction.meters import Meter, Moment
from capplan.queueing.arrays import Array
from capplan.simulation.stories.story import Story, Told
from capplan.simulation.windows import merged
from capplan.units import format_duration

FINEST = 24
"""At most so many ticks are in the shorter of a step and a scrape interval."""
MOST_TICKS = 20_000


def tick_of(step: float, scrape: float, duration: float) -> float:
    """The longest tick that a step and a scrape interval are whole numbers of.

    Raises:
        BadOption: there is none that is not far shorter than both.
    """
    shorter, longer = min(step, scrape), max(step, scrape)
    for parts in range(1, FINEST + 1):
        number = longer / (shorter / parts)
        if abs(number - round(number)) < ROUNDING * number:
            if duration * parts / shorter > MOST_TICKS:
                most = format_duration(MOST_TICKS * shorter / parts)
                raise BadOption(
                    f"duration: {format_duration(duration)} are too long for such a timeline; at most {most}"
                )
            return shorter / parts
    wanted = scrape * max(round(step / scrape), 1)
    raise BadOption(
        f"timeline: steps of {format_duration(step)} and scrapes every {format_duration(scrape)} do not go together; "
        f"a whole number of scrape intervals, e.g. {format_duration(wanted)}"
    )


@dataclass(frozen=True)
class Samples:
    """What was counted in a story, however long one looks at it at a time.

    Attributes:
        meter: reads metrics.
        story: what was played.
        told: how it went.
    """

    meter: Meter
    story: Story
    told: Told

    @cached_property
    def edges(self) -> Array:
        """When each tick begins, and the end of the last one."""
        return np.array([0.0, *accumulate(window.seconds for window in self.told.windows)])

    @property
    def duration(self) -> float:
        """How much of the story was told."""
        return float(self.edges[-1])

    def steps(self, length: float) -> Iterator[Moment]:
        """The steps of a length, the last one maybe shorter."""
        ticks = round(length / self.story.tick)
        for first in range(0, len(self.told.windows), ticks):
            yield self._moment(first, first + ticks)

    def scrapes(self, interval: float) -> Iterator[Moment]:
        """What is seen at each scrape: the last few scrape intervals."""
        ticks = round(interval / self.story.tick)
        for last in range(ticks, len(self.told.windows) + 1, ticks):
            if self.edges[last] < last * self.story.tick * (1.0 - ROUNDING):
                break
            yield self._moment(max(last - LOOKED_AT * ticks, 0), last)

    def failed(self, since: float, until: float) -> Counts:
        """Requests that failed between two times, by class; within a tick they are spread evenly."""
        return self._between(self._failures, since, until)

    def ended(self, since: float, until: float) -> int:
        """Requests that ended between two times."""
        return sum(self._between(self._endings, since, until).values())

    def of_all(self, subject: str) -> tuple[int, int]:
        """Requests that ended in the whole story, and those among them that failed."""
        found = [self.meter.failed(window, subject) for window in self.told.windows]
        return sum(ended for ended, _ in found), sum(failed for _, failed in found)

    def slower(self, subject: str, threshold: float) -> tuple[int, int]:
        """Requests that succeeded in the whole story, and those among them that took longer."""
        found = [self.meter.slower(window, subject, threshold) for window in self.told.windows]
        return sum(served for served, _ in found), sum(slow for _, slow in found)

    def _between(self, running: Mapping[str, Array], since: float, until: float) -> Counts:
        def at(time: float, total: Array) -> int:
            return round(float(np.interp(time, self.edges, total)))

        return {name: at(until, total) - at(since, total) for name, total in running.items()}

    @cached_property
    def _failures(self) -> Mapping[str, Array]:
        """Requests of each class that had failed by each edge."""
        return self._running(1)

    @cached_property
    def _endings(self) -> Mapping[str, Array]:
        """Requests of each class that had ended by each edge."""
        return self._running(0)

    def _running(self, which: int) -> Mapping[str, Array]:
        classes, windows = self.meter.model.topology.request_classes, self.told.windows
        counts = {name: [self.meter.failed(window, name)[which] for window in windows] for name in classes}
        return {name: np.concatenate(([0], np.cumsum(numbers, dtype=float))) for name, numbers in counts.items()}

    def _moment(self, first: int, last: int) -> Moment:
        windows, ready = self.told.windows[first:last], np.array(self.told.ready[first:last])
        seconds = np.array([window.seconds for window in windows])
        names = [site.name for site in self.story.sites]
        mean = ready.reshape(len(windows), len(names)).T @ seconds / seconds.sum()
        return Moment(merged(windows), dict(zip(names, mean.tolist(), strict=True)))
