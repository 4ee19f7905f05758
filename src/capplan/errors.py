"""Errors: the tree of what capplan refuses, with the exit code of each, and the records that say where and why.

    CapplanError            3   a fault of capplan's own
    └── UserError           2   something that the user wrote or chose
        ├── BadTopology         the faults of a topology, all of them
        ├── BadOption           an option or an argument
        └── BadFile             a file that cannot be read or written

This module renders plain text only; it knows neither terminals nor YAML.
"""

from dataclasses import dataclass, replace
from typing import ClassVar


class Route(tuple[str | int, ...]):
    """Where something stands in a topology: `components.api.calls[0]`."""

    __slots__ = ()

    def __truediv__(self, step: str | int) -> "Route":
        return Route((*self, step))

    def __str__(self) -> str:
        steps = "".join(_step(step) for step in self)
        return steps.removeprefix(".") or "the topology"


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    plain = step.replace("-", "").replace("_", "").isalnum()
    return f".{step}" if plain else f'["{step}"]'


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One fault: where (a route, then a position), what is wrong, and a hint of what would be right."""

    route: Route
    what: str
    hint: str
    at_key: bool = False
    file: str | None = None
    line: int | None = None
    column: int | None = None
    source: str | None = None

    def within(self, *steps: str | int) -> "Problem":
        """The same fault, seen from further out."""
        return replace(self, route=Route((*steps, *self.route)))

    @property
    def position(self) -> str:
        """`file:line:column`, as far as it is known."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)

    def __str__(self) -> str:
        head = ": ".join(part for part in (self.position, str(self.route), f"{self.what}; {self.hint}") if part)
        if self.source is None or self.column is None:
            return head
        return f"{head}\n    {self.source}\n    {_caret(self.source, self.column)}"


def _caret(source: str, column: int) -> str:
    """A caret below the column (from 1); tabs stay tabs, so that it stands below its character at any tab width."""
    return "".join("\t" if character == "\t" else " " for character in source[: column - 1]) + "^"


class CapplanError(Exception):
    """The root: whatever capplan raises on purpose."""

    exit_code: ClassVar[int] = 3


class UserError(CapplanError):
    """Something that the user can put right."""

    exit_code: ClassVar[int] = 2


class BadTopology(UserError):  # noqa: N818
    """A topology with faults: all of them, in the order of the file."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class BadOption(UserError):  # noqa: N818
    """An option or an argument that does not make sense, or names what does not exist."""


class BadFile(UserError):  # noqa: N818
    """A file that cannot be read or written."""
