"""The members of a JSON object, each of the type that it must have; what is wrong is gathered, not raised.

It must not know what the object means.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from capplan.errors import Route

LARGEST = 1e200
"""No figure is larger; JSON knows numbers that no float can hold."""

_KINDS: dict[str, tuple[type, ...]] = {
    "a number": (int, float),
    "a text": (str,),
    "true or false": (bool,),
    "an object": (dict,),
    "a list": (list,),
}


class Object:
    """A JSON object and where it stands.

    A member that is missing or of another kind is added to `faults`, and a value that does no harm stands in for it.
    """

    def __init__(self, members: Mapping[str, object], faults: list[str], route: Route | None = None) -> None:
        self._members = members
        self._faults = faults
        self._route = Route() if route is None else route

    def has(self, name: str) -> bool:
        """Whether there is such a member; for those that older files do not have."""
        return name in self._members

    def number(self, name: str) -> float:
        """A number."""
        return self._member(name, "a number") or 0.0

    def number_or_none(self, name: str) -> float | None:
        """A number, or null."""
        value: float | None = self._member(name, "a number", null=True)
        return value

    def text(self, name: str) -> str:
        """A text."""
        return self._member(name, "a text") or ""

    def text_or_none(self, name: str) -> str | None:
        """A text, or null."""
        value: str | None = self._member(name, "a text", null=True)
        return value

    def flag(self, name: str) -> bool:
        """True or false."""
        return self._member(name, "true or false") is True

    def inner(self, name: str) -> "Object":
        """An object."""
        return self._object(self._member(name, "an object"), self._route / name)

    def inner_or_none(self, name: str) -> "Object | None":
        """An object, or null."""
        value = self._member(name, "an object", null=True)
        return None if value is None else self._object(value, self._route / name)

    def each_of(self, name: str) -> "list[Object]":
        """The objects of a list."""
        found = []
        for place, value in enumerate(self._member(name, "a list") or ()):
            route = self._route / name / place
            found.append(self._object(self._checked(value, route, "an object"), route))
        return found

    def inner_items(self) -> "Iterator[tuple[str, Object]]":
        """All members, each of them an object."""
        return ((name, self.inner(name)) for name in self._members)

    def numbers(self) -> Iterator[tuple[str, float | None]]:
        """All members, each of them a number or null."""
        return ((name, self.number_or_none(name)) for name in self._members)

    def _object(self, members: Mapping[str, object] | None, route: Route) -> "Object":
        """What stands in for an object that is not there complains of nothing: one fault is enough."""
        return Object({}, [], route) if members is None else Object(members, self._faults, route)

    def _member(self, name: str, kind: str, *, null: bool = False) -> Any:
        if name in self._members:
            return self._checked(self._members[name], self._route / name, kind, null=null)
        self._complain(f"{self._route / name} is missing")
        return None

    def _checked(self, value: Any, route: Route, kind: str, *, null: bool = False) -> Any:
        """The value where it is of the kind; else None."""
        fits = isinstance(value, _KINDS[kind]) and isinstance(value, bool) == (kind == "true or false")
        if fits and (kind != "a number" or abs(value) <= LARGEST):
            return value
        if value is not None or not null:
            self._complain(f"{route} is not {kind}")
        return None

    def _complain(self, fault: str) -> None:
        if fault not in self._faults:
            self._faults.append(fault)
