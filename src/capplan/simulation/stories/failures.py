"""Failures: ready replicas of a fleet that fail by chance, and are repaired."""

from functools import partial

from capplan.queueing.laws import Exponential
from capplan.simulation.stories.fleet import Fleet, Life, State
from capplan.simulation.stories.story import Frailty
from capplan.simulation.streams import Sources

FAILURE = "failure"


class Failures:
    """Lets each ready replica fail after an exponential time, and come back after another."""

    def __init__(self, fleet: Fleet, frailty: Frailty, sources: Sources) -> None:
        self._fleet = fleet
        self._armed: set[int] = set()
        name, places = fleet.site.name, range(fleet.site.replicas)
        between, repair = Exponential(frailty.between_failures), Exponential(frailty.repair)
        self._good = [sources.times(f"{name}/{place}/until it fails", between) for place in places]
        self._bad = [sources.times(f"{name}/{place}/until it is repaired", repair) for place in places]
        fleet.watchers.append(self.watch)

    def watch(self) -> None:
        """Every ready replica will fail one day."""
        for place in self._fleet.ready:
            if place not in self._armed:
                self._armed.add(place)
                self._fleet.calendar.after(self._good[place](), partial(self._fail, self._fleet.life(place)))

    def _fail(self, life: Life) -> None:
        self._armed.discard(life.place)
        if self._fleet.lives(life) and self._fleet.states[life.place] is State.READY:
            lives = self._fleet.lose([life.place], FAILURE)
            self._fleet.calendar.after(self._bad[life.place](), partial(self._fleet.recover, lives, FAILURE))
        self.watch()
