"""What a tree is made of: sources, marks, and collections that know where each of their parts was written."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

_LINE_BREAK = re.compile("\\r\\n|[\\n\\r\\x85\\u2028\\u2029]")


class Source(NamedTuple):
    """Where text came from: the name of a file, and its lines."""

    name: str
    lines: list[str]

    @classmethod
    def of(cls, name: str, text: str) -> "Source":
        """The source of a text, cut into lines where YAML cuts them."""
        return cls(name, _LINE_BREAK.split(text))


class Mark(NamedTuple):
    """A place in a source; line and column count from 0."""

    source: Source
    line: int
    column: int


class Branch(dict[str, Any]):
    """A mapping, with the marks of its keys and of their values."""

    __slots__ = ("keys_at", "values_at")

    def __init__(self) -> None:
        super().__init__()
        self.keys_at: dict[str, Mark] = {}
        self.values_at: dict[str, Mark] = {}

    def put(self, key: str, value: Any, key_at: Mark, value_at: Mark) -> None:
        """Set a key."""
        self[key] = value
        self.keys_at[key] = key_at
        self.values_at[key] = value_at

    def own(self) -> "Branch":
        """A copy that can be changed while others keep this one."""
        branch = Branch()
        for key, value in self.items():
            branch.put(key, value, self.keys_at[key], self.values_at[key])
        return branch


class Items(list[Any]):
    """A list, with the marks of its items."""

    __slots__ = ("values_at",)

    def __init__(self) -> None:
        super().__init__()
        self.values_at: list[Mark] = []

    @classmethod
    def at(cls, values: Iterable[Any], mark: Mark) -> "Items":
        """Values that all stand at one mark."""
        items = cls()
        for value in values:
            items.put(value, mark)
        return items

    def put(self, value: Any, value_at: Mark) -> None:
        """Append a value."""
        self.append(value)
        self.values_at.append(value_at)

    def own(self) -> "Items":
        """A copy that can be changed while others keep this one."""
        items = Items()
        for value, mark in zip(self, self.values_at, strict=True):
            items.put(value, mark)
        return items


class Unreadable(Exception):  # noqa: N818
    """Text that is no YAML, or that no topology needs: the one fault that ends the reading."""

    def __init__(self, what: str, hint: str, mark: Mark | None) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.mark = mark
