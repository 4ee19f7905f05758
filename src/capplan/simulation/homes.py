"""At which replica a run is: where it is free to be sent, where it settles, and where it must stay."""

from enum import Enum

from capplan.queueing.network import Network, Task


class Place(Enum):
    """How a visit finds its replica."""

    FREE = "the balancer sends it"
    SETTLES = "the balancer sends it, and the run stays there"
    HOME = "it is where the run is"


def places(network: Network, task: Task) -> tuple[int, tuple[Place, ...]]:
    """(of how many replicas a run is at one, how each of its visits finds its replica)."""
    home = 1 if task.gate is None else network.gates[task.gate].group.replicas
    found = []
    for visit in task.visits:
        count = 1 if visit.station is None else network.stations[visit.station].group.replicas
        if count > 1 and count == home:
            found.append(Place.HOME)
        elif count > 1 and home == 1 and task.gate is None:
            home = count
            found.append(Place.SETTLES)
        else:
            found.append(Place.FREE)
    return home, tuple(found)
