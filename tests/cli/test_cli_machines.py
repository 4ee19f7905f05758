"""The command `machines`, and the options that say where machine types come from and what they cost."""

import json
from pathlib import Path

import pytest
from cli_harness import Shell, loaded_by

from capplan.cli.common import PRICINGS, complete_pricing
from capplan.cli.machines import ORDERS, complete_order
from capplan.topology.catalogue import Pricing
from capplan.topology.selection import SORTS

TOPOLOGY = """\
workload: {rate: 100/s}
components:
  web: {kind: server, time: 5ms, machine: m6i.large, calls: {db: 1}}
  db: {kind: database, time: 5ms, machine: n2-standard-4}
"""
OWN = "m6i.large: {cores: 2, price: 0.5, committed_price: 0.25}\nbox: {cores: 4, memory: 8GiB, price: 0.1}\n"


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    found = Shell(tmp_path, capsys)
    found.write("topology.yaml", TOPOLOGY)
    found.write("own.yaml", OWN)
    return found


def names(shell: Shell, *arguments: str) -> list[str]:
    ran = shell.capplan("machines", *arguments, "--json")
    assert (ran.code, ran.err) == (0, "")
    return [machine["name"] for machine in json.loads(ran.out)["machines"]]


def hourly(shell: Shell, *arguments: str) -> float:
    result = json.loads(shell.capplan("analyze", "--json", *arguments).out)
    return float(result["cost"]["hour"])


def codes(shell: Shell, *arguments: str) -> dict[str, str]:
    result = json.loads(shell.capplan("analyze", "--json", *arguments).out)
    return {note["code"]: note["message"] for note in result["notes"]}


def test_all_machines_are_listed(shell: Shell) -> None:
    assert len(names(shell)) >= 120


@pytest.mark.parametrize(
    ("arguments", "listed"),
    [
        (["--family", "c5"], ["c5.large", "c5.xlarge", "c5.2xlarge", "c5.4xlarge"]),
        (["xlarge", "--family", "c5", "--max-cores", "8"], ["c5.xlarge", "c5.2xlarge"]),
        (["--provider", "azure", "--arch", "arm64"], ["Standard_D4ps_v5"]),
        (["--min-cores", "32", "--min-memory", "256GiB", "--arch", "arm64"], ["r7g.8xlarge", "r8g.8xlarge"]),
        (["--provider", "gcp", "--max-price", "72/month", "--sort", "price"], ["e2-standard-2", "n2-standard-2"]),
        (
            ["--family", "t3", "--sort", "price-per-core", "--pricing", "committed"],
            ["t3.2xlarge", "t3.large", "t3.xlarge"],
        ),
    ],
)
def test_machines_are_filtered_and_sorted(shell: Shell, arguments: list[str], listed: list[str]) -> None:
    assert names(shell, *arguments) == listed


def test_the_table_and_the_other_forms(shell: Shell) -> None:
    assert shell.capplan("machines", "--family", "m6i").out.startswith("MACHINE      ARCH")
    assert shell.capplan("machines", "--family", "m6i", "-f", "markdown").out.startswith("| machine |")
    assert shell.capplan("machines", "--family", "m6i", "-f", "csv").out.startswith("name,provider,")


