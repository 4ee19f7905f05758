"""`capplan compare`: what it reads on either side, what it refuses, and with which code it exits."""

import io
import json
import sys
from pathlib import Path

import pytest
from cli_harness import FAULTY, HELLO, Shell, loaded_by

FEWER = "components.app.replicas=1"
MORE = "components.app.replicas=6"


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    made = Shell(tmp_path, capsys)
    made.write("topology.yaml", HELLO)
    made.write("more.yaml", HELLO.replace("replicas: 3", "replicas: 6"))
    made.write("saved.json", made.capplan("analyze", "--json").out)
    return made


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Have standard input hold the text."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"))


def test_two_topologies(shell: Shell) -> None:
    ran = shell.capplan("compare", "topology.yaml", "more.yaml")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("before  topology.yaml (Hello [beta])\nafter   more.yaml (Hello [beta])\n")
    assert "\nBETTER  more.yaml: capacity +100%, p99 -" in ran.out


def test_a_topology_and_itself_changed(shell: Shell) -> None:
    alone = json.loads(shell.capplan("compare", "--set", MORE, "--json").out)
    two = json.loads(shell.capplan("compare", "topology.yaml", "more.yaml", "--json").out)
    assert (alone["after"]["source"], alone["after"]["settings"]) == ("topology.yaml", [MORE])
    assert alone["changes"] == two["changes"]


def test_a_setting_changes_the_second_of_two(shell: Shell) -> None:
    assert "nothing differs" in shell.capplan("compare", "more.yaml", "topology.yaml", "--set", MORE).out


def test_saved_results_say_what_their_topologies_would(shell: Shell) -> None:
    shell.write("more.json", shell.capplan("analyze", "more.yaml", "--json").out)
    wanted = json.loads(shell.capplan("compare", "topology.yaml", "more.yaml", "--json").out)["changes"]
    for pair in (("saved.json", "more.json"), ("saved.json", "more.yaml"), ("topology.yaml", "more.json")):
        assert json.loads(shell.capplan("compare", *pair, "--json").out)["changes"] == wanted


def test_a_saved_result_needs_no_suffix(shell: Shell) -> None:
    shell.write("baseline", (shell.folder / "saved.json").read_text(encoding="utf-8"))
    assert "nothing differs" in shell.capplan("compare", "baseline", "topology.yaml").out


def test_a_topology_in_json_is_a_topology(shell: Shell) -> None:
    topology = {"version": 1, "workload": {"rate": "10/s"}, "components": {"app": {"kind": "server", "time": "5ms"}}}
    shell.write("small.json", json.dumps(topology))
    assert shell.capplan("compare", "small.json", "topology.yaml", "--rate", "10/s").code == 0


@pytest.mark.parametrize("name", ["topology.yaml", "saved.json"])
def test_one_of_the_two_may_be_standard_input(shell: Shell, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    text = (shell.folder / name).read_text(encoding="utf-8")
    for pair in (("-", "more.yaml"), ("more.yaml", "-")):
        typed(monkeypatch, text)
        ran = shell.capplan("compare", *pair)
        assert (ran.code, ran.err) == (0, "")
        assert "<stdin> (Hello [beta])" in ran.out


def test_standard_input_changed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, HELLO)
    assert (
        f"\nafter   <stdin> with {MORE} (Hello [beta])\nBETTER  {MORE}: capacity"
        in shell.capplan("compare", "-", "--set", MORE).out
    )


def test_both_are_analyzed_at_the_rate_asked_for(shell: Shell) -> None:
    said = json.loads(shell.capplan("compare", "topology.yaml", "more.yaml", "--rate", "300/s", "--json").out)
    assert (said["before"]["rate"], said["after"]["rate"]) == (300.0, 300.0)


@pytest.mark.parametrize(("setting", "code"), [(FEWER, 1), (MORE, 0)])
def test_strict_tells_by_the_exit_code_what_got_worse(shell: Shell, setting: str, code: int) -> None:
    assert shell.capplan("compare", "--set", setting, "--strict").code == code
    assert shell.capplan("compare", "--set", setting).code == 0


def test_strict_forgives_what_was_missed_before(shell: Shell) -> None:
    shell.write("fewer.yaml", HELLO.replace("replicas: 3", "replicas: 1"))
    assert shell.capplan("compare", "fewer.yaml", "fewer.yaml", "--strict").code == 0


