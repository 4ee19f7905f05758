"""What is held against a topology in each state: limits, objectives, alerts; and what `analyze` says of the states."""

import pytest
from plan_states_samples import SHOP, misses, read

from capplan.checks.analysis import analyze
from capplan.checks.holding import Situation, first_miss, state_checks
from capplan.checks.records import Concern
from capplan.checks.states import State, states_of

POOLS = """
workload: {rate: 50/s}
components:
  app:
    kind: server
    machine: {cores: 1}
    replicas: 4
    time: 2ms
    calls: [{db: 1, pool: 10}]
    deploy: {max_unavailable: 0, max_surge: 25%}
  job: {kind: server, machine: {cores: 1}, time: 1ms, calls: [{db: 2, pool: 7}, {db: 1, pool: 9}]}
  db: {kind: database, machine: {cores: 4}, time: 1ms, concurrency: CONNECTIONS}
requests: {page: {share: 0.9, to: app}, report: {share: 0.1, to: job}}
resilience: {during_deploy: true}
"""


@pytest.mark.parametrize(
    ("connections", "normal", "deploying"),
    # 4 x 10 and the larger pool of the job, 9: 49; while app is deployed a fifth replica holds 10 more
    [
        (59, {}, {}),
        (58, {}, {"db.connections": 59}),
        (49, {}, {"db.connections": 59}),
        (48, {"db.connections": 49}, None),
    ],
)
def test_pools_count_the_replicas_that_surge(
    connections: int, normal: dict[str, float], deploying: dict[str, float] | None
) -> None:
    topology = read(POOLS.replace("CONNECTIONS", str(connections)))
    assert misses(topology, "normal", 50.0) == normal
    if deploying is not None:
        assert misses(topology, "app being deployed", 50.0) == deploying


def test_replicas_that_are_lost_take_their_connections_with_them() -> None:
    text = POOLS.replace("CONNECTIONS", "30").replace("during_deploy: true", "replicas_lost: 1")
    topology = read(text.replace("time: 1ms, concurrency", "replicas: 2, time: 1ms, concurrency"))
    assert misses(topology, "normal", 50.0) == {}  # 49 of 2 x 30
    assert misses(topology, "db without 1 of its replicas", 50.0) == {"db.connections": 49}
    assert misses(topology, "app without 1 of its replicas", 50.0) == {}


LIMITS = """
workload: {rate: 100/s}
components:
  app:
    kind: server
    machine: {cores: 2, memory: 2GB}
    replicas: 2
    time: 5ms
    calls: {db: 1, pay: 0.5}
    memory: {base: MEMORY}
  db: {kind: database, machine: {cores: 2, disk: {size: 100GB}}, time: 1ms, data: {size: DATA}}
  pay: {kind: external, latency: 20ms, rate_limit: LIMIT}
"""


@pytest.mark.parametrize(
    ("memory", "data", "limit", "missed"),
    [
        ("2GB", "100GB", "50/s", {}),
        ("2.1GB", "100GB", "50/s", {"app.memory": 1.05}),
        ("2GB", "120GB", "50/s", {"db.storage": 1.2}),
        ("2GB", "100GB", "40/s", {"pay.rate_limit": 1.25}),
        ("3GB", "120GB", "40/s", {"pay.rate_limit": 1.25, "app.memory": 1.5, "db.storage": 1.2}),
    ],
)
def test_limits_hold_up_to_the_brim(memory: str, data: str, limit: str, missed: dict[str, float]) -> None:
    topology = read(LIMITS.replace("MEMORY", memory).replace("DATA", data).replace("LIMIT", limit))
    assert misses(topology, "normal", 100.0) == pytest.approx(missed)
    assert (first_miss(topology, states_of(topology), 100.0) is None) == (not missed)


def test_a_saturated_queue_is_a_limit_and_named_first() -> None:
    topology = read(LIMITS.replace("MEMORY", "1GB").replace("DATA", "1GB").replace("LIMIT", "900/s"))
    found = list(Situation(topology, State(), 800.0).misses())
    assert (found[0].metric, found[0].concern) == ("app.cpu", Concern.LIMIT)
    assert found[0].value == pytest.approx(1.0)
    assert list(Situation(topology, State(), 799.0).misses()) == []


def test_objectives_and_alerts_are_held_in_every_state_but_costs_only_in_the_normal_one() -> None:
    text = (
        SHOP
        + """
resilience: {replicas_lost: 1}
slos: [page.p99 < 60ms, cost.month < 100]
alerts: [{name: busy, when: app.cpu > 7%}]
"""
    )
    analysis = analyze(read(text), 100.0)
    by_state = {check.state: {(miss.concern, miss.name) for miss in check.misses} for check in analysis.states}
    assert by_state == {
        "app without 1 of its replicas": {(Concern.ALERT, "busy")},  # 9 % of 3 x 2 cores, 6.75 % of 4 x 2
        "db without 1 of its replicas": set(),
        "far without 1 of its replicas": set(),
    }
    assert not any(alert.firing for alert in analysis.alerts)
    assert [slo.met for slo in analysis.slos] == [True, False]
    assert not analysis.healthy


def test_without_resilience_there_are_no_states_in_the_analysis() -> None:
    assert analyze(read(SHOP), 100.0).states == ()


def test_a_margin_holds_times_further_down_and_nothing_else() -> None:
    text = SHOP + "resilience: {replicas_lost: 1}\nslos: [page.p99 < 40ms]\nalerts: [{when: app.cpu > 99%}]\n"
    topology = read(text)
    assert all(check.held for check in state_checks(topology, 100.0))
    checks = state_checks(topology, 100.0, margin=0.9)
    assert {miss.metric for check in checks for miss in check.misses} == {"page.p99"}
    assert all(miss.threshold == pytest.approx(0.004) for check in checks for miss in check.misses)


def test_two_objectives_on_one_metric_are_told_apart() -> None:
    """What became of the tighter one is not what became of the looser one."""
    text = SHOP + "slos: [page.p99 < 90ms, page.p99 < 10ms]\nalerts: [{when: app.cpu > 99%}, {when: app.cpu > 1%}]\n"
    situation = Situation(read(text), State(), 100.0)
    found = list(situation.misses())
    assert [miss.threshold for miss in found] == [0.01, 0.01]
    assert [situation.same(miss) for miss in found] == found
