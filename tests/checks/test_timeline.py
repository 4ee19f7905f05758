"""Timelines: ticks put together to steps, metrics by name, alerts and failures from counts that were made by hand."""

import numpy as np
import pytest
from checks_cases import topology

from capplan.checks.samples import Samples, tick_of
from capplan.checks.stories import Wanted, tell_story
from capplan.checks.timeline import Telling, timeline
from capplan.checks.timeline_records import Occurrence, Timeline
from capplan.errors import BadOption
from capplan.prediction.measures import measure_of
from capplan.prediction.meters import Meter
from capplan.prediction.predict import prediction, solve_topology
from capplan.prediction.solved import Solved
from capplan.prediction.storied import Repeats, Watch
from capplan.simulation.loads import Steps
from capplan.simulation.stories.story import Change, Entry, Happening, Lost, Site, Story, Told
from capplan.simulation.windows import StreamWindow, TaskWindow, Window

SHOP = """
workload: {rate: 100/s}
components:
  app:
    kind: server
    replicas: 2
    machine: {cores: 2, memory: 1GB}
    memory: {base: 100MB, per_visit: 1MB}
    time: 10ms
  watch: {kind: alerting, evaluation_interval: 15s, notify: {channel: phone, delay: 30s}}
slos:
  - {objective: total.success_rate > 99%, window: 1h}
  - {objective: total.p90 < 100ms, window: 1h}
alerts:
  - {name: errors, when: total.error_rate > 10%, severity: page}
  - {name: hot, when: app.cpu > 80%}
"""


def solved(text: str = SHOP) -> Solved:
    return solve_topology(topology(text))


def story(of: Solved, *happenings: Happening, duration: float = 60.0, tick: float = 15.0) -> Story:
    """A story in which the component `app` is the site."""
    stations = tuple(of.model.stations_of["app"])
    site = Site("app", stations, (), 2, 2)
    parts: dict[str, object] = {"duration": duration, "tick": tick, "warmup": 1.0, "sites": (site,)}
    load = Steps(((duration, 100.0),))
    return Story(network=of.model.network, load=load, happenings=happenings, **parts)  # type: ignore[arg-type]


def window(served: list[float], failed: int = 0, busy: float = 0.5, seconds: float = 15.0) -> Window:
    """A window in which requests of some latencies were served, and some failed."""
    times, none = np.array(served), np.empty(0)
    stream = StreamWindow(len(served) + failed, 0, (times, np.full(failed, 0.5), none, none))
    task = TaskWindow(
        endings=(len(served), failed, 0, 0),
        own=times,
        waits=np.zeros(len(served)),
        served=float(times.sum()),
        pooled=0.0,
        visits=(len(served),),
        work=(float(times.sum()),),
        refused=0,
    )
    return Window(
        seconds=seconds, streams=(stream,), tasks=(task,), busy=(busy,), gates=(), events=10, warmup=0, ready=(1.0,)
    )


GOOD, BAD = window([0.01] * 9 + [0.05]), window([0.2] * 5, failed=5, busy=0.9)


def told(*windows: Window, ready: tuple[float, ...] = ()) -> Told:
    counts = ready or (2.0,) * len(windows)
    return Told(windows, tuple((count,) for count in counts), (Entry(20.0, 0, Change.LOST, 1, "app replica down"),))


def lines(made: Told, step: float = 30.0, events: tuple[Occurrence, ...] = ()) -> Timeline:
    of = solved()
    duration = sum(one.seconds for one in made.windows)
    meter = Meter(of.model, measure_of(of.model), prediction(of).cost)
    return timeline(Telling(Samples(meter, story(of, duration=duration), made), step, "", events))


def test_ticks_make_steps() -> None:
    found = lines(told(GOOD, GOOD, BAD, window([], seconds=5.0), ready=(2.0, 1.0, 2.0, 0.0)))
    assert found.time == (0.0, 30.0)
    assert found.duration == 50.0
    assert found.metrics["total.rate"] == pytest.approx((20 / 30, 10 / 20))
    assert found.metrics["total.success_rate"] == (1.0, 0.5)
    assert found.metrics["total.p90"] == (0.01, 0.2)
    assert found.metrics["total.p99"] == (0.05, 0.2)
    assert found.metrics["app.replicas"] == (1.5, 1.5)
    assert found.metrics["app.cpu"] == pytest.approx((0.5, (0.9 * 15 + 0.5 * 5) / 20))


def test_where_nothing_was_there_a_metric_is_nothing() -> None:
    found = lines(told(GOOD, GOOD, window([], 0), window([], 0), ready=(2.0, 2.0, 0.0, 0.0)))
    for metric in ("total.p99", "total.mean", "total.success_rate", "app.mean", "app.error_rate", "app.cpu"):
        assert found.metrics[metric][0] is not None
        assert found.metrics[metric][1] is None
    assert found.metrics["total.rate"][1] == 0.0
    assert found.metrics["app.replicas"] == (2.0, 0.0)


def test_memory_is_that_of_the_visits_in_progress() -> None:
    """10 visits of 0.14 s in all in 15 s, at two replicas."""
    found = lines(told(GOOD, GOOD))
    visits = (9 * 0.01 + 0.05) / 15.0 / 2.0
    assert found.metrics["app.memory"][0] == pytest.approx((100e6 + visits * 1e6) / 1e9)


