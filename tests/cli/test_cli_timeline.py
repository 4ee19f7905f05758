"""The options of `simulate` that ask for a timeline: what they say, what they refuse, and every form of the result."""

import csv
import io
import json
from pathlib import Path

import pytest
from cli_harness import Shell

import capplan

SHOP = """
version: 1
name: Shop
workload: {rate: 40/s}
components:
  app: {kind: server, replicas: 2, machine: {cores: 2}, time: 20ms}
  watch: {kind: alerting, notify: {channel: phone, delay: 30s}}
slos:
  - total.success_rate > 99%
alerts:
  - {name: errors, when: total.error_rate > 5%}
scenarios:
  outage: {duration: 3m, events: [app down at 1m for 1m]}
"""


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    shell = Shell(tmp_path, capsys)
    shell.write("topology.yaml", SHOP)
    return shell


def test_a_scenario_is_told(shop: Shell) -> None:
    done = shop.capplan("simulate", "--scenario", "outage")
    assert done.code == 0
    assert done.err == ""
    for said in ("DEGRADED", "app down at 1m for 1m", "errors FIRES", "errors notifies", "errors resolved", "FAILED"):
        assert said in done.out


def test_json_says_when_it_fired_and_who_had_failed(shop: Shell) -> None:
    timeline = json.loads(shop.capplan("simulate", "--scenario", "outage", "--timeline", "15s", "--json").out)[
        "timeline"
    ]
    assert timeline["step"] == 15.0
    assert len(timeline["time"]) == 12
    assert timeline["metrics"]["app.replicas"] == [2.0] * 4 + [0.0] * 4 + [2.0] * 4
    assert timeline["metrics"]["app.cpu"][4:8] == [None] * 4
    assert timeline["metrics"]["total.p99"][5] is None
    assert [event["name"] for event in timeline["events"]] == ["app down at 1m for 1m"]
    (firing,) = timeline["alerts"]
    assert (firing["fired_at"], firing["notified_at"], firing["resolved_at"]) == (75.0, 105.0, 180.0)
    assert firing["failed_before_notified"]["default"] == pytest.approx(40 * 30, rel=0.2)
    harm = timeline["failed_before_notified"][-1]
    assert (harm["event"], harm["notified_at"]) == ("app down at 1m for 1m", 105.0)
    assert harm["before"]["default"] == pytest.approx(40 * 45, rel=0.2)
    assert harm["after"]["default"] == pytest.approx(40 * 15, rel=0.2)


def test_events_make_a_timeline_by_themselves(shop: Shell) -> None:
    result = json.loads(shop.capplan("simulate", "--event", "rate x2 at 1m for 30s", "--duration", "2m", "--json").out)
    timeline = result["timeline"]
    assert timeline["step"] == 15.0
    assert timeline["scenario"] is None
    rates = timeline["metrics"]["total.rate"]
    assert rates[4] == pytest.approx(80.0, rel=0.2)
    assert rates[2] == pytest.approx(40.0, rel=0.2)


def test_every_fault_of_the_events_is_told_at_once(shop: Shell) -> None:
    done = shop.capplan(
        "simulate", "--event", "app 9 replicas down at 5m", "--event", "app down at 1m", "--event", "foo at"
    )
    assert done.code == 2
    first, second = done.err.splitlines()
    assert first.startswith("`app 9 replicas down at 5m`: `app` has 2 replicas, not 9")
    assert second.startswith("`foo at`: ")


def test_every_event_after_the_end_is_told_at_once(shop: Shell) -> None:
    late = ("app down at 5m", "rate x2 at 6m")
    done = shop.capplan("simulate", "--event", late[0], "--event", late[1], "--duration", "2m")
    assert [line.split("`")[1] for line in done.err.splitlines()] == list(late)


