"""The law of the attempts of a caller until one succeeds, from the law of one (METHODS["retries"])."""

from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array, Spectrum
from capplan.queueing.fates import Attempts, Caller, Tries
from capplan.queueing.grid import Grid
from capplan.queueing.laws import Jittered
from capplan.queueing.waits import Rows

NEVER = 1e-12
"""What is less likely does not happen."""


class Attempt(NamedTuple):
    """One attempt: (rows or 1, frequencies) the law of its time, (rows,) its mean."""

    law: Spectrum
    mean: Array


def early(grid: Grid, timeout: float) -> Array:
    """(points,) how much of each mass of a grid lies before a time."""
    return np.asarray(np.clip(timeout / grid.step + 0.5 - np.arange(grid.points), 0.0, 1.0))


def repeated(attempt: Attempt, caller: Caller, tries: Tries, grid: Grid, rows: Rows) -> Attempt:
    """The time of a call that succeeds, its failed attempts and the pauses after them included.

    Args:
        attempt: one attempt, whether it is late or not.
        caller: who waits and repeats.
        tries: how its attempts go.
        grid: where the laws live.
        rows: the load points meant.
    """
    patience = caller.patience
    success = _in_time(attempt, patience.timeout, tries.late[rows], grid)
    if patience.retries == 0:
        return success
    parts = Attempts.at(tries, rows)
    pause = grid.law(Jittered(patience.backoff)) if patience.backoff > 0.0 else 1.0
    way = sum(law.mean for law in caller.delays)
    late = grid.constant(patience.timeout) if np.isfinite(patience.timeout) else 0.0
    failed = parts.late[:, None] * late + parts.error[:, None] * success.law
    failed = (failed + parts.ended[:, None] * grid.constant(way)) * (parts.again[:, None] * pause)
    total = np.ones(failed.shape, dtype=complex)
    for _ in range(patience.retries):
        total = 1.0 + failed * total
    times = (patience.timeout if np.isfinite(patience.timeout) else 0.0, way)
    mean = success.mean + parts.repeats * (parts.wasted(success.mean, *times) + patience.backoff)
    return Attempt(success.law * total / parts.number[:, None], np.asarray(mean))


def _in_time(attempt: Attempt, timeout: float, late: Array, grid: Grid) -> Attempt:
    """An attempt given that it is not late."""
    if not np.isfinite(timeout) or np.all(late < NEVER):
        return attempt
    masses = grid.masses(np.broadcast_to(attempt.law, (len(late), grid.points + 1)))
    kept = masses * early(grid, timeout)
    known = kept.sum(axis=1) if timeout <= grid.span else 1.0 - late
    never = known < NEVER
    kept[never] = 0.0
    kept[never, 0] = 1.0
    kept = kept / np.where(never, 1.0, known)[:, None]
    return Attempt(grid.transform(kept), np.asarray(kept @ grid.times[:-1]))