def test_where_nothing_fits_standard_error_says_so(shell: Shell) -> None:
    ran = shell.capplan("machines", "--family", "m66i")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "no machine type fits; there is no family `m66i`: did you mean `m6i`?\n"
    ran = shell.capplan("machines", "--min-cores", "999", "--json")
    assert (ran.code, json.loads(ran.out)["machines"]) == (0, [])
    assert ran.err == "no machine type fits; fewer or wider limits\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--min-memory", "16"], "--min-memory: `16` has no unit; a size, e.g. 20kB"),
        (["--max-price", "cheap"], "--max-price: `cheap` is not a price per hour"),
        (["--min-cores", "4GiB"], "--min-cores: `4GiB` is a size; a number is needed"),
        (["--sort", "speed"], "--sort: there is no `speed`; price, cores, memory, name, price-per-core"),
        (["--pricing", "free"], "--pricing: there is no `free`; on-demand or committed"),
        (["--catalog-only"], "--catalog-only: there is no catalogue to be the only one; --catalog FILE beside it"),
        (["--catalog", "gone.csv"], "gone.csv: it cannot be read (no such file or directory); a file of machine types"),
    ],
)
def test_a_wrong_option_is_refused(shell: Shell, arguments: list[str], said: str) -> None:
    ran = shell.capplan("machines", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(said)


def test_a_catalogue_of_ones_own_extends_or_replaces_the_built_in_one(shell: Shell) -> None:
    assert {"box", "m5.large"} <= set(names(shell, "--catalog", "own.yaml"))
    assert names(shell, "--catalog", "own.yaml", "--catalog-only") == ["m6i.large", "box"]
    assert hourly(shell) == pytest.approx(0.096 + 0.1942)
    assert hourly(shell, "--catalog", "own.yaml") == pytest.approx(0.5 + 0.1942)
    assert hourly(shell, "--catalog", "own.yaml", "--set", "components.db.machine=box") == pytest.approx(0.6)


def test_what_machines_prints_as_csv_is_a_catalogue(shell: Shell) -> None:
    shell.write("list.csv", shell.capplan("machines", "-f", "csv").out)
    assert names(shell, "--catalog", "list.csv", "--catalog-only") == names(shell)
    assert hourly(shell, "--catalog", "list.csv", "--catalog-only") == pytest.approx(hourly(shell))


def test_without_the_built_in_types_their_names_are_faults(shell: Shell) -> None:
    ran = shell.capplan("analyze", "--catalog", "own.yaml", "--catalog-only")
    assert ran.code == 2
    assert "topology.yaml:4:44: components.db.machine: there is no machine `n2-standard-4`; " in ran.err


@pytest.mark.parametrize("command", ["analyze", "check", "machines"])
def test_the_faults_of_a_catalogue_have_their_places(shell: Shell, command: str) -> None:
    shell.write("bad.csv", "name,vcpu,memory\nbox,4,16\nbox,,8GiB\n")
    ran = shell.capplan(command, "--catalog", "bad.csv")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[0].startswith("bad.csv:2:7: catalogue.box.memory: `16` has no unit; a size")
    assert ran.err.count("bad.csv:") == 2


def test_check_gives_the_faults_of_a_catalogue_as_data(shell: Shell) -> None:
    shell.write("bad.yaml", "box: {cores: none}\n")
    ran = shell.capplan("check", "--catalog", "bad.yaml", "--json")
    (problem,) = json.loads(ran.out)["problems"]
    assert (ran.code, problem["file"], problem["path"]) == (2, "bad.yaml", "catalogue.box.cores")


def test_explain_takes_the_options_too(shell: Shell) -> None:
    assert shell.capplan("explain", "web", "--catalog", "own.yaml", "--pricing", "committed").code == 0


def test_committed_prices_are_taken_and_others_are_named(shell: Shell) -> None:
    assert hourly(shell, "--pricing", "on-demand") == hourly(shell)
    assert hourly(shell, "--pricing", "committed") == pytest.approx(0.0379 + 0.1942)
    assert hourly(shell, "--pricing", "committed", "--catalog", "own.yaml") == pytest.approx(0.25 + 0.1942)
    assert "pricing-mixed" not in codes(shell)
    said = codes(shell, "--pricing", "committed")["pricing-mixed"]
    assert said == "no committed price is known for n2-standard-4: the on-demand price stands in"


def test_the_words_of_the_options_are_those_of_the_catalogue() -> None:
    assert list(PRICINGS) == list(Pricing)
    assert list(ORDERS) == list(SORTS)
    assert complete_pricing("c") == ["committed"]
    assert complete_order("price") == ["price", "price-per-core"]


def test_listing_as_json_imports_nothing_heavy(tmp_path: Path) -> None:
    assert loaded_by(tmp_path, "machines", "--json") & {"numpy", "scipy", "rich", "yaml"} == set()
