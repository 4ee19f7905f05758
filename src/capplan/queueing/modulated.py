"""MMPP(2)/M/c: Poisson arrivals whose rate switches at random between two, at exponential servers in order of arrival.

A quasi-birth-death chain: the level is the number in the system, the phase the arrivals' state. From level c on all
levels are alike, so R follows from `qbd`; below, R_n = A0 (-(A1_n + R_(n+1) A2_(n+1)))^-1 backwards, two by two (Neuts
1981; Latouche and Ramaswami 1999, ch. 12). Exact.
"""

from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.qbd import rate_matrix
from capplan.queueing.staged import StagedTime, behind

NEGLIGIBLE = 1e-13
"""Levels are followed until less than this is left above them."""


class Modulation(NamedTuple):
    """Two arrival rates, and the mean time for which each lasts."""

    rates: tuple[float, float]
    stays: tuple[float, float]

    @property
    def mean_rate(self) -> float:
        """Arrivals per unit of time in the long run."""
        return sum(rate * stay for rate, stay in zip(self.rates, self.stays, strict=True)) / sum(self.stays)

    @property
    def scv(self) -> float:
        """Squared coefficient of variation of the time between arrivals (Fischer and Meier-Hellstern 1993)."""
        (one, two), (out, back) = self.rates, (1.0 / self.stays[0], 1.0 / self.stays[1])
        spread = 2.0 * out * back * (one - two) ** 2
        return 1.0 + spread / ((out + back) ** 2 * (one * two + one * back + two * out))


def modulated_queue(servers: int, arrivals: Modulation, service: float) -> StagedTime:
    """The time in system of an arrival, at one load point; the mean rate must be below c / service.

    Args:
        servers: c >= 1.
        arrivals: two rates, and how long each lasts.
        service: E[S].
    """
    seen = _seen(servers, arrivals, service)
    return behind(seen[None, servers:], servers, service)


def _seen(servers: int, arrivals: Modulation, service: float) -> Array:
    """(levels,) P(an arrival finds n in the system)."""
    up = np.diag(arrivals.rates)
    switch = np.array([[0.0, 1.0 / arrivals.stays[0]], [1.0 / arrivals.stays[1], 0.0]])
    inside = switch - np.diag(switch.sum(axis=1)) - up
    down = np.eye(2) / service

    def local(level: int) -> Array:
        return np.asarray(inside - min(level, servers) * down)

    last = rate_matrix(up[None], local(servers)[None], servers * down[None])[0]
    ratios = [last]
    for level in range(servers - 1, 0, -1):
        ratios.append(up @ np.linalg.inv(-(local(level) + (level + 1.0) * ratios[-1] @ down)))
    floor = local(0) + ratios[-1] @ down
    law = np.array([floor[1, 0], -floor[0, 0]])  # orthogonal to the columns of a matrix of rank 1
    levels = [law]
    for ratio in [*ratios[:0:-1], *_repeated(last)]:
        law = law @ ratio
        levels.append(law)
    seen = np.asarray(levels) @ np.asarray(arrivals.rates)
    return np.asarray(seen / seen.sum())


def _repeated(ratio: Array) -> list[Array]:
    """As many copies of R as it takes until nothing is left."""
    radius = float(np.max(np.abs(np.linalg.eigvals(ratio))))
    return [ratio] * (int(np.log(NEGLIGIBLE) / np.log(radius)) + 2)
