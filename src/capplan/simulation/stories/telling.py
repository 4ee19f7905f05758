"""Telling a story: a network with what happens to it played out once, and what was counted in each tick."""

from collections.abc import Callable
from math import ceil

from capplan.simulation.stories.checking import check
from capplan.simulation.stories.stage import Stage, Stretch
from capplan.simulation.stories.story import Story, Told
from capplan.simulation.streams import Sources
from capplan.simulation.windows import in_little_room


def tell(story: Story, sources: Sources, watch: Callable[[float], None] | None = None) -> Told:
    """Play a story.

    Args:
        story: the network, its load and what happens.
        sources: of all random numbers: the same tell the same story.
        watch: is told after each tick how much of the story has been told (s).

    Raises:
        ValueError: the story cannot be played; the message says why.
        KeyboardInterrupt: someone stopped it before the first tick was over. Later the story ends there.
    """
    check(story)
    stage = Stage(story, sources)
    found, interrupted = list[Stretch](), False
    try:
        stage.begin()
        for number in range(1, ceil(story.duration / story.tick - 1e-9) + 1):
            end = min(number * story.tick, story.duration)
            stretch = stage.stretch(end)
            found.append(stretch._replace(window=in_little_room(stretch.window)))
            if watch is not None:
                watch(end)
    except KeyboardInterrupt:
        if not found:
            raise
        interrupted = True
    windows, ready = tuple(one.window for one in found), tuple(one.ready for one in found)
    return Told(windows, ready, tuple(stage.log.entries), interrupted)
