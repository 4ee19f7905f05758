"""The states in which the objectives must hold: everything up, replicas lost, a zone lost, a deployment under way.

A state says how many replicas of each component are left.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from capplan.errors import BadOption
from capplan.topology import (
    DEFAULT_DEPLOY,
    Balancer,
    Component,
    Database,
    Deploy,
    Pipeline,
    Resilience,
    Server,
    Topology,
    disturbed,
    is_ours,
)

NORMAL = "normal"


class Left(NamedTuple):
    """What works of a component in a state.

    Attributes:
        replicas, readers: how many of them.
        surge: replicas that run besides and hold connections, but do not serve for sure yet.
    """

    replicas: int
    readers: int = 0
    surge: int = 0


@dataclass(frozen=True)
class State:
    """Everything up: every replica works."""

    name: str = NORMAL

    def left(self, component: Component, up: Left) -> Left:  # noqa: ARG002
        """What is left of a component that has machines of its own and of which so much was up."""
        return up


@dataclass(frozen=True)
class ReplicasLost(State):
    """Some replicas of one component are gone; a reader of a database steps in for a primary."""

    component: str = ""
    lost: int = 1

    def left(self, component: Component, up: Left) -> Left:
        return without(up, self.lost) if component.name == self.component else up


@dataclass(frozen=True)
class ZoneLost(State):
    """One zone of a location is gone, with its share of every component there, rounded up."""

    location: str | None = None
    zones: int = 1

    def left(self, component: Component, up: Left) -> Left:
        if component.location != self.location or not is_ours(component):
            return up
        return without(up, math.ceil((up.replicas + up.readers) / self.zones))


@dataclass(frozen=True)
class Deploying(State):
    """A new version of one component is being brought out."""

    component: str = ""
    deploy: Deploy = DEFAULT_DEPLOY

    def left(self, component: Component, up: Left) -> Left:
        if component.name != self.component:
            return up
        down, surge = disturbed(self.deploy, up.replicas)
        return without(up, down)._replace(surge=surge)


def whole(component: Component) -> Left:
    """Everything of it."""
    return Left(component.replicas, component.readers if isinstance(component, Database) else 0)


def without(up: Left, lost: int) -> Left:
    """What is left when machines are lost: readers go first, as one of them steps in for a primary."""
    readers = max(up.readers - lost, 0)
    return Left(max(up.replicas - (lost - (up.readers - readers)), 0), readers)


def states_of(topology: Topology) -> tuple[State, ...]:
    """The normal state, and those that `resilience` names."""
    asked = topology.resilience
    if asked is None:
        return (State(),)
    found: list[State] = [State()]
    if asked.replicas_lost:
        found += [
            ReplicasLost(f"{name} without {asked.replicas_lost} of its replicas", name, asked.replicas_lost)
            for name, component in topology.components.items()
            if is_ours(component)
        ]
    if asked.zone_lost:
        found += _zones(topology)
    if asked.during_deploy:
        found += _deployments(topology)
    return tuple(found)


def _zones(topology: Topology) -> Iterator[State]:
    """One state for each location with machines of ours; a place that says no zones is one zone."""
    owners = [component for component in topology.components.values() if is_ours(component)]
    for place in dict.fromkeys(component.location for component in owners):
        known = None if place is None else topology.locations.places.get(place)
        zones = 1 if known is None else known.zones
        name = "the only zone lost" if place is None else f"a zone of {place} lost"
        yield ZoneLost(name, place, zones)


def _deployments(topology: Topology) -> Iterator[State]:
    """One state for each component that is deployed: by a pipeline, or by a strategy of its own; else every server."""
    piped = [name for c in topology.components.values() if isinstance(c, Pipeline) for name in c.deploys]
    own = [name for name, component in topology.components.items() if component.deploy is not None]
    every = [name for name, component in topology.components.items() if isinstance(component, Server)]
    for name in dict.fromkeys((*piped, *own)) or dict.fromkeys(every):
        host = topology.host(name)
        deploy = topology.component(name).deploy or host.deploy or DEFAULT_DEPLOY
        if is_ours(host):
            yield Deploying(f"{name} being deployed", host.name, deploy)


def in_named_state(topology: Topology, name: str) -> Topology:
    """The topology with what is left of it in one of the states that it names, or where it names none, that it could
    name; its own name then says so.

    Raises:
        BadOption: there is no such state, or nothing is left of something in it.
    """
    asked = topology.resilience or Resilience.model_construct(replicas_lost=1, zone_lost=True, during_deploy=True)
    states = {state.name: state for state in states_of(topology.model_copy(update={"resilience": asked}))}
    if name not in states:
        known = ", ".join(f'"{one}"' for one in states)
        raise BadOption(f"--state: `{name}` is no state of this topology; known are {known}")
    lost = gone(topology, states[name])
    if lost:
        raise BadOption(f'--state: nothing is left of {lost[0]} in the state "{name}": there is nothing to play')
    left = in_state(topology, states[name])
    return left.model_copy(update={"name": f"{topology.name or 'topology'}, {name}"})


def gone(topology: Topology, state: State) -> tuple[str, ...]:
    """The components of which nothing is left."""
    return tuple(
        name
        for name, component in topology.components.items()
        if component.host is None and state.left(component, whole(component)).replicas < 1
    )


def in_state(topology: Topology, state: State) -> Topology:
    """The topology with what is left of it; what is gone altogether stands as it was (see `gone`)."""
    changed: dict[str, Component] = {}
    for name, component in topology.components.items():
        up = whole(component)
        left = state.left(component, up) if component.host is None else up
        if left.replicas < 1 or left[:2] == up[:2]:
            continue
        readers = {"readers": left.readers} if isinstance(component, Database) else {}
        changed[name] = component.model_copy(update={"replicas": left.replicas, **readers})
    if not changed:
        return topology
    remaining = {**topology.components, **changed}
    for name, component in topology.components.items():
        if isinstance(component, Balancer) and component.weights:
            weights = _weights(topology, remaining, component)
            remaining[name] = remaining[name].model_copy(update={"weights": weights})
    return topology.model_copy(update={"components": remaining})


def surges(topology: Topology, state: State) -> dict[str, int]:
    """Replicas that run besides in a state, by component."""
    return {name: state.left(one, whole(one)).surge for name, one in topology.components.items()}


def _weights(topology: Topology, components: Mapping[str, Component], balancer: Balancer) -> tuple[float, ...]:
    """The weights of the replicas that are left: the first ones of each target."""
    weights = iter(balancer.weights)
    kept: list[float] = []
    for target in balancer.forwards_to:
        of_target = list(islice(weights, topology.replicas(target)))
        kept += of_target[: components[topology.host(target).name].replicas]
    return tuple(kept)
