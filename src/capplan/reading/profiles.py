"""Load profiles that stand in a CSV file beside the topology: the numbers of the last column."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

from capplan.errors import Problem, Route
from capplan.reading.nodes import Branch, Items
from capplan.units import UnitError

_ROUTE = Route(("workload", "profile"))
_MAX_ROWS = 100_000
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]*)?%?")


def replace_profile(root: Any, load_text: Callable[[str], str] | None) -> list[Problem]:
    """Put the numbers of the file in the place of its name."""
    workload = root.get("workload") if isinstance(root, Branch) else None
    name = workload.get("profile") if isinstance(workload, Branch) else None
    if not isinstance(workload, Branch) or not isinstance(name, str):
        return []
    problems: list[Problem] = []
    try:
        numbers = _numbers(name, load_text)
    except UnitError as error:
        problems = [Problem(route=_ROUTE, what=error.wrong, hint=error.right)]
        numbers = [1.0, 1.0]
    workload["profile"] = Items.at(numbers, workload.values_at["profile"])
    return problems


def _numbers(name: str, load_text: Callable[[str], str] | None) -> list[float]:
    if load_text is None:
        raise UnitError(
            f"`{name}` is a file, and this topology has no place beside which it could be", "a list of numbers"
        )
    try:
        text = load_text(name)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not UTF-8"
        raise UnitError(
            f"`{name}` cannot be read: {reason}", "the path of a CSV file, from the topology's folder"
        ) from None
    try:
        rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise UnitError(f"`{name}` is not CSV: {error}", "a CSV file, with the load in its last column") from None
    if rows and not _is_number(rows[0][-1]):
        rows = rows[1:]
    if not 2 <= len(rows) <= _MAX_ROWS:
        raise UnitError(
            f"`{name}` has {len(rows)} rows of numbers", "24 for the hours of a day, 168 for those of a week"
        )
    return [_number(row[-1], name) for row in rows]


def _number(cell: str, name: str) -> float:
    if not _is_number(cell):
        raise UnitError(
            f"`{name}` holds `{cell.strip()}`, which is not a number from 0 on",
            "fractions of `rate`, such as 0.35 or 35%",
        )
    number = cell.strip()
    return float(number[:-1]) / 100 if number.endswith("%") else float(number)


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell.strip()) is not None
