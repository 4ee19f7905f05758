"""The numbers of closed users at which comparisons turn: whole users, the most before an objective falls or an alert
fires.

What grows with the rate alone (utilisations, costs, errors) turns at a rate that is known from the open workload; the
users who reach it are sought. Times depend on the users themselves: beyond saturation the rate stays where it is and
they go on growing.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from capplan.checks.crossings import FALLING, LINEAR, Crossings, Sought, turns
from capplan.prediction.model import Model
from capplan.prediction.solved import Solved, solve_model
from capplan.prediction.workload import closed_network, population, solve_users
from capplan.queueing.arrays import Array, Mask
from capplan.topology import Comparison, Metric

LOOKS = (0.5, 0.8, 0.95, 1.05, 1.3)
"""Parts of the population that fills the first queue at which is looked first."""
MOST = 1e9
"""More users than these are no users."""
ROUNDS = 60
TOLERANCE = 1e-7
"""How near the number of users, relative to it, where it is beyond counting."""
ASIDE = 0.03
"""How far from the straight line is looked on both sides, as a part of the range that is left."""
FAR = 1e4
"""A quantity this many times below its threshold counts as that far below."""


class Turn(NamedTuple):
    """Where a comparison turns.

    Attributes:
        users: the most users before it does; 0 where one user is too many.
        rate: the workload rate that they reach.
    """

    users: float
    rate: float


class Question(NamedTuple):
    """A quantity that grows with the users, and where it turns a comparison."""

    value: Callable[[Solved, Mask], Array]
    threshold: float


def by_rate(metric: Metric) -> bool:
    """Whether a metric depends on nothing but the workload rate."""
    return metric.name in LINEAR or metric.name in (FALLING, "error_rate")


def user_turns(seeker: Crossings, wanted: Sequence[tuple[Comparison, bool]]) -> list[Turn | None]:
    """The users at which each comparison gets its truth; None where no number does that.

    Args:
        seeker: of a model with a closed workload.
        wanted: comparisons with the truth that they get.
    """
    model, found = seeker.model, list[Turn | None]([None] * len(wanted))
    if closed_network(model) is None:
        return [None if rate is None else _as_many(model, rate) for rate in seeker.seek(wanted)]
    steady = [place for place, (comparison, _) in enumerate(wanted) if by_rate(comparison.metric)]
    rates = dict(zip(steady, seeker.seek([wanted[place] for place in steady]), strict=True))
    searches: dict[int, _Search] = {}
    for place, (comparison, truth) in enumerate(wanted):
        if not by_rate(comparison.metric):
            if turns(comparison, truth):
                sought = Sought(comparison)
                searches[place] = _Search(Question(sought.rising, sought.threshold))
        elif (rate := rates[place]) is not None:
            searches[place] = _Search(Question(_rate, max(rate, 1e-300)))
    _search(model, list(searches.values()))
    for place, search in searches.items():
        turn = search.turn
        exact = rates.get(place)
        found[place] = turn if turn is None or exact is None else Turn(turn.users, exact)
    return found


def _rate(solved: Solved, _: Mask) -> Array:
    """The workload rate as a question."""
    return solved.loads


def _as_many(model: Model, rate: float) -> Turn | None:
    """The users of the open model with the same mean population; None at rates that no users reach."""
    closed = population(model.topology)
    response = float(solve_model(model, [rate]).request_mean(list(model.topology.request_classes))[0])
    if closed is None or not np.isfinite(response):
        return None
    return Turn(float(np.floor(rate * (closed.think + response))), rate)


def _search(model: Model, searches: "list[_Search]") -> None:
    """All searches to their ends, one solution of the model a round."""
    looks = _looks(model)
    _take(model, [(search, users) for search in searches for users in looks])
    for _ in range(ROUNDS):
        asked = [(search, users) for search in searches for users in search.guesses()]
        if not asked:
            break
        _take(model, asked)


def _looks(model: Model) -> list[float]:
    network = closed_network(model)
    if network is None or not np.isfinite(network.most):
        return [1.0, 10.0, 100.0, 1e3, 1e4]
    full = network.most * network.per_load * (network.think + network.fixed)
    return sorted({1.0, *(float(min(max(round(part * full), 1), MOST)) for part in LOOKS)})


def _take(model: Model, asked: "list[tuple[_Search, float]]") -> None:
    """Answers questions at some numbers of users."""
    users = sorted({one for _, one in asked})
    steps = [[one] for one in users] if model.traffic.mixed else [users]
    for step in steps if asked else []:
        solved = solve_users(model, step)
        for search in dict.fromkeys(search for search, _ in asked):
            own = np.array([(search, one) in asked for one in step])
            values = search.question.value(solved, own)
            for one, value, rate in zip(step, values.tolist(), solved.loads.tolist(), strict=True):
                if (search, one) in asked:
                    search.take(one, value, rate)


class _Search:
    """The last number of users before a quantity reaches its threshold, and the first after."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.below, self.below_rate, self.below_gap = 0.0, 0.0, FAR / question.threshold
        self.above, self.above_gap = np.inf, 0.0
        self.width = np.inf

    @property
    def turn(self) -> Turn | None:
        """What was found."""
        return Turn(self.below, self.below_rate) if np.isfinite(self.above) else None

    def take(self, users: float, value: float, rate: float) -> None:
        """A number of users and the quantity there."""
        gap = 1.0 / max(value, self.question.threshold / FAR) - 1.0 / self.question.threshold
        if gap > 0.0 and self.below < users < self.above:
            self.below, self.below_rate, self.below_gap = users, rate, gap
        elif gap <= 0.0 and users < self.above:
            self.above, self.above_gap = users, gap
            if users <= self.below:
                self.below, self.below_rate = 0.0, 0.0

    def guesses(self) -> list[float]:
        """The numbers to try next, on both sides of where the inverse would be straight; none at the end."""
        if not np.isfinite(self.above):
            return [min(8.0 * self.below, MOST)] if self.below < MOST else []
        width, before, self.width = self.above - self.below, self.width, self.above - self.below
        least = max(1.0, TOLERANCE * self.above)
        if width <= least:
            return []
        straight = self.below + width * self.below_gap / (self.below_gap - self.above_gap)
        around = max(0.5 * least, ASIDE * width)
        tries = [straight - around, straight + around] + ([self.below + 0.5 * width] if width > 0.5 * before else [])
        return sorted({float(np.clip(round(one), self.below + 1.0, self.above - 1.0)) for one in tries})
