"""Small networks with sites, and stories about them."""

from dataclasses import replace
from typing import Any

from test_simulation_laws import everything

from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import Exponential, Law
from capplan.queueing.network import Gate, Network, Station, Stream, Task, Visit
from capplan.simulation.stories.story import Effect, Happening, Site, Story, Told
from capplan.simulation.stories.telling import tell
from capplan.simulation.streams import Sources

INF = float("inf")


def shop(replicas: int, *, policy: Policy = Policy.ROUND_ROBIN, law: Law | None = None, **group: Any) -> Network:
    """Replicas of one server each that every request visits once, exponential with mean 1 unless said otherwise."""
    station = Station("app", Group(servers=1, replicas=replicas, policy=policy, **group))
    task = Task("task", (Visit(law or Exponential(1.0), 0),))
    return Network(stations=(station,), tasks=(task,), streams=(Stream("requests", 0, slope=1.0),))


def threaded(replicas: int, policy: Policy = Policy.LEAST_CONNECTIONS) -> Network:
    """Replicas with a processor and threads."""
    group = Group(servers=2, replicas=replicas, policy=policy)
    task = Task("task", (Visit(Exponential(1.0), 0),), gate=0)
    return Network(
        stations=(Station("app", replace(group, sharing=True)),),
        tasks=(task,),
        streams=(Stream("requests", 0, slope=1.0),),
        gates=(Gate("threads", replace(group, servers=4), room=8),),
    )


def story(network: Network, load: Any, *happenings: Happening, ready: int | None = None, **more: Any) -> Story:
    """A story of a network whose first station's replicas, and all gates, are a site; 100 s in ticks of 10 s."""
    replicas = network.stations[0].group.replicas
    site = Site("app", (0,), tuple(range(len(network.gates))), replicas, replicas if ready is None else ready)
    told: dict[str, Any] = {"duration": 100.0, "tick": 10.0, "warmup": 20.0, "sites": (site,)}
    return Story(network=network, load=load, happenings=happenings, **(told | more))


def during(since: float, until: float, effect: Effect) -> Happening:
    """An effect for some time."""
    return Happening(since, until, effect, type(effect).__name__.lower())


def played(story: Story, seed: int = 1) -> Told:
    """The story, told once."""
    return tell(story, Sources(seed))


def draining(policy: Policy) -> tuple[Network, tuple[Site, ...]]:
    """Everything that a network can have, in streams that can end, and its sites."""
    network = everything(policy)
    streams = (network.streams[0], network.streams[1]._replace(base=0.0, slope=0.2))
    sites = (Site("app", (0,), (0, 1), 2, 2), Site("db", (1,), (), 1, 1))
    return replace(network, streams=streams), sites
