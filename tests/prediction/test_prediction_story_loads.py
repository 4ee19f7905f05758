"""What goes on in a story besides its events: the load, autoscalers, failures, what is down, the warm-up before it."""

import pytest
from story_scenes import SHOP, scene

from capplan.prediction.measures import REQUEST, TOTAL, Name, measure_of
from capplan.prediction.predict import predict
from capplan.prediction.story import Scene
from capplan.simulation.loads import Steps, Users
from capplan.simulation.stories.story import (
    Crowd,
    Frailty,
    Gauge,
    Scaler,
    Site,
)
from capplan.simulation.stories.telling import tell
from capplan.simulation.streams import Sources
from capplan.simulation.windows import merged


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


def test_the_warm_up_does_not_grow_with_a_long_story() -> None:
    short, hour, week = (scene(duration=length).story.warmup for length in (600.0, 3600.0, 604_800.0))
    assert (short, hour, week) == (60.0, 360.0, 360.0)


def test_what_takes_long_to_settle_is_waited_for_in_a_long_story() -> None:
    slow = SHOP.replace("latency: 50ms", "latency: 10m").replace("payments: 10%", "payments: 1")
    assert scene(text=slow, duration=604_800.0).story.warmup > 3 * 600.0
