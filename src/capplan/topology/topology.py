"""The topology: everything that a user runs, and the look-ups that rules and translation share."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field, InstanceOf

from capplan.topology.calls import Call, Parallel
from capplan.topology.catalogue import Catalogue, load_catalogue, named
from capplan.topology.components import Component
from capplan.topology.fields import AnyText, Integer, ListOf, Named, Nested, Text
from capplan.topology.forms import MACHINE_NAME, Record
from capplan.topology.kinds import Alerting, Balancer, Cache, ComponentsForm, Logging, Metrics, Pipeline, Queue
from capplan.topology.machines import Machine
from capplan.topology.network import Locations, LocationsForm
from capplan.topology.objectives import Alert, Resilience, Slo, SloForm
from capplan.topology.parts import Endpoint
from capplan.topology.scenarios import Scenario, ScenariosForm
from capplan.topology.workload import Request, Workload

DEFAULT_REQUEST = "default"


class Topology(Record):
    """A production web application: its load, its components, and what is expected of it."""

    title: ClassVar[str] = "a topology"
    inferred: ClassVar[frozenset[str]] = frozenset({"file", "catalogue"})

    file: str = ""
    """The name of the file that it was read from, for results to carry."""
    catalogue: InstanceOf[Catalogue] = Field(default_factory=load_catalogue, repr=False)
    """Where the names of machines are looked up that `machines` does not have; the built-in one unless handed in."""
    version: Annotated[int, Integer(1)] = Field(default=1, description="Version of this format: 1.")
    name: AnyText | None = Field(default=None, description="Name of the system.")
    description: AnyText | None = Field(default=None, description="What it is, in a sentence or more.")
    currency: Annotated[str, Text(r"^[A-Z]{3}$", "a currency's code", "three capital letters, e.g. EUR")] = Field(
        default="USD", description="Currency of all prices; USD unless said."
    )
    workload: Annotated[Workload, Nested(Workload)] = Field(
        description="The load: how many requests arrive, and how that changes."
    )
    requests: Annotated[Mapping[str, Request], Named(Request)] = Field(
        default={},
        description=(
            "The kinds of requests by name; without them there is one, `default`, sent to the one component "
            "that nothing calls."
        ),
    )
    locations: Annotated[Locations, LocationsForm()] = Field(
        default=Locations.model_construct(),
        description="Places where components run, and the round trips between them.",
    )
    machines: Annotated[Mapping[str, Machine], Named(Machine, MACHINE_NAME)] = Field(
        default={}, description="Machine types of one's own, beside the catalogue's."
    )
    components: Annotated[Mapping[str, Component], ComponentsForm()] = Field(description="What runs, by name.")
    slos: Annotated[tuple[Slo, ...], ListOf(SloForm(), "a list of objectives: [total.p99 < 200ms]")] = Field(
        default=(), description="Objectives: what shall hold."
    )
    alerts: Annotated[tuple[Alert, ...], ListOf(Nested(Alert), "a list of alerts: [{name, when, for}]")] = Field(
        default=(), description="Alerts: when to notify whom."
    )
    resilience: Annotated[Resilience | None, Nested(Resilience)] = Field(
        default=None, description="States in which the objectives must hold as well."
    )
    scenarios: Annotated[Mapping[str, Scenario], ScenariosForm()] = Field(
        default={},
        description="Stories that `simulate --scenario` tells, by name: each a list of events, or {duration, events}.",
    )

    def component(self, name: str) -> Component:
        """The component of this name (a KeyError where there is none)."""
        return self.components[name]

    @property
    def request_classes(self) -> Mapping[str, Request]:
        """The requests; where none are written, the one named `default`."""
        entry = self.entries[0] if self.entries else ""
        return self.requests or {DEFAULT_REQUEST: Request.model_construct(name=DEFAULT_REQUEST, to=entry)}

    @property
    def entries(self) -> tuple[str, ...]:
        """The components that take requests and that nothing calls."""
        called = {call.component for component in self.components.values() for call in calls_of(component)}
        hosts = {component.host for component in self.components.values()}
        return tuple(
            name
            for name, component in self.components.items()
            if name not in called
            and not isinstance(component, _SERVANTS)
            and not (name in hosts and _does_nothing(component))
        )

    def replicas(self, name: str) -> int:
        """The replicas of a component: those of its host, where it has one."""
        return self.host(name).replicas

    def host(self, name: str) -> Component:
        """The component on whose machines this one runs: itself, unless it has a host."""
        component, seen = self.components[name], {name}
        while component.host is not None and component.host in self.components and component.host not in seen:
            seen.add(component.host)
            component = self.components[component.host]
        return component

    def machine(self, component: Component) -> Machine | None:
        """The machine of a component (of its host): inline, from `machines` or the catalogue; None without one."""
        machine = self.host(component.name).machine
        if not isinstance(machine, str):
            return machine
        return named(self.machines[machine], machine) if machine in self.machines else self.catalogue[machine]

    def find_machine(self, name: str) -> Machine | None:
        """The machine of this name: from `machines`, else from the catalogue; None where neither has it."""
        own = self.machines.get(name)
        return self.catalogue.get(name) if own is None else named(own, name)

    def family(self, machine: Machine) -> tuple[Machine, ...]:
        """The sizes of a machine's family and provider, smallest and cheapest first; none where it has no family."""
        if machine.family is None:
            return ()
        own = [
            named(size, name)
            for name, size in self.machines.items()
            if (size.family, size.provider) == (machine.family, machine.provider)
        ]
        listed = self.catalogue.of_family(machine.provider, machine.family)
        sizes = [*own, *(size for size in listed if size.name not in self.machines)]
        return tuple(sorted(sizes, key=_size))

    def endpoint(self, component: str, endpoint: str | None = None, request: str | None = None) -> Endpoint | None:
        """The endpoint that a call or a request arrives at; None where there is no such one.

        Without a name it is the one that bears the request's name (for a request), else the default one. A balancer has
        the endpoints of its targets: each is made of the balancer's `time` and `calls`, and of a call to the target
        that has it (with the probability of its share of the replicas, where several have it). A queue's endpoints send
        messages on to the workers.
        """
        return self._resolve(component, endpoint, request, frozenset())

    def _resolve(self, name: str, endpoint: str | None, request: str | None, seen: frozenset[str]) -> Endpoint | None:
        component = self.components.get(name)
        if component is None or name in seen:
            return None
        if endpoint is None and request is not None:
            own = self._resolve(name, request, None, seen)
            if own is not None:
                return own
        if isinstance(component, Balancer):
            return self._forwarded(component, endpoint, seen | {name})
        if isinstance(component, Queue):
            return self._queued(component, endpoint, seen | {name})
        return component.default_endpoint if endpoint is None else component.endpoints.get(endpoint)

    def _forwarded(self, balancer: Balancer, endpoint: str | None, seen: frozenset[str]) -> Endpoint | None:
        targets = [name for name in balancer.forwards_to or () if self._resolve(name, endpoint, None, seen) is not None]
        if not targets:
            return None
        machines = sum(self.replicas(name) for name in targets)
        onward = [_onward(name, endpoint, probability=self.replicas(name) / machines) for name in targets]
        return _relay(balancer.own_endpoint, endpoint, onward)

    def _queued(self, queue: Queue, endpoint: str | None, seen: frozenset[str]) -> Endpoint | None:
        own = queue.default_endpoint if endpoint is None else queue.endpoints.get(endpoint)
        onward = [self._delivery(worker, endpoint, own is not None, seen) for worker in queue.consumers]
        delivered = [call for call in onward if call is not None]
        if (own is None and not delivered) or (endpoint is None and len(delivered) < len(onward)):
            return None
        return _relay(own or queue.own_endpoint, endpoint, delivered)

    def _delivery(self, worker: Call, endpoint: str | None, declared: bool, seen: frozenset[str]) -> Call | None:
        """The call that brings a message to a worker: to the endpoint of that name, else (if declared) the default."""
        for candidate in (worker.endpoint or endpoint, *((None,) if declared else ())):
            if self._resolve(worker.component, candidate, None, seen) is not None:
                return _onward(worker.component, candidate, number=worker.number, asynchronous=True)
        return None


