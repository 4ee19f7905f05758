"""The event loop on tables, compiled or not: the same to the last digit as the closures, whatever the network has."""

from dataclasses import fields
from math import inf
from random import Random

import numpy as np
import pytest
from simulated_networks import single

from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import Deterministic, Exponential, Gamma, Hyperexponential, Jittered, Law, Lognormal
from capplan.queueing.network import (
    Call,
    Choice,
    Fork,
    Gate,
    Network,
    Patience,
    Quota,
    Station,
    Step,
    Stream,
    Task,
    Visit,
)
from capplan.queueing.scalability import Speedup
from capplan.simulation import engines
from capplan.simulation.engine import Replication
from capplan.simulation.fast.replication import TableReplication
from capplan.simulation.loads import Load, Steps, Users
from capplan.simulation.streams import Sources
from capplan.simulation.windows import Window

LAWS: tuple[Law, ...] = (
    Exponential(0.4),
    Deterministic(0.25),
    Lognormal(0.4, 3.0),
    Gamma(0.3, 0.5),
    Hyperexponential(0.4, 4.0),
    Jittered(0.3),
)


class Maker:
    """Makes networks of everything that there is, by chance."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.groups = [self.group() for _ in range(4)]

    def group(self) -> Group:
        """Some replicas behind some policy."""
        replicas, policy = self.chance.choice((1, 2, 3, 9)), self.chance.choice(list(Policy))
        shares: tuple[float, ...] = ()
        if replicas > 1 and self.chance.random() < 0.4:
            parts = [float(self.chance.randint(1, 4)) for _ in range(replicas)]
            shares = tuple(part / sum(parts) for part in parts)
        slow = self.chance.choice((None, None, Speedup(0.1, 0.01)))
        sharing, servers = self.chance.random() < 0.3, self.chance.randint(1, 3)
        return Group(servers=servers, replicas=replicas, policy=policy, shares=shares, sharing=sharing, speedup=slow)

    def visit(self) -> Visit:
        """A visit to a station or a delay."""
        return Visit(self.chance.choice(LAWS), self.chance.choice((None, 0, 1, 2, 3)))

    def patience(self) -> Patience:
        """Some patience, often endless."""
        chance = self.chance
        return Patience(
            timeout=chance.choice((inf, 0.5, 2.0)),
            retries=chance.choice((0, 1, 3)),
            backoff=chance.choice((0.0, 0.3)),
            budget=chance.choice((inf, 0.0, 0.1)),
        )

    def call(self, callees: int) -> Call:
        """A call of one of the tasks that there are already."""
        chance = self.chance
        plain = chance.random() < 0.4
        return Call(
            chance.randrange(callees),
            count=chance.choice((1.0, 2.0, 0.4, 1.7)),
            waits=chance.random() < 0.75,
            delays=tuple(chance.choice(LAWS) for _ in range(chance.choice((0, 1, 3)))),
            pool=None if plain else chance.choice((None, 0, 1)),
            patience=Patience() if plain else self.patience(),
        )

    def step(self, callees: int) -> Step:
        """A call, a choice or a fork."""
        kind = self.chance.random()
        if kind < 0.6:
            return self.call(callees)
        parts = [(self.call(callees),), (self.call(callees), self.call(callees))]
        return Choice(((0.5, parts[0]), (0.3, parts[1]))) if kind < 0.8 else Fork(tuple(parts))

    def network(self) -> Network:
        """A network."""
        chance = self.chance
        tasks = [Task(f"task {index}", (self.visit(),), failure=0.05 * (index % 2)) for index in range(3)]
        for index in range(3, 6):
            gate, visits = chance.choice((None, 0, 1)), (self.visit(), self.visit())
            steps = tuple(self.step(index) for _ in range(2))
            tasks.append(Task(f"task {index}", visits, steps, failure=0.03, gate=gate))
        rooms = (None, 3, 1)
        return Network(
            stations=tuple(Station(f"s{k}", group, chance.choice(rooms)) for k, group in enumerate(self.groups)),
            tasks=tuple(tasks),
            streams=(
                Stream("a", 5, slope=1.0, scv=chance.choice((0.0, 0.4, 1.0, 3.0)), patience=self.patience()),
                Stream("b", 4, slope=0.5, delays=(Exponential(0.1), Deterministic(0.2))),
                Stream("b", 3, base=0.1),
            ),
            gates=tuple(Gate(f"g{k}", self.groups[k], chance.choice(rooms)) for k in range(2)),
            quotas=(Quota((1, 2), 1.5),) if chance.random() < 0.5 else (),
        )


def windows(network: Network, load: Load, *lengths: float) -> tuple[Window, Window]:
    """What both count after a warm-up; played in pieces."""
    found = []
    for kind in (Replication, TableReplication):
        replication = kind(network, load, Sources(3, 1))
        replication.play(lengths[0])
        replication.clear()
        for length in lengths[1:]:
            replication.play(length)
        found.append(replication.window())
    return found[0], found[1]


def assert_same(one: object, other: object, where: str = "window") -> None:
    """The same to the last digit."""
    if isinstance(one, np.ndarray):
        assert isinstance(other, np.ndarray), where
        assert one.tolist() == other.tolist(), where
    elif isinstance(one, tuple):
        assert isinstance(other, tuple), where
        assert len(one) == len(other), where
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            assert_same(left, right, f"{where}[{index}]")
    else:
        assert one == other, where


@pytest.mark.parametrize("seed", range(24))
def test_any_network_is_played_alike(seed: int) -> None:
    maker = Maker(seed)
    network = maker.network()
    load = maker.chance.choice((0.7, 2.0, Steps(((20.0, 0.5), (10.0, 3.0))), Users(9, Exponential(2.0))))
    one, other = windows(network, load, 20.0, 60.0, 40.0)
    for field in fields(Window):
        assert_same(getattr(one, field.name), getattr(other, field.name), field.name)
    assert one.events > 0


@pytest.mark.parametrize("sharing", [False, True])
def test_more_tokens_and_numbers_than_there_is_room_for(sharing: bool) -> None:
    """An overload: the tables grow while they are played."""
    network = single(Group(servers=2, sharing=sharing), Exponential(1.0))
    one, other = windows(network, 12.0, 50.0, 150.0)
    for field in fields(Window):
        assert_same(getattr(one, field.name), getattr(other, field.name), field.name)


def test_the_compiled_loop_is_taken_where_it_is_there_and_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    network = single(Group(servers=2), Exponential(1.0))

    def taken(network: Network, seconds: float) -> str:
        return type(engines.engine(network, 1.0, Sources(1), seconds)).__name__

    monkeypatch.setattr(engines, "find_spec", {}.get)
    assert taken(network, 1e6) == "Replication"
    monkeypatch.setattr(engines, "find_spec", str)
    assert taken(network, 1e6) == "TableReplication"
    assert taken(network, 1e3) == "Replication"


def test_what_begins_per_second_is_counted_through_all_calls() -> None:
    db = Task("db", (Visit(Exponential(1.0), 0),))
    page = Task("page", (), (Call(0, count=2.5), Choice(((0.5, (Call(0),)),))))
    streams = (Stream("r", 1, slope=1.0), Stream("jobs", 0, base=3.0))
    network = Network(stations=(Station("s", Group(servers=1)),), tasks=(db, page), streams=streams)
    per_request = 1.0 + 3.0 * 2.0
    assert engines.steps(network, 4.0) == pytest.approx(4.0 * per_request + 3.0 * 2.0)
    assert engines.steps(network, Steps(((1.0, 2.0), (1.0, 6.0)))) == pytest.approx(4.0 * per_request + 6.0)
    assert engines.steps(network, Users(8, Exponential(2.0))) == pytest.approx(4.0 * per_request + 6.0)
