"""How long deployments take: steps of replicas that go and come, each as long as the last visits and the warm-up."""

import math
from collections.abc import Iterator

from capplan.checks.states import Deploying, State
from capplan.prediction.records import Note
from capplan.topology import Strategy, Topology, disturbed
from capplan.units import format_duration


def steps(state: Deploying, replicas: int) -> int:
    """The steps in which a number of replicas is replaced, as many at a time as may be down or run besides."""
    if state.deploy.strategy in (Strategy.RECREATE, Strategy.BLUE_GREEN):
        return 1
    down, surge = disturbed(state.deploy, replicas)
    return math.ceil(replicas / max(down + surge, 1))


def durations(topology: Topology, states: tuple[State, ...]) -> Iterator[Note]:
    """A note for each deployment that takes time: so long its state lasts."""
    for state in states:
        if not isinstance(state, Deploying):
            continue
        warmup, drain = float(state.deploy.warmup), float(state.deploy.drain)
        if warmup + drain > 0.0:
            count = steps(state, topology.replicas(state.component))
            each = f"{format_duration(warmup)} of warm-up and {format_duration(drain)} of draining"
            message = f"{state.name}: about {format_duration(count * (warmup + drain))}, {count} times {each}"
            yield Note(code="deploy-duration", message=message, where=f"components.{state.component}.deploy")
