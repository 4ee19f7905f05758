"""Where theory is exact, the intervals cover it as often as they say."""

from collections.abc import Callable
from math import factorial, log

import pytest
from simulated_networks import queue, single

from capplan.queueing.balancing import Group
from capplan.queueing.erlang import erlang_c
from capplan.queueing.laws import Deterministic, Exponential, Lognormal
from capplan.queueing.network import Network
from capplan.simulation.loads import Load, Users
from capplan.simulation.simulate import simulate

SEEDS = range(40)
FEWEST = 33
"""Of 40 intervals at 95 %, fewer than 33 cover in one of 5,000 such tests."""


def _mean(servers: int, rho: float) -> float:
    """The mean sojourn in M/M/c with mean service 1."""
    return 1.0 + float(erlang_c(float(servers), rho * servers)) / (servers * (1.0 - rho))


def _loss(servers: int, most: int, work: float) -> float:
    """The part that M/M/c/K turns away."""
    weights = [work**n / factorial(n) for n in range(servers + 1)]
    weights += [weights[servers] * (work / servers) ** n for n in range(1, most - servers + 1)]
    return weights[-1] / sum(weights)


def _throughput(servers: int, users: int, think: float) -> float:
    """What M/M/c//N does per second, with mean service 1."""
    weights = [1.0]
    for n in range(1, users + 1):
        weights.append(weights[-1] * (users - n + 1) / think / min(n, servers))
    total = sum(weights)
    return sum(min(n, servers) * weight / total for n, weight in enumerate(weights))


def _finite() -> tuple[Network, Load]:
    return single(Group(servers=2), Exponential(1.0), room=3), 2.4


def _closed() -> tuple[Network, Load]:
    return single(Group(servers=2), Exponential(1.0)), Users(20, Exponential(8.0))


EXACT: dict[str, tuple[Callable[[], tuple[Network, Load]], str, float]] = {
    "M/M/1, mean": (lambda: queue(1, 0.6), "mean", 2.5),
    "M/M/1, p90": (lambda: queue(1, 0.6), "p90", 2.5 * log(10.0)),
    "M/M/3, mean": (lambda: queue(3, 0.7), "mean", _mean(3, 0.7)),
    "M/D/1, mean": (lambda: queue(1, 0.6, Deterministic(1.0)), "mean", 1.0 + 0.6 / (2.0 * 0.4)),
    "M/G/1-PS, mean": (lambda: queue(1, 0.5, Lognormal(1.0, 2.0), sharing=True), "mean", 2.0),
    "M/M/2-PS, mean": (lambda: queue(2, 0.6, sharing=True), "mean", _mean(2, 0.6)),
    "M/M/2/5, served": (_finite, "success", 1.0 - _loss(2, 5, 2.4)),
    "M/M/2//20, throughput": (_closed, "throughput", _throughput(2, 20, 8.0)),
    "M/M/1, utilisation": (lambda: queue(1, 0.6), "busy 0", 0.6),
}


@pytest.mark.parametrize("name", EXACT)
def test_intervals_cover_what_is_exact(name: str) -> None:
    build, figure, exact = EXACT[name]
    network, load = build()
    found = (simulate(network, load, requests=6_000, seed=seed)[figure] for seed in SEEDS)
    assert sum(one.low <= exact <= one.high for one in found) >= FEWEST


def test_a_utilisation_is_exact_in_overload() -> None:
    network, load = queue(2, 1.5)
    found = simulate(network, load, requests=5_000)
    assert found["busy 0"].value == pytest.approx(1.0, abs=1e-9)
    assert found["throughput"].value == pytest.approx(2.0, rel=0.06)
