"""The gamma distribution through two of its percentiles, with nothing but the standard library.

The ratio of two quantiles of a gamma distribution falls as its shape grows, so that the shape is a root found by
bisection. P(a, x) is the regularised lower incomplete gamma function, by its series and Legendre's continued fraction
(Abramowitz and Stegun, Handbook of Mathematical Functions, 6.5.29 and 6.5.31).
"""

import math

_TINY = 1e-300
_LEAST_SHAPE = 0.02
_MOST_SHAPE = 1e4


def gamma_from_ratio(low: float, high: float, ratio: float) -> tuple[float, float]:
    """Mean (in units of the lower quantile) and SCV of the gamma time whose quantiles have this ratio; or infinity."""
    least, most = math.log(_LEAST_SHAPE), math.log(_MOST_SHAPE)
    for _ in range(45):
        middle = (least + most) / 2
        shape = math.exp(middle)
        if _quantile(shape, high) / max(_quantile(shape, low), _TINY) > ratio:
            least = middle
        else:
            most = middle
    shape = math.exp((least + most) / 2)
    if not _LEAST_SHAPE * 1.001 < shape < _MOST_SHAPE / 1.001:
        return math.inf, math.inf
    return shape / max(_quantile(shape, low), _TINY), 1 / shape


def _quantile(shape: float, rank: float) -> float:
    low, high = -700.0, math.log(shape + 40 * math.sqrt(shape) + 60)
    for _ in range(60):
        middle = (low + high) / 2
        if _cdf(shape, math.exp(middle)) < rank:
            low = middle
        else:
            high = middle
    return math.exp((low + high) / 2)


def _cdf(shape: float, x: float) -> float:
    if x <= 0:
        return 0.0
    scale = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:
        return scale * _series(shape, x)
    return 1 - scale * _continued_fraction(shape, x)


def _series(shape: float, x: float) -> float:
    term = total = 1 / shape
    step = shape
    while abs(term) > 1e-16 * abs(total):
        step += 1
        term *= x / step
        total += term
    return total


def _continued_fraction(shape: float, x: float) -> float:
    """Lentz's method."""
    b = x + 1 - shape
    c = 1 / _TINY
    d = 1 / b
    value = d
    for i in range(1, 10_000):
        a = -i * (i - shape)
        b += 2
        d = 1 / (a * d + b or _TINY)
        c = b + a / c or _TINY
        value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value
