"""`forecast`: when growth makes each objective fall, each alert fire, the capacity end and each disk fill.

The analysis knows the loads at which things turn; growth says when they come. Times are seconds from the start: this
module knows neither the calendar nor today's date.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from capplan.checks.analysis import analyze
from capplan.checks.records import AlertState, Analysis, Objective
from capplan.errors import BadOption
from capplan.prediction.predict import solve_topology
from capplan.prediction.resources import storage_use
from capplan.studies.trajectory import Trajectory, trajectories
from capplan.topology import Component, Database, Storage, Topology, VolumeGrowth
from capplan.units import YEAR, Growth

HORIZON = 2 * YEAR

Status = Literal["today", "within", "beyond", "never"]


class Kind(StrEnum):
    """What an event is about."""

    SLO = "slo"
    ALERT = "alert"
    CAPACITY = "capacity"
    DISK = "disk"


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that growth brings about.

    Attributes:
        kind: an SLO that falls, an alert that fires, the capacity that is reached, or a disk that is full.
        name: the user's name of the SLO or alert; the resource, "app.cpu" or "db.storage", for the others.
        subject: the component or request that it is about.
        metric: `subject.metric`.
        operator: what holds until then for an SLO; what holds from then on for the others.
        threshold: the quantity at which it turns (SI).
        seconds: time from the start; 0 where it is so today already, None where growth never brings it about.
        rate: the workload rate at which it turns; None where no rate does that, and for what the data decide.
    """

    kind: Kind
    name: str
    subject: str
    metric: str
    operator: str
    threshold: float
    seconds: float | None
    rate: float | None


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What growth brings about, and when.

    Attributes:
        rate: the workload rate at the start (per second).
        busiest_rate: the load of the busiest step of `profile` at the start, which events are dated by; the rate
            without a profile.
        growth: of the load; None where only data grow.
        horizon: how far ahead is looked (seconds).
        events: what comes first stands first, what never comes last.
        unsized: the components whose data grow on a disk of unknown size.
        trajectories: the metrics of the objectives over time.
    """

    topology: str
    file: str
    rate: float
    growth: Growth | None
    horizon: float
    events: tuple[Event, ...]
    unsized: tuple[str, ...] = ()
    busiest_rate: float | None = None
    trajectories: tuple[Trajectory, ...] = ()

    def status(self, event: Event) -> Status:
        """Whether it is so today, comes within the horizon, beyond it, or never."""
        if event.seconds is None:
            return "never"
        if event.seconds == 0.0:
            return "today"
        return "within" if event.seconds <= self.horizon else "beyond"


def forecast(
    topology: Topology, rate: float | None = None, growth: Growth | None = None, horizon: float = HORIZON
) -> Forecast:
    """When growth makes things fall, all else equal.

    Args:
        topology: a checked topology.
        rate: the workload rate at the start (per second); the topology's own where left out. Under a `profile` the
            busiest step is what counts: its part of the rate.
        growth: of the load; `workload.growth` where left out.
        horizon: how far ahead to look (seconds).

    Raises:
        BadOption: nothing grows.
    """
    growing = topology.workload.growth if growth is None else growth
    stores = _stores(topology)
    if growing is None and not any(store.growth for store in stores):
        raise BadOption(
            "forecast: nothing grows; `growth: 5%/month` in `workload`, `growth: 2GB/day` in the `data` of a component,"
            " or --growth 5%/month"
        )
    start, busiest = _loads(topology, rate)
    steady = _without_profile(topology)
    analysis = analyze(steady, busiest)
    events = _Events(analysis, growing, stores).all()
    return Forecast(
        topology=analysis.prediction.topology,
        file=analysis.prediction.file,
        rate=analysis.prediction.rate if start is None else start,
        growth=growing,
        horizon=horizon,
        events=tuple(sorted(events, key=lambda event: math.inf if event.seconds is None else event.seconds)),
        unsized=tuple(store.component for store in stores if store.use is None and store.growth is not None),
        busiest_rate=analysis.prediction.rate,
        trajectories=tuple(trajectories(steady, analysis.prediction.rate, growing, horizon)),
    )


def _loads(topology: Topology, rate: float | None) -> tuple[float | None, float | None]:
    """(the workload rate, the load of the busiest step); None where the topology's own is to be taken as it is."""
    if not topology.workload.profile:
        return rate, rate
    start = solve_topology(topology, rate).loads[0] if rate is None else rate
    return float(start), float(start) * max(topology.workload.profile)


def _without_profile(topology: Topology) -> Topology:
    """The topology at one steady load."""
    return topology.model_copy(update={"workload": topology.workload.model_copy(update={"profile": ()})})


