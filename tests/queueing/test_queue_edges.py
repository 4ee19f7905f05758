"""The solver at the ends of its range: nothing to do, very much of everything, more than can be served."""

import numpy as np
import pytest

from capplan.queueing import balancing, caveats, erlang, laws, meanfield, methods, renewal, throughput
from capplan.queueing.arrays import Array
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.network import Call, Choice, Fork, Network, Station, Stream, Task, Visit
from capplan.queueing.open_network import solve
from capplan.queueing.outcome import Outcome
from capplan.queueing.tails import mixture_quantiles

EXPONENTIAL = laws.Exponential(1.0)


def at(*values: float) -> Array:
    return np.array(values, dtype=float)


def one(group: Group, law: laws.Law, scv: float = 1.0) -> Network:
    """A single station; the load is the arrival rate."""
    return Network(
        stations=(Station(name="queue", group=group),),
        tasks=(Task(name="work", visits=(Visit(law=law, station=0),)),),
        streams=(Stream(name="jobs", task=0, slope=1.0, scv=scv),),
    )


def calling(*steps: Call | Choice | Fork, tasks: tuple[Task, ...], stations: int = 0) -> Network:
    """A root task that makes these steps; stations have one server each."""
    servers = tuple(Station(name=f"s{index}", group=Group(servers=1.0)) for index in range(stations))
    root = Task(name="root", steps=steps)
    return Network(stations=servers, tasks=(*tasks, root), streams=(Stream(name="r", task=len(tasks), slope=1.0),))


def work(station: int, law: laws.Law = EXPONENTIAL) -> Task:
    return Task(name=f"work {station}", visits=(Visit(law=law, station=station),))


def constant(time: float) -> Task:
    return Task(name=f"{time} s", visits=(Visit(law=laws.Deterministic(time)),))


def test_a_service_that_takes_no_time_waits_for_nothing() -> None:
    network = calling(Call(task=0), Call(task=1), tasks=(work(0, laws.Deterministic(0.0)), constant(2.0)), stations=1)
    solved = solve(network, [1.0, 1e9])
    assert np.all(solved.utilisation == 0.0)
    assert np.all(solved.mean_waits == 0.0)
    assert solved.stream(0).mean == pytest.approx([2.0, 2.0])
    assert solved.stream(0).quantiles([0.5, 0.999]) == pytest.approx(np.full((2, 2), 2.0), rel=2e-3)


def test_a_station_where_nobody_comes_is_idle() -> None:
    network = calling(Call(task=0), tasks=(work(0), work(1)), stations=2)
    solved = solve(network, [0.5])
    assert solved.utilisation[0, 1] == 0.0
    assert solved.stays[1].wait is None
    assert solved.stream(0).mean[0] == pytest.approx(2.0)


def test_no_load_at_all_leaves_the_service() -> None:
    solved = solve(one(Group(servers=2.0), EXPONENTIAL), [0.0, 1.0])
    assert solved.utilisation[0, 0] == 0.0
    assert solved.stream(0).mean[0] == pytest.approx(1.0)


def test_a_hundred_thousand_servers() -> None:
    servers = 100_000.0
    solved = solve(one(Group(servers=servers), EXPONENTIAL), [0.999 * servers, 0.9999 * servers])
    exact = erlang.mean_wait(servers, at(0.999, 0.9999) * servers, 1.0)
    assert solved.mean_waits[:, 0] == pytest.approx(exact, rel=1e-11)
    medians = erlang.sojourn_quantile(0.5, servers, at(0.999, 0.9999) * servers, 1.0)
    assert solved.stream(0).quantiles([0.5])[:, 0] == pytest.approx(medians, rel=1e-3)


@pytest.mark.parametrize("unit", [1e-9, 1e-6, 1.0, 1e6, 1e9])
def test_nanoseconds_and_centuries(unit: float) -> None:
    solved = solve(one(Group(servers=3.0), laws.Lognormal(unit, 2.0)), [2.4 / unit])
    reference = solve(one(Group(servers=3.0), laws.Lognormal(1.0, 2.0)), [2.4])
    assert solved.mean_waits[0, 0] == pytest.approx(reference.mean_waits[0, 0] * unit, rel=1e-9)
    assert solved.stream(0).quantiles([0.99])[0, 0] == pytest.approx(
        reference.stream(0).quantiles([0.99])[0, 0] * unit, rel=2e-3
    )


