"""`capplan analyze` and `forecast` of a topology with a profile: in a list, and in a file beside it."""

import json
from pathlib import Path

import pytest
from cli_harness import HELLO, Shell

from capplan.report import FORMATS

HOURS = [0.2, 0.3, 0.5, 0.8, 1.0, 0.9, 0.6, 0.4]


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    made = Shell(tmp_path, capsys)
    made.write("topology.yaml", HELLO.replace("rate: 200/s", "rate: 200/s, growth: 5%/month, profile: day.csv"))
    made.write("day.csv", "hour,load\n" + "".join(f"{3 * k},{part}\n" for k, part in enumerate(HOURS)))
    return made


@pytest.mark.parametrize("form", list(FORMATS))
def test_every_form_has_the_day(shell: Shell, form: str) -> None:
    ran = shell.capplan("analyze", "--format", form)
    assert (ran.code, ran.err) == (0, "")
    assert "not-modelled" not in ran.out
    assert "the day" in ran.out.lower() or "period" in ran.out


def test_a_file_and_a_list_are_the_same(shell: Shell) -> None:
    file = shell.capplan("analyze", "--json").out
    assert (
        json.loads(file)["period"]
        == json.loads(shell.capplan("analyze", "--json", "--set", f"workload.profile={HOURS}").out)["period"]
    )


def test_the_profile_is_of_the_rate_that_is_asked_for(shell: Shell) -> None:
    found = json.loads(shell.capplan("analyze", "--json", "--rate", "300/s").out)["period"]
    assert [step["rate"] for step in found["steps"]] == pytest.approx([300.0 * part for part in HOURS])


def test_strict_fails_where_the_busiest_step_misses_an_objective(shell: Shell) -> None:
    options = ("--strict", "--set", "slos=[app.cpu < 60%]", "--set", "alerts=[]")
    assert shell.capplan("analyze", *options).code == 0
    assert shell.capplan("analyze", *options, "--set", "workload.profile=[0.5, 1.3]").code == 1


def test_a_forecast_dates_the_busiest_step(shell: Shell) -> None:
    whole, half = (
        json.loads(shell.capplan("forecast", "--json", "--from", "2027-01-01", "--set", f"workload.profile={p}").out)
        for p in ("[0.1, 1]", "[0.1, 0.5]")
    )
    assert (whole["busiest_rate"], half["busiest_rate"]) == (200.0, 100.0)
    assert half["events"][0]["date"] > whole["events"][0]["date"]
    assert "╌ < 200 ms ╌" in shell.capplan("forecast", "--from", "2027-01-01").out
