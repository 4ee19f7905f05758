"""Calls: what one visit asks of other components, in order, in parallel, or without waiting."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import Field

from capplan.errors import Problem
from capplan.topology.fields import Boolean, Duration, Fraction, Positive, Quantity
from capplan.topology.forms import (
    Faults,
    Form,
    Record,
    Reference,
    Schema,
    did_you_mean,
    fault,
    problems_of,
    read_record,
    shown,
)
from capplan.topology.patience import NO_RETRIES, Retries, RetriesForm
from capplan.units import DURATION, FRACTION, NUMBER, parse

CALLEE = r"^[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_][A-Za-z0-9_-]*)?$"
_PARALLEL = "parallel"
_WANTED = "calls: a mapping {callee: number} or a list of {callee: number}"


class CallNumber(Form):
    """The mean number of calls per visit: `2`, `2.4`, `30%`."""

    def read(self, value: Any) -> float:
        if isinstance(value, str) and value.rstrip().endswith("%") and not any(sign in value for sign in "±+"):
            return parse(value, FRACTION)
        return Quantity(NUMBER).read(value)

    def schema(self, reference: Reference) -> Schema:
        return {"anyOf": [reference(NUMBER), reference(FRACTION)]}


class Call(Record):
    """Calls to one endpoint of one component (to its default endpoint where none is named)."""

    title: ClassVar[str] = "a call"
    inferred: ClassVar[frozenset[str]] = frozenset({"callee", "number"})

    callee: str
    number: Annotated[float, CallNumber()] = 1.0
    asynchronous: Boolean = Field(
        default=False, alias="async", description="The caller does not wait for the answer; false unless said."
    )
    probability: Fraction = Field(default=1.0, description="Probability that the calls are made at all; 1 unless said.")
    timeout: Annotated[float, Quantity(DURATION, above=True)] | None = Field(
        default=None, description="How long the caller waits for one call, e.g. 2s; for ever where nothing is said."
    )
    retries: Annotated[Retries, RetriesForm()] = Field(
        default=NO_RETRIES,
        description=(
            "The most repeats after a failure or a timeout, or `{max: 2, budget: 20%}`: at most so many repeats per "
            "first attempt, over all calls; 0 unless said."
        ),
    )
    backoff: Duration = Field(default=0.0, description="Pause before a repeat, e.g. 100ms; 0 unless said.")
    pool: Positive | None = Field(
        default=None,
        description="Connections that one replica of the caller holds to the callee; no limit where nothing is said.",
    )

    @property
    def component(self) -> str:
        """The component that is called."""
        return self.callee.partition(".")[0]

    @property
    def endpoint(self) -> str | None:
        """The endpoint that is called, None for the default one."""
        return self.callee.partition(".")[2] or None

    @property
    def mean_number(self) -> float:
        """Calls per visit on average, the probability included."""
        return self.number * self.probability


class Parallel(Record):
    """Calls made at once; the caller waits for the slowest of those that are not asynchronous."""

    title: ClassVar[str] = "a parallel group"

    calls: tuple[Call, ...]


Step = Call | Parallel
_NO_CALLS = Parallel.model_construct(calls=())
_OPTIONS = tuple(Call.written())


class CallsForm(Form):
    """A mapping of mean numbers by callee, or a list of calls and groups in the order in which they are made."""

    def __init__(self, *, groups: bool = True) -> None:
        self.groups = groups

    def read(self, value: Any) -> tuple[Step, ...]:
        if isinstance(value, Mapping):
            entries = [((callee,), {callee: number}) for callee, number in value.items()]
        elif isinstance(value, Sequence) and not isinstance(value, str):
            entries = [((index,), entry) for index, entry in enumerate(value)]
        else:
            raise fault(f"{shown(value)} stands here", _WANTED)
        steps: list[Step] = []
        problems: list[Problem] = []
        for place, entry in entries:
            try:
                steps.append(self._step(entry))
            except ValueError as error:
                found = problems_of(error)
                problems += [problem.within(*place) for problem in found] if isinstance(place[0], int) else found
                steps.append(error.partial if isinstance(error, Faults) and error.partial is not None else _NO_CALLS)
        if problems:
            raise Faults(problems, tuple(steps))
        return tuple(steps)

    def _step(self, entry: Any) -> Step:
        if isinstance(entry, Call | Parallel):
            return entry
        if isinstance(entry, str):
            return _call(entry, {entry: 1.0})
        if not isinstance(entry, Mapping):
            raise fault(f"{shown(entry)} stands here", "a call: {callee: number}, with its options")
        if set(entry) == {_PARALLEL} and not isinstance(entry[_PARALLEL], str):
            return self._group(entry[_PARALLEL])
        callees = [key for key in entry if key not in _OPTIONS]
        if len(callees) == 1:
            return _call(callees[0], entry)
        if not callees:
            raise fault("this call names no callee", "{callee: number} beside the options")
        raise fault(
            f"`{callees[1]}` is neither an option nor the only callee",
            _options_hint(callees[1]),
            callees[1],
            at_key=True,
        )

    def _group(self, value: Any) -> Parallel:
        if not self.groups:
            raise fault(
                "a group stands within a parallel group", "put its calls into the outer group", _PARALLEL, at_key=True
            )
        try:
            calls = CallsForm(groups=False).read(value)
        except Faults as error:
            group = Parallel.model_construct(
                calls=tuple(call for call in error.partial or () if isinstance(call, Call))
            )
            raise Faults((problem.within(_PARALLEL) for problem in error.problems), group) from None
        if not calls:
            raise fault("the parallel group is empty", "the calls that are made at once", _PARALLEL, at_key=True)
        return Parallel.model_construct(calls=tuple(call for call in calls if isinstance(call, Call)))

    def schema(self, reference: Reference) -> Schema:
        number = CallNumber().schema(reference)
        callee = {"type": "string", "pattern": CALLEE}
        numbers = {"type": "object", "propertyNames": {"pattern": CALLEE}, "additionalProperties": number}
        call = {**numbers, "properties": _option_schemas(reference), "minProperties": 1}
        items = [callee, call, *([self._group_schema(reference)] if self.groups else [])]
        return {"anyOf": [numbers, {"type": "array", "items": {"anyOf": items}}]}

    def _group_schema(self, reference: Reference) -> Schema:
        calls = {
            **CallsForm(groups=False).schema(reference),
            "description": "Calls made at once; the caller waits for the slowest.",
        }
        return {
            "type": "object",
            "properties": {_PARALLEL: calls},
            "required": [_PARALLEL],
            "additionalProperties": False,
        }


def _option_schemas(reference: Reference) -> dict[str, Schema]:
    forms, fields = Call.forms(), Call.model_fields
    return {
        key: {**forms[name].schema(reference), "description": fields[name].description or ""}
        for key, name in Call.written().items()
    }


def _options_hint(key: str) -> str:
    return (
        f"one callee in each entry of the list, with the options {', '.join(_OPTIONS)} ({did_you_mean(key, _OPTIONS)})"
    )


def _call(callee: str, entry: Mapping[str, Any]) -> Call:
    problems: list[Problem] = []
    number = 1.0
    if not re.search(CALLEE, callee):
        problems += fault(
            f"`{callee}` is not a callee", "`component` or `component.endpoint`", callee, at_key=True
        ).problems
    try:
        number = CallNumber().read(entry[callee])
    except ValueError as error:
        problems += [_optioned(problem, entry[callee]).within(callee) for problem in problems_of(error)]
    options = {key: value for key, value in entry.items() if key != callee}
    try:
        call = read_record(Call, options, callee=callee, number=number)
    except Faults as error:
        problems += error.problems
        call = error.partial
    if problems:
        raise Faults(problems, call)
    return call


def _optioned(problem: Problem, value: Any) -> Problem:
    if isinstance(value, Mapping):
        return replace(problem, hint="a number; options go into the list form: `- {callee: 2, timeout: 1s}`")
    return problem


Calls = Annotated[tuple[Step, ...], CallsForm()]
