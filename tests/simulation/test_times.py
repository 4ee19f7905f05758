"""Times in little room: what is read from them is that of all of them, and more of them take no more room."""

import numpy as np
import pytest
from one_by_one import each
from stories import played, shop, story

from capplan.queueing.laws import Deterministic
from capplan.simulation.stories.stage import Stage
from capplan.simulation.streams import Sources
from capplan.simulation.times import FEW, Packed, Times, joined, longer, packed, quantile, sketched
from capplan.simulation.windows import in_little_room, merged

TIMES = np.random.default_rng(1).lognormal(-4.0, 1.0, size=20_000)
PARTS = np.split(TIMES, [50, 5_000, 5_010])
"""Few and many, by turns."""


def room(times: Times) -> int:
    """Bytes of what is kept."""
    if not isinstance(times, Packed):
        return times.nbytes
    return sum(column.nbytes for part in times.parts for column in part)


def test_few_times_are_kept_as_they_are() -> None:
    few = TIMES[:FEW]
    assert packed(few) is few
    assert each(joined([few[:10], few[10:]])).tolist() == few.tolist()
    assert not len(joined([]))


def test_what_is_read_from_packed_times_is_that_of_the_times() -> None:
    found = joined(map(packed, PARTS))
    assert isinstance(found, Packed)
    assert len(found) == len(TIMES)
    assert float(found.sum()) == pytest.approx(TIMES.sum(), rel=1e-12)
    assert float(found.mean()) == pytest.approx(TIMES.mean(), rel=1e-12)
    for level in (0.001, 0.5, 0.9, 0.99, 0.9999):
        assert quantile(found, level) == pytest.approx(quantile(TIMES, level), rel=2e-3)
    for threshold in (0.0, 0.005, 0.02, 0.2, 9.0):
        assert longer(TIMES, threshold * 1.002) <= longer(found, threshold) <= longer(TIMES, threshold / 1.002)


def test_the_sketch_of_parts_is_that_of_all() -> None:
    found, whole = sketched(joined(map(packed, PARTS))), sketched(TIMES)
    assert found.bins.tolist() == whole.bins.tolist()
    assert found.numbers.tolist() == whole.numbers.tolist()
    assert found.sums == pytest.approx(whole.sums, rel=1e-12)


def test_times_that_do_not_differ_are_exact() -> None:
    found = packed(np.full(3_333, 0.1))
    assert quantile(found, 0.99) == pytest.approx(0.1, rel=1e-12)
    assert (longer(found, 0.1), longer(found, 0.099)) == (0, 3_333)


@pytest.mark.parametrize("shortest", [0.0, 1e-15, 1e-9, 1e9])
def test_every_time_that_there_is_has_a_bin(shortest: float) -> None:
    found = packed(shortest * (1.0 + np.arange(2_000.0)))
    assert sketched(found).bins.tolist() == sketched(shortest * (1.0 + np.arange(2_000.0))).bins.tolist()


def test_hundred_times_as_many_take_little_more_room() -> None:
    def times(number: int) -> Times:
        return packed(np.random.default_rng(2).lognormal(-4.0, 1.0, size=number))

    assert room(times(1_000_000)) < 2 * room(times(10_000)) < 80_000


def test_what_is_told_of_a_busy_story_is_the_same_in_little_room() -> None:
    tale = story(shop(3, law=Deterministic(1e-3)), 2_000.0, duration=4.0, tick=2.0)
    stage = Stage(tale, Sources(1))
    stage.begin()
    plain = [stage.stretch(until).window for until in (2.0, 4.0)]
    told = played(tale)
    for window, kept in zip((*plain, merged(plain)), (*told.windows, merged(told.windows)), strict=True):
        (stream,), (one,) = window.streams, kept.streams
        (task,), (other,) = window.tasks, kept.tasks
        assert all(isinstance(times, Packed) for times in (one.times[0], other.own, other.waits))
        assert [len(times) for times in one.times] == [len(times) for times in stream.times]
        assert (one.begun, kept.busy, other.endings) == (stream.begun, window.busy, task.endings)
        assert other.served == pytest.approx(task.served)
        pairs = (stream.times[0], one.times[0]), (task.own, other.own), (task.waits, other.waits)
        for times, little in pairs:
            assert float(little.sum()) == pytest.approx(float(times.sum()))
            assert quantile(little, 0.99) == pytest.approx(quantile(times, 0.99), rel=2e-3)
        assert in_little_room(kept) == kept
