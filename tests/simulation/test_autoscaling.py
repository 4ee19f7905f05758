"""The autoscaler decides as Kubernetes' does, and a fleet follows it."""

import pytest
from stories import played, shop, story, threaded

from capplan.queueing.laws import Deterministic
from capplan.simulation.loads import Steps
from capplan.simulation.stories.scaling import Autoscaler, Sight, recommended
from capplan.simulation.stories.story import Change, Deployed, Gauge, Happening, Rollout, Scaler

CPU = Scaler(0, Gauge.BUSY, 0, (), 0.5, 1, 100)


@pytest.mark.parametrize(
    ("current", "sight", "wanted"),
    [
        (4, Sight(0.50, 4), 4),
        (4, Sight(0.55, 4), 4),
        (4, Sight(0.56, 4), 5),
        (4, Sight(0.45, 4), 4),
        (4, Sight(0.44, 4), 4),
        (4, Sight(0.37, 4), 3),
        (4, Sight(1.00, 4), 8),
        (4, Sight(0.00, 4), 0),
        # not ready: 0 where it goes up (2 of 4 at 90 %: 45 %, which would turn it), left out where it goes down
        (4, Sight(0.90, 2, starting=2), 4),
        (6, Sight(1.00, 4, starting=2), 8),
        (4, Sight(0.30, 3, starting=1), 2),
        # nothing is known: 0 where it goes up, the target where it goes down
        (4, Sight(0.90, 3, lost=1), 6),
        (4, Sight(0.60, 3, lost=1), 4),
        (4, Sight(0.30, 3, lost=1), 3),
        (4, Sight(0.45, 0, lost=4), 4),
    ],
)
def test_what_the_gauge_asks_for(current: int, sight: Sight, wanted: int) -> None:
    assert recommended(CPU, current, sight) == wanted


def decisions(scaler: Scaler, current: int, values: list[float]) -> list[int]:
    """What is wanted after each look, all replicas ready at once."""
    autoscaler, found = Autoscaler(scaler, current, 0.0), []
    for number, value in enumerate(values):
        current = autoscaler.decide(current, Sight(value, current), scaler.interval * (number + 1))
        found.append(current)
    return found


def test_up_at_once_but_by_no_more_than_the_larger_of_four_and_all() -> None:
    assert decisions(CPU, 1, [10.0, 10.0, 10.0, 10.0]) == [5, 10, 20, 40]
    assert decisions(CPU._replace(interval=5.0), 6, [10.0] * 7) == [12, 12, 12, 24, 24, 24, 48]
    assert decisions(CPU._replace(most=7), 6, [10.0]) == [7]


def test_down_to_the_highest_of_the_stabilization_window() -> None:
    scaler = CPU._replace(stabilization=45.0)
    assert decisions(scaler, 10, [0.1, 0.2, 0.1, 0.1, 0.1, 0.1]) == [10, 10, 4, 4, 2, 1]
    assert decisions(CPU, 10, [0.1] * 20) == [10] * 19 + [2]
    assert decisions(CPU._replace(stabilization=0.0, least=3), 10, [0.1]) == [3]


def test_beyond_its_limits_it_goes_there_at_once() -> None:
    assert decisions(CPU._replace(least=8), 2, [0.5]) == [8]
    assert decisions(CPU._replace(most=3), 9, [0.5]) == [3]


def test_a_fleet_follows_the_load_up_and_down() -> None:
    """Work of 0.1 s at 20/s on 4, then 60/s: busy 50 %, then 150 %."""
    network = shop(20, law=Deterministic(0.1))
    load = Steps(((200.0, 20.0), (1_000.0, 60.0), (800.0, 20.0)))
    scaler = CPU._replace(most=20, startup=20.0, drain=5.0)
    told = played(story(network, load, ready=4, duration=2_000.0, tick=100.0, scalers=(scaler,)), seed=3)
    ready = [ready for (ready,) in told.ready]
    assert ready[1] == 4.0
    assert max(ready) > 14.0, "there is a backlog to be worked off"
    assert ready[11] == pytest.approx(12.0, abs=1.0)
    assert ready[-1] == pytest.approx(4.0, abs=1.0)
    assert told.windows[11].busy[0] == pytest.approx(0.5, abs=0.07)
    assert {one.why for one in told.log} == {"autoscaler"}
    first = next(one for one in told.log if one.change is Change.STARTED)
    assert 200.0 < first.at <= 230.0
    assert next(one.at for one in told.log if one.change is Change.READY) == first.at + 20.0


@pytest.mark.parametrize(
    ("gauge", "target"), [(Gauge.HELD, 0.25), (Gauge.ARRIVALS, 1.0), (Gauge.QUEUE, 0.5), (Gauge.BUSY, 0.5)]
)
def test_every_gauge_brings_more_where_it_is_above_its_target(gauge: Gauge, target: float) -> None:
    scaler = Scaler(0, gauge, 0, (0,), target, 1, 12)
    network = threaded(12) if gauge is not Gauge.QUEUE else shop(12)
    told = played(story(network, 6.0, ready=2, scalers=(scaler,), duration=300.0))
    assert told.ready[-1][0] > 4.0
    calm = played(story(network, 0.1, ready=2, scalers=(scaler._replace(stabilization=30.0),), duration=300.0))
    assert calm.ready[-1][0] == 1.0


def test_a_deployment_keeps_to_what_the_autoscaler_wants() -> None:
    what = Deployed(0, Rollout.ROLLING, 1, 2, warmup=10.0)
    network = shop(14, law=Deterministic(0.1))
    scaler = CPU._replace(most=12)
    tale = story(
        network,
        Steps(((60.0, 20.0), (1_000.0, 50.0))),
        Happening(50.0, 50.0, what, "release"),
        ready=4,
        duration=400.0,
        scalers=(scaler,),
    )
    told = played(tale)
    assert [one.change for one in told.log].count(Change.FINISHED) == 1
    assert told.ready[-1][0] == pytest.approx(10.0, abs=2.0)
