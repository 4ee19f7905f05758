"""A sweep: what it says at each point is what `analyze` says there; the knee, the wall, two parameters at once."""

import math

import pytest
from sweep_samples import ALONE, SHOP, built, swept

from capplan.checks.analysis import analyze
from capplan.checks.records import Analysis
from capplan.errors import BadOption
from capplan.prediction.records import RequestPrediction
from capplan.studies.sweep_records import Finding, Point, Traffic

NEAR = 1e-6
SCRAPED = SHOP.replace("slos:", "  stats: {kind: metrics, series: 100000, scrape_interval: 10s, time: 1us}\nslos:")


def same_traffic(found: Traffic, wanted: RequestPrediction) -> None:
    assert found.rate == pytest.approx(wanted.rate, rel=NEAR)
    assert found.throughput == pytest.approx(wanted.throughput, rel=NEAR)
    assert found.success_rate == pytest.approx(wanted.success_rate, rel=NEAR)
    assert (found.latency is None) == (wanted.latency is None)
    if found.latency is not None and wanted.latency is not None:
        assert found.latency.mean == pytest.approx(wanted.latency.mean, rel=NEAR)
        assert found.latency.percentiles == pytest.approx(wanted.latency.percentiles, rel=1e-4)


def same_finding(found: Finding, value: float | None, true: bool) -> None:
    assert found.true == true, found
    exists = value is not None and math.isfinite(value)
    assert found.value == (pytest.approx(value, rel=1e-4) if exists else None), found


def same_point(point: Point, analysis: Analysis) -> None:
    """What `analyze` says."""
    prediction = analysis.prediction
    assert point.stable == prediction.stable
    assert point.max_rate == prediction.capacity.max_rate
    assert point.cost == pytest.approx(prediction.cost.month)
    same_traffic(point.total, prediction.total)
    for name, request in prediction.requests.items():
        same_traffic(point.requests[name], request)
    for found, slo in zip(point.slos, analysis.slos, strict=True):
        same_finding(found, slo.value, slo.met)
    for found, alert in zip(point.alerts, analysis.alerts, strict=True):
        same_finding(found, alert.value, alert.firing)
    used = [
        value for part in prediction.components.values() for value in part.utilisation.values() if value is not None
    ]
    assert point.busiest is not None
    assert point.busiest.utilisation == pytest.approx(max(used), rel=1e-4)


@pytest.mark.parametrize("text", [SHOP, SCRAPED], ids=["load alone", "load of its own besides"])
def test_loads_solved_together_say_what_analyze_says(text: str) -> None:
    found = swept(text, "workload.rate=50/s..450/s")
    assert [point.stable for point in found.points] == [True] * 3 + [False] * 2
    for point in found.points:
        same_point(point, analyze(built(text, []), point.values[0].number))


@pytest.mark.parametrize(
    "setting", ["components.app.replicas=1..4", "components.cache.hit_ratio=0..1", "components.db.time=5ms,60ms,110ms"]
)
def test_any_parameter_says_what_analyze_says(setting: str) -> None:
    found = swept(SHOP, setting)
    for point in found.points:
        same_point(point, analyze(built(SHOP, [f"{found.parameters[0].path}={point.values[0].written}"])))
    assert found.landmarks == ()


def test_closed_users_reach_a_rate_of_their_own() -> None:
    text = ALONE.replace("rate: 10/s", "users: 10, think_time: 1s")
    rates = [point.total.rate for point in swept(text, "workload.users=10,20,40").points]
    assert rates == [pytest.approx(analyze(built(text, [f"workload.users={n}"])).prediction.rate) for n in (10, 20, 40)]


def test_users_swept_together_say_what_analyze_says() -> None:
    text = SHOP.replace("rate: 100/s", "users: 200, think_time: 1s")
    found = swept(text, "workload.users=20..2000")
    for point in found.points:
        same_point(point, analyze(built(text, [f"workload.users={point.values[0].written}"])))
    assert found.landmarks == ()


def test_the_rate_that_is_asked_for_holds_at_every_point() -> None:
    assert {point.total.rate for point in swept(ALONE, "components.app.time=1ms..9ms", rate=20.0).points} == {20.0}


def test_the_knee_of_one_exponential_server_is_half_of_its_capacity() -> None:
    (landmark,) = swept(ALONE, "workload.rate=1/s..2/s", points=2).landmarks
    assert landmark.knee == pytest.approx(50.0, rel=1e-3)
    assert landmark.max_rate == pytest.approx(100.0)
    assert (landmark.component, landmark.resource) == ("app", "cpu")
    assert landmark.value is None


def test_without_a_limit_there_is_neither_knee_nor_wall() -> None:
    text = "version: 1\nworkload: {rate: 10/s}\ncomponents: {mail: {kind: external, time: 10ms}}\n"
    (landmark,) = swept(text, "workload.rate=1/s..2/s", points=2).landmarks
    assert (landmark.knee, landmark.max_rate) == (None, None)


def test_the_knee_of_what_takes_no_time_is_its_wall() -> None:
    text = "version: 1\nworkload: {rate: 10/s}\ncomponents: {mail: {kind: external, time: 0ms, rate_limit: 50/s}}\n"
    (landmark,) = swept(text, "workload.rate=1/s..2/s", points=2).landmarks
    assert landmark.knee == pytest.approx(50.0, rel=1e-3)


@pytest.mark.parametrize("swapped", [False, True])
def test_two_parameters_make_every_combination(swapped: bool) -> None:
    settings = ["workload.rate=10/s..150/s", "components.app.replicas=1,2"]
    found = swept(ALONE, *(settings[::-1] if swapped else settings), points=3)
    pairs = [tuple(value.written for value in point.values) for point in found.points]
    rates, replicas = ("10/s", "80/s", "150/s"), ("1", "2")
    assert pairs == (
        [(n, r) for n in replicas for r in rates] if swapped else [(r, n) for r in rates for n in replicas]
    )
    assert [landmark.max_rate for landmark in found.landmarks] == pytest.approx([100.0, 200.0])
    for point, pair in zip(found.points, pairs, strict=True):
        assert point.stable == (pair != (("1", "150/s") if swapped else ("150/s", "1")))


@pytest.mark.parametrize("values", ["0/s..5/s", "1..5", "1ms..5ms", "few,many"])
def test_a_rate_that_is_no_load_is_refused(values: str) -> None:
    with pytest.raises(BadOption, match="not every value is a load"):
        swept(ALONE, f"workload.rate={values}")


def test_a_path_is_swept_once() -> None:
    with pytest.raises(BadOption, match="swept twice"):
        swept(ALONE, "components.app.time=1ms..2ms", "components.app.time=3ms..4ms")
