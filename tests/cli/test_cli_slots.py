"""The commands on topologies with slots, backlogs and retries: what a reader sees of them."""

import json
from pathlib import Path

import pytest
from cli_harness import Shell

STORM = """\
version: 1
workload: {rate: 60/s}
requests: {r: {to: app, timeout: 200ms, retries: 3, backoff: 10ms}}
components:
  app: {kind: server, machine: {cores: 4}, time: 40ms}
"""
SLOTS = """\
version: 1
workload: {rate: 40/s}
components:
  app: {kind: server, concurrency: 5, backlog: 2, calls: [{db: 1, pool: 5}]}
  db: {kind: database, machine: {cores: 64}, time: 100ms}
"""


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return Shell(tmp_path, capsys)


@pytest.mark.parametrize(
    ("rate", "said"),
    [("60/s", "possible now: from "), ("5/s", "it would pass by itself"), ("150/s", "calms down only")],
)
def test_the_table_tells_of_a_retry_storm(shell: Shell, rate: str, said: str) -> None:
    shell.write("topology.yaml", STORM)
    lines = shell.capplan("analyze", "--rate", rate).out
    assert "RETRY STORM" in lines
    assert said in " ".join(lines.split())


def test_so_does_the_markdown(shell: Shell) -> None:
    shell.write("topology.yaml", STORM)
    assert "- **Retry storm**: possible now: from " in shell.capplan("analyze", "--format", "markdown").out


def test_no_storm_no_line(shell: Shell) -> None:
    shell.write("topology.yaml", SLOTS)
    assert "RETRY STORM" not in shell.capplan("analyze").out
    assert json.loads(shell.capplan("analyze", "--json").out)["metastable"] is None


def test_the_json_has_the_attempts_and_the_rates_of_a_storm(shell: Shell) -> None:
    shell.write("topology.yaml", STORM)
    found = json.loads(shell.capplan("analyze", "--json").out)
    assert set(found["metastable"]) == {"from_rate", "to_rate", "attempts"}
    assert found["metastable"]["from_rate"] < 60 < found["metastable"]["to_rate"]
    assert found["total"]["attempts"] == found["requests"]["r"]["attempts"] >= 1.0


def test_the_json_has_the_slots_held(shell: Shell) -> None:
    shell.write("topology.yaml", SLOTS)
    app = json.loads(shell.capplan("analyze", "--json").out)["components"]["app"]
    assert 0.5 < app["utilisation"]["concurrency"] < 0.8
    assert app["pool_db"] == pytest.approx(app["utilisation"]["concurrency"], rel=1e-3)
    assert app["error_rate"] > 0.01


def test_the_table_names_the_backlog_that_is_full(shell: Shell) -> None:
    shell.write("topology.yaml", SLOTS)
    assert "backlog-full: app refuses " in shell.capplan("analyze").out


def test_slots_are_explained(shell: Shell) -> None:
    shell.write("topology.yaml", SLOTS)
    out = shell.capplan("explain", "topology.yaml", "app").out
    assert "concurrency: Slots held across calls" in out
    assert "pool to db: Slots held across calls" in out
    assert "T = 5" in out