@dataclass(frozen=True, kw_only=True)
class _Store:
    """Data on a disk: how much of it is used (None where its size is not known), and how that grows."""

    component: str
    size: float
    use: float | None
    growth: Growth | VolumeGrowth | None

    def reaches(self, use: float) -> float | None:
        """Seconds until so much of the disk is used; None where that never happens."""
        if not self.use:
            return None
        if isinstance(self.growth, VolumeGrowth):
            added = self.size * (use / self.use - 1.0)
            return _ahead(added, float(self.growth.bytes_per_second))
        return None if self.growth is None else _compound(use / self.use, self.growth)


class _Events:
    """The events of one analysis."""

    def __init__(self, analysis: Analysis, growth: Growth | None, stores: tuple[_Store, ...]) -> None:
        self._analysis = analysis
        self._growth = growth
        self._stores = {f"{store.component}.storage": store for store in stores}

    def all(self) -> Iterator[Event]:
        yield from map(self._slo, self._analysis.slos)
        yield from map(self._alert, self._analysis.alerts)
        yield from self._capacity()
        yield from (self._disk(metric, store) for metric, store in self._stores.items() if store.use is not None)

    def _slo(self, slo: Objective) -> Event:
        when = (
            self._turns(slo.metric, slo.objective, self._grown(slo.holds_until_rate, slo.holds_until_users))
            if slo.met
            else 0.0
        )
        return Event(
            kind=Kind.SLO,
            name=slo.name,
            subject=_subject(slo.metric),
            metric=slo.metric,
            operator=slo.operator,
            threshold=slo.objective,
            seconds=when,
            rate=self._rate(slo.metric, slo.holds_until_rate),
        )

    def _alert(self, alert: AlertState) -> Event:
        when = (
            0.0
            if alert.firing
            else self._turns(alert.metric, alert.threshold, self._grown(alert.fires_at_rate, alert.fires_at_users))
        )
        return Event(
            kind=Kind.ALERT,
            name=alert.name,
            subject=_subject(alert.metric),
            metric=alert.metric,
            operator=alert.operator,
            threshold=alert.threshold,
            seconds=when,
            rate=self._rate(alert.metric, alert.fires_at_rate),
        )

    def _capacity(self) -> Iterator[Event]:
        capacity = self._analysis.prediction.capacity
        if capacity.max_rate is None or capacity.component is None:
            return
        metric = f"{capacity.component}.{capacity.resource}"
        yield Event(
            kind=Kind.CAPACITY,
            name=metric,
            subject=capacity.component,
            metric=metric,
            operator=">=",
            threshold=1.0,
            seconds=self._grows_to(capacity.max_rate),
            rate=capacity.max_rate,
        )

    def _disk(self, metric: str, store: _Store) -> Event:
        return Event(
            kind=Kind.DISK,
            name=metric,
            subject=store.component,
            metric=metric,
            operator=">=",
            threshold=1.0,
            seconds=0.0 if store.use is not None and store.use >= 1.0 else store.reaches(1.0),
            rate=None,
        )

    def _grown(self, rate: float | None, users: float | None) -> float | None:
        """The rate to which the load has grown there; closed users grow, as if they never waited longer."""
        now = self._analysis.prediction
        return rate if users is None or not now.users else now.rate * users / now.users

    def _turns(self, metric: str, threshold: float, rate: float | None) -> float | None:
        """Seconds until a comparison turns that has not turned yet: by its data, or by the load."""
        store = self._stores.get(metric)
        if store is not None:
            return store.reaches(threshold)
        return None if rate is None else self._grows_to(rate)

    def _rate(self, metric: str, rate: float | None) -> float | None:
        return None if metric in self._stores else rate

    def _grows_to(self, rate: float) -> float | None:
        """Seconds until the load is so large; 0 where it is already, None where it never will be."""
        today = self._analysis.prediction.rate
        if rate <= today:
            return 0.0
        return None if self._growth is None else _compound(rate / today, self._growth)


def _stores(topology: Topology) -> tuple[_Store, ...]:
    found = (_store(topology, component) for component in topology.components.values())
    return tuple(store for store in found if store is not None)


def _store(topology: Topology, component: Component) -> _Store | None:
    if not isinstance(component, Database | Storage) or component.data is None:
        return None
    return _Store(
        component=component.name,
        size=float(component.data.size),
        use=storage_use(component, topology.machine(component)),
        growth=component.data.growth,
    )


def _compound(factor: float, growth: Growth) -> float | None:
    """Seconds until a quantity has changed by a factor; None where it never does."""
    if factor <= 0.0 or growth.fraction <= -1.0:
        return None
    return _ahead(math.log(factor), math.log1p(growth.fraction) / growth.period)


def _ahead(way: float, speed: float) -> float | None:
    """The time that a way takes; None where one does not move, or moves away."""
    if way == 0.0:
        return 0.0
    return way / speed if way * speed > 0.0 else None


def _subject(metric: str) -> str:
    return metric.partition(".")[0]
