"""Upkeep: what keeps a fleet at the number of replicas that is wanted, with one deployment at a time."""

from collections import deque

from capplan.simulation.stories.fleet import Fleet
from capplan.simulation.stories.rollouts import STRATEGIES, Deployment
from capplan.simulation.stories.story import Change, Deployed, Scaler

AUTOSCALER = "autoscaler"


class Upkeep:
    """Looks after a fleet: a deployment while one is under way, else its autoscaler's number.

    Attributes:
        fleet: that it looks after.
    """

    def __init__(self, fleet: Fleet, scaler: Scaler | None) -> None:
        self.fleet, self._scaler = fleet, scaler
        self._next: deque[tuple[Deployed, str]] = deque()
        self._present: Deployment | None = None
        self._wanted = fleet.wanted
        fleet.watchers.append(self.tend)

    def deploy(self, what: Deployed, why: str) -> None:
        """Begin a deployment, or let it wait until the one before it is done."""
        self._next.append((what, why))
        self.tend()

    def tend(self) -> None:
        """Do what may be done now."""
        self._tell_wanted()
        while self._present is not None or self._next:
            if self._present is None:
                what, why = self._next.popleft()
                self._present = STRATEGIES[what.rollout](self.fleet, what, why)
            self._present.tend()
            if not self._present.done():
                return
            self.fleet.report(Change.FINISHED, self.fleet.wanted, self._present.why)
            self._present = None
        if self._scaler is not None:
            self._scale(self._scaler)

    def _tell_wanted(self) -> None:
        """A deployment follows the autoscaler's number in its own steps: so the log says when that has changed."""
        if self._present is not None and self.fleet.wanted != self._wanted:
            self.fleet.report(Change.WANTED, self.fleet.wanted, AUTOSCALER)
        self._wanted = self.fleet.wanted

    def _scale(self, scaler: Scaler) -> None:
        there = self.fleet.there()
        if len(there) < self.fleet.wanted:
            self.fleet.begin(self.fleet.wanted - len(there), scaler.startup, AUTOSCALER)
        else:
            surplus = self.fleet.least_missed(there, len(there) - self.fleet.wanted)
            self.fleet.drain(surplus, scaler.drain, AUTOSCALER)
