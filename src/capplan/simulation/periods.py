"""Replications of a period: a network under a load in steps, and what was counted in each of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from capplan.queueing.network import Network
from capplan.simulation.agenda import Agenda
from capplan.simulation.batches import Arrays, windows
from capplan.simulation.engine import Replication
from capplan.simulation.engines import engine
from capplan.simulation.feedforward import feed_forward
from capplan.simulation.itinerary import Portion, played
from capplan.simulation.loads import Steps
from capplan.simulation.outages import Down, Fates
from capplan.simulation.programs import Programs
from capplan.simulation.replications import Figures
from capplan.simulation.streams import Sources
from capplan.simulation.windows import Window

Counted: TypeAlias = Sequence[tuple[Portion, Window]]
"""The windows of a replication, each with the portion that it is of."""


@dataclass(frozen=True)
class PeriodPlayer:
    """Plays replications of a period.

    Attributes:
        portions: what is played, in order.
        seed: of all random numbers.
        measure: what is taken from the windows of each.
        downs: the states that requests may find, with their chance in each step of the period.
    """

    network: Network
    portions: tuple[Portion, ...]
    seed: int
    measure: Callable[[Counted], Figures]
    downs: tuple[Down, ...] = ()

    def __call__(self, number: int) -> Figures:
        """The figures of the replication of this number."""
        return self.measure(self.counted(number))

    def counted(self, number: int) -> Counted:
        """What is counted in the replication of this number."""
        sources, load = Sources(self.seed, number), played(self.portions)
        downs = [
            down._replace(chances=tuple(down.chances[portion.step] for portion in self.portions)) for down in self.downs
        ]
        order = feed_forward(self.network, load)
        if order is None:
            found = list(self._by_events(load, sources, downs))
        else:
            arrays = Arrays(self.network, load, order, downs)
            found = windows(arrays, sources, [portion.pace for portion in self.portions])
        return [one for one in zip(self.portions, found, strict=True) if one[0].pace.window > 0.0]

    def _by_events(self, load: Steps, sources: Sources, downs: Sequence[Down]) -> Iterator[Window]:
        """The windows of a network that is played event by event."""
        fates = Fates(downs, sources) if downs else None
        if fates is None:
            replication = engine(self.network, load, sources, load.period)
        else:
            replication = Replication(self.network, load, sources, Programs(self.network, Agenda(), sources, fates))
        for number, portion in enumerate(self.portions):
            if fates is not None:
                fates.step = number
            replication.play(portion.pace.warmup)
            replication.clear()
            replication.play(portion.pace.window)
            yield replication.window() if portion.pace.window > 0.0 else _EMPTY


_EMPTY = Window(seconds=0.0, streams=(), tasks=(), busy=(), gates=(), events=0, warmup=0)
