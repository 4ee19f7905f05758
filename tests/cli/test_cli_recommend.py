"""`recommend`: what it is asked, what it prints where, with which code it exits, and what it emits."""

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from cli_harness import Shell, spawn

import capplan
from capplan.cli.progress import SearchBar
from capplan.cli.wishes import chosen_budget, chosen_target, chosen_wishes
from capplan.errors import BadOption
from capplan.planning.records import Strategy
from capplan.planning.wishes import TIME_LIMIT, Progress

SHOP = """\
# the shop
version: 1
name: Shop
workload:
  rate: 200/s            # the busiest hour
components:
  lb:  {kind: balancer, policy: least_connections, forwards_to: app, scaling: {fixed: true}}
  app:                   # ours
    kind: server
    replicas: 3          # one a zone
    machine: m6i.large
    time: 15ms
    calls: {db: 2}
    scaling: {machines: [m6i.large, m6i.xlarge, m6i.2xlarge], replicas: 2..40}
  db: {kind: database, machine: m6i.2xlarge, time: 1ms, scaling: {machines: [m6i.2xlarge, m6i.4xlarge, m6i.8xlarge]}}
slos:
  - total.p99 < 200ms
alerts:
  - {name: app-cpu, when: app.cpu > 70%, for: 5m}
"""
USERS = SHOP.replace("  rate: 200/s ", "  users: 500\n  think_time: 2s ")


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    shell = Shell(tmp_path, capsys)
    shell.write("topology.yaml", SHOP)
    return shell


