"""Plans that hold everything with a probability: planned for harder inputs than the middle ones, and then tried out.

Every uncertain input is set to the same quantile on its harmful side, the ordinary search plans for that topology, and
the plan is held against the sampled inputs, in every state at once. The quantile is found by halving; the cheapest plan
that holds often enough is taken. Planning for one point instead of all of them proves no optimum.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from capplan.checks.analysis import analyze
from capplan.checks.states import State, in_state, states_of
from capplan.checks.values import cost_per_hour
from capplan.errors import BadOption
from capplan.planning.recommend import recommend
from capplan.planning.records import Change, Limit, Plan, Recommendation, Size, Strategy
from capplan.planning.wishes import Wishes
from capplan.prediction.cost import total_cost
from capplan.prediction.resources import capacity
from capplan.prediction.solved import solve_model
from capplan.prediction.translate import translate
from capplan.queueing.arrays import Mask
from capplan.topology import Topology
from capplan.uncertainty.inputs import Input, uncertain, with_values
from capplan.uncertainty.margins import quantiles
from capplan.uncertainty.records import Uncertainty
from capplan.uncertainty.study import NOTHING, Study

ROUNDS = 6
"""Quantiles that are planned for."""
WORST = 0.999
"""The quantile at most."""
IDLE = 1e-6
"""The part of the load at which times are looked at without waits."""


@dataclass(frozen=True)
class _Tried:
    """A plan, and how often it holds everything.

    Attributes:
        plan: as the search found it, for the harder inputs.
        topology: the topology with it, its inputs as uncertain as they are.
        probability: that everything holds.
    """

    plan: Plan
    topology: Topology
    probability: float


class _Kept:
    """What is kept of the plans that were tried.

    Attributes:
        cheapest: of each strategy the cheapest plan that holds often enough.
        likeliest: how often the best of each strategy holds.
    """

    def __init__(self, confidence: float) -> None:
        self.confidence = confidence
        self.cheapest: dict[Strategy, _Tried] = {}
        self.likeliest: dict[Strategy, float] = {}

    def take(self, tried: list[_Tried]) -> list[_Tried]:
        """Keep what is better than what was kept; all that were tried."""
        for one in tried:
            strategy = one.plan.strategy
            self.likeliest[strategy] = max(one.probability, self.likeliest.get(strategy, 0.0))
            known = self.cheapest.get(strategy)
            cheaper = known is None or _worth(one.plan) < _worth(known.plan)
            if one.probability >= self.confidence and cheaper:
                self.cheapest[strategy] = one
        return tried

    def widen(self) -> None:
        """What the narrower strategies may do the mixed one may too."""
        if self.cheapest:
            best = min(self.cheapest.values(), key=lambda one: _worth(one.plan))
            self.cheapest[Strategy.MIXED] = replace(best, plan=replace(best.plan, strategy=Strategy.MIXED))


def recommend_for_sure(topology: Topology, target_rate: float, wishes: Wishes) -> Recommendation:
    """The cheapest plans that hold every SLO, keep every alert quiet and every queue stable with a probability.

    Args:
        topology: a checked topology with uncertain inputs.
        target_rate: the workload rate (per second).
        wishes: how to plan; its `confidence` is the probability, of everything at once.

    Raises:
        BadOption: no input is uncertain.
    """
    search = _Search(topology, target_rate, wishes)
    if not search.inputs:
        raise BadOption(NOTHING.replace("uncertainty:", "--confidence:"))
    return search.run()


@dataclass(frozen=True)
class _Search:
    """The search for one topology."""

    topology: Topology
    target: float
    wishes: Wishes

    @property
    def rate(self) -> float:
        """The rate that is planned for."""
        return self.target / (1.0 - self.wishes.headroom)

    @property
    def confidence(self) -> float:
        """The probability that is asked for."""
        return self.wishes.confidence or 0.0

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """The uncertain inputs; the workload's rate is the one that is planned for."""
        return uncertain(self.topology, self.target)

    @cached_property
    def harm(self) -> list[int]:
        """By input: 1 where more of it does harm, -1 where less does, 0 where it makes no difference."""
        return [round(np.sign(self._strain(one, one.high) - self._strain(one, one.low))) for one in self.inputs]

    def _strain(self, one: Input, value: float) -> float:
        """How hard things are with an input: times without waits up, capacity down, failures up, in logarithms."""
        topology = with_values(self.topology, [one], [value])
        model = translate(topology, self.rate)
        solved = solve_model(model, [IDLE * self.rate])
        names = list(topology.request_classes)
        most = capacity(model, self.rate).max_rate or 1.0
        mean, success = float(solved.request_mean(names)[0]), float(solved.request_success(names)[0])
        dear = cost_per_hour(solve_model(model, [self.rate])) or 0.0
        return float(np.log(mean + 1e-12) - np.log(most) - np.log(success + 1e-300)) + 1e-6 * dear

    def run(self) -> Recommendation:
        """The plans."""
        asked = self._planned(0.5)
        if asked.chosen is None:  # not even the middle of the inputs can be planned for: its limits say why
            return replace(asked, current=analyze(self.topology, self.target), confidence=self.confidence)
        kept = _Kept(self.confidence)
        tried = kept.take(self._tried(asked))
        low, high = 0.5, WORST
        for _ in range(0 if len(kept.cheapest) == len(tried) else ROUNDS - 1):
            level = 0.5 * (low + high)
            tried = kept.take(self._tried(self._planned(level)))
            freest = next((one for one in tried if one.plan.strategy is Strategy.MIXED), None)
            easier = freest is None or freest.probability >= self.confidence
            low, high = (low, level) if easier else (level, high)
        kept.widen()
        return self._recommendation(asked, kept)

    def _planned(self, level: float) -> Recommendation:
        """The plans for the topology whose uncertain inputs are all at this quantile, on the harmful side."""
        sides = [0.5 + side * (level - 0.5) for side in self.harm]
        values = [float(quantiles(one, np.array([at]))[0]) for one, at in zip(self.inputs, sides, strict=True)]
        harder = with_values(self.topology, self.inputs, values)
        return recommend(harder, self.target, replace(self.wishes, time_limit=self.wishes.time_limit / ROUNDS))

    def _tried(self, asked: Recommendation) -> list[_Tried]:
        """The plans, held against the sampled inputs."""
        found = []
        for plan in (plan for plan in asked.plans if plan.feasible):
            sizes = tuple((change.component, change.after) for change in plan.changes)
            if sizes not in self._known:
                topology = sized(self.topology, plan.changes)
                self._known[sizes] = topology, float(self._holds(topology, states_of(topology)).mean())
            found.append(_Tried(plan, *self._known[sizes]))
        return found

    @cached_property
    def _known(self) -> dict[tuple[tuple[str, Size], ...], tuple[Topology, float]]:
        """Plans that were tried: several strategies and quantiles may lead to the same."""
        return {}

    def _holds(self, topology: Topology, states: Sequence[State]) -> Mask:
        """(M,) whether everything holds in all of these states."""
        each = [Study(in_state(topology, state), self.rate).holding() for state in states]
        fewest = min(len(held) for held in each)
        return np.asarray(np.all([held[:fewest] for held in each], axis=0))

    def _recommendation(self, asked: Recommendation, kept: "_Kept") -> Recommendation:
        found = kept.cheapest
        plans = [self._plan(found[s]) if s in found else self._none(s, kept.likeliest.get(s)) for s in Strategy]
        chosen = min(found.values(), key=lambda one: _worth(one.plan)).plan.strategy if found else None
        return replace(
            asked,
            current=analyze(self.topology, self.target),
            plans=tuple(sorted(plans, key=lambda plan: (plan.strategy is not chosen, not plan.feasible))),
            chosen=chosen,
            confidence=self.confidence,
        )

    def _plan(self, one: _Tried) -> Plan:
        """The plan for the topology as it is: its costs and its analysis are those at the middle of the inputs."""
        solved = solve_model(translate(one.topology, self.target), [self.target])
        cost = total_cost(self.topology.currency, {"": cost_per_hour(solved)})
        return replace(
            one.plan,
            optimal=False,
            gap=None,
            cost=cost,
            headroom=capacity(solved.model, self.target).headroom,
            analyse=partial(analyze, one.topology, self.target),
            probability=one.probability,
            uncertainty=self._doubts(one.topology),
        )

    def _doubts(self, topology: Topology) -> Uncertainty:
        """What the inputs leave open of a plan; of the same plan of two strategies once."""
        known = next((found for one, found in self._doubted if one is topology), None)
        if known is None:
            known = Study(topology, self.target).uncertainty()
            self._doubted.append((topology, known))
        return known

    @cached_property
    def _doubted(self) -> list[tuple[Topology, Uncertainty]]:
        return []

    def _none(self, strategy: Strategy, best: float | None) -> Plan:
        message = f"no plan was found that holds everything with {100.0 * self.confidence:g}%"
        if best is not None:
            message += f"; the best that was tried holds it with {100.0 * best:.3g}%"
        limit = Limit(component=None, resource="confidence", message=message)
        return Plan(strategy=strategy, feasible=False, optimal=False, limit=limit)


def sized(topology: Topology, changes: Sequence[Change]) -> Topology:
    """A topology with the sizes of a plan."""
    components = dict(topology.components)
    for change in changes:
        new: dict[str, object] = {"replicas": change.after.replicas}
        if change.after.machine != change.before.machine:
            new["machine"] = change.after.machine
        if change.after.readers is not None:
            new["readers"] = change.after.readers
        components[change.component] = components[change.component].model_copy(update=new)
    return topology.model_copy(update={"components": components})


def _worth(plan: Plan) -> tuple[float, float, int, int]:
    """What plans are judged by: cost, cores without a price, changes, machines."""
    hour = None if plan.cost is None else plan.cost.hour
    return round(hour or 0.0, 9), plan.unpriced, len(plan.changes), plan.machines
