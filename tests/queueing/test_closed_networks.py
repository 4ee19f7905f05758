"""Closed networks: against chains summed term by term, against the open network that many users make, far beyond
saturation, and with everything that a request may do."""

from dataclasses import replace

import numpy as np
import pytest

from capplan.queueing import closed_form
from capplan.queueing.arrays import Array
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.closed import ClosedNetwork
from capplan.queueing.closed_classes import mean_values
from capplan.queueing.closed_wait import ClosedWait
from capplan.queueing.finite import birth_death
from capplan.queueing.finite_source import arrivals, log_idle, log_thinking
from capplan.queueing.grid import Grid
from capplan.queueing.laws import Exponential, Law, by_moments
from capplan.queueing.network import Call, Choice, Fork, Network, Station, Step, Stream, Task, Visit
from capplan.queueing.open_network import OpenNetwork
from capplan.queueing.outcome import Outcome
from capplan.queueing.product_form import Place, product_form
from capplan.queueing.residual import Residual

CHAINS = [(1, 2, 0.5), (3, 4, 0.1), (4, 50, 0.02), (4, 50, 0.2), (16, 300, 0.06), (16, 300, 0.02), (100, 120, 1.0)]


def one(value: float) -> Array:
    return np.array([float(value)])


def chain(servers: int, users: int, z: float) -> Array:
    """P(n of the users are there), term by term."""
    n = np.arange(float(users))
    return np.asarray(birth_death(((users - n) * z)[None, :], np.minimum(n + 1.0, servers)[None, :])[0])


@pytest.mark.parametrize(("servers", "users", "z"), CHAINS)
def test_the_finite_source_in_closed_form_is_its_chain(servers: int, users: int, z: float) -> None:
    idle = log_idle(one(servers), one(users), one(1.0), np.log(one(z)))
    n = np.arange(users + 1)
    direct = np.sum(np.maximum(servers - n, 0) * chain(servers, users, z)) / servers
    assert float(np.exp(idle[0])) == pytest.approx(direct, rel=1e-9)
    found = arrivals(one(servers), one(users), one(1.0), np.log(one(z)))
    seen = chain(servers, users - 1, z)[servers:]
    assert float(found.chance[0]) == pytest.approx(seen.sum(), rel=1e-9)
    assert float(found.ahead[0]) == pytest.approx(seen @ np.arange(len(seen)) / seen.sum(), rel=1e-6, abs=1e-9)
    assert float(np.exp(log_thinking(one(servers), one(users), one(1.0), idle)[0])) == pytest.approx(z, rel=1e-8)


def test_fewer_users_than_servers_never_wait() -> None:
    found = arrivals(one(8), one(8), one(1.0), np.log(one(5.0)))
    assert (float(found.chance[0]), float(found.ahead[0])) == (0.0, 0.0)


def series(stations: list[tuple[int, float]], scv: float = 1.0, group: Group | None = None) -> Network:
    """A request that visits each station once; their groups but for the servers are like the one given."""
    alike = group or Group(servers=1.0)
    visits = tuple(Visit(by_moments(mean, scv), index) for index, (_, mean) in enumerate(stations))
    return Network(
        stations=tuple(Station(str(k), replace(alike, servers=float(c))) for k, (c, _) in enumerate(stations)),
        tasks=(Task("request", visits),),
        streams=(Stream("users", 0, slope=1.0),),
    )


def closed(network: Network, think: float) -> ClosedNetwork:
    return ClosedNetwork(OpenNetwork(network), think)


def response(outcome: Outcome) -> Array:
    return outcome.stream(0).mean


@pytest.mark.parametrize("think", [0.0, 5.0])
@pytest.mark.parametrize("users", [1, 2, 7, 40, 300])
def test_the_convolution_is_mean_value_analysis_where_that_is_stable(users: int, think: float) -> None:
    demands = [0.5, 0.2, 0.2, 0.05]
    exact = mean_values(np.array([demands]), [think], [users])
    places = [Place(1, 0.5), Place(1, 0.2, count=2), Place(1, 0.05)]
    found = product_form(places, think, users)
    assert found.rate == pytest.approx(float(exact.rate[0]), rel=1e-9)
    assert found.number == pytest.approx(exact.number[0][[0, 1, 3]], rel=1e-8)


def test_several_servers_are_those_of_the_chain() -> None:
    z, users = 0.3, 60
    found = product_form([Place(4, 3.0)], 10.0, users)
    states = chain(4, users, z)
    assert found.rate == pytest.approx(np.minimum(np.arange(users + 1), 4) @ states / 3.0, rel=1e-10)
    assert float(found.number[0]) == pytest.approx(np.arange(users + 1) @ states, rel=1e-10)


@pytest.mark.parametrize("users", [823, 3000, 20_000, 33_000])
def test_the_exact_solution_stays_stable_near_and_beyond_saturation(users: int) -> None:
    """Where the recursion of load-dependent mean value analysis has lost every digit."""
    found = product_form([Place(2, 1.0), Place(16, 20.0), Place(8, 8.0)], 1000.0, users)
    assert found.rate <= 0.8 * (1.0 + 1e-12)
    inside = users - found.rate * 1000.0
    assert float(found.number.sum()) == pytest.approx(inside, rel=1e-9)


