"""The question turned around: the most load that a budget carries, by halving on the same search."""

import math

from capplan.planning.recommend import Planner
from capplan.planning.records import Affordable, Recommendation
from capplan.planning.wishes import Wishes
from capplan.prediction.workload import nominal_rate
from capplan.topology import Topology

PRECISION = 1e-3
"""How near the rate, relative to it."""
LEAST = 1e-3
"""The least load that is tried, as a part of today's."""
MOST = 1e6
"""The most load that is tried, as a multiple of today's."""


def afford(topology: Topology, budget: float, wishes: Wishes | None = None) -> Affordable:
    """The most load that a budget carries.

    More load never costs less, so the rate is found by halving.

    Args:
        topology: a checked topology.
        budget: per hour, in the topology's currency.
        wishes: how to plan; the time limit is for each rate that is tried.
    """
    today = nominal_rate(topology)
    low, high = 0.0, math.inf
    best: Recommendation | None = None
    beyond: float | None = None
    rate = today
    while high - low > PRECISION * max(low, LEAST * today) and LEAST * today <= rate <= MOST * today:
        tried = Planner(topology, wishes or Wishes()).recommend(rate)
        cost = None if tried.plan is None or tried.plan.cost is None else tried.plan.cost.hour or 0.0
        if cost is not None and cost <= budget:
            low, best = rate, tried
        else:
            high, beyond = rate, cost
        rate = math.sqrt(low * high) if low and math.isfinite(high) else (2.0 * low if low else 0.5 * high)
    return Affordable(budget=budget, rate=low or None, recommendation=best, beyond=beyond)
