"""What is not used changes nothing: a key at the value that means nothing leaves every number as it was.

The same seed gives the same numbers to the last digit, whatever other way the key takes through the engine: a slot that
is always free, a limit that is never reached, a timeout that never comes.
"""

from functools import cache
from typing import Any

import pytest

import capplan
from capplan.reading import json_schema

TEXT = """
version: 1
workload: {rate: 150/s}
requests:
  page: {to: lb}
components:
  lb: {kind: balancer, policy: POLICY, forwards_to: app}
  app:
    kind: server
    replicas: 3
    machine: {cores: 1}
    time: {mean: 12ms, cv: 1.5}
    calls:
      - {db: 2}
      - {partner: 0.3}
  db: {kind: database, machine: {cores: 2}, time: 3ms}
  partner: {kind: external, latency: 20ms}
"""
ONE = """
version: 1
workload: {rate: 150/s}
requests:
  page: {to: app}
components:
  app: {kind: server, machine: {cores: 2}, time: 10ms}
"""
HERE = tuple(f"components.{name}.location=here" for name in ("lb", "app", "db"))
THERE = ("locations={here: {rtt: {there: 0ms}, bandwidth: {there: 1000000Gbps}}, there: {}}", *HERE)

NEUTRAL: dict[str, tuple[str, ...]] = {
    "workload.burstiness": ("workload.burstiness=1",),
    "workload.growth": ("workload.growth=5%/month",),
    "workload.profile": ("workload.profile=[1, 1, 1]",),
    "request.timeout": ("requests.page.timeout=1h",),
    "request.retries": ("requests.page.retries=0",),
    "request.retries that nothing asks for": (
        "requests.page={to: lb, timeout: 1h, retries: {max: 3, budget: 10%}, backoff: 10ms}",
    ),
    "request.share": ("requests.page.share=100%",),
    "request.from": ("locations={here: {}}", "requests.page.from=here", *HERE),
    "component.location": THERE,
    "component.request": (*THERE, "components.app.request=1kB"),
    "component.response": (*THERE, "components.app.response=1MB"),
    "component.io": ("components.app.machine={cores: 1, disk: {iops: 1000000}}", "components.app.io=0"),
    "component.io_size": ("components.app.machine={cores: 1, disk: {iops: 1000}}", "components.app.io_size=1MB"),
    "component.endpoints": ("components.app.endpoints={unused: {time: 1s}}",),
    "component.discipline": ("components.app.discipline=fifo",),
    "component.error_rate": ("components.app.error_rate=0",),
    "component.availability": ("components.app.availability=100%",),
    "component.memory": ("components.app.memory={base: 1GB, per_visit: 1MB}",),
    "component.scalability": ("components.app.scalability={contention: 0%, coherency: 0}",),
    "component.scalability.across_replicas": ("components.app.scalability={across_replicas: {contention: 0%}}",),
    "component.scaling": ("components.app.scaling={replicas: 1..9}",),
    "component.deploy": ("components.app.deploy={strategy: rolling}",),
    "component.autoscale": ("components.app.autoscale={metric: cpu, target: 60%, min: 3, max: 3}",),
    "call.pool": ("components.app.calls=[{db: 2, pool: 100000}, {partner: 0.3}]",),
    "call.timeout": ("components.app.calls=[{db: 2, timeout: 1h, retries: 2, backoff: 1ms}, {partner: 0.3}]",),
    "call.retries": ("components.app.calls=[{db: 2, retries: 0}, {partner: 0.3}]",),
    "call.probability": ("components.app.calls=[{db: 2, probability: 1}, {partner: 0.3}]",),
    "call.parallel": ("components.app.calls=[{parallel: [{db: 2}]}, {partner: 0.3}]",),
    "balancer.weights": ("components.lb.weights=[1, 1, 1]",),
    "database.readers": ("components.db.readers=0",),
    "database.concurrency": ("components.db.concurrency=1000",),
    "external.rate_limit": ("components.partner.rate_limit=1000000/s",),
    "external.error_rate": ("components.partner.error_rate=0",),
    "external.availability": ("components.partner.availability=100%",),
    "external.price": ("components.partner.price=0.2/million",),
    "slos and alerts": ("slos=[total.p99 < 1s]", "alerts=[{name: busy, when: app.cpu > 70%, for: 5m}]"),
    "scenarios": ("scenarios={outage: {events: [app replica down at 10m for 5m]}}",),
    "resilience": ("resilience={replicas_lost: 1}",),
}
SLOTS = {
    "component.concurrency": ("components.app.concurrency=200",),
    "component.backlog": ("components.app.concurrency=200", "components.app.backlog=1000000"),
}
"""Of one replica. Before several, a balancer that sees slots counts who holds one, their calls included; without slots
it counts who is at the processor."""
WITHOUT = {
    "backoff": "means nothing without retries, and is played with them",
    "calls": "is what a component does",
    "forwards_to": "is what a component does",
    "host": "is where a component runs",
    "kind": "is what a component is",
    "logs": "is work for another component",
    "machine": "is how much a component can do",
    "mttr": "means nothing without mtbf, and is played with it",
    "mtbf": "is availability in other words",
    "policy": "is chosen, not set to nothing",
    "rate": "is the load",
    "replicas": "is how much a component can do",
    "skew": "is of one policy, and what it is without it stands below",
    "think_time": "is the load of users",
    "time": "is how long it takes",
    "to": "is where a request goes",
    "users": "is the load of users",
}
"""Keys without a value that means nothing."""


