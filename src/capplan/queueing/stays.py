"""What the stations of a solved network do to those who come, each worked out when it is first looked at."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, overload

from capplan.queueing.arrays import Array
from capplan.queueing.waits import Wait


class Stay(NamedTuple):
    """What a station does to those who come, over load points.

    Attributes:
        wait: the law of one wait; None where nobody comes.
        memory: (L,) tau, the time in which the queue forgets: (1 + ce2) E[S] / (c (1-rho)^2).
        common: probability that two visits of one request meet the same queue.
    """

    wait: Wait | None
    memory: Array
    common: float = 1.0


class Stays(Sequence[Stay]):
    """The stations of an outcome, each solved when it is first looked at."""

    def __init__(self, make: Callable[[int], Stay], count: int) -> None:
        self._make = make
        self._known: list[Stay | None] = [None] * count

    def __len__(self) -> int:
        return len(self._known)

    @overload
    def __getitem__(self, index: int) -> Stay: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Stay]: ...
    def __getitem__(self, index: int | slice) -> Stay | Sequence[Stay]:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        known = self._known[index]
        if known is None:
            known = self._known[index] = self._make(index)
        return known
