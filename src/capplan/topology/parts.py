"""What stands under keys of components, as records and short forms: endpoints, memory, logs, deployment, data."""

import math
import re
from enum import StrEnum
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import Field

from capplan import units
from capplan.topology.calls import Calls
from capplan.topology.fields import (
    Boolean,
    Choice,
    Duration,
    Fraction,
    Integer,
    Name,
    Names,
    Nested,
    Number,
    Size,
)
from capplan.topology.forms import MACHINE_NAME, Form, Record, Reference, Schema, expect_text, fault, shown
from capplan.topology.times import Time
from capplan.units import FRACTION, UnitError

IO_SIZE = 16_000.0


class Strategy(StrEnum):
    """How a new version is brought out."""

    ROLLING = "rolling"
    BLUE_GREEN = "blue_green"
    CANARY = "canary"
    RECREATE = "recreate"


class Range(NamedTuple):
    """From a least to a most number of replicas."""

    low: int
    high: int


class RangeForm(Form):
    """`2..40`, or one number."""

    _shape = re.compile(r"([0-9]+)(?: *\.\. *([0-9]+))?")

    def read(self, value: Any) -> Range:
        if isinstance(value, Range):
            return value
        text = expect_text(str(value) if isinstance(value, int) else value, "a range such as 2..40")
        match = self._shape.fullmatch(text)
        if match is None or len(text) > 20:
            raise UnitError(f"{shown(value)} is not a range", "a range such as 2..40")
        low, high = int(match[1]), int(match[2] or match[1])
        if not 1 <= low <= high:
            raise UnitError(f"{shown(value)} is an empty range", "from at least 1 up to a number that is not smaller")
        return Range(low, high)

    def schema(self, _reference: Reference) -> Schema:
        return {
            "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": f"^ *{self._shape.pattern} *$"}]
        }


class Portion(NamedTuple):
    """A number of replicas, or a fraction of them."""

    fraction: float | None
    number: int | None

    def of(self, replicas: int, *, up: bool) -> int:
        """How many replicas that is; a fraction is rounded up (as for a surge) or down."""
        if self.number is not None:
            return self.number
        exact = (self.fraction or 0.0) * replicas
        return math.ceil(exact - 1e-9) if up else math.floor(exact + 1e-9)


