"""Queues that do not hold everybody: M/M/c/K with loss, M/M/c/c (Erlang's loss system) and M/M/c+M with impatience.

Each is a birth-death chain; its stationary law is summed in logarithms, so that neither many servers nor heavy overload
under- or overflows. Symbols: c servers, K places (those in service included), lambda, mu = 1/E[S], theta = 1/patience.
Sources: Erlang (1917); Gross and Harris, ch. 2 (M/M/c/K); Palm (1957) and Garnett, Mandelbaum and Reiman (2002) for
Erlang-A.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.staged import StagedTime, behind

NEGLIGIBLE = 45.0
"""An endless chain is cut where a state is e^-45 times as likely as the likeliest."""


def birth_death(births: Array, deaths: Array) -> Array:
    """(L, K+1) stationary law of a chain on 0..K.

    Args:
        births: (L, K) rates k -> k+1, k = 0..K-1; 0 allowed.
        deaths: (L, K) rates k+1 -> k, > 0.
    """
    with np.errstate(divide="ignore"):
        steps = np.log(births) - np.log(deaths)
    logs = np.concatenate((np.zeros((len(steps), 1)), np.cumsum(steps, axis=1)), axis=1)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


@dataclass(frozen=True, kw_only=True)
class FiniteQueue:
    """M/M/c/K over load points; stable at any load.

    Attributes:
        servers: c, whole.
        rates: (L,) arrivals per unit of time, > 0, those refused included.
        service: E[S].
        states: (L, K+1) P(n in the system).
    """

    servers: int
    rates: Array
    service: float
    states: Array

    @property
    def loss(self) -> Array:
        """(L,) part of the arrivals that finds all places taken."""
        return np.asarray(self.states[:, -1])

    @property
    def throughput(self) -> Array:
        """(L,) accepted per unit of time."""
        return np.asarray(self.rates * (1.0 - self.loss))

    @property
    def utilisation(self) -> Array:
        """(L,) per server."""
        return np.asarray(self.throughput * self.service / self.servers)

    @cached_property
    def number(self) -> Array:
        """(L,) mean number in the system."""
        return np.asarray(self.states @ np.arange(self.states.shape[1], dtype=float))

    @property
    def mean_sojourn(self) -> Array:
        """(L,) E[T] of those accepted, by Little's law."""
        return self.number / self.throughput

    @property
    def wait_chance(self) -> Array:
        """(L,) P(W > 0) of those accepted."""
        return np.asarray(self.states[:, self.servers : -1].sum(axis=1) / (1.0 - self.loss))

    @cached_property
    def sojourn(self) -> StagedTime:
        """The time in system of those accepted."""
        return behind(self.states[:, self.servers : -1] / (1.0 - self.loss[:, None]), self.servers, self.service)

    def quantiles(self, levels: tuple[float, ...]) -> Array:
        """(L, Q) percentiles of the time in system of those accepted."""
        return np.stack([self.sojourn.quantile(level) for level in levels], axis=1)


def finite_queue(servers: int, places: int, rates: Array, service: float) -> FiniteQueue:
    """M/M/c/K.

    Args:
        servers: c >= 1.
        places: K >= c; K = c is Erlang's loss system, whose loss is the same for any service law.
        rates: (L,) arrivals per unit of time, > 0.
        service: E[S].
    """
    arrivals = np.asarray(rates, dtype=float)
    deaths = np.minimum(np.arange(1.0, places + 1.0), servers) / service
    shape = (len(arrivals), places)
    states = birth_death(np.broadcast_to(arrivals[:, None], shape), np.broadcast_to(deaths, shape))
    return FiniteQueue(servers=servers, rates=arrivals, service=service, states=states)


@dataclass(frozen=True, kw_only=True)
class ImpatientQueue:
    """M/M/c+M over load points; stable at any load.

    Attributes:
        utilisation: (L,) per server.
        abandon: (L,) part of the arrivals that leaves before being served.
        wait_chance: (L,) P(an arrival finds all servers busy).
        queue: (L,) mean number waiting.
        throughput: (L,) served per unit of time.
        mean_wait: (L,) mean time in queue, of those served and those who leave.
    """

    utilisation: Array
    abandon: Array
    wait_chance: Array
    queue: Array
    throughput: Array
    mean_wait: Array


def impatient_queue(servers: int, rates: Array, service: float, patience: float) -> ImpatientQueue:
    """Erlang-A: who waits leaves after an exponential time of mean `patience`.

    Args:
        servers: c >= 1.
        rates: (L,) arrivals per unit of time, > 0.
        service: E[S].
        patience: 1/theta > 0, in the unit of `service`.
    """
    arrivals = np.asarray(rates, dtype=float)
    count = servers + _room(float(arrivals.max()), servers / service, 1.0 / patience)
    k = np.arange(1.0, count + 1.0)
    deaths = np.minimum(k, servers) / service + np.maximum(k - servers, 0.0) / patience
    shape = (len(arrivals), count)
    states = birth_death(np.broadcast_to(arrivals[:, None], shape), np.broadcast_to(deaths, shape))
    queue = states[:, servers:] @ np.arange(count - servers + 1.0)
    abandon = queue / patience / arrivals
    throughput = arrivals * (1.0 - abandon)
    return ImpatientQueue(
        utilisation=throughput * service / servers,
        abandon=abandon,
        wait_chance=states[:, servers:].sum(axis=1),
        queue=queue,
        throughput=throughput,
        mean_wait=queue / arrivals,
    )


def _room(rate: float, capacity: float, leaving: float) -> int:
    """Waiting places beyond which states are negligible: past its peak the queue's law falls at least geometrically."""
    peak = max((rate - capacity) / leaving, 0.0)
    places = 16
    while True:
        k = np.arange(1.0, peak + places)
        logs = np.cumsum(np.log(rate) - np.log(capacity + k * leaving))
        if logs[-1] < max(float(logs.max()), 0.0) - NEGLIGIBLE:
            return len(k)
        places *= 2
