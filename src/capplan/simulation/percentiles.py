"""Percentiles of the times that independent replications saw, with intervals; and what two plans differ by in them.

A percentile is that of all replications together. Its interval is Woodruff's (1952, Confidence intervals for medians
and other position measures, JASA 47): the part of the times that lie above it, one number a replication, has Student's
interval, and the ends of that are read back from the times. Where that part may be none at all, there is no upper end.
"""

from collections.abc import Sequence
from math import inf, sqrt

import numpy as np

from capplan.queueing.arrays import Array
from capplan.simulation.estimates import CONFIDENCE, Estimate, student
from capplan.simulation.sketches import Sketch, together


def percentile(samples: Sequence[Sketch], level: float, confidence: float = CONFIDENCE) -> Estimate:
    """A percentile of the times that each replication saw."""
    whole = together(samples)
    low, high = _ends(whole, level, _half(_excess(samples, whole, level), confidence))
    return Estimate(whole.quantile(level), low, high)


def percentile_difference(before: Sequence[Sketch], after: Sequence[Sketch], level: float) -> Estimate:
    """What a percentile differs by, after - before, in replications that belong together pair by pair.

    Each side's excess is turned into time by the slope of its percentiles between the ends of its interval; where one
    of the two has no upper end, nothing is known of the difference.
    """
    (first, one), (second, other) = _moved(before, level), _moved(after, level)
    half = inf if one is None or other is None else _half(other - one)
    return Estimate(second - first, second - first - half, second - first + half)


def _moved(samples: Sequence[Sketch], level: float) -> tuple[float, Array | None]:
    """(the percentile, by how much each replication moves it; None where that is not known)."""
    whole = together(samples)
    excess = _excess(samples, whole, level)
    half, value = _half(excess), whole.quantile(level)
    if half == 0.0:
        return value, excess
    low, high = _ends(whole, level, half)
    return value, excess * (high - low) / (2.0 * half) if high < inf else None


def _excess(samples: Sequence[Sketch], whole: Sketch, level: float) -> Array:
    """(replications,) by how much more of the times lie above the percentile of all than in all together.

    A replication counts by the number of its times, the percentile's own bin by the share of it that lies above.
    """
    counts = np.array([sample.numbers.sum() for sample in samples])
    ends = np.cumsum(whole.numbers)
    found = min(int(np.searchsorted(ends, level * ends[-1] * (1.0 - 1e-12))), len(ends) - 1)
    share = (ends[found] - level * ends[-1]) / whole.numbers[found]
    bin_ = whole.bins[found]
    above = np.array(
        [sample.numbers @ ((sample.bins > bin_) + share * (sample.bins == bin_)) for sample in samples], dtype=float
    )
    return np.asarray((above - (1.0 - level) * counts) / counts.mean())


def _half(values: Array, confidence: float = CONFIDENCE) -> float:
    """Half of Student's interval of the mean of numbers, one a replication."""
    count = len(values)
    if count < 2:
        return inf
    return student(count - 1, confidence) * sqrt(float(((values - values.mean()) ** 2).sum()) / (count - 1) / count)


def _ends(whole: Sketch, level: float, half: float) -> tuple[float, float]:
    """The percentiles at both ends of an interval of levels."""
    low = whole.quantile(max(level - half, 0.0)) if half < inf else -inf
    return low, whole.quantile(level + half) if level + half < 1.0 else inf
