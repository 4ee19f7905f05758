"""Visits of one request to stations whose waits are not yet joined: how often, and when for the first and last time.

Arrays over the stations, in their order, because a request that enters a large mesh may pass hundreds of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from capplan.queueing.arrays import Array

Whole: TypeAlias = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Pending:
    """The pending visits of one route.

    Attributes:
        stations: (k,) their indices, rising.
        counts: (k,) visits so far.
        first, last: (k, rows) mean time of the first and the last visit, from the start of the route.
    """

    stations: Whole
    counts: Whole
    first: Array
    last: Array

    @property
    def key(self) -> bytes:
        """The same for routes with the same visits."""
        return self.stations.tobytes() + self.counts.tobytes()

    def __bool__(self) -> bool:
        return len(self.stations) > 0

    def __iter__(self) -> Iterator[tuple[int, int, Array]]:
        """(station, visits, mean time between two of them) each."""
        apart = (self.last - self.first) / np.maximum(self.counts - 1, 1)[:, None]
        return zip(self.stations.tolist(), self.counts.tolist(), apart, strict=True)

    def later(self, time: Array) -> "Pending":
        """The same, begun later."""
        return Pending(self.stations, self.counts, self.first + time, self.last + time)

    def times(self, count: int, length: Array) -> "Pending":
        """The route of this length run `count` times."""
        return Pending(self.stations, self.counts * count, self.first, self.last + (count - 1) * length)

    def then(self, other: "Pending", length: Array) -> "Pending":
        """This route of this length, then the other."""
        if not other:
            return self
        moved = other.later(length)
        if not self:
            return moved
        stations = np.union1d(self.stations, moved.stations)
        counts = np.zeros(len(stations), dtype=np.intp)
        first = np.full((len(stations), *moved.first.shape[1:]), np.inf)
        last = np.full(first.shape, -np.inf)
        for part in (self, moved):
            place = np.searchsorted(stations, part.stations)
            counts[place] += part.counts
            first[place] = np.minimum(first[place], part.first)
            last[place] = np.maximum(last[place], part.last)
        return Pending(stations, counts, first, last)


NONE = Pending(np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp), np.zeros((0, 1)), np.zeros((0, 1)))
"""No visits."""


def one_visit(station: int, rows: int) -> Pending:
    """A visit at the start of a route."""
    zero = np.zeros((1, rows))
    return Pending(np.array([station], dtype=np.intp), np.ones(1, dtype=np.intp), zero, zero)


def averaged(pendings: Sequence[Pending], parts: Sequence[float]) -> Pending:
    """Routes with the same visits as one, their times averaged with these weights."""
    first = sum((part * pending.first for part, pending in zip(parts, pendings, strict=True)), np.zeros(1))
    last = sum((part * pending.last for part, pending in zip(parts, pendings, strict=True)), np.zeros(1))
    return Pending(pendings[0].stations, pendings[0].counts, first, last)
