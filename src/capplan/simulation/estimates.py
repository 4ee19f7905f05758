"""Numbers measured in independent replications: their mean, with Student's confidence interval over them."""

from collections.abc import Sequence
from functools import lru_cache
from math import inf, sqrt
from typing import NamedTuple

CONFIDENCE = 0.95


class Estimate(NamedTuple):
    """A measured number and the interval that covers the true one with 95 % confidence."""

    value: float
    low: float
    high: float

    @property
    def precision(self) -> float:
        """Half the interval's width, in parts of the number."""
        half = 0.5 * (self.high - self.low)
        return half / abs(self.value) if self.value else (inf if half else 0.0)

    def surer(self, replications: int, confidence: float) -> "Estimate":
        """The same with another confidence; the interval is that of so many replications."""
        if replications < 2:
            return self
        wider = student(replications - 1, confidence) / student(replications - 1)
        return Estimate(
            self.value, self.value - wider * (self.value - self.low), self.value + wider * (self.high - self.value)
        )


def estimate(values: Sequence[float]) -> Estimate:
    """What one number a replication says; from a single one nothing is known of how far off it is."""
    count = len(values)
    centre = sum(values) / count
    if count < 2:
        return Estimate(centre, -inf, inf)
    spread = sum((value - centre) ** 2 for value in values) / (count - 1)
    half = student(count - 1) * sqrt(spread / count)
    return Estimate(centre, centre - half, centre + half)


@lru_cache
def student(freedom: int, confidence: float = CONFIDENCE) -> float:
    """Half the width of Student's interval, in standard errors."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 * (1.0 + confidence)))
