"""Closed networks with several kinds of users, exactly, where every station has one server: mean value analysis.

Reiser and Lavenberg (1980): an arrival finds the network with one user of its kind less; the populations are walked
through from none to all. Only for one server each, where the recursion does not subtract. The cost is the product of
the populations; topologies have one kind of user, so this is the yardstick of the tables and not a solver of them.
"""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array


class Classes(NamedTuple):
    """What each kind of users reaches.

    Attributes:
        rate: (R,) rounds per second.
        residence: (R, K) time at each station in one round (s).
        number: (R, K) mean number there.
    """

    rate: Array
    residence: Array
    number: Array


def mean_values(demands: Array, thinks: Sequence[float], users: Sequence[int]) -> Classes:
    """A network of product form: services shared, or in order of arrival and exponential alike.

    Args:
        demands: (R, K) time served at each station in one round (s).
        thinks: R mean times between rounds (s), >= 0.
        users: R populations, at least one user in all.
    """
    kinds = len(users)
    think = np.asarray(thinks, dtype=float)
    crowd: dict[tuple[int, ...], Array] = {}
    rate, residence, number = np.zeros(kinds), np.zeros(demands.shape), np.zeros(demands.shape)
    for population in product(*(range(count + 1) for count in users)):
        rate, residence, number = np.zeros(kinds), np.zeros(demands.shape), np.zeros(demands.shape)
        for kind, count in enumerate(population):
            if count:
                fewer = (*population[:kind], count - 1, *population[kind + 1 :])
                residence[kind] = demands[kind] * (1.0 + crowd[fewer])
                rate[kind] = count / (think[kind] + residence[kind].sum())
                number[kind] = rate[kind] * residence[kind]
        crowd[population] = number.sum(axis=0)
    return Classes(rate, residence, number)