class PortionForm(Form):
    """`25%`, or a number of replicas."""

    def read(self, value: Any) -> Portion:
        if isinstance(value, Portion):
            return value
        if isinstance(value, str) and "%" in value:
            return Portion(units.parse_fraction(value), None)
        if isinstance(value, str | int):
            return Portion(None, Integer(0).read(value))
        raise fault(f"{shown(value)} stands here", "a part of the replicas such as 25%, or a number of them")

    def schema(self, _reference: Reference) -> Schema:
        return {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": units.pattern(FRACTION)}]}


class VolumeGrowth(NamedTuple):
    """Growth of a volume by so many bytes per second."""

    bytes_per_second: float


class DataGrowthForm(Form):
    """`2GB/day` or `5%/month`."""

    def read(self, value: Any) -> units.Growth | VolumeGrowth:
        if isinstance(value, units.Growth | VolumeGrowth):
            return value
        text = expect_text(value, "a growth such as 2GB/day or 5%/month")
        if "%/" in text.replace(" ", ""):
            return units.parse_growth(text)
        return VolumeGrowth(units.parse(text, units.BANDWIDTH))

    def schema(self, reference: Reference) -> Schema:
        return {"anyOf": [reference(units.GROWTH), reference(units.BANDWIDTH)]}


class Endpoint(Record):
    """What one visit does and asks for."""

    title: ClassVar[str] = "an endpoint"
    inferred: ClassVar[frozenset[str]] = frozenset({"name"})

    name: str | None = None
    time: Time | None = Field(
        default=None, description="CPU time of one visit, a random time such as 15ms; without it a visit costs no CPU."
    )
    calls: Calls = Field(
        default=(),
        description=(
            "Calls that one visit makes, in order: {callee: mean number}, or a list with options and parallel groups."
        ),
    )
    request: Size = Field(default=0.0, description="Size of what a caller sends, e.g. 1kB; 0 unless said.")
    response: Size = Field(default=0.0, description="Size of what a caller gets, e.g. 20kB; 0 unless said.")
    io: Number = Field(default=0.0, description="Disk operations of one visit; 0 unless said.")
    io_size: Size = Field(default=IO_SIZE, description="Bytes of one disk operation; 16kB unless said.")


class Memory(Record):
    """What one replica uses of its machine's memory."""

    title: ClassVar[str] = "memory"

    base: Size = Field(default=0.0, description="What it uses idle, e.g. 500MB; 0 unless said.")
    per_visit: Size = Field(
        default=0.0, description="What each visit in progress uses besides, e.g. 8MB; 0 unless said."
    )


class Logs(Record):
    """What each visit logs; it is sent asynchronously."""

    title: ClassVar[str] = "logs"

    to: Name = Field(description="The logging component that takes them.")
    lines: Number = Field(default=1.0, description="Lines per visit; 1 unless said.")
    bytes: Size = Field(default=0.0, description="Bytes per visit, all lines together, e.g. 2kB; 0 unless said.")


class Contention(Record):
    """The Universal Scalability Law over replicas."""

    title: ClassVar[str] = "scalability across replicas"

    contention: Fraction = Field(
        default=0.0, description="σ: the part of the work that cannot be shared out; 0 unless said."
    )
    coherency: Number = Field(default=0.0, description="κ: the cost of keeping each pair consistent; 0 unless said.")


class Scalability(Contention):
    """The Universal Scalability Law over the cores of one machine, and over replicas."""

    title: ClassVar[str] = "scalability"

    across_replicas: Annotated[Contention | None, Nested(Contention)] = Field(
        default=None, description="The same law over replicas."
    )


class Scaling(Record):
    """What a recommendation may choose from."""

    title: ClassVar[str] = "scaling"

    machines: Annotated[tuple[str, ...], Names("the name of a machine", MACHINE_NAME)] = Field(
        default=(), description="Machines that it may move to; only its own where nothing is said."
    )
    replicas: Annotated[Range | None, RangeForm()] = Field(
        default=None, description="From how many to how many replicas, e.g. 2..40."
    )
    fixed: Boolean = Field(default=False, description="true leaves the component as it is; false unless said.")


class Deploy(Record):
    """How a new version is brought out, and what that takes away meanwhile."""

    title: ClassVar[str] = "deploy"

    strategy: Annotated[Strategy, Choice("a strategy", {str(s): s for s in Strategy})] = Field(
        default=Strategy.ROLLING, description="`rolling` (unless said), `blue_green`, `canary` or `recreate`."
    )
    max_unavailable: Annotated[Portion, PortionForm()] = Field(
        default=Portion(0.25, None),
        description="Replicas that may be down at a time: a part or a number; 25% unless said.",
    )
    max_surge: Annotated[Portion, PortionForm()] = Field(
        default=Portion(0.25, None),
        description="Replicas that may run beyond the wanted number: a part or a number; 25% unless said.",
    )
    warmup: Duration = Field(
        default=0.0, description="From the start of a replica until it takes its full share, e.g. 40s; 0 unless said."
    )
    drain: Duration = Field(
        default=0.0, description="From the last new visit until a replica stops, e.g. 30s; 0 unless said."
    )
    watch: Duration = Field(
        default=300.0,
        description="With `canary`: how long the first ones are watched before the others follow; 5m unless said.",
    )


class Data(Record):
    """The data that is stored."""

    title: ClassVar[str] = "data"

    size: Size = Field(description="How much there is now, e.g. 200GB.")
    growth: Annotated[units.Growth | VolumeGrowth | None, DataGrowthForm()] = Field(
        default=None, description="How it grows: 2GB/day, or compound, 5%/month; not at all unless said."
    )
