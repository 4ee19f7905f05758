"""Forecasts: when things come, against the closed forms of growth; what never comes; what has come already."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import capplan
from capplan.errors import BadOption
from capplan.studies.forecast import Event, Forecast, Kind, forecast
from capplan.topology import Topology
from capplan.units import DAY, MONTH, YEAR, Growth

MONTHLY = Growth(0.05, MONTH)


def shop(*, data: str = "", disk: str = "disk: {size: 500GB}", growth: str = "", extra: str = "") -> Topology:
    """An M/M/2 of 400/s, and a database beside it."""
    return capplan.parse(f"""
workload: {{rate: 100/s{growth and f", growth: {growth}"}}}
components:
  app: {{kind: server, machine: {{cores: 2}}, time: 5ms, calls: {{db: 1}}}}
  db: {{kind: database, machine: {{cores: 4, {disk}}}, time: 1ms{data and f", data: {data}"}}}
slos: [total.p99 < 50ms{extra}]
alerts: [{{name: busy, when: app.cpu > 50%}}]
""")


def event(found: Forecast, kind: Kind, name: str = "") -> Event:
    (only,) = (one for one in found.events if one.kind is kind and name in ("", one.name))
    return only


def test_a_load_reaches_a_rate_when_growth_has_compounded_to_it() -> None:
    found = forecast(shop(growth="5%/month"))
    capacity, alert = event(found, Kind.CAPACITY), event(found, Kind.ALERT)
    assert capacity.rate == pytest.approx(400.0)
    assert capacity.seconds == pytest.approx(math.log(4) / math.log(1.05) * MONTH)
    assert (capacity.name, capacity.subject) == ("app.cpu", "app")
    assert alert.seconds == pytest.approx(math.log(2) / math.log(1.05) * MONTH)


def test_an_objective_falls_at_the_rate_that_the_analysis_says() -> None:
    topology = shop(growth="5%/month")
    slo = event(forecast(topology), Kind.SLO)
    assert slo.rate == capplan.analyze(topology).slos[0].holds_until_rate
    assert slo.rate is not None
    assert slo.seconds is not None
    assert 100.0 * MONTHLY.factor(slo.seconds) == pytest.approx(slo.rate)


def test_closed_users_grow_in_number() -> None:
    text = """
version: 1
workload: {users: 100, think_time: 1s, growth: 5%/month}
components:
  app: {kind: server, time: 4ms}
slos: [total.p99 < 100ms]
"""
    topology = capplan.parse(text)
    until = capplan.analyze(topology).slos[0].holds_until_users
    slo = event(forecast(topology), Kind.SLO)
    assert until is not None
    assert slo.seconds is not None
    assert 100.0 * MONTHLY.factor(slo.seconds) == pytest.approx(until)


def test_what_comes_first_stands_first_and_what_never_comes_last() -> None:
    found = forecast(shop(growth="5%/month", data="{size: 100GB}"))
    assert [one.kind for one in found.events] == [Kind.ALERT, Kind.SLO, Kind.CAPACITY, Kind.DISK]
    assert found.events[-1].seconds is None


def test_a_disk_fills_by_an_amount_over_time() -> None:
    found = forecast(shop(data="{size: 100GB, growth: 2GB/day}", extra=", db.storage < 80%"))
    assert event(found, Kind.DISK).seconds == pytest.approx(200 * DAY)
    assert event(found, Kind.SLO, "db.storage").seconds == pytest.approx(150 * DAY)
    assert event(found, Kind.SLO, "db.storage").rate is None


def test_a_disk_fills_by_a_part_of_itself() -> None:
    found = forecast(shop(data="{size: 250GB, growth: 100%/year}"))
    assert event(found, Kind.DISK).seconds == pytest.approx(YEAR)


def test_where_only_data_grow_the_load_brings_nothing_about() -> None:
    found = forecast(shop(data="{size: 100GB, growth: 2GB/day}"))
    assert found.growth is None
    assert {found.status(event(found, kind)) for kind in (Kind.SLO, Kind.ALERT, Kind.CAPACITY)} == {"never"}


@pytest.mark.parametrize("growth", [Growth(0.0, MONTH), Growth(-0.02, YEAR), Growth(-1.0, YEAR)])
def test_a_load_that_does_not_grow_brings_nothing_about(growth: Growth) -> None:
    found = forecast(shop(), growth=growth)
    assert [one.seconds for one in found.events] == [None, None, None]


def test_data_that_shrink_leave_the_disk_but_turn_what_watches_for_that() -> None:
    found = forecast(shop(data="{size: 400GB, growth: -50%/year}", extra=", db.storage > 40%"))
    assert event(found, Kind.DISK).seconds is None
    assert event(found, Kind.SLO, "db.storage").seconds == pytest.approx(YEAR)


def test_what_is_so_today_says_so() -> None:
    found = forecast(shop(growth="5%/month", data="{size: 600GB}", extra=", db.storage < 80%"), rate=500.0)
    assert {found.status(one) for one in found.events} == {"today"}


def test_the_horizon_parts_what_comes_from_what_comes_later() -> None:
    found = forecast(shop(growth="5%/month"), horizon=24 * MONTH)
    assert [found.status(one) for one in found.events] == ["within", "within", "beyond"]


def test_nothing_that_grows_is_refused_with_what_to_write() -> None:
    with pytest.raises(BadOption, match=r"nothing grows; `growth: 5%/month` in `workload`"):
        forecast(shop(data="{size: 100GB}"))


def test_growing_data_on_a_disk_of_unknown_size_are_named() -> None:
    found = forecast(shop(disk="memory: 8GB", data="{size: 100GB, growth: 2GB/day}"))
    assert found.unsized == ("db",)
    assert all(one.kind is not Kind.DISK for one in found.events)


@settings(deadline=None)
@given(st.floats(0.001, 1.0), st.floats(1.01, 3.0))
def test_faster_growth_brings_everything_sooner(fraction: float, times: float) -> None:
    topology = shop()
    slow = {one.name: one.seconds for one in forecast(topology, growth=Growth(fraction, MONTH)).events}
    fast = {one.name: one.seconds for one in forecast(topology, growth=Growth(fraction * times, MONTH)).events}
    assert all((fast[name] or 0.0) < (seconds or 0.0) for name, seconds in slow.items())


def profiled(profile: list[float], growth: str = "5%/month") -> Topology:
    text = f"100/s, growth: {growth}, profile: {profile}"
    return capplan.parse(f"""
