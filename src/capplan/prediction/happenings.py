"""The events of a scenario as happenings of a story; what they do to the load of an open workload is in story.py."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from capplan.prediction.expansion import deploy_of
from capplan.prediction.model import Model
from capplan.prediction.premises import Premises
from capplan.simulation.stories.story import (
    Crowd,
    Deployed,
    Effect,
    Failing,
    Flushed,
    Happening,
    Lost,
    Rollout,
    Slowed,
)
from capplan.topology import (
    Deployment,
    Down,
    Errors,
    Event,
    Flush,
    LoadChange,
    Slowness,
    Topology,
    ZoneDown,
    disturbed,
)
from capplan.topology.rules_of_scenarios import flushed


@dataclass(frozen=True)
class Cast:
    """Those to whom the events happen.

    Attributes:
        topology: as written.
        model: translated with as many replicas as there can ever be.
        premises: the sites.
        closed: whether users take turns to ask.
    """

    topology: Topology
    model: Model
    premises: Premises
    closed: bool


def happenings(cast: Cast, events: tuple[Event, ...]) -> Iterator[Happening]:
    """What happens to the network, in order of time."""
    lost: list[tuple[Event, Lost]] = []
    for event in sorted(events, key=lambda event: event.at):
        for effect in _effects(cast, event, lost):
            if isinstance(effect, Lost):
                lost.append((event, effect))
            until = inf if isinstance(effect, Flushed | Deployed) else event.until
            yield Happening(event.at, until, effect, event.text)


def _effects(cast: Cast, event: Event, lost: list[tuple[Event, Lost]]) -> Iterator[Effect]:
    what, model = event.what, cast.model
    if isinstance(what, Down):
        yield from _down(cast, what, [one for before, one in lost if before.until > event.at])
    elif isinstance(what, ZoneDown):
        yield from _zone(cast, what)
    elif isinstance(what, Deployment):
        yield _deployed(cast, what)
    elif isinstance(what, Flush):
        caches = flushed(cast.topology, what)
        yield Flushed(tuple(task for name in caches for task in model.tasks_of.get(name, ())), what.refill)
    elif isinstance(what, Slowness):
        yield Slowed(tuple(_visits(model, what.component)), what.factor)
    elif isinstance(what, Errors):
        yield Failing(model.tasks_of.get(what.component, ()), what.part)
    elif isinstance(what, LoadChange) and cast.closed:
        yield Crowd(what.factor)


def _down(cast: Cast, what: Down, lost: list[Lost]) -> Iterator[Effect]:
    """Some replicas that are not down already, the first ones; or all."""
    numbers = cast.premises.numbers
    if (what.component, False) not in numbers:
        yield Failing(cast.model.tasks_of.get(what.component, ()), 1.0)
        return
    for readers in (False, True):
        site = numbers.get((what.component, readers))
        if site is None or (what.replicas is not None and readers != what.readers):
            continue
        there = range(cast.premises.sites[site].ready)
        if what.replicas is None:
            yield Lost(site, tuple(there), whole=True)
            continue
        away = {replica for one in lost if one.site == site for replica in one.replicas}
        yield Lost(site, tuple(sorted(there, key=lambda replica: (replica in away, replica))[: what.replicas]))


def _zone(cast: Cast, what: ZoneDown) -> Iterator[Effect]:
    """Replica k of each component in a place is in its zone k mod zones."""
    for (name, _), site in cast.premises.numbers.items():
        location = cast.topology.component(name).location
        if what.location in (None, location):
            place = None if location is None else cast.topology.locations.places.get(location)
            zones = 1 if place is None else place.zones
            there = range(cast.premises.sites[site].ready)
            replicas = tuple(replica for replica in there if replica % zones == what.index)
            if replicas:
                yield Lost(site, replicas, whole=zones == 1)


def _deployed(cast: Cast, what: Deployment) -> Deployed:
    site = cast.premises.numbers[cast.topology.host(what.component).name, False]
    deploy = deploy_of(cast.topology, what)
    unavailable, surge = disturbed(deploy, cast.premises.sites[site].ready)
    return Deployed(
        site=site,
        rollout=Rollout(str(deploy.strategy)),
        unavailable=unavailable,
        surge=surge,
        warmup=float(deploy.warmup),
        drain=float(deploy.drain),
        watched=float(deploy.watch),
    )


def _visits(model: Model, component: str) -> Iterator[tuple[int, int]]:
    """All that runs of a component do but moving bytes: (task, number of the visit)."""
    for task in model.tasks_of.get(component, ()):
        for number, visit in enumerate(model.network.tasks[task].visits):
            if visit.station is None or model.places[visit.station].resource not in ("network", "ingest"):
                yield task, number
