"""Where the names of lines go on a canvas of cells: on their own line, where it is level and nothing else is hidden.

Rows count from the bottom, columns from the left. It must not know what draws the canvas.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

FIRST_COLUMN = 1
HIDES_ANOTHER, LEAVES_ITS_LINE, STANDS_BESIDE = 3, 1, 2
"""What a cell of a label costs, and a label at the end of its line; the cheapest place is taken, the leftmost first."""

Cells = Mapping[int, range]
"""The rows that a line covers in each of its columns."""


class Canvas(NamedTuple):
    """The cells that can be drawn in."""

    columns: int
    rows: int

    def column(self, x: float) -> int:
        """The column of a place between 0 and 1."""
        return int(x * (self.columns - 1) + 0.5)

    def row(self, y: float) -> int:
        """The row of a place between 0 and 1."""
        return int(y * (self.rows - 1) + 0.5)

    def cells(self, points: Sequence[tuple[float, float]]) -> dict[int, range]:
        """The cells of a line through places between 0 and 1, in their order from left to right."""
        found: dict[int, range] = {}
        for (x, y), (further, other) in zip(points, [*points[1:], points[-1]], strict=True):
            first, last = self.column(x), self.column(further)
            for column in range(first, last + 1):
                near, far = (min(max((column - first + half) / max(last - first, 1), 0.0), 1.0) for half in (-0.5, 0.5))
                ends = sorted((self.row(y + (other - y) * near), self.row(y + (other - y) * far)))
                low, high = max(ends[0], 0), min(ends[1], self.rows - 1)
                before = found.get(column, range(low, high + 1))
                if low <= high:
                    found[column] = range(min(low, before.start), max(high + 1, before.stop))
        return found


class Place(NamedTuple):
    """Where the first letter of a label stands."""

    column: int
    row: int


def places(canvas: Canvas, labels: Sequence[str], lines: Sequence[Cells], others: Iterable[Cells]) -> list[Place]:
    """A place for the label of each line, no two of them in each other's way; `others` are lines without labels."""
    drawn, taken, found = [*lines, *others], set[tuple[int, int]](), list[Place]()
    for label, own in zip(labels, lines, strict=True):
        hidden = [line for line in drawn if line is not own]
        candidates = _on(own, len(label), canvas) if own else iter(())
        free = [(place, extra) for place, extra in candidates if taken.isdisjoint(_around(place, len(label)))]
        if not free:
            free = [(Place(FIRST_COLUMN, row), 0) for row in range(canvas.rows)]
        place = min(free, key=lambda one: one[1] + _cost(one[0], len(label), own, hidden))[0]
        taken.update(_around(place, len(label)))
        found.append(place)
    return found


def _on(own: Cells, length: int, canvas: Canvas) -> Iterator[tuple[Place, int]]:
    """(place, extra cost) of all places on a line, and beside its end."""
    last = max(own)
    for column in range(max(min(own), FIRST_COLUMN), canvas.columns - length):
        middle = own.get(column + length // 2)
        if middle is not None:
            yield Place(column, middle[len(middle) // 2]), 0
    for column in (last + 1, last - length):
        if FIRST_COLUMN <= column < canvas.columns - length:
            yield Place(column, own[last][-1]), STANDS_BESIDE


def _cost(place: Place, length: int, own: Cells, hidden: Sequence[Cells]) -> int:
    columns = range(place.column, place.column + length)
    left = sum(column in own and place.row not in own[column] for column in columns)
    covered = sum(place.row in line.get(column, ()) for line in hidden for column in columns)
    return LEAVES_ITS_LINE * left + HIDES_ANOTHER * covered


def _around(place: Place, length: int) -> set[tuple[int, int]]:
    """The cells of a label and one on each side of it."""
    return {(column, place.row) for column in range(place.column - 1, place.column + length + 1)}