def as_input(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


# ---- what is asked


@pytest.mark.parametrize(
    ("target", "rate"),
    [("5000", 5000.0), ("5k", 5000.0), ("5000/s", 5000.0), ("3M/day", 3e6 / 86400), ("3x", 600.0), ("2.5 ×", 500.0)],
)
def test_a_target_is_a_number_a_rate_or_a_multiple(target: str, rate: float) -> None:
    assert chosen_target(target, None, capplan.parse(SHOP)) == pytest.approx(rate)


def test_today_may_be_another_rate() -> None:
    assert chosen_target("3x", 1000.0, capplan.parse(SHOP)) == 3000.0
    assert chosen_target("3x", 1000.0, capplan.parse(USERS)) == 3000.0
    assert chosen_target("3000", None, capplan.parse(USERS)) == 3000.0
    assert chosen_target(None, None, capplan.parse(USERS)) is None


def test_users_have_no_multiple() -> None:
    with pytest.raises(BadOption, match=r"`3x` is a multiple of `workload.rate`.* a rate such as 5000/s, or .* --rate"):
        chosen_target("3x", None, capplan.parse(USERS))


@pytest.mark.parametrize(("budget", "hour"), [("730/month", 1.0), ("2/hour", 2.0), ("24/day", 1.0), ("8760/year", 1.0)])
def test_a_budget_is_money_over_time(budget: str, hour: float) -> None:
    assert chosen_budget(budget) == pytest.approx(hour)


def test_wishes_are_parts_and_a_time() -> None:
    wishes = chosen_wishes("20%", "0.1", "30s")
    assert (wishes.headroom, wishes.percentile_margin, wishes.time_limit) == (0.2, 0.1, 30.0)
    assert chosen_wishes(None, None, "2.5").time_limit == 2.5
    plain = chosen_wishes(None, None, None)
    assert (plain.headroom, plain.percentile_margin, plain.time_limit) == (0.0, 0.0, TIME_LIMIT)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "recommend: one of the two, --target-rps 5000 or --budget 2000/month, is needed"),
        (["--target-rps", "5", "--budget", "5/month"], "recommend: one of the two, --target-rps 5000 or --budget"),
        (["--target-rps", "0"], "--target-rps: `0` is not above zero; a rate, e.g. 5000, 3M/day or 3x"),
        (["--target-rps", "-3x"], "--target-rps: `-3x` is not above zero; a multiple of today's rate, e.g. 3x"),
        (["--target-rps", "5ms"], "--target-rps: `5ms` is a duration; a rate is needed, e.g. 5000, 3M/day or 3x"),
        (["--target-rps", "many"], "--target-rps: `many` is not a rate"),
        (["--target-rps", "x"], "--target-rps: `x` is not a multiple of today's rate"),
        (["--budget", "2000"], "--budget: `2000` has no unit; a price over time, e.g. 2000/month"),
        (["--budget", "0/month"], "--budget: `0/month` is not above zero"),
        (["--target-rps", "5", "--headroom", "20"], "--headroom: `20` is outside of 0..1"),
        (["--target-rps", "5", "--headroom", "100%"], "--headroom: `100%` leaves nothing; a part below 100%, e.g. 20%"),
        (["--target-rps", "5", "--percentile-margin", "5ms"], "--percentile-margin: `5ms` is a duration"),
        (["--target-rps", "5", "--time-limit", "0"], "--time-limit: `0` is not above zero; a duration, e.g. 30s"),
        (["--target-rps", "5", "--emit", "plan"], "--emit: there is no `plan`; topology"),
        (["--target-rps", "5", "--emit", "topology", "--json"], "--emit: what it prints is YAML; leave --format"),
        (["none.yaml", "--target-rps", "5"], "none.yaml: it cannot be read"),
    ],
)
def test_a_wrong_option_exits_with_two(shell: Shell, arguments: list[str], message: str) -> None:
    ran = shell.capplan("recommend", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(message)


# ---- what is answered


def test_the_answer_comes_first(shell: Shell) -> None:
    ran = shell.capplan("recommend", "--target-rps", "5x")
    assert (ran.code, ran.err) == (0, "")
    name, verdict, *_ = ran.out.splitlines()
    assert name == "Shop  topology.yaml"
    assert verdict.startswith("PLAN  1,000/s needs ")
    assert "proven the cheapest" in ran.out
    assert "\x1b" not in ran.out


@pytest.mark.parametrize("form", ["table", "json", "markdown", "csv"])
def test_every_form(shell: Shell, form: str) -> None:
    ran = shell.capplan("recommend", "--target-rps", "1000", "--format", form)
    assert (ran.code, ran.err) == (0, "")
    assert "app" in ran.out


def test_json_is_the_result_of_the_python_api(shell: Shell) -> None:
    found = json.loads(shell.capplan("recommend", "--target-rps", "1000", "--json", "--headroom", "10%").out)
    same = capplan.recommend(capplan.read("topology.yaml"), target_rate=1000.0, headroom=0.1).to_dict()
    assert found == same
    assert found["planned_rate"] == pytest.approx(1000.0 / 0.9)


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"target_rate": 0.0}, "is not a load"),
        ({"target_rate": float("nan")}, "is not a load"),
        ({"target_rate": 5.0, "headroom": 1.0}, "headroom: 1.0 is not a part"),
        ({"target_rate": 5.0, "percentile_margin": -0.1}, "percentile_margin: -0.1 is not a part"),
        ({"target_rate": 5.0, "time_limit": 0.0}, "time_limit: 0.0 is no time"),
    ],
)
def test_the_python_api_refuses_what_makes_no_sense(wish: dict[str, Any], message: str) -> None:
    with pytest.raises(capplan.CapplanError, match=message):
        capplan.recommend(capplan.parse(SHOP), **wish)


def test_no_plan_exits_with_one_and_still_shows_the_report(shell: Shell) -> None:
    ran = shell.capplan("recommend", "--target-rps", "1M/s")
    assert (ran.code, ran.err) == (1, "")
    assert "NO PLAN" in ran.out
    emitted = shell.capplan("recommend", "--target-rps", "1M/s", "--emit", "topology")
    assert (emitted.code, emitted.out) == (1, "")
    assert emitted.err.startswith("NO PLAN  No plan within `scaling` takes 1M/s")


def test_a_budget_is_turned_into_a_load(shell: Shell) -> None:
    found = json.loads(shell.capplan("recommend", "--budget", "2000/month", "--json").out)
    assert found["rate"] > 200.0
    assert found["recommendation"]["plans"][0]["cost"]["month"] <= 2000.0
    poor = shell.capplan("recommend", "--budget", "1/year")
    assert poor.code == 1
    assert "does not carry even the least load" in poor.out


