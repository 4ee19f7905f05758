"""What is known of one uncertain quantity: the law whose 5, 50 and 95 % points are its low end, middle and high end.

Two halves of a normal law joined at the middle, on the scale on which the quantity is free: its logarithm (times,
rates, sizes), its logit (fractions), itself where an end of the interval is the end of what can be.
"""

import math
from statistics import NormalDist

import numpy as np

from capplan.queueing.arrays import Array
from capplan.uncertainty.inputs import Input
from capplan.uncertainty.sobol import scrambled

END = NormalDist().inv_cdf(0.95)
"""How many standard deviations from the middle of a normal law the ends of its 90 % interval are."""


def sampled(inputs: tuple[Input, ...], points: int, seed: int) -> Array:
    """(points, inputs) values, by scrambled Sobol points."""
    cube = scrambled(points, len(inputs), seed)
    columns = [quantiles(one, cube[:, index]) for index, one in enumerate(inputs)]
    return np.stack(columns, axis=1) if columns else np.empty((points, 0))


def quantiles(one: Input, levels: Array) -> Array:
    """The values that an input stays below with these probabilities."""
    low, middle, high = one.low, float(one.value), one.high
    deviations = normal_quantiles(levels) / END
    if low > 0.0 and (not one.fraction or high < 1.0):
        to, back = (_logit, _fraction) if one.fraction else (math.log, np.exp)
        below, above = to(middle) - to(low), to(high) - to(middle)
        return np.asarray(back(to(middle) + deviations * np.where(deviations < 0.0, below, above)))
    plain = middle + deviations * np.where(deviations < 0.0, middle - low, high - middle)
    return np.clip(plain, 1e-9 * middle, 1.0 if one.fraction else np.inf)


def _logit(fraction: float) -> float:
    return math.log(fraction / (1.0 - fraction))


def _fraction(logit: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-logit)))


def normal_quantiles(levels: Array) -> Array:
    """Of the standard normal law; by Wichura's AS 241, as the standard library has it."""
    inverse = NormalDist().inv_cdf
    return np.array([inverse(level) for level in levels.tolist()])
