"""The best that the options of a component have together: a component that no real option can outdo.

As many machines as any option has, each as fast, as wide and as roomy as any machine, none slowed down by others. Where
a topology with such components misses an objective, every choice for them does.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

import numpy as np

from capplan.planning.menus import Menu
from capplan.prediction.laws import core_speed, servers
from capplan.topology import Component, Database, Disk, Machine

T = TypeVar("T")


def best_of(menu: Menu) -> Component:
    """The component with the best of everything on its menu."""
    unit = menu.unit
    kinds = np.unique(menu.kind).tolist()
    machines = [machine for kind in kinds if (machine := unit.freedom.machines[kind]) is not None]
    changes: dict[str, object] = {"replicas": int(menu.replicas.max()), "scalability": None}
    if machines:
        changes["machine"] = _best(machines)
    if isinstance(unit.freedom.component, Database):
        changes["readers"] = int(menu.readers.max())
    return unit.freedom.component.model_copy(update=changes)


def _best(machines: list[Machine]) -> Machine:
    """A machine with the most of everything; no limit where one of them has none."""
    disks = [machine.disk for machine in machines if machine.disk is not None]
    disk = None
    if len(disks) == len(machines):
        disk = Disk.model_construct(
            iops=_most(disks, lambda disk: disk.iops),
            throughput=_most(disks, lambda disk: disk.throughput),
            size=_most(disks, lambda disk: disk.size),
        )
    return machines[0].model_copy(
        update={
            "name": None,
            "cores": float(max(servers(machine) for machine in machines)),
            "speed": max(core_speed(machine) for machine in machines),
            "memory": _most(machines, lambda machine: machine.memory),
            "network": _most(machines, lambda machine: machine.network),
            "disk": disk,
        }
    )


def _most(of: Iterable[T], figure: Callable[[T], float | None]) -> float | None:
    """The largest of some figures; None, no limit, where one of them is None."""
    figures = [figure(one) for one in of]
    known = [number for number in figures if number is not None]
    return max(known) if len(known) == len(figures) else None
