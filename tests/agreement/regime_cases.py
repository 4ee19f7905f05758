"""The simulated cases of held slots, full queues, retries and forks as networks, and what the solver says of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from capplan.queueing import laws
from capplan.queueing.arrays import Array
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.network import Call, Fork, Gate, Network, Patience, Station, Step, Stream, Task, Visit
from capplan.queueing.open_network import OpenNetwork
from capplan.queueing.outcome import Outcome

FILE = Path(__file__).parent / "regimes.json"
LEVELS = (0.5, 0.95, 0.99)


@dataclass(frozen=True)
class RegimeCase:
    """One simulated case.

    Attributes:
        record: a network in the words of README.md, its rate, and the truth.
    """

    record: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.record["id"])

    @property
    def model(self) -> str:
        return str(self.record["model"])

    @property
    def rate(self) -> float:
        return float(self.record["rate"])

    @property
    def truth(self) -> Mapping[str, float]:
        truth: Mapping[str, float] = self.record["truth"]
        return truth

    @cached_property
    def network(self) -> Network:
        """What was simulated; a load of 1 is one request per unit of time."""
        tasks = [_task(index, task) for index, task in enumerate(self.record["tasks"])]
        patience = Patience(**self.record.get("patience", {}))
        return Network(
            stations=tuple(Station(f"station {k}", *_place(one)) for k, one in enumerate(self.record["stations"])),
            tasks=tuple(tasks),
            streams=(Stream("requests", len(tasks) - 1, slope=1.0, patience=patience),),
            gates=tuple(Gate(f"gate {k}", *_place(one)) for k, one in enumerate(self.record.get("gates", ()))),
        )

    @property
    def worst(self) -> float:
        """Offered utilisation if every attempt were made (of models with one station)."""
        station, (visit,) = self.network.stations[0], self.network.tasks[0].visits
        attempts = self.network.streams[0].patience.retries + 1
        return self.rate * visit.law.mean * attempts / station.servers

    def solved(self, *, troubled: bool = False) -> Outcome:
        """The solver's word."""
        return OpenNetwork(self.network).at([self.rate], troubled=troubled)


def regime_cases() -> list[RegimeCase]:
    """All of them."""
    return [RegimeCase(record) for record in json.loads(FILE.read_text(encoding="utf-8"))]


def failed(outcome: Outcome) -> float:
    """Part of the requests that end in failure."""
    if outcome.regime is None:
        return 0.0
    return 1.0 - float(outcome.regime.fates.attempts[outcome.network.streams[0]].fate.clean[0])


def percentiles(outcome: Outcome) -> Array:
    """Of the requests that succeed, at LEVELS."""
    return np.asarray(outcome.stream(0).quantiles(LEVELS)[0])


def _place(one: Mapping[str, Any]) -> tuple[Group, int | None]:
    group = Group(
        servers=float(one["servers"]),
        replicas=one.get("replicas", 1),
        policy=Policy(one.get("policy", "random")),
        sharing=one.get("sharing", False),
    )
    return group, one.get("room")


def _task(index: int, task: Mapping[str, Any]) -> Task:
    visits = tuple(Visit(laws.by_moments(mean, scv), station) for station, mean, scv in task.get("visits", ()))
    steps: list[Step] = [_call(call) for call in task.get("calls", ())]
    if "fork" in task:
        steps.append(Fork(tuple((Call(branch),) for branch in task["fork"])))
    return Task(f"task {index}", visits, tuple(steps), gate=task.get("gate"))


def _call(call: Mapping[str, Any]) -> Call:
    patience = Patience(**call.get("patience", {}))
    return Call(call["task"], float(call.get("count", 1)), pool=call.get("pool"), patience=patience)
