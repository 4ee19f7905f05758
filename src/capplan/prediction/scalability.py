"""What the Universal Scalability Law says of a component's machines: how fast their cores are together, how fast each
replica is beside the others, and from where on more of them do less.

`scalability` is that of whoever has the machines. Over the cores of a machine speeds depend on how many are busy, which
is a matter of its queue; replicas are always all there, so each is slower by N / C(N) whatever the load. A database's
read replicas hold the same data and count as replicas.
"""

from collections.abc import Iterator
from math import isfinite
from typing import NamedTuple

import numpy as np

from capplan.prediction.laws import servers
from capplan.queueing.scalability import Speedup
from capplan.topology import Component, Contention, Database, Topology

MOST = 10_000
"""No more replicas than this are thought of."""


class Peak(NamedTuple):
    """Where more does less.

    Attributes:
        component: whose machines.
        what: "cores" of one machine, or "replicas".
        present: how many there are.
        best: how many do most.
    """

    component: str
    what: str
    present: int
    best: int

    @property
    def passed(self) -> bool:
        """Whether there are more than do most."""
        return self.present > self.best


def of_cores(topology: Topology, component: Component) -> Speedup | None:
    """The law over the cores of one of its machines; None where they do not slow each other down."""
    return _speedup(topology.host(component.name).scalability)


def of_replicas(topology: Topology, component: Component) -> Speedup | None:
    """The law over its replicas; None where they do not slow each other down."""
    declared = topology.host(component.name).scalability
    return None if declared is None else _speedup(declared.across_replicas)


def copies(topology: Topology, component: Component) -> int:
    """The replicas that keep in step: those of its machines, a database's read replicas among them."""
    host = topology.host(component.name)
    return topology.replicas(host.name) + (host.readers if isinstance(host, Database) else 0)


def slowdown(topology: Topology, component: Component) -> float:
    """By how much each replica is slower than if it were the only one, N / C(N)."""
    law = of_replicas(topology, component)
    return 1.0 if law is None else float(law.slowdown(copies(topology, component)))


def peaks(topology: Topology) -> Iterator[Peak]:
    """Where more cores, or more replicas, of each component that has machines would do less."""
    for name, component in topology.components.items():
        if component.host is not None or component.scalability is None:
            continue
        cores, replicas = of_cores(topology, component), of_replicas(topology, component)
        machine = topology.machine(component)
        if cores is not None and machine is not None and isfinite(cores.peak):
            yield Peak(name, "cores", servers(machine), int(cores.peak))
        if replicas is not None and isfinite(replicas.peak):
            yield Peak(name, "replicas", copies(topology, component), int(replicas.peak))


def replicas_enough(topology: Topology, component: Component, offered: float, *, readers: bool) -> int | None:
    """The least number of replicas (or readers) with which a queue is stable; None where no number is enough.

    Args:
        topology: as it is.
        component: whose queue.
        offered: the work that arrives over what the queue's machines can do, above 1.
        readers: whether the queue is that of read replicas.
    """
    host, law = topology.host(component.name), of_replicas(topology, component)
    now = host.readers if readers and isinstance(host, Database) else topology.replicas(host.name)
    others = copies(topology, component) - now
    if law is None:
        return int(offered * now) + 1
    counts = np.arange(1.0, MOST + 1.0)
    does = counts / law.slowdown(counts + others)
    enough = np.flatnonzero(does > offered * does[now - 1])
    return int(counts[enough[0]]) if len(enough) else None


def _speedup(declared: Contention | None) -> Speedup | None:
    if declared is None or (declared.contention == 0.0 and declared.coherency == 0.0):
        return None
    return Speedup(float(declared.contention), float(declared.coherency))
