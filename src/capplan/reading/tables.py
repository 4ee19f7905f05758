"""A CSV table into a tree: a mapping for each row, by its name, that knows where each cell was written.

One row a line; a cell may stand in double quotes. This module knows columns and cells, and nothing of machines.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from capplan.errors import Problem, Route
from capplan.reading.nodes import Branch, Mark, Source, Unreadable
from capplan.reading.tree import Document
from capplan.topology.forms import did_you_mean

_CELL = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^,"]*))\s*(,|$)')
_NAME = "name"

Columns = Mapping[str, tuple[str, ...]]


class _Cell(NamedTuple):
    text: str
    mark: Mark


def read_table(source: Source, columns: Columns) -> Document:
    """The tree of a table whose first line names its columns; each column's cells go to a key, or to a key in a key."""
    lines = [number for number, line in enumerate(source.lines) if line.strip()]
    if not lines:
        raise Unreadable("there is nothing here", "a line with the names of the columns, then a line a row", None)
    head, *rows = (_cells(source, number) for number in lines)
    document = Document(Branch(), head[0].mark, [])
    problems = document.problems
    keys = [_column(cell, columns, problems) for cell in head]
    problems += _repeated(head, keys)
    if (_NAME,) not in keys:
        problems.append(_problem(head[0].mark, f"there is no column `{_NAME}`", "a column with the name of each row"))
        return document
    for cells in rows:
        if len(cells) != len(head):
            what = f"this row has {len(cells)} cells, and the table has {len(head)} columns"
            problems.append(_problem(cells[0].mark, what, "a comma between two cells, also beside an empty one"))
        else:
            _put(document, cells, keys)
    return document


def _cells(source: Source, number: int) -> list[_Cell]:
    """The cells of a line."""
    line, cells, position = source.lines[number], [], 0
    while True:
        match = _CELL.match(line, position)
        if match is None:
            mark = Mark(source, number, position)
            raise Unreadable("a quotation is not closed, or text stands beside it", '`"a cell, with a comma"`', mark)
        quoted, bare, comma = match.groups()
        text = bare.strip() if quoted is None else quoted.replace('""', '"')
        begin = match.start(2) if quoted is None else match.start(1) - 1
        cells.append(_Cell(text, Mark(source, number, begin)))
        if not comma:
            return cells
        position = match.end()


def _column(cell: _Cell, columns: Columns, problems: list[tuple[Problem, Mark]]) -> tuple[str, ...]:
    """The keys that a column's cells go to; none, and a fault, for one that is not known."""
    known = {**columns, **{key[0]: key for key in columns.values() if len(key) == 1}}
    if cell.text not in known:
        hint = did_you_mean(cell.text, columns)
        problems.append(_problem(cell.mark, f"`{cell.text}` is not a column of this table", hint))
    return known.get(cell.text, ())


def _repeated(head: Sequence[_Cell], keys: Sequence[tuple[str, ...]]) -> list[tuple[Problem, Mark]]:
    """The faults of columns whose cells would go where those of an earlier one go."""
    return [
        _problem(cell.mark, f"`{cell.text}` stands here for the second time", "each column once")
        for index, (cell, key) in enumerate(zip(head, keys, strict=True))
        if key and key in keys[:index]
    ]


def _put(document: Document, cells: Sequence[_Cell], keys: Sequence[tuple[str, ...]]) -> None:
    """Add a row under its name; empty cells are left out."""
    name = next(cell for cell, key in zip(cells, keys, strict=True) if key == (_NAME,))
    table: Branch = document.root
    if name.text in table:
        line = table.keys_at[name.text].line + 1
        what = f"`{name.text}` stands here for the second time (first in line {line})"
        document.problems.append(_problem(name.mark, what, "each name once", name.text))
        return
    row = Branch()
    for cell, key in zip(cells, keys, strict=True):
        if cell.text and key and cell is not name:
            _inner(row, key, cell.mark).put(key[-1], cell.text, cell.mark, cell.mark)
    table.put(name.text, row, name.mark, name.mark)


def _inner(row: Branch, key: tuple[str, ...], mark: Mark) -> Branch:
    """The mapping that the last key stands in."""
    for step in key[:-1]:
        if step not in row:
            row.put(step, Branch(), mark, mark)
        row = row[step]
    return row


def _problem(mark: Mark, what: str, hint: str, *steps: str) -> tuple[Problem, Mark]:
    return Problem(route=Route(steps), what=what, hint=hint, at_key=True), mark
