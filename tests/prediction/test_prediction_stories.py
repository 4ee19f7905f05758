"""Topology and scenario as a story: sites, happenings, deployments; and that time 0 is as it was written."""

from math import inf

import numpy as np
import pytest
from story_scenes import SHOP, read, scene

from capplan.prediction.expansion import Extent, expanded
from capplan.prediction.predict import predict, solve_topology
from capplan.prediction.story import story_of
from capplan.prediction.translate import translate
from capplan.simulation.stories.story import (
    Change,
    Deployed,
    Effect,
    Failing,
    Flushed,
    Lost,
    Rollout,
    Slowed,
)
from capplan.simulation.stories.telling import tell
from capplan.simulation.streams import Sources
from capplan.topology import Scenario, Topology, parse_event


def effects(*events: str, text: str = SHOP) -> list[Effect]:
    return [one.effect for one in scene(*events, text=text).story.happenings]


def test_sites_are_components_with_machines_of_ours_and_readers() -> None:
    found = scene()
    names = found.story.network
    sites = [
        (
            site.name,
            {names.stations[station].name for station in site.stations},
            {names.gates[gate].name for gate in site.gates},
            (site.replicas, site.ready),
        )
        for site in found.story.sites
    ]
    assert sites == [
        ("api", {"api.cpu", "api.network"}, {"api.concurrency", "api.pool.sessions"}, (3, 3)),
        ("sessions", {"sessions.cpu"}, set(), (1, 1)),
        ("db", {"db.cpu"}, set(), (1, 1)),
        ("db readers", {"db.cpu.readers"}, set(), (2, 2)),
    ]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("api replica down at 1m", [Lost(0, (0,))]),
        ("api 2 replicas down at 1m", [Lost(0, (0, 1))]),
        ("api down at 1m", [Lost(0, (0, 1, 2), whole=True)]),
        ("db reader down at 1m", [Lost(3, (0,))]),
        ("db replica down at 1m", [Lost(2, (0,))]),
        ("db down at 1m", [Lost(2, (0,), whole=True), Lost(3, (0, 1), whole=True)]),
        ("zone eu.a down at 1m", [Lost(0, (0, 2)), Lost(2, (0,)), Lost(3, (0,))]),
        ("zone eu.b down at 1m", [Lost(0, (1,)), Lost(3, (1,))]),
        ("zone us.a down at 1m", [Lost(1, (0,), whole=True)]),
    ],
)
def test_what_is_down_is_lost(event: str, expected: list[Effect]) -> None:
    assert effects(event) == expected


def test_a_second_replica_goes_down_beside_the_first() -> None:
    assert effects("api replica down at 1m", "api replica down at 2m") == [Lost(0, (0,)), Lost(0, (1,))]
    assert effects("api replica down at 1m for 30s", "api replica down at 2m") == [Lost(0, (0,)), Lost(0, (0,))]


def test_events_happen_when_they_say() -> None:
    story = scene("payments errors 5% at 3m", "api replica down at 1m for 30s", "cache flush at 2m for 1m").story
    assert [(one.at, one.until, one.name) for one in story.happenings] == [
        (60.0, 90.0, "api replica down at 1m for 30s"),
        (120.0, inf, "cache flush at 2m for 1m"),
        (180.0, inf, "payments errors 5% at 3m"),
    ]
    assert (story.duration, story.tick) == (180.0 + 600.0, 60.0)
    assert scene("api down at 1m", duration=100.0).story.duration == 100.0


def test_what_others_run_fails_and_slows_down() -> None:
    found = scene("payments down at 1m", "payments errors 30% at 1m", "payments latency x5 at 1m").story
    (task,) = (index for index, task in enumerate(found.network.tasks) if task.name == "payments")
    assert [one.effect for one in found.happenings] == [
        Failing((task,), 1.0),
        Failing((task,), 0.3),
        Slowed(((task, 0),), 5.0),
    ]


def test_all_that_takes_time_is_slowed_but_the_transfer_of_bytes() -> None:
    found = scene("api latency x2 at 1m", "files latency x2 at 1m", "db latency x2 at 1m").story
    slowed = [
        [
            "delay"
            if (at := found.network.tasks[task].visits[visit].station) is None
            else found.network.stations[at].name
            for task, visit in one.effect.visits
        ]
        for one in found.happenings
        if isinstance(one.effect, Slowed)
    ]
    assert slowed == [["api.cpu"], ["delay", "files.disk"], ["db.cpu", "db.cpu.readers"]]


def test_caches_are_flushed_whose_last_choice_is_a_miss() -> None:
    found = scene("cache flush at 1m for 30s", "sessions flush at 2m").story
    (task,) = (index for index, task in enumerate(found.network.tasks) if task.name == "sessions")
    assert [one.effect for one in found.happenings] == [Flushed((task,), 30.0), Flushed((task,), 300.0)]


