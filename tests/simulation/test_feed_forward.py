"""Networks that are played from arrays: recognised as such, and of the same law as event by event."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from one_by_one import each
from simulated_networks import queue, single

from capplan.queueing.arrays import Array
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import Deterministic, Exponential, Lognormal
from capplan.queueing.network import Call, Choice, Fork, Gate, Network, Patience, Quota, Station, Stream, Task, Visit
from capplan.simulation.batches import play
from capplan.simulation.engine import Replication
from capplan.simulation.feedforward import feed_forward
from capplan.simulation.lines import in_order
from capplan.simulation.loads import Load, Steps, Users
from capplan.simulation.pace import Pace
from capplan.simulation.simulate import network_figures
from capplan.simulation.streams import Sources
from capplan.simulation.windows import Window

PACE = Pace(200.0, 1_600.0)


def tiers(policy: Policy = Policy.RANDOM) -> Network:
    """Everything that can be played from arrays: tiers, choices, forks, errors, asynchronous calls, replicas."""
    web = Group(servers=2, replicas=3, policy=policy, shares=(0.5, 0.3, 0.2))
    log = Task("log", (Visit(Deterministic(0.05), 3),))
    db = Task("db", (Visit(Lognormal(0.6, 2.0), 2),), failure=0.02)
    partner = Task("partner", (Visit(Exponential(0.8)),))
    app = Task("app", (Visit(Exponential(0.5), 1),), (Choice(((0.4, (Call(1),)), (0.2, (Call(2),)))),), failure=0.01)
    branches = ((Call(3, delays=(Deterministic(0.1),)),), (Call(2, count=1.5),))
    steps = (Fork(branches), Call(0, count=1.7, waits=False))
    page = Task("page", (Visit(Exponential(0.3), 0), Visit(Deterministic(0.1), 4)), steps)
    return Network(
        stations=(
            Station("web", web),
            Station("app", Group(servers=3)),
            Station("db", Group(servers=1)),
            Station("log", Group(servers=1)),
            Station("disk", replace(web, servers=1)),
        ),
        tasks=(log, db, partner, app, page),
        streams=(Stream("pages", 4, slope=1.0, scv=2.0), Stream("jobs", 1, base=0.2)),
    )


def by_events(network: Network, load: Load, seed: int) -> Window:
    replication = Replication(network, load, Sources(seed))
    replication.play(PACE.warmup)
    replication.clear()
    replication.play(PACE.window)
    return replication.window()


def by_arrays(network: Network, load: float | Steps, seed: int) -> Window:
    order = feed_forward(network, load)
    assert order is not None
    return play(network, load, Sources(seed), PACE, order)


@pytest.mark.parametrize("servers", [1, 3])
def test_a_single_queue_is_the_same_to_the_last_request(servers: int) -> None:
    network, load = queue(servers, 0.8)
    events, arrays = by_events(network, load, 5), by_arrays(network, load, 5)
    assert np.sort(each(arrays.streams[0].times[0])) == pytest.approx(np.sort(each(events.streams[0].times[0])))
    assert arrays.busy == pytest.approx(events.busy)
    assert (arrays.warmup, arrays.streams[0].begun) == (events.warmup, events.streams[0].begun)


@pytest.mark.parametrize("policy", [Policy.RANDOM, Policy.ROUND_ROBIN, Policy.IP_HASH])
@pytest.mark.parametrize("load", [1.4, Steps(((40.0, 0.8), (60.0, 1.8)))])
def test_both_ways_give_the_same_law(policy: Policy, load: float | Steps) -> None:
    """Every figure of both ways, by Welch's test over replications; a hundred figures, so four deviations."""
    network = tiers(policy)
    seeds = range(6)
    one = [network_figures(by_events(network, load, seed)).numbers for seed in seeds]
    two = [network_figures(by_arrays(network, load, seed + 100)).numbers for seed in seeds]
    assert one[0].keys() == two[0].keys()
    for name in one[0]:
        left, right = _values(one, name), _values(two, name)
        allowed = 5.0 * np.sqrt(left.var(ddof=1) / len(left) + right.var(ddof=1) / len(right)) + 1e-9
        assert abs(left.mean() - right.mean()) <= allowed, name


def _values(figures: list[Mapping[str, float]], name: str) -> Array:
    return np.array([one[name] for one in figures])


NETWORK, LOAD = queue(2, 0.5)
TWICE = replace(NETWORK, tasks=(*NETWORK.tasks, Task("twice", (), (Call(0, count=2.0),))))


@pytest.mark.parametrize(
    ("network", "load"),
    [
        (replace(TWICE, streams=(Stream("r", 1, slope=1.0),)), LOAD),
        (NETWORK, Users(5, Exponential(1.0))),
        (single(Group(servers=1), Exponential(1.0), room=5), 0.5),
        (single(Group(servers=1, sharing=True), Exponential(1.0)), 0.5),
        (single(Group(servers=1, replicas=2, policy=Policy.LEAST_CONNECTIONS), Exponential(1.0)), 0.5),
        (single(Group(servers=1), Exponential(1.0), None, Patience(timeout=5.0)), 0.5),
        (replace(NETWORK, gates=(Gate("threads", Group(servers=5)),)), LOAD),
        (replace(NETWORK, quotas=(Quota((0,), 5.0),)), LOAD),
    ],
    ids=["comes back", "users", "room", "sharing", "looks at queues", "patience", "gate", "quota"],
)
def test_what_is_not_feed_forward_is_played_event_by_event(network: Network, load: Load) -> None:
    assert feed_forward(network, load) is None


def test_too_many_paths_are_played_event_by_event() -> None:
    tasks = [Task("last", (Visit(Exponential(0.01)),))]
    tasks += [Task(f"fan {k}", (), (Call(k), Call(k))) for k in range(30)]
    network = Network(stations=(), tasks=tuple(tasks), streams=(Stream("r", 30, slope=1.0),))
    assert feed_forward(network, 1.0) is None


def test_a_line_serves_in_order_of_arrival() -> None:
    came, work = np.array([0.0, 1.0, 1.5, 9.0]), np.array([3.0, 1.0, 1.0, 1.0])
    assert in_order(came, work, 1).tolist() == [3.0, 4.0, 5.0, 10.0]
    assert in_order(came, work, 2).tolist() == [3.0, 2.0, 3.0, 10.0]
