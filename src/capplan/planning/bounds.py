"""Objectives on percentiles of the time of one kind of request, as bounds of P(T > t), and sums held against them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from capplan.checks.holding import opposite
from capplan.checks.records import Miss
from capplan.queueing.arrays import Array, Mask
from capplan.queueing.grid import Grid
from capplan.topology import Topology
from capplan.topology.objectives import TOTAL

BAND = 1e-3
"""The part by which a time may exceed its objective here before a choice is left out."""


class Bound(NamedTuple):
    """P(T > time) must be at most this."""

    time: float
    above: float


@dataclass(frozen=True)
class Wanted:
    """What is joined.

    Attributes:
        name: the kind of request.
        bounds: its objectives.
    """

    name: str
    bounds: Sequence[Bound]


def wanted(topology: Topology, miss: Miss, margin: float) -> Wanted | None:
    """The objectives on percentiles of the one kind of request that a miss is about; None where it is something else.

    Args:
        topology: with its objectives.
        miss: what is missed.
        margin: the part by which times stay below their objectives.
    """
    classes = list(topology.request_classes)
    name = classes[0] if miss.subject == TOTAL and len(classes) == 1 else miss.subject
    comparisons = [slo.objective for slo in topology.slos] + [opposite(alert.when) for alert in topology.alerts]
    bounds = [
        Bound(float(one.threshold) * (1.0 - margin), 1.0 - one.metric.percentile)
        for one in comparisons
        if one.metric.subject in (miss.subject, name)
        and one.metric.percentile is not None
        and one.operator.bounds_above
    ]
    asked = any(str(one.metric) == miss.metric and one.metric.percentile is not None for one in comparisons)
    return Wanted(name, bounds) if name in classes and bounds and asked else None


def hold(one: Array, other: Array, bounds: Sequence[Bound], grid: Grid) -> Mask:
    """(choices, choices) whether the sums of two times hold every bound, all of the one with all of the other.

    Args:
        one, other: (choices, times) masses of the laws on the grid.
        bounds: what must hold.
        grid: where the laws live.
    """
    holds = np.ones((len(one), len(other)), dtype=bool)
    tails = 1.0 - np.cumsum(other, axis=1)
    for bound in bounds:
        place = bound.time * (1.0 + BAND) / grid.step - 0.5
        cell = int(place)
        start, end = (np.maximum(_above(one, tails, k), 1e-300) for k in (cell, cell + 1))
        holds &= start * (end / start) ** (place - cell) <= bound.above
    return holds


def _above(masses: Array, tails: Array, cell: int) -> Array:
    """(choices, choices) P(A + B > (cell + 1/2) h)."""
    beyond = 1.0 - masses[:, : cell + 1].sum(axis=1)
    return np.asarray(masses[:, : cell + 1] @ tails[:, cell::-1].T + beyond[:, None])
