"""Replicas that may be down: how many the load needs, the probability that so many are up, and what requests see."""

import math

import numpy as np
import pytest
from prediction_cases import analysis, component, notes_of, predicted, topology

from capplan.prediction.availability import availability, outages, up
from capplan.prediction.predict import solve_topology
from capplan.prediction.records import ComponentPrediction

FIVE = """
workload: {rate: 250/s}
components:
  app: {kind: server, replicas: 5, availability: 99%, time: 10ms}
"""


def k_of_n(k: int, n: int, each: float) -> float:
    """The sum by its definition."""
    return sum(math.comb(n, i) * each**i * (1.0 - each) ** (n - i) for i in range(k, n + 1))


def success(text: str, rate: float | None = None) -> float:
    return predicted(text, rate).total.success_rate


def said(one: ComponentPrediction, prefix: str = "") -> tuple[float, float]:
    return one.details[f"{prefix}availability"], one.details[f"{prefix}needed"]


@pytest.mark.parametrize(
    ("rate", "needed"), [(1, 1), (99, 1), (100, 2), (250, 3), (399, 4), (400, 5), (450, 5), (900, 5)]
)
def test_as_many_replicas_are_needed_as_keep_the_queue_stable(rate: float, needed: int) -> None:
    assert success(FIVE, rate) == pytest.approx(k_of_n(needed, 5, 0.99), rel=1e-12)
    assert said(component(FIVE, "app", rate)) == pytest.approx((k_of_n(needed, 5, 0.99), needed))


def test_the_busiest_resource_of_the_machines_decides() -> None:
    text = FIVE.replace("time: 10ms", "time: 1ms, io: 1, machine: {cores: 1, disk: {iops: 100}}")
    assert said(component(text, "app"))[1] == 3


def test_failures_and_repairs_say_the_same_as_an_availability() -> None:
    text = FIVE.replace("availability: 99%", "mtbf: 99h, mttr: 1h")
    assert success(text) == pytest.approx(success(FIVE), rel=1e-14)
    app = topology(text).components["app"]
    assert availability(app) == pytest.approx(0.99)
    assert availability(topology(FIVE.replace("availability: 99%,", "")).components["app"]) == 1.0


def test_what_is_always_up_changes_nothing() -> None:
    always, unsaid = FIVE.replace("99%", "100%"), FIVE.replace("availability: 99%,", "")
    assert success(always) == success(unsaid) == 1.0
    assert "availability" not in component(unsaid, "app").details
    assert said(component(always, "app")) == (1.0, 3)


def test_more_replicas_are_more_available_at_the_same_load() -> None:
    found = [success(FIVE.replace("replicas: 5", f"replicas: {count}")) for count in range(3, 12)]
    assert found == sorted(found)
    assert found[0] == pytest.approx(0.99**3)


def test_errors_and_replicas_that_are_down_multiply() -> None:
    text = FIVE.replace("time: 10ms", "time: 10ms, error_rate: 2%")
    assert success(text) == pytest.approx(0.98 * k_of_n(3, 5, 0.99), rel=1e-12)
    assert component(text, "app").error_rate == pytest.approx(1.0 - 0.98 * k_of_n(3, 5, 0.99), rel=1e-9)


def test_a_database_that_is_down_fails_a_request_once_however_often_it_is_called() -> None:
    text = """
workload: {rate: 10/s}
components:
  app: {kind: server, time: 1ms, calls: {db: 40, pay: 0.3}}
  db: {kind: database, time: 1ms, availability: 99.9%}
  pay: {kind: external, latency: 50ms, availability: 99%}
"""
    found = predicted(text)
    assert found.total.success_rate == pytest.approx(0.999 * (1.0 - 0.3 * 0.01), rel=1e-12)
    assert said(found.components["pay"]) == pytest.approx((0.99, 1))
    assert notes_of(found, "not-modelled") == []


def test_readers_and_primaries_are_up_by_themselves() -> None:
    text = """
workload: {rate: 300/s}
requests: {read: {to: db.read, share: 50%}, write: {to: db.write, share: 50%}}
components:
  db:
    {kind: database, availability: 99%, replicas: 1, readers: 3, read_endpoints: [read], machine: {cores: 1},
     endpoints: {read: {time: 10ms}, write: {time: 5ms}}}
"""
    found = predicted(text)
    assert found.requests["read"].success_rate == pytest.approx(k_of_n(2, 3, 0.99), rel=1e-12)
    assert found.requests["write"].success_rate == pytest.approx(0.99, rel=1e-12)
    assert said(found.components["db"]) == pytest.approx((0.99, 1))
    assert said(found.components["db"], "readers_") == pytest.approx((k_of_n(2, 3, 0.99), 2))