@pytest.mark.parametrize(
    ("event", "replicas", "expected"),
    [
        ("deploy api at 1m", 6, Deployed(0, Rollout.ROLLING, 1, 1, 20.0, 5.0, 300.0)),
        ("deploy api by blue_green at 1m", 6, Deployed(0, Rollout.BLUE_GREEN, 0, 3, 20.0, 5.0, 300.0)),
        ("deploy api by canary at 1m", 5, Deployed(0, Rollout.CANARY, 0, 1, 20.0, 5.0, 300.0)),
        ("deploy api by recreate at 1m", 3, Deployed(0, Rollout.RECREATE, 3, 0, 20.0, 5.0, 300.0)),
        ("deploy guest at 1m", 6, Deployed(0, Rollout.ROLLING, 1, 1, 20.0, 5.0, 300.0)),
        ("deploy db at 1m", 2, Deployed(2, Rollout.ROLLING, 0, 1, 0.0, 0.0, 300.0)),
    ],
)
def test_a_deployment_has_the_replicas_beside_that_its_strategy_needs(
    event: str, replicas: int, expected: Deployed
) -> None:
    found = scene(event).story
    assert [one.effect for one in found.happenings] == [expected]
    site = found.sites[expected.site]
    assert (site.replicas, site.ready) == (replicas, 1 if event == "deploy db at 1m" else 3)
    assert {found.network.stations[station].group.replicas for station in site.stations} == {replicas}


@pytest.mark.parametrize(("times", "replicas"), [("warmup: 20s, drain: 30s", 7), ("drain: 5s", 7), ("warmup: 9s", 4)])
def test_new_replicas_have_places_beside_those_that_drain(times: str, replicas: int) -> None:
    """Up to 4 are there, and all 3 old ones may drain at a time, or none does."""
    text = SHOP.replace("warmup: 20s, drain: 5s", times)
    assert scene("deploy api at 1m", text=text).story.sites[0].replicas == replicas


@pytest.mark.parametrize(
    ("lines", "weights"),
    [
        ("policy: ip_hash, skew: 1, forwards_to: a", [1.0, 0.5]),
        ("policy: ip_hash, forwards_to: a", [1.0, 1.0]),
        ("policy: random, weights: [3, 1], forwards_to: a", [3.0, 1.0]),
    ],
)
def test_the_first_replicas_have_the_shares_that_they_have_as_written(lines: str, weights: list[float]) -> None:
    topology = _behind(lines)
    group = translate(expanded(topology, {"a": Extent(2, 5)}), 1.0).network.stations[0].group
    shares = np.array(group.shares or (0.2,) * 5)
    assert group.replicas == 5
    np.testing.assert_allclose(shares[:2] / shares[:2].sum(), np.array(weights) / sum(weights))


def test_targets_keep_their_parts_when_one_of_them_has_room_for_more() -> None:
    topology = _behind("forwards_to: [a, b]")
    before, after = (translate(one, 1.0).traffic for one in (topology, expanded(topology, {"a": Extent(2, 9)})))
    np.testing.assert_allclose(after.slope, before.slope)


def test_replicas_are_as_fast_as_they_are_beside_those_as_written() -> None:
    topology = read(
        """
workload: {rate: 10/s}
components:
  a: {kind: server, replicas: 2, time: 5ms, scalability: {across_replicas: {contention: 10%}}, deploy: {}}
"""
    )
    scenario = Scenario.of([parse_event("deploy a at 1m", topology)])
    found = story_of(topology, scenario, None, 60.0)
    as_written = solve_topology(topology).model.network.tasks[0].visits[0].law
    assert found.story.network.tasks[0].visits[0].law == as_written
    assert [note.code for note in found.notes] == ["across-replicas-static"]


def test_a_story_is_played_as_it_is_written() -> None:
    found = scene("api replica down at 1m for 1m", "deploy api at 3m", "db reader down at 4m", duration=300.0)
    told = tell(found.story, Sources(1))
    assert [(entry.at, entry.change) for entry in told.log if entry.site == 0][:2] == [
        (60.0, Change.LOST),
        (120.0, Change.BACK),
    ]
    assert [ready[0] for ready in told.ready[:3]] == pytest.approx([3.0, 2.0, 3.0])
    assert told.ready[4][3] == pytest.approx(1.0)
    assert sum(stream.begun for window in told.windows for stream in window.streams) > 0


def test_what_is_for_stories_alone_changes_nothing_else_and_a_note_says_so() -> None:
    stories = "scenarios: {one: [api down at 1m]}\n"
    text = (
        SHOP.replace("    concurrency: 20\n", "    concurrency: 20\n    autoscale: {target: 60%, max: 8}\n") + stories
    )
    before, after = predict(read()), predict(read(text))
    assert [note.code for note in after.notes if note not in before.notes] == ["autoscale-static"]
    assert after.total == before.total
    assert after.components["api"].utilisation == before.components["api"].utilisation


def _behind(lines: str) -> Topology:
    return read(
        f"""
workload: {{rate: 10/s}}
requests: {{home: {{to: lb}}}}
components:
  lb: {{kind: balancer, {lines}}}
  a: {{kind: server, replicas: 2, time: 5ms}}
  b: {{kind: server, replicas: 2, time: 5ms}}
"""
    )
