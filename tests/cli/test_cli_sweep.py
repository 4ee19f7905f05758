"""`capplan sweep`: what varies, what it refuses, and where topologies come from."""

import csv
import io
import json
import sys
from pathlib import Path

import pytest
from cli_harness import HELLO, Shell, loaded_by

RATES = "workload.rate=100/s..400/s"
REPLICAS = "components.app.replicas=2..4"


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    made = Shell(tmp_path, capsys)
    made.write("topology.yaml", HELLO)
    return made


def points(shell: Shell, *arguments: str) -> list[dict[str, object]]:
    ran = shell.capplan("sweep", *arguments, "--json")
    assert (ran.code, ran.err) == (0, "")
    found: list[dict[str, object]] = json.loads(ran.out)["points"]
    return found


def test_a_range_of_rates(shell: Shell) -> None:
    ran = shell.capplan("sweep", "--set", RATES, "--points", "4")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Hello [beta]  topology.yaml\nKNEE  296/s: ")
    assert "\nWALL  400/s: app cpu is full\n" in ran.out
    assert [line.split()[0] for line in ran.out.splitlines()[6:10]] == ["100/s", "200/s", "300/s", "400/s"]


def test_as_many_points_as_are_asked_for_or_usual(shell: Shell) -> None:
    assert [point["values"] for point in points(shell, "--set", RATES, "--points", "2")] == [[100.0], [400.0]]
    assert len(points(shell, "--set", RATES)) == 20
    assert len(points(shell, "--set", RATES, "--set", REPLICAS)) == 8 * 3


def test_spaced_by_ratio(shell: Shell) -> None:
    found = points(shell, "--set", RATES, "--points", "3", "--log")
    assert [point["values"] for point in found] == [[100.0], [200.0], [400.0]]


def test_one_value_and_a_rate_hold_at_every_point(shell: Shell) -> None:
    ran = shell.capplan("sweep", "--set", REPLICAS, "--set", "components.db.time=4ms", "--rate", "250/s", "--json")
    result = json.loads(ran.out)
    assert result["settings"] == ["components.db.time=4ms", "workload.rate=250/s"]
    assert {point["total"]["rate"] for point in result["points"]} == {250.0}
    shell.write("slower.yaml", HELLO.replace("time: 3ms", "time: 4ms"))
    assert points(shell, "slower.yaml", "--set", REPLICAS, "--rate", "250/s") == result["points"]


def test_standard_input_is_read_once(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = points(shell, "--set", REPLICAS)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(HELLO.encode()), encoding="utf-8"))
    assert points(shell, "-", "--set", REPLICAS) == wanted


def test_csv_is_for_spreadsheets(shell: Shell) -> None:
    ran = shell.capplan("sweep", "--set", RATES, "--points", "3", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert [row["slo.total.p99.met"] for row in rows] == ["true", "true", "false"]


def test_markdown(shell: Shell) -> None:
    assert "| app.replicas |" in shell.capplan("sweep", "--set", REPLICAS, "--format", "markdown").out


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((), "sweep: nothing varies; a range or a list"),
        (("--set", "components.app.replicas=2"), "sweep: nothing varies"),
        (("--set", RATES, "--set", REPLICAS, "--set", "components.db.time=1ms,2ms"), "3 parameters vary, at most 2"),
        (("--set", RATES, "--rate", "9/s"), "--rate: workload.rate is swept"),
        (("--set", "workload.rate=9/s..1/s"), "--set workload.rate=9/s..1/s: `9/s..1/s` ends where it begins"),
        (("--set", "workload.rate=0/s..1/s"), "not every value is a load"),
        (("--set", "components.app.replicas=0..2"), "`0` is too small"),
        (("--set", "components.web.replicas=1..2"), "there is no `components.web` to change"),
        (("--set", RATES, "--points", "1"), "--points"),
        (("--set", RATES, "--points", "20000"), "--points: 20,000 are too many"),
        (("--set", RATES, "--set", "components.db.time=1ms..2ms", "--points", "200"), "40,000 points are too many"),
        (("nowhere.yaml", "--set", RATES), "nowhere.yaml: it cannot be read"),
        (("--set", RATES, "--format", "yaml"), "--format: there is no `yaml`"),
        (("--set", RATES, "--chart", "--json"), "--chart: it contradicts `--format json`"),
        (("--set", RATES, "--plot", "a.pdf"), "--plot a.pdf: the name says no form of an image; one that ends in .svg"),
        (("--set", RATES, "--plot", "svg"), "one that ends in .svg or .png"),
        (
            ("--set", RATES, "--plot", "nowhere/a.svg"),
            "nowhere/a.svg: it cannot be written (no such file or directory)",
        ),
    ],
)
def test_what_it_refuses(shell: Shell, arguments: tuple[str, ...], fault: str) -> None:
    ran = shell.capplan("sweep", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert fault in ran.err


def test_a_chart_stands_for_the_rows(shell: Shell) -> None:
    ran = shell.capplan("sweep", "--set", RATES, "--chart")
    lines = ran.out.splitlines()
    assert (ran.code, ran.err) == (0, "")
    assert lines[0] == "Hello [beta]  topology.yaml"
    assert any("╌ total.p99 < 200 ms ╌" in line for line in lines)
    assert max(map(len, lines)) == 100
    assert "\x1b" not in ran.out
    assert "not shown" not in ran.out


def test_two_parameters_by_ratio(shell: Shell) -> None:
    ran = shell.capplan("sweep", "--set", RATES, "--set", REPLICAS, "--log", "--chart")
    assert (ran.code, ran.err) == (0, "")
    assert "total.p99 by app.replicas  " in ran.out


@pytest.mark.parametrize(("name", "begins"), [("load.svg", b"<?xml"), ("LOAD.PNG", b"\x89PNG")])
def test_an_image_is_written_beside_the_result(shell: Shell, name: str, begins: bytes) -> None:
    ran = shell.capplan("sweep", "--set", RATES, "--plot", name, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert len(json.loads(ran.out)["points"]) == 20
    assert (shell.folder / name).read_bytes().startswith(begins)


def test_a_name_that_the_font_lacks_is_no_fault(shell: Shell) -> None:
    shell.write("shop.yaml", HELLO.replace("Hello [beta]", "店 $x$"))
    ran = shell.capplan("sweep", "shop.yaml", "--set", RATES, "--points", "3", "--plot", "a.svg", "--json")
    assert (ran.code, ran.err) == (0, "")


def test_without_matplotlib_the_extra_is_named(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "capplan.report.chart_image", raising=False)
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [_Without("matplotlib"), *sys.meta_path])
    ran = shell.capplan("sweep", "--set", RATES, "--plot", "a.svg")
    assert (ran.code, ran.out) == (2, "")
    assert "the extra `plot`: python -m pip install 'capplan[plot]'" in ran.err
    assert not (shell.folder / "a.svg").exists()


class _Without:
    """A finder of modules before all others, for whom one library is not there."""

    def __init__(self, library: str) -> None:
        self._library = library

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:  # noqa: ARG002
        if name.partition(".")[0] == self._library:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def test_json_loads_no_tables(shell: Shell) -> None:
    assert "rich" not in loaded_by(shell.folder, "sweep", "--set", RATES, "--points", "2", "--json")


def test_charts_are_loaded_where_they_are_asked_for(shell: Shell) -> None:
    loaded = loaded_by(shell.folder, "sweep", "--set", RATES, "--points", "2")
    assert loaded.isdisjoint({"plotext", "matplotlib"})
