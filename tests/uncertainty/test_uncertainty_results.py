"""Intervals and probabilities: against closed forms, against brute force, and the laws that they keep."""

import numpy as np
import pytest
from uncertainty_cases import TICKETS, queue

import capplan
from capplan.uncertainty.inputs import with_values
from capplan.uncertainty.margins import quantiles, sampled
from capplan.uncertainty.records import Uncertainty
from capplan.uncertainty.singly import solved_singly
from capplan.uncertainty.study import Study

LATENCY = ("total", "latency", "mean")


def _of(time: str, rate: str = "50/s", points: int = 256, seed: int = 1) -> Uncertainty:
    return Study(queue(rate, time), points=points, seed=seed).uncertainty()


def test_the_interval_of_a_queue_is_that_of_the_formula() -> None:
    """M/M/1: E[T] = 1/(mu - lambda) grows with the service time, so its 5 and 95 % points are those of the time."""
    low, high = _of("10ms ±20%").intervals[LATENCY]
    assert (low, high) == pytest.approx((1 / (1 / 0.008 - 50), 1 / (1 / 0.012 - 50)), rel=0.01)
    low, high = _of("10ms ±20%").intervals["total", "latency", "p99"]
    assert (low, high) == pytest.approx((np.log(100) / (1 / 0.008 - 50), np.log(100) / (1 / 0.012 - 50)), rel=0.01)


def test_an_uncertain_rate_counts_as_well() -> None:
    low, high = _of("10ms", "40/s..60/s").intervals[LATENCY]
    assert (low, high) == pytest.approx((1 / (100 - 40), 1 / (100 - 60)), rel=0.01)


def test_the_probability_of_overload_is_that_of_the_input() -> None:
    """One server at 80/s is saturated from 12.5 ms on."""
    study = Study(queue("80/s", "10ms..14ms"), points=1024)
    levels = np.linspace(0.001, 0.999, 9999)
    above = float(np.mean(quantiles(study.inputs[0], levels) >= 0.0125))
    found = study.uncertainty()
    assert found.unstable == pytest.approx(above, abs=0.003)
    assert found.intervals[LATENCY].high == np.inf
    assert found.intervals["throughput",].low < 80.0 <= found.intervals["throughput",].high


def test_probabilities_are_those_of_brute_force() -> None:
    topology = capplan.read(TICKETS, settings=["slos=[total.p99 < 280ms, total.p95 < 100ms]"])
    study = Study(topology, points=64)
    found = study.uncertainty()
    assert not found.exact
    tried = [with_values(topology, study.inputs, row.tolist()) for row in study.values]
    columns = solved_singly(tried, None, [slo.objective.metric for slo in topology.slos])[1]
    for slo, chance, column in zip(topology.slos, found.slos, columns, strict=True):
        assert column is not None
        assert 0.2 < chance.probability < 0.8
        assert chance.probability == pytest.approx(np.mean(column < slo.objective.threshold), abs=1.5 / 64)


def test_everything_at_once_is_less_likely_than_each() -> None:
    found = Study(capplan.read(TICKETS, settings=["workload.rate=1100/s"])).uncertainty()
    each = [one.probability for one in found.slos] + [1.0 - one.probability for one in found.alerts]
    assert 0.0 < found.holding <= min(each)
    assert found.holding <= 1.0 - found.unstable


def test_a_wider_input_never_gives_a_narrower_interval() -> None:
    found = [_of(f"10ms ±{part}%").intervals for part in (1, 5, 10, 20, 40)]
    for place in ((LATENCY), ("total", "latency", "p99"), ("components", "app", "utilisation", "cpu")):
        lows, highs = [one[place].low for one in found], [one[place].high for one in found]
        assert lows == sorted(lows, reverse=True)
        assert highs == sorted(highs)


def test_an_input_that_is_all_but_certain_gives_a_point() -> None:
    low, high = _of("10ms +-1ns").intervals["total", "latency", "p99"]
    exact = capplan.analyze(queue(time="10ms")).prediction.total.latency
    assert exact is not None
    assert (low, high) == pytest.approx((exact.percentiles[0.99],) * 2, rel=1e-3)


def test_what_does_not_depend_on_the_inputs_is_a_point() -> None:
    intervals = _of("10ms ±20%").intervals
    assert intervals["rate",] == (50.0, 50.0)
    assert intervals["total", "success_rate"] == (1.0, 1.0)


def test_the_same_seed_gives_the_same_result() -> None:
    assert _of("10ms ±20%", seed=7).intervals == _of("10ms ±20%", seed=7).intervals
    assert _of("10ms ±20%", seed=7).intervals[LATENCY] != _of("10ms ±20%", seed=8).intervals[LATENCY]


def test_seeds_agree_within_what_the_theory_page_says() -> None:
    ends = [_of("10ms ±20%", seed=seed).intervals["total", "latency", "p99"] for seed in range(1, 9)]
    spread = np.std(ends, axis=0) / np.mean(ends, axis=0)
    assert np.all(spread < 0.01)


def test_samples_have_the_intervals_of_their_inputs() -> None:
    study = Study(capplan.read(TICKETS), points=1024)
    values = sampled(study.inputs, 1024, 1)
    for one, column in zip(study.inputs, values.T, strict=True):
        assert np.mean(column < one.low) == pytest.approx(0.05, abs=0.002)
        assert np.mean(column > one.high) == pytest.approx(0.05, abs=0.002)


def test_the_python_api_gives_the_json_result() -> None:
    result = capplan.analyze_uncertain(queue(), points=64).to_dict()
    low, high = result["total"]["latency_interval"]["p99"]
    assert low < result["total"]["latency"]["p99"] < high
    assert result["uncertainty"]["points"] == 64
    assert result["uncertainty"]["inputs"] == [
        {"path": "components.app.time", "low": 0.008, "mid": 0.01, "high": 0.012}
    ]


def test_without_uncertain_inputs_there_is_a_message() -> None:
    with pytest.raises(capplan.CapplanError, match="no input of this topology is uncertain"):
        capplan.analyze_uncertain(queue(time="10ms"))
