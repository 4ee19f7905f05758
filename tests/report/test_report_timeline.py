"""The forms of a timeline: a screen at every width, the contract's JSON, CSV rows, Markdown sections, pictures."""

import csv
import io
import json
from dataclasses import replace

import pytest
from timeline_samples import lines, played, with_timeline

from capplan.checks.timeline_records import LogLine
from capplan.report import words
from capplan.report.canvas import Page
from capplan.report.simulation import simulation_to_csv, simulation_to_markdown
from capplan.report.simulation_json import to_simulation_json
from capplan.report.simulation_table import simulation_to_table
from capplan.report.sparkline import marks, sparkline
from capplan.report.timeline_chart import charts_of
from capplan.report.timeline_digest import clock, ends, happened, harm_rows, shown_series, verdict, warning


@pytest.mark.parametrize("width", [72, 80, 100, 120, 160])
def test_the_screen_fits_the_page(width: int) -> None:
    text = simulation_to_table(played(), Page(width=width))
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text
    for said in ("DEGRADED", "what happened", "errors FIRES", "total.success_rate", "FAILED", "MISSED", "quiet", "RUN"):
        assert said in text


def test_colour_only_repeats_what_words_say() -> None:
    text = simulation_to_table(played(), Page(width=100, colour=True))
    assert "\x1b" in text


def test_marks_stand_over_the_steps_of_events() -> None:
    text = simulation_to_table(played(), Page(width=120)).splitlines()
    above = next(line for line in text if line.startswith("METRIC"))
    replicas = next(line for line in text if line.startswith("app.replicas"))
    first = above.index("▼")
    assert replicas[first - 1] == "█"
    assert replicas[first] != "█"


def test_the_verdict_says_who_was_hurt_and_who_knew() -> None:
    word, sentence = verdict(lines(played()))
    assert word == "DEGRADED"
    assert "requests failed" in sentence
    assert "first told at" in sentence
    harms = tuple(replace(harm, before={"buy": 1}, after={"buy": 0}) for harm in lines(played()).harms)
    fine = with_timeline(alerts=(), slos=(), harms=harms)
    assert verdict(lines(fine))[0] == "OK"
    unguarded = with_timeline(alerts=(), slos=())
    assert verdict(lines(unguarded))[0] == "DEGRADED"
    assert "no SLO says" in verdict(lines(unguarded))[1]


def test_json_has_the_keys_of_the_contract() -> None:
    simulation = played()
    result = json.loads(to_simulation_json(simulation))
    timeline = result["timeline"]
    assert timeline["step"] == 15.0
    assert timeline["time"] == [15.0 * step for step in range(20)]
    assert set(timeline) >= {"step", "time", "metrics", "alerts", "events", "log", "failed_before_notified"}
    for name in ("app.cpu", "app.replicas", "app.queue_length", "total.p99", "buy.p99.9", "browse.success_rate"):
        assert len(timeline["metrics"][name]) == 20
    firing = timeline["alerts"][0]
    assert set(firing) >= {"name", "fired_at", "resolved_at", "notified_at", "failed_before_notified"}
    assert firing["notified_at"] == firing["fired_at"] + 30.0
    assert set(firing["failed_before_notified"]) == {"browse", "buy"}
    assert [event["name"] for event in timeline["events"]] == ["app replica down at 1m for 1m", "rate x3 at 3m"]
    failed = sum(sum(one[part].values()) for one in timeline["failed_before_notified"] for part in ("before", "after"))
    ended = sum(one["requests"] for one in timeline["failed_before_notified"])
    assert ended == result["run"]["requests"]
    assert 1.0 - failed / ended == pytest.approx(result["total"]["success_rate"])
    assert result["run"]["replications"] == 1
    assert result["total"]["latency_interval"]["mean"] is None


def test_what_a_scenario_is_about_is_said() -> None:
    told = with_timeline(description="Everybody comes.")
    assert "Everybody comes." in simulation_to_table(told)
    assert "Everybody comes." in simulation_to_markdown(told)
    assert json.loads(to_simulation_json(told))["timeline"]["description"] == "Everybody comes."
    assert json.loads(to_simulation_json(played()))["timeline"]["description"] is None


def test_several_replications_have_intervals() -> None:
    result = json.loads(to_simulation_json(played(3)))
    low, high = result["total"]["latency_interval"]["mean"]
    assert low < result["total"]["latency"]["mean"] < high
    assert result["timeline"] == json.loads(to_simulation_json(played()))["timeline"]


def test_csv_has_a_row_for_each_metric_at_each_time() -> None:
    rows = list(csv.DictReader(io.StringIO(simulation_to_csv(played()))))
    told = [row for row in rows if row["scope"] == "timeline"]
    metrics = lines(played()).metrics
    assert len(told) == 20 * len(metrics)
    found = {float(row["subject"]): row["value"] for row in told if row["metric"] == "total.rate"}
    assert [float(value) for value in found.values()] == list(metrics["total.rate"])
    assert {row["unit"] for row in told if row["metric"] == "app.p99"} == {"s"}
    assert {row["metric"] for row in rows if row["scope"] == "alert firing"} >= {"fired_at", "notified_at"}


