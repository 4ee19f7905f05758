"""The simulated cases as records, and the solver's percentiles for them."""

import csv
import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from capplan.queueing import laws
from capplan.queueing.arrays import Array
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.closed import ClosedNetwork
from capplan.queueing.laws import Law
from capplan.queueing.network import Call, Network, Station, Stream, Task, Visit
from capplan.queueing.open_network import OpenNetwork, solve
from capplan.queueing.outcome import Outcome
from capplan.queueing.scalability import Speedup
from capplan.queueing.tails import mixture_quantiles
from capplan.queueing.unequal import plain_least_connections

HERE = Path(__file__).parent
NETWORKS = ("networks.json", "closed.json")
LEVELS = (0.5, 0.95, 0.99)


@dataclass(frozen=True)
class BoundedPareto:
    """A heavy tail cut off: index 1.5 between `low` and `high`."""

    low: float
    high: float
    index: float = 1.5

    def _above(self, power: int, t: Array | float) -> Array:
        """E[S^power; S > t] for low <= t <= high."""
        a = self.index
        scale = a * self.low**a / (1.0 - (self.low / self.high) ** a)
        return np.asarray(scale * (self.high ** (power - a) - np.asarray(t) ** (power - a)) / (power - a))

    @property
    def mean(self) -> float:
        return float(self._above(1, self.low))

    @property
    def scv(self) -> float:
        return float(self._above(2, self.low)) / self.mean**2 - 1.0

    def excess(self, t: Array) -> Array:
        at = np.clip(t, self.low, self.high)
        return np.asarray(np.maximum(self._above(1, at) - t * self._above(0, at), 0.0))

    def excess2(self, t: Array) -> Array:
        at = np.clip(t, self.low, self.high)
        square = self._above(2, at) - 2.0 * t * self._above(1, at) + t**2 * self._above(0, at)
        return np.asarray(np.maximum(0.5 * square, 0.0))

    def scaled(self, factor: float) -> Law:
        return BoundedPareto(self.low * factor, self.high * factor, self.index)

    def with_scv(self, scv: float) -> Law:
        return laws.by_moments(self.mean, scv)


@lru_cache
def bounded_pareto(scv: float) -> Law:
    """The one of mean 1 with this SCV."""
    low, high = 1.01, 1e9
    for _ in range(200):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if BoundedPareto(1.0, middle).scv < scv else (low, middle)
    return BoundedPareto(1.0, low).scaled(1.0 / BoundedPareto(1.0, low).mean)


def service_law(family: str, scv: float) -> Law:
    """A service law of mean 1."""
    if family == "bounded_pareto":
        return bounded_pareto(scv)
    if family == "hyperexponential":
        return laws.Hyperexponential(1.0, scv)
    if family == "gamma":
        return laws.Gamma(1.0, scv)
    return laws.by_moments(1.0, scv)


@dataclass(frozen=True)
class Case:
    """One simulated case: what was simulated, and what came out."""

    name: str
    model: str
    inputs: dict[str, Any]
    truth: dict[str, float]

    def percentiles(self) -> tuple[float, Array]:
        """The solver's mean and percentiles at LEVELS."""
        if self.model == "lb_skew":
            return _skewed(self.inputs)
        if self.model == "closed":
            return _closed(self.inputs)
        if "routes" in self.inputs:
            return _routed(self.inputs)
        return _queue(self.inputs)