def test_a_saturated_point_is_infinite_and_leaves_the_others_alone() -> None:
    solved = solve(one(Group(servers=2.0), EXPONENTIAL), [1.0, 2.0, 3.0, 1.5])
    tail = solved.stream(0)
    assert solved.saturated[:, 0].tolist() == [False, True, True, False]
    assert solved.passes(0).tolist() == [True, False, False, True]
    assert solved.utilisation[:, 0] == pytest.approx([0.5, 1.0, 1.5, 0.75])
    assert np.isinf(solved.mean_waits[1:3, 0]).all()
    assert np.isinf(tail.mean).tolist() == [False, True, True, False]
    assert np.isinf(tail.quantiles([0.5, 0.99])[1:3]).all()
    assert tail.above(at(1.0, 1.0, 1.0, 1.0))[1:3].tolist() == [1.0, 1.0]
    alone = solve(one(Group(servers=2.0), EXPONENTIAL), [1.5]).stream(0)
    assert tail.quantiles([0.99])[3] == pytest.approx(alone.quantiles([0.99])[0])
    assert np.isinf(float(erlang.sojourn_quantile(0.5, 2.0, 2.0, 1.0)))
    assert float(erlang.mean_wait(2.0, 3.0, 1.0)) == np.inf
    assert float(erlang.erlang_c(2.0, 3.0)) == 1.0


@pytest.mark.parametrize("policy", list(Policy))
@pytest.mark.parametrize("scv", [0.5, 1.0, 2.0])
def test_every_policy_is_infinite_from_saturation_on(policy: Policy, scv: float) -> None:
    group = Group(servers=2.0, replicas=3, policy=policy)
    for law in (EXPONENTIAL, laws.Gamma(1.0, 0.5), laws.Lognormal(1.0, 4.0)):
        wait = balancing.wait(group, law, at(0.9, 1.0, 1.5), at(scv, scv, scv))
        assert np.isfinite(wait.mean[0])
        assert np.isinf(wait.mean[1:]).all()
        assert wait.chance[1:].tolist() == [1.0, 1.0]


def test_the_hottest_replica_saturates_first() -> None:
    group = Group(servers=1.0, replicas=3, policy=Policy.IP_HASH, shares=(0.5, 0.3, 0.2))
    solved = solve(one(group, EXPONENTIAL), [1.9, 2.1])
    assert solved.utilisation[:, 0] == pytest.approx([1.9 / 3, 0.7])
    assert solved.hottest[:, 0] == pytest.approx([0.95, 1.05])
    assert solved.saturated[:, 0].tolist() == [False, True]
    waits = [share * 1.9 / (1.0 - share * 1.9) for share in group.shares]
    mean = sum(share * wait for share, wait in zip(group.shares, waits, strict=True))
    assert solved.mean_waits[0, 0] == pytest.approx(mean)


def test_parallel_branches_at_stations_take_as_long_as_the_slowest() -> None:
    branches = Fork(branches=((Call(task=0),), (Call(task=1),)))
    solved = solve(calling(branches, tasks=(work(0), work(1)), stations=2), [0.5])
    assert solved.stream(0).mean[0] == pytest.approx(3.0, rel=2e-3)
    assert solved.traffic.visits[0].tolist() == [1.0, 1.0, 1.0]


def test_a_request_that_begins_with_parallel_groups_brings_its_burstiness_to_each() -> None:
    """Rough arrivals reach both branches, and what lies behind them."""
    tasks = (work(0, laws.Lognormal(1.0, 2.0)), work(1, laws.Deterministic(1.0)), work(2, laws.Gamma(1.0, 0.5)))
    network = calling(Fork(branches=((Call(task=0),), (Call(task=1),))), Call(task=2), tasks=tasks, stations=3)
    rough = Network(
        stations=network.stations,
        tasks=network.tasks,
        streams=(Stream(name="r", task=3, slope=1.0, scv=2.0),),
    )
    scv = solve(rough, [0.5]).scv[0]
    assert scv[:2] == pytest.approx([2.0, 2.0])
    assert 1.0 < scv[2] < 2.0


