"""Topology and scenario as a story: sites, happenings, the load, autoscalers; and that time 0 is as it was written."""

from math import inf

import numpy as np
import pytest

from capplan.prediction.expansion import Extent, expanded
from capplan.prediction.measures import REQUEST, TOTAL, Name, measure_of
from capplan.prediction.predict import predict, solve_topology
from capplan.prediction.story import Scene, story_of
from capplan.prediction.translate import translate
from capplan.reading import read_topology
from capplan.simulation.loads import Steps, Users
from capplan.simulation.story import (
    Change,
    Crowd,
    Deployed,
    Effect,
    Failing,
    Flushed,
    Frailty,
    Gauge,
    Lost,
    Rollout,
    Scaler,
    Site,
    Slowed,
)
from capplan.simulation.streams import Sources
from capplan.simulation.telling import tell
from capplan.simulation.windows import merged
from capplan.topology import Scenario, Topology, parse_event

SHOP = """
workload: {rate: 100/s}
requests: {home: {to: lb}}
locations: {eu: {zones: 2}, us: {}}
components:
  lb: {kind: balancer, policy: least_connections, forwards_to: api}
  api:
    kind: server
    replicas: 3
    location: eu
    machine: {cores: 2, network: 1Gbps}
    concurrency: 20
    time: 5ms
    response: 10kB
    calls: [{sessions: 1, pool: 5}, {payments: 10%}, {files: 1}]
    deploy: {max_unavailable: 1, max_surge: 1, warmup: 20s, drain: 5s}
  guest: {kind: server, host: api, time: 1ms}
  sessions: {kind: cache, location: us, time: 1ms, hit_ratio: 80%, on_miss: {db.read: 1, db.write: 0.1}}
  db:
    kind: database
    location: eu
    readers: 2
    read_endpoints: [read]
    mtbf: 30d
    mttr: 10m
    endpoints: {read: {time: 2ms}, write: {time: 3ms}}
  payments: {kind: external, latency: 50ms}
  files: {kind: storage, latency: 1ms, iops: 3000}
"""


def read(text: str = SHOP) -> Topology:
    return read_topology(text, "shop.yaml")


def scene(*events: str, text: str = SHOP, rate: float | None = None, duration: float | None = None) -> Scene:
    topology = read(text)
    scenario = Scenario.of([parse_event(event, topology) for event in events], duration)
    return story_of(topology, scenario, rate, 60.0)


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


def test_the_load_is_rate_times_profile_times_events() -> None:
    plain = scene()
    assert plain.story.load == 100.0
    assert scene(rate=50.0).story.load == 50.0
    changed = scene("rate x3 at 1m for 2m", "rate x2 at 2m", duration=300.0).story.load
    assert changed == Steps(((60.0, 100.0), (60.0, 300.0), (60.0, 600.0), (120.0, 200.0)))
    profile = SHOP.replace("{rate: 100/s}", "{rate: 100/s, profile: [0.5, 1]}")
    day = scene("rate x2 at 6h", text=profile, duration=1.5 * 86400.0).story.load
    assert day == Steps(((21600.0, 50.0), (21600.0, 100.0), (43200.0, 200.0), (43200.0, 100.0)))


def test_closed_users_become_more_and_fewer() -> None:
    users = SHOP.replace("{rate: 100/s}", "{users: 90, think_time: 1s}")
    found = scene("rate x3 at 1m for 2m", "users x2 at 2m", text=users).story
    assert isinstance(found.load, Users)
    assert found.load.number == 90
    assert [one.effect for one in found.happenings] == [Crowd(3.0), Crowd(2.0)]
    profile = SHOP.replace("{rate: 100/s}", "{users: 90, think_time: 1s, profile: [0.5, 1]}")
    day = scene(text=profile, duration=86400.0).story
    assert isinstance(day.load, Users)
    assert day.load.number == 45
    assert [(one.at, one.until, one.effect) for one in day.happenings] == [(43200.0, 86400.0, Crowd(2.0))]
    assert scene("rate x3 at 1m", text=users, rate=10.0, duration=120.0).story.load == Steps(
        ((60.0, 10.0), (60.0, 30.0))
    )


