"""The number of visits in progress against exact laws: M/M/1, M/M/c, M/G/1, M/G/inf, Jackson networks."""

import math

import numpy as np
import pytest

from capplan.queueing import erlang
from capplan.queueing.awaited import under_way
from capplan.queueing.crowd import plain_queue
from capplan.queueing.laws import Deterministic, Exponential, Law, Lognormal
from capplan.queueing.network import Call, Choice, Fork, Network, Stream, Task
from capplan.queueing.progress import Part, percentile
from capplan.queueing.residual import Residual

ONE = np.ones(1)
NONE = np.zeros(1)


def queue(servers: int, rho: float, law: Law, copies: int = 1, ours: float = 1.0) -> Part:
    """M/G/c; M/M/c where the law is exponential."""
    residual, offered = Residual(law, float(servers)), servers * rho * ONE
    full = erlang.erlang_c(float(servers), offered)
    wait = full * (residual.first + rho / (1.0 - rho) * residual.ahead)
    waiting = plain_queue(law, float(servers), offered / law.mean, wait, full)
    return Part(servers, copies, offered, full, waiting, ours * ONE, ours * ONE)


def numbers(part: Part, level: float = 0.999) -> float:
    return float(percentile(level, [part], NONE)[0])


def of_mmc(servers: int, rho: float, level: float) -> int:
    """Sums of the stationary probabilities of M/M/c."""
    offered, total, number = servers * rho, 0.0, 0
    full = float(erlang.erlang_c(float(servers), offered))
    free = [offered**i / math.factorial(i) for i in range(servers)]
    while True:
        if number < servers:
            total += (1.0 - full) * free[number] / sum(free)
        else:
            total += full * (1.0 - rho) * rho ** (number - servers)
        if total >= level:
            return number
        number += 1


def of_md1(rho: float, level: float) -> int:
    """The embedded chain of M/D/1: p_n a_0 = p_0 A_(n-1) + sum of p_j A_(n-j), A the tail of Poisson arrivals."""
    arrivals = np.exp(-rho + np.arange(400) * math.log(rho) - np.array([math.lgamma(k + 1.0) for k in range(400)]))
    tails = 1.0 - np.cumsum(arrivals)
    chances = [1.0 - rho]
    while sum(chances) < level:
        n = len(chances)
        chances.append((chances[0] * tails[n - 1] + np.dot(chances[1:], tails[n - 1 : 0 : -1])) / arrivals[0])
    return len(chances) - 1


@pytest.mark.parametrize("level", [0.5, 0.99, 0.999])
@pytest.mark.parametrize("rho", [0.1, 0.5, 0.9, 0.97])
@pytest.mark.parametrize("servers", [1, 2, 8, 64])
def test_many_servers_exactly(servers: int, rho: float, level: float) -> None:
    assert numbers(queue(servers, rho, Exponential(0.02)), level) == of_mmc(servers, rho, level)


@pytest.mark.parametrize("rho", [0.99, 0.999, 0.9999])
@pytest.mark.parametrize("servers", [1, 8, 64])
def test_long_queues_in_steps_of_several_visits(servers: int, rho: float) -> None:
    found = numbers(queue(servers, rho, Exponential(3.0)))
    assert found == pytest.approx(of_mmc(servers, rho, 0.999), rel=2e-3)


@pytest.mark.parametrize("rho", [0.3, 0.5, 0.7, 0.8, 0.9, 0.95])
def test_one_server_of_constant_services_exactly(rho: float) -> None:
    assert numbers(queue(1, rho, Deterministic(1.0))) == of_md1(rho, 0.999)


@pytest.mark.parametrize(
    ("scv", "rho", "number"),
    [
        (0.25, 0.5, 7),
        (0.25, 0.9, 42),
        (4.0, 0.3, 17),
        (4.0, 0.5, 40),
        (4.0, 0.8, 119),
        (9.0, 0.5, 108),
        (9.0, 0.8, 341),
    ],
)
def test_one_server_of_lognormal_services(scv: float, rho: float, number: int) -> None:
    """The numbers are of the embedded chain of M/G/1, the law of arrivals in a service by quadrature."""
    assert numbers(queue(1, rho, Lognormal(1.0, scv))) == pytest.approx(number, rel=0.015)


