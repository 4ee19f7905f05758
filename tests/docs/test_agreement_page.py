"""The page of agreement has every topology and every case, names a reason for what is refuted, and is still right."""

import pytest
from agreement_page import CASES, PAGE, TOUR, as_csv, compared, counts, families, refutations, totals, verified, worst
from agreement_reasons import FAMILIES
from figures import table, written

from capplan.queueing.measured_errors import LOSS_ERRORS, METHOD_ERRORS

CHEAP = ("02-bigger-server", "hello")
"""Topologies that are simulated within seconds."""
METHODS = {
    "mmc": "mmc",
    "ggc": "ggc",
    "lb": "power-of-two",
    "ps": "processor-sharing",
    "ps_lb": "shared-replicas",
    "usl": "usl",
    "usl_lb": "usl",
    "usl_ps": "usl",
    "path": "path",
    "visits": "repeat-visits",
    "closed": "closed-users",
    "pool": "slots",
    "hold": "slots",
    "threads": "slots",
    "pools": "slots",
    "nested": "slots",
    "retry": "retries",
}
"""The methods of those families that hang on one."""


def rows(name: str) -> list[list[str]]:
    lines = written(PAGE.read_text(encoding="utf-8"), name).splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_topology_stands_on_the_page() -> None:
    assert [row[0].partition("]")[0].strip("[") for row in rows("tour")] == TOUR
    assert list(dict.fromkeys(row[0] for row in rows("totals"))) == TOUR


def test_whatever_is_refuted_has_a_reason() -> None:
    refuted = {row[0].partition("]")[0].strip("[") for row in rows("tour") if row[5] != "0"}
    assert {row[0] for row in rows("refuted")} == refuted
    assert all(row[-1] not in ("", "not known") for row in rows("refuted"))


@pytest.mark.parametrize("name", CHEAP)
def test_the_simulation_still_says_what_stands_there(name: str) -> None:
    found = verified(name)
    page = PAGE.read_text(encoding="utf-8")
    for line in (counts(name, found), *totals(name, found), *refutations(name, found)):
        assert f"| {' | '.join(line)} |" in page


def test_the_simulated_cases_stand_on_the_page_as_they_are() -> None:
    every, page = compared(), PAGE.read_text(encoding="utf-8")
    assert set(FAMILIES) == {one.family for one in every}
    assert written(page, "families").splitlines()[2:] == table((), families(every)).splitlines()[2:]
    assert written(page, "worst").splitlines()[2:] == table((), worst(every)).splitlines()[2:]
    assert CASES.read_text(encoding="utf-8") == as_csv(every)


def test_no_case_is_further_off_than_its_method_states() -> None:
    for one in compared():
        if one.figure == "p99" and one.family in METHODS:
            stated = METHOD_ERRORS[METHODS[one.family]].p99
            assert abs(one.error) <= stated + (one.margin or 0.0) / one.simulated + 1e-4, one
        if one.figure == "failed" and one.family in ("finite", "retry"):
            assert abs(one.error) <= LOSS_ERRORS["room" if one.family == "finite" else "retries"] + 5e-5, one
