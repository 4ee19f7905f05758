"""Burstiness on its way through the network: the SCV of the arrivals at each station.

Whitt's QNA (1983): a departure stream mixes what arrived with what the servers did to it, splitting and merging carry
streams towards Poisson. Changed against QNA: many servers with rough service pass on (cs2 - 1)/c instead of /sqrt(c)
(measured).
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from capplan.queueing.arrays import Array
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import Law
from capplan.queueing.network import Network
from capplan.queueing.routing import Flows, Routing
from capplan.queueing.traffic import Traffic

Index: TypeAlias = npt.NDArray[np.intp]
LEAST = 1e-30
"""The load that stands in for none, so that parts of it exist."""


def arrival_scv(traffic: Traffic, flows: Callable[[], Routing], services: list[Law | None], loads: Array) -> Array:
    """(L, stations) SCV of the times between arrivals at each station.

    Args:
        traffic: rates.
        flows: gives the routing where it is needed; Poisson streams and exponential services need none.
        services: each station's service law.
        loads: (L,) load points.
    """
    network = traffic.network
    ones = np.ones((len(loads), len(network.stations)))
    poisson = all(stream.scv == 1.0 for stream in network.streams)
    exponential = not np.any(service_change(network, services))
    if poisson and exponential and not any(_turns(station.group) for station in network.stations):
        return ones
    found = flows()
    if not found.grows.rate and not found.stays.rate:
        return ones
    rho = np.minimum(traffic.utilisation(loads), 1.0)
    edges = edges_at(traffic, found.grows, found.stays, np.maximum(loads, LEAST))
    return _solve(network, edges, _departures(network, services), rho)


def _turns(group: Group) -> bool:
    return group.policy is Policy.ROUND_ROBIN and group.replicas > 1


class Edges(NamedTuple):
    """The flows as arrays sorted by target.

    Attributes:
        target: station that each flow reaches; `starts` is where each new target begins.
        source: station that it comes from, or number of stations + k for stream k.
        part: (L or 1, flows) its part of the target's arrivals.
        split: (L, flows) its part of the source's departures, times what random delays leave of its burstiness.
    """

    target: Index
    starts: Index
    source: Index
    part: Array
    split: Array


def edges_at(traffic: Traffic, grows: Flows, stays: Flows, loads: Array) -> Edges:
    """The flows at load x `grows` + `stays`; arrivals that came another way are taken as Poisson.

    A fork copies what leaves its source, so that each copy counts as a whole departure stream.
    A random delay between two stations leaves 1 / (1 + rate x standard deviation) of the burstiness.
    """
    stations = len(traffic.network.stations)
    found = {edge for flows in (grows, stays) for edge, rate in flows.rate.items() if rate > 0.0}
    edges = sorted(found, key=lambda edge: (edge[1], edge[0] if edge[0] >= 0 else stations - 1 - edge[0]))
    target = np.array([j for _, j in edges], dtype=np.intp)
    source = np.array([i if i >= 0 else stations - 1 - i for i, _ in edges], dtype=np.intp)
    at = loads[:, None] if stays.rate else np.ones((1, 1))
    slope, base = (np.array([flows.rate.get(edge, 0.0) for edge in edges]) for flows in (grows, stays))
    blurred, always = (np.array([flows.blur.get(edge, 0.0) for edge in edges]) for flows in (grows, stays))
    visits = traffic.arrivals

    def arriving(rate: Array, runs: Array) -> Array:
        return np.asarray(np.maximum(np.bincount(target, rate, stations), runs @ visits))

    entrance = np.array([(stream.slope, stream.base) for stream in traffic.network.streams])
    into = at * arriving(slope, traffic.slope) + arriving(base, traffic.base)
    leaving = np.concatenate((into, at * entrance[:, 0] + entrance[:, 1]), axis=1)
    rate = at * slope + base
    return Edges(
        target=target,
        starts=np.flatnonzero(np.diff(target, prepend=-1)),
        source=source,
        part=rate / into[:, target],
        split=np.minimum(rate / leaving[:, source], 1.0) / (1.0 + loads[:, None] * blurred + always),
    )


class _Departures(NamedTuple):
    """How each station turns what arrives into what leaves, per departing stream.

    Attributes:
        copies: departing streams: the replicas, or one where the policy pools them.
        thinned, turned: ca2 of a replica is 1 + thinned (ca2 - 1), or turned x ca2 where replicas are served in turn.
        service: (cs2 - 1), over the servers where it is positive.
    """

    copies: Array
    thinned: Array
    turned: Array
    service: Array

    def scv(self, arrivals: Array, rho: Array) -> Array:
        """(L, stations) cd2 of each departing stream."""
        replica = np.where(self.turned > 0.0, self.turned * arrivals, 1.0 + self.thinned * (arrivals - 1.0))
        return np.asarray(1.0 + (1.0 - rho**2) * (replica - 1.0) + rho**2 * self.service)


def service_change(network: Network, services: list[Law | None]) -> Array:
    """(stations,) cs2 - 1 as departures see it; 0 where processors are shared, whose departures are taken as those of
    exponential services (a Poisson stream stays one, exactly)."""
    stations = zip(network.stations, services, strict=True)
    return np.array([0.0 if law is None or station.group.sharing else law.scv - 1.0 for station, law in stations])


def _departures(network: Network, services: list[Law | None]) -> _Departures:
    groups = [station.group for station in network.stations]
    pooled = [g.policy in (Policy.LEAST_CONNECTIONS, Policy.POWER_OF_TWO) for g in groups]
    copies = np.array([1.0 if p else float(g.replicas) for g, p in zip(groups, pooled, strict=True)])
    servers = np.array([g.servers * (g.replicas if p else 1) for g, p in zip(groups, pooled, strict=True)])
    change = service_change(network, services)
    return _Departures(
        copies=copies,
        thinned=1.0 / copies,
        turned=np.array([1.0 / g.replicas if _turns(g) else 0.0 for g in groups]),
        service=np.where(change < 0.0, change, change / servers),
    )


def _solve(network: Network, edges: Edges, departures: _Departures, rho: Array) -> Array:
    """Fixed point of the linear traffic variability equations; the split keeps it a contraction."""
    copies = np.concatenate((departures.copies, np.ones(len(network.streams))))[edges.source]
    reached = edges.target[edges.starts]
    streams = np.add.reduceat(edges.part**2 / copies, edges.starts, axis=1)
    weight = 1.0 / (1.0 + 4.0 * (1.0 - rho[:, reached]) ** 2 * (1.0 / streams - 1.0))
    entrance = np.broadcast_to([stream.scv for stream in network.streams], (len(rho), len(network.streams)))
    scv = np.ones(rho.shape)
    for _ in range(200):
        source = np.concatenate((departures.scv(scv, rho), entrance), axis=1)[:, edges.source]
        merged = np.add.reduceat(edges.part * (edges.split * (source - 1.0)), edges.starts, axis=1)
        new = np.ones(rho.shape)
        new[:, reached] = 1.0 + weight * merged
        if float(np.max(np.abs(new - scv))) < 1e-12:
            return new
        scv = new
    return scv
