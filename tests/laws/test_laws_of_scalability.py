"""Laws of servers that slow each other down: what is exact about them, and their limits."""

from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from law_cases import LEVELS, TRIED, groups, percentiles_agree, service_laws, single

from capplan.queueing import laws
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import Law
from capplan.queueing.network import Call, Network, Station, Stream, Task, Visit
from capplan.queueing.open_network import solve
from capplan.queueing.outcome import Outcome
from capplan.queueing.scalability import Speedup
from capplan.queueing.throughput import flow
from capplan.queueing.traffic import traffic

speedups = st.builds(Speedup, st.floats(0.0, 0.3), st.sampled_from((0.0, 0.0005, 0.01, 0.05)))


def of(group: Group, law: Law, *rhos: float) -> Outcome:
    """A group at utilisations of what it can do."""
    network = single(group, law)
    stream = network.streams[0]._replace(slope=group.capacity * group.replicas / law.mean)
    return solve(replace(network, streams=(stream,)), rhos)


def states(speedup: Speedup, servers: int, work: float) -> np.ndarray:
    """P(n visits) of M/M(n)/c, summed term by term far beyond c."""
    weights = [1.0]
    for count in range(1, 5_000):
        weights.append(weights[-1] * work / float(speedup.of(min(count, servers))))
    return np.array(weights) / sum(weights)


@TRIED
@given(law=service_laws(), group=groups(), rho=st.floats(0.1, 0.95), sharing=st.booleans())
def test_coefficients_of_nothing_change_nothing(law: Law, group: Group, rho: float, sharing: bool) -> None:
    plain = replace(group, sharing=sharing)
    slowed, alone = of(replace(plain, speedup=Speedup()), law, rho), of(plain, law, rho)
    assert slowed.utilisation[0, 0] == alone.utilisation[0, 0]
    assert slowed.stream(0).mean[0] == pytest.approx(alone.stream(0).mean[0])
    assert percentiles_agree(slowed.stream(0), alone.stream(0))


@TRIED
@given(speedup=speedups, servers=st.integers(1, 20), rho=st.floats(0.05, 0.9), sharing=st.booleans())
def test_one_replica_has_the_mean_of_the_chain(speedup: Speedup, servers: int, rho: float, sharing: bool) -> None:
    group = Group(servers=float(servers), speedup=speedup, sharing=sharing)
    work = rho * group.capacity
    law = laws.Exponential(0.01)
    found = of(group, law, rho)
    exact = states(speedup, servers, work)
    number = float(exact @ np.arange(len(exact)))
    assert found.stream(0).mean[0] == pytest.approx(number * law.mean / work, rel=1e-6)
    wait = found.stays[0].wait
    assert wait is not None
    assert wait.chance[0] == pytest.approx(float(exact[servers:].sum()), rel=1e-6, abs=1e-12)


@TRIED
@given(speedup=speedups, law=service_laws(), servers=st.integers(1, 16), rho=st.floats(0.05, 0.9))
def test_with_shared_processors_the_mean_depends_on_the_mean_service_alone(
    speedup: Speedup, law: Law, servers: int, rho: float
) -> None:
    group = Group(servers=float(servers), speedup=speedup, sharing=True)
    found, alike = of(group, law, rho).stream(0), of(group, laws.Exponential(law.mean), rho).stream(0)
    assert found.mean[0] == pytest.approx(alike.mean[0])


@TRIED
@given(group=groups(), law=service_laws(), rho=st.floats(0.05, 0.9), sharing=st.booleans())
def test_more_contention_or_coherency_takes_longer(group: Group, law: Law, rho: float, sharing: bool) -> None:
    load = rho * group.servers * group.replicas / law.mean * float(Speedup(0.1, 0.01).of(group.servers))
    load /= group.servers
    means = []
    for speedup in (None, Speedup(0.02), Speedup(0.1), Speedup(0.1, 0.002), Speedup(0.1, 0.01)):
        network = single(replace(group, speedup=speedup, sharing=sharing), law)
        stream = network.streams[0]._replace(slope=1.0)
        means.append(float(solve(replace(network, streams=(stream,)), [load]).stream(0).mean[0]))
    assert np.all(np.diff(means) >= -1e-6 * law.mean)


