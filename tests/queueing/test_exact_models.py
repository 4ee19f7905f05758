"""The small exact models: their limits, how they meet each other, and the approximations that they judge."""

import numpy as np
import pytest

from capplan.queueing import balancing, erlang, finite, forkjoin, laws, qbd, sharing, shortest, staged, unequal
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.network import Call, Fork, Network, Station, Stream, Task, Visit
from capplan.queueing.open_network import solve

LEVELS = (0.5, 0.95, 0.99, 0.999)
LOADS = np.linspace(0.05, 0.98, 20)


def test_as_many_places_as_servers_is_erlangs_loss_system() -> None:
    rates = np.array([1.0, 50.0, 95.0, 300.0])
    queue = finite.finite_queue(100, 100, rates, 1.0)
    assert queue.loss == pytest.approx(erlang.erlang_b(100.0, rates), rel=1e-10)
    assert queue.mean_sojourn == pytest.approx(np.ones(4))
    assert queue.wait_chance == pytest.approx(np.zeros(4))
    assert queue.quantiles((0.5,))[:, 0] == pytest.approx([np.log(2.0)] * 4)


def test_very_many_places_are_the_endless_queue() -> None:
    queue = finite.finite_queue(3, 600, np.array([2.4]), 1.0)
    assert float(queue.mean_sojourn[0]) == pytest.approx(1.0 + float(erlang.mean_wait(3.0, 2.4, 1.0)), rel=1e-10)
    assert float(queue.wait_chance[0]) == pytest.approx(float(erlang.erlang_c(3.0, 2.4)), rel=1e-10)
    exact = [float(erlang.sojourn_quantile(level, 3.0, 2.4, 1.0)) for level in LEVELS]
    assert queue.quantiles(LEVELS)[0] == pytest.approx(exact, rel=1e-9)


def test_overload_fills_the_places_and_loses_the_rest() -> None:
    queue = finite.finite_queue(1000, 5000, np.array([5000.0, 1e9]), 0.5)
    assert queue.throughput == pytest.approx([2000.0, 2000.0], rel=1e-9)
    assert queue.utilisation == pytest.approx([1.0, 1.0], rel=1e-9)
    assert queue.loss == pytest.approx([0.6, 1.0 - 2e-6])
    assert float(queue.sojourn.mean[1]) == pytest.approx(float(queue.mean_sojourn[1]))


def test_a_queue_of_length_one_has_a_law_that_is_known() -> None:
    """M/M/1/1: an accepted job only serves; M/M/1/2: half of them may wait for one service."""
    queue = finite.finite_queue(1, 2, np.array([1.0]), 1.0)
    assert queue.states[0] == pytest.approx([1 / 3, 1 / 3, 1 / 3])
    times = np.array([0.5, 1.0, 4.0])
    expected = np.exp(-times) * (1.0 + 0.5 * times)
    found = [float(queue.sojourn.tail(np.array([time]))[0]) for time in times]
    assert found == pytest.approx(expected)


def test_endless_patience_is_erlang_c_and_none_at_all_is_erlang_b() -> None:
    patient = finite.impatient_queue(10, np.array([8.0]), 1.0, 1e9)
    assert float(patient.wait_chance[0]) == pytest.approx(float(erlang.erlang_c(10.0, 8.0)), rel=1e-6)
    assert float(patient.mean_wait[0]) == pytest.approx(float(erlang.mean_wait(10.0, 8.0, 1.0)), rel=1e-6)
    hasty = finite.impatient_queue(10, np.array([8.0]), 1.0, 1e-9)
    assert float(hasty.abandon[0]) == pytest.approx(float(erlang.erlang_b(10.0, 8.0)), rel=1e-6)


def test_with_patience_like_the_service_everybody_is_served_at_once() -> None:
    """theta = mu makes the number present Poisson, whatever the number of servers."""
    queue = finite.impatient_queue(10, np.array([8.0, 25.0]), 1.0, 1.0)
    for row, offered in enumerate((8.0, 25.0)):
        states = staged.poisson(np.array([offered]), 200)[0]
        assert float(queue.wait_chance[row]) == pytest.approx(states[10:].sum(), rel=1e-9)
        assert float(queue.queue[row]) == pytest.approx(states[10:] @ np.arange(190), rel=1e-9)


def test_sharing_one_server_and_very_many() -> None:
    assert float(sharing.stretch(1.0, 0.8)) == pytest.approx(5.0)
    assert float(sharing.stretch(1000.0, 0.5)) == pytest.approx(1.0)
    assert float(sharing.stretch(4.0, 1.0)) == np.inf
    queue = 1.0 + float(erlang.mean_wait(4.0, 3.2, 1.0))
    assert float(sharing.stretch(4.0, 0.8)) == pytest.approx(queue)


def test_a_class_without_demand_spends_nothing_even_where_others_saturate() -> None:
    found = sharing.residences(np.array([[2.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 0.5]]), np.array([1.0, 1.0]))
    assert found[0].tolist() == [[np.inf, 0.0], [0.0, 1.0]]


def test_one_branch_is_m_m_1_and_more_branches_take_longer() -> None:
    assert forkjoin.mean_response(1, LOADS) == pytest.approx(1.0 / (1.0 - LOADS))
    means = np.stack([forkjoin.mean_response(k, LOADS) for k in range(1, 33)])
    assert np.all(np.diff(means, axis=0) > 0.0)
    harmonic = np.cumsum(1.0 / np.arange(1, 33))[:, None]
    assert np.all(means <= harmonic / (1.0 - LOADS) * (1 + 1e-12))
    assert forkjoin.mean_response(2, np.array([1.0]))[0] == np.inf


