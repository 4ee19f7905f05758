"""JSON results made by hand, for the tests of comparisons; paths such as `capacity.max_rate` replace any figure."""

from copy import deepcopy
from typing import Any

from capplan.studies.records import Result
from capplan.studies.results import read_result

LATENCY = {"mean": 0.03, "p50": 0.02, "p90": 0.07, "p95": 0.09, "p99": 0.15, "p99.9": 0.25}
TRAFFIC = {"rate": 200.0, "throughput": 200.0, "success_rate": 0.999, "latency": LATENCY}
PLAIN: dict[str, Any] = {
    "schema": 1,
    "topology": {"name": "Hello", "file": "hello.yaml"},
    "rate": 200.0,
    "throughput": 200.0,
    "stable": True,
    "capacity": {"max_rate": 400.0, "bottleneck": {"component": "app", "resource": "cpu"}, "headroom": 0.5},
    "total": deepcopy(TRAFFIC),
    "requests": {"browse": deepcopy(TRAFFIC), "checkout": deepcopy(TRAFFIC)},
    "components": {
        "app": {
            "kind": "server",
            "replicas": 3,
            "machine": "m6i.large",
            "utilisation": {"cpu": 0.5, "memory": None},
            "cost": {"hour": 0.288},
        },
        "db[replica]": {
            "kind": "database",
            "replicas": 1,
            "machine": None,
            "utilisation": {"cpu": 0.25, "disk": 0.3},
            "cost": {"hour": None},
        },
    },
    "slos": [
        {
            "name": "total.p99",
            "metric": "total.p99",
            "operator": "<",
            "objective": 0.2,
            "value": 0.15,
            "met": True,
            "holds_until_rate": 300.0,
            "window": None,
        }
    ],
    "alerts": [
        {
            "name": "app-cpu",
            "metric": "app.cpu",
            "operator": ">",
            "threshold": 0.7,
            "value": 0.5,
            "firing": False,
            "fires_at_rate": 280.0,
        }
    ],
    "cost": {"currency": "USD", "hour": 0.288, "month": 210.24},
    "notes": [],
    "overloads": [],
}


def data(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """A JSON result; `changes` maps paths, their steps joined by `/`, to other values."""
    whole = deepcopy(PLAIN)
    for path, value in (changes or {}).items():
        *steps, last = (int(step) if step.isdigit() else step for step in path.split("/"))
        inner: Any = whole
        for step in steps:
            inner = inner[step]
        inner[last] = value
    return whole


def result(changes: dict[str, Any] | None = None, source: str = "hello.yaml") -> Result:
    """The same, read."""
    return read_result(data(changes), source)
