"""Machines: what a type of machine offers and costs. The catalogue of known types is the module beside this one."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from capplan.topology.fields import AnyText, Bandwidth, Fraction, HourlyPrice, Nested, Operations, Quantity, Size, Text
from capplan.topology.forms import MACHINE_NAME, Form, Record, Reference, Schema, fault, read_record, shown
from capplan.units import NUMBER


class Disk(Record):
    """The disk of a machine."""

    title: ClassVar[str] = "a disk"

    iops: Operations | None = Field(
        default=None, description="Disk operations per second; no limit where nothing is said."
    )
    throughput: Bandwidth | None = Field(
        default=None,
        description="Bytes per second that the disk reads and writes, e.g. 250MB/s; no limit where nothing is said.",
    )
    size: Size | None = Field(default=None, description="Size of the disk, e.g. 500GB; no limit where nothing is said.")


class Machine(Record):
    """A type of machine."""

    title: ClassVar[str] = "a machine"
    inferred: ClassVar[frozenset[str]] = frozenset(
        {"name", "provider", "arch", "physical_cores", "region", "as_of", "source", "committed_price", "sustained"}
    )

    name: str | None = None
    cores: Annotated[float, Quantity(NUMBER, above=True)] = Field(
        description="Processors that work at a time (vCPUs); 0.5 is half of one."
    )
    memory: Size | None = Field(default=None, description="Memory, e.g. 8GiB; not modelled where nothing is said.")
    network: Bandwidth | None = Field(
        default=None,
        description="Sustained bandwidth of its network interface, e.g. 10Gbps; no limit where nothing is said.",
    )
    disk: Annotated[Disk | None, Nested(Disk)] = Field(
        default=None, description="Its disk: operations per second, throughput, size."
    )
    speed: Annotated[float, Quantity(NUMBER, above=True)] = Field(
        default=1.0,
        description=(
            "Divides CPU times: 1.3 is 30% faster than the machine on which `time` was measured; 1 unless said."
        ),
    )
    price: HourlyPrice | None = Field(
        default=None, description="Price per hour in the topology's currency: `0.192`, or `140/month`."
    )
    family: AnyText | None = Field(default=None, description="Family of types that differ in size only, e.g. m6i.")
    provider: AnyText | None = None
    arch: AnyText | None = None
    physical_cores: Annotated[float, Quantity(NUMBER, above=True)] | None = None
    region: AnyText | None = None
    as_of: AnyText | None = None
    source: AnyText | None = None
    committed_price: HourlyPrice | None = None
    sustained: Fraction | None = None

    @property
    def speed_is_known(self) -> bool:
        """Whether its speed was written; 1 stands in for one that was not."""
        return "speed" in self.model_fields_set


class CatalogueMachine(Machine):
    """A type of machine in a catalogue, which says more of it than a topology does."""

    title: ClassVar[str] = "a machine of a catalogue"
    inferred: ClassVar[frozenset[str]] = frozenset({"name"})


class MachineForm(Form):
    """The name of a machine, or a machine inline."""

    def read(self, value: Any) -> Machine | str:
        if isinstance(value, str):
            return str(Text(MACHINE_NAME, "the name of a machine").read(value))
        if isinstance(value, Mapping | Machine):
            return read_record(Machine, value)
        raise fault(f"{shown(value)} stands here", "the name of a machine, or its keys: {cores: 2, memory: 8GiB}")

    def schema(self, reference: Reference) -> Schema:
        return {"anyOf": [{"type": "string", "pattern": MACHINE_NAME}, reference(Machine)]}