def test_asynchronous_first_calls_do_not_hide_the_arrivals_from_the_rest() -> None:
    tasks = (work(0, laws.Deterministic(0.5)), work(1, laws.Lognormal(0.5, 2.0)))
    network = calling(Call(task=0, waits=False), Call(task=1), tasks=tasks, stations=2)
    solved = solve(network, [1.0])
    assert solved.utilisation[0].tolist() == [0.5, 0.5]
    assert solved.scv[0] == pytest.approx([1.0, 1.0], abs=0.3)
    assert solved.stream(0).mean[0] == pytest.approx(0.5 + solved.mean_waits[0, 1])


def test_a_rare_slow_call_far_beyond_the_mean() -> None:
    for chance in (0.01, 1e-6):
        network = calling(
            Choice(options=((chance, (Call(task=0),)),)), Call(task=1), tasks=(constant(50.0), constant(0.01))
        )
        tail = solve(network, [1.0]).stream(0)
        assert tail.mean[0] == pytest.approx(50.0 * chance + 0.01)
        expected = 50.01 if chance > 1e-3 else 0.01
        assert tail.quantiles([0.999])[0, 0] == pytest.approx(expected, rel=2e-3, abs=2.0 * tail.whole.steps[0])


def test_a_rare_visit_to_a_slow_station() -> None:
    tasks = (work(0, laws.Deterministic(50.0)), constant(0.01))
    network = calling(Choice(options=((0.001, (Call(task=0),)),)), Call(task=1), tasks=tasks, stations=1)
    tail = solve(network, [10.0]).stream(0)
    assert tail.mean[0] == pytest.approx(0.01 + 0.001 * (50.0 + 25.0))
    assert np.isfinite(tail.quantiles([0.5, 0.999])).all()


def test_fractional_calls_are_a_mixture_of_whole_ones() -> None:
    solved = solve(calling(Call(task=0, count=2.4), tasks=(constant(1.0),)), [1.0]).stream(0)
    step = float(solved.whole.steps[0])  # a constant is known to its neighbours on the grid
    assert solved.quantiles([0.59, 0.61])[0] == pytest.approx([2.0, 3.0], abs=1.5 * step)
    assert step < 2e-3 * 3.0
    assert solved.mean[0] == pytest.approx(2.4)


def test_many_routes_with_repeat_visits_are_joined_beyond_the_cap() -> None:
    choices = [Choice(options=((0.5, (Call(task=index),)),)) for index in range(5)]
    network = calling(*choices, *choices, tasks=tuple(work(index) for index in range(5)), stations=5)
    solved = solve(network, [0.5])
    assert solved.utilisation[0] == pytest.approx([0.5] * 5)
    assert solved.stream(0).mean[0] == pytest.approx(10.0)
    assert np.isfinite(solved.stream(0).quantiles([0.5, 0.999])).all()


def test_repeat_visits_meet_nearly_the_same_queue() -> None:
    """Back-to-back visits wait alike, far-apart ones do not: the first has the longer tail at the same mean."""
    think = (constant(0.001), constant(300.0))
    tails = []
    for pause in think:
        network = calling(Call(task=0), Call(task=1), Call(task=0), tasks=(work(0), pause), stations=1)
        tails.append(solve(network, [0.4]).stream(0))
    close, apart = (tail.quantiles([0.99])[0, 0] - mean for tail, mean in zip(tails, (0.001, 300.0), strict=True))
    assert close > 1.1 * apart


def test_a_task_listed_before_its_callee_is_refused() -> None:
    with pytest.raises(ValueError, match="listed before"):
        Network(stations=(), tasks=(Task(name="a", steps=(Call(task=1),)), Task(name="b")), streams=())


