"""The corpora are the specification: files in valid/ are read, files in invalid/ have the faults that they name."""

import re
from pathlib import Path

import pytest
import yaml

from capplan.errors import BadTopology, Problem
from capplan.reading import read_topology, tree
from capplan.topology import Topology

CASES = Path(__file__).parents[1] / "cases"
TOPOLOGIES = Path(__file__).parents[2] / "topologies"
VALID = sorted([*(CASES / "valid").glob("*.yaml"), *TOPOLOGIES.glob("*.yaml")])
INVALID = sorted((CASES / "invalid").glob("*.yaml"))
EXPECTATION = re.compile(r"# expect: (\d+):(\d+): (.*)")


def named(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=path.stem) for path in paths]


def _read(path: Path) -> Topology:
    """The topology of a file, with the files beside it."""
    return read_topology(
        path.read_bytes(), path.name, load_text=lambda name: (path.parent / name).read_text(encoding="utf-8")
    )


@pytest.fixture
def pure_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without libyaml."""
    monkeypatch.setattr(tree, "_LOADER", yaml.SafeLoader)


@pytest.mark.usefixtures("pure_python")
@pytest.mark.parametrize("path", named(VALID))
def test_a_valid_file_is_read_without_libyaml(path: Path) -> None:
    assert _read(path).components


@pytest.mark.usefixtures("pure_python")
@pytest.mark.parametrize("path", named(INVALID))
def test_an_invalid_file_is_refused_without_libyaml(path: Path) -> None:
    assert faults(path.read_bytes(), path.name)


def faults(text: str | bytes, file: str = "topology.yaml") -> tuple[Problem, ...]:
    with pytest.raises(BadTopology) as raised:
        read_topology(text, file)
    return raised.value.problems


@pytest.mark.parametrize("path", named(VALID))
def test_a_valid_file_is_read(path: Path) -> None:
    topology = _read(path)
    assert isinstance(topology, Topology)
    assert topology.components


@pytest.mark.parametrize("path", named(INVALID))
def test_an_invalid_file_has_the_faults_that_it_names(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    expected = EXPECTATION.findall(text)
    assert expected, "an invalid case states its faults"
    found = faults(text, path.name)
    assert [(p.line, p.column) for p in found] == [(int(line), int(column)) for line, column, _ in expected]
    for problem, (_, _, said) in zip(found, expected, strict=True):
        assert f"{problem.route}: {problem.what}".startswith(said)
        assert problem.hint


@pytest.mark.parametrize("path", named(INVALID))
def test_a_fault_shows_its_line_with_a_caret(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for problem in faults(text, path.name):
        head, source, caret = str(problem).split("\n")
        assert head.startswith(f"{path.name}:{problem.line}:{problem.column}: {problem.route}: ")
        assert source.strip() == (problem.source or "").strip()
        assert caret.endswith("^")


def test_a_caret_stands_below_its_character_after_tabs() -> None:
    problem = faults("workload: {rate: 100/s}\ncomponents:\n  web:\t{kind: server,\ttime: 15}\n")[0]
    assert str(problem).split("\n")[1:] == [
        "      web:\t{kind: server,\ttime: 15}",
        "          \t              \t      ^",
    ]


def test_bytes_that_are_not_utf8_are_one_fault() -> None:
    (problem,) = faults(b"name: caf\xe9\n", "latin1.yaml")
    assert str(problem).startswith("latin1.yaml:1:10: the topology: the byte 0xe9 is not UTF-8; save the file as UTF-8")


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "~\n", b"", b"\xef\xbb\xbf"])
def test_an_empty_file_is_one_fault(text: str | bytes) -> None:
    (problem,) = faults(text)
    assert problem.what == "there is nothing here"


def test_control_characters_and_half_characters_are_faults() -> None:
    assert "control character" in faults("name: a\x07b\n")[0].what
    assert "half a character" in faults("name: \ud800\n")[0].what


def test_a_byte_order_mark_and_windows_line_ends_are_understood() -> None:
    text = "workload: {rate: 100/s}\r\ncomponents:\r\n  web: {kind: server, time: 10ms}\r\n"
    assert read_topology(b"\xef\xbb\xbf" + text.encode(), "bom.yaml").components.keys() == {"web"}


def test_a_file_that_is_too_large_is_refused() -> None:
    assert faults("#" + "x" * 10_000_001)[0].what == "the text is too large"


def test_all_faults_come_at_once_and_in_the_order_of_the_file() -> None:
    found = faults((CASES / "invalid" / "many-at-once.yaml").read_bytes())
    places = [(p.line, p.column) for p in found]
    assert len(places) > 15
    assert places == sorted(places, key=lambda place: (place[0] or 0, place[1] or 0))


def test_one_fault_does_not_bring_others_along() -> None:
    text = """
        workload: {rate: 100/s}
        components:
          lb: {kind: balancer, forwards_to: app, polcy: random}
          app: {kind: server, time: 15MB, endpoints: {home: {time: 3}}, calls: {db.read: 1}}
          db: {kind: databse}
        slos: [app.p99 < 1s, db.cpu < 50%]
    """
    assert [str(p.route) for p in faults(text)] == [
        "components.lb.polcy",
        "components.app.time",
        "components.app.endpoints.home.time",
        "components.db.kind",
    ]
