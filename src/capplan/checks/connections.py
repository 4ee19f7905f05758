"""Connections: what the pools of all callers together hold to a component, against what it takes."""

from collections.abc import Mapping
from typing import NamedTuple

from capplan.topology import Database, Topology, calls_of


class Connections(NamedTuple):
    """Connections to one component.

    Attributes:
        component: whose.
        held: what the callers' replicas may hold together.
        taken: what its replicas (and readers) take together: `concurrency` each.
        callers: who holds them.
    """

    component: str
    held: int
    taken: int
    callers: tuple[str, ...]


def connections(topology: Topology, surge: Mapping[str, int] | None = None) -> tuple[Connections, ...]:
    """Every component with a `concurrency` that callers hold pools to.

    Args:
        topology: a checked topology.
        surge: replicas that run besides, by the component that has the machines.
    """
    beside = surge or {}
    pools: dict[str, dict[str, int]] = {}
    for name, component in topology.components.items():
        for call in calls_of(component):
            if call.pool is not None:
                of_callee = pools.setdefault(call.component, {})
                of_callee[name] = max(of_callee.get(name, 0), call.pool)
    found = []
    for callee, callers in pools.items():
        component = topology.component(callee)
        if component.concurrency is None:
            continue
        machines = topology.replicas(callee) + (component.readers if isinstance(component, Database) else 0)
        held = sum(
            pool * (topology.replicas(caller) + beside.get(topology.host(caller).name, 0))
            for caller, pool in callers.items()
        )
        found.append(Connections(callee, held, component.concurrency * machines, tuple(callers)))
    return tuple(found)
