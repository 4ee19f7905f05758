"""Where busy servers slow each other down: the wait for a server, and how long a service then takes.

While a visit waits all servers are busy and work at one rate, so the wait is that of servers that are always so slow,
only less likely. A service takes as many times longer as `Crowd` says: after a wait as long as with all servers busy,
else around what is left of the mean, at two factors that keep half of the variance with which services begin ("own";
METHODS["usl"]). Exact in the mean for Poisson arrivals and exponential services at one replica.

It knows laws on grids, and nothing of balancing policies.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from capplan.queueing.arrays import Array, Spectrum
from capplan.queueing.grid import Grid
from capplan.queueing.laws import Law
from capplan.queueing.scalability import Crowd
from capplan.queueing.waits import GeometricWait, MeanFieldWait, MixedWait, Rows, Wait

KEPT = 0.5
"""The part of the variance of how fast services begin that is left over a whole service (measured)."""
ALIKE = 1e-4
"""Factors closer than this, relatively, are taken as one."""
SELDOM = 1e-9
"""Waits less likely than this change no service."""


@dataclass(frozen=True)
class SlowedWait:
    """The wait for a server at a replica whose busy servers slow each other down.

    Attributes:
        queued: the wait.
        crowd: how busy the servers are.
    """

    queued: Wait
    crowd: Crowd

    @property
    def chance(self) -> Array:
        """(L,) P(W > 0)."""
        return self.queued.chance

    @property
    def mean(self) -> Array:
        """(L,) E[W]."""
        return self.queued.mean

    def transform(self, grid: Grid, rows: Rows, factor: float = 1.0) -> Spectrum:
        """(rows, frequencies): the law of factor x W at these load points."""
        return self.queued.transform(grid, rows, factor)

    @cached_property
    def factors(self) -> Array:
        """(L, 3) how many times longer a service takes: the lower and the upper one without a wait, that after one."""
        stretch, most, waits = self.crowd.stretch, self.crowd.most, np.minimum(self.chance, 1.0)
        starts = np.maximum(1.0 - waits, SELDOM)
        fresh = np.clip((stretch - waits * most) / starts, 1.0, most)
        late = np.where(waits > SELDOM, (stretch - starts * fresh) / np.maximum(waits, SELDOM), most)
        square = self.crowd.variance + stretch**2 - waits * late**2
        spread = np.sqrt(KEPT * np.maximum(square / starts - fresh**2, 0.0))
        spread = np.minimum(spread, np.minimum(fresh - 1.0, most - fresh))
        return np.stack([fresh - spread, fresh + spread, late], axis=1)

    def served(self, law: Law, grid: Grid, rows: Rows) -> Spectrum:
        """(rows, frequencies): the law of a service that takes this long alone, whether it waited or not."""
        waits = self.chance[rows, None]
        fresh, late = self._services(law, grid, rows)
        return np.asarray((1.0 - waits) * fresh + waits * late)

    def sojourn(self, law: Law, grid: Grid, rows: Rows) -> Spectrum:
        """(rows, frequencies): the law of wait and service together; without the wait where that has no end."""
        ends = np.isfinite(self.mean[rows])
        fresh, late = self._services(law, grid, rows)
        waited = np.zeros(fresh.shape, dtype=complex)
        if np.any(ends):
            waited[ends] = self.transform(grid, rows[ends])
        waits = self.chance[rows, None]
        return np.asarray(np.where(ends[:, None], (1.0 - waits) * fresh + (waited - 1.0 + waits) * late, late))

    def _services(self, law: Law, grid: Grid, rows: Rows) -> tuple[Spectrum, Spectrum]:
        """(rows, frequencies) laws of services that begin at once, and of those after a wait."""
        shape = (len(rows), grid.points + 1)
        fresh, late = np.empty(shape, dtype=complex), np.zeros(shape, dtype=complex)
        for row, load in enumerate(rows.tolist()):
            low, high, after = self.factors[load].tolist()
            if high - low < ALIKE * low:
                fresh[row] = grid.law(law.scaled(0.5 * (low + high)))
            else:
                fresh[row] = 0.5 * (grid.law(law.scaled(low)) + grid.law(law.scaled(high)))
            if self.chance[load] > SELDOM:
                late[row] = grid.law(law.scaled(after))
        return fresh, late


def thinned(wait: Wait, factor: Array) -> Wait:
    """The wait of the same length that is so many times as likely."""
    if isinstance(wait, GeometricWait | MeanFieldWait):
        return replace(wait, chance=wait.chance * factor, mean=wait.mean * factor)
    return wait


def hindered(wait: Wait | None) -> list[tuple[float, SlowedWait]]:
    """(share of the visits, wait) of replicas whose servers slow each other down, in order of arrival; else none."""
    if isinstance(wait, SlowedWait):
        return [(1.0, wait)]
    if isinstance(wait, MixedWait):
        return [(s, part) for s, part in zip(wait.shares, wait.parts, strict=True) if isinstance(part, SlowedWait)]
    return []


def stretched(wait: Wait | None) -> Array | float:
    """(L,) mean time of a service over that alone; 1 where servers do not slow each other down."""
    parts = hindered(wait)
    return sum((share * part.crowd.stretch for share, part in parts), np.zeros(1)) if parts else 1.0


def service(wait: Wait | None, law: Law, grid: Grid, rows: Rows) -> Spectrum:
    """(rows or 1, frequencies): the law of a service, whether it waited or not."""
    replicas = hindered(wait)
    if not replicas:
        return grid.law(law)[None, :]
    return np.asarray(sum(share * part.served(law, grid, rows) for share, part in replicas))


def visit(wait: Wait | None, law: Law, grid: Grid, rows: Rows) -> Spectrum:
    """(rows, frequencies): the law of wait and service together, over the replicas that a visit may go to."""
    return np.asarray(sum(share * part.sojourn(law, grid, rows) for share, part in hindered(wait)))
