"""`analyze --uncertainty`, `sensitivity` and `recommend --confidence`: their forms, and what they refuse."""

import csv
import io
import json
from pathlib import Path

import pytest
from cli_harness import HELLO, Shell

from capplan.report import FORMATS

DOUBTED = HELLO.replace("time: 15ms", "time: 15ms ±20%").replace("app.cpu > 70%", "app.cpu > 55%")
UNCERTAIN = ("analyze", "--uncertainty")


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    made = Shell(tmp_path, capsys)
    made.write("topology.yaml", DOUBTED)
    return made


@pytest.mark.parametrize("form", list(FORMATS))
@pytest.mark.parametrize("command", [UNCERTAIN, ("sensitivity",), ("recommend", "--target-rps", "200")])
def test_it_has_every_form(shell: Shell, command: tuple[str, ...], form: str) -> None:
    ran = shell.capplan(*command, "--format", form)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("\n")


def test_the_report_says_how_likely_everything_holds(shell: Shell) -> None:
    ran = shell.capplan(*UNCERTAIN)
    assert ran.out.startswith("Hello [beta]  topology.yaml\nDOUBTFUL  ")
    assert "METHOD  256 scrambled Sobol points of 1 uncertain input (seed 1), solved together." in ran.out
    assert "components.app.time     12 ms   15 ms       18 ms" in ran.out


def test_the_json_has_an_interval_beside_each_number_and_probabilities(shell: Shell) -> None:
    result = json.loads(shell.capplan(*UNCERTAIN, "--json").out)
    for figures in (result["total"], result["requests"]["default"], result["components"]["app"]):
        assert set(figures["latency_interval"]) == set(figures["latency"])
        for key, (low, high) in figures["latency_interval"].items():
            assert low <= figures["latency"][key] <= high
    low, high = result["components"]["app"]["utilisation_interval"]["cpu"]
    assert low == pytest.approx(0.4, rel=0.02)
    assert high == pytest.approx(0.6, rel=0.02)
    assert result["throughput_interval"] == [200.0, 200.0]
    assert result["capacity"]["max_rate_interval"][0] < result["capacity"]["max_rate"]
    assert result["slos"][0]["probability"] == 1.0
    assert 0.05 < result["alerts"][0]["probability"] < 0.5
    assert result["slos"][0]["holds_until_rate"] is not None
    assert result["uncertainty"] == {
        "points": 256,
        "seed": 1,
        "inputs": [{"path": "components.app.time", "low": 0.012, "mid": 0.015, "high": pytest.approx(0.018)}],
        "unstable_probability": 0.0,
        "holding_probability": pytest.approx(1.0 - result["alerts"][0]["probability"]),
        "solved": "together",
    }


def test_an_end_without_a_bound_is_null(shell: Shell) -> None:
    result = json.loads(shell.capplan(*UNCERTAIN, "--rate", "390/s", "--json").out)
    assert result["total"]["latency_interval"]["p99"][1] is None
    assert result["total"]["latency_interval"]["p99"][0] > 0.0
    assert 0.3 < result["uncertainty"]["unstable_probability"] < 0.7
    assert "∞" in shell.capplan(*UNCERTAIN, "--rate", "390/s").out


def test_the_csv_has_a_row_for_each_figure(shell: Shell) -> None:
    rows = list(csv.DictReader(io.StringIO(shell.capplan(*UNCERTAIN, "--format", "csv").out)))
    times = [row for row in rows if (row["subject"], row["metric"]) == ("default", "latency.p99")]
    assert len(times) == 1
    assert float(times[0]["low"]) < float(times[0]["middle"]) < float(times[0]["high"])
    assert [row["probability"] for row in rows if row["scope"] == "slo"] == ["1.0"]


def test_points_and_seed_choose_the_sample(shell: Shell) -> None:
    def sample(*options: str) -> object:
        return json.loads(shell.capplan(*UNCERTAIN, "--json", *options).out)["total"]["latency_interval"]

    assert sample("--seed", "2") == sample("--seed", "2") != sample()
    assert sample("--points", "64") != sample()


def test_strict_is_about_the_middle_of_the_inputs(shell: Shell) -> None:
    assert shell.capplan(*UNCERTAIN, "--strict").code == 0
    assert shell.capplan(*UNCERTAIN, "--strict", "--rate", "390/s").code == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("analyze", "--points", "64"), "--points: nothing is uncertain without it; --uncertainty beside it"),
        ((*UNCERTAIN, "--points", "3"), "--points: 3 is not a number of points; 16 to 65,536"),
        ((*UNCERTAIN, "--seed", "-1"), "--seed: -1 is below zero"),
        ((*UNCERTAIN, "--set", "components.app.time=15ms"), "no input of this topology is uncertain"),
        (("sensitivity", "--metric", "nobody.p99"), "--metric: `nobody` is no request or component"),
        (("recommend", "--target-rps", "200", "--confidence", "100%"), "--confidence: `100%` leaves nothing"),
        (("recommend", "--budget", "100/month", "--confidence", "90%"), "--confidence: it is for a rate"),
    ],
)
def test_what_is_wrong_is_refused(shell: Shell, arguments: tuple[str, ...], message: str) -> None:
    ran = shell.capplan(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_sensitivity_draws_a_tornado(shell: Shell) -> None:
    ran = shell.capplan("sensitivity", "--metric", "total.p99", "--top", "2")
    assert ran.out.startswith("Hello [beta]  topology.yaml\ntotal.p99  ")
    assert "components.app.time" in ran.out
    assert "█┃█" in ran.out
    result = json.loads(shell.capplan("sensitivity", "--metric", "total.p99", "--json").out)
    assert result["metric"] == "total.p99"
    assert result["inputs"][0]["path"] == "components.app.time"
    assert result["inputs"][0]["uncertain"] is True


def test_a_plan_says_how_likely_it_holds(shell: Shell) -> None:
    sure = ("recommend", "--target-rps", "2x", "--confidence", "90%")
    ran = shell.capplan(*sure)
    assert ran.code == 0
    assert "(90% asked for); not proven the cheapest." in " ".join(ran.out.split())
    assert "holds with" in ran.out
    result = json.loads(shell.capplan(*sure, "--json").out)
    assert result["confidence"] == 0.9
    assert result["plans"][0]["probability"] >= 0.9
    assert result["plans"][0]["optimal"] is False
