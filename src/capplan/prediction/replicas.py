"""What belongs to the replicas of a component, its primaries or a database's read replicas: tasks, queues, memory."""

from capplan.prediction.model import Model
from capplan.topology import Component, Database, Topology

_OF_MACHINES = ("cpu", "disk", "network")


def replica_count(topology: Topology, component: Component, *, readers: bool = False) -> int:
    """How many replicas run it (its host's); how many read replicas it has."""
    if readers:
        return component.readers if isinstance(component, Database) else 0
    return topology.replicas(component.name)


def tasks_served(model: Model, component: Component, *, readers: bool = False) -> tuple[int, ...]:
    """The tasks of a component that its primaries serve, or its read replicas."""
    return tuple(
        task
        for task in model.tasks_of.get(component.name, ())
        if _is_read(component, model.jobs[task].endpoint) == readers
    )


def machine_stations(model: Model, component: Component, *, readers: bool = False) -> tuple[int, ...]:
    """The queues at the machines of a component (its host's), or of its read replicas; none that all replicas share."""
    owner = component.name if readers else model.topology.host(component.name).name
    count = replica_count(model.topology, component, readers=readers)
    return tuple(
        index
        for index in model.stations_of.get(owner, ())
        if model.places[index].readers == readers
        and model.places[index].resource in _OF_MACHINES
        and model.network.stations[index].group.replicas == count
    )


def residents(topology: Topology) -> dict[str, tuple[Component, ...]]:
    """By host: the components on its machines that declare what memory they use."""
    found: dict[str, tuple[Component, ...]] = {}
    for name, component in topology.components.items():
        if component.memory is not None:
            host = topology.host(name).name
            found[host] = (*found.get(host, ()), component)
    return found


def _is_read(component: Component, endpoint: str | None) -> bool:
    return isinstance(component, Database) and component.readers > 0 and endpoint in component.read_endpoints
