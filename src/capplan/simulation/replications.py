"""Independent replications of a network, each seeded by its number, so that the result does not depend on how many run
at a time; as many as were asked for, or until a number is precise enough."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple, TypeAlias

from capplan.queueing.network import Network
from capplan.simulation.agenda import Agenda
from capplan.simulation.batches import Arrays, windows
from capplan.simulation.engine import Replication
from capplan.simulation.engines import Engine, engine
from capplan.simulation.estimates import CONFIDENCE, Estimate, estimate
from capplan.simulation.feedforward import feed_forward
from capplan.simulation.loads import Load, Users
from capplan.simulation.outages import Down, Fates
from capplan.simulation.pace import Pace, pace
from capplan.simulation.percentiles import percentile
from capplan.simulation.programs import Programs
from capplan.simulation.sketches import Sketch
from capplan.simulation.streams import Sources
from capplan.simulation.windows import Window

FEWEST = 10
"""Replications to begin with."""
DECIDING = 0.99
"""The percentile that shall be precise."""
MOST = 1000
"""Replications at most, however precise a number is wanted."""


class Figures(NamedTuple):
    """What one replication has measured, by name: numbers, and samples of times."""

    numbers: Mapping[str, float]
    samples: Mapping[str, Sketch]


class Plan(NamedTuple):
    """How much is played.

    Attributes:
        requests: counted in all replications together, to begin with.
        seed: of all random numbers.
        replications: how many there are, to begin with.
        precision: half-width of a percentile's interval, in parts of it, at which to stop; None: after those.
        sample: the name of the sample whose percentile shall be so precise.
        beside: the name of another one that shall be as precise; empty: none.
    """

    requests: float = 200_000
    seed: int = 1
    replications: int = FEWEST
    precision: float | None = None
    sample: str = ""
    beside: str = ""


class Outlook(NamedTuple):
    """How far it has come: replications done, how many there will be as things are, the figure that decides."""

    done: int
    planned: int
    figure: Estimate | None


Mapper: TypeAlias = Callable[[Callable[[int], Figures], Iterable[int]], Iterator[Figures]]
"""Has replications played, one after the other or several at a time, in order."""


@dataclass(frozen=True)
class Player:
    """Plays replications of a network under a load.

    Attributes:
        requests: counted in each.
        measure: what is taken from the window of each.
        length: how long each is played; None: as long as the network needs to see so many requests.
        by_events: whether it is played event by event, even where it could be played from arrays.
        downs: the states that requests may find.
    """

    network: Network
    load: Load
    requests: float
    seed: int
    measure: Callable[[Window], Figures]
    length: Pace | None = None
    by_events: bool = False
    downs: tuple[Down, ...] = ()

    def __call__(self, number: int) -> Figures:
        """The figures of the replication of this number."""
        return self.measure(self.window(number))

    def window(self, number: int) -> Window:
        """What is counted in the replication of this number."""
        sources, length = Sources(self.seed, number), self.length or pace(self.network, self.load, self.requests)
        order = None if self.by_events else feed_forward(self.network, self.load)
        if order is not None and not isinstance(self.load, Users):
            return windows(Arrays(self.network, self.load, order, self.downs), sources, [length])[0]
        replication = self._engine(sources, length)
        replication.play(length.warmup)
        replication.clear()
        replication.play(length.window)
        return replication.window()

    def _engine(self, sources: Sources, length: Pace) -> Engine:
        """What plays it event by event."""
        if not self.downs:
            return engine(self.network, self.load, sources, length.warmup + length.window)
        programs = Programs(self.network, Agenda(), sources, Fates(self.downs, sources))
        return Replication(self.network, self.load, sources, programs)


class Played(NamedTuple):
    """The figures of all replications that were played, in order, and whether someone stopped it early."""

    figures: tuple[Figures, ...]
    interrupted: bool

    def estimate(self, name: str) -> Estimate | None:
        """A number with its interval, over the replications that have it; None where none has."""
        values = [one.numbers[name] for one in self.figures if name in one.numbers]
        return estimate(values) if values else None

    def percentile(self, name: str, level: float, confidence: float = CONFIDENCE) -> Estimate | None:
        """A percentile of a sample with its interval, over the replications that have it; None where none has."""
        return _percentile(self.figures, name, level, confidence)


def unwatched(outlook: Outlook) -> None:
    """Nobody looks on."""


def replicate(
    player: Callable[[int], Figures],
    plan: Plan,
    mapper: Mapper = map,
    watch: Callable[[Outlook], None] = unwatched,
) -> Played:
    """Play as many replications as the plan wants.

    Args:
        player: what plays the one of a number.
        plan: how many.
        mapper: how they are spread over processors.
        watch: told of each that is done.
    """
    figures: list[Figures] = []
    wanted = plan.replications
    try:
        while len(figures) < wanted:
            for one in mapper(player, range(len(figures), wanted)):
                figures.append(one)
                watch(Outlook(len(figures), wanted, _deciding(plan, figures)))
            wanted = _enough(plan, figures)
    except KeyboardInterrupt:
        if len(figures) < 2:
            raise
        return Played(tuple(figures), True)
    return Played(tuple(figures), False)


def _enough(plan: Plan, figures: Sequence[Figures]) -> int:
    """How many replications are enough for the precision: by its square, at most twice as many as there are."""
    found = _deciding(plan, figures)
    if plan.precision is None or found is None or found.precision <= plan.precision:
        return len(figures)
    wanted = len(figures) * min((found.precision / plan.precision) ** 2 * 1.1, 2.0)
    return min(max(ceil(wanted), len(figures) + 1), MOST)


def _deciding(plan: Plan, figures: Sequence[Figures]) -> Estimate | None:
    """The percentile that shall be precise; of two the one that is less so."""
    names = [plan.sample, plan.beside] if plan.beside else [plan.sample]
    found = [one for one in (_percentile(figures, name, DECIDING) for name in names) if one is not None]
    return max(found, key=lambda one: one.precision, default=None)


def _percentile(figures: Sequence[Figures], name: str, level: float, confidence: float = CONFIDENCE) -> Estimate | None:
    samples = [one.samples[name] for one in figures if name in one.samples]
    return percentile(samples, level, confidence) if samples else None
