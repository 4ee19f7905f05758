"""Which of the replicas that are in rotation a visit goes to: the balancing policies where replicas come and go.

Where all are in rotation each sends by the law of its chooser in `spread`. With none in rotation the place is one
beyond the last, where a queue has no room.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from heapq import heapreplace
from itertools import accumulate
from math import inf
from typing import TypeAlias

from capplan.queueing.balancing import Group, Policy
from capplan.simulation.runs import Run
from capplan.simulation.spread import Chooser
from capplan.simulation.streams import Draw

FULL = 1 << 60
"""So many are at the place of those that find no replica: more than at any."""

Rotating: TypeAlias = Callable[[Group, list[int], list[int], Draw], Chooser]


def rotating(group: Group, number: list[int], ready: list[int], uniform: Draw) -> Chooser:
    """How a group's arrivals are spread over the ready replicas.

    Args:
        group: replicas, policy and shares.
        number: what is at each replica, kept up by the queue.
        ready: the replicas in rotation in order, kept up by their fleet.
        uniform: numbers in 0..1.
    """
    choose, nowhere = ROTATING[group.policy](group, number, ready, uniform), group.replicas

    def among(run: Run) -> int:
        return choose(run) if ready else nowhere

    return among


def _shares(group: Group) -> tuple[float, ...]:
    return group.shares or (1.0 / group.replicas,) * group.replicas


def _pick(weights: list[float], position: float) -> int:
    """The index at a position 0..1 of weights that lie one after the other; alike where all are 0."""
    bounds = list(accumulate(weights))
    if not bounds[-1] > 0.0:
        return int(position * len(weights))
    return min(bisect_right(bounds, position * bounds[-1]), len(weights) - 1)


def _random(group: Group, number: list[int], ready: list[int], uniform: Draw) -> Chooser:  # noqa: ARG001
    shares = group.shares

    def alike(run: Run) -> int:  # noqa: ARG001
        return ready[int(uniform() * len(ready))]

    def by_share(run: Run) -> int:  # noqa: ARG001
        return ready[_pick([shares[replica] for replica in ready], uniform())]

    return by_share if shares else alike


def _by_key(group: Group, number: list[int], ready: list[int], uniform: Draw) -> Chooser:  # noqa: ARG001
    """A key stays at its replica; while that is away its keys are spread over the others by their shares."""
    shares = _shares(group)
    bounds = list(accumulate(shares))

    def by_key(run: Run) -> int:
        at = run.key * bounds[-1]
        home = min(bisect_right(bounds, at), len(shares) - 1)
        if home in ready or not shares[home] > 0.0:
            return home if home in ready else ready[0]
        within = (at - bounds[home]) / shares[home] + 1.0
        return ready[_pick([shares[replica] for replica in ready], min(max(within, 0.0), 1.0 - 1e-15))]

    return by_key


def _in_turn(group: Group, number: list[int], ready: list[int], uniform: Draw) -> Chooser:  # noqa: ARG001
    """Each that is ready, every (1 / share)-th time."""
    last = -1

    def alike(run: Run) -> int:  # noqa: ARG001
        nonlocal last
        after = bisect_right(ready, last)
        last = ready[after] if after < len(ready) else ready[0]
        return last

    gaps = [1.0 / share if share > 0.0 else inf for share in group.shares]
    turns = sorted((gap, replica) for replica, gap in enumerate(gaps))

    def by_share(run: Run) -> int:
        while True:
            when, replica = turns[0]
            if when == inf:
                return alike(run)
            heapreplace(turns, (when + gaps[replica], replica))
            if replica in ready:
                return replica
            if not any(group.shares[other] > 0.0 for other in ready):
                return alike(run)

    return by_share if group.shares else alike


def _least(group: Group, number: list[int], ready: list[int], uniform: Draw) -> Chooser:  # noqa: ARG001
    """A replica with the fewest, ties at random."""

    def least(run: Run) -> int:  # noqa: ARG001
        fewest = min([number[replica] for replica in ready])
        ties = [replica for replica in ready if number[replica] == fewest]
        return ties[0] if len(ties) == 1 else ties[int(uniform() * len(ties))]

    return least


def _two(group: Group, number: list[int], ready: list[int], uniform: Draw) -> Chooser:  # noqa: ARG001
    """The one with fewer of two different replicas."""

    def two(run: Run) -> int:  # noqa: ARG001
        if len(ready) == 1:
            return ready[0]
        first = int(uniform() * len(ready))
        second = int(uniform() * (len(ready) - 1))
        one, other = ready[first], ready[second + (second >= first)]
        return other if number[other] < number[one] else one

    return two


ROTATING: Mapping[Policy, Rotating] = {
    Policy.RANDOM: _random,
    Policy.ROUND_ROBIN: _in_turn,
    Policy.LEAST_CONNECTIONS: _least,
    Policy.POWER_OF_TWO: _two,
    Policy.IP_HASH: _by_key,
}
