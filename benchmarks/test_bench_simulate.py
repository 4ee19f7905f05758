"""A simulation beside Ciw, the discrete-event simulator of queueing networks in Python, in visits per second.

Three tiers are the same network in both. The other network is one that Ciw has no words for: the balancer's policy and
the stations are the same, but it plays neither the threads nor the connections nor the repeats.
"""

from collections.abc import Callable
from dataclasses import replace
from time import process_time
from typing import Any

import ciw  # type: ignore[import-untyped]
import pytest

from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import Exponential
from capplan.queueing.network import Call, Gate, Network, Patience, Station, Stream, Task, Visit
from capplan.simulation.batches import play
from capplan.simulation.engine import Replication
from capplan.simulation.fast.jit import COMPILES
from capplan.simulation.fast.replication import TableReplication
from capplan.simulation.feedforward import feed_forward
from capplan.simulation.pace import Pace
from capplan.simulation.streams import Sources

ROUNDS = 3
TIERS = ((4, 0.25), (16, 1.0), (8, 0.5))
"""(servers, mean service) of each tier; the load is 10."""


def tiers() -> Network:
    """Three tiers that every request passes."""
    return Network(
        stations=tuple(Station(f"tier {k}", Group(servers=servers)) for k, (servers, _) in enumerate(TIERS)),
        tasks=(Task("request", tuple(Visit(Exponential(mean), k) for k, (_, mean) in enumerate(TIERS))),),
        streams=(Stream("requests", 0, slope=1.0),),
    )


def balanced() -> Network:
    """Least connections to four replicas with threads, and a database behind connections, with repeats; load 11."""
    app = Group(servers=4, replicas=4, policy=Policy.LEAST_CONNECTIONS)
    db = Task("db", (Visit(Exponential(0.8), 1),))
    patience = Patience(timeout=8.0, retries=2, backoff=0.5)
    page = Task("page", (Visit(Exponential(1.0), 0),), (Call(0, pool=1, patience=patience),), gate=0)
    return Network(
        stations=(Station("app", app), Station("db", Group(servers=12))),
        tasks=(db, page),
        streams=(Stream("pages", 1, slope=1.0),),
        gates=(Gate("threads", replace(app, servers=16)), Gate("pool", replace(app, servers=5))),
    )


def by_arrays(seconds: float) -> float:
    """Visits per second of the three tiers."""
    network = tiers()
    order = feed_forward(network, 10.0)
    assert order is not None
    began = process_time()
    window = play(network, 10.0, Sources(1), Pace(0.0, seconds), order)
    return sum(sum(task.visits) for task in window.tasks) / (process_time() - began)


def by_events(network: Network, load: float, seconds: float) -> float:
    """Visits per second of a network, event by event."""
    replication = Replication(network, load, Sources(1))
    began = process_time()
    replication.play(seconds)
    return sum(sum(task.visits) for task in replication.window().tasks) / (process_time() - began)


def compiled(network: Network, load: float, seconds: float) -> tuple[float, float]:
    """(requests, visits) per second of a network on tables; the first second, in which it is compiled, is not timed."""
    replication = TableReplication(network, load, Sources(1))
    replication.play(1.0)
    replication.clear()
    began = process_time()
    replication.play(seconds)
    window = replication.window()
    took = process_time() - began
    return sum(stream.begun for stream in window.streams) / took, sum(sum(task.visits) for task in window.tasks) / took


def by_ciw(network: Any, seconds: float, entries: int = 0) -> float:
    """Visits per second of a network in Ciw, without those of nodes that only let requests in."""
    ciw.seed(1)
    simulation = ciw.Simulation(network)
    began = process_time()
    simulation.simulate_until_max_time(seconds)
    took = process_time() - began
    return sum(1 for record in simulation.get_all_records() if record.node > entries) / took


def ciw_tiers() -> Any:
    """The three tiers in Ciw."""
    return ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(10.0), None, None],
        service_distributions=[ciw.dists.Exponential(1.0 / mean) for _, mean in TIERS],
        number_of_servers=[servers for servers, _ in TIERS],
        routing=[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]],
    )


def ciw_balanced() -> Any:
    """The shortest of four queues, then the database: a node that lets requests in, the replicas, the database."""
    shortest = ciw.routing.JoinShortestQueue(destinations=[2, 3, 4, 5], tie_break="random")
    onward = [ciw.routing.Direct(to=6) for _ in range(4)]
    return ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(11.0), *[None] * 5],
        service_distributions=[
            ciw.dists.Deterministic(0.0),
            *[ciw.dists.Exponential(1.0)] * 4,
            ciw.dists.Exponential(1.25),
        ],
        number_of_servers=[float("inf"), 4, 4, 4, 4, 12],
        routing=ciw.routing.NetworkRouting(routers=[shortest, *onward, ciw.routing.Leave()]),
    )


def ratio(ours: Callable[[], float], theirs: Callable[[], float]) -> tuple[float, float, float]:
    """(how many times as fast, our visits per second, theirs), the medians of runs in turn."""
    pairs = [(ours(), theirs()) for _ in range(ROUNDS)]
    mine, others = (sorted(column)[ROUNDS // 2] for column in zip(*pairs, strict=True))
    return mine / others, mine, others


def test_simulation_beside_ciw(capsys: Any) -> None:
    found = {
        "three tiers, from arrays (aim 60)": ratio(lambda: by_arrays(20_000.0), lambda: by_ciw(ciw_tiers(), 300.0)),
        "three tiers, event by event": ratio(
            lambda: by_events(tiers(), 10.0, 1_500.0), lambda: by_ciw(ciw_tiers(), 300.0)
        ),
        "least connections, pools, repeats (aim 12)": ratio(
            lambda: by_events(balanced(), 11.0, 1_500.0), lambda: by_ciw(ciw_balanced(), 250.0, entries=1)
        ),
    }
    with capsys.disabled():
        print()
        for name, (times, mine, others) in found.items():
            print(f"  {name}: {times:.0f} x Ciw ({mine:,.0f} beside {others:,.0f} visits a second)")


@pytest.mark.skipif(not COMPILES, reason="needs numba: pip install 'capplan[fast]'")
def test_compiled_simulation(capsys: Any) -> None:
    networks = {"three tiers (aim 600,000)": (tiers(), 10.0), "least connections, pools, repeats": (balanced(), 11.0)}
    found = {name: sorted(compiled(*one, 30_000.0) for _ in range(ROUNDS)) for name, one in networks.items()}
    with capsys.disabled():
        print()
        for name, speeds in found.items():
            requests, visits = speeds[ROUNDS // 2]
            print(f"  {name}, compiled: {requests:,.0f} requests and {visits:,.0f} visits a second")
