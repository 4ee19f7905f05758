"""A saturated system is a result: what gets through, how far over each resource is, and what would be enough."""

import pytest
from prediction_cases import latency, predicted

CHAIN = """
workload: {rate: 200/s}
components:
  web: {kind: server, machine: {cores: 4}, time: 10ms, calls: {app: 1}}
  app: {kind: server, machine: {cores: 1}, time: 8ms, calls: {db: 2}}
  db: {kind: database, machine: {cores: 2}, time: 4ms}
"""


def test_a_bottleneck_lets_through_what_its_servers_can_do() -> None:
    prediction = predicted(CHAIN)
    assert not prediction.stable
    assert prediction.throughput == pytest.approx(125.0)
    assert prediction.total.throughput == pytest.approx(125.0)
    assert prediction.requests["default"].throughput == pytest.approx(125.0)
    assert prediction.rate == prediction.total.rate == 200.0


def test_what_is_behind_a_bottleneck_gets_less() -> None:
    components = predicted(CHAIN).components
    assert components["web"].throughput == pytest.approx(200.0)
    assert components["app"].throughput == pytest.approx(125.0)
    assert components["db"].throughput == pytest.approx(250.0)
    assert components["db"].utilisation["cpu"] == pytest.approx(250 * 0.004 / 2)
    assert components["app"].utilisation["cpu"] == pytest.approx(1.0)
    assert components["web"].utilisation["cpu"] == pytest.approx(0.5)


def test_times_that_do_not_exist_are_none() -> None:
    prediction = predicted(CHAIN)
    app = prediction.components["app"]
    assert (prediction.total.latency, app.latency, app.wait, app.queue_length) == (None, None, None, None)
    assert prediction.requests["default"].breakdown == ()
    assert latency(prediction.components["web"].latency).mean == pytest.approx(0.010, rel=0.1)


def test_utilisation_never_exceeds_one() -> None:
    for rate in (126.0, 500.0, 1e6):
        for component in predicted(CHAIN, rate).components.values():
            assert all(0.0 <= used <= 1.0 for used in component.utilisation.values() if used is not None)


def test_how_far_over_and_what_is_enough() -> None:
    over = predicted(CHAIN).overloads[0]
    assert (over.component, over.resource, over.servers) == ("app", "cpu", 1)
    assert over.utilisation == pytest.approx(1.6)
    assert over.enough == 2


def test_what_is_enough_is_enough() -> None:
    over = predicted(CHAIN, 1000.0).overloads[0]
    assert over.component == "app"
    assert over.enough is not None
    for cores, stable in ((over.enough - 1, False), (over.enough, True)):
        more = CHAIN.replace("cores: 1", f"cores: {cores}").replace("cores: 4", "cores: 64")
        assert predicted(more.replace("cores: 2", "cores: 64"), 1000.0).stable is stable


def test_at_capacity_exactly_a_queue_is_saturated() -> None:
    assert not predicted(CHAIN, 125.0).stable
    assert predicted(CHAIN, 125.0 * (1 - 1e-9)).stable


def test_an_unaffected_request_keeps_its_latency() -> None:
    text = """
workload: {rate: 200/s}
requests: {slow: {share: 80%, to: app}, ping: {share: 20%, to: health}}
components:
  app: {kind: server, time: 10ms}
  health: {kind: server, time: 1ms}
"""
    prediction = predicted(text)
    assert prediction.requests["slow"].latency is None
    assert prediction.total.latency is None
    assert latency(prediction.requests["ping"].latency).mean == pytest.approx(0.001 / (1 - 0.040))
    assert prediction.throughput == pytest.approx(100 + 40)


def test_requests_that_share_a_bottleneck_lose_the_same_part() -> None:
    text = """
workload: {rate: 200/s}
requests: {a: {share: 75%, to: one}, b: {share: 25%, to: two}}
components:
  one: {kind: server, machine: {cores: 8}, time: 1ms, calls: {db: 1}}
  two: {kind: server, machine: {cores: 8}, time: 1ms, calls: {db: 1}}
  db: {kind: database, time: 10ms}
"""
    requests = predicted(text).requests
    assert requests["a"].throughput == pytest.approx(75.0)
    assert requests["b"].throughput == pytest.approx(25.0)


def test_a_hot_replica_alone_is_saturated() -> None:
    text = """
workload: {rate: 20/s}
components:
  lb: {kind: balancer, policy: random, forwards_to: app, weights: [1, 3]}
  app: {kind: server, replicas: 2, time: 80ms}
"""
    prediction = predicted(text)  # offered 0.4 and 1.2
    assert not prediction.stable
    assert prediction.throughput == pytest.approx(5 + 12.5)
    assert prediction.overloads[0].utilisation == pytest.approx(1.2)
    assert prediction.capacity.max_rate == pytest.approx(1 / 0.080 / 0.75)


@pytest.mark.parametrize("visits", [1, 3, 10, 50])
@pytest.mark.parametrize("over", [1.01, 1.2, 2.0, 10.0])
def test_a_request_that_visits_a_saturated_queue_often(visits: int, over: float) -> None:
    text = f"""
workload: {{rate: 1/s}}
components:
  app: {{kind: server, machine: {{cores: 64}}, time: 1ms, calls: {{db: {visits}}}}}
  db: {{kind: database, time: 10ms}}
"""
    # each visit passes with p: rate (p + p^2 + … + p^V) are served, 100 a second
    rate = over * 100 / visits
    low, high = 0.0, 1.0
    for _ in range(100):
        p = 0.5 * (low + high)
        low, high = (low, p) if rate * sum(p**k for k in range(1, visits + 1)) > 100 else (p, high)
    prediction = predicted(text, rate)
    assert prediction.throughput == pytest.approx(rate * p**visits, rel=1e-6)
    assert prediction.components["db"].utilisation["cpu"] == pytest.approx(1.0)
    assert prediction.components["db"].throughput == pytest.approx(100.0)


def test_an_overload_that_does_not_settle_is_noted_and_a_settled_one_is_not() -> None:
    """A request makes 3^10 visits in the last of eleven layers, all of them far over capacity."""
    lines = ["workload: {rate: 50/s}", "components:"]
    for layer in range(11):
        calls = "" if layer == 10 else f", calls: {{{', '.join(f's{layer + 1}x{k}: 1' for k in range(3))}}}"
        width = 3 if layer else 1
        lines += [f"  s{layer}x{k}: {{kind: server, machine: {{cores: 1}}, time: 1ms{calls}}}" for k in range(width)]
    codes = {note.code for note in predicted("\n".join(lines)).notes}
    assert "overload-unsettled" in codes
    assert "overload-unsettled" not in {note.code for note in predicted(CHAIN).notes}
