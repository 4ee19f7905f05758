"""A plan written into a topology's text: only what it changes is different, however the text is written."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import capplan
from capplan.errors import BadOption, Route
from capplan.planning.records import Change, Plan, Size, Strategy
from capplan.report.emission import Setting, emitted, written_rate
from capplan.report.yaml_edit import Entangled
from capplan.topology import Balancer, Component, Pipeline

HEAD = "workload: {rate: 200/s}\ncomponents:\n"


TODAY = Size(replicas=3, machine="c6i.large", readers=1)


def change(component: str, before: Size = TODAY, **after: Any) -> Change:
    """A change of one component; of what it was only the difference matters."""
    return Change(component=component, before=before, after=replace(before, **after), because="", cost_change=None)


def plan(*changes: Change) -> Plan:
    """A plan that makes these changes."""
    return Plan(strategy=Strategy.MIXED, feasible=True, optimal=True, changes=changes)


def parts(component: str, **after: Any) -> Plan:
    """A plan that changes one component."""
    return plan(change(component, **after))


APP = parts("app", replicas=9, machine="m6i.xlarge")

PLANS = Path(__file__).parents[1] / "cases" / "plans"
CASES = sorted(file.stem for file in PLANS.glob("*.yaml") if ".planned" not in file.name)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["", "BOM"])
def test_only_what_the_plan_changes_is_different(case: str, line_break: str, mark: str) -> None:
    before, after = (_as_written(PLANS / name, line_break, mark) for name in (f"{case}.yaml", f"{case}.planned.yaml"))
    found = emitted(before, APP, 5000.0)
    assert found == after
    topology, old = capplan.parse(found), capplan.parse(before)
    assert topology.workload.rate == 5000.0
    for name, component in topology.components.items():
        if name == "app":
            assert (component.replicas, component.machine) == (9, "m6i.xlarge")
        else:
            assert component == old.components[name]


def _as_written(file: Path, line_break: str, mark: str) -> str:
    return mark + file.read_text(encoding="utf-8").replace("\n", line_break)


def test_readers_are_written_too() -> None:
    text = HEAD + "  db: {kind: database, readers: 1, read_endpoints: [r], endpoints: {r: {time: 1ms}}}\n"
    assert "readers: 4, read_endpoints: [r]" in emitted(text, parts("db", readers=4), 5000.0)


def test_guests_that_repeat_their_hosts_replicas_follow_it() -> None:
    text = HEAD + (
        "  web: {kind: server, host: box, replicas: 3, time: 1ms, calls: {box: 1}}\n"
        "  box: {kind: database, replicas: 3, machine: c6i.large, time: 1ms}\n"
    )
    topology = capplan.parse(emitted(text, parts("box", replicas=5), 5000.0))
    assert (topology.components["web"].replicas, topology.components["box"].replicas) == (5, 5)


def test_what_stays_is_not_written() -> None:
    text = HEAD + "  app: {kind: server, time: 15ms}\n"
    same = change("app", before=Size(replicas=1, machine=None))
    assert emitted(text, plan(same), 200.0) == text


def test_settings_are_written_as_well() -> None:
    text = (
        HEAD + "  app: {kind: server, replicas: 3, machine: c6i.large, time: 15ms}  # mine\nslos: [total.p99 < 200ms]\n"
    )
    laid = (
        Setting(Route(("components", "app", "time")), "{mean: 12ms, cv: 1.5}"),
        Setting(Route(("components", "app", "error_rate")), "1%"),
        Setting(Route(("slos", 0)), "total.p99 < 300ms"),
        Setting(Route(("workload", "growth")), "5%/month"),
    )
    found = emitted(text, APP, 5000.0, laid)
    assert found == (
        "workload: {rate: 5000/s, growth: 5%/month}\ncomponents:\n"
        "  app: {kind: server, replicas: 9, machine: m6i.xlarge, time: {mean: 12ms, cv: 1.5}, error_rate: 1%} # mine\n"
        "slos: [total.p99 < 300ms]\n"
    )


@pytest.mark.parametrize(
    ("workload", "open_workload"),
    [
        ("workload: {users: 500, think_time: 5s}\n", "workload: {rate: 5000/s}\n"),
        ("workload: {growth: 5%/month, users: 500}\n", "workload: {growth: 5%/month, rate: 5000/s}\n"),
        (
            "workload:\n  users: 500   # signed in\n  think_time: 5s\n  growth: 5%/month\n",
            "workload:\n  rate: 5000/s\n  growth: 5%/month\n",
        ),
        ("workload:\n  users: 500\n", "workload:\n  rate: 5000/s\n"),
    ],
)
def test_users_give_way_to_the_rate(workload: str, open_workload: str) -> None:
    components = "components: {app: {kind: server, time: 15ms}}\n"
    found = emitted(workload + components, plan(), 5000.0)
    assert found == open_workload + components
    assert capplan.parse(found).workload.users is None


@pytest.mark.parametrize("rate", [5000.0, 0.1, 1 / 3, 3e6 / 86400, 1e17, 1.5e-7, 123456.789])
def test_a_rate_reads_back_as_it_was(rate: float) -> None:
    text = f"workload: {{rate: {written_rate(rate)}}}\ncomponents: {{app: {{kind: server, time: 15ms}}}}\n"
    assert capplan.parse(text).workload.rate == rate


def test_what_cannot_be_written_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def entangled(*_: object) -> str:
        raise Entangled(Route(("components", "app", "replicas")))

    monkeypatch.setattr("capplan.report.emission.put", entangled)
    with pytest.raises(BadOption, match=r"^--emit: `components.app.replicas` cannot be changed .*; the parts of the"):
        emitted(HEAD + "  app: {kind: server, time: 15ms}\n", APP, 5000.0)


TREE = Path(__file__).parents[2]
TOPOLOGIES = sorted([*(TREE / "topologies").glob("*.yaml"), *(TREE / "tests" / "cases" / "valid").glob("*.yaml")])


@pytest.mark.parametrize("file", TOPOLOGIES, ids=lambda file: file.stem)
def test_any_topology_takes_any_plan(file: Path, tmp_path: Path) -> None:
    before = capplan.read(file)
    balancers = (one for one in before.components.values() if isinstance(one, Balancer))
    weighted = {name for balancer in balancers if balancer.weights for name in balancer.forwards_to}
    changes = [
        change(
            name, Size(replicas=old.replicas, machine=_machine(old)), replicas=old.replicas + 5, machine="m6i.xlarge"
        )
        for name, old in before.components.items()
        if old.host is None and name not in weighted and not isinstance(old, Pipeline)
    ]
    for beside in file.parent.glob("*.csv"):
        shutil.copy(beside, tmp_path)
    written = tmp_path / file.name
    written.write_text(emitted(file.read_text(encoding="utf-8"), plan(*changes), 777.0), encoding="utf-8")
    after = capplan.read(written)
    changed = {one.component: {"replicas": one.after.replicas, "machine": one.after.machine} for one in changes}
    for name, old in before.components.items():
        own = changed.get(name, {})
        if old.host is not None and "replicas" in old.model_fields_set:
            own = {"replicas": before.host(name).replicas + 5}
        assert after.components[name] == old.model_copy(update=own)


def _machine(component: Component) -> str | None:
    return component.machine if isinstance(component.machine, str) else None
