"""Laws of every simulation: nothing is lost, the seed decides, and what is not used changes nothing."""

from dataclasses import replace
from typing import Any, ClassVar

import joblib
import pytest
from one_by_one import each
from simulated_networks import queue, single

from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import Deterministic, Exponential, Lognormal
from capplan.queueing.network import (
    Call,
    Choice,
    Fork,
    Gate,
    Network,
    Patience,
    Quota,
    Station,
    Stream,
    Task,
    Visit,
)
from capplan.simulation.engine import Replication
from capplan.simulation.estimates import estimate
from capplan.simulation.loads import Load, Steps, Users
from capplan.simulation.processes import parallel
from capplan.simulation.replications import Outlook, Plan, Played, Player, replicate
from capplan.simulation.simulate import network_figures, simulate
from capplan.simulation.streams import Sources

IMPATIENT = Patience(timeout=3.0, retries=2, backoff=0.5, budget=0.5)


def everything(policy: Policy = Policy.LEAST_CONNECTIONS) -> Network:
    """A network that uses every feature."""
    app = Group(servers=4, replicas=2, policy=policy, shares=(0.4, 0.6))
    stations = (
        Station("cpu", replace(app, servers=2, sharing=True), room=6),
        Station("db", Group(servers=3), room=20),
        Station("log", Group(servers=1)),
    )
    log = Task("log", (Visit(Deterministic(0.1), 2),))
    db = Task("db", (Visit(Lognormal(0.5, 2.0), 1),), failure=0.01)
    partner = Task("partner", (Visit(Exponential(0.8)),))
    reads = (Call(1, count=1.4, pool=1, patience=IMPATIENT), Call(0, count=2.5, waits=False))
    steps = (
        Choice(((0.3, (Call(2, delays=(Deterministic(0.05),)),)),)),
        Fork(((Call(1, patience=IMPATIENT),), reads)),
    )
    page = Task("page", (Visit(Exponential(0.5), 0),), steps, gate=0)
    return Network(
        stations=stations,
        tasks=(log, db, partner, page),
        streams=(Stream("pages", 3, slope=1.0, scv=3.0, patience=IMPATIENT), Stream("jobs", 1, base=0.2, scv=0.5)),
        gates=(Gate("threads", replace(app, servers=4), room=5), Gate("connections", replace(app, servers=3))),
        quotas=(Quota((2,), 0.4),),
    )


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize("rate", [1.0, 3.0])
def test_every_request_that_enters_leaves_once(policy: Policy, rate: float) -> None:
    """After a while nothing more arrives, and all that was begun ends: served, failed, refused or given up."""
    network = everything(policy)
    network = replace(network, streams=(network.streams[0], network.streams[1]._replace(base=0.0, slope=0.2)))
    replication = Replication(network, Steps(((500.0, rate), (1e9, 0.0))), Sources(1))
    replication.play(5_000.0)
    for count in replication.clients.counts:
        assert count.begun > 50
        assert count.ended == count.begun
    assert all(number == 0 for queue in replication.programs.queues for number in queue.number)
    assert all(number == 0 for gate in replication.programs.gates for number in gate.number)
    assert sum(queue.unfinished() for queue in replication.programs.queues) == pytest.approx(0.0, abs=1e-6)


def test_users_are_never_lost() -> None:
    replication = Replication(everything(), Users(25, Exponential(4.0)), Sources(3))
    replication.play(2_000.0)
    count = replication.clients.counts[0]
    assert 0 <= count.begun - count.ended <= 25


def told(played: Played) -> list[Any]:
    """Everything that the replications say."""
    samples = [[column.tolist() for sample in one.samples.values() for column in sample] for one in played.figures]
    return [played.interrupted, [one.numbers for one in played.figures], samples]


@pytest.mark.parametrize("load", [1.5, Users(10, Exponential(4.0)), Steps(((50.0, 0.5), (50.0, 2.0)))])
def test_the_seed_decides_and_nothing_else(load: Load) -> None:
    player = Player(everything(), load, 300.0, 7, network_figures)
    once = told(replicate(player, Plan(replications=4, seed=7)))
    assert told(replicate(player, Plan(replications=4, seed=7))) == once
    other = replicate(Player(everything(), load, 300.0, 8, network_figures), Plan(replications=4, seed=8))
    assert told(other) != once


