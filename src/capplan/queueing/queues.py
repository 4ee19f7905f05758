"""What the laws of requests are made of besides services: what queues do, and what becomes of calls."""

from collections.abc import Sequence
from typing import NamedTuple

from capplan.queueing.fates import Fates
from capplan.queueing.stays import Stay


class Queues(NamedTuple):
    """What the queues of a network do to those who come.

    Attributes:
        stays: one a station, then one a gate.
        repeats: those (by their place in `stays`) that one request is likely to visit more than once.
        fates: what becomes of calls that may be late or repeated; None where there are none.
    """

    stays: Sequence[Stay]
    repeats: frozenset[int]
    fates: Fates | None = None
