"""The least SCV of arrivals that any of many networks gives each station: the same calls, other servers.

The variability equations (`variability`) grow with each of their parts, so putting the least of each part in gives a
lower bound of all their solutions. Where it matters: smooth services smooth what leaves them the more, the busier they
are, so faster servers may make arrivals elsewhere rougher.
"""

from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.balancing import Policy
from capplan.queueing.laws import Law
from capplan.queueing.network import Network
from capplan.queueing.routing import Routing
from capplan.queueing.traffic import Traffic
from capplan.queueing.variability import LEAST, Edges, edges_at, service_change

ROUNDS = 200


class Variants(NamedTuple):
    """What the servers of each station may be.

    Attributes:
        least_busy, busiest: (stations,) utilisation.
        fewest, most: (stations,) replicas.
    """

    least_busy: Array
    busiest: Array
    fewest: Array
    most: Array


def least_arrival_scv(
    traffic: Traffic, flows: Routing, services: list[Law | None], load: float, variants: Variants
) -> Array:
    """(stations,) a lower bound of the SCV of arrivals in every variant; all 1 where no variant has another one.

    Args:
        traffic: rates, the same in all variants.
        flows: the routing, likewise.
        services: each station's service law; its SCV is the same in all variants.
        load: the load.
        variants: what the servers may be.
    """
    network = traffic.network
    ones = np.ones(len(network.stations))
    if always_poisson(network, services, variants.most) or not (flows.grows.rate or flows.stays.rate):
        return ones
    edges = edges_at(traffic, flows.grows, flows.stays, np.array([max(load, LEAST)]))
    scv, leaving = ones, _Leaving(network, services, variants)
    for _ in range(ROUNDS):
        new = _arriving(network, edges, variants, leaving.least(scv))
        if float(np.max(np.abs(new - scv))) < 1e-12:
            return new
        scv = new
    return scv


def always_poisson(network: Network, services: list[Law | None], replicas: Array) -> bool:
    """Whether all arrivals are Poisson with any servers: nothing smooths or roughens them, nothing deals them out."""
    turned = [
        station.group.policy is Policy.ROUND_ROBIN and most > 1
        for station, most in zip(network.stations, replicas.tolist(), strict=True)
    ]
    exponential = not np.any(service_change(network, services))
    return exponential and all(stream.scv == 1.0 for stream in network.streams) and not any(turned)


class _Leaving:
    """The least SCV of what leaves each station."""

    def __init__(self, network: Network, services: list[Law | None], variants: Variants) -> None:
        policies = [station.group.policy for station in network.stations]
        pooled = np.array([p in (Policy.LEAST_CONNECTIONS, Policy.POWER_OF_TWO) for p in policies])
        self.turned = np.array([p is Policy.ROUND_ROBIN for p in policies])
        self.copies = [np.where(pooled, 1.0, count) for count in (variants.fewest, variants.most)]
        self.squares = [variants.least_busy**2, variants.busiest**2]
        # rough services roughen what leaves: at least not at all
        self.service = np.minimum(service_change(network, services), 0.0)

    def least(self, arrivals: Array) -> Array:
        """(stations,) for these arrivals: in between the ends of copies and utilisation it is nowhere less."""
        found = np.full(arrivals.shape, np.inf)
        for copies in self.copies:
            dealt = self.turned & (copies > 1.0)
            replica = np.where(dealt, arrivals / copies, 1.0 + (arrivals - 1.0) / copies)
            for square in self.squares:
                found = np.minimum(found, 1.0 + (1.0 - square) * (replica - 1.0) + square * self.service)
        return found


def _arriving(network: Network, edges: Edges, variants: Variants, departures: Array) -> Array:
    """(stations,) the least SCV of what arrives, from the least of what leaves."""
    entrance = [stream.scv for stream in network.streams]
    source = np.concatenate((departures, entrance))[edges.source]
    merged = np.add.reduceat(edges.part[0] * edges.split[0] * (source - 1.0), edges.starts)
    reached = edges.target[edges.starts]
    most, least = _weights(network, edges, variants)
    found = np.ones(len(network.stations))
    found[reached] = 1.0 + np.where(merged < 0.0, most, least)[reached] * merged
    return np.maximum(found, 0.0)


def _weights(network: Network, edges: Edges, variants: Variants) -> tuple[Array, Array]:
    """((stations,) most, (stations,) least) of what superposition leaves of burstiness."""
    reached, found = edges.target[edges.starts], []
    for count, rho in ((variants.fewest, variants.busiest), (variants.most, variants.least_busy)):
        copies = np.concatenate((count, np.ones(len(network.streams))))[edges.source]
        streams = np.add.reduceat(edges.part[0] ** 2 / copies, edges.starts)
        weight = np.ones(len(network.stations))
        weight[reached] = 1.0 / (1.0 + 4.0 * (1.0 - rho[reached]) ** 2 * (1.0 / streams - 1.0))
        found.append(weight)
    return found[0], found[1]