def test_processes_do_not_change_the_result() -> None:
    player = Player(everything(), 1.5, 300.0, 7, network_figures)
    plan = Plan(replications=4, seed=7)
    assert told(replicate(player, plan, parallel(2))) == told(replicate(player, plan))


class Cluster(joblib.parallel.ThreadingBackend):
    """A backend that hands out nothing before all is done, as Ray's, and tells calls apart by their hash, as Dask's."""

    supports_return_generator = False
    called: ClassVar[set[int]] = set()

    def submit(self, func: Any, callback: Any = None) -> Any:
        self.called.update(hash(one) for one, _, _ in func.items)
        return super().submit(func, callback)


def test_a_cluster_does_not_change_the_result() -> None:
    player, plan = Player(everything(), 1.5, 300.0, 7, network_figures), Plan(replications=4, seed=7)
    joblib.register_parallel_backend("cluster", Cluster)
    with joblib.parallel_config(backend="cluster", n_jobs=2):
        assert told(replicate(player, plan, parallel())) == told(replicate(player, plan))
    assert len(Cluster.called) == 1


def test_another_component_does_not_shift_the_draws_of_the_first() -> None:
    network, load = queue(2, 0.7)
    more = replace(
        network,
        stations=(*network.stations, Station("other", Group(servers=1))),
        tasks=(*network.tasks, Task("other", (Visit(Exponential(0.5), 1),))),
        streams=(*network.streams, Stream("others", 1, slope=0.5)),
    )
    assert _times(more, load) == _times(network, load)


def test_limits_that_are_never_reached_change_nothing() -> None:
    plain = single(Group(servers=2), Exponential(1.0))
    limited = single(Group(servers=2), Exponential(1.0), 10**6, Patience(timeout=1e6, retries=3, backoff=1.0))
    gated = replace(plain, tasks=(plain.tasks[0]._replace(gate=0),), gates=(Gate("threads", Group(servers=10**6)),))
    unlimited = replace(plain, quotas=(Quota((0,), 1e9),))
    for network in (limited, gated, unlimited):
        assert _times(network, 1.4) == _times(plain, 1.4)


def _times(network: Network, load: Load) -> list[float]:
    replication = Replication(network, load, Sources(1))
    replication.play(500.0)
    return list(each(replication.window().streams[0].times[0]))


def test_more_replications_are_played_until_it_is_precise() -> None:
    network, load = queue(1, 0.6)
    player = Player(network, load, 200.0, 1, network_figures)
    seen: list[Outlook] = []
    played = replicate(player, Plan(precision=0.08, sample=""), watch=seen.append)
    found = played.percentile("", 0.99)
    assert found is not None
    assert found.precision <= 0.08
    assert len(played.figures) > 10
    assert [outlook.done for outlook in seen] == list(range(1, len(played.figures) + 1))


def test_who_stops_it_keeps_what_there_is() -> None:
    network, load = queue(1, 0.6)
    player = Player(network, load, 200.0, 1, network_figures)

    def stop(outlook: Outlook) -> None:
        if outlook.done == 3:
            raise KeyboardInterrupt

    played = replicate(player, Plan(), watch=stop)
    assert played.interrupted
    assert len(played.figures) == 3
    with pytest.raises(KeyboardInterrupt):
        replicate(player, Plan(), watch=lambda outlook: stop(outlook._replace(done=3)))


def test_an_interval_is_students() -> None:
    found = estimate([1.0, 2.0, 3.0, 4.0])
    assert found.value == 2.5
    assert found.high - found.value == pytest.approx(3.182446 * 1.290994 / 2.0, rel=1e-6)
    alone = estimate([2.0])
    assert (alone.value, alone.precision) == (2.0, float("inf"))


def test_a_network_without_requests_is_refused() -> None:
    network, _ = queue(1, 0.5)
    with pytest.raises(ValueError, match="no requests"):
        simulate(network, 0.0)


def test_parts_of_servers_are_refused() -> None:
    with pytest.raises(ValueError, match="whole number"):
        simulate(single(Group(servers=1.5), Exponential(1.0)), 1.0)
