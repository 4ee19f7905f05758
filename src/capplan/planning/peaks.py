"""What is never offered: more cores or more replicas than do most, beyond which each one more makes all do less.

It knows the Universal Scalability Law's peaks and what may change. Where a strategy lets a number change, only numbers
up to the peak are offered; a number that may not change stays as it is.
"""

from math import inf
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from capplan.planning.options import Unit
from capplan.prediction.laws import servers
from capplan.prediction.scalability import of_cores, of_replicas
from capplan.queueing.arrays import Mask
from capplan.topology import Topology

Column: TypeAlias = npt.NDArray[Any]
"""One figure of each option, whole or real."""


class Peaks(NamedTuple):
    """Where a component's cores and replicas do most; inf where more always do more.

    Attributes:
        cores: of one machine.
        replicas: read replicas included.
    """

    cores: float = inf
    replicas: float = inf


def peaks(topology: Topology, unit: Unit) -> Peaks:
    """The peaks of what may change of a component."""
    component, freedom = unit.freedom.component, unit.freedom
    cores, replicas = of_cores(topology, component), of_replicas(topology, component)
    counted = freedom.replicas.low < freedom.replicas.high or freedom.readers.low < freedom.readers.high
    return Peaks(
        cores.peak if cores is not None and len(freedom.machines) > 1 else inf,
        replicas.peak if replicas is not None and counted else inf,
    )


def within(unit: Unit, most: Peaks, kind: Column, machines: Column) -> Mask:
    """(options,) whether options are not beyond a peak.

    Args:
        unit: the component.
        most: its peaks.
        kind: (options,) index of the machine among those that it may run on.
        machines: (options,) replicas and readers.
    """
    cores = np.array([0 if machine is None else servers(machine) for machine in unit.freedom.machines])
    return np.asarray((cores[kind] <= most.cores) & (machines <= most.replicas))