def test_power_of_two_among_very_many_single_servers_is_the_mean_field() -> None:
    """Mitzenmacher: s_k = rho^(2^k - 1); an arrival joins at level k with probability s_k^2 - s_(k+1)^2."""
    rho = at(0.5, 0.9)
    tails = rho[:, None] ** (2.0 ** np.arange(1, 7) - 1.0)
    joins = tails[:, :-1] ** 2 - tails[:, 1:] ** 2
    assert meanfield.waiting_jobs(1.0, rho)[:, :5] == pytest.approx(joins, rel=1e-6, abs=1e-12)


def test_the_renewal_root_of_poisson_arrivals_is_the_utilisation() -> None:
    rho = np.linspace(0.01, 0.99, 50)
    assert renewal.sigma(rho, np.ones(50)) == pytest.approx(rho, rel=1e-9)
    assert float(renewal.sigma(at(1.2), at(0.5))[0]) == 1.0


def test_a_mixture_needs_only_the_parts_that_have_weight() -> None:
    fine = solve(one(Group(servers=1.0), EXPONENTIAL), [0.5]).stream(0)
    full = solve(one(Group(servers=1.0), EXPONENTIAL), [2.0]).stream(0)
    assert mixture_quantiles([(at(1.0), fine), (at(0.0), full)], [0.9])[0] == pytest.approx(fine.quantiles([0.9])[0])
    assert np.isinf(mixture_quantiles([(at(0.5), fine), (at(0.5), full)], [0.9])).all()


def test_what_gets_through_a_bottleneck_is_what_it_can_serve() -> None:
    """Two stations in series: the second sees only what the first lets through."""
    tasks = (work(0), work(1, laws.Exponential(0.5)))
    network = calling(Call(task=0), Call(task=1), tasks=tasks, stations=2)
    solved = solve(network, [0.5, 4.0])
    flow = throughput.flow(solved.traffic, solved.loads)
    assert flow.busy[0] == pytest.approx([0.5, 0.25])
    assert flow.busy[1] == pytest.approx([1.0, 0.5])
    assert flow.complete[:, -1] == pytest.approx([1.0, 0.25])


def test_runs_succeed_when_all_that_they_wait_for_does() -> None:
    tasks = (constant(1.0), constant(1.0))
    fork = Fork(branches=((Call(task=0),), (Call(task=1, waits=False),)))
    network = calling(fork, Choice(options=((0.5, (Call(task=0, count=1.5),)),)), tasks=tasks)
    done = throughput.completion(network, np.array([[0.9, 0.1, 1.0]]))
    assert done[0, 2] == pytest.approx(0.9 * (1.0 - 0.5 * (1.0 - 0.9 * 0.95)))


def doubts_of(group: Group, law: laws.Law, rho: float, scv: float = 1.0) -> set[str]:
    solved: Outcome = solve(one(group, law, scv), [rho * group.servers * group.replicas / law.mean])
    found = {doubt.code for doubt in caveats.doubts(solved)}
    assert found <= set(methods.CAVEATS)
    return found


def test_results_outside_what_was_measured_carry_a_doubt() -> None:
    assert doubts_of(Group(servers=4.0), EXPONENTIAL, 0.9) == set()
    assert "near-saturation" in doubts_of(Group(servers=4.0), EXPONENTIAL, 0.99)
    assert "rough-service" in doubts_of(Group(servers=4.0), laws.Lognormal(1.0, 12.0), 0.9)
    assert "rough-arrivals" in doubts_of(Group(servers=1.0), laws.Deterministic(1.0), 0.8, 4.0)
    turns = Group(servers=1.0, replicas=20, policy=Policy.ROUND_ROBIN)
    assert "round-robin-smooth" in doubts_of(turns, laws.Gamma(1.0, 0.25), 0.9)
    fork = Fork(branches=((Call(task=0),), (Call(task=1),)))
    solved = solve(calling(fork, tasks=(work(0), work(1)), stations=2), [0.5])
    assert "parallel-mean" in {doubt.code for doubt in caveats.doubts(solved)}
