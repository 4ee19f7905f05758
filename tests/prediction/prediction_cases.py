"""Topologies as text into predictions, and the closed forms that the tests hold them against.

The formulas here are written out for small cases (sums, no solver), so that they share nothing with what they test.
"""

import math

from capplan.checks.analysis import analyze
from capplan.checks.records import Analysis
from capplan.prediction.records import ComponentPrediction, Latency, Note, Prediction
from capplan.reading import read_topology
from capplan.topology import Topology

GRID = 1e-3
"""Relative error that the grid of a percentile may have."""


def topology(text: str) -> Topology:
    """The topology that a text describes, with a first line that says the version."""
    return read_topology(f"version: 1\n{text}", "test.yaml")


def analysis(text: str, rate: float | None = None) -> Analysis:
    return analyze(topology(text), rate)


def predicted(text: str, rate: float | None = None) -> Prediction:
    return analysis(text, rate).prediction


def component(text: str, name: str, rate: float | None = None) -> ComponentPrediction:
    return predicted(text, rate).components[name]


def latency(one: Latency | None) -> Latency:
    """A latency that exists."""
    assert one is not None
    return one


def used(text: str, name: str, resource: str, rate: float | None = None) -> float:
    """The utilisation of a resource that exists."""
    found = component(text, name, rate).utilisation[resource]
    assert found is not None
    return found


def notes_of(prediction: Prediction, code: str) -> list[Note]:
    return [note for note in prediction.notes if note.code == code]


def network_time(prediction: Prediction, name: str, request: str = "default") -> float:
    """Mean network time of one request into a component."""
    return sum(row.network for row in prediction.requests[request].breakdown if row.component == name)


def chance_of_waiting(servers: int, work: float) -> float:
    """Erlang C by its definition; `work` in servers."""
    terms = [work**k / math.factorial(k) for k in range(servers)]
    last = work**servers / math.factorial(servers) / (1.0 - work / servers)
    return last / (sum(terms) + last)


def mean_wait(servers: int, rate: float, service: float, scv: float = 1.0) -> float:
    """M/M/c, and Pollaczek and Khinchine's M/G/1."""
    assert servers == 1 or scv == 1.0
    chance = chance_of_waiting(servers, rate * service)
    return chance * service / (servers - rate * service) * (1.0 + scv) / 2.0


def sojourn_quantile(servers: int, rate: float, service: float, level: float) -> float:
    """M/M/c: where P(T > t) falls to 1 - level, by bisection."""
    chance, spare = chance_of_waiting(servers, rate * service), servers / service - rate
    mu = 1.0 / service

    def above(t: float) -> float:
        if abs(spare - mu) < 1e-9 * mu:
            return math.exp(-mu * t) * (1.0 + chance * mu * t)
        waited = chance * (spare * math.exp(-mu * t) - mu * math.exp(-spare * t)) / (spare - mu)
        return waited + (1.0 - chance) * math.exp(-mu * t)

    low, high = 0.0, 100.0 * service / (1.0 - rate * service / servers)
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if above(middle) > 1.0 - level else (low, middle)
    return low


def erlang_quantile(stages: int, mean: float, level: float) -> float:
    """A sum of `stages` exponential times of this mean each."""

    def above(t: float) -> float:
        return math.exp(-t / mean) * sum((t / mean) ** k / math.factorial(k) for k in range(stages))

    low, high = 0.0, 100.0 * stages * mean
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if above(middle) > 1.0 - level else (low, middle)
    return low
