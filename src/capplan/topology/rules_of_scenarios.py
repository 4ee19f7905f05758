"""Rules about scenarios and autoscalers: events name what is there and can be meant, within the time of their story.

`parse_event` holds an event of an option against the same rules.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from capplan.errors import BadOption, Problem, Route
from capplan.topology.autoscale import Autoscale, ScalingMetric
from capplan.topology.components import Component
from capplan.topology.events import (
    EVERY_CACHE,
    Deployment,
    Down,
    Event,
    Flush,
    LoadChange,
    Slowness,
    ZoneDown,
    read_event,
)
from capplan.topology.forms import did_you_mean, problems_of
from capplan.topology.kinds import Alerting, Cache, Database, External, Pipeline, Storage
from capplan.topology.replication import is_ours
from capplan.topology.scope import COMPONENTS, Scope, problem
from capplan.topology.topology import Topology, calls_of
from capplan.units import format_duration


class Misfit(NamedTuple):
    """What an event means that this topology does not have, and what would be right."""

    what: str
    hint: str


def parse_event(text: str, topology: Topology) -> Event:
    """An event that can happen to a topology, from its text.

    Raises:
        BadOption: it is no event, or this topology does not have what it means.
    """
    try:
        event = read_event(text)
    except ValueError as error:
        found = problems_of(error)[0]
        raise BadOption(f"`{text}`: {found.what}; {found.hint}") from None
    misfit = _misfit(Scope(topology), event)
    if misfit is not None:
        raise BadOption(f"`{text}`: {misfit.what}; {misfit.hint}")
    return event


def events_can_happen(scope: Scope) -> Iterator[Problem]:
    """Each event of a scenario means what is there, and begins before the story ends."""
    for name, scenario in scope.topology.scenarios.items():
        for index, event in enumerate(scenario.events or ()):
            if event is None:
                continue
            misfit = _misfit(scope, event) or _late(event, scenario.length)
            if misfit is not None:
                yield problem(Route(("scenarios", name, "events", index)), misfit.what, misfit.hint)


def _late(event: Event, length: float) -> Misfit | None:
    if event.at < length:
        return None
    return Misfit(
        f"`{event.text}` begins when the story is over, after {format_duration(length)}",
        "an earlier time, or a longer `duration`",
    )


def _misfit(scope: Scope, event: Event) -> Misfit | None:
    """Why an event cannot happen to a topology; None where it can, or where what it means is faulty itself."""
    what, topology = event.what, scope.topology
    if isinstance(what, ZoneDown):
        return _zone(topology, what)
    if isinstance(what, LoadChange):
        closed = topology.workload is None or topology.workload.users is not None
        return Misfit("the workload has no users", f"rate x{what.factor:g}") if what.users and not closed else None
    name = what.component
    if isinstance(what, Flush) and name == EVERY_CACHE and name not in scope.names("components"):
        hint = "a cache with both, or no `cache flush`"
        return None if flushed(topology, what) else Misfit("no cache has a `hit_ratio` and calls `on_miss`", hint)
    if name not in scope.names("components"):
        return Misfit(f"there is no component `{name}`", _known(name, scope.names("components")))
    component = topology.components.get(name)
    if component is None or not scope.sound("components", name):
        return None
    if isinstance(component, Alerting | Pipeline):
        return Misfit(f"`{name}` is {component.title}, to which nothing happens in a story", "another component")
    return _of_component(topology, component, event)


def _known(name: str, names: Collection[str]) -> str:
    """What it could be, and what there is."""
    near, every = did_you_mean(name, names), did_you_mean("", names)
    return near if near == every else f"{near} ({every})"


def _of_component(topology: Topology, component: Component, event: Event) -> Misfit | None:
    what = event.what
    if isinstance(what, Down):
        return _down(topology, component, what)
    if isinstance(what, Deployment):
        return _deployment(topology, component)
    if isinstance(what, Flush) and not _flushable(component):
        return Misfit(f"`{component.name}` is no cache with a `hit_ratio` and calls `on_miss`", _caches(topology))
    if isinstance(what, Slowness) and not _takes_time(component):
        return Misfit(f"nothing that `{component.name}` does takes time", "a component with a `time` or a `latency`")
    return None


def _down(topology: Topology, component: Component, what: Down) -> Misfit | None:
    name = component.name
    if component.host is not None:
        host = topology.host(name).name
        return Misfit(f"`{name}` runs on the machines of `{host}`", f"`{host} replica down`, or `{name} errors 100%`")
    if not is_ours(component):
        if what.replicas is not None:
            return Misfit(f"`{name}` has no replicas of ours", f"`{name} down`, or `{name} errors 50%`")
        if calls_of(component):
            hint = f"`{name} errors 100%`, and what it calls is called all the same"
            return Misfit(f"`{name}` has no machines of ours that could be down", hint)
        return None
    there = component.replicas
    if what.readers:
        if not isinstance(component, Database) or not component.readers:
            return Misfit(f"`{name}` has no readers", f"`{name} replica down`")
        there = component.readers
    if what.replicas is not None and what.replicas > there:
        noun = "reader" if what.readers else "replica"
        return Misfit(f"`{name}` has {there} {noun}{'s' * (there > 1)}, not {what.replicas}", f"`{name} down` for all")
    return None


def _deployment(topology: Topology, component: Component) -> Misfit | None:
    if is_ours(topology.host(component.name)):
        return None
    hint = did_you_mean("", [name for name, one in topology.components.items() if is_ours(one)])
    return Misfit(f"`{component.name}` has no replicas of ours that could be deployed", hint)


def _flushable(component: Component) -> bool:
    return isinstance(component, Cache) and component.hit_ratio is not None and bool(component.on_miss)


def flushed(topology: Topology, flush: Flush) -> tuple[str, ...]:
    """The caches that are emptied: the one that is named or, where none is, every one."""
    if flush.component in topology.components or flush.component != EVERY_CACHE:
        return (flush.component,)
    return tuple(name for name, component in topology.components.items() if _flushable(component))


def _caches(topology: Topology) -> str:
    found = [name for name, component in topology.components.items() if _flushable(component)]
    return did_you_mean("", found) if found else "a cache or a CDN that has both"


def _takes_time(component: Component) -> bool:
    if isinstance(component, External | Storage) and component.latency is not None:
        return True
    if isinstance(component, Storage) and component.iops:
        return True
    served = [component.own_endpoint, *component.endpoints.values()]
    return any(endpoint.time is not None or endpoint.io > 0.0 for endpoint in served if endpoint is not None)


def places_of_ours(topology: Topology) -> dict[str | None, int]:
    """The zones of each place with machines of ours; None is the place that is not said."""
    found: dict[str | None, int] = {}
    for component in topology.components.values():
        if is_ours(component):
            place = None if component.location is None else topology.locations.places.get(component.location)
            found[component.location] = 1 if place is None else place.zones
    return found


def _zone(topology: Topology, what: ZoneDown) -> Misfit | None:
    places = places_of_ours(topology)
    named = [place for place in places if place is not None]
    if what.location is None and len(places) > 1:
        hint = " or ".join(f"`zone {place}.{what.zone} down`" for place in named)
        return Misfit(f"there are several locations with a zone `{what.zone}`", hint)
    if what.location is not None and what.location not in named:
        return Misfit(f"nothing of ours runs in a location `{what.location}`", _known(what.location, named))
    zones = places.get(what.location, 1) if what.location is not None else next(iter(places.values()), 0)
    if what.index >= zones:
        last = chr(ord("a") + min(max(zones, 1), 26) - 1)
        right = "zone a alone" if zones <= 1 else f"one of a to {last}"
        return Misfit(f"there is no zone `{what.zone}`", f"{right}, or more `zones` of the location")
    return None


def autoscalers_can_act(scope: Scope) -> Iterator[Problem]:
    """An autoscaler scales machines of its component's own, between bounds, by a metric that they have."""
    for name, component in scope.topology.components.items():
        scaler, route = component.autoscale, COMPONENTS / name / "autoscale"
        if scaler is None or not scope.sound("components", name):
            continue
        if component.host is not None:
            what = f"it runs on the machines of `{component.host}`"
            yield problem(route, what, f"`autoscale` of `{component.host}`", at_key=True)
        elif not is_ours(component):
            what = f"`{name}` has no replicas of ours"
            yield problem(route, what, "a component with a `machine`", at_key=True)
        else:
            if scaler.least > scaler.most:
                yield problem(route / "min", f"{scaler.least} is more than `max`, {scaler.most}", "min <= max")
            yield from _metric(scope.topology, component, scaler, route)


