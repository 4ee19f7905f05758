"""A first guess of how long a sum of waits and services may get, for the range of its grid."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.waits import Wait


class Added(NamedTuple):
    """What a station adds to a service.

    Attributes:
        wait: before it; None where nobody comes.
        longer: (L,) by which others at work make it longer on average; None where they do not.
        scv: of the services.
    """

    wait: Wait | None
    longer: Array | None
    scv: float


def first_guess(
    mean: float, variance: float, visits: Sequence[tuple[float, Added]], *, bounded: bool, count: int
) -> Array:
    """(L,) mean + 8 standard deviations (10.5 of a rough law), repeat waits as one.

    Args:
        mean, variance: of the services.
        visits: (how many, what each adds) at each station.
        bounded: whether waits without end are cut off by timeouts: they are left out.
        count: L.
    """
    total, spread = np.full(count, mean), np.full(count, variance)
    for number, added in visits:
        if added.wait is None:
            continue
        chance, wait = added.wait.chance, added.wait.mean
        with np.errstate(divide="ignore", invalid="ignore"):
            given = np.where(chance > 0.0, wait / chance, 0.0)
            square = np.where(chance > 0.0, wait * (2.0 * given - wait), 0.0)
        together = max(number, number**2)
        total, spread = total + number * wait, spread + together * square
        if added.longer is not None:
            total = total + number * added.longer
            spread = spread + together * (1.0 + added.scv) * added.longer**2
    if bounded:
        total, spread = (
            np.where(np.isfinite(spread), one, start) for one, start in ((total, mean), (spread, variance))
        )
    deviations = np.where(spread > 1.05 * total**2, 10.5, 8.0)
    return np.asarray(total + deviations * np.sqrt(np.maximum(spread, 0.0)))