OF_ALL = ("rate", "throughput", "success_rate", "error_rate", "queue_length", "in_service", "latency")
MEASURED = (*OF_ALL, "throughput_interval", "success_rate_interval", "latency_interval")


@cache
def numbers(policy: str, text: str = TEXT, settings: tuple[str, ...] = ()) -> dict[str, Any]:
    topology = capplan.parse(text.replace("POLICY", policy), settings=settings)
    result = capplan.simulate(topology, requests=2_000, seed=3).to_dict()
    parts = {"total": result["total"]} | result["components"]
    found = {name: {key: one[key] for key in MEASURED if key in one} for name, one in parts.items()}
    return found | {"cpu": result["components"]["app"]["utilisation"]["cpu"]}


@pytest.mark.parametrize("key", NEUTRAL)
def test_a_key_that_means_nothing_changes_nothing(key: str) -> None:
    assert numbers("least_connections", settings=NEUTRAL[key]) == numbers("least_connections")


@pytest.mark.parametrize("key", SLOTS)
def test_slots_that_are_always_free_change_nothing(key: str) -> None:
    alone = ("components.app.replicas=1", "components.app.machine={cores: 3}")
    assert numbers("random", settings=(*alone, *SLOTS[key])) == numbers("random", settings=alone)


@pytest.mark.parametrize("setting", ["components.lb.weights=[1, 1, 1]", "components.lb.skew=0"])
def test_hashing_without_weights_or_skew_is_even(setting: str) -> None:
    assert numbers("ip_hash", settings=(setting,)) == numbers("ip_hash")


@pytest.mark.parametrize(
    "setting",
    ["requests.page.timeout=1h", "components.app.concurrency=200", "components.app.scalability={contention: 0%}"],
)
def test_what_is_then_played_event_by_event_differs_by_rounding_alone(setting: str) -> None:
    """From arrays times are summed in another order; and percentiles of times that differ in the last digit may fall
    into the next bin, 0.2 % away."""
    plain, other = numbers("", ONE), numbers("", ONE, (setting,))
    for name in ("rate", "throughput", "success_rate"):
        assert other["total"][name] == plain["total"][name]
    for name, value in plain["total"]["latency"].items():
        assert other["total"]["latency"][name] == pytest.approx(value, rel=1e-9 if name == "mean" else 3e-3)
    assert other["cpu"] == pytest.approx(plain["cpu"], rel=1e-9)


def test_every_key_is_at_nothing_or_has_none() -> None:
    known = {key.partition(".")[2] for key in (*NEUTRAL, *SLOTS)} | set(WITHOUT)
    kinds = ("Server", "Balancer", "Request", "Workload")
    keys = {key for kind in kinds for key in json_schema()["$defs"][kind]["properties"]}
    assert keys - known - {"retries", "skew", "weights"} == set()
