"""Forms: how a field of a record is written in a topology, read into its value, and described to an editor.

A form is put beside a field's type (`Annotated[float, Quantity(DURATION)]`); pydantic calls its `read`, the schema
writer its `schema`. Text is what a user wrote; numbers are SI already, from Python. Forms know no files and no
positions: what they cannot read is `Faults`, with the part that could be read, so that one mistake hides no other.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, ClassVar, TypeVar, cast, get_args

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo
from pydantic_core import core_schema

from capplan.errors import Problem, Route
from capplan.units import Unit, UnitError

Schema = dict[str, Any]
Reference = Callable[["type[Record] | Unit"], Schema]
R = TypeVar("R", bound="Record")

NAME = r"^[A-Za-z0-9_][A-Za-z0-9_-]*$"
MACHINE_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"


_SENTENCE_END = re.compile(r"(?<!e\.g)[.;] ")


class Faults(ValueError):  # noqa: N818
    """Everything wrong with a value, with routes relative to it, and what of it could be read (None if nothing)."""

    def __init__(self, problems: Iterable[Problem], partial: Any = None) -> None:
        super().__init__("faults")
        self.problems = tuple(problems)
        self.partial = partial


def fault(what: str, hint: str, *steps: str | int, at_key: bool = False, partial: Any = None) -> Faults:
    """A single fault, `steps` further in."""
    return Faults((Problem(route=Route(steps), what=what, hint=hint, at_key=at_key),), partial)


class Form:
    """The base of the forms: hands `read` to pydantic, and nothing else for it to build."""

    def read(self, value: Any) -> Any:
        """The field's value, or `Faults` (or a `UnitError`)."""
        raise NotImplementedError

    def schema(self, reference: Reference) -> Schema:
        """The JSON Schema of what `read` takes."""
        raise NotImplementedError

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)


class Record(BaseModel):
    """The base of all records: frozen, no unknown keys, its validator built when the first one is read."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, populate_by_name=True)

    title: ClassVar[str] = "this part"
    inferred: ClassVar[frozenset[str]] = frozenset()
    """Fields that users do not write: they come from elsewhere (a record's name from its key)."""

    constraints: ClassVar[Mapping[str, Any]] = {}
    """What a JSON Schema can say of several keys together."""

    @classmethod
    @cache
    def written(cls) -> Mapping[str, str]:
        """The keys that a user may write, each with the name of its field."""
        fields = cls.model_fields.items()
        return {field.alias or name: name for name, field in fields if name not in cls.inferred}

    @classmethod
    @cache
    def forms(cls) -> Mapping[str, Form]:
        """The form of each field that a user may write."""
        return {name: form_of(cls.model_fields[name]) for name in cls.written().values()}

    @classmethod
    @cache
    def required(cls) -> Mapping[str, str]:
        """The keys that must be there, each with the name of its field."""
        return {key: name for key, name in cls.written().items() if cls.model_fields[name].is_required()}

    @classmethod
    def unknown_key(cls, key: str) -> Problem:
        """The fault of a key that this record does not have."""
        hint = did_you_mean(key, cls.written())
        return Problem(route=Route((key,)), what=f"`{key}` is not a key of {cls.title}", hint=hint, at_key=True)


def form_of(field: FieldInfo) -> Form:
    """The form that stands beside a field's type (also within `… | None`)."""
    candidates = (*field.metadata, *(extra for part in get_args(field.annotation) for extra in get_args(part)[1:]))
    return next(form for form in candidates if isinstance(form, Form))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint: the known name that looks like this one, or all of them."""
    from difflib import get_close_matches

    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.6) or [n for n in names if n.lower() == name.lower()]
    if near:
        return f"did you mean `{near[0]}`?"
    if not names:
        return "there is none"
    listed = ", ".join(f"`{n}`" for n in sorted(names)[:20])
    return f"one of {listed}" + (" …" if len(names) > 20 else "")


def shown(value: Any) -> str:
    """What a value is, for a message: `fast`, a list, a mapping, nothing."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = str(value)
    return f"`{text}`" if len(text) <= 60 else f"`{text[:57]}…`"


def expect_text(value: Any, wanted: str) -> str:
    """The text, or a fault that names what was wanted."""
    if isinstance(value, str):
        return value.strip()
    raise fault(f"{shown(value)} stands here", wanted)


def expect_mapping(value: Any, wanted: str) -> Mapping[str, Any]:
    """The mapping, or a fault that names what was wanted."""
    if isinstance(value, Mapping):
        return value
    raise fault(f"{shown(value)} stands here", wanted)


def problems_of(error: ValueError) -> tuple[Problem, ...]:
    """What a form's exception says, as problems."""
    if isinstance(error, Faults):
        return error.problems
    if isinstance(error, UnitError):
        return (Problem(route=Route(), what=error.wrong, hint=error.right),)
    raise error


def read_record(model: type[R], value: Any, **inferred: Any) -> R:
    """A record from what a user wrote: each field by its own form, all faults at once.

    With faults, the partial value is the record of its sound fields (required ones that are not are None): enough for
    the rules to look for further faults. The models' own validators, which take long to build, are left to records
    that are made in Python.
    """
    if isinstance(value, model):
        return value
    known = model.written()
    examples = ", ".join(f"`{key}`" for key in list(known)[:4])
    mapping = expect_mapping(value, f"{model.title}: a mapping with keys such as {examples}")
    problems: list[Problem] = []
    values: dict[str, Any] = dict(inferred)
    for key, item in mapping.items():
        if key not in known:
            problems.append(model.unknown_key(key))
        elif item is None:
            problems.append(_empty(key))
        else:
            _read_field(model, key, item, values, problems)
    problems += _missing(model, mapping, values)
    record = cast("R", model.model_construct(**values))
    if problems:
        raise Faults(problems, record)
    return record


def _read_field(model: type[Record], key: str, item: Any, values: dict[str, Any], problems: list[Problem]) -> None:
    name = model.written()[key]
    try:
        values[name] = model.forms()[name].read(item)
    except ValueError as error:
        problems += [problem.within(key) for problem in problems_of(error)]
        if isinstance(error, Faults) and error.partial is not None:
            values[name] = error.partial


def _empty(key: str) -> Problem:
    return Problem(route=Route((key,)), what=f"`{key}` has no value", hint="give one, or leave the key out")


def _missing(model: type[Record], mapping: Mapping[str, Any], values: dict[str, Any]) -> list[Problem]:
    """The faults of required keys that are not there; what is not to be had becomes None."""
    problems = []
    for key, name in model.required().items():
        if key not in mapping:
            meaning = _SENTENCE_END.split(model.model_fields[name].description or "", maxsplit=1)[0].rstrip(".")
            hint = f"{model.title} needs `{key}`: {meaning[:1].lower()}{meaning[1:]}"
            problems.append(Problem(route=Route(), what=f"`{key}` is missing", hint=hint, at_key=True))
        values.setdefault(name, None)
    return problems
