"""Stories: nothing is lost count of, whatever happens; and what happens does what it says."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from one_by_one import each, every
from stories import INF, draining, during, played, shop, story, threaded

from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import Deterministic, Exponential
from capplan.simulation.agenda import vanish
from capplan.simulation.calls import NOBODY
from capplan.simulation.engine import Replication
from capplan.simulation.loads import Load, Steps, Users
from capplan.simulation.runs import REFUSED, begun
from capplan.simulation.servers import unfinished
from capplan.simulation.stories.rotation import rotating
from capplan.simulation.stories.stage import Stage
from capplan.simulation.stories.story import Change, Gauge, Happening, Lost, Scaler, Story
from capplan.simulation.stories.telling import tell
from capplan.simulation.streams import Sources
from capplan.simulation.windows import merged


@pytest.mark.parametrize("load", [1.5, Users(10, Exponential(4.0))])
def test_a_story_in_which_nothing_happens_is_a_replication(load: Load) -> None:
    network, sites = draining(Policy.LEAST_CONNECTIONS)
    told = tell(Story(network=network, load=load, duration=95.0, tick=10.0, warmup=20.0, sites=sites), Sources(1))
    replication = Replication(network, load, Sources(1))
    replication.play(20.0)
    for window in told.windows:
        replication.clear()
        replication.play(window.seconds)
        plain = replication.window()
        assert every(window.streams) == every(plain.streams)
        assert window.busy == plain.busy
        assert window.gates == plain.gates
    assert [window.seconds for window in told.windows] == [10.0] * 9 + [5.0]
    assert set(told.ready) == {(2.0, 1.0)}
    assert not told.log


@pytest.mark.parametrize("policy", Policy)
def test_every_request_leaves_once_though_replicas_are_lost(policy: Policy) -> None:
    network, sites = draining(policy)
    losses = [Happening(5.0 + 9.0 * k, 9.0 + 9.0 * k, Lost(k % 2, (k % 3 // 2,)), f"loss {k}") for k in range(50)]
    until_it_is_empty(Story(network=network, happenings=tuple(losses), sites=sites, **FINITE))


FINITE: dict[str, Any] = {
    "load": Steps(((500.0, 3.0), (10_000.0, 0.0))),
    "duration": 4_000.0,
    "tick": 10.0,
    "warmup": 0.0,
}


def until_it_is_empty(story: Story) -> None:
    """Play a story until nothing comes any more: what came has left, and nothing is left behind."""
    stage = Stage(story, Sources(1))
    stage.begin()
    windows = [stage.stretch(story.tick * k).window for k in range(1, round(story.duration / story.tick) + 1)]
    for streams in zip(*(one.streams for one in windows), strict=True):
        assert sum(one.begun for one in streams) > 50
        assert sum(one.begun for one in streams) == sum(len(times) for one in streams for times in one.times)
    for window in windows:
        assert all(-1e-9 <= busy <= 1.0 + 1e-9 for busy in window.busy)
        assert all(gate.held >= -1e-9 for gate in window.gates)
    _nothing_is_left(stage)


def _nothing_is_left(stage: Stage) -> None:
    programs = stage.staged
    for queue in programs.queues:
        assert queue.number[: len(queue.waiting)] == [0] * len(queue.waiting)
    assert sum(unfinished(programs.queues, programs.agenda)) == pytest.approx(0.0, abs=1e-6)
    for gate in programs.gates:
        assert gate.number[: len(gate.waiting)] == [0] * len(gate.waiting)
    for fleet in programs.fleets.values():
        assert not fleet.premises.stays


def test_the_share_of_a_lost_replica_goes_to_the_others() -> None:
    network = shop(3, law=Deterministic(0.1))
    told = played(story(network, 9.0, during(30.0, 70.0, Lost(0, (1,)))))
    begun = [window.streams[0].begun for window in told.windows]
    busy = [window.busy[0] for window in told.windows]
    assert [ready for (ready,) in told.ready] == [3.0] * 3 + [2.0] * 4 + [3.0] * 3
    assert np.array(busy) == pytest.approx(
        [0.1 * n / 10.0 / r for n, (r,) in zip(begun, told.ready, strict=True)], abs=0.02
    )
    assert [(one.at, one.change, one.replicas, one.why) for one in told.log] == [
        (30.0, Change.LOST, 1, "lost"),
        (70.0, Change.BACK, 1, "lost"),
    ]


@pytest.mark.parametrize("policy", Policy)
def test_work_at_a_lost_replica_ends_at_once_and_no_more_comes(policy: Policy) -> None:
    network = shop(3, policy=policy, law=Deterministic(1_000.0))
    stage = Stage(story(network, 1.0, during(50.0, 90.0, Lost(0, (0,)))), Sources(1))
    stage.begin()
    before = stage.stretch(50.0)
    number = stage.replication.programs.queues[0].number
    there = number[0]
    assert not sum(map(len, before.window.streams[0].times))
    after = stage.stretch(50.0 + 1e-6).window
    assert len(after.streams[0].times[REFUSED]) == there > 0
    assert stage.stretch(89.0).window.streams[0].begun > 20
    assert number[0] == 0
    assert sum(map(len, stage.stretch(89.5).window.streams[0].times)) == 0


def test_with_no_replica_left_requests_are_refused_at_once() -> None:
    for network in (shop(1, law=Deterministic(0.1)), threaded(2)):
        told = played(story(network, 2.0, during(30.0, 50.0, Lost(0, (0, 1)))))
        alone = told.windows[4].streams[0]
        assert alone.begun == len(alone.times[REFUSED]) > 5
        assert not np.any(each(alone.times[REFUSED]))
        assert sum(map(len, told.windows[9].streams[0].times[:1])) > 5


@pytest.mark.parametrize("whole", [False, True])
def test_all_that_are_there_are_lost_where_the_whole_site_is(*, whole: bool) -> None:
    more = Scaler(0, Gauge.BUSY, 0, (), 0.2, 1, 6)
    told = played(story(shop(6), 1.5, during(60.0, 80.0, Lost(0, (0, 1), whole=whole)), ready=2, scalers=(more,)))
    assert told.ready[5][0] > 3.0
    assert (told.ready[7] == (0.0,)) == whole


def test_a_key_stays_where_it_is_unless_its_replica_is_lost() -> None:
    group = Group(servers=1, replicas=4, policy=Policy.IP_HASH, shares=(0.4, 0.3, 0.2, 0.1))
    ready = [0, 1, 2, 3]
    choose = rotating(group, [0] * 5, ready, lambda: 0.5)
    runs = [begun(vanish, NOBODY, (k + 0.5) / 1_000) for k in range(1_000)]
    before = [choose(run) for run in runs]
    ready.remove(1)
    after = [choose(run) for run in runs]
    assert all(one == other for one, other in zip(before, after, strict=True) if one != 1)
    moved = Counter(other for one, other in zip(before, after, strict=True) if one == 1)
    assert [moved[k] / 300 for k in ready] == pytest.approx([4 / 7, 2 / 7, 1 / 7], abs=0.01)


@pytest.mark.parametrize("shares", [(), (0.4, 0.3, 0.2, 0.1)])
@pytest.mark.parametrize("policy", [Policy.RANDOM, Policy.ROUND_ROBIN])
def test_the_others_share_what_a_lost_one_had(policy: Policy, shares: tuple[float, ...]) -> None:
    group = Group(servers=1, replicas=4, policy=policy, shares=shares)
    choose = rotating(group, [0] * 5, [0, 2, 3], Sources(1).uniform("replica"))
    run = begun(vanish, NOBODY, 0.0)
    counts = Counter(choose(run) for _ in range(7_000))
    expected = [4 / 7, 2 / 7, 1 / 7] if shares else [1 / 3] * 3
    assert [counts[k] / 7_000 for k in (0, 2, 3)] == pytest.approx(expected, abs=0.02)
    assert rotating(group, [0] * 5, [], lambda: 0.5)(run) == 4


@pytest.mark.parametrize("policy", [Policy.RANDOM, Policy.ROUND_ROBIN, Policy.IP_HASH])
def test_replicas_without_a_share_take_it_where_no_other_is_left(policy: Policy) -> None:
    group = Group(servers=1, replicas=3, policy=policy, shares=(1.0, 0.0, 0.0))
    choose = rotating(group, [0] * 4, [1, 2], Sources(1).uniform("replica"))
    assert {choose(begun(vanish, NOBODY, k / 100)) for k in range(100)} <= {1, 2}


@pytest.mark.parametrize("policy", Policy)
def test_fewer_servers_than_the_load_needs_do_what_they_can(policy: Policy) -> None:
    """M/M/3 at 2.4 of which one is lost gets 2 through, whatever the policy."""
    told = played(story(shop(3, policy=policy), 2.4, during(20.0, INF, Lost(0, (2,))), duration=2_020.0, tick=20.0))
    whole = merged(told.windows[20:])
    assert sum(map(len, whole.streams[0].times)) / whole.seconds == pytest.approx(2.0, rel=0.05)
    assert whole.busy[0] == pytest.approx(1.0, abs=0.01)
    assert whole.ready[0] == pytest.approx(2.0 / 3.0)


def test_who_stops_it_keeps_the_ticks_that_are_told() -> None:
    def stop(seconds: float) -> None:
        if seconds == 30.0:
            raise KeyboardInterrupt

    told = tell(story(shop(2), 1.0), Sources(1), stop)
    assert told.interrupted
    assert len(told.windows) == len(told.ready) == 3


def test_windows_that_are_merged_are_the_whole() -> None:
    tale = story(threaded(3), 3.0, during(30.0, 50.0, Lost(0, (0,))), tick=7.0)
    parts, whole = merged(played(tale).windows), played(replace(tale, tick=100.0)).windows[0]
    assert sorted(each(parts.streams[0].times[0])) == pytest.approx(sorted(each(whole.streams[0].times[0])))
    assert parts.tasks[0].endings == whole.tasks[0].endings
    assert parts.busy == pytest.approx(whole.busy)
    assert parts.ready == pytest.approx(whole.ready)
    assert tuple(parts.gates[0]) == pytest.approx(tuple(whole.gates[0]))
    assert (parts.seconds, parts.events, parts.warmup) == (whole.seconds, whole.events, whole.warmup)