def test_a_story_stopped_before_its_first_tick_has_no_result(shop: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("capplan.simulation.stories.stage.Stage.begin", stopped)
    done = shop.capplan("simulate", "--scenario", "outage")
    assert (done.code, done.out) == (130, "")
    assert done.err == "capplan: stopped before anything was counted; there is no result\n"


def test_without_events_the_story_is_as_long_as_is_said(shop: Shell) -> None:
    timeline = json.loads(shop.capplan("simulate", "--timeline", "30s", "--duration", "1m", "--json").out)["timeline"]
    assert timeline["time"] == [0.0, 30.0]
    assert timeline["events"] == []


def test_the_same_seed_tells_the_same_story(shop: Shell) -> None:
    command = ("simulate", "--scenario", "outage", "--json", "--seed")
    first, again, other = (json.loads(shop.capplan(*command, seed).out)["timeline"] for seed in ("7", "7", "8"))
    assert first == again
    assert first["metrics"] != other["metrics"]


def test_the_api_tells_what_the_command_prints(shop: Shell) -> None:
    printed = json.loads(shop.capplan("simulate", "--scenario", "outage", "--timeline", "30s", "--json").out)
    result = capplan.simulate(capplan.read("topology.yaml"), scenario="outage", timeline=30.0)
    assert result.timeline is not None
    assert json.loads(json.dumps(result.to_dict()["timeline"])) == printed["timeline"]
    assert not result.healthy


def test_csv_and_markdown_tell_it_too(shop: Shell) -> None:
    rows = list(csv.DictReader(io.StringIO(shop.capplan("simulate", "--scenario", "outage", "--format", "csv").out)))
    assert {"timeline", "event", "alert firing", "failed", "slo time", "log"} <= {row["scope"] for row in rows}
    assert "## Timeline" in shop.capplan("simulate", "--scenario", "outage", "--format", "markdown").out


def test_strict_looks_at_every_step(shop: Shell) -> None:
    assert shop.capplan("simulate", "--scenario", "outage", "--strict").code == 1
    assert shop.capplan("simulate", "--duration", "1m", "--strict").code == 0


def test_a_picture_is_drawn(shop: Shell, tmp_path: Path) -> None:
    assert shop.capplan("simulate", "--scenario", "outage", "--plot", "outage.svg").code == 0
    assert "Shop: outage" in (tmp_path / "outage.svg").read_text()


def test_replications_give_intervals(shop: Shell) -> None:
    result = json.loads(shop.capplan("simulate", "--scenario", "outage", "--replications", "2", "--json").out)
    assert result["run"]["replications"] == 2
    low, high = result["total"]["success_rate_interval"]
    assert low <= result["total"]["success_rate"] <= high


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--scenario", "storm"), "scenario: there is no `storm`; outage"),
        (("--event", "app explodes at 1m"), "`app explodes at 1m`: "),
        (("--event", "ap down at 1m"), "`ap down at 1m`: "),
        (("--event", "app down at 5m", "--duration", "2m"), "the story is over before `app down at 5m`"),
        (("--timeline", "10m", "--duration", "2m"), "steps of 10 min in a story of 2 min"),
        (("--timeline", "60"), "--timeline: "),
        (("--timeline", "0s"), "--timeline: "),
        (("--duration", "100ms"), "100 ms are no story"),
        (("--duration", "soon"), "--duration: "),
        (("--timeline", "61.7s"), "a whole number of scrape intervals"),
        (("--scenario", "outage", "--requests", "5000"), "--requests: a timeline is as long as its story"),
        (("--scenario", "outage", "--precision", "2%"), "--precision: a timeline is as long as its story"),
        (("--replications", "3"), "--replications: there is no timeline"),
        (("--plot", "x.svg"), "--plot: there is no timeline"),
        (("--scenario", "outage", "--replications", "0"), "--replications: 0 are none"),
        (("--scenario", "outage", "--plot", "x.txt"), "one that ends in .svg or .png"),
    ],
)
def test_what_cannot_be_is_refused(shop: Shell, options: tuple[str, ...], said: str) -> None:
    done = shop.capplan("simulate", *options)
    assert done.code == 2
    assert done.out == ""
    assert said in done.err
    assert done.err.count("\n") == 1