def test_an_autoscaler_looks_at_what_it_says() -> None:
    def scaler(autoscale: str) -> tuple[Scaler, Site, Scene]:
        found = scene(text=SHOP.replace("    concurrency: 20\n", f"    concurrency: 20\n    autoscale: {autoscale}\n"))
        (one,) = found.story.scalers
        return one, found.story.sites[one.site], found

    busy, site, found = scaler("{target: 60%, min: 2, max: 8, startup: 30s}")
    assert (busy.gauge, found.story.network.stations[busy.watched].name) == (Gauge.BUSY, "api.cpu")
    assert (busy.target, busy.least, busy.most, busy.startup, busy.drain) == (0.6, 2, 8, 30.0, 5.0)
    assert (busy.interval, busy.tolerance, busy.stabilization) == (15.0, 0.1, 300.0)
    assert (site.replicas, site.ready) == (8 + 6, 3)  # those that drain have places too
    held, _, found = scaler("{metric: concurrency, target: 0.7, max: 8}")
    assert (held.gauge, found.story.network.gates[held.watched].name) == (Gauge.HELD, "api.concurrency")
    assert held.startup == 20.0
    asked, _, found = scaler("{metric: rate, target: 50/s, max: 8}")
    assert (asked.gauge, asked.target) == (Gauge.ARRIVALS, 50.0)
    assert [found.story.network.tasks[task].name for task in asked.tasks] == ["api"]
    assert scaler("{metric: queue_length, target: 5, max: 8}")[0].gauge is Gauge.QUEUE


def test_a_deployment_beside_an_autoscaler_has_room_for_the_larger() -> None:
    text = SHOP.replace("    concurrency: 20\n", "    concurrency: 20\n    autoscale: {target: 60%, max: 8}\n")
    assert scene("deploy api at 1m", text=text).story.sites[0].replicas == 8 + 7
    at_once = text.replace("drain: 5s", "drain: 0s")
    assert scene("deploy api at 1m", text=at_once).story.sites[0].replicas == 8 + 1
    assert scene("deploy api at 1m by blue_green", text=text).story.sites[0].replicas == 16


def test_machines_fail_by_chance() -> None:
    found = scene()
    assert found.story.frailties == (Frailty(2, 30 * 86400.0, 600.0), Frailty(3, 30 * 86400.0, 600.0))
    assert (found.story.downs, found.notes) == ((), ())


def test_what_is_down_by_its_availability_is_found_down() -> None:
    found = scene(text=SHOP.replace("latency: 50ms", "latency: 50ms, availability: 99%"))
    (down,) = found.story.downs
    assert (down.name, len(down.chances)) == ("payments", 1)
    assert down.chances[0] == pytest.approx(0.01)
    assert [found.model.network.tasks[task].name for task in down.tasks] == ["payments"]
    assert found.notes == ()
    ours = scene(text=SHOP.replace("    time: 5ms", "    time: 5ms\n    availability: 90%"))
    assert [down.name for down in ours.story.downs] == ["api"]
    assert [(note.code, note.where) for note in ours.notes] == [("availability-static", "components.api")]


def test_requests_of_a_story_fail_as_often_as_availability_says() -> None:
    text = SHOP.replace("{payments: 10%}", "{payments: 1}").replace("latency: 50ms", "latency: 50ms, availability: 90%")
    found = scene("api replica down at 10s for 10s", text=text, duration=60.0)
    figures = measure_of(found.model)(merged(tell(found.story, Sources(1)).windows))
    success = figures.numbers[Name(REQUEST, TOTAL, "success").key]
    assert success == pytest.approx(predict(found.topology).total.success_rate, abs=4.0 * (0.09 / 6000.0) ** 0.5)


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


def test_the_warm_up_does_not_grow_with_a_long_story() -> None:
    short, hour, week = (scene(duration=length).story.warmup for length in (600.0, 3600.0, 604_800.0))
    assert (short, hour, week) == (60.0, 360.0, 360.0)


def test_what_takes_long_to_settle_is_waited_for_in_a_long_story() -> None:
    slow = SHOP.replace("latency: 50ms", "latency: 10m").replace("payments: 10%", "payments: 1")
    assert scene(text=slow, duration=604_800.0).story.warmup > 3 * 600.0
