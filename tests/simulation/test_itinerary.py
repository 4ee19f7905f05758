"""Which steps of a period are played for a part of their length, which whole, and in which order."""

from math import inf

import pytest

from capplan.queueing.balancing import Group
from capplan.queueing.laws import Exponential
from capplan.queueing.network import Network, Station, Stream, Task, Visit
from capplan.queueing.traffic import traffic
from capplan.simulation.itinerary import Portion, Wish, itinerary, played, settles
from capplan.simulation.pace import Pace

QUEUE = Network(
    stations=(Station("queue", Group(servers=1)),),
    tasks=(Task("work", (Visit(Exponential(1.0), 0),)),),
    streams=(Stream("work", 0, 1.0),),
)
"""M/M/1 with a service of 1 s."""


def wish(loads: tuple[float, ...], length: float, part: float) -> Wish:
    """A wish for the queue."""
    one = Wish(loads, length, (), part)
    return one._replace(settles=settles(traffic(QUEUE), one, 1.0))


def test_calm_steps_are_played_for_a_part_from_the_calmest_on() -> None:
    portions = itinerary(wish((0.5, 0.2, 0.4), 10_000.0, 0.01))
    assert [portion.step for portion in portions] == [1, 2, 0]
    assert all(portion.pace.window == pytest.approx(100.0) for portion in portions)
    assert portions[2].pace.warmup == pytest.approx(5.0 * 2.0 * 2.0 / 0.5**2)


def test_a_backlog_and_all_that_it_lasts_into_is_played_whole() -> None:
    """10,000 s at 1.5 leave 5,000 s of work: the next step works off 6,000, the one after it is its own again."""
    portions = itinerary(wish((0.2, 1.5, 0.4, 0.4), 10_000.0, 0.01))
    whole = Pace(0.0, 10_000.0)
    assert [portion.pace == whole for portion in portions] == [False, True, True, False]


def test_an_overload_at_the_end_reaches_into_the_beginning() -> None:
    assert wish((0.4, 0.4, 1.5), 10_000.0, 0.01).settles[0] == inf


def test_steps_that_are_short_against_what_settles_are_played_whole() -> None:
    assert wish((0.2, 0.9), 1_000.0, 0.01).settles == (pytest.approx(31.25), inf)


def test_where_nothing_settles_a_whole_period_goes_before() -> None:
    portions = itinerary(Wish((0.5, 0.2), 10.0, (inf, inf), 0.5))
    assert portions == (
        Portion(1, 0.2, Pace(10.0, 0.0)),
        Portion(0, 0.5, Pace(10.0, 0.0)),
        Portion(1, 0.2, Pace(0.0, 10.0)),
        Portion(0, 0.5, Pace(0.0, 10.0)),
    )
    assert played(portions).parts == ((10.0, 0.2), (10.0, 0.5), (10.0, 0.2), (10.0, 0.5))


def test_many_requests_are_many_periods() -> None:
    portions = itinerary(Wish((0.5, 0.2), 1_000.0, (50.0, 20.0), 2.2))
    assert [portion.pace for portion in portions] == [Pace(20.0, 1_000.0), *[Pace(0.0, 1_000.0)] * 3]
