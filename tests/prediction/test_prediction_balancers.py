"""Balancers: how visits are spread over replicas and over targets, and what that does to the wait."""

import math

import numpy as np
import pytest
from prediction_cases import GRID, component, latency, mean_wait, notes_of, predicted, sojourn_quantile, used


def farm(options: str, replicas: int = 10, rate: float = 80.0, time: str = "100ms") -> str:
    return f"""
workload: {{rate: {rate}/s}}
components:
  lb: {{kind: balancer, forwards_to: app, {options}}}
  app: {{kind: server, replicas: {replicas}, time: {time}}}
"""


def app_mean(text: str) -> float:
    return latency(component(text, "app").latency).mean


def test_random_spreading_is_a_queue_at_each_replica() -> None:
    found = latency(component(farm("policy: random"), "app").latency)
    assert found.mean == pytest.approx(0.1 + mean_wait(1, 8.0, 0.1), rel=1e-9)
    for level in (0.5, 0.95, 0.99, 0.999):
        assert found.percentiles[level] == pytest.approx(sojourn_quantile(1, 8.0, 0.1, level), rel=GRID)


def test_no_balancer_is_random_spreading() -> None:
    text = """
workload: {rate: 80/s}
components:
  front: {kind: server, machine: {cores: 64}, calls: {app: 1}}
  app: {kind: server, replicas: 10, time: 100ms}
"""
    assert app_mean(text) == pytest.approx(0.1 + mean_wait(1, 8.0, 0.1), rel=1e-9)


def test_ip_hash_of_many_equal_keys_is_random_spreading() -> None:
    assert app_mean(farm("policy: ip_hash")) == pytest.approx(app_mean(farm("policy: random")), rel=1e-12)


def test_round_robin_makes_each_replica_a_queue_with_erlang_arrivals() -> None:
    # E10/M/1: sigma = (10 rho / (10 rho + 1 - sigma))^10, W = sigma / (1 - sigma) E[S]
    rho, sigma = 0.8, 0.5
    for _ in range(2000):
        sigma = (10 * rho / (10 * rho + 1 - sigma)) ** 10
    assert app_mean(farm("policy: round_robin")) == pytest.approx(0.1 + 0.1 * sigma / (1 - sigma), rel=1e-6)


def test_the_usual_order_of_policies() -> None:
    pooled = 0.1 + mean_wait(10, 80.0, 0.1)
    means = [app_mean(farm(f"policy: {p}")) for p in ("least_connections", "power_of_two", "round_robin", "random")]
    assert pooled < means[0] < means[1] < means[2] < means[3]


def shorter_of_two(rate: float) -> float:
    """Mean sojourn of two servers of rate 1, the shorter queue joined: the chain over both queues, to its limit."""
    size, total = 60, rate + 2.0
    one, other = np.indices((size, size))
    to_one = (one < other) + 0.5 * (one == other)
    chance = np.zeros((size, size))
    chance[0, 0] = 1.0
    for _ in range(6000):
        new = np.zeros_like(chance)
        new[1:, :] += (rate * to_one * chance)[:-1, :]
        new[:, 1:] += (rate * (1.0 - to_one) * chance)[:, :-1]
        new[:-1, :] += chance[1:, :]
        new[0, :] += chance[0, :]
        new[:, :-1] += chance[:, 1:]
        new[:, 0] += chance[:, 0]
        chance = new / total
    return float(np.sum((one + other) * chance) / np.sum(chance) / rate)


def test_least_connections_of_two_servers_against_the_exact_chain() -> None:
    found = app_mean(farm("policy: least_connections", replicas=2, rate=1.6, time="1s"))
    assert found == pytest.approx(shorter_of_two(1.6), rel=0.02)


@pytest.mark.parametrize("alias", ["least_conn", "leastconn", "least_outstanding_requests"])
def test_names_of_other_products_are_understood(alias: str) -> None:
    assert app_mean(farm(f"policy: {alias}")) == app_mean(farm("policy: least_connections"))


def test_weights_spread_the_load() -> None:
    text = farm("policy: random, weights: [1, 2, 5]", replicas=3, rate=8.0)
    prediction = predicted(text)
    shares = (1 / 8, 2 / 8, 5 / 8)
    mean = sum(share * (0.1 + mean_wait(1, 8.0 * share, 0.1)) for share in shares)
    app = prediction.components["app"]
    assert latency(app.latency).mean == pytest.approx(mean, rel=1e-9)
    assert app.utilisation["cpu"] == pytest.approx(8.0 * 0.1 / 3)
    assert app.details["hottest_replica_cpu"] == pytest.approx(0.5)
    assert prediction.capacity.max_rate == pytest.approx(16.0)


