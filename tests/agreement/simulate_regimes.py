"""The cases that the project simulated itself: what they are, and how their figures are found anew.

Run as a program (`python tests/agreement/simulate_regimes.py`), it simulates them and writes them into regimes.json.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from regime_cases import FILE, RegimeCase

from capplan.simulation.simulate import simulate

REQUESTS = 400_000
"""Requests of one case, a fifth of them warm-up."""
Record = Mapping[str, Any]
THREADS = {"servers": 8, "replicas": 4}
DATABASE = {"servers": 16}
CALM_POLICIES = ("least_connections", "round_robin", "random")


def records() -> Iterator[Record]:
    """All cases, without their truth."""
    for group in (_threads, _pools, _nested, _rooms, _budgets, _timeouts):
        model = group.__name__[1:]
        yield from ({"id": f"own-{model}-{k}", "model": model, **one} for k, one in enumerate(group(), start=1))


def _threads() -> Iterator[Record]:
    """Threads of four replicas before a shared database."""
    for policy in CALM_POLICIES:
        for rate, scv in ((0.9, 1.0), (1.3, 1.0), (1.2, 4.0)):
            app = {"visits": [[None, 5.0, 1.0]], "calls": [{"task": 0}], "gate": 0}
            tasks = [{"visits": [[0, 10.0, scv]]}, app]
            yield {"stations": [DATABASE], "gates": [{**THREADS, "policy": policy}], "tasks": tasks, "rate": rate}


def _pools() -> Iterator[Record]:
    """Connections of four replicas, each with cores of its own, before a shared database."""
    for policy in CALM_POLICIES:
        app = {"visits": [[1, 3.0, 1.0]], "calls": [{"task": 0, "pool": 0}]}
        cores = {"servers": 2, "replicas": 4, "policy": policy}
        gates = [{"servers": 5, "replicas": 4, "policy": policy}]
        tasks = [{"visits": [[0, 10.0, 1.0]]}, app]
        yield {"stations": [DATABASE, cores], "gates": gates, "tasks": tasks, "rate": 1.25}


def _nested() -> Iterator[Record]:
    """Threads, connections, and what the database accepts at most, whose holders compute and read."""
    for replicas, rate in ((1, 0.7), (1, 0.9), (2, 0.7), (2, 0.9)):
        policy = "least_connections"
        gates = [
            {"servers": 40 // replicas, "replicas": replicas, "policy": policy},
            {"servers": 16 // replicas, "replicas": replicas, "policy": policy},
            {"servers": 12},
        ]
        tasks = [
            {"visits": [[0, 6.0, 1.0], [None, 4.0, 1.0]], "gate": 2},
            {"visits": [[None, 5.0, 1.0]], "calls": [{"task": 0, "pool": 1}]},
            {"calls": [{"task": 1}], "gate": 0},
        ]
        yield {"stations": [{"servers": 8}], "gates": gates, "tasks": tasks, "rate": rate}


def _rooms() -> Iterator[Record]:
    """Little room at each replica."""
    for policy in (*CALM_POLICIES, "power_of_two"):
        station = {"servers": 2, "replicas": 4, "policy": policy, "room": 4}
        yield {"stations": [station], "tasks": [{"visits": [[0, 1.0, 1.0]]}], "rate": 7.6}
    gates = [{**THREADS, "policy": "round_robin", "room": 4}]
    app = {"visits": [[None, 5.0, 1.0]], "calls": [{"task": 0}], "gate": 0}
    yield {"stations": [DATABASE], "gates": gates, "tasks": [{"visits": [[0, 10.0, 1.0]]}, app], "rate": 1.7}


def _budgets() -> Iterator[Record]:
    """Repeats within a budget."""
    for rate, budget in ((2.8, 0.1), (3.4, 0.1), (4.0, 0.2)):
        patience = {"timeout": 3.0, "retries": 3, "backoff": 1.0, "budget": budget}
        station = {"servers": 4, "room": 12}
        yield {"stations": [station], "tasks": [{"visits": [[0, 1.0, 1.0]]}], "rate": rate, "patience": patience}


def _timeouts() -> Iterator[Record]:
    """A call with a timeout and repeats, within a request with a timeout."""
    for rate, timeout in ((1.6, 2.0), (1.9, 2.0), (1.9, 3.0)):
        call = {"task": 0, "patience": {"timeout": timeout, "retries": 1, "backoff": 0.5}}
        tasks = [{"visits": [[0, 1.0, 1.0]]}, {"visits": [[1, 0.5, 1.0]], "calls": [call]}]
        patience = {"timeout": 12.0}
        yield {"stations": [{"servers": 4}, {"servers": 2}], "tasks": tasks, "rate": rate, "patience": patience}


def simulated(record: Record, seed: int) -> Record:
    """A case with what simulation says of it."""
    case = RegimeCase(record)
    found = simulate(case.network, case.rate, requests=REQUESTS, seed=seed)
    truth = {name: _rounded(found[name].value) for name in ("mean", "p50", "p95", "p99")}
    truth["p99_ci"] = _rounded(0.5 * (found["p99"].high - found["p99"].low))
    success = found["success"]
    truth["failed"], truth["failed_ci"] = _rounded(1.0 - success.value), _rounded(0.5 * (success.high - success.low))
    return {**record, "truth": truth}


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def main() -> None:
    """Simulate all of them again; the other cases of the file stay."""
    given = [case.record for case in map(RegimeCase, json.loads(FILE.read_text(encoding="utf-8")))]
    kept = [record for record in given if not record["id"].startswith("own-")]
    own = [simulated(record, seed) for seed, record in enumerate(records(), start=1)]
    lines = ",\n ".join(json.dumps(record) for record in (*kept, *own))
    FILE.write_text(f"[\n {lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
