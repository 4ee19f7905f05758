"""Errors along the call graph, and rate limits that refuse the excess."""

import pytest
from prediction_cases import component, latency, notes_of, predicted


def shop(calls: str, more: str = "") -> str:
    return f"""
workload: {{rate: 10/s}}
requests: {{r: {{to: a}}}}
components:
  a: {{kind: server, time: 1ms, calls: {calls}{more}}}
  b: {{kind: server, time: 1ms, error_rate: 10%}}
  c: {{kind: server, time: 1ms, error_rate: 20%, calls: {{b: 1}}}}
"""


@pytest.mark.parametrize(
    ("calls", "success"),
    [
        ("{}", 1.0),
        ("{b: 1}", 0.9),
        ("{b: 3}", 0.9**3),
        ("{b: 2.5}", 0.9**2 * (1 - 0.5 * 0.1)),
        ("{b: 0.25}", 1 - 0.25 * 0.1),
        ("[{b: 2, probability: 50%}]", 0.5 + 0.5 * 0.9**2),
        ("{c: 1}", 0.8 * 0.9),
        ("{b: 1, c: 1}", 0.9 * 0.8 * 0.9),
        ("[{parallel: [{b: 1}, {c: 1}]}]", 0.9 * 0.8 * 0.9),
        ("[{b: 5, async: true}]", 1.0),
        ("[{parallel: [{b: 1, async: true}, {c: 1}]}]", 0.8 * 0.9),
    ],
)
def test_a_request_succeeds_when_all_that_it_waits_for_does(calls: str, success: float) -> None:
    prediction = predicted(shop(calls))
    assert prediction.requests["r"].success_rate == pytest.approx(success, rel=1e-12)
    assert prediction.total.success_rate == pytest.approx(success, rel=1e-12)
    assert prediction.components["a"].error_rate == pytest.approx(1 - success, abs=1e-12)


def test_own_errors_multiply() -> None:
    assert predicted(shop("{b: 1}", ", error_rate: 5%")).total.success_rate == pytest.approx(0.95 * 0.9)


def test_total_is_the_mean_over_the_requests() -> None:
    text = """
workload: {rate: 10/s}
requests: {good: {share: 75%, to: a}, bad: {share: 25%, to: b}}
components:
  a: {kind: server, time: 1ms}
  b: {kind: server, time: 1ms, error_rate: 40%}
"""
    assert predicted(text).total.success_rate == pytest.approx(0.75 + 0.25 * 0.6)


def test_a_miss_that_fails_fails_the_request() -> None:
    text = """
workload: {rate: 10/s}
components:
  cache: {kind: cache, time: 1ms, hit_ratio: 90%, on_miss: {db: 2}}
  db: {kind: database, time: 1ms, error_rate: 1%}
"""
    assert predicted(text).total.success_rate == pytest.approx(0.9 + 0.1 * 0.99**2)


def test_failing_consumers_and_loggers_fail_no_request() -> None:
    text = """
workload: {rate: 10/s}
components:
  a: {kind: server, time: 1ms, calls: {q: 1}, logs: {to: log, bytes: 1kB}}
  q: {kind: queue, workers: w}
  w: {kind: server, time: 1ms, error_rate: 50%}
  log: {kind: logging, error_rate: 50%}
"""
    assert predicted(text).total.success_rate == 1.0


LIMITED = """
workload: {rate: 100/s}
components:
  a: {kind: server, machine: {cores: 8}, time: 1ms, calls: [{pay: 1, probability: 50%}]}
  pay: {kind: external, latency: 10ms, rate_limit: 40/s, error_rate: 2%}
"""


def test_a_rate_limit_refuses_the_excess() -> None:
    prediction = predicted(LIMITED)
    pay = prediction.components["pay"]
    assert pay.error_rate == pytest.approx(1 - 0.8 * 0.98)
    assert pay.throughput == pytest.approx(40.0)
    assert pay.utilisation["rate_limit"] == 1.0
    assert prediction.total.success_rate == pytest.approx(1 - 0.5 * (1 - 0.8 * 0.98))
    assert "20.0 %" in notes_of(prediction, "rate-limit")[0].message


def test_a_rate_limit_makes_nothing_unstable() -> None:
    prediction = predicted(LIMITED)
    assert prediction.stable
    assert prediction.overloads == ()
    assert latency(prediction.total.latency).mean == pytest.approx(0.006, rel=1e-3)


def test_a_rate_limit_bounds_the_capacity() -> None:
    capacity = predicted(LIMITED, 20.0).capacity
    assert (capacity.component, capacity.resource) == ("pay", "rate_limit")
    assert capacity.max_rate == pytest.approx(80.0)
    assert capacity.headroom == pytest.approx(0.75)


def test_below_its_limit_nothing_is_refused() -> None:
    prediction = predicted(LIMITED, 80.0)
    assert prediction.components["pay"].error_rate == pytest.approx(0.02)
    assert notes_of(prediction, "rate-limit") == []


def test_only_what_arrives_is_refused() -> None:
    text = """
workload: {rate: 400/s}
components:
  app: {kind: server, time: 10ms, calls: {pay: 1}}
  pay: {kind: external, latency: 10ms, rate_limit: 80/s}
"""
    pay = component(text, "pay")  # the one core of app lets 100 a second through
    assert pay.error_rate == pytest.approx(0.2)
    assert pay.throughput == pytest.approx(80.0)
