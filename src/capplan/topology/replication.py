"""Whose replicas can come and go: what holds data cannot, and some balancers mind how many there are."""

import math
from collections.abc import Mapping

from capplan.topology.components import Component
from capplan.topology.kinds import Balancer, Cache, Database, Pipeline, Queue, Server
from capplan.topology.parts import Deploy, Strategy
from capplan.topology.topology import Topology

MANAGED = frozenset({"cdn", "storage", "external", "logging", "metrics", "alerting", "balancer"})
"""Kinds that others run: without a machine their `time` is a delay, not work for a queue of ours."""
DEFAULT_DEPLOY = Deploy.model_construct()
"""How a component is brought out that does not say it: rolling, a quarter at a time."""
STATEFUL = (Database, Cache, Queue)
"""Kinds whose replicas hold something: more of them is more than a number."""


def is_ours(component: Component) -> bool:
    """Whether it has machines of ours that can be lost; what others run survives in their hands."""
    if component.host is not None or isinstance(component, Pipeline):
        return False
    return component.machine is not None or component.kind not in MANAGED


def disturbed(deploy: Deploy, replicas: int) -> tuple[int, int]:
    """(replicas that are down, replicas that run besides) at the worst moment of a deployment.

    Kubernetes' rounding: what may be unavailable is rounded down, what may surge is rounded up, and where both are
    nothing, one replica may be unavailable.
    """
    down = min(deploy.max_unavailable.of(replicas, up=False), replicas)
    surge = deploy.max_surge.of(replicas, up=True)
    if deploy.strategy is Strategy.RECREATE:
        return replicas, 0
    if deploy.strategy is Strategy.BLUE_GREEN:
        return 0, replicas
    if deploy.strategy is Strategy.CANARY:
        return (0, surge) if surge else (1, 0)
    return (down, surge) if down or surge else (1, 0)


def stateful(topology: Topology, component: Component) -> bool:
    """Whether data lives on its machines: its own, or that of something that it hosts."""
    hosted = [other for name, other in topology.components.items() if topology.host(name).name == component.name]
    return any(isinstance(other, STATEFUL) for other in hosted)


def weighed(topology: Topology, component: Component) -> str:
    """Why a balancer does not allow another number of replicas; empty where none minds."""
    hosted = {name for name in topology.components if topology.host(name).name == component.name}
    for name, balancer in topology.components.items():
        if not isinstance(balancer, Balancer) or not hosted.intersection(balancer.forwards_to):
            continue
        if balancer.weights:
            return f"{name} gives each replica a weight of its own"
        if len(balancer.forwards_to) > 1 and _share(topology, balancer):
            return f"{name} shares requests out among {', '.join(balancer.forwards_to)} by their replicas"
    return ""


def least_replicas(topology: Topology) -> Mapping[str, int]:
    """The components whose replicas can follow the load, each with the least that it keeps.

    Servers and balancers without data on machines of their own, unless `scaling` is fixed; never below the lower end
    of `scaling.replicas`.
    """
    found = {}
    for name, component in topology.components.items():
        least = _least(topology, component)
        if least is not None and least < component.replicas:
            found[name] = least
    return found


def following(topology: Topology, part: float, least: Mapping[str, int]) -> Topology:
    """The topology with as many replicas as a part of the load asks for: no replica carries more than at the whole.

    Args:
        topology: as it is at the whole load.
        part: the load over the whole, 0..1.
        least: the components that follow, see `least_replicas`.
    """
    counts = {name: following_replicas(topology, name, part, low) for name, low in least.items()}
    changed = {name: topology.component(name).model_copy(update={"replicas": count}) for name, count in counts.items()}
    return topology.model_copy(update={"components": {**topology.components, **changed}})


def following_replicas(topology: Topology, name: str, part: float, least: int) -> int:
    """The replicas of one that follows."""
    whole = topology.component(name).replicas
    return min(max(math.ceil(whole * part - 1e-9), least, 1), whole)


def _least(topology: Topology, component: Component) -> int | None:
    """The least replicas of a component; None where it stays as it is."""
    scaling = component.scaling
    if component.host is not None or topology.machine(component) is None:
        return None
    if not isinstance(component, Server | Balancer) or stateful(topology, component) or weighed(topology, component):
        return None
    if scaling is None:
        return 1
    return None if scaling.fixed or scaling.replicas is None else max(scaling.replicas[0], 1)


def _share(topology: Topology, balancer: Balancer) -> bool:
    """Whether several targets serve the same endpoint, so that their replicas decide who gets how much."""
    served: list[set[str | None]] = [
        set(target.endpoints) or {None} for target in (topology.component(name) for name in balancer.forwards_to)
    ]
    return any(one & other for index, one in enumerate(served) for other in served[index + 1 :])
