"""`simulate` with a timeline: a story of a topology played out, and judged as it went and as a whole."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from capplan.checks.samples import Samples
from capplan.checks.simulation import Simulation, simulation_of
from capplan.checks.timeline import Telling, timeline
from capplan.checks.timeline_records import Occurrence, Timeline
from capplan.prediction.measured import NOTICED
from capplan.prediction.measures import COMPONENT
from capplan.prediction.meters import Meter
from capplan.prediction.records import Note
from capplan.prediction.simulated import Measured
from capplan.prediction.solved import Solved
from capplan.prediction.storied import Repeats, Watch, play
from capplan.simulation.stories.story import Story
from capplan.units import format_duration


class Wanted(NamedTuple):
    """What shall be told of a story.

    Attributes:
        step: the length of the timeline's steps (s), a whole number of the story's ticks.
        repeats: how often it is played; the timeline is of the first time, the figures of all.
        scenario: its name; "" where it has none.
        events: what happens in it, as the user wrote it.
        notes: what is to be said of how it was made.
    """

    step: float
    repeats: Repeats
    scenario: str = ""
    events: tuple[Occurrence, ...] = ()
    notes: tuple[Note, ...] = ()


def tell_story(solved: Solved, story: Story, wanted: Wanted, watch: Watch) -> Simulation:
    """Play a story and judge it.

    Args:
        solved: the topology as theory has it; its network may have fewer replicas than that of the story.
        story: what happens to its network.
        wanted: what shall be told of it.
        watch: who looks on.

    Raises:
        KeyboardInterrupt: someone stopped it before anything was counted.
    """
    played = play(solved, story, wanted.repeats, watch)
    simulation = simulation_of(played.measured)
    prediction = simulation.simulated.prediction
    meter = Meter(solved.model, played.measure, prediction.cost)
    told = timeline(
        Telling(Samples(meter, story, played.told), wanted.step, wanted.scenario, wanted.events),
    )
    said = (*_notes(told, story.duration), *wanted.notes, *_refused(played.measured))
    notes = (*said, *(note for note in simulation.analysis.prediction.notes if note.code not in _STATIC))
    noted = replace(prediction, notes=notes)
    return replace(
        simulation,
        analysis=replace(simulation.analysis, prediction=replace(simulation.analysis.prediction, notes=notes)),
        simulated=replace(simulation.simulated, prediction=noted),
        timeline=told,
    )


_STATIC = ("interrupted", "not-simulated", "unseen", "autoscale-static", "backlog-full", "rough")
"""Notes about a simulation in which nothing happens."""


def _refused(measured: Measured) -> Iterator[Note]:
    """Components that turned visits away."""
    for name in measured.model.tasks_of:
        part = measured.value(COMPONENT, name, "refused")
        if part > NOTICED:
            full = measured.model.topology.component(name).backlog is not None
            why = "no replica was ready, or its backlog was full" if full else "no replica was ready"
            message = f"{name} refused {100.0 * part:.3g} % of its visits: {why}"
            yield Note(code="refused", message=message, where=f"components.{name}")


def _notes(told: Timeline, duration: float) -> Iterator[Note]:
    if told.interrupted:
        message = f"stopped early, {format_duration(told.duration)} into a story of {format_duration(duration)}"
        yield Note(code="interrupted", message=message, where="run")
    if told.watched and not told.alerting:
        every = format_duration(told.cadence.scrape)
        message = f"nothing evaluates alerts: they are looked at every {every}, and nobody is notified"
        yield Note(code="no-alerting", message=message, where="components")
