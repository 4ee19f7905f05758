"""Scenarios: events that happen in one story, and how long it is."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from capplan import units
from capplan.topology.events import Event, EventForm
from capplan.topology.fields import AnyText, ListOf, Named, Quantity
from capplan.topology.forms import Record, Reference, Schema, read_record

AFTERWARDS = 600.0
"""How long a story goes on, unless it says its duration, after the last event begins or ends (s)."""
_EVENTS = ListOf(EventForm(), "a list of events: [api replica down at 10m for 5m]")


class Scenario(Record):
    """What happens in a story that `simulate` tells, and how long it is."""

    title: ClassVar[str] = "a scenario"
    inferred: ClassVar[frozenset[str]] = frozenset({"name"})

    name: str = ""
    description: AnyText | None = Field(default=None, description="What it is about, in a sentence or more.")
    duration: Annotated[float, Quantity(units.DURATION, above=True)] | None = Field(
        default=None,
        description="How long the story is, e.g. 1h; until 10m after the last event begins or ends, unless said.",
    )
    events: Annotated[tuple[Event, ...], _EVENTS] = Field(
        default=(), description="What happens, each as a line: `api replica down at 10m for 5m`."
    )

    @classmethod
    def of(cls, events: Sequence[Event], duration: float | None = None, name: str = "") -> "Scenario":
        """A scenario of some events."""
        return cls.model_construct(name=name, description=None, duration=duration, events=tuple(events))

    @property
    def length(self) -> float:
        """How long the story is (s)."""
        if self.duration is not None:
            return float(self.duration)
        return max((event.last for event in self.events if event is not None), default=0.0) + AFTERWARDS


class ScenariosForm(Named):
    """Scenarios by name, each a record, or a list of its events."""

    def __init__(self) -> None:
        super().__init__(Scenario)

    def entry(self, name: str, value: Any) -> Any:
        if isinstance(value, Sequence) and not isinstance(value, str):
            value = {"events": value}
        return read_record(Scenario, value, name=name)

    def schema(self, reference: Reference) -> Schema:
        record: Mapping[str, Any] = super().schema(reference)
        return {**record, "additionalProperties": {"anyOf": [reference(Scenario), _EVENTS.schema(reference)]}}