# ---- what is emitted


def test_what_is_emitted_holds_everything(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = shell.capplan("recommend", "--target-rps", "1000", "--emit", "topology")
    assert (ran.code, ran.err) == (0, "")
    as_input(monkeypatch, ran.out)
    strict = shell.capplan("analyze", "-", "--strict", "--json")
    assert strict.code == 0
    assert json.loads(strict.out)["rate"] == 1000.0
    before, after = SHOP.splitlines(), ran.out.splitlines()
    assert len(before) == len(after)
    assert "  rate: 1000/s           # the busiest hour" in after
    changed = {old.split(":")[0].strip() for old, new in zip(before, after, strict=True) if old != new}
    assert changed <= {"rate", "replicas", "machine", "db"}


def test_standard_input_is_emitted_too(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    named = shell.capplan("recommend", "--target-rps", "1000", "--emit", "topology")
    as_input(monkeypatch, SHOP)
    assert shell.capplan("recommend", "-", "--target-rps", "1000", "--emit", "topology").out == named.out


def test_settings_are_emitted_too(shell: Shell) -> None:
    ran = shell.capplan("recommend", "--target-rps", "300", "--emit", "topology", "--set", "components.app.time=12ms")
    assert "    time: 12ms\n" in ran.out


def test_users_become_the_rate(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    as_input(monkeypatch, USERS)
    ran = shell.capplan("recommend", "-", "--target-rps", "300", "--emit", "topology")
    assert ran.code == 0
    workload = capplan.parse(ran.out).workload
    assert (workload.rate, workload.users, workload.think_time) == (300.0, None, None)


def test_prices_of_ones_own_are_mentioned(shell: Shell) -> None:
    arguments = ("recommend", "--target-rps", "300", "--pricing", "committed")
    assert shell.capplan(*arguments).err == ""
    ran = shell.capplan(*arguments, "--emit", "topology")
    assert ran.code == 0
    assert (
        ran.err == "The plan was found with --pricing committed: the commands that read this topology need the same.\n"
    )


def test_a_named_pipe_is_read_once(shell: Shell) -> None:
    import threading

    os.mkfifo("pipe.yaml")
    writer = threading.Thread(target=Path("pipe.yaml").write_text, args=(SHOP,))
    writer.start()
    ran = shell.capplan("recommend", "pipe.yaml", "--target-rps", "300", "--emit", "topology")
    writer.join()
    assert ran.code == 0
    assert ran.out.startswith("# the shop\n")


def test_the_way_through_a_real_pipe(shell: Shell) -> None:
    planned = spawn(shell.folder, "recommend", "-", "--target-rps", "1000", "--emit", "topology", stdin=SHOP)
    assert (planned.code, planned.err) == (0, "")
    assert spawn(shell.folder, "analyze", "-", "--strict", stdin=planned.out).code == 0


# ---- the bar


class Screen(io.StringIO):
    """Standard error of a person."""

    def isatty(self) -> bool:
        return True


def drawn(monkeypatch: pytest.MonkeyPatch, screen: io.StringIO, seconds: float, term: str = "xterm") -> str:
    """What a bar writes when it is told of a search that has taken so long."""
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", term)
    times = iter([0.0, seconds, seconds, seconds + 1.0])
    with SearchBar(lambda: next(times), "USD") as bar:
        for spent in (0.1, 0.1, 0.2):
            bar.tell(Progress(strategy=Strategy.MIXED, spent=spent, best=1.7, bound=1.53, evaluations=3))
    return screen.getvalue()


def test_a_bar_shows_what_takes_longer_than_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "mixed: 1,241 USD a month, at most 10% more to save" in drawn(monkeypatch, Screen(), 1.5)


def test_there_is_no_bar_before_nor_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(monkeypatch, io.StringIO(), 5.0) == ""
    assert drawn(monkeypatch, Screen(), 5.0, term="dumb") == ""
    assert drawn(monkeypatch, Screen(), -0.5) == ""
