"""Whatever can happen to a topology of the corpora makes a story that can be played."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import capplan
from capplan.errors import BadOption
from capplan.prediction.story import story_of
from capplan.simulation.stories.checking import check
from capplan.topology import Event, Scenario, Topology, parse_event
from capplan.topology.rules_of_scenarios import places_of_ours

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "topologies").glob("*.yaml"), *(ROOT / "tests" / "cases" / "valid").glob("*.yaml")])
OF_COMPONENTS = (
    "{} down at 1m for 1m",
    "{} replica down at 1m",
    "{} reader down at 2m",
    "deploy {} at 3m",
    "deploy {} by blue_green at 4m",
    "{} flush at 1m",
    "{} latency x2 at 1m for 1m",
    "{} errors 5% at 1m",
)


def possible(topology: Topology) -> Iterator[Event]:
    """Every event that can happen to some component, and to the load."""
    for name in topology.components:
        for form in OF_COMPONENTS:
            try:
                yield parse_event(form.format(name), topology)
            except BadOption:
                continue
    for place in places_of_ours(topology):
        if place is not None:
            yield parse_event(f"zone {place}.a down at 5m for 1m", topology)
    yield parse_event("rate x3 at 1m for 1m", topology)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_all_that_can_happen_can_be_played(path: Path) -> None:
    topology = capplan.read(path)
    scene = story_of(topology, Scenario.of(list(possible(topology))), None, 60.0)
    check(scene.story)
    assert len(scene.story.network.tasks) == len(scene.solved.model.network.tasks)
    named = [station.name for station in scene.solved.model.network.stations]
    assert [station.name for station in scene.story.network.stations] == named