_TARGETS: Final[Mapping[ScalingMetric, str]] = {
    ScalingMetric.CPU: "60%",
    ScalingMetric.CONCURRENCY: "70%",
    ScalingMetric.RATE: "200/s of one replica",
    ScalingMetric.QUEUE_LENGTH: "5 that wait at one replica",
}


def _metric(topology: Topology, component: Component, scaler: Autoscale, route: Route) -> Iterator[Problem]:
    metric = scaler.metric
    if not scaler.target.fits(metric):
        what = f"`{scaler.target.text}` is no target for {metric}"
        yield problem(route / "target", what, f"{metric.unit.article}, e.g. {_TARGETS[metric]}")
    if metric is ScalingMetric.CONCURRENCY and component.concurrency is None:
        what = f"`{component.name}` has no `concurrency` that could be held"
        yield problem(route / "metric", what, "`concurrency` beside it, or another metric")
    if metric is ScalingMetric.CPU and not any(_uses_cpu(one) for one in _residents(topology, component)):
        what = f"no visit to `{component.name}` costs CPU time"
        yield problem(route, what, "`time` beside it, or another metric", at_key=True)


def _residents(topology: Topology, component: Component) -> list[Component]:
    return [one for name, one in topology.components.items() if topology.host(name).name == component.name]


def _uses_cpu(component: Component) -> bool:
    served = [component.own_endpoint, *component.endpoints.values()]
    return any(endpoint.time is not None and endpoint.time.mean > 0.0 for endpoint in served)


RULES: Final[tuple[Callable[[Scope], Iterable[Problem]], ...]] = (events_can_happen, autoscalers_can_act)
