"""What only a process of its own shows: exit codes, pipes, terminals, and what a start costs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_harness import FAULTY, HELLO, loaded_by, spawn

COMMAND = [sys.executable, "-c", "from capplan.cli.app import main; main()"]
HEAVY = {"numpy", "scipy", "pydantic", "yaml", "rich"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "topology.yaml").write_text(HELLO, encoding="utf-8")
    return tmp_path


def test_the_exit_codes(folder: Path) -> None:
    assert spawn(folder, "analyze").code == 0
    assert spawn(folder, "analyze", "--strict", "--rate", "350/s").code == 1
    assert spawn(folder, "check", "-", stdin=FAULTY).code == 2


def test_json_is_neither_wrapped_nor_coloured_by_a_narrow_screen(folder: Path) -> None:
    narrow = spawn(folder, "analyze", "-", "--json", stdin=HELLO, COLUMNS="40", FORCE_COLOR="1")
    assert json.loads(narrow.out)["stable"] is True
    assert narrow.out == spawn(folder, "analyze", "-", "--json", stdin=HELLO, COLUMNS="200").out
    assert "\x1b" not in narrow.out


def test_a_pipe_gets_plain_text_in_utf8(folder: Path) -> None:
    ran = spawn(folder, "analyze", PYTHONIOENCODING="ascii", PYTHONUTF8="0", TERM="xterm-256color")
    assert ran.code == 0
    assert "█" in ran.out
    assert "\x1b" not in ran.out


def test_a_reader_that_leaves_early_is_no_fault(folder: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.run(
        [*COMMAND, "analyze"], cwd=folder, stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert (process.returncode, process.stderr) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_on_a_terminal_unless_it_is_unwelcome(folder: Path, environment: dict[str, str], coloured: bool) -> None:
    ours, theirs = os.openpty()
    plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with subprocess.Popen(
        [*COMMAND, "analyze"], cwd=folder, stdout=theirs, env={**plain, "TERM": "xterm", **environment}
    ) as process:
        os.close(theirs)
        shown = _everything(ours)
        assert process.wait() == 0
    assert "Takes 200/s" in shown
    assert ("\x1b[" in shown) is coloured


def _everything(terminal: int) -> str:
    shown = b""
    try:
        while block := os.read(terminal, 4096):
            shown += block
    except OSError:  # Linux says so when the other side has closed
        pass
    finally:
        os.close(terminal)
    return shown.decode("utf-8")


def test_help_loads_nothing_heavy(folder: Path) -> None:
    assert loaded_by(folder, "--help") & HEAVY == set()
    assert loaded_by(folder, "--version") & HEAVY == set()
    assert loaded_by(folder, "analyze", "--help") & HEAVY <= {"pydantic"}  # typer reads options with it


def test_json_does_not_load_rich(folder: Path) -> None:
    loaded = loaded_by(folder, "analyze", "--json")
    assert "rich" not in loaded
    assert "numpy" in loaded
