"""Laws of a load that varies: what a constant profile, another order or a longer step may change."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import capplan
from capplan.prediction.period import period, varied
from capplan.prediction.period_records import Period
from capplan.prediction.records import PERCENTILES, Latency
from capplan.topology import Topology

TRIED = settings(derandomize=True, deadline=None, database=None, max_examples=12)
RATE = 100.0
CAPACITY = 400.0
profiles = st.lists(st.floats(0.05, 3.6), min_size=2, max_size=30)


def shop(profile: list[float], *, time: str = "5ms", burstiness: float = 1.0) -> Topology:
    return capplan.parse(f"""
workload: {{rate: 100/s, profile: {profile}, burstiness: {burstiness}}}
requests:
  read: {{share: 80%, to: app}}
  write: {{share: 20%, to: app}}
components:
  app:
    kind: server
    machine: {{cores: 2}}
    endpoints: {{read: {{time: {time}}}, write: {{time: {time}, calls: {{db: 2}}}}}}
  db: {{kind: database, machine: {{cores: 4}}, time: {{mean: 2ms, cv: 1.3}}}}
""")


def over(topology: Topology, rate: float = RATE) -> Period:
    return period(varied(topology, rate))


def figures(latency: Latency | None) -> list[float]:
    assert latency is not None
    return [latency.mean, *(latency.percentiles[level] for level in PERCENTILES)]


@pytest.mark.parametrize("part", [0.5, 1.0, 3.5])
@pytest.mark.parametrize("burstiness", [1.0, 3.0])
def test_a_constant_profile_changes_nothing(part: float, burstiness: float) -> None:
    topology = shop([part] * 24, burstiness=burstiness)
    found, steady = over(topology), capplan.analyze(topology, rate=part * RATE).prediction
    assert figures(found.total.latency) == pytest.approx(figures(steady.total.latency), rel=1e-6)
    for name, request in found.requests.items():
        assert figures(request.latency) == pytest.approx(figures(steady.requests[name].latency), rel=1e-6)
        assert request.throughput == pytest.approx(steady.requests[name].throughput)
        assert request.success_rate == pytest.approx(steady.requests[name].success_rate)


@TRIED
@given(profile=profiles)
def test_percentiles_of_the_period_lie_between_those_of_the_least_and_the_busiest_step(profile: list[float]) -> None:
    found = over(shop(profile))
    low, high = (
        figures(capplan.analyze(shop(profile), rate=RATE * part).prediction.total.latency)
        for part in (min(profile), max(profile))
    )
    for least, between, most in zip(low, figures(found.total.latency), high, strict=True):
        assert least * (1.0 - 1e-3) <= between <= most * (1.0 + 1e-3)


@TRIED
@given(profile=profiles, seed=st.integers(0, 10))
def test_the_order_of_steps_does_not_matter_where_each_has_its_stationary_law(profile: list[float], seed: int) -> None:
    other = np.random.default_rng(seed).permutation(profile).tolist()
    assert figures(over(shop(other)).total.latency) == pytest.approx(figures(over(shop(profile)).total.latency))


@TRIED
@given(profile=profiles)
def test_the_rate_is_the_mean_and_everything_gets_through(profile: list[float]) -> None:
    found = over(shop(profile))
    assert found.total.rate == pytest.approx(RATE * sum(profile) / len(profile))
    assert found.total.throughput == pytest.approx(found.total.rate)
    assert sum(request.rate for request in found.requests.values()) == pytest.approx(found.total.rate)


def test_many_loads_are_mixed_from_few_points_within_a_third_of_a_percent(monkeypatch: pytest.MonkeyPatch) -> None:
    profile = (3.8 * np.random.default_rng(3).beta(2, 2, 168)).round(6).tolist()
    mixed = over(shop(profile))
    monkeypatch.setattr("capplan.prediction.load_points.MOST", 1000)
    exact = over(shop(profile))
    assert figures(mixed.total.latency) == pytest.approx(figures(exact.total.latency), rel=3.5e-3)
    assert [step.p99 for step in mixed.steps] == pytest.approx([step.p99 for step in exact.steps], rel=6e-3)


def test_a_queue_that_follows_slowly_is_later_than_the_load_and_less_extreme() -> None:
    slow = shop([0.5, 1.0, 3.5, 1.0] * 6, time="100s")  # an hour is 36 services
    found = over(slow, rate=0.005)
    (queue,) = found.watched
    assert (queue.how, queue.component, queue.over) == ("forward-equations", "app", 0)
    steady = capplan.analyze(slow, rate=0.005 * 3.5).prediction.total.latency
    assert figures(found.busiest_latency)[0] < figures(steady)[0]
    means = [step.mean or 0.0 for step in found.steps[:4]]
    assert means[3] > means[1] > 0.0


def test_the_forward_equations_tend_to_the_stationary_laws(monkeypatch: pytest.MonkeyPatch) -> None:
    topology = shop([0.5, 1.0, 3.0, 1.0] * 6)
    steady = over(topology)
    monkeypatch.setattr("capplan.prediction.courses._Queue.follows", lambda *_: False)
    forward = over(topology)
    assert [queue.how for queue in forward.watched] == ["forward-equations"]
    assert figures(forward.total.latency) == pytest.approx(figures(steady.total.latency), rel=0.02)
