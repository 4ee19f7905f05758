"""M(t)/M/c: exponential servers under a load that varies step by step and repeats, by its forward equations.

dp/dt = p Q(t) for the number n in the system, n -> n + 1 at rate lambda(t), n -> n - 1 at rate min(n, c) mu. Within a
step the rate is constant. Time goes on by TR-BDF2 (Bank et al. 1985), which is of second order and, unlike
Crank-Nicolson, damps what is fast beside the time step: so steps may grow as the queue settles, and an hour of a queue
that settles within a second costs a few dozen solutions of a banded system. Arrivals see the state as it is (Poisson
arrivals see time averages, also where their rate varies), and who finds n >= c in front of it waits for n - c + 1
departures at rate c mu, whatever comes later. Green and Kolesar (1991) compare it with the stationary laws.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.staged import StagedTime, behind

MOST_STATES = 4000
"""Beyond so many states the queue is better taken as a fluid (`backlog`)."""
FIRST = 0.4
"""The first time step after a change of the rate, in units of E[S]; and of the mean time between two events."""
GROWTH = 0.12
"""A time step is at most this part of the time since the rate changed."""
STILL = 1e-9
"""A law that changes by less per time step has settled."""
CALM = 0.8
"""Up to this utilisation a queue stays within its stationary law."""
PERIODS = 8
"""At most so many periods until the law repeats; the last one counts."""
_GAMMA = 2.0 - 2.0**0.5


@dataclass(frozen=True, kw_only=True)
class VaryingQueue:
    """M(t)/M/c over one period.

    Attributes:
        servers: c, whole.
        service: E[S].
        arrivals: (N,) arrivals expected in each step.
        states: (N, K + 1) P(n in the system), averaged over each step: what its arrivals see.
    """

    servers: int
    service: float
    arrivals: Array
    states: Array

    @property
    def queue(self) -> Array:
        """(N,) mean number waiting."""
        above = np.arange(self.states.shape[1], dtype=float) - self.servers
        return np.asarray(self.states @ np.maximum(above, 0.0))

    @property
    def waiting(self) -> Array:
        """(N, J) P(an arrival waits for j = 1..J departures)."""
        return np.asarray(self.states[:, self.servers :])

    @cached_property
    def sojourn(self) -> StagedTime:
        """The time in system over the whole period, each step weighted by its arrivals: one load point."""
        weights = self.arrivals / self.arrivals.sum()
        return behind((weights @ self.waiting)[None, :], self.servers, self.service)

    def wait_tail(self, times: Array) -> Array:
        """(N, T) P(W > t) of the arrivals of each step, at (T,) times."""
        behind_me = np.cumsum(self.waiting[:, ::-1], axis=1)[:, ::-1]
        departures = times[:, None] * self.servers / self.service
        k = np.arange(behind_me.shape[1], dtype=float)
        log_factorial = np.concatenate(([0.0], np.cumsum(np.log(k[1:]))))
        logs = k * np.log(np.maximum(departures, 1e-300)) - departures - log_factorial
        return np.asarray(behind_me @ np.exp(logs).T)


def varying_queue(servers: int, rates: Array, durations: Array, service: float) -> VaryingQueue | None:
    """The queue under rates that repeat; None where it would need too many states (see `backlog`).

    Args:
        servers: c >= 1.
        rates: (N,) arrivals per unit of time in each step; on average below c / service.
        durations: (N,) how long each step lasts.
        service: E[S] = 1/mu.
    """
    count = _states(servers, rates, durations, service)
    if count > MOST_STATES:
        return None
    start = int(np.argmin(rates)) + 1
    order = (np.arange(len(rates)) + start) % len(rates)
    law = _stationary(servers, _first_rate(servers, rates, durations, service), service, count)
    states = np.zeros((len(rates), count + 1))
    for _ in range(PERIODS):
        before = law
        for step in order.tolist():
            chain = _Chain(servers, float(rates[step]), service, count)
            law, states[step] = chain.run(law, float(durations[step]))
        if float(np.abs(law - before).sum()) < 1e-6:
            break
    return VaryingQueue(servers=servers, service=service, arrivals=rates * durations, states=states)


def backlog(capacity: float, rates: Array, durations: Array) -> Array:
    """(N + 1,) jobs of a fluid queue at the bounds of the steps of a load that repeats, empty at its least.

    Args:
        capacity: jobs that leave per unit of time, above the mean rate.
        rates: (N,) jobs that come per unit of time.
        durations: (N,) how long each step lasts.
    """
    change = (rates - capacity) * durations
    level = 0.0
    for _ in range(2):  # the second round starts from what the first leaves behind
        levels = [level]
        for step in change.tolist():
            level = max(level + step, 0.0)
            levels.append(level)
    return np.asarray(levels)


def relaxation(servers: float, utilisation: Array | float, service: float) -> Array:
    """The time in which M/M/c forgets: 1 / (c mu (1 - sqrt(rho))^2), at least E[S]; inf from rho = 1 on."""
    slack = np.maximum(1.0 - np.sqrt(np.asarray(utilisation, dtype=float)), 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.maximum(service / (servers * slack**2), service))


def _first_rate(servers: int, rates: Array, durations: Array, service: float) -> float:
    """The rate whose stationary law the first period begins with: the least, the mean where a period is short."""
    mean = float(rates @ durations / durations.sum())
    short = float(durations.sum()) < relaxation(servers, mean * service / servers, service)
    return mean if short else float(rates.min())


def _states(servers: int, rates: Array, durations: Array, service: float) -> int:
    """States beyond which nothing matters: the stationary tail of the largest rate, or what a busy time can pile up."""
    capacity = servers / service
    peak = float(rates.max()) / capacity
    piled = np.inf
    if peak < 1.0:
        piled = 30.0 / -np.log(peak)
    busy = float(durations[rates > CALM * capacity].sum())
    crest = float(backlog(capacity, rates, durations).max())
    grown = crest + 7.0 * np.sqrt(2.0 * capacity * busy) + 30.0 / -np.log(CALM)
    many = servers + min(piled, grown)
    few = servers * peak + 9.0 * np.sqrt(servers * peak) + 20.0
    return int(min(few if few < servers else many, 1e9)) + 1


def _stationary(servers: int, rate: float, service: float, count: int) -> Array:
    """(count + 1,) the law of M/M/c/count."""
    k = np.arange(1.0, count + 1.0)
    logs = np.concatenate(([0.0], np.cumsum(np.log(max(rate * service, 1e-12)) - np.log(np.minimum(k, servers)))))
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


class _Chain:
    """Births at one rate, deaths at min(n, c) mu, on 0..count."""

    def __init__(self, servers: int, rate: float, service: float, count: int) -> None:
        n = np.arange(count + 1.0)
        self._births = np.where(n < count, rate, 0.0)
        self._deaths = np.minimum(n, servers) / service
        self._first = FIRST * min(service, 1.0 / max(rate, 1e-300) * max(servers, 1))

    def run(self, law: Array, duration: float) -> tuple[Array, Array]:
        """(the law at the end, its average over the time) from a law at the start."""
        total, now = np.zeros_like(law), 0.0
        while now < duration:
            step = min(max(self._first, GROWTH * now), duration - now)
            then = self._advance(law, step)
            total += 0.5 * step * (law + then)
            change = float(np.abs(then - law).sum())
            law, now = then, now + step
            if change < STILL:
                total += (duration - now) * law
                break
        return law, np.asarray(np.maximum(total, 0.0) / np.maximum(total, 0.0).sum())

    def _advance(self, law: Array, step: float) -> Array:
        """TR-BDF2: a trapezoidal step to gamma, then backward differences, both with the same matrix."""
        from scipy.linalg import solve_banded

        weight = 0.5 * _GAMMA * step
        bands = np.zeros((3, len(law)))
        bands[1] = 1.0 + weight * (self._births + self._deaths)
        bands[0, 1:], bands[2, :-1] = -weight * self._deaths[1:], -weight * self._births[:-1]
        middle = solve_banded((1, 1), bands, law + weight * self._flow(law), check_finite=False)
        mixed = (middle / _GAMMA - (1.0 - _GAMMA) ** 2 / _GAMMA * law) / (2.0 - _GAMMA)
        return np.asarray(solve_banded((1, 1), bands, mixed, check_finite=False))

    def _flow(self, law: Array) -> Array:
        """p Q."""
        up, down = self._births * law, self._deaths * law
        change = -(up + down)
        change[1:] += up[:-1]
        change[:-1] += down[1:]
        return np.asarray(change)
