"""A series in one line of blocks, and marks above it. It must not know what the values mean."""

from collections.abc import Callable, Iterable, Sequence
from math import ceil

BLOCKS = "▁▂▃▄▅▆▇█"
NOTHING, MARK = "·", "▼"
ROUNDING = 1e-9

Values = Sequence[float | None]


def sparkline(values: Values, width: int, low: float, high: float, worst: Callable[[Iterable[float]], float]) -> str:
    """Blocks between a low and a high end, as wide as there is room.

    Args:
        values: from left to right; None where there is nothing.
        width: columns at most.
        low, high: the ends.
        worst: which value stands for those that share a column.
    """
    each = _each(len(values), width)
    return "".join(_block(found, low, high) for found in _shared(values, width, worst) for _ in range(each))


def marks(places: Iterable[float], count: int, width: int) -> str:
    """A mark over the column of each place, from 0 to 1, along a line of so many values."""
    each, parts = _each(count, width), min(count, width)
    marked = {min(int(place * parts * each + ROUNDING), parts * each - 1) for place in places}
    return "".join(MARK if column in marked else " " for column in range(parts * each))


def _each(count: int, width: int) -> int:
    """How many columns a value has."""
    return max(width // count, 1) if count else 1


def _shared(values: Values, width: int, worst: Callable[[Iterable[float]], float]) -> list[float | None]:
    """The values, or for each column the worst of those that share it."""
    if len(values) <= width:
        return list(values)
    found: list[float | None] = []
    for column in range(width):
        first = column * len(values) // width
        known = [value for value in values[first : ceil((column + 1) * len(values) / width)] if value is not None]
        found.append(worst(known) if known else None)
    return found


def _block(value: float | None, low: float, high: float) -> str:
    if value is None:
        return NOTHING
    place = (value - low) / (high - low) if high > low else float(value > 0.0)
    return BLOCKS[min(max(int(place * len(BLOCKS)), 0), len(BLOCKS) - 1)]
