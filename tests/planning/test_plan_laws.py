"""Laws that every plan keeps, on random topologies and on those that capplan comes with."""

import json
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from plan_brute_force import healthy
from plan_topologies import drawn

import capplan
from capplan.planning.budget import PRECISION, afford
from capplan.planning.recommend import recommend
from capplan.planning.records import Plan, Recommendation, Strategy
from capplan.planning.wishes import Wishes
from capplan.prediction.predict import solve_topology
from capplan.reading import read_topology
from capplan.report.emission import emitted
from capplan.topology import Topology

TOUR = sorted((Path(__file__).parents[2] / "topologies").glob("*.yaml"))
SEEDS = range(1000, 1010)
MORE = 1.1
"""Load against the load that a topology was drawn for."""


def rate_of(topology: Topology) -> float:
    return float(topology.workload.rate or solve_topology(topology).loads[0])


def costs(recommendation: Recommendation) -> dict[Strategy, float]:
    """The cost of each strategy: what is not feasible is dearer than all else."""
    found = {}
    for plan in recommendation.plans:
        assert plan.optimal or not plan.feasible
        cost = (plan.cost.hour or 0.0) if plan.cost is not None else float("inf")
        found[plan.strategy] = cost + 1e-6 * plan.unpriced
    return found


@cache
def planned(text: str, rate: float, headroom: float = 0.0, percentile_margin: float = 0.0) -> Recommendation:
    wishes = Wishes(headroom=headroom, percentile_margin=percentile_margin)
    return recommend(capplan.parse(text), rate, wishes)


def never_cheaper(before: Recommendation, after: Recommendation, service: float = 0.0) -> None:
    """No strategy of the one costs less than that of the other; `service` is what others charge for more load."""
    one, other = costs(before), costs(after)
    for strategy, cost in one.items():
        assert cost <= other[strategy] * (1.0 + 1e-9) + service, (strategy, one, other)


@pytest.fixture(params=SEEDS, ids=lambda seed: f"seed-{seed}")
def text(request: pytest.FixtureRequest) -> str:
    return drawn(request.param)


def changed(text: str, **changes: Any) -> str:
    return json.dumps(json.loads(text) | changes)


def looser(text: str, by: float) -> str:
    """The same with every objective on a time that much looser."""
    topology = capplan.parse(text)
    slos = [
        f"{slo.objective.metric} < {1000.0 * float(slo.objective.threshold) * by:.9g}ms"
        if slo.objective.metric.percentile is not None or slo.objective.metric.name == "mean"
        else written
        for slo, written in zip(topology.slos, json.loads(text)["slos"], strict=True)
    ]
    return changed(text, slos=slos)


def wider(text: str) -> str:
    """The same with one more replica allowed everywhere."""
    written = json.loads(text)
    for component in written["components"].values():
        if "replicas" in component.get("scaling", {}):
            low, high = component["scaling"]["replicas"].split("..")
            component["scaling"]["replicas"] = f"{low}..{int(high) + 1}"
    return json.dumps(written)


def test_a_plan_holds_when_it_is_analyzed_again(text: str) -> None:
    rate = rate_of(capplan.parse(text))
    for plan in planned(text, rate).plans:
        if not plan.feasible:
            assert plan.limit is not None
            assert plan.limit.message
            continue
        again = capplan.parse(emitted(text, plan, rate))
        assert rate_of(again) == rate
        assert healthy(again, rate)
        assert plan.analysis is not None
        assert plan.analysis.healthy
        assert capplan.analyze(again).to_dict()["cost"]["hour"] == plan.analysis.prediction.cost.hour


def test_mixed_plans_cost_least(text: str) -> None:
    found = costs(planned(text, rate_of(capplan.parse(text))))
    assert found[Strategy.MIXED] <= min(found.values()) * (1.0 + 1e-9)


def test_the_chosen_plan_is_the_cheapest(text: str) -> None:
    recommendation = planned(text, rate_of(capplan.parse(text)))
    found = costs(recommendation)
    if recommendation.chosen is None:
        assert min(found.values()) == float("inf")
    else:
        assert found[recommendation.chosen] == pytest.approx(min(found.values()), rel=1e-9)
        assert recommendation.plans[0].strategy is recommendation.chosen


