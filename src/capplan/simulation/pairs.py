"""Two networks played on common random numbers: replication by replication, what differs is measured within the pair.

A source of the same name gives both the same numbers, so most of the noise is in both and drops out of the difference.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from capplan.simulation.estimates import Estimate, estimate
from capplan.simulation.feedforward import feed_forward
from capplan.simulation.pace import Pace, pace
from capplan.simulation.percentiles import percentile_difference
from capplan.simulation.replications import Figures, Mapper, Outlook, Plan, Played, Player, replicate, unwatched

BEFORE, AFTER = "before\0", "after\0"
Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Pair:
    """Plays the replication of a number of both."""

    before: Player
    after: Player

    def __call__(self, number: int) -> Figures:
        """The figures of both, their names after the side's."""
        sides = ((BEFORE, self.before(number)), (AFTER, self.after(number)))
        numbers = {f"{side}{name}": value for side, one in sides for name, value in one.numbers.items()}
        samples = {f"{side}{name}": sample for side, one in sides for name, sample in one.samples.items()}
        return Figures(numbers, samples)


def matched(before: Player, after: Player) -> Pair:
    """The two, so that they share what they can.

    Where the same load comes to both they are played for the same time after the same warm-up, the longer of the two;
    and both event by event, unless both can be played from arrays: a source then gives its numbers in the same order.
    """
    by_events = any(feed_forward(one.network, one.load) is None for one in (before, after))
    length = _length(before, after)
    return Pair(
        replace(before, length=length, by_events=by_events),
        replace(after, length=length, by_events=by_events),
    )


def _length(before: Player, after: Player) -> Pace | None:
    if before.load != after.load:
        return None
    lengths = [pace(one.network, one.load, one.requests) for one in (before, after)]
    return Pace(max(one.warmup for one in lengths), max(one.window for one in lengths))


class PlayedPair(NamedTuple):
    """The replications of both, in the same order."""

    before: Played
    after: Played

    def difference(self, name: str) -> Estimate | None:
        """How much more a number is after, over the pairs that have it; None where none has."""
        pairs = [
            (one.numbers[name], other.numbers[name])
            for one, other in self._pairs()
            if name in one.numbers and name in other.numbers
        ]
        return estimate([after - before for before, after in pairs]) if pairs else None

    def percentile_difference(self, name: str, level: float) -> Estimate | None:
        """The same for a percentile of a sample."""
        pairs = [
            (one.samples[name], other.samples[name])
            for one, other in self._pairs()
            if name in one.samples and name in other.samples
        ]
        if not pairs:
            return None
        return percentile_difference([one for one, _ in pairs], [other for _, other in pairs], level)

    def _pairs(self) -> Iterator[tuple[Figures, Figures]]:
        return zip(self.before.figures, self.after.figures, strict=True)


def replicate_pair(
    pair: Pair, plan: Plan, mapper: Mapper = map, watch: Callable[[Outlook], None] = unwatched
) -> PlayedPair:
    """Play as many pairs as the plan wants: where a precision is asked for, until both sides have it."""
    both = plan._replace(sample=f"{BEFORE}{plan.sample}", beside=f"{AFTER}{plan.sample}")
    played = replicate(pair, both, mapper, watch)
    return PlayedPair(_side(played, BEFORE), _side(played, AFTER))


def _side(played: Played, side: str) -> Played:
    figures = (Figures(_of(one.numbers, side), _of(one.samples, side)) for one in played.figures)
    return Played(tuple(figures), played.interrupted)


def _of(named: Mapping[str, Kept], side: str) -> dict[str, Kept]:
    return {name.removeprefix(side): one for name, one in named.items() if name.startswith(side)}
