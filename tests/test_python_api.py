"""The Python API: read, parse, analyze, and faults as an exception that holds all of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import capplan
from capplan.report import FORMATS

HELLO = """\
version: 1
name: Hello
workload: {rate: 200/s}
components:
  app: {kind: server, replicas: 3, machine: {cores: 2}, time: 15ms}
"""


def test_a_file_is_read_and_analyzed(tmp_path: Path) -> None:
    file = tmp_path / "topology.yaml"
    file.write_text(HELLO, encoding="utf-8")
    for path in (file, str(file)):
        result = capplan.analyze(capplan.read(path)).to_dict()
        assert result["topology"] == {"name": "Hello", "file": str(path)}


def test_the_rate_may_be_another_one() -> None:
    topology = capplan.parse(HELLO)
    assert capplan.analyze(topology).to_dict()["rate"] == 200.0
    assert capplan.analyze(topology, rate=300.0).to_dict()["rate"] == 300.0


@pytest.mark.parametrize("rate", [0.0, -5.0, float("nan"), float("inf")])
def test_a_rate_that_is_no_load_is_refused(rate: float) -> None:
    with pytest.raises(capplan.CapplanError, match="is not a load"):
        capplan.analyze(capplan.parse(HELLO), rate=rate)


def test_the_result_is_what_the_command_prints() -> None:
    analysis = capplan.analyze(capplan.parse(HELLO))
    assert isinstance(analysis, capplan.AnalysisResult)
    assert json.loads(FORMATS["json"](analysis)) == analysis.to_dict()


def test_settings_are_laid_over_the_text() -> None:
    assert capplan.parse(HELLO, settings=["components.app.replicas=8"]).components["app"].replicas == 8


def test_faults_come_all_at_once() -> None:
    with pytest.raises(capplan.BadTopology) as raised:
        capplan.parse(HELLO.replace("15ms", "15").replace("replicas: 3", "replicas: no"), file="shop.yaml")
    assert len(raised.value.problems) == 2
    assert str(raised.value).startswith("shop.yaml:5:")
    assert isinstance(raised.value, capplan.CapplanError)


def test_a_profile_stands_beside_its_topology(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text("hour,load\n0,0.5\n1,1\n", encoding="utf-8")
    file = tmp_path / "topology.yaml"
    file.write_text(HELLO.replace("rate: 200/s", "rate: 200/s, profile: day.csv"), encoding="utf-8")
    assert capplan.read(file).workload.profile == (0.5, 1.0)


def test_only_what_is_there_is_offered() -> None:
    assert set(dir(capplan)) == set(capplan.__all__)
    assert all(hasattr(capplan, name) for name in capplan.__all__)
    assert not hasattr(capplan, "guess")


def test_importing_capplan_imports_nothing_heavy() -> None:
    code = "import sys, capplan; print(*{m.partition('.')[0] for m in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert set(loaded) & {"numpy", "scipy", "pydantic", "yaml", "rich", "typer"} == set()


def test_machine_types_come_from_the_catalogue_that_is_handed_in(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("name,vcpu,price,committed_price\nbox,4,0.4,0.3\n", encoding="utf-8")
    text = HELLO.replace("{cores: 2}", "box")
    catalogue, alone = capplan.read_catalogue(file), capplan.read_catalogue(str(file), only=True)
    assert isinstance(catalogue, capplan.Catalogue)
    assert ("m6i.large" in catalogue, "m6i.large" in alone) == (True, False)
    for pricing, price in ((None, 0.4), ("on-demand", 0.4), ("committed", 0.3)):
        topology = capplan.parse(text, catalogue=catalogue, pricing=pricing)
        assert capplan.analyze(topology).to_dict()["cost"]["hour"] == pytest.approx(3 * price)
    (tmp_path / "topology.yaml").write_text(text, encoding="utf-8")
    assert (
        capplan.read(tmp_path / "topology.yaml", catalogue=alone, pricing="committed").find_machine("box") is not None
    )
    with pytest.raises(capplan.CapplanError, match="there is no `free`"):
        capplan.parse(text, catalogue=catalogue, pricing="free")


def test_two_topologies_are_played_on_common_random_numbers() -> None:
    before, after = (capplan.parse(HELLO, settings=[f"components.app.replicas={n}"]) for n in (3, 6))
    found = capplan.compare_simulated(before, after, requests=2_000)
    assert isinstance(found, capplan.ComparisonResult)
    changes = {(one["subject"], one["metric"]): one for one in found.to_dict()["changes"]}
    assert changes["total", "latency.mean"]["verdict"] == "better"
    assert changes["app", "utilisation.cpu"]["difference_interval"][1] < 0.0
    with pytest.raises(capplan.CapplanError, match="is not a load"):
        capplan.compare_simulated(before, after, rate=-1.0)
