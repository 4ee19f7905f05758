"""What happens to a network while it is played: replicas that come and go, work that becomes slower or fails, and who
looks after it. Times are seconds from the beginning of the story; the warm-up before it is not part of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from capplan.queueing.network import Network
from capplan.simulation.loads import Load
from capplan.simulation.outages import Down
from capplan.simulation.windows import Window


class Site(NamedTuple):
    """Replicas that come and go as wholes, with all that is at each.

    Attributes:
        stations: indices of the stations that each of them has a part of.
        gates: of the gates, threads as well as connections that it holds to others.
        replicas: how many there can ever be: the replicas of each of these stations and gates.
        ready: how many there are in the beginning; the first ones.
    """

    name: str
    stations: tuple[int, ...]
    gates: tuple[int, ...]
    replicas: int
    ready: int


class Lost(NamedTuple):
    """Replicas of a site are gone with all that is at them.

    Attributes:
        replicas: numbers among those that are there in the beginning; one that has been replaced meanwhile is lost by
            another of those then there.
        whole: all that are then there, whatever their numbers.
    """

    site: int
    replicas: tuple[int, ...]
    whole: bool = False


class Slowed(NamedTuple):
    """Visits, each a (task, number of the visit), take so many times as long if they begin now."""

    visits: tuple[tuple[int, int], ...]
    factor: float


class Failing(NamedTuple):
    """Runs of some tasks fail with this probability, besides what they fail by themselves."""

    tasks: tuple[int, ...]
    part: float


class Flushed(NamedTuple):
    """Caches are empty: every run of these tasks takes the last option (a miss) of the last choice among its own steps,
    less and less often as they fill: hits come back as 1 - exp(-3 t / refill) of what they were.

    Attributes:
        refill: until 95 % of the hits are back (s).
    """

    tasks: tuple[int, ...]
    refill: float


class Crowd(NamedTuple):
    """So many times as many closed users."""

    factor: float


class Rollout(StrEnum):
    """How new replicas take the place of the old ones."""

    ROLLING = "rolling"
    BLUE_GREEN = "blue_green"
    CANARY = "canary"
    RECREATE = "recreate"


class Deployed(NamedTuple):
    """Every replica of a site is replaced by a new one.

    Attributes:
        unavailable: so many fewer than wanted may be ready at a time (rolling).
        surge: so many more than wanted may be there at a time (rolling); the first ones of a canary.
        warmup: from the start of a new one until it is ready (s).
        drain: from the last new visit until an old one is gone, with what is still at it (s).
        watched: how long the first ones of a canary are looked at before the others follow (s).
    """

    site: int
    rollout: Rollout
    unavailable: int = 0
    surge: int = 1
    warmup: float = 0.0
    drain: float = 0.0
    watched: float = 0.0


Effect: TypeAlias = Lost | Slowed | Failing | Flushed | Crowd | Deployed


class Happening(NamedTuple):
    """Something that happens.

    Attributes:
        at: when.
        until: when it is over; inf where it lasts. What ends by itself (a refill, a deployment) has none.
        effect: what it does.
        name: as it is told.
    """

    at: float
    until: float
    effect: Effect
    name: str


class Gauge(StrEnum):
    """What an autoscaler looks at, averaged over the ready replicas since it last looked."""

    BUSY = "the busy part of a station"
    HELD = "the held part of a gate"
    ARRIVALS = "runs of tasks that began per second, of one replica"
    QUEUE = "visits and runs that wait at a replica when it looks"


class Scaler(NamedTuple):
    """An autoscaler by the rules of Kubernetes' Horizontal Pod Autoscaler.

    Attributes:
        gauge, watched: what it looks at: of which station or gate.
        tasks: of the site; for ARRIVALS.
        target: what it should be.
        least, most: replicas.
        interval: how often it looks (s).
        tolerance: nothing is done while value / target is within 1 +- this.
        stabilization: it goes down to the highest number that was wanted in so long (s).
        startup: from the start of a replica until it is ready (s).
        drain: from the last new visit until a replica is gone (s).
    """

    site: int
    gauge: Gauge
    watched: int
    tasks: tuple[int, ...]
    target: float
    least: int
    most: int
    interval: float = 15.0
    tolerance: float = 0.1
    stabilization: float = 300.0
    startup: float = 0.0
    drain: float = 0.0


class Frailty(NamedTuple):
    """Each ready replica of a site fails after an exponential time and is back after another (means, s)."""

    site: int
    between_failures: float
    repair: float


@dataclass(frozen=True, kw_only=True)
class Story:
    """A network with what happens to it.

    Attributes:
        network: with as many replicas as there can ever be.
        load: in steps where it changes, a part of it after the other from the beginning of the story.
        duration: how long it is (s).
        tick: what is counted is cut into windows of this length (s), the last one maybe shorter.
        warmup: what is played before it (s).
        downs: what requests may find down, whatever happens; each with a single chance.
    """

    network: Network
    load: Load
    duration: float
    tick: float
    warmup: float
    sites: tuple[Site, ...] = ()
    happenings: tuple[Happening, ...] = ()
    scalers: tuple[Scaler, ...] = ()
    frailties: tuple[Frailty, ...] = ()
    downs: tuple[Down, ...] = ()


class Change(StrEnum):
    """What became of replicas."""

    STARTED = "started"
    READY = "ready"
    DRAINING = "draining"
    STOPPED = "stopped"
    LOST = "lost"
    BACK = "back"
    WANTED = "wanted"
    """So many are wanted from now on: an autoscaler's number, which a deployment under way follows."""
    FINISHED = "finished"
    """A deployment is done."""


class Entry(NamedTuple):
    """A line of the log: when, at which site, what became of how many replicas, why (a happening's name, or
    "autoscaler", or "failure")."""

    at: float
    site: int
    change: Change
    replicas: int
    why: str


@dataclass(frozen=True)
class Told:
    """A story as it went.

    Attributes:
        windows: what was counted in each tick, where times are many packed; `busy` and `held` are parts of what was
            there, ready or draining.
        ready: (ticks, sites) ready replicas, on average over the tick.
        log: what became of replicas, in order of time.
        interrupted: whether someone stopped it early.
    """

    windows: tuple[Window, ...]
    ready: tuple[tuple[float, ...], ...]
    log: tuple[Entry, ...]
    interrupted: bool = False
