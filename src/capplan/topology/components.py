"""Components: the keys that all kinds share. What is particular to a kind is in kinds.py."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field

from capplan import units
from capplan.errors import Problem
from capplan.topology.autoscale import Autoscale
from capplan.topology.calls import Calls
from capplan.topology.fields import (
    Choice,
    Duration,
    Fraction,
    Name,
    Named,
    Nested,
    Number,
    Positive,
    Quantity,
    Size,
    Whole,
)
from capplan.topology.forms import Record
from capplan.topology.machines import Machine, MachineForm
from capplan.topology.parts import IO_SIZE, Deploy, Endpoint, Logs, Memory, Scalability, Scaling
from capplan.topology.times import Time


class Discipline(StrEnum):
    """The order in which a component's processors serve visits."""

    FIFO = "fifo"
    PS = "ps"


class Component(Record):
    """What every kind of component has."""

    constraints: ClassVar[Mapping[str, Any]] = {
        "not": {"anyOf": [{"required": ["machine", "host"]}, {"required": ["availability", "mtbf"]}]},
        "dependentRequired": {"mtbf": ["mttr"], "mttr": ["mtbf"]},
    }
    title: ClassVar[str] = "a component"
    inferred: ClassVar[frozenset[str]] = frozenset({"name"})
    kind_name: ClassVar[str] = ""

    name: str = ""
    kind: Name = Field(description="What it is.")
    location: Name | None = Field(default=None, description="Where it runs: a name from `locations`.")
    replicas: Positive = Field(default=1, description="Identical machines that run it; 1 unless said.")
    machine: Annotated[Machine | str | None, MachineForm()] = Field(
        default=None,
        description="The machine of each replica: a name from `machines` or from the catalogue, or its keys inline.",
    )
    host: Name | None = Field(
        default=None, description="Instead of `machine`: another component whose machines it shares."
    )
    time: Time | None = Field(
        default=None,
        description=(
            "CPU time of one visit to the default endpoint, a random time such as 15ms; without it a visit "
            "costs no CPU."
        ),
    )
    calls: Calls = Field(
        default=(),
        description=(
            "Calls that the default endpoint makes, in order: {callee: mean number}, or a list with options "
            "and parallel groups."
        ),
    )
    request: Size = Field(
        default=0.0, description="Size of what a caller sends to the default endpoint, e.g. 1kB; 0 unless said."
    )
    response: Size = Field(
        default=0.0, description="Size of what a caller gets from the default endpoint, e.g. 20kB; 0 unless said."
    )
    io: Number = Field(default=0.0, description="Disk operations of one visit to the default endpoint; 0 unless said.")
    io_size: Size = Field(
        default=IO_SIZE, description="Bytes of one disk operation of the default endpoint; 16kB unless said."
    )
    endpoints: Annotated[Mapping[str, Endpoint], Named(Endpoint)] = Field(
        default={}, description="Endpoints by name, each with its time, calls, sizes and disk operations."
    )
    concurrency: Positive | None = Field(
        default=None,
        description=(
            "Visits that one replica works on at a time, each held until its synchronous calls return "
            "(threads, worker processes, connections); no limit where nothing is said."
        ),
    )
    backlog: Whole | None = Field(
        default=None,
        description=(
            "Visits that may wait at one replica; one that finds it full fails at once; no limit where nothing is said."
        ),
    )
    discipline: Annotated[Discipline, Choice("a discipline", {str(d): d for d in Discipline})] = Field(
        default=Discipline.FIFO,
        description="Order of service at the CPU: `fifo` (unless said), or `ps`, processor sharing; the host's counts.",
    )
    error_rate: Fraction = Field(
        default=0.0, description="Fraction of visits that fail by themselves, e.g. 0.1%; 0 unless said."
    )
    availability: Fraction | None = Field(
        default=None,
        description="Fraction of the time that one replica is up, e.g. 99.9%; always where nothing is said.",
    )
    mtbf: Annotated[float, Quantity(units.DURATION, above=True)] | None = Field(
        default=None,
        description="Mean time between failures of one replica, e.g. 90d; with `mttr`, instead of `availability`.",
    )
    mttr: Duration | None = Field(default=None, description="Mean time to repair one replica, e.g. 10m; with `mtbf`.")
    memory: Annotated[Memory | None, Nested(Memory)] = Field(
        default=None,
        description="What one replica uses idle and for each visit in progress; not modelled where nothing is said.",
    )
    logs: Annotated[Logs | None, Nested(Logs)] = Field(
        default=None, description="What each visit logs and where to; nothing unless said."
    )
    scalability: Annotated[Scalability | None, Nested(Scalability)] = Field(
        default=None,
        description="The Universal Scalability Law's coefficients; scales without loss where nothing is said.",
    )
    scaling: Annotated[Scaling | None, Nested(Scaling)] = Field(
        default=None, description="What `recommend` may choose from."
    )
    autoscale: Annotated[Autoscale | None, Nested(Autoscale)] = Field(
        default=None,
        description="What its replicas follow in a timeline of `simulate`; all else takes `replicas` as they are.",
    )
    deploy: Annotated[Deploy | None, Nested(Deploy)] = Field(
        default=None, description="How new versions are brought out."
    )

    @classmethod
    def unknown_key(cls, key: str) -> Problem:
        """The fault of a key that this kind does not have, with the kinds that do."""
        from capplan.topology.kinds import KINDS

        problem = super().unknown_key(key)
        others = [kind for kind, model in KINDS.items() if key in model.written()]
        return replace(problem, hint=f"it is a key of the kinds {', '.join(others)}") if others else problem

    @property
    def default_endpoint(self) -> Endpoint | None:
        """Its top-level keys; else its only endpoint; else, without endpoints, one that costs nothing; else None."""
        if self.declares_default:
            return self.own_endpoint
        if len(self.endpoints) == 1:
            return next(iter(self.endpoints.values()))
        return None if self.endpoints else self.own_endpoint

    @property
    def declares_default(self) -> bool:
        """Whether a key of the default endpoint stands at the top level."""
        return not self.model_fields_set.isdisjoint(_DEFAULT_KEYS)

    @property
    def own_endpoint(self) -> Endpoint:
        """The endpoint of the top-level keys."""
        return Endpoint.model_construct(**{key: getattr(self, key) for key in _DEFAULT_KEYS})


_DEFAULT_KEYS = ("time", "calls", "request", "response", "io", "io_size")
