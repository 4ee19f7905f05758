"""The forms that fields use: quantities, counts, flags, names, choices, and records within records."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from capplan import units
from capplan.errors import Problem, Route
from capplan.topology.forms import (
    NAME,
    Faults,
    Form,
    Record,
    Reference,
    Schema,
    did_you_mean,
    expect_mapping,
    expect_text,
    fault,
    problems_of,
    read_record,
    shown,
)
from capplan.units import FRACTION, Uncertain, Unit, UnitError

_INTEGER = re.compile(r"[+]?[0-9][0-9_]*")
_TRUE = ("true", "True", "TRUE", "yes", "Yes", "on", "On")
_FALSE = ("false", "False", "FALSE", "no", "No", "off", "Off")


class Quantity(Form):
    """A number with a unit, not below `least` (or, with `above`, only above it)."""

    def __init__(self, unit: Unit, least: float = 0.0, *, above: bool = False) -> None:
        self.unit = unit
        self.least = least
        self.above = above

    def read(self, value: Any) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool):
            quantity = float(value)
        else:
            quantity = units.parse(expect_text(value, f"{self.unit.article}, e.g. {self.unit.example}"), self.unit)
        if self.unit is FRACTION:
            return units.checked_fraction(quantity if not isinstance(value, Uncertain) else value, value)
        lowest = quantity.low if isinstance(quantity, Uncertain) else quantity
        if lowest < self.least or (self.above and lowest <= self.least):
            side = "above" if self.above else "at least"
            raise UnitError(f"{shown(value)} is too small", f"{self.unit.article} that is {side} {self.least:g}")
        return value if isinstance(value, Uncertain) else quantity

    def schema(self, reference: Reference) -> Schema:
        bounds = {"exclusiveMinimum": self.least} if self.above and self.unit.bare else {}
        return {**reference(self.unit), **bounds}


class Integer(Form):
    """A whole number, not below `least`."""

    def __init__(self, least: int = 1) -> None:
        self.least = least

    def read(self, value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool):
            number = value
        else:
            text = expect_text(value, "a whole number")
            if not _INTEGER.fullmatch(text) or len(text) > 15:
                raise UnitError(f"{shown(value)} is not a whole number", f"a whole number, {self.least} or more")
            number = int(text.replace("_", ""))
        if number < self.least:
            raise UnitError(f"{shown(value)} is too small", f"a whole number, {self.least} or more")
        return number

    def schema(self, _reference: Reference) -> Schema:
        return {
            "anyOf": [
                {"type": "integer", "minimum": self.least},
                {"type": "string", "pattern": "^ *[+]?[0-9][0-9_]* *$"},
            ]
        }


class Flag(Form):
    """true or false."""

    def read(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        text = expect_text(value, "true or false")
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
        raise UnitError(f"{shown(value)} is neither true nor false", "true or false")

    def schema(self, _reference: Reference) -> Schema:
        return {"anyOf": [{"type": "boolean"}, {"enum": [*_TRUE, *_FALSE]}]}


class Text(Form):
    """Any text, or text of a certain shape."""

    def __init__(self, shape: str = "", wanted: str = "a text", hint: str = "letters, digits, `-` and `_`") -> None:
        self.shape = shape
        self.wanted = wanted
        self.hint = hint

    def read(self, value: Any) -> str:
        text = expect_text(value, self.wanted)
        if self.shape and not re.search(self.shape, text):
            raise UnitError(f"{shown(value)} is not {self.wanted}", self.hint)
        return text

    def schema(self, _reference: Reference) -> Schema:
        if self.shape:
            return {"type": ["string", "integer"], "pattern": self.shape}
        return {"type": ["string", "number", "boolean"]}


class Choice(Form):
    """One of several words, some of which mean the same."""

    def __init__(self, wanted: str, words: Mapping[str, Any]) -> None:
        self.wanted = wanted
        self.words = words

    def read(self, value: Any) -> Any:
        if not isinstance(value, str) and value in self.words.values():
            return value
        text = expect_text(value, f"{self.wanted}: {', '.join(self.words)}")
        if text in self.words:
            return self.words[text]
        raise UnitError(f"{shown(value)} is not {self.wanted}", did_you_mean(text, self.words))

    def schema(self, _reference: Reference) -> Schema:
        return {"enum": list(self.words)}


class Names(Form):
    """A name, or a list of names."""

    def __init__(self, wanted: str, shape: str = NAME) -> None:
        self.name = Text(shape, wanted)

    def read(self, value: Any) -> tuple[str, ...]:
        if isinstance(value, str):
            return (self.name.read(value),)
        try:
            return ListOf(self.name, f"{self.name.wanted}, or a list of them").read(value)
        except Faults as error:
            sound = tuple(name for name in error.partial or () if name is not None)
            raise Faults(error.problems, sound or None) from None

    def schema(self, reference: Reference) -> Schema:
        one = self.name.schema(reference)
        return {"anyOf": [one, {"type": "array", "items": one}]}


class ListOf(Form):
    """A list, each item in the same form."""

    def __init__(self, item: Form, wanted: str) -> None:
        self.item = item
        self.wanted = wanted

    def read(self, value: Any) -> tuple[Any, ...]:
        """The items; in a partial value, None stands in the place of what could not be read."""
        if isinstance(value, str | Mapping) or not isinstance(value, Sequence):
            raise fault(f"{shown(value)} stands here", self.wanted)
        items: list[Any] = []
        problems: list[Problem] = []
        for index, entry in enumerate(value):
            try:
                items.append(self.item.read(entry))
            except ValueError as error:
                problems += [problem.within(index) for problem in problems_of(error)]
                items.append(error.partial if isinstance(error, Faults) else None)
        if problems:
            raise Faults(problems, tuple(items))
        return tuple(items)

    def schema(self, reference: Reference) -> Schema:
        return {"type": "array", "items": self.item.schema(reference)}


class Nested(Form):
    """A record within a record."""

    def __init__(self, model: type[Record]) -> None:
        self.model = model

    def read(self, value: Any) -> Any:
        return read_record(self.model, value)

    def schema(self, reference: Reference) -> Schema:
        return reference(self.model)


class Named(Form):
    """Records by name: `{api: {…}, web: {…}}`; the name goes into each record's `name`, if it has one."""

    def __init__(self, model: type[Record], shape: str = NAME) -> None:
        self.model = model
        self.shape = shape

    def entry(self, name: str, value: Any) -> Any:
        """One record."""
        inferred = {"name": name} if "name" in self.model.inferred else {}
        return read_record(self.model, value, **inferred)

    def read(self, value: Any) -> dict[str, Any]:
        mapping = expect_mapping(value, f"a mapping: a name for {self.model.title}, then what it is")
        entries: dict[str, Any] = {}
        problems: list[Problem] = []
        for name, item in mapping.items():
            if not re.search(self.shape, name):
                hint = "letters, digits, `-` and `_`"
                problems.append(Problem(route=Route((name,)), what=f"`{name}` is not a name", hint=hint, at_key=True))
            try:
                entries[name] = self.entry(name, item)
            except ValueError as error:
                problems += [problem.within(name) for problem in problems_of(error)]
                entries |= {name: error.partial} if isinstance(error, Faults) and error.partial is not None else {}
        if problems:
            raise Faults(problems, entries)
        return entries

    def schema(self, reference: Reference) -> Schema:
        return {
            "type": "object",
            "propertyNames": {"pattern": self.shape},
            "additionalProperties": reference(self.model),
        }


