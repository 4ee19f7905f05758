"""Replicas that fail: the probability that enough of them are up, and what their being down does to a call graph.

k-out-of-n systems of independent replicas: Barlow and Proschan (1975), Statistical Theory of Reliability and Life
Testing, ch. 2. Being down is a state that outlasts requests: a run that calls the same replicas ten times fails once,
not with ten chances ("own" for the product over the states; METHODS["replicas-up"]).
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from capplan.queueing.arrays import Array
from capplan.queueing.network import Network
from capplan.queueing.throughput import completion

Counts: TypeAlias = npt.NDArray[np.int_]
"""Whole numbers of replicas; axis 0 is the load point."""
CELLS = 2e6
"""Probabilities looked at together: more outages are worked out in blocks of this size."""


def at_least(k: Counts | int, n: int, availability: float) -> Array:
    """P(at least k of n independent replicas are up): the sum of C(n,i) A^i (1-A)^(n-i) over i >= k.

    Args:
        k: how many are needed, whole numbers; more than n are never up.
        n: how many there are.
        availability: A, the probability that one is up, 0..1.

    Relative error below 1e-12 up to n = 10,000, of the probability and of its complement.
    """
    return np.asarray(_tails(n, availability)[np.clip(np.asarray(k, dtype=int), 0, n + 1)])


@lru_cache(maxsize=1024)
def _tails(n: int, availability: float) -> Array:
    """(n + 2,): P(at least k are up) for k = 0..n+1; each the sum of the positive terms on its smaller side."""
    if availability <= 0.0 or availability >= 1.0:
        return np.where(np.arange(n + 2) <= (n if availability >= 1.0 else 0), 1.0, 0.0)
    up = np.arange(n + 1)
    ways = np.concatenate(([0.0], np.cumsum(np.log(np.arange(n, 0, -1) / np.arange(1, n + 1)))))
    terms = np.exp(ways + up * math.log(availability) + (n - up) * math.log1p(-availability))
    below = np.concatenate(([0.0], np.cumsum(terms)))
    above = np.concatenate((np.cumsum(terms[::-1])[::-1], [0.0]))
    tails = np.where(below < 0.5, 1.0 - below, np.minimum(above, 1.0))
    tails.flags.writeable = False
    return tails


def needed(work: Array, capacities: Array) -> Counts:
    """The least number of replicas with which a queue is stable, at least 1; all where even they are not enough.

    Args:
        work: (L,) servers that the load keeps busy.
        capacities: (n,) work from which on 1, 2, ... n replicas are saturated, rising.
    """
    return np.asarray(np.minimum(np.searchsorted(capacities, work, side="right") + 1, len(capacities)))


def capacities(servers: float, replicas: int, shares: Sequence[float] = ()) -> Array:
    """(n,) work from which on 1, 2, ... n replicas of `servers` each are saturated.

    With uneven shares those that get most are taken to be left, each with its share of what they got together.
    """
    if not shares:
        return servers * np.arange(1.0, replicas + 1.0)
    largest = np.sort(np.asarray(shares, dtype=float))[::-1]
    return np.asarray(servers * np.cumsum(largest) / largest[0])


class Outage(NamedTuple):
    """A state in which some tasks fail.

    Attributes:
        down: (L,) its probability.
        tasks: the tasks that fail while it lasts.
    """

    down: Array
    tasks: tuple[int, ...]


def completion_with_outages(network: Network, own: Array, outages: Sequence[Outage]) -> Array:
    """(L, tasks) probability that a run and all the calls it waits for succeed, some replicas being down at times.

    Args:
        network: the network.
        own: (L, tasks) probability that the run itself succeeds while everything is up.
        outages: states, independent of each other, that last longer than requests.

    s x product over the states of 1 - d (1 - s'/s), s' the probability of success while only this one lasts: exact
    where each run needs each of the states' replicas or not at all, and for one state; elsewhere off by at most the
    products of two d.
    """
    up = completion(network, own)
    found = up.copy()
    size = max(int(CELLS / max(own.size, 1)), 1)
    for start in range(0, len(outages), size):
        block = outages[start : start + size]
        without = _without(network, own, block)
        for outage, down in zip(block, without, strict=True):
            kept = np.divide(down, up, out=np.ones_like(up), where=up > 0.0)
            found *= 1.0 - outage.down[:, None] * (1.0 - kept)
    return found


def _without(network: Network, own: Array, outages: Sequence[Outage]) -> Array:
    """(outages, L, tasks) the probability of success while one of the states lasts."""
    many = np.repeat(own[None], len(outages), axis=0)
    for row, outage in enumerate(outages):
        many[row][:, list(outage.tasks)] = 0.0
    return completion(network, many.reshape(-1, own.shape[1])).reshape(many.shape)
