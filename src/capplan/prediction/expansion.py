"""A topology with as many replicas as a story can ever have, of which the first ones carry what all do as written.

What depends on the number of replicas stays as it is with the replicas as written: how a balancer splits what it gets
between several targets, the keys and weights of the replicas that are there in the beginning, and how much replicas
slow each other down (`across_replicas`).
"""

from collections.abc import Iterator, Mapping
from math import ceil, inf
from typing import NamedTuple

from capplan.prediction.scalability import slowdown
from capplan.prediction.stations import ASSUMED, replica_weights
from capplan.topology import (
    DEFAULT_DEPLOY,
    Balancer,
    Component,
    Deploy,
    Deployment,
    Scenario,
    Strategy,
    Topology,
    disturbed,
    is_ours,
)


class Extent(NamedTuple):
    """Replicas in the beginning, and as many as there can ever be."""

    ready: int
    most: int


def deploy_of(topology: Topology, what: Deployment) -> Deploy:
    """How a component is brought out: by the strategy that the event names, else by its own or its host's."""
    own = topology.component(what.component).deploy
    deploy = own or topology.host(what.component).deploy or DEFAULT_DEPLOY
    return deploy if what.strategy is None else deploy.model_copy(update={"strategy": what.strategy})


def extents(topology: Topology, scenario: Scenario) -> Mapping[str, Extent]:
    """The replicas of each component with machines of ours; those that an autoscaler lets drain keep their places."""
    found = {}
    for name, component in topology.components.items():
        if is_ours(component):
            steady, leaving = component.replicas, 0
            if component.autoscale is not None:
                steady = max(steady, component.autoscale.most)
                leaving = steady - component.autoscale.least if component.deploy and component.deploy.drain > 0.0 else 0
            most = max([steady + leaving, *_during(topology, scenario, component, steady)])
            found[name] = Extent(component.replicas, most)
    return found


def _during(topology: Topology, scenario: Scenario, component: Component, steady: int) -> Iterator[int]:
    """The most replicas during each deployment."""
    for event in scenario.events:
        if isinstance(event.what, Deployment) and topology.host(event.what.component).name == component.name:
            deploy = deploy_of(topology, event.what)
            down, surge = disturbed(deploy, component.replicas)
            if deploy.strategy is Strategy.BLUE_GREEN:
                yield 2 * steady
            elif deploy.strategy is Strategy.RECREATE:
                yield steady
            else:
                yield steady + surge + round(min(steady, (down + surge) * _lingering(deploy)))


def _lingering(deploy: Deploy) -> float:
    """How many batches of old replicas may drain at a time: new ones do not wait for their places."""
    drain, warmup = float(deploy.drain), float(deploy.warmup)
    return ceil(drain / warmup) if warmup > 0.0 else inf if drain > 0.0 else 0


def expanded(topology: Topology, found: Mapping[str, Extent]) -> Topology:
    """The topology with the most replicas of each component; itself where there are never more than now."""
    growing = {name: extent for name, extent in found.items() if extent.most > extent.ready}
    if not growing:
        return topology
    changed: dict[str, Component] = {name: _grown(topology, name, extent.most) for name, extent in growing.items()}
    for name, component in topology.components.items():
        if isinstance(component, Balancer) and any(topology.host(to).name in growing for to in component.forwards_to):
            weights = tuple(_weights(topology, component, growing))
            changed[name] = changed.get(name, component).model_copy(update={"weights": weights, "skew": None})
    return topology.model_copy(update={"components": {**topology.components, **changed}})


def _grown(topology: Topology, name: str, most: int) -> Component:
    """A component with more replicas, each as fast as it is beside those of the beginning."""
    component, slower = topology.component(name), slowdown(topology, topology.component(name))
    if component.scalability is None or slower == 1.0:
        return component.model_copy(update={"replicas": most})
    machine = topology.machine(component) or ASSUMED
    alone = component.scalability.model_copy(update={"across_replicas": None})
    machine = machine.model_copy(update={"speed": float(machine.speed) / slower})
    return component.model_copy(update={"replicas": most, "machine": machine, "scalability": alone})


def _weights(topology: Topology, balancer: Balancer, growing: Mapping[str, Extent]) -> Iterator[float]:
    """A weight for each replica of each target, of all that there can be: each target keeps its part."""
    for target, weights in replica_weights(topology, balancer).items():
        extent = growing.get(topology.host(target).name)
        more = 0 if extent is None else extent.most - extent.ready
        every = [*weights, *(sum(weights) / len(weights) for _ in range(more))]
        if more and len(set(weights)) == 1:
            yield from (sum(weights) / len(every) for _ in every)
        else:
            yield from (weight * sum(weights) / sum(every) for weight in every)
