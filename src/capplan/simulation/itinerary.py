"""How a period of steps is played: a part of each step that settles soon, and whole, in order, what does not.

A step in which the network settles within PART of it, and which no backlog of others reaches into, is played for as
long as it takes to settle, which is not counted, and for a part of its length, the same for each, which is counted
with the weight of the whole. What is left out is the time in which it settles: at most PART of the step. The others
are played whole, one after the other, from the state that the step before leaves.
"""

from collections.abc import Iterator, Sequence
from math import inf
from typing import NamedTuple

from capplan.queueing.traffic import Traffic
from capplan.simulation.loads import Steps
from capplan.simulation.pace import Pace, settling

PART = 0.1
"""A network follows a step at once where it settles within this part of it."""


class Portion(NamedTuple):
    """What is played of one step.

    Attributes:
        step: which.
        load: that comes in it.
        pace: how long it is played without being counted, and counted.
    """

    step: int
    load: float
    pace: Pace


class Wish(NamedTuple):
    """A period that is to be played.

    Attributes:
        loads: of each step.
        length: of each step (s).
        settles: how long the network needs to settle in each (s); inf where it must be played whole.
        part: of the period, to be counted; more than 1 where it is to be played again and again.
    """

    loads: Sequence[float]
    length: float
    settles: Sequence[float]
    part: float


def settles(flows: Traffic, wish: Wish, capacity: float) -> tuple[float, ...]:
    """How long a network needs to settle in each step; inf where that is too long, or a backlog lasts.

    Args:
        flows: of the network.
        wish: the loads and the length of the steps.
        capacity: the load that the network can take; beyond it, a backlog grows.
    """
    found = []
    for load, left in zip(wish.loads, _backlogged(wish, capacity), strict=True):
        time = max(settling(flows, load), _relaxation(load, capacity))
        found.append(inf if left or time > PART * wish.length else time)
    return tuple(found)


def _backlogged(wish: Wish, capacity: float) -> list[bool]:
    """Whether each step begins or ends with requests that an overload keeps waiting."""
    found, level = [False] * len(wish.loads), 0.0
    for _ in range(2):  # the second round starts from what the first leaves behind
        for step, load in enumerate(wish.loads):
            after = max(level + (load - capacity) * wish.length, 0.0) if capacity < inf else 0.0
            found[step] = level > 0.0 or after > 0.0
            level = after
    return found


def _relaxation(load: float, capacity: float) -> float:
    """SETTLING relaxation times of one exponential server of this capacity: slots that are held may be full first."""
    if capacity == inf:
        return 0.0
    return inf if load >= capacity else 20.0 / (capacity * (1.0 - load / capacity) ** 2)


def itinerary(wish: Wish) -> tuple[Portion, ...]:
    """What is played, one after the other, from the calmest step on that settles."""
    number = len(wish.loads)
    calm = [step for step in range(number) if wish.settles[step] < inf]
    start = min(calm, key=lambda step: wish.loads[step], default=min(range(number), key=lambda step: wish.loads[step]))
    order = [*range(start, number), *range(start)]
    rounds = max(round(wish.part), 1)
    portions = [portion for _ in range(rounds) for portion in _round(wish, order)]
    if not calm:
        before = [Portion(step, wish.loads[step], Pace(wish.length, 0.0)) for step in order]
        return (*before, *portions)
    first = portions[0]
    begins = first.pace._replace(warmup=max(first.pace.warmup, wish.settles[start]))
    return (first._replace(pace=begins), *portions[1:])


def _round(wish: Wish, order: Sequence[int]) -> Iterator[Portion]:
    """Each step once."""
    for step in order:
        whole, settled = Pace(0.0, wish.length), wish.settles[step]
        counted = min(wish.part, 1.0) * wish.length
        some = settled + counted < wish.length
        yield Portion(step, wish.loads[step], Pace(settled, counted) if some else whole)


def played(portions: Sequence[Portion]) -> Steps:
    """The portions as a load in steps."""
    return Steps(tuple((portion.pace.warmup + portion.pace.window, portion.load) for portion in portions))