def test_more_load_never_costs_less(text: str) -> None:
    rate = rate_of(capplan.parse(text))
    never_cheaper(planned(text, rate), planned(text, rate * MORE))


def test_a_looser_objective_never_costs_more(text: str) -> None:
    rate = rate_of(capplan.parse(text))
    never_cheaper(planned(looser(text, 1.2), rate), planned(text, rate))


def test_more_replicas_lost_never_cost_less(text: str) -> None:
    rate = rate_of(capplan.parse(text))
    lost = [planned(changed(text, resilience={"replicas_lost": count}), rate) for count in (0, 1, 2)]
    never_cheaper(lost[0], lost[1])
    never_cheaper(lost[1], lost[2])


def test_planning_for_more_never_costs_less(text: str) -> None:
    rate = rate_of(capplan.parse(text))
    never_cheaper(planned(text, rate), planned(text, rate, headroom=0.15))
    never_cheaper(planned(text, rate), planned(text, rate, percentile_margin=0.15))


def test_more_freedom_never_costs_more(text: str) -> None:
    rate = rate_of(capplan.parse(text))
    never_cheaper(planned(wider(text), rate), planned(text, rate))


def test_headroom_is_load(text: str) -> None:
    """A plan with headroom is the plan for that much more load (what others charge for the load aside)."""
    rate = rate_of(capplan.parse(text))
    spare, loaded = planned(text, rate, headroom=0.2), planned(text, rate / 0.8)
    assert spare.planned_rate == pytest.approx(loaded.planned_rate)
    for one in spare.plans:
        other = next(plan for plan in loaded.plans if plan.strategy is one.strategy)
        assert (one.feasible, one.machines, one.unpriced) == (other.feasible, other.machines, other.unpriced)


@pytest.mark.parametrize("seed", range(1000, 1100, 20))
def test_money_carries_what_it_buys(seed: int) -> None:
    """The plan for the most affordable load is within the budget; for a little more load it is not."""
    text = drawn(seed)
    topology, random = capplan.parse(text), Random(seed)
    plan = planned(text, rate_of(topology)).plan
    if plan is None or plan.cost is None or plan.cost.hour is None:
        pytest.skip("nothing to pay for")
    budget = plan.cost.hour * random.choice((0.8, 1.0, 1.3))
    found = afford(topology, budget)
    if found.rate is None:
        assert cost_at(topology, 0.001 * rate_of(topology)) > budget
        return
    assert found.recommendation is not None
    assert found.recommendation.target_rate == found.rate
    assert cost_at(topology, found.rate) <= budget
    beyond = cost_at(topology, found.rate * (1.0 + 2.0 * PRECISION))
    assert beyond > budget
    assert found.beyond is None or found.beyond > budget


def cost_at(topology: Topology, rate: float) -> float:
    """The cost of the chosen plan; without bound where there is none."""
    plan = recommend(topology, rate).plan
    return float("inf") if plan is None or plan.cost is None else plan.cost.hour or 0.0


@pytest.mark.parametrize("file", TOUR, ids=lambda file: file.stem)
def test_plans_of_the_tour_hold_and_keep_the_laws(file: Path) -> None:
    topology = capplan.read(file)
    recommendation = recommend(topology, rate_of(topology))
    assert [plan.strategy for plan in recommendation.plans if plan.feasible]
    for plan in recommendation.plans:
        if plan.feasible:
            _holds_again(file, plan, rate_of(topology))
    found = costs(recommendation)
    assert found[Strategy.MIXED] <= min(found.values()) * (1.0 + 1e-9)


def _holds_again(file: Path, plan: Plan, rate: float) -> None:
    written = emitted(file.read_text(encoding="utf-8"), plan, rate)
    again = read_topology(written, file.name, load_text=lambda name: (file.parent / name).read_text(encoding="utf-8"))
    assert healthy(again, rate)
    for change in plan.changes:
        assert again.replicas(change.component) == change.after.replicas
        machine = again.machine(again.component(change.component))
        assert (None if machine is None else machine.name) == change.after.machine
