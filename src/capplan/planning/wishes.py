"""What is asked of a plan beyond its topology: the load, how much more to plan for, and how long to search."""

from collections.abc import Callable
from dataclasses import dataclass

from capplan.planning.records import Strategy

TIME_LIMIT = 10.0


def _no_clock() -> float:
    return 0.0


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a search has come.

    Attributes:
        strategy: what is being searched.
        spent: part of the time that it may take, 0..1.
        best: cost per hour of the best plan so far; None where there is none yet.
        bound: what the cheapest plan costs at least, per hour; None where it is not known yet.
        evaluations: plans that were evaluated.
    """

    strategy: Strategy
    spent: float
    best: float | None
    bound: float | None
    evaluations: int


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """How to plan.

    Attributes:
        headroom: the plan holds at rate / (1 - headroom), 0 <= headroom < 1.
        percentile_margin: times stay below their objectives by this part, 0 <= margin < 1.
        time_limit: seconds that all searches together may take by `clock`; a plan found without proof says so.
        clock: seconds that have passed since any moment; the default stands still, so that the search always ends with
            its proof.
        confidence: the probability with which everything shall hold at once, under uncertain inputs; None: at their
            middle.
        tell: is told how far the search has come, often.
    """

    headroom: float = 0.0
    percentile_margin: float = 0.0
    time_limit: float = TIME_LIMIT
    confidence: float | None = None
    clock: Callable[[], float] = _no_clock
    tell: Callable[[Progress], None] | None = None