@pytest.mark.parametrize("form", ["table", "json", "markdown", "csv"])
def test_every_form(shell: Shell, form: str) -> None:
    ran = shell.capplan("compare", "topology.yaml", "more.yaml", "--format", form)
    assert ran.code == 0
    assert "more.yaml" in ran.out or form == "csv"
    assert "app" in ran.out


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((), "there is nothing to compare with; a second file, or a change: --set PATH=VALUE"),
        (("topology.yaml",), "there is nothing to compare with"),
        (("-", "-"), "standard input cannot be both"),
        (("saved.json", "more.yaml", "--rate", "9/s"), "--rate: saved.json is a saved result"),
        (("more.yaml", "saved.json", "--set", MORE), "--set: saved.json is a saved result, which cannot be changed"),
        (("topology.yaml", "nowhere.yaml"), "nowhere.yaml: it cannot be read"),
        (("topology.yaml", "nowhere.json"), "nowhere.json: it cannot be read"),
        (("topology.yaml", "broken.json"), "broken.json: it is no JSON"),
        (("topology.yaml", "other.json"), "other.json: it is not the result of an analysis"),
        (("topology.yaml", "faulty.yaml"), "faulty.yaml:"),
        (("topology.yaml", "more.yaml", "--rate", "many"), "--rate:"),
        (("topology.yaml", "more.yaml", "--format", "yaml"), "--format: there is no `yaml`"),
    ],
)
def test_what_it_refuses(shell: Shell, arguments: tuple[str, ...], fault: str) -> None:
    shell.write("broken.json", '{"schema": 1,')
    shell.write("other.json", '{"schema": 1, "file": "topology.yaml", "ok": true}')
    shell.write("faulty.yaml", FAULTY)
    ran = shell.capplan("compare", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert fault in ran.err


def test_two_saved_results_load_nothing_heavy(shell: Shell) -> None:
    loaded = loaded_by(shell.folder, "compare", "saved.json", "saved.json", "--json")
    assert loaded & {"numpy", "scipy", "yaml", "rich"} == set()


SIMULATED = ("--simulate", "--requests", "4000")


def test_two_designs_are_played_on_common_random_numbers(shell: Shell) -> None:
    ran = shell.capplan("compare", "--set", MORE, *SIMULATED)
    assert (ran.code, ran.err) == (0, "")
    assert "10 pairs of replications on common random numbers, seed 1" in ran.out
    result = json.loads(shell.capplan("compare", "--set", MORE, *SIMULATED, "--json").out)
    assert result["runs"]["before"]["replications"] == result["runs"]["after"]["replications"] == 10
    changes = {(one["subject"], one["metric"]): one for one in result["changes"]}
    cpu, mean = changes["app", "utilisation.cpu"], changes["total", "latency.mean"]
    for one in (cpu, mean):
        low, high = one["difference_interval"]
        assert low <= one["after"] - one["before"] <= high < 0.0
        assert (one["noise"], one["verdict"]) == (False, "better")
    assert changes["", "max_rate"]["difference_interval"] is None


def test_the_seed_and_not_the_processes_decide(shell: Shell) -> None:
    def changes(*options: str) -> object:
        return json.loads(shell.capplan("compare", "--set", MORE, *SIMULATED, "--json", *options).out)["changes"]

    assert changes("--jobs", "2") == changes()
    assert changes("--seed", "2") != changes()


def test_noise_is_neither_better_nor_worse(shell: Shell) -> None:
    """Other service times of the same law: a renamed component differs by chance alone."""
    shell.write("renamed.yaml", HELLO.replace("app:", "web:").replace("to: app", "to: web").replace("app.", "web."))
    result = json.loads(shell.capplan("compare", "topology.yaml", "renamed.yaml", *SIMULATED, "--json").out)
    noise = [one for one in result["changes"] if one["scope"] == "total" and one["metric"].startswith("latency")]
    assert noise
    assert all(one["noise"] and one["verdict"] is None for one in noise)
    out = shell.capplan("compare", "topology.yaml", "renamed.yaml", *SIMULATED).out
    assert "nothing beyond noise in capacity" in out
    assert " noise " in out


def test_the_forms_of_simulations_have_their_margins(shell: Shell) -> None:
    text = shell.capplan("compare", "--set", MORE, *SIMULATED, "--format", "csv").out
    header, *rows = [line.split(",") for line in text.splitlines()]
    assert header[-3:] == ["low", "high", "noise"]
    assert any(row[-1] == "false" and float(row[-3]) < float(row[-2]) for row in rows if row[-3])
    markdown = shell.capplan("compare", "--set", MORE, *SIMULATED, "--format", "markdown").out
    assert "| System | before | after | change | ± |" in markdown
    assert "pairs of replications" in markdown


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--seed", "2"), "--seed: nothing is simulated"),
        (("--simulate", "--requests", "5"), "--requests: 5 are too few"),
        (("--simulate", "--precision", "0"), "--precision: `0` is no part"),
        (("--simulate", "--jobs", "-1"), "--jobs: -1 processes cannot be"),
    ],
)
def test_what_cannot_be_played_is_refused(shell: Shell, options: tuple[str, ...], message: str) -> None:
    ran = shell.capplan("compare", "--set", MORE, *options)
    assert ran.code == 2
    assert message in ran.err


def test_a_saved_result_cannot_be_played(shell: Shell) -> None:
    ran = shell.capplan("compare", "saved.json", "more.yaml", "--simulate")
    assert ran.code == 2
    assert "--simulate: saved.json is a saved result" in ran.err
