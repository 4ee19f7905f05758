"""What does not hold in a state: limits that are passed, objectives that are missed, alerts that fire.

Cheap questions come first and nothing is worked out before it is asked for, so whoever needs to know only whether
something is missed stops at the first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from capplan.checks.connections import connections
from capplan.checks.records import Concern, Miss, StateCheck
from capplan.checks.states import Deploying, State, gone, in_state, states_of, surges
from capplan.checks.values import measured
from capplan.prediction.predict import solve_topology
from capplan.prediction.resources import overloads, utilisation
from capplan.prediction.solved import Solved, solve_model
from capplan.prediction.translate import translate
from capplan.topology import Comparison, Metric, Operator, Topology
from capplan.topology.objectives import COST, UTILISATIONS
from capplan.units import (
    DURATION,
    FRACTION,
    MONEY,
    RATE,
    format_duration,
    format_fraction,
    format_money,
    format_number,
    format_rate,
)

FULL = ("memory", "storage")
"""Utilisations that must stay at or below one though nothing queues there."""


@dataclass(frozen=True)
class Situation:
    """A topology in one state at one workload rate.

    Attributes:
        topology: with everything up.
        state: which state.
        rate: the workload rate (per second).
        margin: the part by which times stay below their objectives.
        scv: SCV of the arrivals at stations (by name) to be taken instead of those that are worked out.
        closed: whether the topology's own closed users make the load, not the rate.
    """

    topology: Topology
    state: State
    rate: float
    margin: float = 0.0
    scv: Mapping[str, float] = field(default_factory=dict)
    closed: bool = False

    @cached_property
    def remaining(self) -> Topology:
        """The topology with what is left of it."""
        return in_state(self.topology, self.state)

    @cached_property
    def solved(self) -> Solved:
        """What is left, solved."""
        if self.closed:
            return solve_topology(self.remaining)
        model = translate(self.remaining, self.rate)
        if not self.scv:
            return solve_model(model, [self.rate])
        scv = np.array([[self.scv[station.name] for station in model.network.stations]])
        return Solved(model, model.open.at([self.rate], scv=scv))

    @property
    def wanted(self) -> list[tuple[Concern, str, Comparison]]:
        """Every objective and alert; what the topology costs is a matter of the normal state."""
        slos = [(Concern.SLO, slo.label, slo.objective) for slo in self.topology.slos]
        alerts = [(Concern.ALERT, alert.label, alert.when) for alert in self.topology.alerts]
        normal = type(self.state) is State
        return [one for one in slos + alerts if normal or one[2].metric.subject != COST]

    def misses(self) -> Iterator[Miss]:
        """What does not hold, cheap questions first."""
        yield from self._limits()
        for concern, name, comparison in sorted(self.wanted, key=_effort):
            value = measured(self.solved, comparison.metric)
            miss = self._missed(concern, name, comparison, value)
            if miss is not None:
                yield miss

    def same(self, miss: Miss) -> Miss | None:
        """What became of something that was missed; None where it holds now."""
        if miss.concern is Concern.LIMIT:
            return next((one for one in self._limits() if one.metric == miss.metric), None)
        for concern, name, comparison in self.wanted:
            if (concern, name, str(comparison.metric)) != (miss.concern, miss.name, miss.metric):
                continue
            if self._kept(concern, comparison) == (miss.operator, miss.threshold):
                return self._missed(concern, name, comparison, measured(self.solved, comparison.metric))
        return None

    def value(self, metric: str) -> float | None:
        """A metric by its name, or how far a resource is asked for (above 1 where it is asked for too much)."""
        subject, name = metric.split(".", 1)
        over = [one.value for one in self._overloaded() if one.metric == metric]
        return over[0] if over else measured(self.solved, Metric.model_construct(subject=subject, name=name))

    def _limits(self) -> Iterator[Miss]:
        yield from self._gone()
        yield from self._overloaded()
        yield from self._passed()
        yield from self._crowded()

    def _gone(self) -> Iterator[Miss]:
        """Components of which nothing is left although they are needed."""
        traffic = self.solved.model.traffic
        for name in gone(self.topology, self.state):
            hosts = [self.topology.host(job.component).name for job in self.solved.model.jobs]
            tasks = [index for index, host in enumerate(hosts) if host == name]
            waited = float(traffic.awaited[:, tasks].sum()) > 0.0
            visited = float(traffic.slope[tasks].sum() + traffic.base[tasks].sum()) > 0.0
            if waited or (visited and not isinstance(self.state, Deploying)):
                message = f"nothing is left of {name}"
                yield self._limit(f"{name}.replicas", ">=", 1.0, 0.0, message)

    def _overloaded(self) -> Iterator[Miss]:
        for overload in overloads(self.solved):
            metric = f"{overload.component}.{overload.resource}"
            message = f"{overload.component} {overload.resource} is asked for {format_fraction(overload.utilisation)}"
            yield self._limit(metric, "<", 1.0, overload.utilisation, f"{message} of what it can do")

    def _passed(self) -> Iterator[Miss]:
        """Rates that others set, memory and disks."""
        for limit in self.solved.model.limits:
            offered = float(self.solved.arriving(limit.component)[0])
            if offered > limit.rate:
                message = f"{limit.component} is called {format_rate(offered)} and takes {format_rate(limit.rate)}"
                yield self._limit(f"{limit.component}.rate_limit", "<=", 1.0, offered / limit.rate, message)
        for name, component in self.remaining.components.items():
            used = utilisation(self.solved, component)
            for resource in FULL:
                value = used.get(resource)
                if value is not None and value > 1.0:
                    message = f"{name} needs {format_fraction(value)} of its {resource}"
                    yield self._limit(f"{name}.{resource}", "<=", 1.0, value, message)

    def _crowded(self) -> Iterator[Miss]:
        """Pools that together hold more connections than the callee takes."""
        for held in connections(self.remaining, surges(self.topology, self.state)):
            if held.held > held.taken:
                message = f"the pools of {', '.join(held.callers)} hold {held.held} connections to {held.component}"
                message += f", which takes {held.taken}"
                yield self._limit(f"{held.component}.connections", "<=", held.taken, held.held, message)

    def _limit(self, metric: str, operator: str, threshold: float, value: float, message: str) -> Miss:
        return Miss(
            state=self.state.name,
            concern=Concern.LIMIT,
            name=metric,
            metric=metric,
            operator=operator,
            threshold=threshold,
            value=value if np.isfinite(value) else None,
            message=message,
        )

    def _kept(self, concern: Concern, comparison: Comparison) -> tuple[Operator, float]:
        """What should hold: of an alert the opposite, of times a little less than what is asked for."""
        operator = comparison.operator if concern is Concern.SLO else _OPPOSITE[comparison.operator]
        shorter = operator.bounds_above and _is_time(comparison.metric)
        return operator, float(comparison.threshold) * (1.0 - self.margin if shorter else 1.0)

    def _missed(self, concern: Concern, name: str, comparison: Comparison, value: float | None) -> Miss | None:
        metric = comparison.metric
        operator, threshold = self._kept(concern, comparison)
        if value is not None and operator.holds(value, threshold):
            return None
        if value is None and (concern is Concern.ALERT and (metric.name in UTILISATIONS or not operator.bounds_above)):
            return None  # an alert on what does not exist cannot fire
        wish = f"{operator} {_written(metric, threshold, self.topology.currency)}"
        is_now = _written(metric, value, self.topology.currency)
        message = f"{metric.name} of {metric.subject} is {is_now}, not {wish}"
        return Miss(
            state=self.state.name,
            concern=concern,
            name=name,
            metric=str(metric),
            operator=str(operator),
            threshold=threshold,
            value=value,
            message=message,
        )


def state_checks(
    topology: Topology, rate: float, margin: float = 0.0, *, closed: bool = False
) -> tuple[StateCheck, ...]:
    """Each state that `resilience` names, held against everything; `closed` as of a situation."""
    situations = [Situation(topology, state, rate, margin, closed=closed) for state in states_of(topology)[1:]]
    return tuple(StateCheck(state=one.state.name, misses=tuple(one.misses())) for one in situations)


def first_miss(topology: Topology, states: Sequence[State], rate: float, margin: float = 0.0) -> Miss | None:
    """The first thing that does not hold in any of these states; None where everything holds."""
    for state in states:
        miss = next(Situation(topology, state, rate, margin).misses(), None)
        if miss is not None:
            return miss
    return None


_OPPOSITE = {
    Operator.BELOW: Operator.AT_LEAST,
    Operator.AT_MOST: Operator.ABOVE,
    Operator.ABOVE: Operator.AT_MOST,
    Operator.AT_LEAST: Operator.BELOW,
}


def opposite(when: Comparison) -> Comparison:
    """What holds as long as an alert does not fire."""
    return when.model_copy(update={"operator": _OPPOSITE[when.operator]})


def _is_time(metric: Metric) -> bool:
    return metric.percentile is not None or metric.name == "mean"


def _effort(one: tuple[Concern, str, Comparison]) -> int:
    """Percentiles cost most, means some, the rest next to nothing."""
    metric = one[2].metric
    return 2 if metric.percentile is not None else int(metric.name in ("mean", "queue_length"))


def shown(topology: Topology, metric: str, value: float | None) -> str:
    """A value of a metric, written with its unit."""
    subject, name = metric.split(".", 1)
    return _written(Metric.model_construct(subject=subject, name=name), value, topology.currency)


def _written(metric: Metric, value: float | None, currency: str) -> str:
    if value is None:
        return "without bound" if metric.name not in UTILISATIONS else "unknown"
    if metric.unit is MONEY:
        return format_money(value, currency)
    return next((write(value) for unit, write in _WRITE if unit is metric.unit), format_number(value))


_WRITE = ((DURATION, format_duration), (FRACTION, format_fraction), (RATE, format_rate))
