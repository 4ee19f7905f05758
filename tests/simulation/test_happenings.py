"""What happens in a story: slower visits, failing tasks, empty caches, crowds, failures by chance, changing loads."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from one_by_one import each, every
from stories import INF, draining, during, played, shop, story, threaded
from test_stories import FINITE, until_it_is_empty

from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import Deterministic, Exponential
from capplan.queueing.network import Call, Choice, Gate, Network, Patience, Station, Stream, Task, Visit
from capplan.queueing.scalability import Speedup
from capplan.simulation.loads import Load, Steps, Users
from capplan.simulation.runs import ERROR, REFUSED, SERVED
from capplan.simulation.stories.stage import Stage
from capplan.simulation.stories.story import (
    Change,
    Crowd,
    Deployed,
    Failing,
    Flushed,
    Frailty,
    Gauge,
    Happening,
    Lost,
    Rollout,
    Scaler,
    Site,
    Slowed,
    Story,
)
from capplan.simulation.streams import Sources


def delays(*tasks: Task) -> Network:
    """Tasks without queues; the last one is what requests ask for."""
    return Network(stations=(), tasks=tasks, streams=(Stream("requests", len(tasks) - 1, slope=1.0),))


def tale(network: Network, load: Load, *happenings: Happening, **more: Any) -> Story:
    """A story without sites, 100 s in ticks of 10 s."""
    told: dict[str, Any] = {"duration": 100.0, "tick": 10.0, "warmup": 20.0}
    return Story(network=network, load=load, happenings=happenings, **(told | more))


def test_visits_that_begin_meanwhile_are_slower_and_factors_multiply() -> None:
    network = delays(Task("task", (Visit(Deterministic(0.01)), Visit(Deterministic(0.02)))))
    slow = during(20.0, 60.0, Slowed(((0, 0),), 5.0)), during(40.0, 80.0, Slowed(((0, 0), (0, 1)), 2.0))
    told = played(tale(network, 50.0, *slow))
    middle = [float(np.median(each(window.streams[0].times[SERVED]))) for window in told.windows]
    assert middle == pytest.approx([0.03] * 2 + [0.07] * 2 + [0.14] * 2 + [0.06] * 2 + [0.03] * 2)


def test_work_that_is_slower_is_work() -> None:
    told = played(story(shop(2, law=Deterministic(0.1)), 4.0, during(50.0, INF, Slowed(((0, 0),), 3.0)), tick=50.0))
    began = [window.streams[0].begun for window in told.windows]
    assert told.windows[0].busy[0] == pytest.approx(began[0] * 0.1 / 100.0, abs=0.01)
    assert told.windows[1].busy[0] == pytest.approx(began[1] * 0.3 / 100.0, abs=0.01)


def test_tasks_fail_besides_their_own_failures() -> None:
    network = delays(Task("task", (Visit(Deterministic(0.01)),), failure=0.2))
    failing = during(25.0, 75.0, Failing((0,), 0.5)), during(50.0, 75.0, Failing((0,), 0.25))
    told = played(tale(network, 400.0, *failing, tick=25.0))
    parts = [len(one.streams[0].times[ERROR]) / one.streams[0].begun for one in told.windows]
    assert parts == pytest.approx([0.2, 1 - 0.8 * 0.5, 1 - 0.8 * 0.5 * 0.75, 0.2], abs=0.02)


@pytest.mark.parametrize("hits", [0.9, 1.0])
def test_hits_come_back_after_a_flush(hits: float) -> None:
    miss = Task("miss", (Visit(Deterministic(1e-3)),))
    cache = Task("cache", (), (Choice(((1.0 - hits, (Call(0),)),)),))
    told = played(tale(delays(miss, cache), 400.0, Happening(20.0, INF, Flushed((1,), 30.0), "flush")))
    missed = [sum(one.tasks[0].endings) / sum(one.tasks[1].endings) for one in told.windows]
    cold = [0.0, 0.0, *(float(np.exp(-0.1 * np.linspace(k, k + 10.0, 101)).mean()) for k in range(0, 80, 10))]
    assert missed == pytest.approx([1.0 - hits * (1.0 - part) for part in cold], abs=0.02)


def test_a_flush_leaves_the_other_choices_of_a_cache_alone() -> None:
    miss, own = Task("miss", (Visit(Deterministic(1e-3)),)), Task("own", (Visit(Deterministic(1e-3)),))
    sometimes = Choice(((0.5, (Call(0),)),))
    cache = Task("cache", (), (Choice(((0.3, (Call(1),)),)), Choice(((0.2, (sometimes,)),)), Call(1, waits=False)))
    flush = Happening(20.0, INF, Flushed((2,), 1e9), "flush")
    told = played(tale(delays(miss, own, cache), 400.0, flush, tick=20.0))
    asked = [[sum(one.tasks[task].endings) / sum(one.tasks[2].endings) for task in (0, 1)] for one in told.windows]
    assert asked[0] == pytest.approx([0.1, 1.3], abs=0.02)
    assert asked[1] == pytest.approx([0.5, 1.3], abs=0.02)


def test_a_crowd_comes_and_goes() -> None:
    network = delays(Task("task", (Visit(Deterministic(1.0)),)))
    crowd = during(100.0, 200.0, Crowd(3.0)), during(150.0, 300.0, Crowd(0.5))
    told = played(tale(network, Users(100, Exponential(4.0)), *crowd, duration=400.0, tick=50.0))
    rates = [one.streams[0].begun / one.seconds for one in told.windows]
    settled = [20.0, 20.0, 60.0, 30.0, 10.0, 10.0, 20.0, 20.0]
    assert rates == pytest.approx(settled, rel=0.15)


def test_a_crowd_that_follows_another_of_its_size_changes_nothing() -> None:
    network = delays(Task("task", (Visit(Deterministic(1.0)),)))
    one = tale(network, Users(100, Exponential(4.0)), during(20.0, 80.0, Crowd(2.0)))
    two = replace(one, happenings=(during(20.0, 50.0, Crowd(2.0)), during(50.0, 80.0, Crowd(2.0))))
    for first, second in zip(played(one).windows, played(two).windows, strict=True):
        assert every(first.streams) == every(second.streams)


@pytest.mark.parametrize("part", [40.0, 1_000.0])
def test_the_steps_of_a_load_begin_with_the_story(part: float) -> None:
    network = delays(Task("task", (Visit(Deterministic(1e-3)),)))
    told = played(tale(network, Steps(((part, 100.0), (20.0, 300.0))), warmup=55.0))
    rates = [one.streams[0].begun / 10.0 for one in told.windows]
    expected = [100.0] * 4 + [300.0] * 2 + [100.0] * 4 if part == 40.0 else [100.0] * 10
    assert rates == pytest.approx(expected, rel=0.15)


def test_replicas_that_fail_are_up_for_their_part_of_the_time() -> None:
    network = shop(4, law=Deterministic(0.01))
    frailty = Frailty(0, between_failures=300.0, repair=100.0)
    told = played(story(network, 1.0, frailties=(frailty,), duration=40_000.0, tick=1_000.0))
    up = np.array([ready for (ready,) in told.ready])
    assert up.mean() == pytest.approx(3.0, abs=0.15)
    lost = [one for one in told.log if one.change is Change.LOST]
    assert len(lost) == pytest.approx(4 * 40_000 / 400.0, rel=0.1)
    assert {one.why for one in told.log} == {"failure"}


def test_a_run_that_waits_for_a_call_is_refused_at_once_when_its_replica_is_lost() -> None:
    """Threads on two machines call something slow: those at the lost one are free, their callers told."""
    slow = Task("slow", (Visit(Deterministic(100.0)),))
    app = Task("app", (Visit(Deterministic(0.1), 0),), (Call(0, pool=1, patience=Patience(timeout=500.0)),), gate=0)
    group = Group(servers=5, replicas=2, policy=Policy.LEAST_CONNECTIONS)
    network = Network(
        stations=(Station("cpu", group),),
        tasks=(slow, app),
        streams=(Stream("requests", 1, slope=1.0),),
        gates=(Gate("threads", group), Gate("connections", replace(group, servers=3))),
    )
    stage = Stage(story(network, 1.0, during(50.0, 51.0, Lost(0, (0,)))), Sources(1))
    stage.begin()
    stage.stretch(49.9)
    assert stage.staged.gates[0].number[0] >= 5
    there = stage.staged.gates[0].number[0]
    lost = stage.stretch(50.5).window
    assert len(lost.streams[0].times[REFUSED]) == there
    assert stage.staged.gates[0].number[0] == 0
    assert stage.staged.gates[1].number[0] <= 3


@pytest.mark.parametrize("policy", [Policy.RANDOM, Policy.ROUND_ROBIN, Policy.POWER_OF_TWO])
def test_places_that_stay_empty_change_nothing(policy: Policy) -> None:
    few, many = played(story(shop(3, policy=policy), 2.0)), played(story(shop(7, policy=policy), 2.0, ready=3))
    for one, other in zip(few.windows, many.windows, strict=True):
        assert every(one.streams) == every(other.streams)
        assert one.busy == pytest.approx(other.busy)
    assert few.ready == many.ready


def test_blue_green_goes_on_though_a_new_one_is_lost_meanwhile() -> None:
    what = Deployed(0, Rollout.BLUE_GREEN, warmup=20.0)
    told = played(story(shop(4), 1.0, during(10.0, 10.0, what), during(15.0, 50.0, Lost(0, (2,))), ready=2))
    assert [one.at for one in told.log if one.change is Change.FINISHED] == [50.0]
    assert told.ready[-1] == (2.0,)


EFFECTS = (
    Slowed(((1, 0), (3, 0)), 4.0),
    Failing((1, 2), 0.3),
    Flushed((3,), 20.0),
    Deployed(0, Rollout.ROLLING, 1, 1, warmup=3.0, drain=2.0),
    Deployed(0, Rollout.BLUE_GREEN, warmup=3.0, drain=2.0),
    Deployed(0, Rollout.CANARY, 0, 1, warmup=3.0, watched=5.0),
    Deployed(1, Rollout.RECREATE, warmup=3.0, drain=0.5),
    Lost(0, (0,)),
    Lost(0, (0, 1)),
    Lost(1, (0,)),
)


def eventful(policy: Policy, **more: Any) -> Story:
    """Everything that a network can have with everything that can happen to it, one over the other."""
    network, _ = draining(policy)
    app = replace(network.stations[0].group, replicas=6, shares=(0.1, 0.2, 0.2, 0.1, 0.2, 0.2))
    stations = (network.stations[0]._replace(group=app), *network.stations[1:])
    gates = tuple(gate._replace(group=replace(gate.group, replicas=6, shares=app.shares)) for gate in network.gates)
    sites = (Site("app", (0,), (0, 1), 6, 2), Site("db", (1,), (), 1, 1))
    happenings = tuple(
        Happening(5.0 + 7.0 * k, 17.0 + 7.0 * k, EFFECTS[k * 3 % len(EFFECTS)], f"event {k}") for k in range(60)
    )
    told: dict[str, Any] = {
        "network": replace(network, stations=stations, gates=gates),
        "happenings": happenings,
        "sites": sites,
        "scalers": (Scaler(0, Gauge.BUSY, 0, (), 0.5, 2, 3, interval=5.0, stabilization=30.0, startup=2.0, drain=1.0),),
        "frailties": (Frailty(0, 60.0, 5.0), Frailty(1, 100.0, 2.0)),
    }
    return Story(**(told | FINITE | more))


@pytest.mark.parametrize("policy", Policy)
def test_every_request_leaves_once_whatever_happens(policy: Policy) -> None:
    until_it_is_empty(eventful(policy))


@pytest.mark.parametrize("load", [2.0, Steps(((60.0, 1.0), (20.0, 4.0))), Users(20, Exponential(4.0))])
def test_the_seed_tells_the_story(load: Load) -> None:
    crowd = during(30.0, 90.0, Crowd(2.0))
    tale = eventful(Policy.POWER_OF_TWO, load=load, duration=300.0, warmup=20.0)
    tale = replace(tale, happenings=(*tale.happenings, crowd))
    once, again, other = played(tale), played(tale), played(tale, seed=2)
    assert once.log == again.log
    assert once.ready == again.ready
    for one, two in zip(once.windows, again.windows, strict=True):
        assert every(one.streams) == every(two.streams)
        assert (one.busy, one.gates) == (two.busy, two.gates)
    assert other.windows[0].streams[0].begun != once.windows[0].streams[0].begun or other.ready != once.ready


def test_users_are_as_many_as_they_were_after_everything() -> None:
    tale = eventful(Policy.RANDOM, load=Users(20, Exponential(4.0)), duration=1_000.0, warmup=20.0)
    stage = Stage(replace(tale, happenings=(*tale.happenings, during(30.0, 90.0, Crowd(0.5)))), Sources(1))
    stage.begin()
    windows = [stage.stretch(tale.tick * k).window for k in range(1, 101)]
    late = sum(len(times) for one in windows[-20:] for times in one.streams[0].times)
    alone = played(replace(tale, happenings=(), scalers=(), frailties=()))
    usual = sum(len(times) for one in alone.windows[-20:] for times in one.streams[0].times)
    assert late == pytest.approx(usual, rel=0.2)


def test_what_happens_elsewhere_leaves_a_site_as_it_is() -> None:
    network = threaded(3)
    other = Site("other", (), (), 0, 0)
    sites = (story(network, 1.0).sites[0], other)
    calm = played(story(network, 3.0, sites=sites))
    stormy = played(story(network, 3.0, during(10.0, 20.0, Slowed((), 9.0)), sites=sites))
    assert [every(one.streams) for one in calm.windows] == [every(one.streams) for one in stormy.windows]


@pytest.mark.parametrize("shared", [{}, {"sharing": True}, {"speedup": Speedup(0.1, 0.0)}])
@pytest.mark.parametrize("busy", [0.5, 3.0])
def test_who_is_lost_while_it_is_served_elsewhere_leaves_that_queue(shared: dict[str, Any], busy: float) -> None:
    """Runs on replicas that come and go use a machine that stays: what stands behind a lost one moves up."""
    network = Network(
        stations=(Station("cpu", Group(servers=1, replicas=3)), Station("store", Group(servers=2, **shared))),
        tasks=(Task("task", (Visit(Exponential(0.1), 0), Visit(Exponential(busy), 1))),),
        streams=(Stream("requests", 0, slope=1.0),),
    )
    losses = tuple(during(7.0 * k, 7.0 * k + 1.0, Lost(0, (k % 3,))) for k in range(1, 60))
    until_it_is_empty(story(network, FINITE["load"], *losses, **{key: FINITE[key] for key in FINITE if key != "load"}))
