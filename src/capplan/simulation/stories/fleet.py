"""A fleet: the replicas of a site as they come and go."""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import NamedTuple

from capplan.simulation.stories.calendar import Calendar
from capplan.simulation.stories.log import Report
from capplan.simulation.stories.premises import Premises
from capplan.simulation.stories.story import Change, Site


class State(Enum):
    """How a replica is."""

    ABSENT = "is not there"
    STARTING = "is not ready yet"
    READY = "takes visits"
    DRAINING = "finishes what it has"
    LOST = "is away and may come back"


class Life(NamedTuple):
    """One life of a replica: its place, and the how-manieth there."""

    place: int
    number: int


class Spans(NamedTuple):
    """Replica-seconds so far: ready to take visits, and able to work (draining ones too)."""

    ready: float
    working: float

    def since(self, before: "Spans") -> "Spans":
        """Those since an earlier time."""
        return Spans(self.ready - before.ready, self.working - before.working)


class Fleet:
    """The replicas of a site.

    Attributes:
        states: of each place.
        ready: those in rotation, in order.
        wanted: how many there should be.
        revision: the version that new ones run.
        revisions, born: which version the replica at each place runs, and since when it is there.
        report: where it says what becomes of them.
        watchers: called after all changes of an instant.
    """

    def __init__(self, site: Site, calendar: Calendar, report: Report) -> None:
        self.site, self.calendar, self.report = site, calendar, report
        self.premises = Premises(site.replicas, calendar.agenda)
        self.states = [State.READY] * site.ready + [State.ABSENT] * (site.replicas - site.ready)
        self.ready = list(range(site.ready))
        self.wanted = site.ready
        self.revision = 0
        self.revisions = [0] * site.replicas
        self.born = [0.0] * site.replicas
        self.watchers: list[Callable[[], None]] = []
        self._lives = [0] * site.replicas
        self._losses = [0] * site.replicas
        self._spans, self._since = Spans(0.0, 0.0), 0.0
        self._telling = False

    def places(self, *states: State) -> list[int]:
        """The places of the replicas that are in one of some states."""
        return [place for place, state in enumerate(self.states) if state in states]

    def there(self) -> list[int]:
        """The places of those that count as wanted ones: starting, ready or lost."""
        return self.places(State.STARTING, State.READY, State.LOST)

    def least_missed(self, places: Sequence[int], count: int) -> list[int]:
        """So many of some replicas that one would part with first: those not ready, then the youngest."""
        order = sorted(places, key=lambda place: (self.states[place] is State.READY, -self.born[place], -place))
        return order[: max(count, 0)]

    def life(self, place: int) -> Life:
        """The replica that is now at a place."""
        return Life(place, self._lives[place])

    def lives(self, life: Life) -> bool:
        """Whether it is still the one there."""
        return self._lives[life.place] == life.number

    def spans(self) -> Spans:
        """Replica-seconds up to now."""
        now = self.calendar.now
        passed, self._since = now - self._since, now
        working = len(self.ready) + len(self.places(State.DRAINING))
        self._spans = Spans(self._spans.ready + passed * len(self.ready), self._spans.working + passed * working)
        return self._spans

    # what becomes of them

    def want(self, number: int) -> None:
        """So many are wanted from now on."""
        self.wanted = number
        self._changed()

    def start(self, count: int, why: str) -> list[Life]:
        """Start replicas, as many as there is room for."""
        places = self.places(State.ABSENT)[: max(count, 0)]
        for place in places:
            self._lives[place] += 1
            self.revisions[place] = self.revision
            self.born[place] = self.calendar.now
        self._become(places, State.STARTING, Change.STARTED, why)
        return [self.life(place) for place in places]

    def admit(self, lives: Iterable[Life], why: str) -> None:
        """Those of some replicas that are starting are ready."""
        places = [one.place for one in lives if self.lives(one) and self.states[one.place] is State.STARTING]
        self._become(places, State.READY, Change.READY, why)

    def begin(self, count: int, seconds: float, why: str) -> None:
        """Start replicas that are ready after so long."""
        lives = self.start(count, why)
        if lives and seconds > 0.0:
            self.calendar.after(seconds, lambda: self.admit(lives, why))
        else:
            self.admit(lives, why)

    def drain(self, places: Sequence[int], seconds: float, why: str) -> None:
        """Replicas are not wanted any more: ready ones finish what they have for so long, others are gone at once."""
        ready = [place for place in places if self.states[place] is State.READY]
        lives = [self.life(place) for place in ready]
        self.stop([self.life(place) for place in places if place not in ready], why)
        if seconds > 0.0:
            self._become(ready, State.DRAINING, Change.DRAINING, why)
            self.calendar.after(seconds, lambda: self.stop(lives, why))
        else:
            self.stop(lives, why)

    def stop(self, lives: Iterable[Life], why: str) -> None:
        """Replicas are gone for good, with what is still at them."""
        places = [one.place for one in lives if self.lives(one) and self.states[one.place] is not State.ABSENT]
        for place in places:
            self._lives[place] += 1
            self._losses[place] = 0
        self._become(places, State.ABSENT, Change.STOPPED, why)

    def lose(self, places: Iterable[int], why: str) -> list[Life]:
        """Replicas that are there are away, with all that is at them; who they were, for when they come back."""
        known = [place for place in places if self.states[place] is not State.ABSENT]
        self.stop([self.life(place) for place in known if self.states[place] is State.DRAINING], why)
        lives = [self.life(place) for place in known if self.states[place] is not State.ABSENT]
        fresh = [one.place for one in lives if self.states[one.place] is not State.LOST]
        for one in lives:
            self._losses[one.place] += 1
        self._become(fresh, State.LOST, Change.LOST, why)
        return lives

    def recover(self, lives: Iterable[Life], why: str) -> None:
        """What they were lost for is over; they are ready again unless they are lost for something else too."""
        back = []
        for one in lives:
            if self.lives(one) and self.states[one.place] is State.LOST:
                self._losses[one.place] -= 1
                if not self._losses[one.place]:
                    back.append(one.place)
        self._become(back, State.READY, Change.BACK, why)

    def _become(self, places: list[int], state: State, change: Change, why: str) -> None:
        if not places:
            return
        self.spans()
        for place in places:
            self.states[place] = state
        self.ready[:] = self.places(State.READY)
        if state in (State.ABSENT, State.LOST):
            for place in places:
                self.premises.clear(place)
        self.report(change, len(places), why)
        self._changed()

    def _changed(self) -> None:
        if not self._telling:
            self._telling = True
            self.calendar.after(0.0, self._tell)

    def _tell(self) -> None:
        self._telling = False
        for watcher in list(self.watchers):
            watcher()
