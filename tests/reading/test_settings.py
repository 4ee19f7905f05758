"""Settings laid over a topology, and profiles from a file beside it."""

import pytest

from capplan.errors import BadTopology, Problem
from capplan.reading import read_topology

TEXT = """
workload: {rate: 100/s}
machines: {box: &box {cores: 2}, twin: *box}
components:
  web: {kind: server, time: 10ms, machine: box, calls: [{db: 1}]}
  db: {kind: database, time: 1ms}
"""


def faults(*settings: str) -> tuple[Problem, ...]:
    with pytest.raises(BadTopology) as raised:
        read_topology(TEXT, "topology.yaml", settings)
    return raised.value.problems


def test_a_setting_changes_a_value_or_adds_a_key() -> None:
    settings = [
        "workload.rate=2k/s",
        "components.web.replicas=8",
        "components.web.calls[0].db=3",
        "slos=[total.p99 < 1s]",
    ]
    topology = read_topology(TEXT, "topology.yaml", settings)
    assert topology.workload.rate == 2000
    assert topology.component("web").replicas == 8
    assert [call.mean_number for call in topology.component("web").calls if hasattr(call, "mean_number")] == [3]
    assert topology.slos[0].label == "total.p99"


def test_a_setting_is_yaml_and_may_be_a_mapping() -> None:
    topology = read_topology(TEXT, "topology.yaml", ["components.db.machine={cores: 16, memory: 64GiB}"])
    machine = topology.machine(topology.component("db"))
    assert machine is not None
    assert machine.cores == 16


def test_a_setting_leaves_other_aliases_alone() -> None:
    topology = read_topology(TEXT, "topology.yaml", ["machines.twin.cores=64"])
    assert (topology.machines["box"].cores, topology.machines["twin"].cores) == (2, 64)


def test_the_faults_of_settings_are_placed_in_the_setting() -> None:
    (problem,) = faults("components.web.replicas=many")
    assert str(problem) == (
        "--set:1:25: components.web.replicas: `many` is not a whole number; a whole number, 1 or more\n"
        "    components.web.replicas=many\n"
        "                            ^"
    )


@pytest.mark.parametrize(
    ("setting", "what"),
    [
        ("components.wob.replicas=3", "there is no `components.wob` to change"),
        ("components.web.calls[7].db=3", "there is no `components.web.calls[7]` to change"),
        ("components.web.calls[7]=3", "there is no `7` to set here"),
        ("replicas", "this sets nothing"),
        ("=3", "this sets nothing"),
        ("components..web=3", "this sets nothing"),
        ("components.web.time=[", "a bracket is not closed"),
        ("components.web.time=", "`time` has no value"),
        ("components.web.time.mean=3ms", "there is no `mean` to set here"),
    ],
)
def test_a_setting_that_cannot_be_made_is_a_fault(setting: str, what: str) -> None:
    (problem,) = faults(setting)
    assert problem.file == "--set"
    assert problem.what.startswith(what)


PROFILED = TEXT.replace("100/s}", "100/s, profile: day.csv}")


@pytest.mark.parametrize("text", ["hour,load\n0,0.2\n1,50%\n2,1\n", "0.2\n0.5\n1\n", "\n0;x,0.2\n1,0.5\n2,1.0\n"])
def test_a_profile_is_the_last_column_of_a_file(text: str) -> None:
    topology = read_topology(PROFILED, "topology.yaml", load_text={"day.csv": text}.__getitem__)
    assert topology.workload.profile == (0.2, 0.5, 1.0)


def missing(name: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", name)


@pytest.mark.parametrize(
    ("load_text", "what"),
    [
        (missing, "`day.csv` cannot be read: No such file or directory"),
        (lambda _: "load\n", "`day.csv` has 0 rows of numbers"),
        (lambda _: "0.2\nhigh\n", "`day.csv` holds `high`, which is not a number from 0 on"),
        (None, "`day.csv` is a file, and this topology has no place beside which it could be"),
    ],
)
def test_a_profile_that_cannot_be_read_is_a_fault(load_text: object, what: str) -> None:
    with pytest.raises(BadTopology) as raised:
        read_topology(PROFILED, "topology.yaml", load_text=load_text)  # type: ignore[arg-type]
    (problem,) = raised.value.problems
    assert (str(problem.route), problem.line, problem.what) == ("workload.profile", 2, what)
