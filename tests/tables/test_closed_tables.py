"""Closed networks of the literature, through the solver that users get and through the exact recursion."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from capplan.queueing import closed_classes
from capplan.queueing.balancing import Group
from capplan.queueing.closed import ClosedNetwork
from capplan.queueing.laws import Exponential
from capplan.queueing.network import Call, Network, Station, Stream, Task, Visit
from capplan.queueing.open_network import OpenNetwork


@dataclass(frozen=True)
class Case:
    """One case as it stands in the file."""

    name: str
    title: str
    source: str
    users: Any
    think: Any
    stations: dict[str, dict[str, Any]]
    expected: dict[str, Any]
    tolerance: float


TEXT = (Path(__file__).parent / "closed.yaml").read_text(encoding="utf-8")
CASES = [Case(**record) for record in yaml.safe_load(TEXT)]
ONE_KIND = [case for case in CASES if not isinstance(case.users, dict)]
TWO_KINDS = [case for case in CASES if isinstance(case.users, dict)]


def named(chosen: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", chosen, ids=[case.name for case in chosen])


def network(case: Case) -> Network:
    """A request that visits every station in turn, as often as the case says."""
    stations, tasks, calls = [], [], []
    for index, (name, station) in enumerate(case.stations.items()):
        stations.append(Station(name=name, group=Group(servers=float(station["servers"]))))
        tasks.append(Task(name=name, visits=(Visit(law=Exponential(station["service"]), station=index),)))
        calls.append(Call(task=index, count=station["visits"]))
    tasks.append(Task(name="request", steps=tuple(calls)))
    stream = Stream(name="request", task=len(tasks) - 1, slope=1.0)
    return Network(stations=tuple(stations), tasks=tuple(tasks), streams=(stream,))


@named(ONE_KIND)
def test_the_solver_gives_what_the_book_says(case: Case) -> None:
    solved = ClosedNetwork(OpenNetwork(network(case)), case.think).at([case.users])
    rate = float(solved.loads[0])
    assert rate == pytest.approx(case.expected["throughput"], rel=case.tolerance)
    assert float(solved.stream(0).mean[0]) == pytest.approx(case.expected["request"]["mean"], rel=case.tolerance)
    for index, (name, station) in enumerate(case.stations.items()):
        expected = case.expected[name]
        residence = station["visits"] * (float(solved.mean_waits[0, index]) + station["service"])
        assert residence == pytest.approx(expected["residence"], rel=case.tolerance)
        assert rate * residence == pytest.approx(expected["number"], rel=case.tolerance)
        assert float(solved.utilisation[0, index]) == pytest.approx(expected["utilisation"], rel=case.tolerance)
    assert not solved.saturated.any()


@named(ONE_KIND)
def test_the_recursion_gives_what_the_book_says(case: Case) -> None:
    demands = np.array([[one["service"] * one["visits"] for one in case.stations.values()]])
    found = closed_classes.mean_values(demands, [case.think], [case.users])
    assert float(found.rate[0]) == pytest.approx(case.expected["throughput"], rel=case.tolerance)
    numbers = [case.expected[name]["number"] for name in case.stations]
    assert found.number[0] == pytest.approx(numbers, rel=case.tolerance)


@named(TWO_KINDS)
def test_two_kinds_of_users_reach_what_the_book_says(case: Case) -> None:
    kinds = list(case.users)
    demands = np.array([[one["demand"][kind] for one in case.stations.values()] for kind in kinds])
    found = closed_classes.mean_values(demands, list(case.think.values()), list(case.users.values()))
    for row, kind in enumerate(kinds):
        assert float(found.rate[row]) == pytest.approx(case.expected["throughput"][kind], rel=case.tolerance)
        mean = float(found.residence[row].sum())
        assert mean == pytest.approx(case.expected["request"]["mean"][kind], rel=case.tolerance)
        for column, name in enumerate(case.stations):
            expected = case.expected[name]
            assert found.number[row, column] == pytest.approx(expected["number"][kind], rel=case.tolerance)
            assert found.residence[row, column] == pytest.approx(expected["residence"][kind], rel=case.tolerance)
    for column, name in enumerate(case.stations):
        busy = float(found.rate @ demands[:, column])
        assert busy == pytest.approx(case.expected[name]["utilisation"], rel=case.tolerance)