workload: {{rate: {text}}}
components: {{app: {{kind: server, machine: {{cores: 2}}, time: 5ms}}}}
slos: [total.p99 < 50ms, app.cpu < 70%]
""")


@pytest.mark.parametrize("peak", [0.5, 1.0, 1.7])
def test_under_a_profile_the_busiest_step_is_dated(peak: float) -> None:
    found, steady = forecast(profiled([0.2, peak, 0.1])), forecast(profiled([1.0, 1.0]), rate=100.0 * peak)
    assert (found.rate, found.busiest_rate) == (100.0, 100.0 * peak)
    assert [(one.name, one.rate) for one in found.events] == [(one.name, one.rate) for one in steady.events]
    assert [one.seconds for one in found.events] == [pytest.approx(one.seconds) for one in steady.events]
    capacity = event(found, Kind.CAPACITY)
    assert capacity.seconds == pytest.approx(math.log(4.0 / peak) / math.log(1.05) * MONTH)


def test_a_busiest_step_beyond_capacity_is_so_today() -> None:
    assert event(forecast(profiled([0.5, 4.5])), Kind.CAPACITY).seconds == 0.0


def test_objectives_are_followed_over_the_time_ahead() -> None:
    found = forecast(profiled([0.5, 2.0]), horizon=YEAR)
    latency, cpu = found.trajectories
    assert (latency.metric, latency.operator, latency.threshold) == ("total.p99", "<", 0.05)
    assert (latency.seconds[0], latency.seconds[-1]) == (0.0, YEAR)
    assert cpu.values[0] == pytest.approx(0.5)
    assert cpu.values[-1] == pytest.approx(0.5 * 1.05**12, rel=1e-3)
    falls = event(found, Kind.SLO, "total.p99").seconds
    assert falls is not None
    for seconds, value in zip(latency.seconds, latency.values, strict=True):
        assert (value is not None and value < 0.05) == (seconds < falls)


def test_what_has_no_bound_is_none_and_what_does_not_grow_is_not_followed() -> None:
    assert forecast(profiled([1.0, 1.0], growth="40%/month")).trajectories[0].values[-1] is None
    assert forecast(shop(data="{size: 100GB, growth: 2GB/day}")).trajectories == ()
    gone = forecast(profiled([1.0, 1.0]), growth=Growth(-1.0, YEAR)).trajectories[1]
    assert gone.values[-1] == pytest.approx(0.0, abs=1e-6)


def test_costs_and_data_have_dates_but_no_trajectory() -> None:
    found = forecast(shop(growth="5%/month", data="{size: 100GB}", extra=", db.storage < 80%, cost.hour < 3"))
    assert [one.metric for one in found.trajectories] == ["total.p99"]
