"""Keys of stories, what happens in time, each with two values that are told apart by how the story of `BASE` goes."""

from collections.abc import Mapping

BASE = """\
version: 1
workload: {rate: 40/s}
components:
  lb: {kind: balancer, policy: random, forwards_to: app}
  app: {kind: server, replicas: 4, machine: {cores: 1}, concurrency: 4, time: 40ms}
scenarios:
  evening: {duration: 5m, events: ["rate x2 at 1m for 2m", "deploy app at 90s"]}
"""

Settings = tuple[str, ...]


def _deploy(keys: str) -> Settings:
    return (f"components.app.deploy={{{keys}}}",)


def _scaler(keys: str) -> Settings:
    """An autoscaler that acts, with some keys laid over it."""
    known = {"target": "40%", "min": "2", "max": "8", "interval": "15s", "tolerance": "10%", "stabilization": "30s"}
    known |= dict(key.split(": ") for key in keys.split(", ") if key)
    written = ", ".join(f"{key}: {value}" for key, value in known.items())
    return (f"components.app.autoscale={{{written}}}",)


TOLD: Mapping[str, tuple[Settings, Settings]] = {
    "scenarios": ((), ("scenarios={evening: {duration: 5m, events: [rate x3 at 1m for 2m]}}",)),
    "Scenario.duration": ((), ("scenarios.evening.duration=6m",)),
    "Scenario.events": ((), ("scenarios.evening.events=[app replica down at 1m for 2m]",)),
    "Component.autoscale": ((), _scaler("")),
    "Autoscale.metric": (_scaler("metric: cpu"), _scaler("metric: concurrency")),
    "Autoscale.target": (_scaler(""), _scaler("target: 70%")),
    "Autoscale.min": (_scaler("target: 90%"), _scaler("target: 90%, min: 4")),
    "Autoscale.max": (_scaler("target: 20%"), _scaler("target: 20%, max: 5")),
    "Autoscale.interval": (_scaler(""), _scaler("interval: 40s")),
    "Autoscale.tolerance": (_scaler(""), _scaler("tolerance: 90%")),
    "Autoscale.stabilization": (_scaler(""), _scaler("stabilization: 200s")),
    "Autoscale.startup": (_scaler(""), _scaler("startup: 50s")),
    "Component.deploy": ((), _deploy("strategy: recreate, warmup: 20s")),
    "Deploy.strategy": (_deploy("strategy: rolling, warmup: 20s"), _deploy("strategy: blue_green, warmup: 20s")),
    "Deploy.max_unavailable": (
        _deploy("max_unavailable: 25%, max_surge: 1, warmup: 20s"),
        _deploy("max_unavailable: 50%, max_surge: 1, warmup: 20s"),
    ),
    "Deploy.max_surge": (
        _deploy("max_unavailable: 0, max_surge: 1, warmup: 20s"),
        _deploy("max_unavailable: 0, max_surge: 2, warmup: 20s"),
    ),
    "Deploy.warmup": (_deploy("warmup: 5s"), _deploy("warmup: 30s")),
    "Deploy.drain": (_deploy("strategy: recreate, drain: 5s"), _deploy("strategy: recreate, drain: 30s")),
    "Deploy.watch": (_deploy("strategy: canary, watch: 10s"), _deploy("strategy: canary, watch: 60s")),
}
"""By key: two settings that are laid over the base."""
