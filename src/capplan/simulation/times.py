"""Times of a window: each of them or, where there are many, packed into a sketch that takes no more room for more."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from capplan.queueing.arrays import Array
from capplan.simulation.sketches import Sketch, sketch, together

FEW = 1_000
"""So many times are kept one by one: they take no more room than a sketch of them."""
ROUNDING = 1e-9


class Part(NamedTuple):
    """A sketch in little room: the bins of all times that there are fit into two bytes."""

    bins: NDArray[np.int16]
    numbers: NDArray[np.uint32]
    sums: Array


@dataclass(frozen=True, eq=False)
class Packed:
    """Times of which only sketches are kept, put together when someone asks.

    Attributes:
        number: how many there are.
        total: their sum (s).
        parts: their sketches.
    """

    number: int
    total: float
    parts: tuple[Part, ...]

    def __len__(self) -> int:
        return self.number

    def sum(self) -> float:
        """Their sum (s)."""
        return self.total

    def mean(self) -> float:
        """Their mean (s)."""
        return self.total / self.number

    @cached_property
    def sketch(self) -> Sketch:
        """The sketch of them all."""
        return together([Sketch(part.bins.astype(float), part.numbers.astype(float), part.sums) for part in self.parts])


Times: TypeAlias = Array | Packed


def packed(times: Times) -> Times:
    """Times in little room."""
    return times if isinstance(times, Packed) or len(times) <= FEW else _packed(times)


def joined(parts: Iterable[Times]) -> Times:
    """All of them together: packed where a part is."""
    found = list(parts)
    few = [part for part in found if not isinstance(part, Packed)]
    many = [part for part in found if isinstance(part, Packed)]
    rest = np.concatenate([np.empty(0), *few])
    if not many:
        return rest
    if len(rest):
        many.append(_packed(rest))
    return Packed(
        sum(part.number for part in many),
        sum(part.total for part in many),
        tuple(sketched for part in many for sketched in part.parts),
    )


def sketched(times: Times) -> Sketch:
    """Their sketch."""
    return times.sketch if isinstance(times, Packed) else sketch(times)


def quantile(times: Times, level: float) -> float:
    """The least of them that at least this part of them does not exceed."""
    if isinstance(times, Packed):
        return times.sketch.quantile(level)
    rank = min(max(ceil(level * len(times) - ROUNDING), 1), len(times)) - 1
    return float(np.partition(times, rank)[rank])


def longer(times: Times, threshold: float) -> int:
    """How many are longer; packed ones go by the mean of their bin."""
    if not isinstance(times, Packed):
        return int(np.count_nonzero(times > threshold))
    _, numbers, sums = times.sketch
    return round(float(numbers[sums > numbers * threshold * (1.0 + ROUNDING)].sum()))


def _packed(times: Array) -> Packed:
    found = sketch(times)
    part = Part(found.bins.astype(np.int16), found.numbers.astype(np.uint32), found.sums)
    return Packed(len(times), float(times.sum()), (part,))
