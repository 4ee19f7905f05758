"""Uncertain inputs: where they are, what is known of them, and topologies with other numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from uncertainty_cases import TICKETS, TOUR, queue

import capplan
from capplan.uncertainty.inputs import Input, inputs, uncertain, with_values
from capplan.uncertainty.margins import quantiles
from capplan.units import DURATION, FRACTION, Uncertain

ENDS = np.array([0.05, 0.5, 0.95])


def test_uncertain_inputs_are_found_by_their_paths() -> None:
    found = uncertain(capplan.read(TICKETS))
    assert [one.path for one in found] == [
        "components.app.time",
        "components.cache.hit_ratio",
        "components.db.time",
        "components.payments.latency",
    ]
    assert [one.low for one in found][:3] == pytest.approx([0.0096, 0.8, 0.008])


def test_a_rate_that_is_given_is_certain() -> None:
    topology = queue(rate="50/s ±10%", time="10ms")
    assert [one.path for one in uncertain(topology)] == ["workload.rate"]
    assert uncertain(topology, 60.0) == ()


def test_an_input_is_what_a_setting_of_its_path_sets() -> None:
    topology = capplan.read(TICKETS)
    paths = ("components.app.time", "components.cache.hit_ratio", "components.app.calls.cache", "workload.rate")
    for one in (one for one in inputs(topology) if one.path in paths):
        moved = with_values(topology, [one], [0.9 * one.value])
        unit = {"time": "s", "rate": "/s"}.get(one.path.rpartition(".")[2], "")
        assert capplan.read(TICKETS, settings=[f"{one.path}={0.9 * one.value!r}{unit}"]) == moved


@pytest.mark.parametrize("file", TOUR, ids=lambda path: path.stem)
def test_every_number_can_be_replaced_by_itself(file: str) -> None:
    topology = capplan.read(file)
    known = inputs(topology)
    assert known
    assert with_values(topology, known, [one.value for one in known]) == topology


def test_shares_still_sum_to_one() -> None:
    topology = capplan.read(TOUR[0])
    one = next(one for one in inputs(topology) if one.path == "requests.image.share")
    moved = with_values(topology, [one], [0.9])
    assert sum(request.share for request in moved.requests.values()) == pytest.approx(1.0)
    assert moved.requests["image"].share == pytest.approx(0.9 / 1.3)


def test_shares_of_places_still_sum_to_one() -> None:
    topology = capplan.read(next(file for file in TOUR if "07" in file.stem))
    places = [one for one in inputs(topology) if one.path.startswith("requests.") and ".from." in one.path]
    assert places
    moved = with_values(topology, places[:1], [0.5 * places[0].value])
    assert all(sum(one.origin.values()) == pytest.approx(1.0) for one in moved.requests.values() if one.origin)


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (Uncertain(0.012, 0.0096, 0.0144), DURATION),
        (Uncertain(0.0125, 0.010, 0.015), DURATION),
        (Uncertain(0.875, 0.8, 0.95), FRACTION),
        (Uncertain(0.5, 0.0, 1.0), FRACTION),
        (Uncertain(0.01, 0.0, 0.02), DURATION),
        (Uncertain(0.95, 0.9, 1.0), FRACTION),
    ],
)
def test_an_interval_says_the_5_50_and_95_percent_points(value: Uncertain, unit: capplan.units.Unit) -> None:
    found = quantiles(Input("x", ("x",), value, unit), ENDS)
    assert found == pytest.approx([max(value.low, 1e-9 * value), float(value), value.high])


@given(
    some.floats(1e-6, 1e3),
    some.floats(0.0, 0.95),
    some.floats(0.0, 3.0),
    some.lists(some.floats(0.001, 0.999), min_size=2, max_size=9),
)
def test_quantities_rise_with_their_level_and_stay_above_zero(
    middle: float, below: float, above: float, levels: list[float]
) -> None:
    value = Uncertain(middle, middle * (1.0 - below), middle * (1.0 + above))
    found = quantiles(Input("x", ("x",), value, DURATION), np.sort(levels))
    assert np.all(found > 0.0)
    assert np.all(np.diff(found) >= -1e-12 * middle)


@given(some.floats(0.01, 0.99), some.floats(0.0, 1.0), some.lists(some.floats(0.001, 0.999), min_size=1, max_size=9))
def test_fractions_stay_between_0_and_1(middle: float, spread: float, levels: list[float]) -> None:
    value = Uncertain(middle, middle * (1.0 - spread), middle + spread * (1.0 - middle))
    found = quantiles(Input("x", ("x",), value, FRACTION), np.array(levels))
    assert np.all((found >= 0.0) & (found <= 1.0))
