"""A day or a week in every form: curves, hours by name, fleets, and the object of the JSON result."""

import csv
import io
import json

import pytest

import capplan
from capplan.checks.records import Analysis
from capplan.report import FORMATS
from capplan.report.as_table import to_table
from capplan.report.canvas import Page
from capplan.report.period_digest import axis, busiest, curves, drawn, extent, fleet, moment, name, slowest

HOURS = [round(0.3 + 0.7 * (1 - abs(hour - 19) / 19), 3) for hour in range(24)]
WEEK = HOURS * 6 + [round(0.9 * part, 3) for part in HOURS]
TEXT = """
name: Shop [beta]
workload: {{rate: {rate}/s, profile: {profile}}}
components:
  app: {{kind: server, replicas: 4, machine: m6i.large, time: 15ms, calls: {{db: 1}}}}
  db: {{kind: database, machine: r6i.large, time: 1ms}}
slos: [total.p99 < 120ms, app.cpu < 70%]
"""


def shop(rate: float = 300.0, profile: list[float] = WEEK) -> Analysis:
    return capplan.analyze(capplan.parse(TEXT.format(rate=rate, profile=profile), "shop.yaml"))


@pytest.fixture(scope="module")
def week() -> Analysis:
    return shop()


@pytest.fixture(scope="module")
def overloaded() -> Analysis:
    return shop(rate=750.0)


def test_a_curve_shows_the_largest_of_those_that_share_a_mark() -> None:
    assert drawn([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], 8) == "▁▂▃▄▅▆▇█"
    assert drawn([0.0, 7.0, 0.0, 0.0], 2) == "█▁"
    assert drawn([1.0, None], 2) == "▅×"
    assert drawn([None], 3) == "×××"
    assert drawn([1.0, 10.0, 100.0], 3) == "▁▅█"


def test_a_curve_has_as_many_marks_for_each_day(week: Analysis) -> None:
    assert week.period is not None
    assert [len(curve.marks) for curve in curves(week.period.period, 60)] == [56, 56]
    assert [len(curve.marks) for curve in curves(week.period.period, 30)] == [28, 28]
    assert axis(week.period.period, 60).split() == ["day", "1", "2", "3", "4", "5", "6", "7"]
    assert extent(week.period.period) == "168 hours"


def test_a_day_has_clock_times() -> None:
    found = shop(profile=HOURS).period
    assert found is not None
    assert (name(found.period), extent(found.period)) == ("the day", "24 hours")
    assert moment(found.period, found.period.peak) == "19:00"
    assert axis(found.period, 60).split() == ["00:00", "06:00", "12:00", "18:00"]
    assert [len(curve.marks) for curve in curves(found.period, 60)] == [48, 48]


def test_other_steps_are_named_by_their_length() -> None:
    daily, odd = (shop(profile=profile).period for profile in ([0.5] * 7, [0.5, 1.0, 0.2]))
    assert daily is not None
    assert odd is not None
    assert (extent(daily.period), moment(daily.period, daily.period.steps[2])) == ("7 days", "day 3")
    assert extent(odd.period).startswith("3 steps of ")


def test_the_busiest_and_the_slowest_hour(week: Analysis, overloaded: Analysis) -> None:
    assert week.period is not None
    assert overloaded.period is not None
    assert busiest(week.period.period).startswith("day 1, 19:00: 300/s, app cpu 43.3%, p99 ")
    assert slowest(week.period.period) == ""
    over = sum(step.rate > (overloaded.prediction.capacity.max_rate or 0.0) for step in overloaded.period.period.steps)
    assert busiest(overloaded.period.period).endswith(f"over capacity in {over} steps")
    assert "requests left waiting" in slowest(overloaded.period.period)


def test_a_fleet_that_follows_says_what_it_saves(week: Analysis) -> None:
    assert week.period is not None
    told = dict(fleet(week.period))
    assert told["fixed"].endswith(" a month")
    assert "less: app from 2; the slowest step's p99" in told["following"]


