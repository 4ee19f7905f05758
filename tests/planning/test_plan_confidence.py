"""Plans for uncertain inputs: they hold with the probability that is asked for, and say with which."""

import pytest

import capplan
from capplan.planning.confidence import recommend_for_sure, sized
from capplan.planning.recommend import recommend
from capplan.planning.records import Recommendation, Strategy
from capplan.planning.wishes import Wishes
from capplan.topology import Topology
from capplan.uncertainty.study import Study

SHOP = """\
version: 1
name: Shop
workload: {rate: 300/s}
components:
  app:
    kind: server
    replicas: 2
    machine: m6i.large
    time: 10ms ±30%
    calls: {db: 1}
    scaling: {machines: [m6i.large, m6i.xlarge, m6i.2xlarge], replicas: 1..12}
  db:
    kind: database
    machine: {cores: 4, price: 0.3}
    time: 3ms
slos: [total.p99 < 120ms]
alerts: [{name: busy, when: app.cpu > 90%}]
"""


def _shop(**settings: str) -> Topology:
    return capplan.parse(SHOP, settings=[f"{path}={value}" for path, value in settings.items()])


def _sure(topology: Topology, confidence: float, rate: float = 300.0) -> Recommendation:
    return recommend_for_sure(topology, rate, Wishes(confidence=confidence))


def _hours(asked: Recommendation) -> float:
    assert asked.plan is not None
    assert asked.plan.cost is not None
    assert asked.plan.cost.hour is not None
    return asked.plan.cost.hour


def test_the_plan_holds_with_the_probability_also_for_other_points() -> None:
    topology = _shop()
    plan = _sure(topology, 0.9).plan
    assert plan is not None
    assert plan.probability is not None
    assert plan.probability >= 0.9
    again = Study(sized(topology, plan.changes), 300.0, points=512, seed=99, chosen=Study(topology).inputs)
    assert again.holding().mean() == pytest.approx(plan.probability, abs=0.02)


def test_more_confidence_never_costs_less() -> None:
    topology = _shop()
    hours = [_hours(recommend(topology, 400.0)), *(_hours(_sure(topology, part, 400.0)) for part in (0.5, 0.9, 0.98))]
    assert hours == sorted(hours)
    assert hours[0] < hours[-1]


def test_it_does_not_claim_to_be_the_cheapest() -> None:
    plans = [plan for plan in _sure(_shop(), 0.9).plans if plan.feasible]
    assert plans
    assert not any(plan.optimal for plan in plans)
    assert all(plan.gap is None for plan in plans)


def test_the_mixed_plan_is_never_dearer_than_the_others() -> None:
    plans = {plan.strategy: plan for plan in _sure(_shop(), 0.95).plans if plan.feasible}
    hours = {strategy: plan.cost.hour for strategy, plan in plans.items() if plan.cost is not None}
    assert min(hours.values(), key=lambda hour: hour or 0.0) == hours[Strategy.MIXED]


def test_the_plan_is_analysed_as_the_topology_is_with_its_intervals() -> None:
    plan = _sure(_shop(), 0.9).plan
    assert plan is not None
    assert plan.analysis is not None
    assert plan.uncertainty is not None
    assert [one.path for one in plan.uncertainty.inputs] == ["components.app.time"]
    assert plan.analysis.prediction.rate == 300.0
    assert plan.uncertainty.slos[0].probability >= 0.9


def test_it_holds_in_every_state_as_well() -> None:
    alone, lost = (
        _sure(_shop(), 0.9),
        _sure(_shop(resilience="{replicas_lost: 1}", **{"components.db.replicas": "2"}), 0.9),
    )
    assert lost.plan is not None
    assert lost.plan.probability is not None
    assert lost.plan.probability >= 0.9
    assert lost.plan.machines > alone.plan.machines if alone.plan is not None else False


def test_without_such_a_plan_it_says_how_near_it_came() -> None:
    asked = _sure(_shop(**{"components.db.time": "10ms ±30%"}), 0.95, rate=340.0)
    assert asked.plan is None
    limits = [plan.limit for plan in asked.plans]
    assert all(limit is not None and "holds it with" in limit.message for limit in limits)


def test_what_not_even_the_middle_takes_keeps_its_reason() -> None:
    asked = _sure(_shop(), 0.9, rate=5000.0)
    assert asked.plan is None
    assert all(plan.limit is not None and plan.limit.component == "db" for plan in asked.plans)


def test_certain_inputs_are_refused() -> None:
    with pytest.raises(capplan.CapplanError, match="no input of this topology is uncertain"):
        _sure(_shop(**{"components.app.time": "10ms"}), 0.9)


def test_the_python_api_takes_a_confidence() -> None:
    result = capplan.recommend(_shop(), 300.0, confidence=0.9).to_dict()
    assert result["confidence"] == 0.9
    assert result["plans"][0]["probability"] >= 0.9
    assert "latency_interval" in result["plans"][0]["analysis"]["total"]


def test_an_uncertain_machine_may_be_left_behind() -> None:
    topology = capplan.parse(
        SHOP.replace("machine: m6i.large\n", "machine: {cores: 1, speed: 1 ±10%, price: 5 ±10%}\n", 1)
    )
    plan = _sure(topology, 0.9).plan
    assert plan is not None
    assert plan.uncertainty is not None
    assert [one.path for one in plan.uncertainty.inputs] == ["components.app.time"]
