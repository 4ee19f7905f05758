"""The rates at which objectives fall and alerts fire: roots, on whose two sides the answer differs."""

import math

import pytest
from checks_cases import STEP, alert, analysis, slo, turning

SHOP = """
workload: {rate: 100/s}
requests:
  buy: {share: 60%, to: app.buy, from: {eu: 30%, us: 70%}}
  look: {share: 40%, to: app.look}
locations: {local: {mean: 0.5ms, cv: 0.5}, eu: {rtt: {us: {mean: 80ms, cv: 0.3}}, bandwidth: {us: 1Gbps}}, us: }
components:
  lb: {kind: balancer, location: eu, forwards_to: app, policy: round_robin}
  app:
    {kind: server, location: eu, replicas: 3, machine: {cores: 2, price: 0.1}, endpoints: {
      buy: {time: {mean: 10ms, cv: 2}, calls: [{db: 2}, {pay: 1}], response: 100kB},
      look: {time: {mean: 20ms, dist: deterministic}, calls: [{parallel: [{db: 1}, {pay: 1}]}]}}}
  db: {kind: database, machine: {cores: 2, disk: {iops: 3000}}, location: us, time: {mean: 3ms, cv: 1.5}, io: 2.5,
       error_rate: 0.1%}
  pay: {kind: external, latency: {p50: 90ms, p99: 400ms}, rate_limit: 250/s, price: 0.01}
"""


@pytest.mark.parametrize(
    "when",
    [
        "total.p99 > 1s",
        "total.p50 > 400ms",
        "buy.p99.9 > 2s",
        "look.p97.5 > 800ms",
        "buy.mean > 500ms",
        "total.success_rate < 99%",
        "look.error_rate > 5%",
        "app.p99 > 300ms",
        "db.p97.5 > 20ms",
        "db.mean > 5ms",
        "db.queue_length > 2",
        "app.queue_length >= 1",
        "pay.error_rate > 3%",
        "app.cpu > 80%",
        "db.cpu >= 70%",
        "db.disk > 50%",
        "pay.rate_limit > 90%",
        "buy.rate > 100/s",
        "db.rate > 300/s",
        "cost.hour > 2000",
    ],
)
def test_an_alert_fires_above_its_rate_and_not_below(when: str) -> None:
    _, sides, value = turning(SHOP, when)
    assert sides == [False, True]
    assert value == pytest.approx(1.0, rel=1e-6)


def test_roots_do_not_depend_on_what_else_is_sought() -> None:
    objectives = ["total.p99 < 1s", "buy.mean < 200ms", "db.queue_length < 3", "total.p99.9 < 900ms"]
    together = analysis(f"{SHOP}\nslos: [{', '.join(objectives)}]").slos
    for objective, found in zip(objectives, together, strict=True):
        assert slo(SHOP, objective).holds_until_rate == pytest.approx(found.holds_until_rate, rel=1e-8)


def test_an_objective_holds_below_its_rate_and_falls_above() -> None:
    for objective in ("total.p99 < 1s", "total.success_rate > 99%"):
        until = slo(SHOP, objective).holds_until_rate
        assert until is not None
        assert [slo(SHOP, objective, until * part).met for part in (1 - STEP, 1 + STEP)] == [True, False]


ONE = "workload: {rate: 20/s}\ncomponents:\n  app: {kind: server, time: 10ms}"


@pytest.mark.parametrize(
    ("when", "rate"),
    [
        ("total.mean > 50ms", 100 - 1 / 0.050),
        ("app.mean > 50ms", 100 - 1 / 0.050),
        ("total.p99 > 100ms", 100 - math.log(100) / 0.100),
        ("total.p50 > 100ms", 100 - math.log(2) / 0.100),
        ("app.p99.9 > 1s", 100 - math.log(1000) / 1.0),
        ("app.queue_length > 4", 100 * (math.sqrt(4**2 + 4 * 4) - 4) / 2),
        ("app.cpu > 85%", 85.0),
        ("app.cpu >= 100%", 100.0),
        ("total.rate > 77/s", 77.0),
    ],
)
def test_the_roots_of_one_server_against_its_closed_forms(when: str, rate: float) -> None:
    assert alert(ONE, when).fires_at_rate == pytest.approx(rate, rel=1e-4 if ".p" in when else 1e-9)


