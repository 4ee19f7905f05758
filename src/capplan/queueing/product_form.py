"""Closed networks of product form, exactly: by convolution (Buzen 1973) of the open network's laws.

The numbers at the stations of a closed network are those of the open one given that all together are N (Jackson 1963,
Gordon and Newell 1967), whatever the rate of the open one. At the rate at which it holds N on average, the likely
numbers are of the order of one: sums of positive terms that neither overflow nor cancel, at any load. The recursion of
load-dependent mean value analysis subtracts, and fails near saturation.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.bracketed import rising_root
from capplan.queueing.erlang import erlang_c


@dataclass(frozen=True)
class Place:
    """Stations alike: exponential services in order of arrival, or any services that share.

    Attributes:
        servers: c, whole.
        demand: time served at one of them in one round of a user (s), > 0.
        count: how many there are.
    """

    servers: int
    demand: float
    count: int = 1


class ProductForm(NamedTuple):
    """What N users make of the network.

    Attributes:
        rate: rounds of all users per second.
        chance: (K,) P(an arrival at one of these places waits).
        ahead: (K,) mean number queued before it, given that it waits.
        number: (K,) mean number at one of the places.
    """

    rate: float
    chance: Array
    ahead: Array
    number: Array


def product_form(places: list[Place], think: float, users: int) -> ProductForm:
    """A closed network with one kind of user.

    Args:
        places: K kinds of them, at least one.
        think: mean time of a round that is not spent at a place (s), >= 0.
        users: N >= 1.
    """
    rate = _open_rate(places, think, users)
    laws = [_law(place, rate, users) for place in places]
    rest = np.zeros(users + 1)
    rest[0] = 1.0
    whole = _thinking(rate * think, users) if think > 0.0 else rest
    others = []
    for place, law in zip(places, laws, strict=True):
        others.append(_power(law, place.count - 1))
    together = [_convolved(law, other) for law, other in zip(laws, others, strict=True)]
    before, behind = [whole], [rest]
    for law in together:
        before.append(_convolved(before[-1], law))
    for law in reversed(together):
        behind.append(_convolved(law, behind[-1]))
    constant = before[-1]
    throughput = rate * float(constant[users - 1] / constant[users])
    without = [_convolved(_convolved(before[k], behind[len(places) - 1 - k]), others[k]) for k in range(len(places))]
    seen = [law[:users] * without[k][:users][::-1] / constant[users - 1] for k, law in enumerate(laws)]
    chance = np.array([float(one[place.servers :].sum()) for place, one in zip(places, seen, strict=True)])
    queued = np.array(
        [float(one[p.servers :] @ np.arange(len(one[p.servers :]))) for p, one in zip(places, seen, strict=True)]
    )
    demand, servers = (np.array([getattr(place, name) for place in places], float) for name in ("demand", "servers"))
    number = throughput * demand * (1.0 + (queued + chance) / servers)
    return ProductForm(throughput, chance, queued / np.maximum(chance, 1e-300), number)


def _open_rate(places: list[Place], think: float, users: int) -> float:
    """The rate at which the open network holds N on average."""
    servers = np.array([float(place.servers) for place in places])
    demand = np.array([place.demand for place in places])
    count = np.array([float(place.count) for place in places])
    most = float(np.min(servers / demand))

    def surplus(logit: Array) -> Array:
        rate = most / (1.0 + np.exp(-logit))
        work = rate * demand
        idle = np.where(servers / demand <= most, servers / (1.0 + np.exp(logit)), servers - work)
        number = work + erlang_c(servers, np.minimum(work, servers * (1.0 - 1e-15))) * work / idle
        return np.asarray(np.log(rate * think + number @ count) - np.log(float(users)))

    found = rising_root(surplus, np.array([-40.0]), np.array([0.0]))
    return most / (1.0 + float(np.exp(-found[0])))


def _law(place: Place, rate: float, users: int) -> Array:
    """(N+1,) in proportion to P(n there) of the open network, the likeliest 1."""
    from scipy.special import gammaln

    n = np.arange(users + 1.0)
    beyond = np.maximum(n - place.servers, 0.0)
    logs = n * np.log(rate * place.demand) - gammaln(n - beyond + 1.0) - beyond * np.log(place.servers)
    return np.asarray(np.exp(logs - logs.max()))


def _thinking(mean: float, users: int) -> Array:
    from scipy.special import gammaln

    n = np.arange(users + 1.0)
    logs = n * np.log(mean) - gammaln(n + 1.0)
    return np.asarray(np.exp(logs - logs.max()))


def _convolved(one: Array, other: Array) -> Array:
    """The first N + 1 terms; small populations without rounding between large and small terms."""
    size = len(one)
    if size <= DIRECT:
        return np.asarray(np.convolve(one, other)[:size])
    points = 1 << (2 * size - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(one, points) * np.fft.rfft(other, points), points)[:size]
    return np.asarray(np.maximum(product, 0.0))


DIRECT = 512


def _power(law: Array, count: int) -> Array:
    """The law of the number at `count` alike."""
    total = np.zeros(len(law))
    total[0] = 1.0
    while count:
        if count & 1:
            total = _convolved(total, law)
        law, count = _convolved(law, law) if count > 1 else law, count >> 1
    return total
