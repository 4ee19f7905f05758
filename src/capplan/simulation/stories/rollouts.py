"""Deployments: how new replicas take the place of the old ones of a fleet, by each strategy.

Each is a rule that looks at the fleet and does what may be done now; it is asked again after every change. Rolling is
that of Kubernetes' Deployment controller: at most wanted + surge are there, at least wanted - unavailable ready. What
drains is no longer there, but a new one waits while there is no spare place.
"""

from collections.abc import Callable, Mapping
from math import inf

from capplan.simulation.stories.fleet import Fleet, Life, State
from capplan.simulation.stories.story import Deployed, Rollout


class Deployment:
    """A deployment that is under way.

    Attributes:
        fleet: whose replicas are replaced.
        what: how.
        why: its name.
    """

    def __init__(self, fleet: Fleet, what: Deployed, why: str) -> None:
        self.fleet, self.what, self.why = fleet, what, why
        self.surge = what.surge
        self.unavailable = what.unavailable if what.unavailable or what.surge else 1
        fleet.revision += 1

    def new(self) -> list[int]:
        """The places of the new replicas."""
        return [place for place in self.fleet.there() if self.fleet.revisions[place] == self.fleet.revision]

    def old(self) -> list[int]:
        """The places of the old ones that are not draining yet."""
        return [place for place in self.fleet.there() if self.fleet.revisions[place] != self.fleet.revision]

    def done(self) -> bool:
        """Whether all wanted ones are new and ready."""
        ready = sum(self.fleet.states[place] is State.READY for place in self.new())
        return not self.old() and ready >= self.fleet.wanted

    def tend(self) -> None:
        """Do what may be done now."""
        raise NotImplementedError

    def drain(self, places: list[int]) -> None:
        """Take some out of rotation."""
        self.fleet.drain(places, self.what.drain, self.why)

    def roll(self, most: float = inf) -> None:
        """Start new ones, at most so many, and drain old ones, as far as the rules of rolling let it."""
        fleet = self.fleet
        new, old = self.new(), self.old()
        self.drain(fleet.least_missed(new, len(new) - fleet.wanted))
        room = fleet.wanted + self.surge - len(new) - len(old)
        fleet.begin(int(min(fleet.wanted - len(new), room, most - len(new))), self.what.warmup, self.why)
        least = fleet.wanted - self.unavailable
        unready = sum(fleet.states[place] is not State.READY for place in self.new())
        spare = max(len(fleet.there()) - least - unready, 0)
        self.drain([place for place in self.old() if fleet.states[place] is not State.READY][:spare])
        spare = max(min(len(fleet.ready) - least, len(fleet.there()) - least - unready), 0)
        self.drain([place for place in self.old() if fleet.states[place] is State.READY][:spare])


class Rolling(Deployment):
    """One after the other, or a few at a time."""

    def tend(self) -> None:
        """Go on rolling."""
        self.roll()


class BlueGreen(Deployment):
    """All new ones are started beside the old ones; when all are ready the traffic is switched over at once."""

    def __init__(self, fleet: Fleet, what: Deployed, why: str) -> None:
        super().__init__(fleet, what, why)
        self._warm: list[Life] = []
        self._switched = False

    def tend(self) -> None:
        """Start those that are missing, and switch when all have warmed up."""
        fleet = self.fleet
        if self._switched:
            return
        lives = fleet.start(fleet.wanted - len(self.new()), self.why)
        if lives and self.what.warmup > 0.0:
            fleet.calendar.after(self.what.warmup, lambda: self._warmed(lives))
        else:
            self._warm += lives
        up = (State.STARTING, State.READY)
        warm = [one for one in self._warm if fleet.lives(one) and fleet.states[one.place] in up]
        if len(warm) >= fleet.wanted:
            self._switched = True
            old = self.old()
            fleet.admit(warm, self.why)
            self.drain(old)

    def _warmed(self, lives: list[Life]) -> None:
        self._warm += lives
        self.tend()


class Canary(Deployment):
    """A few first; when they have been watched for a while the others follow, rolling."""

    def __init__(self, fleet: Fleet, what: Deployed, why: str) -> None:
        super().__init__(fleet, what, why)
        self._first = min(max(what.surge, 1), fleet.wanted)
        self._watching = self._trusted = False

    def tend(self) -> None:
        """Start the first ones, watch them, then go on rolling."""
        if self._trusted:
            self.roll()
            return
        fleet, new = self.fleet, self.new()
        if not self.surge and len(fleet.there()) >= fleet.wanted > 0 and not new:
            self.drain(self.old()[:1])
        fleet.begin(self._first - len(new), self.what.warmup, self.why)
        ready = sum(fleet.states[place] is State.READY for place in self.new())
        if ready >= self._first and not self._watching:
            self._watching = True
            fleet.calendar.after(self.what.watched, self._trust)

    def _trust(self) -> None:
        self._trusted = True
        self.tend()


class Recreate(Deployment):
    """All old ones are gone before the first new one is started."""

    def tend(self) -> None:
        """Drain the old ones; when the last is gone start all."""
        fleet = self.fleet
        self.drain(self.old())
        if not any(fleet.revisions[place] != fleet.revision for place in fleet.places(State.DRAINING)):
            fleet.begin(fleet.wanted - len(self.new()), self.what.warmup, self.why)


STRATEGIES: Mapping[Rollout, Callable[[Fleet, Deployed, str], Deployment]] = {
    Rollout.ROLLING: Rolling,
    Rollout.BLUE_GREEN: BlueGreen,
    Rollout.CANARY: Canary,
    Rollout.RECREATE: Recreate,
}


def spare(what: Deployed, wanted: int) -> int:
    """How many places more than wanted ones a deployment needs."""
    if what.rollout is Rollout.RECREATE:
        return 0
    return wanted if what.rollout is Rollout.BLUE_GREEN else what.surge
