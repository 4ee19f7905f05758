"""What each feature of a network does, seen in small networks whose behaviour is known."""

from collections import Counter
from dataclasses import replace

import pytest
from one_by_one import each
from simulated_networks import queue, single

from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import Deterministic, Exponential
from capplan.queueing.network import Call, Choice, Fork, Gate, Network, Patience, Quota, Station, Stream, Task, Visit
from capplan.simulation.agenda import vanish
from capplan.simulation.calls import NOBODY
from capplan.simulation.engine import Replication
from capplan.simulation.loads import Steps
from capplan.simulation.patience import Budget
from capplan.simulation.runs import begun
from capplan.simulation.simulate import simulate
from capplan.simulation.spread import chooser
from capplan.simulation.streams import Sources

EVEN = (0.25, 0.25, 0.25, 0.25)
UNEVEN = (0.1, 0.2, 0.3, 0.4)


def chosen(policy: Policy, number: list[int], shares: tuple[float, ...] = ()) -> list[float]:
    """How often each replica is chosen while so many are at each."""
    group = Group(servers=1, replicas=len(number), policy=policy, shares=shares)
    choose = chooser(group, number, Sources(1).uniform("replica"))
    keys = Sources(1).uniform("keys")
    counts = Counter(choose(begun(vanish, NOBODY, keys())) for _ in range(8_000))
    return [counts[replica] / 8_000 for replica in range(len(number))]


@pytest.mark.parametrize("policy", [Policy.RANDOM, Policy.ROUND_ROBIN, Policy.IP_HASH])
@pytest.mark.parametrize("shares", [(), UNEVEN])
def test_these_policies_send_by_share(policy: Policy, shares: tuple[float, ...]) -> None:
    exact = 1e-3 if policy is Policy.ROUND_ROBIN else 0.02
    assert chosen(policy, [9, 0, 0, 0], shares) == pytest.approx(shares or EVEN, abs=exact)


def test_least_connections_takes_the_fewest_and_ties_at_random() -> None:
    assert chosen(Policy.LEAST_CONNECTIONS, [3, 1, 2, 4]) == [0.0, 1.0, 0.0, 0.0]
    assert chosen(Policy.LEAST_CONNECTIONS, [3, 1, 1, 4]) == pytest.approx([0.0, 0.5, 0.5, 0.0], abs=0.02)
    assert chosen(Policy.LEAST_CONNECTIONS, [5] * 18 + [1, 1])[18:] == pytest.approx([0.5, 0.5], abs=0.02)


def test_power_of_two_takes_the_less_loaded_of_two_different_ones() -> None:
    assert chosen(Policy.POWER_OF_TWO, [1, 2, 3, 4]) == pytest.approx([3 / 6, 2 / 6, 1 / 6, 0.0], abs=0.02)
    assert chosen(Policy.POWER_OF_TWO, [1, 0]) == [0.0, 1.0]


def test_an_address_always_goes_to_the_same_replica() -> None:
    """Two visits of one request, first to the service and then, in another call, to it again."""
    group = Group(servers=10**6, replicas=4, policy=Policy.IP_HASH)
    seen = Task("seen", (Visit(Exponential(1.0), 0),))
    page = Task("page", (), (Fork(((Call(0),), (Call(0),))),))
    network = Network(stations=(Station("app", group),), tasks=(seen, page), streams=(Stream("pages", 1, slope=1.0),))
    replication = Replication(network, 0.05, Sources(1))
    doubles = 0
    for _ in range(20_000):
        replication.play(0.1)
        number = sorted(replication.programs.queues[0].number)
        doubles += number[-1] >= 2
        if sum(number) == 2:
            assert number[-1] == 2 or replication.clients.counts[0].begun - replication.clients.counts[0].ended > 1
    assert doubles > 100


def test_a_run_stays_at_the_replica_of_its_gate() -> None:
    """A thread on each of two machines: their processors are never asked for more than one visit at a time."""
    group = Group(servers=1, replicas=2)
    task = Task("app", (Visit(Exponential(1.0), 0), Visit(Exponential(1.0), 1)), gate=0)
    network = Network(
        stations=(Station("cpu", group), Station("disk", group)),
        tasks=(task,),
        streams=(Stream("requests", 0, slope=1.0),),
        gates=(Gate("threads", group),),
    )
    found = simulate(network, 0.6, requests=20_000)
    assert found["held 0"].value == pytest.approx(found["busy 0"].value + found["busy 1"].value, abs=2e-3)


