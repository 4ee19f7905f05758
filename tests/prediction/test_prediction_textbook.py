"""Textbook queues written as topologies: the whole way from the text to the percentile, against closed forms."""

import pytest
from prediction_cases import (
    GRID,
    chance_of_waiting,
    erlang_quantile,
    latency,
    mean_wait,
    predicted,
    sojourn_quantile,
)

LEVELS = (0.5, 0.9, 0.95, 0.99, 0.999)


@pytest.mark.parametrize(
    ("servers", "rate", "service"),
    [(1, 50.0, 0.010), (1, 95.0, 0.010), (2, 150.0, 0.010), (4, 3.6, 1.0), (16, 1200.0, 0.012), (64, 6.0, 10.0)],
)
def test_mmc(servers: int, rate: float, service: float) -> None:
    text = f"""
workload: {{rate: {rate}/s}}
components:
  app: {{kind: server, machine: {{cores: {servers}}}, time: {service}s}}
"""
    prediction = predicted(text)
    app, found = prediction.components["app"], latency(prediction.total.latency)
    wait = mean_wait(servers, rate, service)
    assert found.mean == pytest.approx(service + wait, rel=1e-9)
    assert app.queue_length == pytest.approx(rate * wait, rel=1e-9)
    assert app.in_service == pytest.approx(rate * service)
    assert app.workings[0].symbols["P(W>0)"] == pytest.approx(chance_of_waiting(servers, rate * service))
    for level in LEVELS:
        assert found.percentiles[level] == pytest.approx(sojourn_quantile(servers, rate, service, level), rel=GRID)


@pytest.mark.parametrize("cv", [0.0, 0.5, 1.5, 2.0])
def test_mg1_mean_of_pollaczek_and_khinchine(cv: float) -> None:
    dist = "dist: deterministic" if cv == 0.0 else f"cv: {cv}"
    text = f"workload: {{rate: 70/s}}\ncomponents:\n  app: {{kind: server, time: {{mean: 10ms, {dist}}}}}"
    wait = mean_wait(1, 70.0, 0.010, scv=cv**2)
    assert latency(predicted(text).total.latency).mean == pytest.approx(0.010 + wait, rel=1e-9)


def test_a_tandem_of_equal_exponential_queues_is_an_erlang_law() -> None:
    text = """
workload: {rate: 60/s}
components:
  one: {kind: server, time: 10ms, calls: {two: 1}}
  two: {kind: server, time: 10ms, calls: {three: 1}}
  three: {kind: server, time: 10ms}
"""
    found = latency(predicted(text).total.latency)
    assert found.mean == pytest.approx(3 * 0.025, rel=1e-9)
    for level in LEVELS:
        assert found.percentiles[level] == pytest.approx(erlang_quantile(3, 0.025, level), rel=GRID)


def test_a_jackson_network_has_the_mean_of_its_queues() -> None:
    text = """
workload: {rate: 30/s}
components:
  web: {kind: server, machine: {cores: 2}, time: 20ms, calls: {app: 1, files: 0.5}}
  app: {kind: server, machine: {cores: 4}, time: 30ms, calls: {db: 2.5}}
  db: {kind: database, machine: {cores: 2}, time: 15ms}
  files: {kind: server, time: 40ms}
"""
    expected = (
        (0.020 + mean_wait(2, 30.0, 0.020))
        + (0.030 + mean_wait(4, 30.0, 0.030))
        + 2.5 * (0.015 + mean_wait(2, 75.0, 0.015))
        + 0.5 * (0.040 + mean_wait(1, 15.0, 0.040))
    )
    assert latency(predicted(text).total.latency).mean == pytest.approx(expected, rel=1e-9)


def test_splitting_one_fast_server_into_ten_slow_ones() -> None:
    # Ten servers behind random spreading: exactly ten times the sojourn of one that is ten times as fast.
    fast = "workload: {rate: 80/s}\ncomponents:\n  app: {kind: server, machine: {cores: 1, speed: 10}, time: 100ms}"
    slow = """
workload: {rate: 80/s}
components:
  lb: {kind: balancer, policy: random, forwards_to: app}
  app: {kind: server, replicas: 10, time: 100ms}
"""
    one, ten = latency(predicted(fast).total.latency), latency(predicted(slow).total.latency)
    assert ten.mean == pytest.approx(10 * one.mean, rel=1e-9)
    assert ten.percentiles[0.99] == pytest.approx(10 * one.percentiles[0.99], rel=GRID)


def test_pooling_beats_splitting() -> None:
    split = mean_wait(1, 80.0, 0.010)
    text = "workload: {rate: 320/s}\ncomponents:\n  app: {kind: server, machine: {cores: 4}, time: 10ms}"
    pooled = latency(predicted(text).components["app"].wait).mean
    assert pooled == pytest.approx(mean_wait(4, 320.0, 0.010), rel=1e-9)
    assert pooled < split / 4
