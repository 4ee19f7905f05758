"""Ways through a piece of the call graph, and one after the other."""

from dataclasses import dataclass

from capplan.queueing.arrays import Array, Spectrum
from capplan.queueing.pending import NONE, Pending


@dataclass(frozen=True)
class Route:
    """One way through a piece of the call graph.

    Attributes:
        weight: its probability.
        spectrum: (rows, frequencies) the law of its time without the pending waits and the constant.
        length: (rows,) its mean time, pending waits and constant included.
        pending: the visits to each station whose waits are still to be joined.
        constant: the constant part of its time; kept apart, so that it meets the grid once and not at every step.
    """

    weight: float
    spectrum: Spectrum
    length: Array
    pending: Pending = NONE
    constant: float = 0.0


def then(one: Route, other: Route) -> Route:
    """The one, then the other."""
    pending = one.pending.then(other.pending, one.length)
    return Route(
        one.weight * other.weight,
        one.spectrum * other.spectrum,
        one.length + other.length,
        pending,
        one.constant + other.constant,
    )