def test_alerts_look_at_the_last_four_scrapes_and_people_are_told_later() -> None:
    """5 of 20 in the two ticks since the breach, 5 of 30, 5 of 40: below 10 % only when five ticks have passed."""
    made = told(GOOD, BAD, GOOD, GOOD, GOOD, GOOD, GOOD)
    found = lines(made)
    errors = next(one for one in found.alerts if one.name == "errors")
    assert (errors.pending_at, errors.fired_at, errors.notified_at, errors.resolved_at) == (30.0, 30.0, 60.0, 90.0)
    assert errors.value == pytest.approx(0.25)
    assert errors.severity == "page"
    assert found.quiet == ("hot",)


def test_failures_are_counted_until_somebody_is_told() -> None:
    made = told(GOOD, GOOD, BAD, BAD, BAD, BAD)
    events = (Occurrence("app replica down", 30.0, None),)
    found = lines(made, events=events)
    errors = found.alerts[0]
    assert (errors.fired_at, errors.notified_at, errors.resolved_at) == (45.0, 75.0, None)
    assert errors.failed_before_notified == {"default": 10}
    before, harm = found.harms
    assert (before.event, before.failed) == ("", 0)
    assert (harm.event, harm.at, harm.until, harm.told_at) == ("app replica down", 30.0, 90.0, 75.0)
    assert (harm.before, harm.after, harm.requests) == ({"default": 15}, {"default": 5}, 40)


def test_within_a_tick_failures_are_spread_evenly() -> None:
    of = solved()
    meter = Meter(of.model, measure_of(of.model), prediction(of).cost)
    samples = Samples(meter, story(of, duration=30.0), told(window([], failed=30), window([], failed=60)))
    assert samples.failed(5.0, 20.0) == {"default": 40}


def test_objectives_are_held_against_every_step() -> None:
    found = lines(told(GOOD, GOOD, BAD, GOOD, GOOD, GOOD))
    success, latency = found.slos
    assert success.missed == (30.0,)
    assert success.outside == 30.0
    assert success.budget_used == pytest.approx(5 / 60 * 90.0 / (0.01 * 3600.0))
    assert latency.missed == (30.0,)
    assert latency.budget_used == pytest.approx(5 / 55 * 90.0 / (0.1 * 3600.0))


def test_a_step_without_success_misses_a_latency_and_one_without_requests_does_not() -> None:
    found = lines(told(window([], failed=5), window([], failed=5), window([]), window([])))
    assert found.slos[1].missed == (0.0,)


def test_where_nothing_notifies_nobody_is_told() -> None:
    of = solved("\n".join(line for line in SHOP.splitlines() if "watch:" not in line))
    meter = Meter(of.model, measure_of(of.model), prediction(of).cost)
    found = timeline(Telling(Samples(meter, story(of, duration=30.0), told(BAD, BAD)), 15.0, "", ()))
    assert [alert.notified_at for alert in found.alerts if alert.name == "errors"] == [None]
    assert not found.alerting


@pytest.mark.parametrize(
    ("step", "scrape", "tick"), [(60.0, 15.0, 15.0), (10.0, 15.0, 5.0), (15.0, 15.0, 15.0), (5.0, 60.0, 5.0)]
)
def test_steps_and_scrapes_are_whole_numbers_of_ticks(step: float, scrape: float, tick: float) -> None:
    assert tick_of(step, scrape, 600.0) == pytest.approx(tick)


def test_steps_and_scrapes_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(BadOption, match="a whole number of scrape intervals"):
        tick_of(61.7, 15.0, 600.0)


def test_a_story_is_told() -> None:
    of = solved()
    down = Happening(30.0, 45.0, Lost(0, (1,)), "app replica down")
    wanted = Wanted(15.0, Repeats(1), "bad day", (Occurrence("app replica down", 30.0, 45.0),))
    first, again = (tell_story(of, story(of, down), wanted, Watch()).timeline for _ in range(2))
    assert first is not None
    assert first == again
    assert first.metrics["app.replicas"] == pytest.approx((2.0, 2.0, 1.0, 2.0))
    cpu = [value or 0.0 for value in first.metrics["app.cpu"]]
    assert cpu[2] > 1.5 * cpu[1]
    assert [line.change for line in first.log] == ["lost", "back"]


def test_whoever_stops_it_sees_what_there_is() -> None:
    def stop(part: float) -> None:
        if part >= 0.5:
            raise KeyboardInterrupt

    of = solved()
    stopped = tell_story(of, story(of), Wanted(15.0, Repeats(1)), Watch(tell=stop))
    whole = tell_story(of, story(of), Wanted(15.0, Repeats(1)), Watch())
    assert stopped.timeline is not None
    assert whole.timeline is not None
    assert (stopped.timeline.interrupted, stopped.timeline.duration) == (True, 30.0)
    assert stopped.timeline.metrics["total.p99"] == whole.timeline.metrics["total.p99"][:2]
    assert "stopped early" in stopped.analysis.prediction.notes[0].message
    assert stopped.simulated.run.replications == 1


def test_several_replications_give_intervals_and_the_first_ones_timeline() -> None:
    of = solved()
    once, thrice = (tell_story(of, story(of), Wanted(15.0, Repeats(1, number)), Watch()) for number in (1, 3))
    assert once.timeline == thrice.timeline
    assert thrice.simulated.run.replications == 3
    assert thrice.simulated.run.simulated_seconds == pytest.approx(180.0)
    low, high = thrice.simulated.total.latency["mean"]
    assert 0.0 < low < high < 1.0
