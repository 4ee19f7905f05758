"""How long to play: the window that brings so many requests, and the warm-up before it.

The warm-up is a tenth of the window; longer where the network needs it to forget that it began empty: SETTLING
relaxation times of the slowest station that users wait for (at most the window), and LASTING times as long as their
longer requests take without waiting (mean plus variance over mean), or as it takes all closed users to ask once, waits
included. A relaxation time is 2 (1 + cs2) E[S] / (c (1 - rho)^2), that of M/M/1 in heavy traffic (Cohen 1982, The
Single Server Queue, III.7), with all servers that work together.
"""

from math import inf
from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.balancing import Policy
from capplan.queueing.network import Network
from capplan.queueing.traffic import Traffic, traffic
from capplan.simulation.loads import Load, Steps, Users

SETTLING = 5.0
LASTING = 3.0
SHARE = 0.1


class Pace(NamedTuple):
    """Seconds before counting begins, and seconds of counting."""

    warmup: float
    window: float


def pace(network: Network, load: Load, requests: float) -> Pace:
    """How long one replication is played for it to see so many requests.

    Raises:
        ValueError: no requests come.
    """
    flows = traffic(network)
    level = _level(flows, load)
    rate = level * sum(stream.slope for stream in network.streams)
    if not rate > 0.0:
        raise ValueError("no requests come to the network")
    window = requests / rate
    if isinstance(load, Steps):
        window = max(np.ceil(window / load.period - 1e-9), 1.0) * load.period
        return Pace(load.period * max(np.ceil(SHARE * window / load.period - 1e-9), 1.0), float(window))
    relaxation = min(SETTLING * _relaxation(flows, level), window)
    lasting = LASTING * max(_free_time(flows, long=True) + _think(load), _round(load, rate))
    return Pace(max(SHARE * window, relaxation, lasting), window)


def settling(flows: Traffic, level: float) -> float:
    """How long a network needs to forget what was before, at a steady load (s)."""
    return max(SETTLING * _relaxation(flows, level), LASTING * _free_time(flows, long=True))


def _level(flows: Traffic, load: Load) -> float:
    """The load; of closed users at most what they ask for without waiting, and what the busiest station can do."""
    if isinstance(load, Steps):
        return load.mean
    if not isinstance(load, Users):
        return load
    total = sum(stream.slope for stream in flows.network.streams)
    cycle = load.think.mean + _free_time(flows)
    free = load.number / (cycle * total) if cycle > 0.0 else inf
    most = 1.0 / float(np.max(flows.utilisation(np.array([1.0]))[0], initial=1e-300))
    return min(free, most)


def _think(load: Load) -> float:
    return load.think.mean if isinstance(load, Users) else 0.0


def _round(load: Load, rate: float) -> float:
    """How long it takes for each of the closed users to have asked once, however many of them wait (s)."""
    return load.number / rate if isinstance(load, Users) else 0.0


def _awaited(flows: Traffic) -> Array:
    """(streams, tasks) runs that users wait for, per request."""
    asked = np.array([stream.slope > 0.0 for stream in flows.network.streams])
    return np.asarray(flows.awaited * asked[:, None])


def _free_time(flows: Traffic, *, long: bool = False) -> float:
    """Mean time of a request that never waits, in the slowest stream of users; or of the long ones."""
    laws = [[visit.law for visit in task.visits] for task in flows.network.tasks]
    means = _awaited(flows) @ np.array([sum(law.mean for law in own) for own in laws])
    means += np.array([sum(law.mean for law in stream.delays) for stream in flows.network.streams])
    if long:
        spread = _awaited(flows) @ np.array([sum(law.scv * law.mean**2 for law in own) for own in laws])
        means += spread / np.maximum(means, 1e-300)
    return float(np.max(means, initial=0.0))


def _relaxation(flows: Traffic, level: float) -> float:
    """The longest relaxation time of a station that users wait for and that is not saturated (s)."""
    used = np.any(_awaited(flows) @ flows.arrivals > 0.0, axis=0)
    utilisation = flows.utilisation(np.array([level]))[0]
    longest = 0.0
    for index, (station, law) in enumerate(zip(flows.network.stations, flows.service(level), strict=True)):
        hottest = float(utilisation[index]) * station.group.hottest
        if law is None or hottest >= 1.0 or not used[index]:
            continue
        together = station.group.policy in (Policy.LEAST_CONNECTIONS, Policy.POWER_OF_TWO)
        servers = station.capacity if together else station.group.capacity
        longest = max(longest, 2.0 * (1.0 + law.scv) * law.mean / (servers * (1.0 - hottest) ** 2))
    return longest