@pytest.mark.parametrize(("mean", "number"), [(0.001, 0), (0.01, 1), (1.0, 5), (10.0, 21), (1000.0, 1099)])
def test_delays_alone_are_poisson(mean: float, number: int) -> None:
    """Percentiles of the Poisson law from tables."""
    assert float(percentile(0.999, [], mean * ONE)[0]) == number


def test_a_part_of_the_visits_at_one_server_is_geometric_too() -> None:
    """Thinning a geometric number by q: odds of one more are q rho / (1 - rho + q rho)."""
    rho, ours = 0.9, 0.25
    odds = ours * rho / (1.0 - rho + ours * rho)
    assert numbers(queue(1, rho, Exponential(1.0), ours=ours)) == math.ceil(math.log(1e-3) / math.log(odds) - 1.0)


def test_independent_queues_add_up() -> None:
    """Two M/M/1 of the same load: P(N > n) = rho^(n+1) (1 + (n+1)(1-rho))."""
    rho = 0.8
    exact = next(n for n in range(1000) if rho ** (n + 1) * (1.0 + (n + 1) * (1.0 - rho)) <= 1e-3)
    part = queue(1, rho, Exponential(1.0))
    assert numbers(part._replace(copies=2)) == exact
    assert float(percentile(0.999, [part, part], NONE)[0]) == exact


@pytest.mark.parametrize("law", [Exponential(2.0), Deterministic(2.0), Lognormal(2.0, 4.0)], ids=str)
def test_means_are_littles_law(law: Law) -> None:
    part = queue(4, 0.8, law)
    assert part.mean == pytest.approx(part.offered + part.queue.flow * part.queue.crowded * part.queue.given)
    assert part.queue.mean == pytest.approx(part.queue.flow * part.full * part.queue.given)


def test_more_load_is_never_less_in_progress_and_saturation_has_no_bound() -> None:
    rho = np.linspace(0.01, 0.999, 150)
    law = Lognormal(1.0, 2.0)
    wait = 1.5 * rho / (1.0 - rho)
    wait[-1] = np.inf
    found = percentile(
        0.999, [Part(1, 1, rho, rho, plain_queue(law, 1.0, rho, wait, rho), np.ones(150), np.ones(150))], np.zeros(150)
    )
    assert np.all(np.diff(found) >= 0.0)
    assert np.isinf(found[-1])
    assert np.isfinite(found[:-1]).all()


def network(*tasks: Task) -> Network:
    return Network(stations=(), tasks=tasks, streams=(Stream(name="all", task=len(tasks) - 1, slope=1.0),))


def test_runs_wait_for_calls_but_not_for_what_is_sent() -> None:
    cache = Choice(options=((0.25, (Call(task=0, delays=(Deterministic(0.5),)),)),))
    sent = Call(task=1, count=9.0, waits=False)
    tasks = network(Task(name="db"), Task(name="log"), Task(name="app", steps=(Call(task=0, count=2.0), cache, sent)))
    reached, way = under_way(tasks, np.array([[0.0, 0.0, 8.0]]), np.ones((1, 3)))
    assert reached == pytest.approx(np.array([[18.0, 0.0, 8.0]]))
    assert way == pytest.approx([1.0])


def test_parallel_calls_of_one_mean_last_as_long_as_the_slowest_of_exponential_ones() -> None:
    three = Fork(branches=tuple((Call(task=0),) for _ in range(3)))
    tasks = network(Task(name="db"), Task(name="app", steps=(three,)))
    reached, _ = under_way(tasks, np.array([[0.0, 1.0]]), np.ones((1, 2)))
    assert reached[0, 0] == pytest.approx(1.0 + 1.0 / 2.0 + 1.0 / 3.0)


def test_of_parallel_calls_the_longest_counts_whole() -> None:
    inner = Task(name="middle", steps=(Fork(branches=((Call(task=0),), (Call(task=0),))),))
    both = Fork(branches=((Call(task=0),), (Call(task=1),)))
    tasks = network(Task(name="db"), inner, Task(name="app", steps=(Choice(options=((1.0, (both,)),)),)))
    reached, _ = under_way(tasks, np.array([[0.0, 0.0, 1.0]]), np.array([[1.0, 9.0, 1.0]]))
    assert reached[0] == pytest.approx([0.5 + 1.5, 1.0, 1.0])
