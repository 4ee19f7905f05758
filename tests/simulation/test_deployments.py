"""Deployments: what is there and what is ready while new replicas take the place of old ones."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stories import INF, during, played, shop, story, threaded

from capplan.queueing.laws import Deterministic
from capplan.simulation.agenda import Agenda
from capplan.simulation.runs import REFUSED
from capplan.simulation.stories.calendar import Calendar
from capplan.simulation.stories.fleet import Fleet, State
from capplan.simulation.stories.story import Change, Deployed, Entry, Happening, Lost, Rollout, Site, Story, Told
from capplan.simulation.stories.upkeep import Upkeep


def deployed(what: Deployed, wanted: int, places: int) -> tuple[Fleet, list[Entry], list[tuple[int, int]]]:
    """A fleet after a deployment, its log, and (there, ready) after each change."""
    log, seen, calendar = list[Entry](), list[tuple[int, int]](), Calendar(Agenda())

    def report(change: Change, replicas: int, why: str) -> None:
        log.append(Entry(calendar.now, 0, change, replicas, why))

    fleet = Fleet(Site("app", (), (), places, wanted), calendar, report)
    fleet.watchers.append(lambda: seen.append((len(fleet.there()), len(fleet.ready))))
    Upkeep(fleet, None).deploy(what, "release")
    calendar.play(10_000.0)
    return fleet, log, seen


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    wanted=st.integers(1, 12),
    unavailable=st.integers(0, 4),
    surge=st.integers(0, 4),
    warmup=st.sampled_from([0.0, 3.0, 20.0]),
    drain=st.sampled_from([0.0, 5.0, 40.0]),
    canary=st.booleans(),
)
def test_rolling_stays_within_its_bounds_and_ends(
    wanted: int, unavailable: int, surge: int, warmup: float, drain: float, *, canary: bool
) -> None:
    kind = Rollout.CANARY if canary else Rollout.ROLLING
    what = Deployed(0, kind, unavailable, surge, warmup, drain, watched=30.0)
    fleet, log, seen = deployed(what, wanted, wanted + surge)
    least = wanted - (unavailable if unavailable or surge else 1)
    assert all(there <= wanted + surge for there, _ in seen)
    assert all(ready >= least - (canary and not surge) for _, ready in seen)
    assert log[-1].change in (Change.FINISHED, Change.STOPPED)
    assert [one.change for one in log].count(Change.FINISHED) == 1
    assert len(fleet.ready) == wanted
    assert all(fleet.revisions[place] == 1 for place in fleet.ready)
    assert fleet.places(State.ABSENT) == [place for place in range(wanted + surge) if place not in fleet.ready]


def test_one_after_the_other_takes_a_warm_up_each() -> None:
    _, log, _ = deployed(Deployed(0, Rollout.ROLLING, 0, 1, warmup=10.0), 3, 4)
    assert [(one.at, one.change) for one in log] == [
        (0.0, Change.STARTED),
        (10.0, Change.READY),
        (10.0, Change.STOPPED),
        (10.0, Change.STARTED),
        (20.0, Change.READY),
        (20.0, Change.STOPPED),
        (20.0, Change.STARTED),
        (30.0, Change.READY),
        (30.0, Change.STOPPED),
        (30.0, Change.FINISHED),
    ]


def test_a_new_one_waits_for_the_place_of_one_that_drains() -> None:
    _, log, _ = deployed(Deployed(0, Rollout.ROLLING, 1, 0, warmup=10.0, drain=5.0), 2, 2)
    started = [one.at for one in log if one.change is Change.STARTED]
    assert started == [5.0, 20.0]


def test_blue_green_switches_when_all_are_ready() -> None:
    fleet, log, seen = deployed(Deployed(0, Rollout.BLUE_GREEN, warmup=10.0, drain=5.0), 3, 6)
    assert [(one.at, one.change, one.replicas) for one in log] == [
        (0.0, Change.STARTED, 3),
        (10.0, Change.READY, 3),
        (10.0, Change.DRAINING, 3),
        (10.0, Change.FINISHED, 3),
        (15.0, Change.STOPPED, 3),
    ]
    assert {ready for _, ready in seen} == {3}
    assert fleet.ready == [3, 4, 5]


def test_a_canary_is_watched_before_the_others_follow() -> None:
    _, log, _ = deployed(Deployed(0, Rollout.CANARY, 0, 1, warmup=10.0, watched=60.0), 3, 4)
    assert [one.at for one in log if one.change is Change.STARTED] == [0.0, 70.0, 80.0]
    assert [one.at for one in log if one.change is Change.STOPPED] == [70.0, 80.0, 90.0]


def test_recreate_stops_all_before_it_starts_any() -> None:
    _, log, _ = deployed(Deployed(0, Rollout.RECREATE, warmup=10.0, drain=5.0), 3, 3)
    assert [(one.at, one.change, one.replicas) for one in log] == [
        (0.0, Change.DRAINING, 3),
        (5.0, Change.STOPPED, 3),
        (5.0, Change.STARTED, 3),
        (15.0, Change.READY, 3),
        (15.0, Change.FINISHED, 3),
    ]


def release(what: Deployed, at: float = 20.0) -> Happening:
    """A deployment as it happens."""
    return Happening(at, INF, what, "release")


def refused(told: Told) -> int:
    """Requests of the first stream that were refused."""
    return sum(len(window.streams[0].times[REFUSED]) for window in told.windows)


@pytest.mark.parametrize("kind", [Rollout.ROLLING, Rollout.BLUE_GREEN, Rollout.CANARY])
def test_who_drains_loses_nothing(kind: Rollout) -> None:
    network = shop(6, law=Deterministic(0.5))
    what = Deployed(0, kind, 0, 1, warmup=5.0, drain=20.0, watched=5.0)
    assert refused(played(story(network, 4.0, release(what), ready=3))) == 0
    assert refused(played(story(network, 4.0, release(what._replace(drain=0.0)), ready=3), seed=2)) > 0


def test_recreate_refuses_what_comes_meanwhile() -> None:
    told = played(story(threaded(2), 1.0, release(Deployed(0, Rollout.RECREATE, warmup=10.0, drain=10.0))))
    assert [ready for (ready,) in told.ready] == [2.0, 2.0, 0.0, 0.0, *[2.0] * 6]
    assert refused(told) == told.windows[2].streams[0].begun + told.windows[3].streams[0].begun


def test_a_deployment_waits_for_the_one_before_it() -> None:
    what = Deployed(0, Rollout.ROLLING, 1, 0, warmup=10.0)
    told = played(story(shop(2), 1.0, release(what), release(what, 25.0)))
    assert [one.at for one in told.log if one.change is Change.FINISHED] == [40.0, 60.0]


def test_a_lost_replica_is_replaced_by_the_deployment() -> None:
    lost = during(10.0, 90.0, Lost(0, (1,)))
    told = played(story(shop(4), 1.0, lost, release(Deployed(0, Rollout.ROLLING, 1, 1, warmup=5.0)), ready=3))
    assert told.ready[-1] == (3.0,)
    assert not [one for one in told.log if one.change is Change.BACK]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"happenings": (release(Deployed(0, Rollout.ROLLING, 0, 1)),)}, "release needs places for 4 replicas of app"),
        ({"happenings": (release(Deployed(0, Rollout.BLUE_GREEN)),)}, "release needs places for 6 replicas of app"),
        ({"happenings": (release(Deployed(1, Rollout.RECREATE)),)}, "a site that the story does not have"),
        ({"happenings": (release(Deployed(0, Rollout.RECREATE), -1.0),)}, "begins at 0 or later"),
        ({"sites": (Site("app", (0,), (), 2, 2),)}, "app has 3 replicas, app, where it is, 2"),
        ({"sites": (Site("app", (0,), (), 3, 3), Site("db", (0,), (), 3, 3))}, "a station is at two sites"),
        ({"tick": 0.0}, "a tick above 0"),
    ],
)
def test_a_story_that_cannot_be_played_says_why(change: dict[str, Any], message: str) -> None:
    told: dict[str, Any] = {"network": shop(3), "load": 1.0, "duration": 10.0, "tick": 1.0, "warmup": 1.0}
    told["sites"] = (Site("app", (0,), (), 3, 3),)
    with pytest.raises(ValueError, match=message):
        played(Story(**(told | change)))


def test_a_number_that_changes_during_a_deployment_is_told() -> None:
    """The deployment follows the autoscaler in steps of its own, so its log alone would not say why fewer are left."""
    log, calendar = list[Entry](), Calendar(Agenda())
    fleet = Fleet(
        Site("app", (), (), 8, 6),
        calendar,
        lambda change, replicas, why: log.append(Entry(calendar.now, 0, change, replicas, why)),
    )
    upkeep = Upkeep(fleet, None)
    fleet.want(5)
    assert not [entry for entry in log if entry.change is Change.WANTED]
    upkeep.deploy(Deployed(0, Rollout.ROLLING, 1, 1, 20.0, 5.0), "release")
    calendar.at(30.0, lambda: fleet.want(3))
    calendar.play(10_000.0)
    assert [entry for entry in log if entry.change is Change.WANTED] == [Entry(30.0, 0, Change.WANTED, 3, "autoscaler")]
    assert len(fleet.ready) == 3
