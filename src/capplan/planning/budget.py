"""The question turned around: the most load that a budget carries, by halving on the same search."""

import math
from dataclasses import dataclass, field, replace

from capplan.checks.holding import Situation
from capplan.checks.states import State
from capplan.checks.values import cost_per_hour
from capplan.errors import BadOption
from capplan.planning.options import applied
from capplan.planning.recommend import Planner
from capplan.planning.records import Affordable, Strategy
from capplan.planning.wishes import Wishes
from capplan.prediction.workload import nominal_rate
from capplan.topology import Topology

PRECISION = 1e-3
"""How near the rate, relative to it."""
RANGE = (1e-3, 1e6)
"""The least and the most load that is tried, as multiples of today's."""
LOOKS = 0.75
"""The part of the time that goes into looking for the rate; the rest is for the plans there."""
SHARE = 0.125
"""The part of the time that one rate may take."""


def afford(topology: Topology, budget: float, wishes: Wishes | None = None) -> Affordable:
    """The most load that a budget carries.

    More load never costs less, so the rate is found by halving.

    Args:
        topology: a checked topology.
        budget: per hour, in the topology's currency.
        wishes: how to plan, and how long to search in all.

    Raises:
        BadOption: no price is known of anything that may change.
    """
    return _Purse(topology, budget, wishes or Wishes()).spent()


@dataclass
class _Purse:
    """A budget for a topology."""

    topology: Topology
    budget: float
    wishes: Wishes
    start: float = field(init=False)
    low: float = 0.0
    high: float = math.inf
    beyond: float | None = None

    def __post_init__(self) -> None:
        self.start = self.wishes.clock()

    def spent(self) -> Affordable:
        """The most load, and the plans for it."""
        today = nominal_rate(self.topology)
        least, most = RANGE[0] * today, RANGE[1] * today
        rate = today
        while least <= rate <= most and self.high - self.low > PRECISION * self.low and not self._late:
            self._try(rate)
            middle = math.sqrt(self.low * self.high) if math.isfinite(self.high) else 2.0 * self.low
            rate = middle if self.low else 0.5 * self.high
        if self.low:
            plans = Planner(self.topology, self._part(1.0 - LOOKS)).recommend(self.low)
            return Affordable(budget=self.budget, rate=self.low, recommendation=plans, beyond=self.beyond)
        plans = Planner(self.topology, self._part(1.0 - LOOKS)).recommend(min(self.high, today))
        hopeless = plans if plans.plan is None else None
        return Affordable(budget=self.budget, rate=None, recommendation=hopeless, beyond=self.beyond)

    @property
    def _late(self) -> bool:
        return self.wishes.clock() - self.start > LOOKS * self.wishes.time_limit

    def _part(self, part: float) -> Wishes:
        return replace(self.wishes, time_limit=part * self.wishes.time_limit)

    def _try(self, rate: float) -> None:
        """Narrow the range by what the cheapest plan for a rate costs."""
        cost = self._cost(rate)
        if cost is not None and cost <= self.budget:
            self.low = rate
        else:
            self.high, self.beyond = rate, cost

    def _cost(self, rate: float) -> float | None:
        """What the cheapest plan for a rate costs per hour; None where there is none."""
        planner = Planner(self.topology, self._part(SHARE))
        solution = planner.solution(planner.task(rate), Strategy.MIXED)
        if solution.found is None or solution.found.plan is None:
            return None
        planned = applied(self.topology, solution.units, solution.found.plan)
        cost = cost_per_hour(Situation(planned, State(), rate).solved)
        if cost is None:
            message = (
                "no price is known of anything in this topology; a `price` on its machines, or types of the catalogue"
            )
            raise BadOption(f"budget: {message}")
        return cost
