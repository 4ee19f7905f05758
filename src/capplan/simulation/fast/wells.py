"""Random numbers for the tables: the same blocks of the same named streams that the closures draw."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.laws import Law
from capplan.simulation.samplers import sample
from capplan.simulation.streams import BLOCK, Draw, Sources

AHEAD = 8
"""At most so many blocks are drawn ahead."""

Fill: TypeAlias = Callable[[], Array]
"""The next block of a source."""


class Wells:
    """The sources of one replication by number.

    Attributes:
        fills: what draws the next block of each.
    """

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.fills: list[Fill] = []
        self._ahead: list[int] = []

    def uniform(self, name: str) -> int:
        """Numbers in 0..1, 1 excluded."""
        generator = self.sources.generator(name)
        return self._add(lambda: generator.random(BLOCK))

    def times(self, name: str, law: Law) -> int:
        """Times of a law."""
        generator = self.sources.generator(name)
        return self._add(lambda: sample(law, generator, BLOCK))

    def draws(self, draw: Draw) -> int:
        """Numbers that are made one by one."""
        return self._add(lambda: np.array([draw() for _ in range(BLOCK)]))

    def _add(self, fill: Fill) -> int:
        self.fills.append(fill)
        self._ahead.append(1)
        return len(self.fills) - 1

    def rows(self) -> Array:
        """An empty table of numbers, a row for each source."""
        return np.zeros((max(len(self.fills), 1), (AHEAD + 1) * BLOCK))

    def refill(self, source: int, row: Array, left: int) -> int:
        """Put more numbers behind those that are left at a row's end; how many there are then."""
        blocks = self._ahead[source]
        self._ahead[source] = min(2 * blocks, AHEAD)
        for block in range(blocks):
            row[left + block * BLOCK : left + (block + 1) * BLOCK] = self.fills[source]()
        return left + blocks * BLOCK
