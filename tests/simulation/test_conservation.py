"""Nothing is lost: in any network every request that enters leaves once, and every slot is given back."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_by_one import each

from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import Deterministic, Exponential, Law, Lognormal
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
from capplan.simulation.engine import Replication
from capplan.simulation.loads import Steps, Users
from capplan.simulation.servers import unfinished
from capplan.simulation.streams import Sources

BUSY, LONG = 60.0, 1e9
STATIONS, TASKS = 3, 4

laws: st.SearchStrategy[Law] = st.sampled_from([Exponential(0.5), Deterministic(0.3), Lognormal(0.4, 2.0)])
patiences = st.builds(
    Patience,
    timeout=st.sampled_from([0.6, 2.0, float("inf")]),
    retries=st.integers(0, 2),
    backoff=st.sampled_from([0.0, 0.3]),
    budget=st.sampled_from([0.3, float("inf")]),
)
groups = st.builds(
    Group,
    servers=st.integers(1, 3),
    replicas=st.sampled_from([1, 2, 3]),
    policy=st.sampled_from(Policy),
    sharing=st.booleans(),
)
rooms = st.sampled_from([None, 12, 3, 0])
slots = st.builds(Group, servers=st.integers(1, 4), replicas=st.sampled_from([1, 2]), policy=st.sampled_from(Policy))


def calls(task: int) -> st.SearchStrategy[Call]:
    """Calls of the tasks before this one; its connections are those of the gate of its number."""
    return st.builds(
        Call,
        task=st.integers(0, task - 1),
        count=st.sampled_from([1.0, 0.5, 2.4]),
        waits=st.sampled_from([True, True, False]),
        delays=st.sampled_from([(), (Deterministic(0.05),)]),
        pool=st.sampled_from([None, TASKS + task]),
        patience=patiences,
    )


def steps(task: int) -> st.SearchStrategy[Step]:
    """A call, a choice of calls, or several side by side."""
    one = calls(task)
    some = st.lists(one, min_size=1, max_size=2).map(tuple)
    choices = st.tuples(some, some).map(lambda pair: Choice(((0.5, pair[0]), (0.3, pair[1]))))
    return one | choices | st.lists(some, min_size=2, max_size=3).map(lambda branches: Fork(tuple(branches)))


@st.composite
def tasks(draw: st.DrawFn, index: int) -> Task:
    visits = draw(st.lists(st.builds(Visit, laws, st.none() | st.integers(0, STATIONS - 1)), max_size=2))
    made: Sequence[Step] = draw(st.lists(steps(index), max_size=2)) if index else ()
    gate = draw(st.sampled_from([None, index]))
    return Task(f"task {index}", tuple(visits), tuple(made), draw(st.sampled_from([0.0, 0.1])), gate)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Gates in the order of the tasks, so that none waits in a circle; the connections after the threads."""
    gates = [*draw(st.lists(st.builds(Gate, st.just("gate"), slots, rooms), min_size=TASKS, max_size=TASKS))]
    gates += draw(st.lists(st.builds(Gate, st.just("pool"), slots), min_size=TASKS, max_size=TASKS))
    last = TASKS - 1
    streams = Stream("pages", last, 1.0, patience=draw(patiences)), Stream("jobs", last - 1, 0.3, scv=3.0)
    stations = draw(st.lists(st.builds(Station, st.just("station"), groups, rooms), min_size=3, max_size=3))
    return Network(
        stations=tuple(one._replace(name=f"station {k}") for k, one in enumerate(stations)),
        tasks=tuple(draw(tasks(index)) for index in range(TASKS)),
        streams=streams,
        gates=tuple(one._replace(name=f"{one.name} {k}") for k, one in enumerate(gates)),
        quotas=draw(st.sampled_from([(), (Quota((0, 1), 1.0),)])),
    )


@given(network=networks(), rate=st.sampled_from([0.3, 2.0]), seed=st.integers(0, 9))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_every_request_leaves_once_and_every_slot_is_given_back(network: Network, rate: float, seed: int) -> None:
    """Arrivals stop: what is still inside ends, and nothing is left but the clocks of the two streams."""
    replication = Replication(network, Steps(((BUSY, rate), (LONG, 0.0))), Sources(seed))
    inside = [0, 0]
    for seconds in (20.0, BUSY - 20.0, 1e6):
        replication.play(seconds)
        for index, stream in enumerate(replication.window().streams):
            inside[index] += stream.begun - sum(map(len, stream.times))
            assert inside[index] >= 0
        replication.clear()
    assert inside == [0, 0]
    assert all(number == 0 for queue in replication.programs.queues for number in queue.number)
    assert sum(unfinished(replication.programs.queues, replication.agenda)) == pytest.approx(0.0, abs=1e-6)
    for gate in replication.programs.gates:
        assert not any(gate.number)
        assert not any(gate.waiting)
    assert len(replication.agenda.heap) == 1 + len(network.streams)


@given(network=networks(), seed=st.integers(0, 9))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_users_are_as_many_as_they_were(network: Network, seed: int) -> None:
    """Each has at most one request inside; and where they all think at the end, as many do."""
    replication = Replication(network, Users(7, Exponential(2.0)), Sources(seed))
    inside = 0
    for _ in range(5):
        replication.play(20.0)
        for stream in replication.window().streams:
            inside += stream.begun - sum(map(len, stream.times))
        assert 0 <= inside <= 7
        replication.clear()


@given(network=networks(), seed=st.integers(0, 9))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_time_adds_up(network: Network, seed: int) -> None:
    """Servers and slots are never more than busy; requests that ended took no less than nothing."""
    replication = Replication(network, 1.0, Sources(seed))
    replication.play(20.0)
    replication.clear()
    replication.play(40.0)
    window = replication.window()
    assert all(-1e-9 <= part <= 1.0 + 1e-9 for part in window.busy)
    assert all(-1e-9 <= gate.held <= 1.0 + 1e-9 for gate in window.gates)
    assert all((each(times) >= 0.0).all() for stream in window.streams for times in stream.times)