@pytest.mark.parametrize("policy", list(Policy))
@pytest.mark.parametrize("sharing", [False, True], ids=["in order", "shared"])
def test_beyond_saturation_the_rate_is_the_capacity_and_the_time_what_is_left(policy: Policy, sharing: bool) -> None:
    group = Group(servers=2.0, replicas=4, policy=policy, sharing=sharing)
    users = np.array([1e4, 1e6])
    found = closed(series([(2, 1.0)], group=group), 100.0).at(users)
    assert found.loads == pytest.approx([8.0, 8.0], rel=5e-3)
    assert response(found) == pytest.approx(users / found.loads - 100.0, rel=1e-6)
    assert not found.saturated.any()
    assert np.all(np.isfinite(found.stream(0).quantiles([0.5, 0.99])))


@pytest.mark.parametrize("scv", [0.25, 1.0, 4.0])
@pytest.mark.parametrize("policy", list(Policy))
def test_many_users_who_think_long_are_an_open_workload(policy: Policy, scv: float) -> None:
    network = series([(2, 1.0), (3, 2.0)], scv, Group(servers=2.0, replicas=3, policy=policy))
    found = closed(network, 1e7).at([3.6e7])
    open_one = OpenNetwork(network).at(found.loads)
    assert response(found) == pytest.approx(response(open_one), rel=1e-4)
    levels = [0.5, 0.9, 0.99]
    assert found.stream(0).quantiles(levels) == pytest.approx(open_one.stream(0).quantiles(levels), rel=0.01)


@pytest.mark.parametrize("users", [1, 3, 20, 150, 1000])
def test_the_decomposition_is_near_the_exact_solution(users: int, monkeypatch: pytest.MonkeyPatch) -> None:
    network = series([(2, 0.01), (8, 0.08), (1, 0.004)])
    exact = closed(network, 1.0).at([users])
    monkeypatch.setattr(closed_form, "SIZE", 0)
    rough = closed(network, 1.0).at([users])
    assert rough.loads == pytest.approx(exact.loads, rel=0.01)
    assert response(rough) == pytest.approx(response(exact), rel=0.04)


def everything() -> Network:
    """Repeat visits, a choice, branches made together, calls that nobody waits for, and load of its own."""
    stations = tuple(Station(str(k), Group(servers=2.0, replicas=2)) for k in range(4))

    def task(name: str, station: int, mean: float, scv: float = 1.0, steps: tuple[Step, ...] = ()) -> Task:
        law: Law = by_moments(mean, scv)
        return Task(name, (Visit(law, station),), steps)

    steps = (
        Call(task=0, count=2.4),
        Call(task=1, waits=False),
        Choice(((0.3, (Call(task=2),)),)),
        Fork(((Call(task=0),), (Call(task=2, delays=(Exponential(0.01),)),))),
    )
    tasks = (task("db", 0, 0.02), task("mail", 1, 0.03), task("files", 2, 0.04, 2.0), task("app", 3, 0.05, 1.5, steps))
    return Network(
        stations=stations,
        tasks=tasks,
        streams=(Stream("users", 3, slope=1.0), Stream("nightly", 0, base=10.0), Stream("others", 3, slope=0.5)),
    )


@pytest.mark.parametrize("users", [1.0, 50.0, 400.0, 5000.0])
def test_everything_a_request_may_do_keeps_the_population(users: float) -> None:
    network = closed(everything(), 2.0)
    found = network.at([users])
    shares = network.shares
    means = sum(share * found.stream(index).mean for index, share in enumerate(shares.tolist()) if share)
    rate = found.loads * network.per_load
    assert rate * (2.0 + means) == pytest.approx([users], rel=1e-4)  # the slowest of branches, on a coarse grid
    assert rate <= 1.5 * network.most


def test_what_nobody_waits_for_may_grow_without_bound() -> None:
    """Users do not slow down for a queue whose answers they never see."""
    network = Network(
        stations=(Station("app", Group(servers=10.0)), Station("mail", Group(servers=1.0))),
        tasks=(
            Task("mail", (Visit(Exponential(1.0), 1),)),
            Task("app", (Visit(Exponential(0.1), 0),), (Call(task=0, waits=False),)),
        ),
        streams=(Stream("users", 1, slope=1.0),),
    )
    found = closed(network, 1.0).at([50])
    assert found.saturated[0].tolist() == [False, True]
    assert float(found.loads[0]) == pytest.approx(50 / 1.1, rel=1e-3)
    assert np.isfinite(response(found)[0])


def test_without_queues_users_send_as_fast_as_they_are_answered() -> None:
    network = Network(
        stations=(), tasks=(Task("far", (Visit(Exponential(0.1)),)),), streams=(Stream("users", 0, slope=1.0),)
    )
    assert closed(network, 0.9).at([50]).loads == pytest.approx([50.0])


def test_the_law_of_a_closed_wait_has_its_mean_and_its_bound() -> None:
    residual = Residual(Exponential(1.0), 2.0)
    chance, ahead, most = np.array([0.4, 1.0]), np.array([3.0, 480.0]), np.array([40.0, 500.0])
    wait = ClosedWait(residual, chance, chance * 0.5 * (1.0 + ahead), most)
    for row, reach in enumerate((0.5 * 41.0, 0.5 * 501.0)):
        grid = Grid(step=3.0 * reach / 4096, points=4096)
        masses = grid.masses(wait.transform(grid, np.array([row])))[0]
        assert float(masses @ grid.times[:-1]) == pytest.approx(float(wait.mean[row]), rel=2e-3)
        assert float(masses[0]) >= 1.0 - chance[row] - 1e-9
        assert float(masses[grid.times[:-1] > 1.5 * reach].sum()) < 1e-6
    assert float(wait.spread[1]) == pytest.approx(20.0, rel=0.01)
