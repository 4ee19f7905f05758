"""Sketches: percentiles of samples, of one or of several together."""

import numpy as np
import pytest

from capplan.simulation.estimates import percentile
from capplan.simulation.sketches import sketch, together

TIMES = np.random.default_rng(1).lognormal(size=20_000)
LEVELS = (0.001, 0.25, 0.5, 0.9, 0.99, 0.999)


@pytest.mark.parametrize("level", LEVELS)
def test_a_percentile_is_that_of_the_sample(level: float) -> None:
    assert sketch(TIMES).quantile(level) == pytest.approx(np.quantile(TIMES, level, method="inverted_cdf"), rel=2e-3)


def test_sketches_together_are_that_of_the_whole_sample() -> None:
    whole, parts = sketch(TIMES), together([sketch(part) for part in np.split(TIMES, 10)])
    assert parts.bins.tolist() == whole.bins.tolist()
    assert parts.numbers.tolist() == whole.numbers.tolist()
    assert parts.sums == pytest.approx(whole.sums)


def test_times_that_do_not_differ_and_none_at_all_are_exact() -> None:
    found = sketch(np.array([0.0, 0.0, 0.015, 0.015, 0.015]))
    assert [found.quantile(level) for level in (0.0, 0.4, 0.41, 1.0)] == pytest.approx([0.0, 0.0, 0.015, 0.015])


def test_the_interval_is_about_the_percentile_of_all_samples() -> None:
    parts = [sketch(part) for part in np.split(TIMES, 10)]
    found = percentile(parts, 0.99)
    assert found.value == sketch(TIMES).quantile(0.99)
    assert 0.5 * (found.low + found.high) == pytest.approx(found.value)
    alone = [part.quantile(0.99) for part in parts]
    assert found.high - found.value == pytest.approx(
        2.262157 * float(np.sqrt(np.sum((np.array(alone) - found.value) ** 2) / 90.0)), rel=1e-6
    )
