"""Laws of queues with little room: what is exact, and what more room and more replicas must do."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from law_cases import LEVELS, TRIED, groups, service_laws, single
from slot_networks import Shop, shops

from capplan.queueing import laws
from capplan.queueing.balancing import Group
from capplan.queueing.erlang import erlang_b
from capplan.queueing.finite import finite_queue
from capplan.queueing.laws import Law
from capplan.queueing.network import Network
from capplan.queueing.open_network import solve
from capplan.queueing.outcome import Outcome
from capplan.queueing.rooms import Limited, limited

POISSON = np.ones(1)
offered = st.floats(0.05, 2.0)
"""Offered utilisation."""


def refused(group: Group, law: Law, rho: float, room: int) -> Limited:
    return limited(group, law, np.array([rho]), POISSON, room)


def with_room(network: Network, room: int | None) -> Network:
    stations = tuple(station._replace(room=room) for station in network.stations)
    return Network(stations=stations, tasks=network.tasks, streams=network.streams, gates=network.gates)


def lost(solved: Outcome) -> float:
    assert solved.regime is not None
    return float(solved.regime.fates.losses.stations[0, 0])


@TRIED
@given(count=st.integers(1, 64), law=service_laws(), rho=offered, sharing=st.booleans())
def test_without_room_the_loss_is_erlangs_for_any_service_law(count: int, law: Law, rho: float, sharing: bool) -> None:
    group = Group(servers=float(count), sharing=sharing)
    assert refused(group, law, rho, 0).loss[0] == pytest.approx(float(erlang_b(count, rho * count)))


@TRIED
@given(count=st.integers(1, 30), room=st.integers(0, 100), rho=offered)
def test_exponential_services_lose_and_wait_as_the_chain_says(count: int, room: int, rho: float) -> None:
    exact = finite_queue(count, count + room, np.array([rho * count]), 1.0)
    found = refused(Group(servers=float(count)), laws.Exponential(1.0), rho, room)
    assert found.loss[0] == pytest.approx(exact.loss[0], rel=1e-6, abs=1e-12)
    assert found.wait.chance[0] == pytest.approx(exact.wait_chance[0], rel=1e-6, abs=1e-9)
    assert found.wait.mean[0] == pytest.approx(exact.mean_sojourn[0] - 1.0, rel=1e-6, abs=1e-6)


@TRIED
@given(count=st.integers(1, 8), room=st.integers(0, 40), rho=st.floats(0.3, 1.5))
def test_a_request_through_a_chain_takes_the_time_that_the_chain_says(count: int, room: int, rho: float) -> None:
    exact = finite_queue(count, count + room, np.array([rho * count]), 1.0)
    tail = solve(with_room(single(Group(servers=float(count)), laws.Exponential(1.0)), room), [rho]).stream(0)
    assert tail.mean[0] == pytest.approx(exact.mean_sojourn[0], rel=1e-6)
    assert tail.quantiles([0.5, 0.99])[0] == pytest.approx(exact.quantiles((0.5, 0.99))[0], rel=5e-3)


@TRIED
@given(group=groups(), law=service_laws(), rho=offered, room=st.integers(0, 30))
def test_more_room_refuses_fewer(group: Group, law: Law, rho: float, room: int) -> None:
    assert refused(group, law, rho, room + 1).loss[0] <= refused(group, law, rho, room).loss[0] * (1 + 1e-9) + 1e-15


@TRIED
@given(group=groups(), law=service_laws(), rho=offered, room=st.integers(0, 30))
def test_no_more_are_let_through_than_come_or_can_be_served(group: Group, law: Law, rho: float, room: int) -> None:
    loss = float(refused(group, law, rho, room).loss[0])
    assert 0.0 <= loss < 1.0
    assert rho * (1.0 - loss) <= min(rho, 1.0) + 1e-9


@TRIED
@given(group=groups(), law=service_laws(), room=st.integers(0, 30))
def test_the_more_come_the_greater_is_the_part_refused(group: Group, law: Law, room: int) -> None:
    rhos = np.linspace(0.1, 2.0, 20)
    loss = limited(group, law, rhos, np.ones(20), room).loss
    assert np.all(np.diff(loss) >= -1e-12)


@TRIED
@given(group=groups(), law=service_laws(), load=st.floats(0.2, 0.95), room=st.integers(0, 12))
def test_a_replica_more_for_the_same_visits_refuses_fewer(group: Group, law: Law, load: float, room: int) -> None:
    count = group.replicas
    fewer = refused(group, law, load, room).loss[0]
    more = Group(servers=group.servers, replicas=count + 1, policy=group.policy)
    assert refused(more, law, load * count / (count + 1), room).loss[0] <= fewer * (1 + 1e-9)


@TRIED
@given(group=groups(), law=service_laws(), load=st.floats(0.05, 0.6))
def test_room_that_is_never_full_changes_nothing(group: Group, law: Law, load: float) -> None:
    network = single(group, law)
    endless, roomy = solve(network, [load]), solve(with_room(network, 10_000), [load])
    assert lost(roomy) == pytest.approx(0.0, abs=1e-13)
    assert roomy.mean_waits == pytest.approx(endless.mean_waits, rel=1e-9)
    assert roomy.stream(0).quantiles(LEVELS) == pytest.approx(endless.stream(0).quantiles(LEVELS), rel=1e-9)


@TRIED
@given(shop=shops(), slots=st.integers(2, 8), room=st.integers(0, 10), load=st.floats(0.3, 1.5))
def test_room_before_slots_refuses_the_fewer_the_more_there_is(shop: Shop, slots: int, room: int, load: float) -> None:
    small, large = (
        solve(shop._replace(threads=slots, backlog=count).network, [load]).reaction.regime.fates.losses.gates[0, 0]
        for count in (room, room + 1)
    )
    assert large <= small * (1 + 1e-6) + 1e-12


@TRIED
@given(shop=shops(), slots=st.integers(2, 8), load=st.floats(0.1, 0.6))
def test_a_backlog_before_slots_that_is_never_full_changes_nothing(shop: Shop, slots: int, load: float) -> None:
    endless, roomy = (solve(shop._replace(threads=slots, backlog=backlog).network, [load]) for backlog in (None, 300))
    if endless.reaction.gates[0].rho[0] < 0.9:
        assert roomy.stream(0).mean == pytest.approx(endless.stream(0).mean, rel=1e-6)
        assert roomy.stream(0).quantiles(LEVELS) == pytest.approx(endless.stream(0).quantiles(LEVELS), rel=1e-3)
