"""The sites of a story: what comes and goes with the replicas of each component, and of a database's readers."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from capplan.prediction.expansion import Extent
from capplan.prediction.model import Model
from capplan.prediction.replicas import replica_count
from capplan.simulation.stories.story import Frailty, Gauge, Scaler, Site
from capplan.topology import Component, Database, ScalingMetric, Topology


class Premises(NamedTuple):
    """Sites with whose replicas they are.

    Attributes:
        sites: in the order of the components.
        numbers: the number of the site of (component, whether its readers are meant).
    """

    sites: tuple[Site, ...]
    numbers: Mapping[tuple[str, bool], int]


def premises(model: Model, found: Mapping[str, Extent]) -> Premises:
    """The sites of a translated topology."""
    sites: list[Site] = []
    numbers: dict[tuple[str, bool], int] = {}
    for name, extent in found.items():
        component = model.topology.component(name)
        for readers in (False, True):
            count = replica_count(model.topology, component, readers=readers)
            if count:
                numbers[name, readers] = len(sites)
                ready = count if readers else extent.ready
                stations = tuple(_stations(model, name, count, readers=readers))
                gates = tuple(_gates(model, name, readers=readers))
                sites.append(Site(f"{name} readers" if readers else name, stations, gates, count, ready))
    return Premises(tuple(sites), numbers)


def _stations(model: Model, name: str, count: int, *, readers: bool) -> Iterator[int]:
    """The queues that each replica has a part of; what all share is one, whatever their number."""
    for index in model.stations_of.get(name, ()):
        place, group = model.places[index], model.network.stations[index].group
        if place.readers == readers and group.replicas == count:
            yield index


def _gates(model: Model, name: str, *, readers: bool) -> Iterator[int]:
    for index, slots in enumerate(model.slots):
        owner = slots.component if readers else model.topology.host(slots.component).name
        if owner == name and slots.readers == readers:
            yield index


def frailties(topology: Topology, found: Premises) -> Iterator[Frailty]:
    """What fails and is repaired by itself."""
    for (name, _), site in found.numbers.items():
        component = topology.component(name)
        if component.mtbf is not None and component.mttr is not None:
            yield Frailty(site, float(component.mtbf), float(component.mttr))


def scalers(model: Model, found: Premises) -> Iterator[Scaler]:
    """The autoscalers."""
    for (name, readers), site in found.numbers.items():
        component = model.topology.component(name)
        if component.autoscale is not None and not readers:
            scaler = _scaler(model, component, found.sites[site], site)
            if scaler is not None:
                yield scaler


_GAUGES = {
    ScalingMetric.CPU: Gauge.BUSY,
    ScalingMetric.CONCURRENCY: Gauge.HELD,
    ScalingMetric.RATE: Gauge.ARRIVALS,
    ScalingMetric.QUEUE_LENGTH: Gauge.QUEUE,
}


def _scaler(model: Model, component: Component, site: Site, index: int) -> Scaler | None:
    """The autoscaler of a component; None where nothing visits what it looks at."""
    wanted = component.autoscale
    watched = 0 if wanted is None else _watched(model, component, site, wanted.metric)
    if wanted is None or watched is None:
        return None
    deploy = component.deploy
    startup = wanted.startup if wanted.startup is not None else 0.0 if deploy is None else deploy.warmup
    return Scaler(
        site=index,
        gauge=_GAUGES[wanted.metric],
        watched=watched,
        tasks=_primary_tasks(model, component),
        target=wanted.target.value,
        least=wanted.least,
        most=wanted.most,
        interval=float(wanted.interval),
        tolerance=float(wanted.tolerance),
        stabilization=float(wanted.stabilization),
        startup=float(startup),
        drain=0.0 if deploy is None else float(deploy.drain),
    )


def _watched(model: Model, component: Component, site: Site, metric: ScalingMetric) -> int | None:
    """The station or the gate that is looked at; 0 where neither is."""
    if metric is ScalingMetric.CPU:
        return next((index for index in site.stations if model.places[index].resource == "cpu"), None)
    if metric is ScalingMetric.CONCURRENCY:
        own = (index for index in site.gates if model.slots[index][:2] == (component.name, None))
        return next(own, None)
    return 0


def _primary_tasks(model: Model, component: Component) -> tuple[int, ...]:
    """The tasks of a component that its replicas run, and not a database's readers."""
    read = component.read_endpoints if isinstance(component, Database) and component.readers else ()
    return tuple(task for task in model.tasks_of.get(component.name, ()) if model.jobs[task].endpoint not in read)