def cases() -> list[Case]:
    """All of them."""
    numbers = ("mean", "p50", "p95", "p99", "p99_ci")
    found = []
    for name in ("queues.csv", "scalability.csv"):
        with (HERE / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                truth = {key: float(row[key]) for key in numbers}
                found.append(Case(row["id"], row["model"], dict(row), truth))
    records = [one for name in NETWORKS for one in json.loads((HERE / name).read_text(encoding="utf-8"))]
    return found + [Case(record["id"], record["model"], record, record["truth"]) for record in records]


def _queue(inputs: dict[str, Any]) -> tuple[float, Array]:
    law = service_law(inputs["service"], float(inputs["scv"]))
    servers, replicas = float(inputs["servers"]), int(inputs["replicas"])
    sharing = inputs["model"] in ("ps", "ps_lb", "usl_ps")
    group = Group(servers=servers, replicas=replicas, policy=Policy(inputs["policy"] or "random"), sharing=sharing)
    if "contention" in inputs:
        group = replace(group, speedup=Speedup(float(inputs["contention"]), float(inputs["coherency"])))
    network = Network(
        stations=(Station(name="queue", group=group),),
        tasks=(Task(name="work", visits=(Visit(law=law, station=0),)),),
        streams=(Stream(name="jobs", task=0, slope=group.capacity * replicas, scv=float(inputs["arrival_scv"])),),
    )
    tail = solve(network, [float(inputs["utilisation"])]).stream(0)
    return float(tail.mean[0]), tail.quantiles(LEVELS)[0]


def _group(replicas: int, servers: int, policy: str, discipline: str = "fifo") -> Group:
    return Group(servers=float(servers), replicas=replicas, policy=Policy(policy), sharing=discipline == "ps")


def _step(step: list[Any]) -> Visit:
    if step[0] == "delay":
        return Visit(law=laws.Deterministic(step[1]))
    if step[0] == "think":
        return Visit(law=laws.Exponential(step[1]))
    return Visit(law=laws.by_moments(step[1], step[2]), station=step[0])


def _routed(inputs: dict[str, Any]) -> tuple[float, Array]:
    """Each route a stream of its own; a request is a mixture of them."""
    stations = tuple(
        Station(name=str(index), group=_group(*station)) for index, station in enumerate(inputs["stations"])
    )
    tasks: list[Task] = []
    streams: list[Stream] = []
    for share, steps in inputs["routes"]:
        first = len(tasks)
        tasks += [Task(name="step", visits=(_step(step),)) for step in steps]
        tasks.append(Task(name="route", steps=tuple(Call(task=index) for index in range(first, len(tasks)))))
        streams.append(Stream(name="route", task=len(tasks) - 1, slope=share))
    network = Network(stations=stations, tasks=tuple(tasks), streams=tuple(streams))
    return _mixed(solve(network, [inputs["rate"]]), [share for share, _ in inputs["routes"]])


def closed_outcome(inputs: dict[str, Any]) -> Outcome:
    """Users who think and then visit every station in turn."""
    stations = tuple(
        Station(name=str(index), group=Group(servers=float(servers)))
        for index, (servers, _) in enumerate(inputs["stations"])
    )
    visits = [Visit(laws.by_moments(mean, inputs["scv"]), index) for index, (_, mean) in enumerate(inputs["stations"])]
    streams = (Stream(name="users", task=0, slope=1.0),)
    network = Network(stations=stations, tasks=(Task(name="round", visits=tuple(visits)),), streams=streams)
    return ClosedNetwork(OpenNetwork(network), inputs["think"]).at([inputs["users"]])


def _closed(inputs: dict[str, Any]) -> tuple[float, Array]:
    return _mixed(closed_outcome(inputs), [1.0])


def _mixed(solved: Outcome, shares: list[float]) -> tuple[float, Array]:
    tails = [solved.stream(index) for index in range(len(shares))]
    mean = sum(share * float(tail.mean[0]) for share, tail in zip(shares, tails, strict=True))
    weights = [np.array([share]) for share in shares]
    return mean, mixture_quantiles(list(zip(weights, tails, strict=True)), LEVELS)[0]


def _skewed(inputs: dict[str, Any]) -> tuple[float, Array]:
    """Shares on equal replicas; where replicas differ a station each, or their mean size where weights even them."""
    if inputs["policy"] == "plain_lc":
        group = plain_least_connections(tuple(inputs["servers"]), np.array([inputs["rate"]]), 1.0)
        return float(group.mean_sojourn[0]), group.quantiles(LEVELS)[0]
    law, servers, shares = laws.by_moments(1.0, inputs["scv"]), inputs["servers"], inputs["shares"]
    if inputs["policy"] == "weighted_random":
        parts = [(share, Group(servers=float(c))) for share, c in zip(shares, servers, strict=True)]
    elif inputs["policy"] == "weighted_lc":
        mean = sum(servers) / len(servers)
        parts = [(1.0, Group(servers=mean, replicas=len(servers), policy=Policy.LEAST_CONNECTIONS))]
    else:
        even = Group(servers=float(servers[0]), replicas=len(servers), policy=Policy.IP_HASH, shares=tuple(shares))
        parts = [(1.0, even)]
    network = Network(
        stations=tuple(Station(name="group", group=group) for _, group in parts),
        tasks=tuple(Task(name="work", visits=(Visit(law=law, station=index),)) for index in range(len(parts))),
        streams=tuple(Stream(name="jobs", task=index, slope=share) for index, (share, _) in enumerate(parts)),
    )
    return _mixed(solve(network, [inputs["rate"]]), [share for share, _ in parts])