@pytest.mark.parametrize("rho", [0.1, 0.5, 0.8])
def test_the_law_of_two_branches_has_the_mean_of_flatto_and_hahn(rho: float) -> None:
    law = forkjoin.fork_of_two(rho, 2.0)
    times = np.linspace(0.0, 60.0 / (1.0 - rho), 6001)
    tail = np.concatenate([law.tail(part) for part in np.array_split(times, 60)])
    mean = float(np.sum(0.5 * (tail[1:] + tail[:-1]) * np.diff(times)))
    assert mean == pytest.approx(float(forkjoin.mean_response(2, np.array([rho]), 2.0)[0]), rel=2e-4)


@pytest.mark.parametrize("rho", [0.3, 0.7, 0.9])
def test_the_solvers_fork_is_pessimistic_by_little(rho: float) -> None:
    """Branches taken as independent: never below the exact percentiles, and within 3 % at the tail."""
    tasks = tuple(Task(name=f"t{i}", visits=(Visit(law=laws.Exponential(1.0), station=i),)) for i in (0, 1))
    fork = Fork(branches=((Call(task=0),), (Call(task=1),)))
    network = Network(
        stations=tuple(Station(name=f"s{i}", group=Group(servers=1.0)) for i in (0, 1)),
        tasks=(*tasks, Task(name="root", steps=(fork,))),
        streams=(Stream(name="r", task=2, slope=1.0),),
    )
    found, exact = solve(network, [rho]).stream(0).quantiles(LEVELS)[0], forkjoin.fork_of_two(rho).quantiles(LEVELS)
    assert np.all(found >= exact * (1 - 1e-3))
    assert np.all(found[1:] <= exact[1:] * 1.03)


def test_the_shorter_of_two_lies_between_one_shared_queue_and_chance() -> None:
    pair = shortest.shortest_of_two(LOADS)
    pooled, random = erlang.mean_wait(2.0, 2.0 * LOADS, 1.0), LOADS / (1.0 - LOADS)
    assert np.all(pooled < pair.mean_wait)
    assert np.all(pair.mean_wait < random)
    assert np.all(erlang.erlang_c(2.0, 2.0 * LOADS) >= pair.chance)
    heavy = shortest.shortest_of_two(np.array([0.9999]))
    assert float(heavy.mean_wait[0]) == pytest.approx(float(erlang.mean_wait(2.0, 1.9998, 1.0)), rel=1e-3)


def test_the_law_of_the_shorter_queue_has_its_mean_and_ends_at_saturation() -> None:
    loads = np.array([0.01, 0.5, 0.99, 1.0, 1.3])
    pair = shortest.shortest_of_two(loads, 3.0)
    law = staged.StagedTime(rate=1 / 3.0, alive=pair.alive[:3], ratio=loads[:3] ** 2)
    assert law.mean == pytest.approx(pair.mean_sojourn[:3], rel=1e-9)
    assert np.isinf(pair.mean_wait[3:]).all()
    assert np.isinf(pair.sojourn((0.5,))[3:]).all()
    assert pair.chance[3:].tolist() == [1.0, 1.0]


def test_the_closed_form_of_least_connections_is_within_three_per_cent_of_the_exact_pair() -> None:
    group = Group(servers=1.0, replicas=2, policy=Policy.LEAST_CONNECTIONS)
    wait = balancing.wait(group, laws.Exponential(1.0), LOADS, np.ones_like(LOADS))
    pair = shortest.shortest_of_two(LOADS)
    assert wait.chance == pytest.approx(pair.chance, rel=0.03)
    assert wait.mean == pytest.approx(pair.mean_wait, rel=0.03)


def test_equal_replicas_behind_plain_least_connections_are_nearly_the_shorter_of_two() -> None:
    even = unequal.plain_least_connections((1, 1), 2.0 * LOADS, 1.0)
    pair = shortest.shortest_of_two(LOADS)
    assert even.mean_sojourn == pytest.approx(pair.mean_sojourn, rel=0.02)
    assert even.quantiles(LEVELS) == pytest.approx(pair.sojourn(LEVELS), rel=0.05)
    assert even.shares == pytest.approx(np.full((20, 2), 0.5))


def test_small_replicas_get_more_than_their_part() -> None:
    group = unequal.plain_least_connections((2, 8), np.array([0.5, 5.0, 9.5]), 1.0)
    assert np.all(group.shares[:, 0] > 0.2)
    assert group.shares.sum(axis=1) == pytest.approx(np.ones(3))
    assert np.all(np.diff(group.shares[:, 0]) < 0.0)


def test_a_chain_of_one_phase_is_m_m_1() -> None:
    up, down = np.array([[[0.7]], [[0.2]]]), np.array([[[1.0]], [[1.0]]])
    empty, rate = qbd.stationary(up, -up - down, down, -up)
    assert rate[:, 0, 0] == pytest.approx([0.7, 0.2])
    assert empty[:, 0] == pytest.approx([0.3, 0.8])


def test_staged_times_are_erlang_where_the_number_is_fixed() -> None:
    law = staged.StagedTime(rate=2.0, alive=np.ones((1, 3)), ratio=np.zeros(1))
    assert float(law.mean[0]) == pytest.approx(1.5)
    x = 2.0 * 1.7
    assert float(law.tail(np.array([1.7]))[0]) == pytest.approx(np.exp(-x) * (1 + x + x * x / 2))
    assert float(law.tail(np.zeros(1))[0]) == pytest.approx(1.0)


def test_staged_times_are_exponential_where_every_event_may_be_the_last() -> None:
    law = staged.StagedTime(rate=5.0, alive=np.array([[1.0, 0.8]]), ratio=np.array([0.8]))
    assert float(law.quantile(0.99)[0]) == pytest.approx(-np.log(0.01), rel=1e-10)
    assert float(law.mean[0]) == pytest.approx(1.0)
