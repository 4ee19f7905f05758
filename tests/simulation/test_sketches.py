"""Sketches: percentiles of samples, of one or of several together."""

from math import inf

import numpy as np
import pytest

from capplan.simulation.percentiles import percentile, percentile_difference
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


def test_the_interval_of_a_percentile_is_that_of_the_part_above_it() -> None:
    """Woodruff's: the ends of Student's interval of the part, read back from all the times."""
    parts = np.split(TIMES, 10)
    found = percentile([sketch(part) for part in parts], 0.9)
    assert found.value == sketch(TIMES).quantile(0.9)
    above = np.array([np.mean(part > found.value) for part in parts])
    half = 2.262157 * above.std(ddof=1) / np.sqrt(10.0)
    wanted = np.quantile(TIMES, [0.9 - half, 0.9 + half], method="inverted_cdf")
    assert (found.low, found.high) == pytest.approx(tuple(wanted), rel=4e-3)


def test_a_percentile_beyond_what_was_seen_has_no_upper_end() -> None:
    found = percentile([sketch(part) for part in np.split(TIMES[:500], 10)], 0.999)
    assert found.low < found.value < found.high == found.precision == inf
    assert percentile([sketch(TIMES)], 0.5)[1:] == (-inf, inf)


def test_what_percentiles_differ_by_is_known_as_well_as_both_are() -> None:
    before = [sketch(part) for part in np.split(TIMES, 10)]
    after = [sketch(2.0 * part) for part in np.split(TIMES, 10)]
    found = percentile_difference(before, after, 0.9)
    one = percentile(before, 0.9)
    assert found.value == pytest.approx(one.value, rel=4e-3)
    assert found.high - found.low == pytest.approx(one.high - one.low, rel=0.05)
    assert percentile_difference(before, before, 0.9) == (0.0, 0.0, 0.0)
    few = [sketch(part) for part in np.split(TIMES[:500], 10)]
    assert percentile_difference(few, few[::-1], 0.999)[1:] == (-inf, inf)


def test_times_that_do_not_differ_have_no_width() -> None:
    same = [sketch(np.full(50, 0.015)) for _ in range(10)]
    assert percentile(same, 0.99) == pytest.approx((0.015, 0.015, 0.015))
    assert percentile_difference(same, same, 0.99) == (0.0, 0.0, 0.0)
