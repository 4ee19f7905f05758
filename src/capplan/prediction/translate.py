"""Topology -> Network: the load as streams, endpoints as tasks, resources as stations."""

from collections.abc import Iterator

import numpy as np

from capplan.prediction.model import Job, Limit, Model
from capplan.prediction.stations import StationBook
from capplan.prediction.tasks import TaskBook, patience
from capplan.queueing.laws import Deterministic
from capplan.queueing.network import Network, Quota, Stream, Task, Visit
from capplan.queueing.traffic import traffic
from capplan.topology import External, Metrics, Pipeline, Request, Topology

Origins = list[tuple[str | None, float]]


def translate(topology: Topology, rate: float) -> Model:
    """The queueing network of a topology.

    Args:
        topology: a checked topology.
        rate: the workload rate at which the directions of the network interfaces are weighed (per second).
    """
    book = StationBook(topology)
    tasks = TaskBook(topology, book)
    streams: list[Stream] = []
    origins: Origins = []
    for name, request in topology.request_classes.items():
        for stream, part in _request(topology, tasks, name, request):
            streams.append(stream)
            origins.append((name, part))
    for stream in _background(topology, tasks):
        streams.append(stream)
        origins.append((None, 1.0))
    bare = Network(stations=tuple(book.stations), tasks=tuple(tasks.tasks), streams=tuple(streams))
    wired = _interfaces(topology, bare, tasks.jobs, book, rate)
    limits = tuple(_limits(topology))
    network = Network(
        stations=tuple(book.stations),
        tasks=wired,
        streams=tuple(streams),
        gates=tuple(book.gates),
        quotas=tuple(_quotas(limits, tasks.jobs)),
    )
    return Model(
        topology=topology,
        network=network,
        jobs=tuple(tasks.jobs),
        places=tuple(book.places),
        slots=tuple(book.slots),
        origins=tuple(origins),
        limits=limits,
    )


def _request(topology: Topology, tasks: TaskBook, name: str, request: Request) -> list[tuple[Stream, float]]:
    """One stream for each place that the request's users are at."""
    task = tasks.task(request.component, request.endpoint, name)
    entry = topology.component(request.component)
    endpoint = tasks.endpoint(request.component, request.endpoint, name)
    places: list[tuple[str | None, float]] = [*request.origin.items()] or [(None, 1.0)]
    total, bursty = float(request.share), float(topology.workload.burstiness)
    streams = []
    for place, part in places:
        slope = total * float(part)
        delays = () if place is None else tasks.way(place, entry, endpoint)
        scv = 1.0 + slope * (bursty - 1.0)
        stream = Stream(name=name, task=task, slope=slope, scv=scv, delays=delays, patience=patience(request))
        streams.append((stream, float(part)))
    return streams


def _background(topology: Topology, tasks: TaskBook) -> list[Stream]:
    """Load that users do not cause: metric samples, builds."""
    streams = []
    for name, component in topology.components.items():
        if isinstance(component, Metrics) and component.series > 0.0:
            rate = float(component.series) / float(component.scrape_interval)
            streams.append(Stream(name=name, task=tasks.task(name), base=rate))
        if isinstance(component, Pipeline):
            streams.append(Stream(name=name, task=tasks.task(name), base=float(component.builds)))
    return streams


def _limits(topology: Topology) -> list[Limit]:
    return [
        Limit(component=name, rate=float(component.rate_limit))
        for name, component in topology.components.items()
        if isinstance(component, External) and component.rate_limit is not None
    ]


def _quotas(limits: tuple[Limit, ...], jobs: list[Job]) -> Iterator[Quota]:
    """The limits as the network has them; none of those that nothing calls."""
    for limit in limits:
        tasks = tuple(index for index, job in enumerate(jobs) if job.component == limit.component)
        if tasks:
            yield Quota(tasks, limit.rate)


def _interfaces(
    topology: Topology, network: Network, jobs: list[Job], book: StationBook, rate: float
) -> tuple[Task, ...]:
    """Tasks with their use of network interfaces: full duplex, so the busier direction of each machine counts."""
    hosts = [topology.host(job.component).name for job in jobs]
    rates = traffic(network).rates(np.array([rate]))[0].tolist()
    moved = [
        (job.received + part * job.request, job.sent + part * job.response)
        for job, part in zip(jobs, _from_outside(network, hosts, rates), strict=True)
    ]
    directions: dict[str, list[float]] = {}
    for host, runs, (received, sent) in zip(hosts, rates, moved, strict=True):
        both = directions.setdefault(host, [0.0, 0.0])
        both[0] += runs * received
        both[1] += runs * sent
    tasks = []
    for task, job, host, (received, sent) in zip(network.tasks, jobs, hosts, moved, strict=True):
        component = topology.component(job.component)
        machine = topology.machine(component)
        busier = received if directions[host][0] > directions[host][1] else sent
        if machine is None or not machine.network or busier <= 0.0:
            tasks.append(task)
            continue
        cpu = next((visit.station for visit in task.visits if visit.station is not None), None)
        readers = cpu is not None and book.places[cpu].readers
        station = book.replicated(component, "network", readers=readers)
        interface = Visit(law=Deterministic(busier / float(machine.network)), station=station)
        tasks.append(task._replace(visits=(*task.visits, interface)))
    return tuple(tasks)


def _from_outside(network: Network, hosts: list[str], rates: list[float]) -> list[float]:
    """The part of each task's runs that is called from another machine, at these rates."""
    local = [0.0] * len(hosts)
    for caller, links in enumerate(network.links):
        for link in links:
            if hosts[caller] == hosts[link.task]:
                local[link.task] += rates[caller] * link.count
    return [max(1.0 - inside / runs, 0.0) if runs > 0.0 else 1.0 for inside, runs in zip(local, rates, strict=True)]
