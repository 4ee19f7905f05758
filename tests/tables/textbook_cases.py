"""The textbook's cases (textbook.yaml) as records, and the networks they describe."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import by_moments
from capplan.queueing.network import Call, Network, Station, Stream, Task, Visit

POLICIES = {"random": Policy.RANDOM, "round_robin": Policy.ROUND_ROBIN}
LEVELS = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True)
class Case:
    """One case as it stands in the file."""

    name: str
    title: str
    source: str
    kind: str
    stations: dict[str, dict[str, Any]]
    expected: dict[str, Any]
    tolerance: Any
    rate: float = 0.0
    rates: dict[str, float] = field(default_factory=dict)
    arrival_scv: float = 1.0
    patience: float = 0.0
    policy: str = "random"
    objective: dict[str, float] = field(default_factory=dict)

    @property
    def request(self) -> dict[str, Any]:
        """What is expected of a request end to end."""
        found: dict[str, Any] = self.expected.get("request", {})
        return found

    @property
    def percentiles(self) -> dict[float, float]:
        """Expected percentiles of a request, by level."""
        return {level: self.request[name] for name, level in LEVELS.items() if name in self.request}

    def within(self, part: str = "mean") -> float:
        """The relative tolerance of means or of percentiles."""
        return float(self.tolerance[part]) if isinstance(self.tolerance, dict) else float(self.tolerance)


def cases(kind: str) -> list[Case]:
    """All cases of this kind."""
    text = (Path(__file__).parent / "textbook.yaml").read_text(encoding="utf-8")
    return [Case(**record) for record in yaml.safe_load(text) if record["kind"] == kind]


def network(case: Case) -> Network:
    """A request that visits every station in turn; the load is the arrival rate."""
    stations, tasks, calls = [], [], []
    for index, (name, station) in enumerate(case.stations.items()):
        group = Group(
            servers=float(station["servers"]), replicas=station.get("replicas", 1), policy=POLICIES[case.policy]
        )
        stations.append(Station(name=name, group=group))
        law = by_moments(station["service"], station.get("scv", 1.0))
        tasks.append(Task(name=name, visits=(Visit(law=law, station=index),)))
        calls.append(Call(task=index, count=station.get("visits", 1.0)))
    tasks.append(Task(name="request", steps=tuple(calls)))
    stream = Stream(name="request", task=len(tasks) - 1, slope=1.0, scv=case.arrival_scv)
    return Network(stations=tuple(stations), tasks=tuple(tasks), streams=(stream,))
