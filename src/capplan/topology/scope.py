"""What rules look at: a topology, of which parts may be faulty, and where each of its calls and names was written."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from capplan.errors import Problem, Route
from capplan.topology.calls import Call, Parallel, Step
from capplan.topology.components import Component
from capplan.topology.forms import did_you_mean
from capplan.topology.kinds import Balancer, Cache, Queue
from capplan.topology.topology import Topology

COMPONENTS = Route(("components",))


@dataclass(frozen=True)
class Scope:
    """A topology, the names that its text declares (of faulty parts too), and the routes of the faults found so far."""

    topology: Topology
    declared: Mapping[str, Collection[str]] = field(default_factory=dict)
    faulty: Collection[Route] = ()

    def names(self, section: str) -> Collection[str]:
        """The names of `components`, `requests`, `locations` or `machines`, those of faulty entries too."""
        return self._names[section]

    @cached_property
    def _names(self) -> Mapping[str, frozenset[str]]:
        topology = self.topology
        records: Mapping[str, Mapping[str, object]] = {
            "components": topology.components,
            "requests": topology.requests,
            "locations": topology.locations.places,
            "machines": topology.machines,
        }
        return {section: frozenset((*known, *self.declared.get(section, ()))) for section, known in records.items()}

    def sound(self, *steps: str | int) -> bool:
        """Whether no fault was found at this route or within it."""
        return not any(route[: len(steps)] == steps for route in self.faulty)

    def of_kind(self, kind: str) -> list[str]:
        """The names of the components of a kind."""
        return [name for name, component in self.topology.components.items() if component.kind == kind]


def problem(route: Route, what: str, hint: str, *, at_key: bool = False) -> Problem:
    """A problem at this route."""
    return Problem(route=route, what=what, hint=hint, at_key=at_key)


def unknown(route: Route, name: str, noun: str, known: Collection[str], *, at_key: bool = False) -> Problem:
    """A name that stands for nothing."""
    return problem(route, f"there is no {noun} `{name}`", did_you_mean(name, known), at_key=at_key)


def located(steps: tuple[Step, ...], route: Route) -> Iterator[tuple[Route, Call]]:
    """Each call, with its route."""
    for index, step in enumerate(steps):
        if isinstance(step, Parallel):
            yield from located(step.calls, route / index / "parallel")
        else:
            yield route / index / step.callee, step


def written_calls(component: Component) -> Iterator[tuple[Route, Call]]:
    """Each call that a component's text makes, with its route: of all endpoints, on misses, to workers."""
    route = COMPONENTS / component.name
    yield from located(component.calls, route / "calls")
    for name, endpoint in component.endpoints.items():
        yield from located(endpoint.calls, route / "endpoints" / name / "calls")
    if isinstance(component, Cache):
        yield from located(component.on_miss, route / "on_miss")
    if isinstance(component, Queue):
        yield from located(component.workers, route / "workers")


def targets(component: Component) -> tuple[str, ...]:
    """What a balancer forwards to."""
    return (component.forwards_to or ()) if isinstance(component, Balancer) else ()
