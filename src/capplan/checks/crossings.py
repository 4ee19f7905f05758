"""The workload rates at which comparisons turn, an objective falls or an alert fires: roots, not grid points."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from capplan.checks.metrics import COST, classes_of
from capplan.checks.roots import TOLERANCE, Range, around, between, rising_roots, towards
from capplan.prediction.cost import component_cost
from capplan.prediction.memory import memory_use
from capplan.prediction.model import Model
from capplan.prediction.replicas import residents
from capplan.prediction.resources import in_use, storage_use
from capplan.prediction.solved import Solved, solve_model
from capplan.prediction.usage import Usage, usages
from capplan.queueing.arrays import Array, Mask
from capplan.topology import Comparison, Component, Metric
from capplan.units import HOUR, MONTH

LARGE = 250
"""In meshes of more tasks, what is reached only when a queue before it is saturated counts as never reached."""
FALLING = "success_rate"
"""The one metric that shrinks as the load grows."""
RESOURCES = frozenset({"cpu", "disk", "network", "ingest", "rate_limit", "concurrency"})
"""Utilisations that grow linearly with the load, until a queue is saturated."""
BENT = 1e-6
"""To which rates are sought, relative to them, where queues refuse or calls are repeated."""
LINEAR = RESOURCES | {"rate", "storage", "hour", "month"}
"""Metrics that are a constant plus a part that grows linearly with the load."""


class Crossings:
    """Seeks the rates for one topology; all that need a search are sought together."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._average = usages(model, hottest=False)
        self._hottest = usages(model)

    def seek(self, wanted: Sequence[tuple[Comparison, bool]]) -> list[float | None]:
        """The least rate from which on each comparison has its truth; None where no rate does that."""
        found: list[float | None] = [None] * len(wanted)
        searched: list[int] = []
        for index, (comparison, truth) in enumerate(wanted):
            if not turns(comparison, truth):
                continue
            if self._bends(comparison.metric):
                searched.append(index)
                continue
            if comparison.metric.name in LINEAR:
                found[index] = self._reached(comparison)
            held_back = self._held_back(comparison.metric, found[index])
            if held_back and len(self.model.network.tasks) > LARGE:
                found[index] = None
            elif held_back or comparison.metric.name not in LINEAR:
                searched.append(index)
        for index, root in zip(searched, self._search([wanted[index][0] for index in searched]), strict=True):
            found[index] = root
        return found

    def _bends(self, metric: Metric) -> bool:
        """Whether held slots, refusals or repeats bend the metric."""
        return not self.model.open.plain and metric.name not in ("storage", "hour", "month")

    def _held_back(self, metric: Metric, rate: float | None) -> bool:
        """Whether some queue is saturated before this rate, so that what is behind it gets less."""
        return metric.name in RESOURCES and rate is not None and rate > self._free * (1.0 + TOLERANCE)

    @cached_property
    def _free(self) -> float:
        """The rate up to which every queue lets everything through."""
        rates = [usage.reaches(1.0) for usage in self._hottest if usage.resource != "rate_limit"]
        return min((rate for rate in rates if rate is not None), default=np.inf)

    def _reached(self, comparison: Comparison) -> float | None:
        """Where a metric that grows linearly reaches its threshold."""
        rates = [usage.reaches(float(comparison.threshold)) for usage in self._growing(comparison.metric)]
        return min((rate for rate in rates if rate is not None), default=None)

    def _growing(self, metric: Metric) -> list[Usage]:
        """A linear metric as what it is without load and what each unit of load adds."""
        if metric.name in RESOURCES:
            return self._of(self._average, metric.subject, metric.name)
        if metric.name == "rate":
            return [Usage(metric.subject, metric.name, *self._rate(metric.subject))]
        if metric.subject == COST:
            months = MONTH / HOUR if metric.name == "month" else 1.0
            known = [self._cost(component) for component in self.model.topology.components.values()]
            slope, base = (months * sum(cost[k] for cost in known if cost is not None) for k in (0, 1))
            return [Usage(metric.subject, metric.name, slope, base)] if any(known) else []
        component = self.model.topology.component(metric.subject)
        stored = storage_use(component, self.model.topology.machine(component))
        return [] if stored is None else [Usage(metric.subject, metric.name, 0.0, stored)]

    def _cost(self, component: Component) -> tuple[float, float] | None:
        """(cost per hour that each unit of load adds, without load) of a component; None where no price is known."""
        loads = np.array([0.0, 1.0])
        idle, loaded = (
            component_cost(self.model, component, float(rate))
            for rate in self.model.component_rate(component.name, loads)
        )
        return None if idle is None or loaded is None else (loaded - idle, idle)

    def _rate(self, subject: str) -> tuple[float, float]:
        """(visits per unit of load, visits whatever the load) of a subject."""
        if subject in self.model.topology.components:
            tasks = list(self.model.tasks_of.get(subject, ()))
            return float(self.model.traffic.slope[tasks].sum()), float(self.model.traffic.base[tasks].sum())
        names = classes_of(tuple(self.model.topology.request_classes), subject)
        streams = [k for name in names for k, _ in self.model.streams_of(name)]
        return sum(self.model.network.streams[k].slope for k in streams), 0.0

    def _of(self, usages: Sequence[Usage], component: str, resource: str) -> list[Usage]:
        """The uses of a component's resource, its host's for what machines have."""
        host = self.model.topology.host(component).name
        names = {component, host} if resource in ("cpu", "disk", "network") else {component}
        wanted = ("runners",) if resource == "concurrency" else (resource,)
        return [usage for usage in usages if usage.component in names and usage.resource in wanted]

    def _search(self, comparisons: Sequence[Comparison]) -> list[float | None]:
        if not comparisons:
            return []
        sought = [Sought(comparison) for comparison in comparisons]

        def values(pairs: list[tuple[int, float]]) -> list[float]:
            return self._values(sought, pairs)

        ranges = [self._range(comparison.metric) for comparison in comparisons]
        thresholds = [one.threshold for one in sought]
        return rising_roots(values, thresholds, ranges, TOLERANCE if self.model.open.plain else BENT)

    def _values(self, sought: "list[Sought]", pairs: list[tuple[int, float]]) -> list[float]:
        if self.model.traffic.mixed and len(pairs) > 1:
            return [value for pair in pairs for value in self._values(sought, [pair])]
        solved = solve_model(self.model, [load for _, load in pairs])
        roots = np.array([root for root, _ in pairs])
        found = np.empty(len(pairs))
        subjects = np.array([sought[root].metric.subject for root, _ in pairs])
        for root in set(roots.tolist()):
            rows = roots == root
            found[rows] = sought[root].rising(solved, subjects == sought[root].metric.subject)[rows]
        return [float(value) for value in found]

    def _range(self, metric: Metric) -> Range:
        """Where to look for the rate: errors and utilisations bend where something is full, times grow towards it."""
        if not self.model.open.plain:
            return around(np.inf if self.model.full is None else self.model.full.rate)
        if metric.name in (FALLING, "error_rate") or metric.name in RESOURCES:
            return between(rate for usage in self._hottest if (rate := usage.reaches(1.0)) is not None)
        rates = [rate for usage in self._awaited(metric) if (rate := usage.reaches(1.0)) is not None]
        return towards(min(rates, default=float("inf")))

    def _awaited(self, metric: Metric) -> list[Usage]:
        """The stations whose saturation leaves the metric without a bound."""
        subject, arrivals = metric.subject, self.model.traffic.arrivals
        if metric.name == "memory":
            return self._filling(subject)
        if subject in self.model.topology.components:
            used = arrivals[list(self.model.tasks_of.get(subject, ()))].sum(axis=0) > 0.0
        else:
            names = classes_of(tuple(self.model.topology.request_classes), subject)
            streams = [k for name in names for k, _ in self.model.streams_of(name)]
            used = self.model.traffic.awaited[streams].sum(axis=0) @ arrivals > 0.0
        return [self._hottest[index] for index in np.flatnonzero(used).tolist()]

    def _filling(self, subject: str) -> list[Usage]:
        """The stations whose saturation fills the memory of a component's machines with visits."""
        from capplan.prediction.in_progress import awaited_stations

        on_host = residents(self.model.topology).get(self.model.topology.host(subject).name, ())
        growing = [one for one in on_host if one.memory is not None and one.memory.per_visit > 0.0]
        return [self._hottest[index] for index in awaited_stations(self.model, growing)]


