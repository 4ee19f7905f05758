"""Happenings: what begins and ends in a story, put into effect."""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from capplan.simulation.clients import Population
from capplan.simulation.stories.fleet import Fleet, State
from capplan.simulation.stories.staged import Staged
from capplan.simulation.stories.story import Crowd, Deployed, Happening, Lost, Story
from capplan.simulation.stories.upkeep import Upkeep

Ending: TypeAlias = Callable[[], None]
"""Ends an effect."""


class Happenings:
    """Puts the happenings of a story into effect."""

    def __init__(self, story: Story, staged: Staged, population: Population | None) -> None:
        self._story, self._staged, self._population = story, staged, population
        self._upkeep = _upkeep(story, staged)
        self._users = 0 if population is None else population.number
        self._crowds: list[Crowd] = []

    def plan(self) -> None:
        """Enter all that happens into the calendar."""
        for happening in self._story.happenings:
            if happening.at < self._story.duration:
                self._staged.calendar.at(self._story.warmup + happening.at, partial(self._begin, happening))

    def _begin(self, happening: Happening) -> None:
        effect = happening.effect
        if isinstance(effect, Lost):
            fleet = self._staged.fleets[effect.site]
            lives = fleet.lose(_named(fleet, effect), happening.name)
            self._until(happening, partial(fleet.recover, lives, happening.name))
        elif isinstance(effect, Deployed):
            self._upkeep[effect.site].deploy(effect, happening.name)
        elif isinstance(effect, Crowd):
            self._crowds.append(effect)
            self._staged.calendar.after(0.0, self._gather)
            self._until(happening, partial(self._disperse, effect))
        else:
            self._staged.conditions.begin(effect)
            self._until(happening, partial(self._staged.conditions.end, effect))

    def _until(self, happening: Happening, end: Ending) -> None:
        if happening.until < self._story.duration:
            self._staged.calendar.at(self._story.warmup + max(happening.until, happening.at), end)

    def _disperse(self, effect: Crowd) -> None:
        self._crowds.remove(effect)
        self._staged.calendar.after(0.0, self._gather)

    def _gather(self) -> None:
        """Be as many users as all crowds of this instant make."""
        if self._population is not None:
            number = float(self._users)
            for crowd in self._crowds:
                number *= crowd.factor
            self._population.become(round(number))


def _upkeep(story: Story, staged: Staged) -> dict[int, Upkeep]:
    """Who looks after the fleets that are scaled or deployed to."""
    scalers = {scaler.site: scaler for scaler in story.scalers}
    deployed = {one.effect.site for one in story.happenings if isinstance(one.effect, Deployed)}
    return {site: Upkeep(staged.fleets[site], scalers.get(site)) for site in sorted(deployed | scalers.keys())}


def _named(fleet: Fleet, lost: Lost) -> list[int]:
    """The places of the replicas that are lost; where one has been replaced, that of another instead."""
    if lost.whole:
        return fleet.places(State.STARTING, State.READY, State.DRAINING, State.LOST)
    there = fleet.there()
    found = [number for number in lost.replicas if number in there]
    others = [place for place in there if place not in found]
    return sorted(found + others[: len(lost.replicas) - len(found)])