_SERVANTS = (Alerting, Logging, Metrics, Pipeline)


def calls_of(component: Component) -> tuple[Call, ...]:
    """All calls that a component makes, whatever key they stand under (logs as well)."""
    steps = [*component.calls, *(step for endpoint in component.endpoints.values() for step in endpoint.calls)]
    if isinstance(component, Cache):
        steps += component.on_miss
    if isinstance(component, Queue):
        steps += component.workers
    calls = [call for step in steps for call in (step.calls if isinstance(step, Parallel) else (step,))]
    if isinstance(component, Balancer):
        calls += [_onward(name, None) for name in component.forwards_to or ()]
    if component.logs is not None:
        calls.append(_onward(component.logs.to, None))
    return tuple(calls)


def _size(machine: Machine) -> tuple[float, bool, float]:
    """What machines of a family are sorted by: cores, then the price, unknown prices last."""
    return machine.cores, machine.price is None, machine.price or 0.0


def _does_nothing(component: Component) -> bool:
    return not component.endpoints and not component.declares_default


def _onward(component: str, endpoint: str | None, **options: Any) -> Call:
    return Call.model_construct(callee=component if endpoint is None else f"{component}.{endpoint}", **options)


def _relay(own: Endpoint, name: str | None, onward: list[Call]) -> Endpoint:
    return own.model_copy(update={"name": name, "calls": (*own.calls, *onward)})
