"""The command `simulate`: its forms, its options, and how it ends."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from cli_harness import HELLO, Shell

import capplan
from capplan.checks import simulation as checks
from capplan.simulation.replications import Plan

SHORT = ("--requests", "4000")


@pytest.fixture
def hello(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    shell = Shell(tmp_path, capsys)
    shell.write("topology.yaml", HELLO)
    return shell


def without_clock(result: dict[str, Any]) -> dict[str, Any]:
    """The result without the time that it took."""
    result["run"].pop("wall_seconds")
    return result


def keys(value: Any) -> Any:
    """The keys of a result, without those of intervals and of the run."""
    if not isinstance(value, dict):
        return None
    return {key: keys(inner) for key, inner in value.items() if not key.endswith("_interval") and key != "run"}


def test_json_has_the_keys_of_analyze_and_an_interval_beside_each_measured_number(hello: Shell) -> None:
    result = json.loads(hello.capplan("simulate", *SHORT, "--json").out)
    analysis = json.loads(hello.capplan("analyze", "--json").out)
    for name in ("total", "requests", "capacity", "cost"):
        assert keys(result[name]) == keys(analysis[name])
    assert keys(result) == keys(analysis)
    total = result["total"]
    for name, value in total["latency"].items():
        interval = total["latency_interval"][name]
        assert name == "p99.9" if interval is None else interval[0] <= value <= interval[1]
    assert total["throughput_interval"][0] < 200.0 * 1.05
    assert total["success_rate_interval"] == [1.0, 1.0]
    low, high = result["components"]["app"]["utilisation_interval"]["cpu"]
    assert low < result["components"]["app"]["utilisation"]["cpu"] < high
    assert result["components"]["app"]["utilisation_interval"]["disk"] is None
    assert set(result["run"]) >= {"requests", "warmup", "replications", "seed", "simulated_seconds", "events"}


def test_it_agrees_with_analyze(hello: Shell) -> None:
    result = json.loads(hello.capplan("simulate", "--requests", "40000", "--json").out)
    analysis = json.loads(hello.capplan("analyze", "--json").out)
    for name, value in analysis["total"]["latency"].items():
        assert result["total"]["latency"][name] == pytest.approx(value, rel=0.06)
    app = result["components"]["app"]
    assert app["utilisation"]["cpu"] == pytest.approx(analysis["components"]["app"]["utilisation"]["cpu"], rel=0.02)
    assert app["in_service"] == pytest.approx(analysis["components"]["app"]["in_service"], rel=0.02)


def test_the_same_seed_gives_the_same_result(hello: Shell) -> None:
    first, again, other = (
        without_clock(json.loads(hello.capplan("simulate", *SHORT, "--json", "--seed", seed).out))
        for seed in ("1", "1", "2")
    )
    assert first == again
    assert first["total"] != other["total"]


def test_the_api_gives_what_the_command_prints(hello: Shell) -> None:
    printed = without_clock(json.loads(hello.capplan("simulate", *SHORT, "--json", "--seed", "3").out))
    result = capplan.simulate(capplan.read("topology.yaml"), requests=4000, seed=3)
    assert without_clock(result.to_dict()) == printed
    assert result.healthy


def test_the_table_has_margins_and_says_how_it_was_run(hello: Shell) -> None:
    out = hello.capplan("simulate", *SHORT).out
    assert re.search(r"REQUEST +rate +mean +± +p50 +p95 +p99 +± +success +±", out)
    assert "RUN  " in out
    assert "10 replications" in out


def test_markdown_and_csv_carry_the_intervals(hello: Shell) -> None:
    markdown = hello.capplan("simulate", *SHORT, "--format", "markdown").out
    assert "## Margins" in markdown
    assert "## Run" in markdown
    rows = list(csv.DictReader(io.StringIO(hello.capplan("simulate", *SHORT, "--format", "csv").out)))
    found = {(row["scope"], row["subject"], row["metric"]): row for row in rows}
    low = found[("total", "total", "latency_interval.p99.low")]
    assert float(low["value"]) < float(found[("total", "total", "latency.p99")]["value"])
    assert low["unit"] == "s"
    assert found[("run", "Hello [beta]", "seed")]["value"] == "1"


def test_precision_plays_until_the_p99_is_known_so_well(hello: Shell) -> None:
    result = json.loads(hello.capplan("simulate", *SHORT, "--precision", "4%", "--json").out)
    low, high = result["total"]["latency_interval"]["p99"]
    assert (high - low) / 2.0 <= 0.04 * result["total"]["latency"]["p99"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--requests", "10"), "--requests: 10 are too few; at least 1,000"),
        (("--precision", "0%"), "--precision: `0%` is no part of a number"),
        (("--precision", "tight"), "--precision: "),
        (("--jobs", "-1"), "--jobs: -1 processes cannot be"),
    ],
)
def test_options_that_make_no_sense_are_refused(hello: Shell, options: tuple[str, str], message: str) -> None:
    ran = hello.capplan("simulate", *options)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(message)


def test_a_state_is_played_by_the_name_that_analyze_gives_it(hello: Shell) -> None:
    ran = hello.capplan("simulate", *SHORT, "--json", "--state", "app without 1 of its replicas")
    result = json.loads(ran.out)
    assert result["topology"]["name"] == "Hello [beta], app without 1 of its replicas"
    assert result["components"]["app"]["replicas"] == 2
    assert result["components"]["app"]["utilisation"]["cpu"] == pytest.approx(0.75, abs=0.05)


def test_a_state_that_cannot_be_played_is_refused(hello: Shell) -> None:
    unknown = hello.capplan("simulate", *SHORT, "--state", "a full moon")
    assert unknown.code == 2
    assert "`a full moon` is no state" in unknown.err
    assert '"app without 1 of its replicas"' in unknown.err
    empty = hello.capplan("simulate", *SHORT, "--state", "db without 1 of its replicas")
    assert empty.code == 2
    assert "nothing is left of db" in empty.err


def test_a_profile_is_played_as_well(hello: Shell) -> None:
    hello.write("day.yaml", HELLO.replace("rate: 200/s", "rate: 200/s, profile: [20%, 100%, 60%, 50%]"))
    result = json.loads(hello.capplan("simulate", "day.yaml", *SHORT, "--json").out)
    period = result["period"]
    assert 3_000 < period["run"]["requests"] < 5_000
    low, high = period["total"]["latency_interval"]["p50"]
    assert low < period["total"]["latency"]["p50"] < high
    assert period["total"]["rate"] == pytest.approx(115.0, rel=0.1)
    assert "the day: " in hello.capplan("simulate", "day.yaml", *SHORT).out


def test_objectives_are_judged_on_what_was_measured(hello: Shell) -> None:
    faster = ("--set", "slos=[total.p99.5 < 1ms]")
    ran = hello.capplan("simulate", *SHORT, "--strict", "--json", *faster)
    assert ran.code == 1
    slo = json.loads(ran.out)["slos"][0]
    assert (slo["met"], slo["value"]) == (False, pytest.approx(0.09, abs=0.03))


def test_what_is_saturated_has_no_latency(hello: Shell) -> None:
    result = json.loads(hello.capplan("simulate", *SHORT, "--rate", "500/s", "--json").out)
    assert (result["stable"], result["total"]["latency"]["p99"]) == (False, None)
    assert result["total"]["latency_interval"]["p99"] is None
    assert result["total"]["throughput"] == pytest.approx(400.0, rel=0.08)
    assert result["components"]["app"]["utilisation"]["cpu"] == pytest.approx(1.0, abs=0.01)


def test_users_are_played_as_users(hello: Shell) -> None:
    closed = ("--set", "workload={users: 100, think_time: 500ms}")
    result = json.loads(hello.capplan("simulate", *SHORT, *closed, "--json").out)
    answer = result["total"]["latency"]["mean"]
    assert result["throughput"] == pytest.approx(100 / (0.5 + answer), rel=0.05)
    assert "not-modelled" not in {note["code"] for note in result["notes"]}


def test_stopped_early_it_shows_what_there_is(hello: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from capplan.cli import simulation_bar

    class Impatient(simulation_bar.SimulationBar):
        def tell(self, outlook: Any) -> None:
            if outlook.done == 4:
                raise KeyboardInterrupt

    monkeypatch.setattr(simulation_bar, "SimulationBar", Impatient)
    ran = hello.capplan("simulate", *SHORT, "--json")
    assert ran.code == 0
    assert "stopped early" in ran.err
    result = json.loads(ran.out)
    assert (result["run"]["replications"], result["run"]["interrupted"]) == (4, True)


def test_the_result_knows_its_parts() -> None:
    found = checks.simulate(capplan.parse(HELLO), 250.0, Plan(4000, 1))
    assert found.simulated.prediction.rate == 250.0
    assert found.healthy is found.analysis.healthy


def test_analyze_verifies_against_what_simulate_measures(hello: Shell) -> None:
    result = json.loads(hello.capplan("analyze", "--verify", *SHORT, "--json").out)
    measured = json.loads(hello.capplan("simulate", *SHORT, "--json").out)
    numbers = {one["metric"]: one for one in result["verification"]["numbers"]}
    assert numbers["default.p95"]["simulated"] == measured["total"]["latency"]["p95"]
    assert numbers["default.p95"]["predicted"] == result["total"]["latency"]["p95"]
    assert keys(result["components"]) == keys(json.loads(hello.capplan("analyze", "--json").out)["components"])
    rows = list(csv.DictReader(io.StringIO(hello.capplan("analyze", "--verify", *SHORT, "--format", "csv").out)))
    verdicts = {row["subject"]: row["value"] for row in rows if row["metric"] == "verdict"}
    assert verdicts == {metric: one["verdict"] for metric, one in numbers.items()}
    markdown = hello.capplan("analyze", "--verify", *SHORT, "--format", "markdown").out
    assert "## Verification" in markdown
    assert "| default.p95 |" in markdown


def test_the_table_of_a_verification_marks_what_is_refuted_and_strict_fails_on_it(hello: Shell) -> None:
    calm = hello.capplan("analyze", "--verify", *SHORT, "--strict")
    assert calm.code == 0
    assert re.search(r"VERIFIED  \d+ of \d+ numbers agree with the simulation", calm.out)
    batches = HELLO.replace("db:  {", "db:  {logs: {to: lines, lines: 4, bytes: 4kB}, ")
    hello.write("topology.yaml", batches.replace("slos:", "  lines: {kind: logging, ingest: 10MB/s}\nslos:"))
    wrong = hello.capplan("analyze", "--verify", *SHORT)
    assert wrong.code == 0
    assert "REFUTED" in wrong.out
    assert re.search(r"lines\.p99 .* REFUTED", wrong.out)
    assert hello.capplan("analyze", "--verify", *SHORT, "--strict").code == 1


def test_options_of_a_verification_need_it(hello: Shell) -> None:
    for option, value in (("--requests", "4000"), ("--precision", "2%"), ("--jobs", "2")):
        refused = hello.capplan("analyze", option, value)
        assert refused.code == 2
        assert f"{option}: nothing is played out without it; --verify beside it" in refused.err
    assert "without --uncertainty" in hello.capplan("analyze", "--verify", "--uncertainty").err
    assert hello.capplan("analyze", "--verify", "--requests", "10").code == 2
    assert hello.capplan("analyze", "--verify", "--seed", "-1").code == 2
