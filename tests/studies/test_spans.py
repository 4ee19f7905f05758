"""What a swept setting says: which settings are swept, the values of ranges and lists, their units."""

import pytest

from capplan.errors import BadOption
from capplan.studies.spans import is_swept, parameter


def written(setting: str, points: int = 3, *, logarithmic: bool = False) -> list[str]:
    return [value.written for value in parameter(setting, points, logarithmic).values]


def numbers(setting: str, points: int = 3) -> list[float | None]:
    return [value.number for value in parameter(setting, points).values]


@pytest.mark.parametrize(
    ("setting", "swept"),
    [
        ("workload.rate=100/s..3000/s", True),
        ("components.app.machine=m6i.large,m6i.xlarge", True),
        ("components.app.replicas=8", False),
        ("components.app.calls={db: 2, cache: 1}", False),
        ("slos=[total.p99 < 50ms, total.p95 < 20ms]", False),
        ('name="a, b"', False),
        ("components.app.time=lognormal(5ms, 2)", False),
        ("components.app.time=5ms ±20%", False),
    ],
)
def test_ranges_and_lists_are_swept_and_nothing_else(setting: str, swept: bool) -> None:
    assert is_swept(setting) == swept


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ("workload.rate=100/s..300/s", ["100/s", "200/s", "300/s"]),
        ("c.time=5ms..0.02s", ["5ms", "12.5ms", "20ms"]),
        ("c.time=1..3ms", ["1ms", "2ms", "3ms"]),
        ("c.time=1ms..3", ["1ms", "2ms", "3ms"]),
        ("c.hit_ratio=50%..90%", ["50%", "70%", "90%"]),
        ("c.hit_ratio=0..1", ["0", "0.5", "1"]),
        ("c.replicas=1..4", ["1", "2", "4"]),
        ("c.replicas=1..2", ["1", "2"]),
        ("c.calls.db=1.0..4.0", ["1", "2.5", "4"]),
        ("c.price=1/hour..3/hour", ["1/hour", "2/hour", "3/hour"]),
        ("c.machine=m6i.large, m6i.xlarge", ["m6i.large", "m6i.xlarge"]),
    ],
)
def test_the_values_keep_their_unit(setting: str, values: list[str]) -> None:
    assert written(setting) == values


def test_the_numbers_are_in_si() -> None:
    assert numbers("c.time=1ms..3ms") == pytest.approx([0.001, 0.002, 0.003])
    assert numbers("workload.rate=60/min,2/s") == pytest.approx([1.0, 2.0])
    assert numbers("c.machine=m6i.large,m6i.xlarge") == [None, None]
    units = ("1/s", "s", "B", "fraction", "")
    settings = ("r=1/s..2/s", "t=1ms..2ms", "s=1kB..2kB", "h=10%..20%", "replicas=1..2")
    assert tuple(parameter(setting, 3).unit for setting in settings) == units


def test_neighbours_have_the_same_ratio_where_that_is_asked_for() -> None:
    assert written("workload.rate=10/s..1000/s", logarithmic=True) == ["10/s", "100/s", "1000/s"]


@pytest.mark.parametrize(
    ("setting", "fault"),
    [
        ("a=3/s..1/s", "ends where it begins, or before"),
        ("a=1/s..1/s", "ends where it begins, or before"),
        ("a=5ms..10/s", "is no range of one quantity"),
        ("a=1h30m..2h", "is no range of one quantity"),
        ("a=few..many", "is not a range"),
        ("a=1,,2", "has an empty value"),
        ("a=0/s..5/s", "has no logarithm where it begins"),
    ],
)
def test_what_is_no_range_is_refused(setting: str, fault: str) -> None:
    with pytest.raises(BadOption, match=fault):
        parameter(setting, 3, logarithmic=True)
