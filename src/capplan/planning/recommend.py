"""`recommend`: the cheapest plan of each strategy at a target rate, and the cheapest of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from capplan.checks.analysis import analyze
from capplan.checks.holding import Situation
from capplan.checks.records import Analysis
from capplan.checks.states import State, states_of
from capplan.checks.values import cost_per_hour
from capplan.planning.freedom import freedoms
from capplan.planning.limits import limit
from capplan.planning.notes import notes
from capplan.planning.options import Plan as Choice
from capplan.planning.options import Price, applied
from capplan.planning.reasons import Reasons
from capplan.planning.records import Limit, Plan, Recommendation, Strategy
from capplan.planning.search import Found
from capplan.planning.strategies import Solution, Task, Timing, solve
from capplan.planning.wishes import Progress, Wishes
from capplan.prediction.cost import total_cost
from capplan.prediction.resources import capacity
from capplan.topology import Component, Database, Topology

PARTS = {Strategy.VERTICAL: 0.25, Strategy.HORIZONTAL: 0.35, Strategy.MIXED: 0.9}
"""The part of the time that is left which each strategy may take; the rest is for the report."""


def recommend(topology: Topology, target_rate: float, wishes: Wishes | None = None) -> Recommendation:
    """The cheapest way to hold every objective at a load.

    Args:
        topology: a checked topology; its `scaling` says what may change.
        target_rate: the workload rate (per second).
        wishes: how much more to plan for, and how long to search.
    """
    return Planner(topology, wishes or Wishes()).recommend(target_rate)


@dataclass
class Planner:
    """Makes plans for one topology.

    Attributes:
        topology: as it is.
        wishes: how to plan.
    """

    topology: Topology
    wishes: Wishes
    start: float = field(init=False)
    _known: list[tuple[tuple[Component, ...], Analysis]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start = self.wishes.clock()

    def recommend(self, target_rate: float) -> Recommendation:
        """The plans at a rate."""
        task = self.task(target_rate)
        current = self._analysis(self.topology, target_rate)
        solved = self.solutions(task)
        plans = [self._plan(task, target_rate, solution, current) for solution in solved]
        chosen = _cheapest(plans)
        return Recommendation(
            topology=self.topology.name or "",
            file=self.topology.file,
            target_rate=target_rate,
            planned_rate=task.rate,
            percentile_margin=task.margin,
            states=tuple(state.name for state in states_of(self.topology)),
            current=current,
            plans=tuple(sorted(plans, key=lambda plan: (plan.strategy is not chosen, not plan.feasible))),
            chosen=chosen,
        )

    def task(self, target_rate: float) -> Task:
        """What is to be solved for a rate."""
        return Task(
            topology=self.topology,
            freedoms=freedoms(self.topology),
            states=states_of(self.topology),
            rate=target_rate / (1.0 - self.wishes.headroom),
            margin=self.wishes.percentile_margin,
        )

    def solutions(self, task: Task) -> list[Solution]:
        """Every strategy's, the narrower ones first: their plans are where the last one starts from."""
        solved: list[Solution] = []
        for strategy in Strategy:
            seeds = [one.found.plan for one in solved if one.found is not None and one.found.plan is not None]
            solved.append(self.solution(task, strategy, seeds))
        return solved

    def solution(self, task: Task, strategy: Strategy, seeds: Sequence[Choice] = ()) -> Solution:
        """One strategy's."""
        return solve(task, strategy, self._timing(strategy), seeds)

    def _analysis(self, topology: Topology, rate: float) -> Analysis:
        """Equal topologies are analysed once."""
        key = tuple(topology.components.values())
        known = next((analysis for one, analysis in self._known if one == key), None)
        if known is None:
            known = analyze(topology, rate)
            self._known.append((key, known))
        return known

    def _timing(self, strategy: Strategy) -> Timing:
        end = self._now() + PARTS[strategy] * (self.wishes.time_limit - self._now())

        def left() -> float:
            return end - self._now()

        return Timing(left=left, tell=self._teller(strategy))

    def _now(self) -> float:
        return self.wishes.clock() - self.start

    def _teller(self, strategy: Strategy) -> Callable[[Price | None, Price | None, int], None]:
        def tell(bound: Price | None, best: Price | None, evaluations: int) -> None:
            if self.wishes.tell is not None:
                spent = self._now() / self.wishes.time_limit if self.wishes.time_limit > 0.0 else 1.0
                least, most = None if bound is None else bound.cost, None if best is None else best.cost
                self.wishes.tell(
                    Progress(strategy=strategy, spent=min(spent, 1.0), best=most, bound=least, evaluations=evaluations)
                )

        return tell

    def _plan(self, task: Task, target: float, solution: Solution, current: Analysis) -> Plan:
        found = solution.found
        bare = Plan(strategy=solution.strategy, feasible=False, optimal=False, evaluations=solution.trials.count)
        if found is None or found.plan is None:
            if found is not None and not found.proven:
                return replace(bare, limit=_out_of_time())
            return replace(bare, limit=limit(task, solution))
        planned = applied(self.topology, solution.units, found.plan)
        solved = Situation(planned, State(), target).solved
        hour = cost_per_hour(solved)
        cost = total_cost(self.topology.currency, {"": hour})
        solution.trials.unbounded()
        now = current.prediction.cost
        reasons = Reasons(solution, found.plan, self.topology)
        refused = reasons.refused(cost.hour)
        return replace(
            bare,
            feasible=True,
            optimal=found.proven,
            gap=_gap(found),
            cost=cost,
            cost_change=None if cost.hour is None or now.hour is None else cost.hour - now.hour,
            machines=_machines(planned),
            unpriced=_unpriced(planned),
            changes=reasons.changes,
            decided_by=None if refused is None else refused.missed,
            refused=refused,
            headroom=capacity(solved.model, target).headroom,
            analyse=partial(self._analysis, planned, target),
            notes=notes(self.topology, solution, found.plan),
        )


