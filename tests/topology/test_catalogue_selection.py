"""Which machine types fit what somebody wants, and in which order."""

import pytest

from capplan.topology import Machine
from capplan.topology.catalogue import load_catalogue
from capplan.topology.selection import SORTS, Wanted, select, why_none

GIB = 2.0**30


def named(name: str, cores: float, memory: float | None, price: float | None) -> Machine:
    return Machine(name=name, cores=cores, memory=memory, price=price, provider="own", family="f", arch="arm64")


MACHINES = (named("b.large", 4, 8 * GIB, 0.2), named("a.small", 2, 16 * GIB, 0.15), named("c", 8, None, None))


def fitting(wanted: Wanted, sort: str | None = None) -> list[str | None]:
    return [machine.name for machine in select(MACHINES, wanted, sort)]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Wanted(), ["b.large", "a.small", "c"]),
        (Wanted(text="LARGE"), ["b.large"]),
        (Wanted(provider="OWN", family="F", arch="ARM64"), ["b.large", "a.small", "c"]),
        (Wanted(family="g"), []),
        (Wanted(min_cores=4.0), ["b.large", "c"]),
        (Wanted(max_cores=4.0), ["b.large", "a.small"]),
        (Wanted(min_memory=8 * GIB), ["b.large", "a.small"]),
        (Wanted(max_price=0.15), ["a.small"]),
        (Wanted(min_cores=4.0, max_price=0.15), []),
    ],
)
def test_machines_fit_all_that_is_wanted(wanted: Wanted, names: list[str]) -> None:
    assert fitting(wanted) == names


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("price", ["a.small", "b.large", "c"]),
        ("cores", ["a.small", "b.large", "c"]),
        ("memory", ["b.large", "a.small", "c"]),
        ("name", ["a.small", "b.large", "c"]),
        ("price-per-core", ["b.large", "a.small", "c"]),
    ],
)
def test_machines_are_sorted_and_what_is_not_known_comes_last(sort: str, names: list[str]) -> None:
    assert fitting(Wanted(), sort) == names


def test_every_order_takes_the_whole_catalogue() -> None:
    for sort in SORTS:
        assert len(select(load_catalogue().values(), Wanted(), sort)) == len(load_catalogue())


def test_where_nothing_fits_the_word_that_no_machine_bears_is_named() -> None:
    assert why_none(MACHINES, Wanted(arch="arm46")) == "there is no arch `arm46`: did you mean `arm64`?"
    assert why_none(MACHINES, Wanted(arch="arm64", min_cores=99.0)) == "fewer or wider limits"
