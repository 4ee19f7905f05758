"""Which replica a visit goes to: a chooser for each balancing policy."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from heapq import heapreplace
from itertools import accumulate
from math import inf
from typing import TypeAlias

from capplan.queueing.balancing import Group, Policy
from capplan.simulation.runs import Run
from capplan.simulation.streams import Draw

Chooser: TypeAlias = Callable[[Run], int]
"""The replica for a run."""

FEW = 4
"""A tie of fewer than one in so many replicas is listed; more are hit by trying."""


def chooser(group: Group, number: list[int], uniform: Draw) -> Chooser:
    """How a group's arrivals are spread.

    Args:
        group: replicas, policy and shares.
        number: what is at each replica, kept up by the queue.
        uniform: numbers in 0..1.
    """
    return alone if group.replicas == 1 else CHOOSERS[group.policy](group, number, uniform)


def at_home(run: Run) -> int:
    """The replica where the run already is."""
    return run.home


def settling(choose: Chooser) -> Chooser:
    """A chooser that also makes the replica the run's home."""

    def settle(run: Run) -> int:
        run.home = home = choose(run)
        return home

    return settle


def alone(run: Run) -> int:  # noqa: ARG001
    """The only replica."""
    return 0


def _bounds(group: Group) -> list[float]:
    shares = group.shares or (1.0 / group.replicas,) * group.replicas
    total = sum(shares)
    return [bound / total for bound in accumulate(shares)][:-1]


def _random(group: Group, number: list[int], uniform: Draw) -> Chooser:  # noqa: ARG001
    replicas, bounds = group.replicas, _bounds(group)

    def alike(run: Run) -> int:  # noqa: ARG001
        return int(uniform() * replicas)

    def by_share(run: Run) -> int:  # noqa: ARG001
        return bisect_right(bounds, uniform())

    return by_share if group.shares else alike


def _by_key(group: Group, number: list[int], uniform: Draw) -> Chooser:  # noqa: ARG001
    """All visits of one request go to the same replica."""
    bounds = _bounds(group)

    def by_key(run: Run) -> int:
        return bisect_right(bounds, run.key)

    return by_key


def _in_turn(group: Group, number: list[int], uniform: Draw) -> Chooser:  # noqa: ARG001
    """Each replica every (1 / share)-th time, as evenly as it goes."""
    replicas, turn = group.replicas, -1

    def alike(run: Run) -> int:  # noqa: ARG001
        nonlocal turn
        turn = turn + 1 if turn + 1 < replicas else 0
        return turn

    gaps = [1.0 / share if share > 0.0 else inf for share in group.shares]
    turns = sorted((gap, replica) for replica, gap in enumerate(gaps))

    def by_share(run: Run) -> int:  # noqa: ARG001
        when, replica = turns[0]
        heapreplace(turns, (when + gaps[replica], replica))
        return replica

    return by_share if group.shares else alike


def _least(group: Group, number: list[int], uniform: Draw) -> Chooser:
    """A replica with the fewest, ties at random."""
    replicas = group.replicas

    def least(run: Run) -> int:  # noqa: ARG001
        fewest = min(number)
        ties = number.count(fewest)
        if ties == 1:
            return number.index(fewest)
        if ties * FEW < replicas:
            tied = [replica for replica, count in enumerate(number) if count == fewest]
            return tied[int(uniform() * ties)]
        while True:
            replica = int(uniform() * replicas)
            if number[replica] == fewest:
                return replica

    return least


def _two(group: Group, number: list[int], uniform: Draw) -> Chooser:
    """The one with fewer of two different replicas."""
    replicas = group.replicas

    def two(run: Run) -> int:  # noqa: ARG001
        one = int(uniform() * replicas)
        other = int(uniform() * (replicas - 1))
        if other >= one:
            other += 1
        return other if number[other] < number[one] else one

    return two


CHOOSERS: Mapping[Policy, Callable[[Group, list[int], Draw], Chooser]] = {
    Policy.RANDOM: _random,
    Policy.ROUND_ROBIN: _in_turn,
    Policy.LEAST_CONNECTIONS: _least,
    Policy.POWER_OF_TWO: _two,
    Policy.IP_HASH: _by_key,
}