def test_constants_beside_a_queue_move_its_root() -> None:
    text = ONE.replace("time: 10ms", "time: 10ms, calls: {far: 1}") + "\n  far: {kind: external, latency: 100ms}"
    assert alert(text, "total.mean > 150ms").fires_at_rate == pytest.approx(80.0, rel=1e-9)


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("app.cpu < 50%", "a growing load does not turn it"),
        ("total.p99 < 1s", "a growing load does not turn it"),
        ("far.mean > 200ms", "nothing queues there"),
        ("app.memory > 50%", "it declares none"),
        ("total.success_rate < 99%", "nothing fails"),
        ("db.cpu > 60%", "app lets at most half of what db can do through"),
        ("total.error_rate > 0.1%", "nothing fails"),
        ("cost.hour > 1", "there are no prices"),
    ],
)
def test_where_no_rate_turns_it_there_is_none(when: str, why: str) -> None:
    text = ONE.replace("time: 10ms", "time: 10ms, calls: {far: 1, db: 1}")
    text += "\n  far: {kind: external, latency: 100ms}\n  db: {kind: database, time: 5ms}"
    assert alert(text, when).fires_at_rate is None, why


@pytest.mark.parametrize(
    "objective",
    ["total.p99 < 10ms", "app.mean < 5ms", "app.mean < 10ms", "total.success_rate > 99%", "cost.hour < 1"],
)
def test_what_never_holds_holds_until_zero(objective: str) -> None:
    text = ONE.replace("time: 10ms", "time: 10ms, error_rate: 5%, machine: {cores: 1, price: 2}")
    found = slo(text, objective)
    assert found.holds_until_rate == 0.0
    assert not found.met


def test_stored_data_that_is_too_much_already() -> None:
    text = """
workload: {rate: 1/s}
components:
  db: {kind: database, time: 1ms, machine: {cores: 1, disk: {size: 100GB}}, data: {size: 90GB}}
"""
    assert slo(text, "db.storage < 80%").holds_until_rate == 0.0
    assert slo(text, "db.storage < 95%").holds_until_rate is None
    assert slo(text, "db.storage < 95%").met


def test_a_resource_behind_a_bottleneck_turns_where_more_gets_through() -> None:
    text = """
workload: {rate: 50/s}
requests: {a: {share: 50%, to: slow}, b: {share: 50%, to: fast}}
components:
  slow: {kind: server, time: 20ms, calls: {db: 1}}
  fast: {kind: server, machine: {cores: 64}, time: 1ms, calls: {db: 1}}
  db: {kind: database, time: 4ms}
"""
    # slow passes at most 50/s, so db is at 80 % when fast brings 150/s of 300/s
    at, sides, _ = turning(text, "db.cpu > 80%")
    assert at == pytest.approx(300.0, rel=1e-6)
    assert sides == [False, True]


def test_prices_that_grow_with_the_load() -> None:
    text = """
workload: {rate: 10/s}
components:
  app: {kind: server, time: 1ms, machine: {cores: 1, price: 0.5}, calls: {pay: 2}, logs: {to: log, bytes: 1kB}}
  pay: {kind: external, price: 1/million}
  log: {kind: logging, price: 0.5/GB}
"""
    each = 3600 * (2 * 1e-6 + 1e3 * 0.5e-9)
    assert slo(text, "cost.hour < 1").holds_until_rate == pytest.approx(0.5 / each)
    assert slo(text, "cost.month < 730").holds_until_rate == pytest.approx(0.5 / each)


def test_builds_and_samples_turn_with_no_load() -> None:
    text = """
workload: {rate: 1/s}
components:
  app: {kind: server, time: 1ms}
  ci: {kind: pipeline, builds: 40/day, time: 30m, runners: 2}
"""
    assert alert(text, "ci.concurrency > 30%").fires_at_rate == 0.0
    assert alert(text, "ci.concurrency > 60%").fires_at_rate is None
    assert alert(text, "ci.p95 > 1h").fires_at_rate == 0.0
    assert alert(text, "ci.p95 > 3h").fires_at_rate is None


def test_a_queue_of_load_that_grows_and_load_that_does_not() -> None:
    text = """
workload: {rate: 5/s}
components:
  app: {kind: server, machine: {cores: 1}, time: {mean: 10ms, dist: deterministic}}
  metrics: {kind: metrics, host: app, time: {mean: 1ms, cv: 2}, series: 3000, scrape_interval: 10s}
"""
    for when in ("app.p99 > 40ms", "app.mean > 20ms", "app.cpu > 90%", "metrics.p99 > 50ms"):
        _, sides, value = turning(text, when)
        assert sides == [False, True]
        assert value == pytest.approx(1.0, rel=1e-6)


def test_users_of_a_closed_population_have_rates_as_well() -> None:
    text = "workload: {users: 10, think_time: 1s}\ncomponents:\n  app: {kind: server, time: 10ms}"
    found = alert(text, "app.cpu > 50%")
    assert found.fires_at_rate == pytest.approx(50.0)
    assert not found.firing
