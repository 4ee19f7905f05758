"""A figure over time as rows of text: columns of blocks, the line that it should keep, and dates below.

It knows neither terminals nor forecasts.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

BLOCKS = " ▁▂▃▄▅▆▇█"
LINE = "╌"
HEIGHT = 8


class Scale(NamedTuple):
    """From what to what the rows go."""

    low: float
    high: float

    def part(self, value: float | None) -> float:
        """Where a value lies, 0 at the bottom and 1 at the top; at the top where it has no bound."""
        if value is None:
            return 1.0
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


def scale(values: Sequence[float | None], line: float) -> Scale:
    """A scale that shows the line and, of what runs away from it, the first part."""
    known = [value for value in values if value is not None] or [line]
    low, high = min(known), max(known)
    if low >= line > 0.5 * low:  # a figure that falls towards its line
        room = max(high - line, 1e-12 * abs(line), 1e-300)
        return Scale(line - 0.25 * room, high)
    if high > 1.0 and low > 0.5 * high > 0.0 and line < low:
        return Scale(0.0, high)
    return Scale(0.0 if low > 0.0 or line > 0.0 else low, min(max(high, 1.15 * line), 1.6 * line) or 1.0)


def chart(values: Sequence[float | None], line: float, width: int, written: Callable[[float], str]) -> list[str]:
    """The rows of a chart, the top first; the row of the line has its value before it.

    Args:
        values: the figure at even intervals.
        line: what it should keep.
        width: characters of the chart, beside what stands before it.
        written: how a value is written.
    """
    drawn = scale(values, line)
    parts = [drawn.part(values[round(cell * (len(values) - 1) / max(width - 1, 1))]) for cell in range(width)]
    marked = min(int(drawn.part(line) * HEIGHT), HEIGHT - 1)
    labels = {HEIGHT - 1: written(drawn.high), 0: written(drawn.low), marked: written(line)}
    before = max(map(len, labels.values()))
    rows = []
    for row in range(HEIGHT - 1, -1, -1):
        cells = [_cell(part * HEIGHT - row, row == marked) for part in parts]
        edge = "┤" if row in labels else "│"
        rows.append(f"{labels.get(row, ''):>{before}} {edge}{''.join(cells)}".rstrip())
    return rows


def dates_below(labels: Sequence[str], width: int, before: int) -> str:
    """The first, the middle and the last label under a chart."""
    first, middle, last = labels
    gap = width - len(first) - len(middle) - len(last)
    left = max(width // 2 - len(middle) // 2 - len(first), 1)
    return " " * before + first + " " * left + middle + " " * max(gap - left, 1) + last


def _cell(filled: float, marked: bool) -> str:
    """A block as high as it is filled; the line where nothing stands."""
    eighths = min(max(round(filled * (len(BLOCKS) - 1)), 0), len(BLOCKS) - 1)
    return LINE if marked and eighths == 0 else BLOCKS[eighths]
