"""A short story that was played: a replica is lost, the load triples, alerts fire; for the tests of the forms."""

from dataclasses import replace
from functools import cache

from capplan.checks.simulation import Simulation
from capplan.checks.stories import Wanted, tell_story
from capplan.checks.timeline_records import Occurrence, Timeline
from capplan.prediction.predict import solve_topology
from capplan.prediction.storied import Repeats, Watch
from capplan.reading import read_topology
from capplan.simulation.loads import Steps
from capplan.simulation.stories.story import Happening, Lost, Site, Story

SHOP = """
version: 1
name: Shop
workload: {rate: 100/s}
requests:
  browse: {to: app, share: 80%}
  buy: {to: app.buy, share: 20%}
components:
  app:
    kind: server
    replicas: 2
    machine: {cores: 2}
    backlog: 20
    time: 15ms
    endpoints: {buy: {time: 25ms}}
  watch: {kind: alerting, notify: {channel: phone, delay: 30s}}
slos:
  - {objective: total.success_rate > 99.9%, window: 30d}
  - total.p99 < 300ms
alerts:
  - {name: errors, when: total.error_rate > 1%, severity: page}
  - {name: slow, when: buy.p99.9 > 10s}
"""
EVENTS = (Occurrence("app replica down at 1m for 1m", 60.0, 120.0), Occurrence("rate x3 at 3m", 180.0, None))


@cache
def played(replications: int = 1) -> Simulation:
    """Five minutes in steps of 15 seconds."""
    solved = solve_topology(read_topology(SHOP, "shop.yaml"))
    stations = tuple(solved.model.stations_of["app"])
    story = Story(
        network=solved.model.network,
        load=Steps(((180.0, 100.0), (120.0, 300.0))),
        duration=300.0,
        tick=15.0,
        warmup=5.0,
        sites=(Site("app", stations, (), 2, 2),),
        happenings=(Happening(60.0, 120.0, Lost(0, (1,)), EVENTS[0].name),),
    )
    return tell_story(solved, story, Wanted(15.0, Repeats(1, replications), "friday", EVENTS), Watch())


def lines(simulation: Simulation) -> Timeline:
    """Its timeline."""
    assert simulation.timeline is not None
    return simulation.timeline


def with_timeline(**changes: object) -> Simulation:
    """The same with another timeline."""
    simulation = played()
    return replace(simulation, timeline=replace(lines(simulation), **changes))  # type: ignore[arg-type]
