"""What a chart shows before it is drawn: two axes with their ticks, curves, and lines across with their names.

The same record becomes text (`chart_text`) and an image (`chart_image`). It must not know what its figures mean.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

MOST_TICKS = 8
MARGIN = 0.04
"""What an axis has to spare beyond the extreme values, of its length."""

NARROW = 5.0
"""Below this ratio of its ends a logarithmic axis has the round ticks of a linear one."""

_MANTISSAS = ((1, 2, 5), (1, 3), (1,))
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


class Tick(NamedTuple):
    """A value of an axis and how it is written there."""

    at: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Axis:
    """The range that an axis shows; `label` says of what, and in which unit where the ticks do not."""

    label: str
    low: float
    high: float
    ticks: tuple[Tick, ...]
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Where a value stands: 0 at the low end, 1 at the high one."""
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


class Curve(NamedTuple):
    """Points that are joined, from left to right; some spots on it, and where along the x axis it has no value."""

    label: str
    points: tuple[tuple[float, float], ...]
    lost: tuple[float, ...] = ()
    spots: tuple[tuple[float, float], ...] = ()


class Mark(NamedTuple):
    """A line across the whole chart: the value of its axis, its name, whose curve it belongs to, how firm it looks."""

    label: str
    at: float
    curve: int | None = None
    firm: bool = True


@dataclass(frozen=True, kw_only=True)
class Chart:
    """All that is drawn.

    Attributes:
        levels: lines from left to right, at values of the y axis.
        moments: lines from top to bottom, at values of the x axis.
        lost: what it means that a curve has no value.
        spot: what the spots on the curves are.
        key: what the names of the curves are values of.
    """

    x: Axis
    y: Axis
    curves: tuple[Curve, ...]
    levels: tuple[Mark, ...] = ()
    moments: tuple[Mark, ...] = ()
    lost: str = ""
    spot: str = ""
    key: str = ""


def axis(
    label: str,
    values: Iterable[float],
    write: Callable[[float], str],
    *,
    logarithmic: bool = False,
    margin: float = 0.0,
) -> Axis:
    """An axis for values, with round ticks.

    Args:
        values: what must be on it; positive ones where it is logarithmic.
        write: how a tick is written.
        margin: what is spared beyond the extreme values, of the axis' length.
    """
    known = sorted(values)
    low, high = _spread(known[0], known[-1], logarithmic)
    if logarithmic:
        room = (high / low) ** margin
        low, high = low / room, high * room
        ticks = _round(low, high) if high / low < NARROW else _powers(low, high)
    else:
        room = (high - low) * margin
        low, high = low - room, high + room
        ticks = _round(low, high)
    written = tuple(Tick(at, write(at)) for at in ticks)
    return Axis(label=label, low=low, high=high, ticks=written, logarithmic=logarithmic)


def names(label: str, written: Sequence[str]) -> Axis:
    """An axis of things that are no quantities: the first one at 0, the next at 1."""
    ticks = tuple(Tick(float(index), name) for index, name in enumerate(written))
    return Axis(label=label, low=-0.5, high=len(written) - 0.5, ticks=ticks)


def _spread(low: float, high: float, logarithmic: bool) -> tuple[float, float]:
    """The ends, moved apart where they are the same."""
    if low < high:
        return low, high
    if logarithmic:
        return low / 2.0, high * 2.0
    return low - (abs(low) / 2.0 or 1.0), high + (abs(high) / 2.0 or 1.0)


def _round(low: float, high: float) -> list[float]:
    """Multiples of a round step."""
    rough = (high - low) / MOST_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step * power for step in _STEPS if step * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def _powers(low: float, high: float) -> list[float]:
    """Round values of equal ratios, more or less; of whole decades, every so many of them where there are many."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for mantissas in _MANTISSAS:
        found = [m * 10.0**power for power in range(first, last + 1) for m in mantissas]
        shown = [value for value in found if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]
        if len(shown) <= MOST_TICKS:
            return shown
    return shown[:: math.ceil(len(shown) / MOST_TICKS)]
