"""Topology and scenario -> Story: the network with as many replicas as there can ever be, its load over time, and what
happens to it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from capplan.prediction.expansion import expanded, extents
from capplan.prediction.happenings import Cast, happenings
from capplan.prediction.laws import law
from capplan.prediction.model import Model
from capplan.prediction.predict import solve_topology
from capplan.prediction.premises import Premises, frailties, premises, scalers
from capplan.prediction.records import Note
from capplan.prediction.scalability import of_replicas
from capplan.prediction.simulated import downs_of
from capplan.prediction.solved import Solved
from capplan.prediction.translate import translate
from capplan.prediction.workload import nominal_rate
from capplan.queueing.laws import Deterministic
from capplan.simulation.loads import Load, Steps, Users
from capplan.simulation.outages import Down
from capplan.simulation.pace import pace
from capplan.simulation.stories.story import Crowd, Happening, Story
from capplan.topology import Event, LoadChange, Scenario, Topology, is_ours
from capplan.units import HOUR

PROFILE = "profile"
"""The name of what happens to closed users by the profile."""
FORGOTTEN = HOUR
"""The warm-up is that of a window as long as the story, at most of one so long (s): it does not grow with the story."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A story with what it is about.

    Attributes:
        topology: as written.
        solved: the topology as written, as theory has it in the beginning.
        model: the translation that is played: with as many replicas as there can ever be.
        story: what is played.
        notes: what is to be said of how it was translated.
    """

    topology: Topology
    solved: Solved
    model: Model
    story: Story
    notes: tuple[Note, ...] = field(default=())


@dataclass(frozen=True)
class Level:
    """The load as it is in the beginning, and how many times as much it is over time.

    Attributes:
        load: a rate (per second), or users.
        parts: (duration, factor), one after the other.
    """

    load: float | Users
    parts: tuple[tuple[float, float], ...]

    @property
    def steady(self) -> bool:
        """Whether it never changes."""
        return all(factor == 1.0 for _, factor in self.parts)

    @property
    def first(self) -> float | Users:
        """The load in the beginning; where there is none, that on average."""
        if isinstance(self.load, Users):
            return self.load
        mean = sum(length * factor for length, factor in self.parts) / sum(length for length, _ in self.parts)
        return self.load * (self.parts[0][1] or mean)


def story_of(topology: Topology, scenario: Scenario, rate: float | None, tick: float) -> Scene:
    """The story of a topology and a scenario.

    Args:
        topology: a checked topology.
        scenario: what happens, and how long the story is.
        rate: the workload rate (per second); the topology's own, or its users, where left out.
        tick: what is counted is cut into windows of this length (s).

    Raises:
        ValueError: nothing comes to the network in all of the story.
    """
    found = extents(topology, scenario)
    whole = expanded(topology, found)
    solved = solve_topology(topology, rate)
    weighed = nominal_rate(topology) if rate is None else rate
    model = solved.model if whole is topology else translate(whole, weighed)
    sites = premises(model, found)
    level = _level(topology, scenario, rate)
    closed = isinstance(level.load, Users)
    cast = Cast(topology, model, sites, closed)
    failing = tuple(frailties(topology, sites))
    requests = float(solved.loads[0]) * min(scenario.length, FORGOTTEN)
    story = Story(
        network=model.network,
        load=_load(level),
        duration=scenario.length,
        tick=tick,
        warmup=pace(solved.model.network, level.first, requests).warmup,
        sites=sites.sites,
        happenings=(*_crowds(level), *happenings(cast, scenario.events)),
        scalers=tuple(scalers(model, sites)),
        frailties=failing,
        downs=tuple(_downs(solved, sites, [one.site for one in failing])),
    )
    return Scene(topology=topology, solved=solved, model=model, story=story, notes=tuple(_notes(topology, whole)))


def _level(topology: Topology, scenario: Scenario, rate: float | None) -> Level:
    """The load of the story: rate or users x profile x, for an open workload, events."""
    workload = topology.workload
    if rate is not None or workload.users is None:
        changes = tuple(event for event in scenario.events if isinstance(event.what, LoadChange))
        level = rate if rate is not None else nominal_rate(topology)
        return Level(level, tuple(_parts(topology, changes, scenario.length)))
    think = Deterministic(0.0) if workload.think_time is None else law(workload.think_time)
    parts = tuple(_parts(topology, (), scenario.length))
    first = parts[0][1] or 1.0
    number = round(float(workload.users) * first)
    return Level(Users(number, think), tuple((length, factor / first) for length, factor in parts))


def _parts(topology: Topology, changes: tuple[Event, ...], length: float) -> Iterator[tuple[float, float]]:
    """How many times the load it is, over the length of a story; the profile begins with it."""
    edges = sorted({0.0, length, *_edges(topology, changes, length)})
    since, level = 0.0, _factor(topology, changes, 0.0)
    for start in edges[1:-1]:
        factor = _factor(topology, changes, start)
        if factor != level:
            yield start - since, level
            since, level = start, factor
    yield length - since, level


def _edges(topology: Topology, changes: tuple[Event, ...], length: float) -> Iterator[float]:
    profile = topology.workload.profile
    if profile:
        step, number = topology.workload.profile_span / len(profile), 1
        while number * step < length:
            yield number * step
            number += 1
    for event in changes:
        yield from (edge for edge in (event.at, event.until) if 0.0 < edge < length)


def _factor(topology: Topology, changes: tuple[Event, ...], now: float) -> float:
    """How many times the load it is from this time on."""
    profile, factor = topology.workload.profile, 1.0
    if profile:
        step = topology.workload.profile_span / len(profile)
        factor = float(profile[int(now / step + 1e-9) % len(profile)])
    for event in changes:
        if isinstance(event.what, LoadChange) and event.at <= now < event.until:
            factor *= event.what.factor
    return factor


def _load(level: Level) -> Load:
    if isinstance(level.load, Users) or level.steady:
        return level.load
    return Steps(tuple((length, level.load * factor) for length, factor in level.parts))


def _crowds(level: Level) -> Iterator[Happening]:
    """Closed users become more or fewer as the profile says."""
    start = 0.0
    for length, factor in level.parts:
        end = start + length
        if isinstance(level.load, Users) and factor != 1.0:
            yield Happening(start, end, Crowd(factor), PROFILE)
        start = end


def _downs(solved: Solved, sites: Premises, failing: Collection[int]) -> Iterator[Down]:
    """What requests find down by its availability, but for what fails and is repaired in the story itself."""
    played = {name for (name, _), site in sites.numbers.items() if site in failing}
    for down in downs_of(solved.model, solved.loads):
        if down.name.removesuffix(" readers") not in played:
            yield down


def _notes(topology: Topology, whole: Topology) -> Iterator[Note]:
    for name, component in whole.components.items():
        before = topology.component(name)
        if component is not before and of_replicas(topology, before) is not None:
            message = f"`across_replicas` of {name} is that of {before.replicas} replicas, however many there are"
            yield Note(code="across-replicas-static", message=message, where=f"components.{name}.scalability")
    for name, component in topology.components.items():
        if component.availability is not None and is_ours(component):
            message = f"{name} is down as often as at the workload's rate and with the replicas that are written down;"
            message += " with `mtbf` and `mttr` each replica fails by itself"
            yield Note(code="availability-static", message=message, where=f"components.{name}")
