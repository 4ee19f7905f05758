"""How often a caller repeats what failed: a number, or a number within a budget."""

from collections.abc import Mapping
from math import inf
from typing import Annotated, Any, ClassVar

from pydantic import Field

from capplan import units
from capplan.topology.fields import Integer, Quantity, Whole
from capplan.topology.forms import Form, Record, Reference, Schema, read_record


class Retries(Record):
    """The most repeats of one call or request, and of all together."""

    title: ClassVar[str] = "retries"

    max: Whole = Field(description="The most repeats of one call or request.")
    budget: Annotated[float, Quantity(units.FRACTION)] = Field(
        default=inf,
        description="The most repeats of all together per first attempt, e.g. 20%; no limit unless said.",
    )

    def __bool__(self) -> bool:
        return self.max > 0


class RetriesForm(Form):
    """`2`, or `{max: 2, budget: 20%}`."""

    _number = Integer(0)

    def read(self, value: Any) -> Retries:
        if isinstance(value, Retries):
            return value
        if isinstance(value, Mapping):
            return read_record(Retries, value)
        return Retries.model_construct(max=self._number.read(value))

    def schema(self, reference: Reference) -> Schema:
        return {"anyOf": [*self._number.schema(reference)["anyOf"], reference(Retries)]}


NO_RETRIES = Retries.model_construct(max=0)
