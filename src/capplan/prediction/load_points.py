"""A load that varies as few load points to solve at: every load of its own where there are few of them; else points
spaced by what is left of the capacity, between which laws are mixed. (A law changes little from one to the next.)"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from capplan.queueing.arrays import Array

MOST, FEW = 32, 8
"""At most so many load points; of large meshes fewer."""
LEAST_ROOM = 1e-3
"""Points are no denser than the last thousandth of the capacity asks for."""


@dataclass(frozen=True)
class LoadPoints:
    """Load points, and every step as a mixture of the two around it.

    Attributes:
        loads: (M,) rising.
        below: (N,) the point at or below each step's load.
        part: (N,) the weight of the next point.
    """

    loads: Array
    below: npt.NDArray[np.intp]
    part: Array

    def at(self, values: Array) -> Array:
        """(N,) what is known at the load points, at every step."""
        first, second = values[self.below], values[self._above]
        with np.errstate(invalid="ignore"):
            mixed = (1.0 - self.part) * first + self.part * second
        return np.asarray(np.where(self.part > 0.0, mixed, first))

    def weights(self, steps: Array) -> Array:
        """(M,) the weights of the load points that weights of the steps make."""
        found = np.bincount(self.below, steps * (1.0 - self.part), len(self.loads))
        return np.asarray(found + np.bincount(self._above, steps * self.part, len(self.loads)))

    @property
    def _above(self) -> npt.NDArray[np.intp]:
        return np.minimum(self.below + 1, len(self.loads) - 1)


def load_points(loads: Array, capacity: float, most: int | None = None) -> LoadPoints:
    """The points, at most `most`, for (N,) loads of a system that takes `capacity` (inf where nothing limits it)."""
    points, most = np.unique(loads), most or MOST
    if len(points) > most:
        reach = capacity if np.isfinite(capacity) else 2.0 * float(points[-1])
        scale = _spread(points, reach)
        wanted = np.linspace(scale[0], scale[-1], most)
        points = np.unique(np.interp(wanted, scale, points))
    below = np.clip(np.searchsorted(points, loads, side="right") - 1, 0, len(points) - 1)
    above = np.minimum(below + 1, len(points) - 1)
    gap = points[above] - points[below]
    part = np.where(gap > 0.0, (loads - points[below]) / np.where(gap > 0.0, gap, 1.0), 0.0)
    return LoadPoints(points, below, np.asarray(np.clip(part, 0.0, 1.0)))


def _spread(loads: Array, capacity: float) -> Array:
    """A scale on which a time changes evenly: -ln of the room that is left."""
    room = np.maximum(1.0 - loads / capacity, LEAST_ROOM)
    return np.asarray(-np.log(room) + loads / capacity)
