"""The kinds of components: what is particular to each, and the one register of them all."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from capplan import units
from capplan.topology.calls import Call, Calls, Step
from capplan.topology.components import Component
from capplan.topology.fields import (
    Bandwidth,
    Choice,
    Count,
    Duration,
    Fraction,
    ListOf,
    Named,
    Names,
    Nested,
    Number,
    Operations,
    Positive,
    Quantity,
    Whole,
)
from capplan.topology.forms import (
    did_you_mean,
    expect_mapping,
    fault,
    read_record,
    shown,
)
from capplan.topology.kind_forms import Notify, NotifyForm, PriceForm, WorkersForm
from capplan.topology.parts import Data
from capplan.topology.policies import POLICIES, Policy
from capplan.topology.times import Time
from capplan.units import Price


class Balancer(Component):
    """Sends each visit on to one replica of its target."""

    title: ClassVar[str] = "a balancer"

    forwards_to: Annotated[tuple[str, ...], Names("the name of a component")] = Field(
        description="Its target, or several: a visit to an endpoint goes to the target that has it."
    )
    policy: Annotated[Policy, Choice("a policy", POLICIES)] = Field(
        default=Policy.ROUND_ROBIN,
        description=(
            "How it chooses a replica: `random`, `round_robin` (unless said), `least_connections`, "
            "`power_of_two` or `ip_hash`; the names of nginx, HAProxy, Envoy, AWS and Google Cloud are "
            "understood. `least_connections` and `power_of_two` count the visits at a replica: where the target has "
            "`concurrency`, from their arrival until their calls have returned; else those that wait for its CPU or "
            "use it."
        ),
    )
    weights: Annotated[
        tuple[float, ...], ListOf(Quantity(units.NUMBER, above=True), "weights, one a replica: [1, 1, 2]")
    ] = Field(default=(), description="Weights of the targets' replicas, one a replica; all alike unless said.")
    skew: Number | None = Field(
        default=None,
        description="With `ip_hash`: the Zipf exponent of the keys' popularity; all keys alike unless said.",
    )


class Server(Component):
    """An application server, of frontend or backend."""

    title: ClassVar[str] = "a server"


class Database(Component):
    """A database; `replicas` are its primaries, `readers` its read replicas."""

    title: ClassVar[str] = "a database"
    constraints: ClassVar[Mapping[str, Any]] = {
        **Component.constraints,
        "dependentRequired": {**Component.constraints["dependentRequired"], "read_endpoints": ["readers"]},
    }

    readers: Whole = Field(
        default=0, description="Read replicas, which serve the endpoints in `read_endpoints`; 0 unless said."
    )
    read_endpoints: Annotated[tuple[str, ...], Names("the name of an endpoint")] = Field(
        default=(), description="The endpoints that read replicas serve."
    )
    data: Annotated[Data | None, Nested(Data)] = Field(
        default=None, description="The data that it holds, and how it grows."
    )


class Storage(Component):
    """An object store or a file system."""

    title: ClassVar[str] = "a storage"

    latency: Time | None = Field(
        default=None, description="Time that an operation takes besides its transfer, a random time; none unless said."
    )
    bandwidth: Bandwidth | None = Field(
        default=None,
        description="Bytes per second that it delivers in all, e.g. 1GB/s; no limit where nothing is said.",
    )
    iops: Operations | None = Field(
        default=None, description="Operations per second that it takes in all; no limit where nothing is said."
    )
    data: Annotated[Data | None, Nested(Data)] = Field(
        default=None, description="The data that it holds, and how it grows."
    )


class Cache(Component):
    """A cache: a visit that misses makes the calls of `on_miss`."""

    title: ClassVar[str] = "a cache"
    constraints: ClassVar[Mapping[str, Any]] = {
        **Component.constraints,
        "dependentRequired": {**Component.constraints["dependentRequired"], "on_miss": ["hit_ratio"]},
    }

    hit_ratio: Fraction | None = Field(
        default=None, description="Fraction of visits that hit, e.g. 90%; all of them unless said."
    )
    on_miss: Calls = Field(default=(), description="Calls that are made on a miss, in the form of `calls`.")


class Cdn(Cache):
    """A content delivery network."""

    title: ClassVar[str] = "a cdn"


class External(Component):
    """A service that others run: it has a latency, no queue of ours, and limits."""

    title: ClassVar[str] = "an external service"

    latency: Time | None = Field(
        default=None,
        description="Time until it answers, a random time such as {p50: 90ms, p99: 600ms}; none unless said.",
    )
    rate_limit: Annotated[float, Quantity(units.RATE, above=True)] | None = Field(
        default=None, description="The rate that it accepts, e.g. 500/s; no limit where nothing is said."
    )
    price: Annotated[Price | None, PriceForm(units.BY_CALL, units.BY_TIME)] = Field(
        default=None, description="Price per call: `0.002` or `0.2/million`; or flat, `30/month`."
    )


class Queue(Component):
    """A message broker: whoever sends to it does not wait for the workers."""

    title: ClassVar[str] = "a queue"

    workers: Annotated[tuple[Step, ...], WorkersForm()] = Field(
        default=(),
        description=(
            "The components that consume from it: a name, names (each consumes every message), or {worker: "
            "mean number per message}."
        ),
    )

    @property
    def consumers(self) -> tuple[Call, ...]:
        """The workers, each with the mean number of visits that a message costs it."""
        return tuple(step for step in self.workers if isinstance(step, Call))


class Logging(Component):
    """A logging service."""

    title: ClassVar[str] = "a logging service"

    ingest: Bandwidth | None = Field(
        default=None, description="The bandwidth that it takes, e.g. 20MB/s; no limit where nothing is said."
    )
    retention: Duration | None = Field(default=None, description="How long it keeps what it takes, e.g. 30d.")
    price: Annotated[Price | None, PriceForm(units.BY_BYTE, units.BY_TIME)] = Field(
        default=None, description="Price per volume taken in, e.g. `0.5/GB`; or flat, `300/month`."
    )


class Metrics(Component):
    """A metrics system."""

    title: ClassVar[str] = "a metrics system"

    scrape_interval: Annotated[float, Quantity(units.DURATION, above=True)] = Field(
        default=15.0, description="Time between two samples of a series; 15s unless said."
    )
    series: Count = Field(
        default=0.0,
        description="Active time series that it scrapes, all together, e.g. 20k; 0 unless said.",
    )
    price: Annotated[Price | None, PriceForm(units.BY_ITEM, units.BY_SERIES, units.BY_TIME)] = Field(
        default=None,
        description="Price per sample, e.g. `0.2/million`; per series and month, `0.05/series`; or flat, `300/month`.",
    )


class Alerting(Component):
    """What evaluates the alerts and notifies."""

    title: ClassVar[str] = "an alerting service"

    evaluation_interval: Annotated[float, Quantity(units.DURATION, above=True)] = Field(
        default=15.0, description="Time between two evaluations of an alert; 15s unless said."
    )
    notify: Annotated[tuple[Notify, ...], NotifyForm()] = Field(
        default=(), description="Where alerts go and how long that takes: {channel, delay}, or a list of channels."
    )


class Pipeline(Component):
    """CI/CD: builds that queue for runners, and what they deploy; `time` is that of one build."""

    title: ClassVar[str] = "a pipeline"

    builds: Annotated[float, Quantity(units.RATE, above=True)] = Field(description="Builds started, e.g. 40/day.")
    runners: Positive = Field(default=1, description="Builds that run at a time; 1 unless said.")
    deploys: Annotated[tuple[str, ...], Names("the name of a component")] = Field(
        default=(), description="The components that it deploys."
    )


KINDS: Final[Mapping[str, type[Component]]] = {
    "balancer": Balancer,
    "server": Server,
    "database": Database,
    "storage": Storage,
    "cache": Cache,
    "cdn": Cdn,
    "queue": Queue,
    "external": External,
    "logging": Logging,
    "metrics": Metrics,
    "alerting": Alerting,
    "pipeline": Pipeline,
}


class ComponentsForm(Named):
    """Components by name, each of the model of its kind."""

    def __init__(self) -> None:
        super().__init__(Component)

    def entry(self, name: str, value: Any) -> Any:
        if isinstance(value, Component):
            return value
        mapping = expect_mapping(value, "a component: a mapping with `kind` and what it has")
        kind = mapping.get("kind")
        if kind is None:
            raise fault("`kind` is missing", f"one of {', '.join(KINDS)}", at_key=True)
        model = KINDS.get(kind.strip()) if isinstance(kind, str) else None
        if model is None:
            raise fault(f"{shown(kind)} is not a kind of component", did_you_mean(str(kind), KINDS), "kind")
        return read_record(model, value, name=name)
