"""Plans that are the cheapest and say so, on hand-made cases; plans without proof, and what they say instead."""

from collections.abc import Callable

import pytest
from plan_samples_by_hand import APP, plan_of, recommended

import capplan
from capplan.planning.recommend import recommend
from capplan.planning.records import Size, Strategy
from capplan.planning.wishes import Progress, Wishes


def test_replicas_that_scaling_asks_for_are_what_runs() -> None:
    """One number is a range as well, and no reason to leave things as they are."""
    found = recommended(f"components:\n  {APP}, scaling: {{replicas: 5}}}}\n", 100.0)
    assert [change.after.replicas for change in plan_of(found, Strategy.MIXED).changes] == [5]
    assert [change.after.replicas for change in plan_of(found, Strategy.HORIZONTAL).changes] == [5]


def test_weights_forbid_another_number_of_replicas() -> None:
    found = recommended(
        f"""
components:
  lb: {{kind: balancer, forwards_to: app, weights: [1, 2]}}
  {APP}, scaling: {{replicas: 3}}}}
""",
        50.0,
    )
    assert all(plan.changes == () for plan in found.plans)


def test_equal_costs_go_to_fewer_changes() -> None:
    """Three machines at 0.1 cost what one at 0.3 costs, whatever sums of floats are."""
    text = """\
version: 1
workload: {rate: 90/s}
machines: {s: {cores: 1, price: 0.1}, l: {cores: 3, price: 0.3}}
components:
  app: {kind: server, machine: MACHINE, replicas: REPLICAS, time: 10ms, scaling: {machines: [s, l], replicas: 1..4}}
alerts: [{when: app.cpu > 40%}]
"""
    for machine, replicas, expected in (("s", "3", ()), ("l", "1", ()), ("s", "4", (Size(replicas=1, machine="l"),))):
        topology = capplan.parse(text.replace("MACHINE", machine).replace("REPLICAS", replicas))
        plan = plan_of(recommend(topology, 90.0), Strategy.MIXED)
        assert tuple(change.after for change in plan.changes) == expected, (machine, replicas)


APART = """\
version: 1
workload: {rate: 197/s}
machines: {s: {cores: 1, price: 0.1}, m: {cores: 2, price: 0.21}, l: {cores: 4, price: 0.43}}
requests: {page: {share: 0.5, to: a}, ping: {share: 0.5, to: c}}
components:
  a: {kind: server, machine: s, replicas: 3, time: 10ms, calls: {b: 1}, scaling: {machines: [s, m, l], replicas: 1..4}}
  b: {kind: server, machine: s, replicas: 3, time: 8ms, scaling: {machines: [s, m, l], replicas: 1..4}}
  c: {kind: server, machine: s, replicas: 3, time: 6ms, scaling: {machines: [s, m, l], replicas: 1..4}}
slos: [page.p99 < PAGE, ping.p99 < PING]
"""


@pytest.mark.parametrize(
    ("page", "ping", "costs"),
    # by looking at all 1728 choices
    [
        ("85ms", "29ms", (1.56, None, 0.83)),
        ("85ms", "33ms", (1.56, 1.1, 0.62)),
        ("120ms", "29ms", (1.23, None, 0.82)),
        ("120ms", "38ms", (0.9, 0.7, 0.61)),
    ],
)
def test_kinds_of_requests_apart_are_all_held(page: str, ping: str, costs: tuple[float | None, ...]) -> None:
    found = recommend(capplan.parse(APART.replace("PAGE", page).replace("PING", ping)), 197.0)
    for strategy, cost in zip(Strategy, costs, strict=True):
        plan = plan_of(found, strategy)
        assert (None if plan.cost is None else plan.cost.hour) == (None if cost is None else pytest.approx(cost))


def test_workers_that_nobody_waits_for_may_be_one_during_a_deployment() -> None:
    found = recommended(
        """
components:
  app: {kind: server, machine: small, replicas: 2, time: 2ms, calls: {q: 1}, scaling: {fixed: true}}
  q: {kind: queue, machine: small, time: 0.1ms, workers: w, scaling: {fixed: true}}
  w:
    kind: server
    machine: small
    replicas: 2
    time: 5ms
    deploy: {max_unavailable: 0, max_surge: 0}
    scaling: {replicas: 1..3}
resilience: {during_deploy: true}
""",
        100.0,
    )
    assert [change.after.replicas for change in plan_of(found, Strategy.HORIZONTAL).changes] == [1]


def ticking(step: float) -> Callable[[], float]:
    """A clock that goes on by so many seconds whenever it is looked at."""
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += step
        return now

    return clock


TIGHT = APART.replace("PAGE", "85ms").replace("PING", "33ms")


@pytest.mark.parametrize("step", [0.02, 0.05, 0.1, 0.2])
def test_plans_without_proof_say_so(step: float) -> None:
    """Whenever time runs out, what is found holds, and its gap covers what a cheaper plan could save."""
    topology = capplan.parse(TIGHT)
    best = {Strategy.VERTICAL: 1.56, Strategy.HORIZONTAL: 1.1, Strategy.MIXED: 0.62}
    found = recommend(topology, 197.0, Wishes(time_limit=10.0, clock=ticking(step)))
    for plan in found.plans:
        if not plan.feasible:
            assert plan.limit is not None
            assert plan.limit.resource == "time"
            continue
        assert plan.analysis is not None
        assert plan.analysis.healthy
        assert plan.cost is not None
        assert plan.cost.hour is not None
        assert plan.gap is not None
        assert plan.cost.hour >= best[plan.strategy] - 1e-9
        assert plan.optimal == (plan.gap == 0.0)
        assert 0.0 <= plan.gap < 1.0
        assert plan.cost.hour * (1.0 - plan.gap) <= best[plan.strategy] + 1e-9


def test_no_time_at_all_is_no_proof_of_anything() -> None:
    found = recommend(capplan.parse(TIGHT), 197.0, Wishes(time_limit=1.0, clock=ticking(5.0)))
    assert found.chosen is None
    for plan in found.plans:
        assert plan.limit is not None
        assert plan.limit.resource == "time"


def test_progress_is_told() -> None:
    told: list[Progress] = []
    recommend(capplan.parse(TIGHT), 197.0, Wishes(tell=told.append))
    assert {progress.strategy for progress in told} == set(Strategy)
    for strategy in Strategy:
        bounds = [one.bound for one in told if one.strategy is strategy and one.bound is not None]
        bests = [one.best for one in told if one.strategy is strategy and one.best is not None]
        assert bounds == sorted(bounds)
        assert bests == sorted(bests, reverse=True)
        assert all(0.0 <= one.spent <= 1.0 for one in told)