class Shares(Form):
    """A mapping of names to quantities in the same form."""

    def __init__(self, item: Form, wanted: str) -> None:
        self.item = item
        self.wanted = wanted

    def read(self, value: Any) -> dict[str, Any]:
        read: dict[str, Any] = {}
        problems: list[Problem] = []
        for name, item in expect_mapping(value, self.wanted).items():
            try:
                read[name] = self.item.read(item)
            except ValueError as error:
                problems += [problem.within(name) for problem in problems_of(error)]
        if problems:
            raise Faults(problems, read)
        return read

    def schema(self, reference: Reference) -> Schema:
        return {
            "type": "object",
            "propertyNames": {"pattern": NAME},
            "additionalProperties": self.item.schema(reference),
        }


Duration = Annotated[float, Quantity(units.DURATION)]
Rate = Annotated[float, Quantity(units.RATE)]
Size = Annotated[float, Quantity(units.SIZE)]
Bandwidth = Annotated[float, Quantity(units.BANDWIDTH, above=True)]
Fraction = Annotated[float, Quantity(units.FRACTION)]
Number = Annotated[float, Quantity(units.NUMBER)]
Count = Annotated[float, Quantity(units.COUNT)]
Operations = Annotated[float, Quantity(units.IOPS, above=True)]
HourlyPrice = Annotated[float, Quantity(units.HOURLY)]
Whole = Annotated[int, Integer(0)]
Positive = Annotated[int, Integer(1)]
Boolean = Annotated[bool, Flag()]
AnyText = Annotated[str, Text()]
Name = Annotated[str, Text(NAME, "a name")]