def test_markdown_has_its_sections() -> None:
    text = simulation_to_markdown(played())
    for title in (
        "## Timeline",
        "### Metrics over time",
        "### Who was hurt before anybody was told",
        "### SLOs over time",
    ):
        assert title in text
    assert "in 1 replication (" in text


def test_the_log_is_condensed() -> None:
    log = (
        LogLine(20.0, "app", "started", 1, "autoscaler"),
        LogLine(35.0, "app", "started", 2, "autoscaler"),
        LogLine(80.0, "app", "ready", 3, "autoscaler"),
        LogLine(100.0, "app", "started", 2, "deploy app"),
        LogLine(120.0, "app", "wanted", 4, "autoscaler"),
        LogLine(135.0, "app", "wanted", 3, "autoscaler"),
        LogLine(160.0, "app", "finished", 2, "deploy app"),
        LogLine(200.0, "app", "lost", 1, "failure"),
    )
    said = [(moment.at, moment.text) for moment in happened(lines(with_timeline(log=log))) if moment.kind != "alert"]
    assert [one for one in said if one[1].startswith("app:")] == [
        (20.0, "app: autoscaler starts 3 replicas"),
        (80.0, "app: 3 replicas ready, started by the autoscaler"),
        (120.0, "app: autoscaler wants 3 replicas"),
        (160.0, "app: done: deploy app"),
        (200.0, "app: 1 replica failed"),
    ]


def test_what_is_shown_is_what_objectives_name_and_what_moved() -> None:
    shown = shown_series(lines(played()))
    assert shown[:3] == ["total.rate", "total.p99", "total.success_rate"]
    assert {"buy.p99.9", "total.error_rate", "app.replicas", "app.cpu"} <= set(shown)


def test_pictures_have_a_panel_for_each_kind_of_metric() -> None:
    from capplan.report.chart_image import to_panels

    charts = charts_of(lines(played()))
    assert [chart.y.label for chart in charts[:4]] == ["rate", "latency", "success", "utilisation"]
    assert [mark.label for mark in charts[0].moments[:2]] == ["app replica down", "rate x3"]
    first, again = (to_panels(charts, "Shop: friday", "svg") for _ in range(2))
    assert first == again
    assert b"</svg>" in first


def test_a_line_of_blocks_goes_from_low_to_high() -> None:
    assert sparkline([0.0, 0.5, 1.0, None], 4, 0.0, 1.0, max) == "▁▅█·"
    assert sparkline([0.0, 1.0], 5, 0.0, 1.0, max) == "▁▁██"
    assert sparkline([0.0, 1.0, 0.2, 0.1], 2, 0.0, 1.0, max) == "█▂"
    assert sparkline([1.0, 1.0], 2, 1.0, 1.0, max) == "██"
    assert sparkline([0.0, 0.0], 2, 0.0, 0.0, max) == "▁▁"
    assert marks([0.0, 0.5, 1.0], 4, 9) == "▼   ▼  ▼"


def test_times_are_read_like_a_clock() -> None:
    assert [clock(seconds) for seconds in (0.0, 65.0, 3599.6, 3725.0)] == ["0:00", "1:05", "1:00:00", "1:02:05"]


def test_scales_of_fractions_are_whole() -> None:
    assert ends("app.cpu", [0.2, None]) == (0.0, 1.0)
    assert ends("total.success_rate", [0.9, 1.0]) == (0.9, 1.0)
    assert ends("total.error_rate", [0.1]) == (0.0, 0.1)


def test_long_stories_are_announced() -> None:
    assert warning(4e6, 60.0) == ""
    assert warning(12e6, 1234.0) == "about 12 million requests: that takes about 20.5 min"


@pytest.mark.parametrize(
    ("failed", "said"), [(75, "0.026%"), (1, "0.00035%"), (2_870, "1%"), (3_456, "1.2%"), (1_440, "0.5%"), (0, "0%")]
)
def test_a_small_share_keeps_two_digits(failed: int, said: str) -> None:
    assert words.share(failed / 288_015) == said


def test_few_failures_are_not_said_to_be_none() -> None:
    harms = tuple(
        replace(harm, requests=288_015, before={"buy": 75 * (harm.at == 60.0)}, after={"buy": 0})
        for harm in lines(played()).harms
    )
    few = with_timeline(harms=harms)
    assert "(0.0087%)" in verdict(lines(few))[1]
    assert [row.texts[4] for _, row in harm_rows(lines(few))] == ["0.026%"]


def test_the_picture_has_no_empty_margins() -> None:
    from matplotlib.image import imread

    from capplan.report.chart_image import DOTS_PER_INCH, to_panels

    picture = imread(io.BytesIO(to_panels(charts_of(lines(played())), "Shop", "png")))
    drawn = picture[:, :, :3].min(axis=2) < 1.0
    rows, columns = drawn.any(axis=1).nonzero()[0], drawn.any(axis=0).nonzero()[0]
    edges = (rows[0], columns[0], len(drawn) - rows[-1], len(drawn[0]) - columns[-1])
    assert max(edges) < 0.3 * DOTS_PER_INCH
