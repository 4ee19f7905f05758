"""A load and objectives for a random topology that bind: taken from the analysis of some choice within `scaling`."""

import json
from collections.abc import Mapping
from random import Random
from typing import Any

import capplan
from capplan.prediction.predict import predict
from capplan.prediction.records import Prediction
from capplan.topology import Topology

Written = dict[str, Any]
"""A part of a topology as it stands in JSON."""


def objectives(random: Random, written: Written) -> Written:
    """A topology with a load and objectives that bind somewhere among its choices."""
    sized = json.loads(json.dumps(written))
    for component in sized["components"].values():
        scaling = component.get("scaling", {})
        if "machines" in scaling:
            component["machine"] = random.choice(scaling["machines"])
            if not _is_weighed(sized, component):
                low, high = scaling["replicas"].split("..")
                component["replicas"] = random.randint(int(low), int(high))
    topology = capplan.parse(json.dumps(sized))
    limits = [c for c in written["components"].values() if "rate_limit" in c]
    most = _most_without_limits(sized)
    rate = float(f"{most * random.uniform(0.35, 0.9):.5g}")
    written["workload"]["rate"] = f"{rate}/s"
    for limit in limits:
        limit["rate_limit"] = f"{rate * random.choice((0.8, 2.5, 4.0, 6.0)):.4g}/s"
    found = predict(topology, rate)
    written["slos"] = list(_slos(random, topology, found))
    written["alerts"] = [{"when": when} for when in _alerts(random, found)]
    if random.random() < 0.4:
        written["resilience"] = _resilience(random, written["components"])
    return written


def _is_weighed(written: Written, component: Written) -> bool:
    components = written["components"]
    return any("weights" in c and components[c["forwards_to"]] is component for c in components.values())


def _most_without_limits(sized: Written) -> float:
    unlimited = json.loads(json.dumps(sized))
    for component in unlimited["components"].values():
        component.pop("rate_limit", None)
    most = predict(capplan.parse(json.dumps(unlimited)), 1.0).capacity.max_rate
    assert most is not None
    return most


def _slos(random: Random, topology: Topology, found: Prediction) -> list[str]:
    wanted = []
    subjects = [*found.requests, "total"]
    alone = all(name.startswith(("page", "ping")) for name in topology.components)
    for index in range(2 if alone else random.choice((1, 1, 2, 2, 3))):
        subject = subjects[index % len(subjects)] if alone or random.random() < 0.6 else random.choice(subjects)
        name = random.choice(("p99", "p95", "p99", "p50", "mean", "success_rate"))
        request = found.total if subject == "total" else found.requests[subject]
        slack = random.choice((0.95, 1.02, 1.1, 1.3, 2.0))
        if name == "success_rate":
            wanted.append(f"{subject}.success_rate > {_near(1.0, request.success_rate, slack):.9f}")
        elif request.latency is not None:
            value = request.latency.mean if name == "mean" else request.latency.percentiles[float(name[1:]) / 100.0]
            wanted.append(f"{subject}.{name} < {1000.0 * value * slack:.7g}ms")
    if random.random() < 0.15 and found.cost.month is not None:
        wanted.append(f"cost.month < {found.cost.month * random.uniform(0.7, 1.5):.6g}")
    if random.random() < 0.15:
        name, component = random.choice([(n, c) for n, c in found.components.items() if n in topology.components])
        if component.latency is not None:
            wanted.append(f"{name}.p99 < {1000.0 * component.latency.percentiles[0.99] * 1.2 + 0.1:.7g}ms")
    return list(dict.fromkeys(wanted))


def _near(perfect: float, rate: float, slack: float) -> float:
    """A part a little below (or above) another, its distance from perfection being that much larger."""
    return max(perfect - (perfect - rate) * slack - 1e-6, 0.0)


def _alerts(random: Random, found: Prediction) -> list[str]:
    wanted = []
    for name, component in found.components.items():
        cpu = component.utilisation.get("cpu")
        if cpu and random.random() < 0.25:
            wanted.append(f"{name}.cpu > {min(cpu * random.uniform(0.9, 1.3), 0.99):.6g}")
        if (component.queue_length or 0.0) > 1e-3 and random.random() < 0.1:
            wanted.append(f"{name}.queue_length > {(component.queue_length or 0.0) * random.uniform(0.9, 3.0):.6g}")
    if random.random() < 0.1 and found.total.latency is not None:
        wanted.append(f"total.p99 > {1000.0 * found.total.latency.percentiles[0.99] * random.uniform(0.95, 1.5):.7g}ms")
    return wanted


def _resilience(random: Random, components: Mapping[str, Any]) -> Written:
    wish = random.choice(("replicas", "zone", "deploy", "replicas", "deploy", "all"))
    found: Written = {}
    if wish in ("replicas", "all"):
        found["replicas_lost"] = 1
    if wish in ("zone", "all"):
        found["zone_lost"] = True
    if wish in ("deploy", "all"):
        found["during_deploy"] = True
        for component in components.values():
            if component["kind"] == "server" and "host" not in component and random.random() < 0.7:
                component["deploy"] = _deploy(random)
    return found


def _deploy(random: Random) -> Written:
    strategy = random.choice(("rolling", "rolling", "blue_green", "canary", "recreate"))
    if strategy != "rolling":
        return {"strategy": strategy}
    return {"max_unavailable": random.choice(("25%", "50%", 0, 1)), "max_surge": random.choice(("25%", 0, 1))}