def turns(comparison: Comparison, truth: bool) -> bool:
    """Whether a growing load turns the comparison to this truth."""
    shrinks = comparison.metric.name == FALLING
    return (comparison.operator.bounds_above == shrinks) == truth


class Sought:
    """A comparison as a quantity that grows with the load, and its threshold."""

    def __init__(self, comparison: Comparison) -> None:
        self.metric = comparison.metric
        falling = self.metric.name == FALLING
        self.threshold = max(1.0 - comparison.threshold if falling else float(comparison.threshold), 1e-300)

    def rising(self, solved: Solved, only: Mask) -> Array:
        """(L,) the quantity; inf where it has no bound."""
        metric = self.metric
        if metric.subject in solved.model.topology.components:
            return self._of_component(solved, only)
        names = classes_of(tuple(solved.model.topology.request_classes), metric.subject)
        if metric.name == "rate":
            return solved.request_rate(names)
        if metric.name in (FALLING, "error_rate"):
            return np.asarray(1.0 - solved.request_success(names))
        if metric.percentile is None:
            return solved.request_mean(names, only)
        return np.asarray(solved.request_quantiles(names, [metric.percentile], only)[:, 0])

    def _of_component(self, solved: Solved, only: Mask) -> Array:
        metric = self.metric
        if metric.name == "rate":
            return solved.component_rate(metric.subject)
        if metric.name in RESOURCES:
            in_use_of = in_use(solved, solved.model.topology.component(metric.subject))
            return in_use_of.get(metric.name, np.zeros(len(solved.loads)))
        if metric.name in (FALLING, "error_rate"):
            return solved.component_errors(metric.subject)
        if metric.name == "queue_length":
            return solved.queue_length(metric.subject)
        if metric.name == "memory":
            used = memory_use(solved, solved.model.topology.component(metric.subject))
            return np.zeros(len(solved.loads)) if used is None else used
        tail = solved.visit(metric.subject, [metric.percentile or 0.5], only)
        if tail is None:
            return np.zeros(len(solved.loads))
        return tail.mean if metric.percentile is None else np.asarray(tail.quantiles([metric.percentile])[:, 0])