def test_a_fleet_without_a_price_says_nothing_and_a_fixed_one_that() -> None:
    text = TEXT.format(rate=10, profile=[1, 2])
    unpriced = capplan.analyze(
        capplan.parse(text.replace("m6i.large", "{cores: 2}").replace("r6i.large", "{cores: 2}"))
    )
    alone = capplan.analyze(capplan.parse(text.replace("replicas: 4", "replicas: 1")))
    assert unpriced.period is not None
    assert alone.period is not None
    assert list(fleet(unpriced.period)) == []
    assert dict(fleet(alone.period))["following"] == "no replicas can follow the load"


@pytest.mark.parametrize("width", [72, 100, 140])
def test_no_line_is_longer_than_the_page(week: Analysis, overloaded: Analysis, width: int) -> None:
    for found in (week, overloaded):
        assert max(map(len, to_table(found, Page(width=width)).splitlines())) <= width


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_people_read_of_the_week(week: Analysis, form: str) -> None:
    text = FORMATS[form](week)
    assert "over the week" in text.lower()
    assert "day 1, 19:00" in text
    assert "missed in steps" in text


def test_the_verdict_says_what_falls_over_the_week() -> None:
    profile = [1.4 if hour == 3 else 0.5 for hour in range(24)]
    assert "AT RISK" in to_table(shop(rate=350.0, profile=profile))
    assert "over the day misses app.cpu < 70% (1 of 2 SLOs)" in " ".join(
        to_table(shop(rate=350.0, profile=profile)).split()
    )


def test_json_has_every_step_in_si_units(week: Analysis) -> None:
    found = json.loads(FORMATS["json"](week))["period"]
    assert list(found) == ["span", "step", "steps", "total", "requests", "busiest", "slos", "cost"]
    assert (found["span"], found["step"], len(found["steps"])) == (604800.0, 3600.0, 168)
    assert list(found["steps"][5]) == ["start", "rate", "utilisation", "latency", "backlog"]
    assert found["busiest"]["index"] == 19
    assert found["busiest"]["bottleneck"] == {"component": "app", "resource": "cpu"}
    assert found["busiest"]["over_capacity"] is False
    assert list(found["total"]) == ["rate", "throughput", "success_rate", "latency"]
    assert list(found["cost"]) == ["currency", "fixed", "following", "saving"]
    assert found["cost"]["following"]["least_replicas"] == {"app": 2}
    saved = 1.0 - found["cost"]["following"]["hour"] / found["cost"]["fixed"]["hour"]
    assert found["cost"]["saving"] == pytest.approx(saved)
    assert [slo["steps_missed"] for slo in found["slos"]] == [0, 0]


def test_json_has_nulls_where_nothing_has_a_bound() -> None:
    found = json.loads(FORMATS["json"](shop(rate=2000.0)))["period"]
    assert found["total"]["latency"]["p99"] is None
    assert found["steps"][0]["latency"] == {"mean": None, "p99": None}
    assert found["steps"][0]["backlog"] is None
    assert "grows without bound" in FORMATS["table"](shop(rate=2000.0))


def test_without_a_profile_the_object_is_null() -> None:
    text = TEXT.format(rate=10, profile=[1, 2]).replace(", profile: [1, 2]", "")
    assert json.loads(FORMATS["json"](capplan.analyze(capplan.parse(text))))["period"] is None


def test_csv_has_a_row_for_each_figure_of_each_step(week: Analysis) -> None:
    rows = list(csv.DictReader(io.StringIO(FORMATS["csv"](week))))
    steps = [row for row in rows if row["scope"] == "step" and row["metric"] == "latency.p99"]
    assert len(steps) == 168
    assert (steps[1]["subject"], steps[1]["unit"]) == ("3600.0", "s")
    scopes = {row["scope"] for row in rows}
    assert {"period", "period slo", "fleet"} <= scopes
    assert {row["metric"] for row in rows if row["scope"] == "fleet"} == {"cost.hour", "cost.month", "slowest_p99"}