def test_a_slot_is_held_while_the_callee_works() -> None:
    db = Task("db", (Visit(Deterministic(2.0)),))
    app = Task("app", (Visit(Deterministic(1.0)),), (Call(0, delays=(Deterministic(0.5),)),), gate=0)
    network = Network(
        stations=(), tasks=(db, app), streams=(Stream("r", 1, slope=1.0),), gates=(Gate("t", Group(servers=10)),)
    )
    found = simulate(network, 1.0, requests=5_000)
    assert found["held 0"].value == pytest.approx(3.5 * found["throughput"].value / 10, rel=0.01)
    assert found["mean"].value == pytest.approx(3.5, rel=0.02)


def test_what_nobody_waits_for_costs_no_time_but_work() -> None:
    log = Task("log", (Visit(Deterministic(0.2), 0),))
    app = Task("app", (Visit(Deterministic(1.0)),), (Call(0, count=2.0, waits=False),))
    network = Network(
        stations=(Station("log", Group(servers=1)),), tasks=(log, app), streams=(Stream("r", 1, slope=1.0),)
    )
    found = simulate(network, 1.0, requests=5_000)
    assert found["p99.9"].value == pytest.approx(1.0)
    assert found["busy 0"].value == pytest.approx(0.4, rel=0.05)


def test_counts_choices_and_forks_take_their_part() -> None:
    one, two = Task("one", (Visit(Deterministic(1.0)),)), Task("two", (Visit(Deterministic(2.0)),))
    choice = Choice(((0.25, (Call(0),)), (0.5, (Call(1),))))
    page = Task("page", (), (Call(0, count=2.4), choice, Fork(((Call(0), Call(0)), (Call(1),), ()))))
    network = Network(stations=(), tasks=(one, two, page), streams=(Stream("r", 2, slope=1.0),))
    found = simulate(network, 5.0, requests=20_000)
    assert found["mean"].value == pytest.approx(2.4 + 0.25 + 1.0 + 2.0, rel=0.01)
    assert found["task 0 rate"].value == pytest.approx(5.0 * (2.4 + 0.25 + 2.0), rel=0.03)


def test_an_error_is_passed_on_after_all_the_work() -> None:
    db = Task("db", (Visit(Deterministic(1.0)),), failure=0.1)
    app = Task("app", (), (Call(0, count=2.0),), failure=0.2)
    network = Network(stations=(), tasks=(db, app), streams=(Stream("r", 1, slope=1.0),))
    found = simulate(network, 5.0, requests=20_000)
    assert found["success"].value == pytest.approx(0.8 * 0.9**2, abs=0.01)
    assert found["errors"].value == pytest.approx(1.0 - found["success"].value)
    assert found["task 0 rate"].value == pytest.approx(10.0, rel=0.03)


def test_a_refusal_ends_the_run_of_the_caller() -> None:
    """The database has no room at all: the second step is never reached, and its caller counts as refused."""
    db = Task("db", (Visit(Exponential(1.0), 0),))
    after = Task("after", (Visit(Deterministic(0.1)),))
    app = Task("app", (), (Call(0), Call(1)))
    network = Network(
        stations=(Station("db", Group(servers=1), room=0),),
        tasks=(db, after, app),
        streams=(Stream("r", 2, slope=1.0),),
    )
    found = simulate(network, 1.0, requests=20_000)
    assert found["refused"].value == pytest.approx(0.5, abs=0.01)
    assert found["task 1 rate"].value == pytest.approx(found["throughput"].value * found["success"].value, rel=1e-2)


def test_abandoned_work_goes_on() -> None:
    network = single(Group(servers=10), Deterministic(2.0), None, Patience(timeout=1.0, retries=2))
    found = simulate(network, 1.0, requests=10_000)
    assert (found["success"].value, found["timed out"].value) == (0.0, 1.0)
    assert found["busy 0"].value == pytest.approx(3 * 2.0 / 10, rel=0.05)


def test_an_answer_at_the_last_instant_is_in_time() -> None:
    network = single(Group(servers=50), Deterministic(1.0), None, Patience(timeout=1.0))
    assert simulate(network, 1.0, requests=5_000)["success"].value == 1.0


