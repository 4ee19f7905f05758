"""The network between the places where components run: round trips, bandwidths and zones. No machines, no queues."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import Field

from capplan.topology.fields import Named, Positive, Quantity, Shares
from capplan.topology.forms import Faults, Form, Record, Reference, Schema, expect_mapping, problems_of
from capplan.topology.times import Delay, Family, RandomTime, RandomTimeForm
from capplan.units import BANDWIDTH

T = TypeVar("T")

_DELAY = RandomTimeForm(plain=Family.DETERMINISTIC)
_BANDWIDTH = Quantity(BANDWIDTH, above=True)


class Location(Record):
    """A place where components run, and its links to other places."""

    title: ClassVar[str] = "a location"
    inferred: ClassVar[frozenset[str]] = frozenset({"name"})

    name: str = ""
    rtt: Annotated[Mapping[str, RandomTime], Shares(_DELAY, "round trips by location: {other: 80ms}")] = Field(
        default={},
        description=(
            "Round trip time to each other location, a duration (constant) or a random time (jitter). Holds "
            "in both directions unless the other location says otherwise."
        ),
    )
    bandwidth: Annotated[Mapping[str, float], Shares(_BANDWIDTH, "bandwidths by location: {other: 1Gbps}")] = Field(
        default={}, description="Bandwidth of one transfer to each other location; without it a transfer takes no time."
    )
    zones: Positive = Field(default=1, description="Availability zones over which replicas are spread; 1 unless said.")


class Locations(Record):
    """All locations, and the round trip inside one."""

    title: ClassVar[str] = "the locations"

    local: Delay | None = Field(
        default=None, description="Round trip between two components in one location; 0 unless said."
    )
    places: Mapping[str, Location] = Field(default={}, description="The locations by name.")

    def rtt(self, one: str | None, other: str | None) -> RandomTime | None:
        """The round trip between two places; None where nothing is said of it (then it takes no time)."""
        if one is None or other is None or one == other:
            own = self.places[one].rtt.get(one) if one is not None and one == other and one in self.places else None
            return own or self.local
        return _either(self._said(one).rtt, other, self._said(other).rtt, one)

    def bandwidth(self, one: str | None, other: str | None) -> float | None:
        """The bandwidth from one place to the other; None where a transfer takes no time."""
        if one is None or other is None:
            return None
        return _either(self._said(one).bandwidth, other, self._said(other).bandwidth, one)

    def _said(self, name: str) -> Location:
        return self.places.get(name) or Location.model_construct(name=name, rtt={}, bandwidth={}, zones=1)


def _either(there: Mapping[str, T], other: str, back: Mapping[str, T], one: str) -> T | None:
    said = there.get(other)
    return said if said is not None else back.get(one)


class LocationsForm(Form):
    """`{local: 0.5ms, name: {rtt, bandwidth, zones}, …}`."""

    def read(self, value: Any) -> Locations:
        if isinstance(value, Locations):
            return value
        mapping = expect_mapping(value, "a mapping: `local`, and each location by name")
        problems = []
        local: RandomTime | None = None
        places: Mapping[str, Location] = {}
        try:
            local = _DELAY.read(mapping["local"]) if "local" in mapping else None
        except ValueError as error:
            problems += [problem.within("local") for problem in problems_of(error)]
        try:
            others = {name: {} if place is None else place for name, place in mapping.items() if name != "local"}
            places = Named(Location).read(others)
        except Faults as error:
            problems += error.problems
            places = error.partial
        locations = Locations.model_construct(local=local, places=places)
        if problems:
            raise Faults(problems, locations)
        return locations

    def schema(self, reference: Reference) -> Schema:
        local = {**_DELAY.schema(reference), "description": Locations.model_fields["local"].description}
        place = {"anyOf": [reference(Location), {"type": "null"}]}
        return {"type": "object", "properties": {"local": local}, "additionalProperties": place}