def _worth(plan: Plan) -> tuple[float, float, int, int]:
    """What a plan is judged by: its cost, then cores without a price, changes and machines."""
    assert plan.cost is not None
    return round(plan.cost.hour or 0.0, 9), plan.unpriced, len(plan.changes), plan.machines


def _cheapest(plans: list[Plan]) -> Strategy | None:
    """The strategy of the cheapest plan; among equals the one with fewer changes, machines, and freedoms."""
    feasible = [plan for plan in plans if plan.feasible]
    return min(feasible, key=_worth).strategy if feasible else None


def _gap(found: Found) -> float:
    """How much cheaper, as a part of the cost, a plan could still be."""
    if found.proven or found.price is None:
        return 0.0
    least, most = (0.0, 0.0) if found.bound is None else found.bound[:2], found.price[:2]
    level = 0 if most[0] > 0.0 else 1
    return max(1.0 - least[level] / most[level], 0.0) if most[level] > 0.0 else 0.0


def _out_of_time() -> Limit:
    message = "no plan that holds everything was found in the time there was, nor a proof that there is none"
    return Limit(component=None, resource="time", message=message)


def _owners(topology: Topology) -> list[Component]:
    """The components with machines of ours."""
    names = freedoms(topology)
    return [topology.component(name) for name in names]


def _machines(topology: Topology) -> int:
    """All machines."""
    return sum(one.replicas + (one.readers if isinstance(one, Database) else 0) for one in _owners(topology))


def _unpriced(topology: Topology) -> float:
    """Cores of machines without a price."""
    cores = 0.0
    for one in _owners(topology):
        machine = topology.machine(one)
        if machine is None or machine.price is None:
            count = one.replicas + (one.readers if isinstance(one, Database) else 0)
            cores += count * (1.0 if machine is None else float(machine.cores))
    return cores