HOSTED = """
workload: {rate: 150/s}
requests: {both: {to: web, share: 50%}, one: {to: app, share: 50%}}
components:
  box: {kind: server, replicas: 3, availability: 99%, time: 1ms, machine: {cores: 1}}
  web: {kind: server, host: box, time: 10ms, calls: {app: 2}}
  app: {kind: server, host: box, time: 1ms, availability: 98%}
"""


def test_a_machine_that_is_down_takes_along_what_it_carries() -> None:
    found = predicted(HOSTED)
    assert said(found.components["box"]) == pytest.approx((k_of_n(1, 3, 0.99), 1))
    assert said(found.components["web"]) == pytest.approx((k_of_n(1, 3, 0.99), 1))
    assert said(found.components["app"]) == pytest.approx((k_of_n(1, 3, 0.99 * 0.98), 1))


def test_two_components_of_one_machine_do_not_count_it_twice() -> None:
    found = predicted(HOSTED)
    assert found.requests["one"].success_rate == pytest.approx(k_of_n(1, 3, 0.99 * 0.98), rel=1e-12)
    assert found.requests["both"].success_rate == pytest.approx(k_of_n(1, 3, 0.99 * 0.98), rel=1e-12)


def test_a_balancer_without_a_machine_is_as_available_as_it_says() -> None:
    text = """
workload: {rate: 10/s}
components:
  lb: {kind: balancer, forwards_to: [app], availability: 99.9%, policy: ip_hash, skew: 1}
  app: {kind: server, replicas: 4, time: 1ms, availability: 95%}
"""
    assert success(text) == pytest.approx(0.999 * k_of_n(1, 4, 0.95), rel=1e-12)


def test_objectives_fall_where_one_replica_more_is_needed() -> None:
    objectives = (
        "total.success_rate > 99.9%, total.success_rate > 99.999%, app.error_rate < 3%, total.success_rate > 90%"
    )
    found = analysis(f"{FIVE}slos: [{objectives}]").slos
    assert k_of_n(3, 5, 0.99) > 0.99999 > k_of_n(4, 5, 0.99) > 0.999 > k_of_n(5, 5, 0.99) > 0.95
    limits = [one.holds_until_rate for one in found]
    assert limits[:3] == pytest.approx([400.0, 300.0, 400.0], rel=1e-8)
    assert limits[3] is None
    assert [one.met for one in found] == [True, True, True, True]


def test_hundreds_of_steps_are_searched_as_well() -> None:
    text = FIVE.replace("replicas: 5", "replicas: 200").replace("250/s", "15000/s")
    wanted = max(k for k in range(1, 201) if k_of_n(k, 200, 0.99) > 0.999)
    found = analysis(f"{text}slos: [total.success_rate > 99.9%]").slos[0]
    assert found.holds_until_rate == pytest.approx(100.0 * wanted, rel=1e-8)


def test_an_objective_that_no_number_of_replicas_up_holds_never_holds() -> None:
    text = "workload: {rate: 1/s}\ncomponents:\n  app: {kind: server, time: 1ms, availability: 99%}"
    assert analysis(f"{text}\nslos: [total.success_rate > 99.5%]").slos[0].holds_until_rate == 0.0


def test_a_sweep_says_what_single_loads_say() -> None:
    solved = solve_topology(topology(FIVE), 100.0)
    loads = np.array([50.0, 150.0, 250.0, 350.0, 450.0])
    (outage,) = outages(solved.model, loads)
    assert 1.0 - outage.down == pytest.approx([success(FIVE, float(load)) for load in loads], rel=1e-12)
    assert up(5, np.arange(1, 6), 0.99) == pytest.approx([k_of_n(k, 5, 0.99) for k in range(1, 6)], rel=1e-12)
    assert up(5, 3, 0.99) == pytest.approx(k_of_n(3, 5, 0.99), rel=1e-12)


def test_the_working_is_told() -> None:
    (working,) = [one for one in component(FIVE, "app").workings if one.method == "replicas-up"]
    assert working.symbols == pytest.approx(
        {"n": 5, "A": 0.99, "k": 3, "P(up)": k_of_n(3, 5, 0.99), "1 - P(up)": 9.85e-6}, rel=1e-3
    )
