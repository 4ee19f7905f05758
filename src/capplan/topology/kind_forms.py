"""Short forms and records that only certain kinds of components use: prices, consumers, notification channels."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from capplan import units
from capplan.topology.calls import CALLEE, CallsForm
from capplan.topology.fields import (
    AnyText,
    Duration,
    ListOf,
    Nested,
)
from capplan.topology.forms import (
    Form,
    Record,
    Reference,
    Schema,
    expect_text,
    read_record,
)
from capplan.units import Price, Unit


class PriceForm(Form):
    """A price on one of several bases; a bare number is on the first."""

    def __init__(self, *bases: Unit) -> None:
        self.bases = bases

    def read(self, value: Any) -> Price:
        if isinstance(value, Price):
            return value
        return units.parse_price(expect_text(value, f"a price, e.g. {self.bases[0].example}"), *self.bases)

    def schema(self, reference: Reference) -> Schema:
        return {"anyOf": [reference(base) for base in self.bases]}


class WorkersForm(Form):
    """A name, names, or mean numbers of messages by consumer, in the form of `calls`."""

    _calls = CallsForm(groups=False)

    def read(self, value: Any) -> Any:
        return self._calls.read([value] if isinstance(value, str) else value)

    def schema(self, reference: Reference) -> Schema:
        return {"anyOf": [{"type": "string", "pattern": CALLEE}, *self._calls.schema(reference)["anyOf"]]}


class Notify(Record):
    """A channel that brings alerts to people."""

    title: ClassVar[str] = "a notification channel"

    channel: AnyText = Field(description="Its name, for an alert's `notify`.")
    delay: Duration = Field(default=0.0, description="From the alert until somebody is told, e.g. 30s; 0 unless said.")


class NotifyForm(Form):
    """A channel, or a list of channels."""

    _list = ListOf(Nested(Notify), "a channel {channel, delay}, or a list of them")

    def read(self, value: Any) -> tuple[Notify, ...]:
        return (read_record(Notify, value),) if isinstance(value, Mapping) else self._list.read(value)

    def schema(self, reference: Reference) -> Schema:
        return {"anyOf": [reference(Notify), self._list.schema(reference)]}
