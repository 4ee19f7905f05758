"""Networks solved together give what `analyze` gives for each of them, in every topology of the tour."""

from pathlib import Path

import numpy as np
import pytest
from uncertainty_cases import TICKETS, TOUR, times_and_hits

import capplan
from capplan.topology import Topology
from capplan.uncertainty.figures import series
from capplan.uncertainty.inputs import Input, inputs, with_values
from capplan.uncertainty.records import Place, Series
from capplan.uncertainty.singly import solved_singly
from capplan.uncertainty.study import Study
from capplan.units import Uncertain

TRIED = 2
SHORT = 2e-5
"""Times (seconds) below which a difference of the grid's step says nothing."""
CLOSE = {"mean": 0.01, "p50": 0.04, "p90": 0.01, "p95": 0.01, "p99": 0.015, "p99.9": 0.02}
"""Relative differences of requests' latencies: the largest measured is 2.5 % at a median between two peaks."""


def _both(topology: Topology, chosen: tuple[Input, ...], points: int = 32) -> tuple[Series, Series]:
    """(figures of the first points solved together, the same solved singly)."""
    study = Study(topology, points=points, chosen=chosen)
    assert study.together is not None
    together = {place: values[:TRIED] for place, values in series(study.together)}
    tried = [with_values(topology, chosen, row.tolist()) for row in study.values[:TRIED]]
    return together, solved_singly(tried, None, [])[0]


def _apart(place: Place, one: np.ndarray, other: np.ndarray) -> float:
    endless = np.isinf(one) & np.isinf(other)
    gap = np.where(endless, 0.0, np.abs(np.where(endless, 0.0, one) - np.where(endless, 0.0, other)))
    if place[-2:-1] == ("latency",):
        gap = np.maximum(gap - SHORT, 0.0)
    return float(np.max(gap / np.maximum(np.where(endless, 1.0, other), 1e-12)))


SINGLY = ("10-pool-starved-shop", "11-retry-storm", "12-intranet", "14-ticket-sale")
"""Topologies of the tour with pools, threads, retries and closed users: what ensembles do not know."""


@pytest.mark.parametrize("stem", SINGLY)
def test_topologies_with_more_than_queues_are_solved_singly(stem: str) -> None:
    topology = capplan.read(next(file for file in TOUR if file.stem == stem))
    assert Study(topology, points=16, chosen=times_and_hits(topology)).together is None


@pytest.mark.parametrize("file", [file for file in TOUR if file.stem not in SINGLY], ids=lambda path: path.stem)
def test_members_have_the_figures_of_analyses(file: Path) -> None:
    topology = capplan.read(file)
    together, singly = _both(topology, times_and_hits(topology))
    for place, values in together.items():
        apart = _apart(place, values, singly[place])
        if place[0] in ("total", "requests") and place[-2:-1] == ("latency",):
            assert apart <= CLOSE[place[-1]], place
        elif place[0] in ("total", "requests", "cost", "capacity") or place[-2:-1] == ("utilisation",):
            assert apart <= 1e-3, place
        elif place[-1] in ("rate", "error_rate"):
            assert apart <= 1e-6, place


def test_any_input_may_be_uncertain() -> None:
    topology = capplan.read(TICKETS)
    known = [one for one in inputs(topology) if one.steps[-1] not in ("cores", "price")]
    chosen = tuple(
        one._replace(value=Uncertain(one.value, 0.95 * one.value, (1.0 if one.fraction else 1.05) * one.value))
        for one in known
    )
    together, singly = _both(topology, chosen)
    for place, values in together.items():
        if place[-2:-1] == ("latency",) and place[0] != "components":
            assert _apart(place, values, singly[place]) <= CLOSE[place[-1]], place


def test_call_numbers_may_pass_whole_numbers() -> None:
    text = TICKETS.read_text(encoding="utf-8").replace("cache: 2,", "cache: 1.6..2.7,")
    topology = capplan.parse(text)
    chosen = Study(topology).inputs
    assert any(one.path == "components.app.calls.cache" for one in chosen)
    together, singly = _both(topology, chosen)
    for level in ("p50", "p95", "p99"):
        place = ("total", "latency", level)
        assert _apart(place, together[place], singly[place]) <= 0.01


def test_what_gets_through_a_saturated_queue_is_the_same() -> None:
    topology = capplan.read(next(file for file in TOUR if "09" in file.stem))
    chosen = times_and_hits(topology)
    study = Study(topology, points=32, chosen=chosen)
    assert study.together is not None
    full = np.flatnonzero(~study.together.outcome.stable)[:TRIED]
    assert len(full) == TRIED
    tried = [with_values(topology, chosen, study.values[row].tolist()) for row in full]
    singly = solved_singly(tried, None, [])[0]
    for name in topology.requests:
        through = study.together.request_throughput([name])[full]
        assert through == pytest.approx(singly["requests", name, "throughput"], rel=1e-3)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("time: 12ms ±20%  ", "discipline: ps\n    time: 12ms ±20%"),
        ("time: 12ms ±20%  ", "scalability: {contention: 2%}\n    time: 12ms ±20%"),
        ("machine: r6i.xlarge", "machine: {cores: 4 ±20%}"),
        ("time: 0.1ms", "time: 0.1ms\n    availability: 98%..99%"),
    ],
    ids=["shared processors", "cores that slow each other down", "cores", "availability"],
)
def test_what_ensembles_do_not_know_is_solved_singly(old: str, new: str) -> None:
    text = TICKETS.read_text(encoding="utf-8")
    assert old in text
    study = Study(capplan.parse(text.replace(old, new)), points=16)
    assert study.together is None
    found = study.uncertainty()
    assert found.exact
    low, high = found.intervals["total", "latency", "p99"]
    assert 0.0 < low < high
