"""A table in words, for every human form to draw as it likes."""

from typing import NamedTuple


class Grid(NamedTuple):
    """A table: its title stands over the first column; `right` names the columns of figures.

    `spare` names those that a narrow page does without.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()