@pytest.mark.parametrize(("budget", "attempts"), [(float("inf"), 4.0), (0.2, 1.2), (0.0, 1.0)])
def test_a_budget_limits_the_repeats(budget: float, attempts: float) -> None:
    network = single(Group(servers=10), Deterministic(0.1), None, Patience(retries=3, backoff=0.1, budget=budget))
    network = replace(network, tasks=(network.tasks[0]._replace(failure=1.0 - 1e-12),))
    found = simulate(network, 10.0, requests=50_000)
    assert found["task 0 rate"].value / found["throughput"].value == pytest.approx(attempts, rel=0.02)


def test_a_budget_saves_up_a_hundred_repeats_at_most() -> None:
    budget = Budget(0.5)
    for _ in range(10_000):
        budget.first()
    assert sum(budget.repeat() for _ in range(1_000)) == 100


def test_a_pause_is_between_half_and_one_and_a_half_of_the_backoff() -> None:
    network = single(Group(servers=100), Deterministic(1.0), None, Patience(retries=1, backoff=4.0))
    network = replace(network, tasks=(network.tasks[0]._replace(failure=0.999999),))
    replication = Replication(network, 0.5, Sources(1))
    replication.play(4_000.0)
    times = each(replication.window().streams[0].times[1])
    assert 4.0 <= min(times) < 4.2
    assert 7.8 < max(times) <= 8.0


def test_a_quota_lets_through_its_rate() -> None:
    network, load = queue(4, 0.5, Exponential(0.01))
    found = simulate(replace(network, quotas=(Quota((0,), 120.0),)), load, requests=40_000)
    assert load == 200.0
    assert found["success"].value == pytest.approx(0.6, abs=0.02)
    assert found["busy 0"].value == pytest.approx(0.3, rel=0.04)


def test_connections_limit_what_is_under_way() -> None:
    db = Task("db", (Visit(Exponential(1.0)),))
    app = Task("app", (), (Call(0, pool=0),))
    network = Network(
        stations=(), tasks=(db, app), streams=(Stream("r", 1, slope=1.0),), gates=(Gate("pool", Group(servers=1)),)
    )
    found = simulate(network, 0.6, requests=40_000)
    assert found["held 0"].value == pytest.approx(0.6, rel=0.05)
    assert found["mean"].low <= 2.5 <= found["mean"].high


def test_a_load_in_steps_keeps_its_rates() -> None:
    network = single(Group(servers=1000), Deterministic(0.001))
    replication = Replication(network, Steps(((100.0, 2.0), (50.0, 10.0), (25.0, 0.0))), Sources(1))
    counts = []
    for _ in range(20):
        for seconds in (100.0, 50.0, 25.0):
            before = replication.clients.counts[0].begun
            replication.play(seconds)
            counts.append(replication.clients.counts[0].begun - before)
    assert sum(counts[0::3]) == pytest.approx(20 * 200, rel=0.05)
    assert sum(counts[1::3]) == pytest.approx(20 * 500, rel=0.05)
    assert sum(counts[2::3]) == 0


@pytest.mark.parametrize(("scv", "waits"), [(0.25, 0.5), (4.0, 2.0)])
def test_rough_arrivals_wait_longer(scv: float, waits: float) -> None:
    network, load = queue(1, 0.6)
    rough = replace(network, streams=(network.streams[0]._replace(scv=scv),))
    ratio = (simulate(rough, load)["mean"].value - 1.0) / 1.5
    assert (ratio < 0.7) if waits < 1.0 else (ratio > 1.5)


@pytest.mark.parametrize("patience", [Patience(), Patience(timeout=60.0, retries=1)])
def test_chains_of_calls_may_be_longer_than_pythons_stack(patience: Patience) -> None:
    tasks = [Task("last", (Visit(Deterministic(1.0)),))]
    tasks += [Task(f"link {k}", (), (Call(k, patience=patience),)) for k in range(3_000)]
    network = Network(stations=(), tasks=tuple(tasks), streams=(Stream("r", len(tasks) - 1, slope=1.0),))
    assert simulate(network, 1.0, requests=100, replications=2)["mean"].value == pytest.approx(1.0)
