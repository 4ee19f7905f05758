"""Every key of the format is played by `simulate`, or there is a reason why no request meets it: the schema, walked.

A new key needs a line in one of the tables: PLAYED (`keys_of_requests.py`), with two values of it that are told apart
by what the requests of a small topology see, with the same seed; TOLD (`keys_of_stories.py`), with two values that are
told apart by how a story goes; or WORKED_OUT, for what no request meets, with the reason.
"""

from collections.abc import Iterator
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from keys_of_requests import BASE, PERIODS, PLAYED, WORKED_OUT, Settings
from keys_of_stories import BASE as STORY
from keys_of_stories import TOLD

import capplan
from capplan.checks.simulated_period import simulated_check
from capplan.prediction.simulated import Stage, player_of
from capplan.prediction.story import story_of
from capplan.prediction.translate import translate
from capplan.prediction.workload import nominal_rate
from capplan.reading.schema import json_schema
from capplan.simulation.replications import Figures, Plan
from capplan.simulation.stories.telling import tell
from capplan.simulation.streams import Sources

PLAN = Plan(500, 1, 2)
_TIMES = ("mean", "cv", "dist")
_CALLS = ("async", "probability", "timeout", "retries", "backoff", "pool", "parallel")


def keys(node: object, path: tuple[str, ...]) -> Iterator[str]:
    """Every key under a node of the schema, definitions aside, as `Record.key`; forms of values by their own names."""
    if isinstance(node, list):
        for one in node:
            yield from keys(one, path)
    if not isinstance(node, dict):
        return
    for name, inner in node.get("properties", {}).items():
        if str(inner.get("$ref", "")).startswith("#/$defs/Component/properties/"):
            continue  # a key that all kinds share
        yield _named((*path, name))
        yield from keys(inner, (*path, name))
    for name, inner in node.items():
        if name not in ("properties", "$defs"):
            yield from keys(inner, path)


def _named(path: tuple[str, ...]) -> str:
    if len(path) > 2 and path[-1] in _TIMES:
        return f"time.{path[-1]}"
    return f"call.{path[-1]}" if len(path) > 2 and path[-1] in _CALLS else ".".join(path)


def every_key() -> set[str]:
    """All keys of the format."""
    schema = json_schema()
    found = set(keys(schema, ()))
    for name, definition in schema["$defs"].items():
        found |= set(keys(definition, (name,)))
    return found


def test_every_key_of_the_schema_has_a_line() -> None:
    lines = {*PLAYED, *PERIODS, *WORKED_OUT, *TOLD}
    missing = every_key() - lines
    assert not missing, f"what does `simulate` do with {sorted(missing)}?"


def test_every_line_is_of_a_key_in_one_table() -> None:
    assert not {*PLAYED, *PERIODS, *WORKED_OUT, *TOLD} - every_key()
    assert len({*PLAYED, *PERIODS, *WORKED_OUT, *TOLD}) == sum(map(len, (PLAYED, PERIODS, WORKED_OUT, TOLD)))


@pytest.mark.parametrize("key", PLAYED)
def test_a_key_that_is_played_is_seen_by_requests(key: str) -> None:
    one, other = PLAYED[key]
    assert seen(one) != seen(other)


@pytest.mark.parametrize("key", PERIODS)
def test_a_key_of_periods_is_seen_by_their_requests(key: str) -> None:
    topologies = [capplan.parse(BASE, settings=[setting]) for setting in PERIODS[key]]
    one, other = (simulated_check(topology, 20.0, PLAN, Stage())[2] for topology in topologies)
    assert one is not None
    assert other is not None
    assert one.period.total != other.period.total


@pytest.mark.parametrize("key", TOLD)
def test_a_key_of_stories_is_seen_in_one(key: str) -> None:
    one, other = TOLD[key]
    assert went(one) != went(other)


def test_a_seed_says_it_all() -> None:
    """What tells two values apart is not chance."""
    assert figures(()) == seen(())
    assert went.__wrapped__(()) == went(())


@lru_cache
def went(settings: Settings) -> tuple[Any, ...]:
    """How a story went, with some settings laid over its base: what became of replicas, and of requests."""
    topology = capplan.parse(STORY, settings=list(settings))
    scene = story_of(topology, topology.scenarios["evening"], None, 60.0)
    told = tell(scene.story, Sources(1))
    streams = [stream for window in told.windows for stream in window.streams]
    return told.ready, told.log, [[float(times.sum()) for times in stream.times] for stream in streams]


@lru_cache
def seen(settings: Settings) -> tuple[Any, ...]:
    """All figures that a simulation takes, with some settings laid over the base."""
    return figures(settings)


def figures(settings: Settings) -> tuple[Any, ...]:
    """The same, played anew; nothing is solved for it."""
    topology = capplan.parse(BASE, settings=list(settings))
    rate = nominal_rate(topology)
    unsolved: Any = SimpleNamespace(model=translate(topology, rate), loads=np.array([rate]))
    player = player_of(unsolved, None, PLAN)
    return tuple(_plain(player(number)) for number in range(PLAN.replications))


def _plain(found: Figures) -> tuple[Any, ...]:
    samples = {name: (tuple(one.bins), tuple(one.numbers), tuple(one.sums)) for name, one in found.samples.items()}
    return dict(found.numbers), samples
