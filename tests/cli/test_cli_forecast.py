"""`capplan forecast`: its options, its dates, and what it refuses."""

import json
from datetime import date
from pathlib import Path

import pytest
from cli_harness import HELLO, Shell, loaded_by

from capplan.report import FORMATS

GROWING = HELLO.replace("rate: 200/s", "rate: 200/s, growth: 5%/month")
FROM = ("--from", "2026-11-23")


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    made = Shell(tmp_path, capsys)
    made.write("topology.yaml", GROWING)
    return made


def test_it_reads_the_topology_of_the_folder(shell: Shell) -> None:
    ran = shell.capplan("forecast", *FROM)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Hello [beta]  topology.yaml\nRUNWAY  On 2027-06-20, in 6.9 months, app-cpu fires")


@pytest.mark.parametrize("form", list(FORMATS))
def test_it_has_every_form(shell: Shell, form: str) -> None:
    ran = shell.capplan("forecast", *FROM, "--format", form)
    assert (ran.code, ran.err) == (0, "")
    assert "2027-06-20" in ran.out


def test_growth_rate_and_settings_move_the_dates(shell: Shell) -> None:
    def first(*options: str) -> float:
        result = json.loads(shell.capplan("forecast", "--json", *FROM, *options).out)
        return float(result["events"][0]["seconds"])

    assert first("--growth", "10%/month") < first() < first("--growth", "1%/month")
    assert first("--rate", "250/s") < first() < first("--set", "components.app.replicas=4")


def test_it_starts_today_unless_said(shell: Shell) -> None:
    before = date.today().isoformat()
    start = json.loads(shell.capplan("forecast", "--json").out)["start"]
    assert before <= start <= date.today().isoformat()


@pytest.mark.parametrize(
    ("horizon", "end"), [("12", "2027-11-23"), ("3y", "2029-11-22"), ("90d", "2027-02-21"), ("99999y", None)]
)
def test_the_horizon_is_in_months_or_years(shell: Shell, horizon: str, end: str | None) -> None:
    result = json.loads(shell.capplan("forecast", "--json", *FROM, "--horizon", horizon).out)
    assert result["horizon"]["date"] == end


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--from", "23.11.2026", "--from: `23.11.2026` is not a date; year, month and day, e.g. 2026-11-23"),
        ("--growth", "5%", "--growth: `5%` is a fraction; a growth is needed, e.g. 5%/month"),
        ("--horizon", "soon", "--horizon: `soon` is not a time ahead"),
        ("--horizon", "0", "--horizon: `0` is no time ahead; months, e.g. 24, or years, e.g. 3y"),
    ],
)
def test_a_wrong_option_exits_with_two(shell: Shell, option: str, value: str, message: str) -> None:
    ran = shell.capplan("forecast", option, value)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(message)


def test_where_nothing_grows_it_says_what_to_write(shell: Shell) -> None:
    ran = shell.capplan("forecast", shell.write("still.yaml", HELLO))
    assert (ran.code, ran.out) == (2, "")
    assert "`growth: 5%/month` in `workload`" in ran.err


def test_json_does_without_the_tables_of_the_terminal(shell: Shell) -> None:
    assert "rich" not in loaded_by(shell.folder, "forecast", "--json")