def test_skewed_keys_heat_one_replica() -> None:
    text = farm("policy: ip_hash, skew: 1", replicas=4, rate=10.0)
    first = 1 / (1 + 1 / 2 + 1 / 3 + 1 / 4)
    prediction = predicted(text)
    assert prediction.components["app"].details["hottest_replica_cpu"] == pytest.approx(10 * 0.1 * first)
    assert prediction.capacity.max_rate == pytest.approx(10 / first)


def test_equal_weights_change_nothing() -> None:
    assert app_mean(farm("policy: random, weights: [2, 2, 2]", replicas=3, rate=8.0)) == pytest.approx(
        app_mean(farm("policy: random", replicas=3, rate=8.0)), rel=1e-12
    )


def targets(options: str = "") -> str:
    return f"""
workload: {{rate: 10/s}}
components:
  lb: {{kind: balancer, policy: random, forwards_to: [a, b]{options}}}
  a: {{kind: server, replicas: 2, time: 10ms}}
  b: {{kind: server, time: 10ms}}
"""


def test_several_targets_get_visits_by_their_replicas() -> None:
    prediction = predicted(targets())
    assert prediction.components["a"].rate == pytest.approx(20 / 3)
    assert prediction.components["b"].rate == pytest.approx(10 / 3)


def test_weights_reach_over_all_targets() -> None:
    prediction = predicted(targets(", weights: [1, 3, 6]"))
    assert prediction.components["a"].rate == pytest.approx(4.0)
    assert prediction.components["b"].rate == pytest.approx(6.0)
    assert prediction.components["a"].details["hottest_replica_cpu"] == pytest.approx(3.0 * 0.010)


def test_an_endpoint_goes_to_the_target_that_has_it() -> None:
    text = """
workload: {rate: 10/s}
requests:
  api: {share: 70%, to: lb.api}
  page: {share: 30%, to: lb.page}
components:
  lb: {kind: balancer, forwards_to: [a, b], time: 1ms, machine: {cores: 1}}
  a: {kind: server, endpoints: {api: {time: 10ms}}}
  b: {kind: server, endpoints: {page: {time: 20ms}}}
"""
    prediction = predicted(text)
    assert prediction.components["a"].rate == pytest.approx(7.0)
    assert prediction.components["b"].rate == pytest.approx(3.0)
    assert used(text, "lb", "cpu") == pytest.approx(0.01)


def test_a_balancer_without_a_machine_is_no_bottleneck() -> None:
    text = farm("policy: random, time: 1ms", replicas=1000, rate=5000.0)
    lb = component(text, "lb")
    assert lb.utilisation["cpu"] is None
    assert latency(lb.latency).mean == pytest.approx(0.001)


def test_variability_of_service_lengthens_the_wait_behind_random_spreading() -> None:
    for cv in (0.0, 0.5, 2.0):
        dist = "dist: deterministic" if cv == 0.0 else f"cv: {cv}"
        text = farm("policy: random", time=f"{{mean: 100ms, {dist}}}")
        assert app_mean(text) == pytest.approx(0.1 + mean_wait(1, 8.0, 0.1, scv=cv**2), rel=1e-9)


def test_visits_that_go_round_the_balancer_are_noted() -> None:
    text = """
workload: {rate: 10/s}
requests: {a: {share: 50%, to: lb}, b: {share: 50%, to: other}}
components:
  lb: {kind: balancer, forwards_to: app}
  app: {kind: server, replicas: 2, time: 10ms}
  other: {kind: server, time: 1ms, calls: {app: 1}}
"""
    assert notes_of(predicted(text), "mixed-callers")[0].where == "components.app"


def test_a_percentile_of_a_busy_pair_is_between_one_queue_and_two() -> None:
    text = farm("policy: least_connections", replicas=2, rate=16.0)
    found = latency(component(text, "app").latency).percentiles[0.99]
    assert sojourn_quantile(2, 16.0, 0.1, 0.99) < found < sojourn_quantile(1, 8.0, 0.1, 0.99)
    assert math.isfinite(found)