@TRIED
@given(group=groups(), law=service_laws(), speedup=speedups, sharing=st.booleans())
def test_more_load_takes_longer(group: Group, law: Law, speedup: Speedup, sharing: bool) -> None:
    tail = of(replace(group, speedup=speedup, sharing=sharing), law, 0.3, 0.6, 0.9).stream(0)
    assert np.all(np.diff(tail.mean) >= -1e-9 * law.mean)
    found = tail.quantiles((0.9, 0.99))
    assert np.all(np.diff(found, axis=0) >= -1e-2 * found[1:])


@TRIED
@given(group=groups(), law=service_laws(), speedup=speedups)
def test_a_visit_to_an_idle_machine_is_not_slowed_down(group: Group, law: Law, speedup: Speedup) -> None:
    slowed, alone = of(replace(group, speedup=speedup), law, 1e-9), of(group, law, 1e-9)
    assert percentiles_agree(slowed.stream(0), alone.stream(0))


@TRIED
@given(group=groups(), law=service_laws(), speedup=speedups)
def test_no_more_gets_through_than_all_servers_do_together(group: Group, law: Law, speedup: Speedup) -> None:
    slowed = replace(group, speedup=speedup)
    most = float(speedup.of(group.servers)) * group.replicas / law.mean
    network = single(slowed, law)
    loads = np.array([0.5, 0.999, 1.001, 2.0, 50.0])
    network = replace(network, streams=(network.streams[0]._replace(slope=most),))
    through = flow(traffic(network), loads).through[:, 0]
    assert through == pytest.approx(most * np.minimum(loads, 1.0))


@TRIED
@given(speedup=speedups)
def test_the_peak_is_the_whole_number_that_does_most(speedup: Speedup) -> None:
    does = speedup.of(np.arange(1.0, 5_001.0))
    if speedup.coherency:
        assert speedup.peak == 1.0 + float(np.argmax(does))
        star = ((1.0 - speedup.contention) / speedup.coherency) ** 0.5
        assert abs(speedup.peak - star) < 1.0
    else:
        assert speedup.peak == np.inf
        assert np.all(np.diff(does) > 0.0)


@TRIED
@given(group=groups(), law=service_laws(), speedup=speedups, rho=st.floats(0.1, 0.9))
def test_the_means_of_several_visits_add_up(group: Group, law: Law, speedup: Speedup, rho: float) -> None:
    slowed = replace(group, speedup=speedup)
    network = Network(
        stations=(Station(name="queue", group=slowed),),
        tasks=(Task(name="work", visits=(Visit(law, 0),)), Task(name="page", steps=(Call(task=0, count=3.0),))),
        streams=(Stream(name="users", task=1, slope=slowed.capacity * slowed.replicas / law.mean / 3.0),),
    )
    solved = solve(network, [rho])
    once = float(solved.mean_waits[0, 0] + solved.stretch[0, 0] * law.mean)
    assert solved.stream(0).mean[0] == pytest.approx(3.0 * once)
    assert np.all(np.diff(solved.stream(0).quantiles(LEVELS)[0]) >= 0.0)


@pytest.mark.parametrize("sharing", [False, True])
def test_where_next_to_never_all_are_busy_nothing_is_lost_in_rounding(sharing: bool) -> None:
    group = Group(servers=16.0, replicas=40, policy=Policy.LEAST_CONNECTIONS, speedup=Speedup(0.02, 0.0002))
    found = of(replace(group, sharing=sharing), laws.Lognormal(0.01, 2.25), 0.02, 0.3, 0.9)
    mean = found.stream(0).mean
    assert np.all(np.isfinite(mean))
    assert mean[0] == pytest.approx(0.01, rel=0.01)
    assert 0.01 < mean[1] < mean[2] < 0.01 * float(group.servers / group.capacity)
