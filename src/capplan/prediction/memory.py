"""The memory that a machine needs: what its components use idle, and for each visit in progress.

The 99.9th percentile of the visits in progress at the busiest replica counts (`in_progress`, loaded only where visits
use memory). Utilisation is of the machine, so it is the same for all components that share it.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from capplan.prediction.replicas import replica_count
from capplan.prediction.solved import Solved
from capplan.queueing.arrays import Array
from capplan.topology import Component


class Need(NamedTuple):
    """What the machine of one replica needs.

    Attributes:
        bytes: (L,) needed; inf where a queue that visits wait in is saturated.
        size: bytes that the machine has.
    """

    bytes: Array
    size: float


def memory_use(solved: Solved, component: Component) -> Array | None:
    """(L,) memory needed over the memory of the machine; above 1 where it runs out, inf where a queue is saturated.

    None where no component on the machine declares `memory`, or the machine has no figure for it.
    """
    need = memory_need(solved, component)
    return None if need is None else need.bytes / need.size


def memory_need(solved: Solved, component: Component) -> Need | None:
    """What the machine that a component runs on needs, that of a primary or of a read replica: the larger."""
    topology = solved.model.topology
    together = solved.residents.get(topology.host(component.name).name, ())
    machine = topology.machine(component) if together else None
    if machine is None or not machine.memory:
        return None
    primary = sum((_bytes(solved, one) for one in together), np.zeros(len(solved.loads)))
    if component.memory is not None and replica_count(topology, component, readers=True) > 0:
        primary = np.maximum(primary, _bytes(solved, component, readers=True))
    return Need(primary, float(machine.memory))


def memory_full(solved: Solved) -> Iterator[tuple[str, Need]]:
    """(component, need) of each machine that has less memory than it needs at the first load."""
    for name in solved.residents:
        need = memory_need(solved, solved.model.topology.component(name))
        if need is not None and need.bytes[0] > need.size:
            yield name, need


def _bytes(solved: Solved, component: Component, *, readers: bool = False) -> Array:
    """(L,) what one component uses on the busiest of its replicas."""
    memory = component.memory
    if memory is None or memory.per_visit == 0.0:
        return np.full(len(solved.loads), 0.0 if memory is None else float(memory.base))
    from capplan.prediction.in_progress import visits_in_progress

    visits = visits_in_progress(solved, component, readers=readers)
    return float(memory.base) + float(memory.per_visit) * visits
