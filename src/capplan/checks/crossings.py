"""The workload rates at which comparisons turn: where an objective falls, where an alert fires. Roots, not grid
points."""

from collections.abc import Sequence

import numpy as np

from capplan.checks.metrics import COST, classes_of
from capplan.checks.roots import refined_roots, rising_roots
from capplan.prediction.model import Model
from capplan.prediction.resources import Usage, usages
from capplan.prediction.solved import Solved, solve_model
from capplan.queueing.arrays import Array, Mask
from capplan.queueing.outcome import POINTS
from capplan.topology import Comparison, Metric

COARSE = 512
"""Points of the grids on which a root is first sought."""
FALLING = "success_rate"
"""The one metric that shrinks as the load grows."""
RESOURCES = frozenset({"cpu", "disk", "network", "ingest", "rate_limit", "concurrency"})
"""Utilisations that grow linearly with the load."""


class Crossings:
    """Seeks the rates for one topology; all that need a search are sought together."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._average = usages(model, hottest=False)
        self._hottest = usages(model)

    def seek(self, wanted: Sequence[tuple[Comparison, bool]]) -> list[float | None]:
        """The least rate from which on each comparison has the truth that goes with it; None where no rate does
        that."""
        found: list[float | None] = [None] * len(wanted)
        searched: list[int] = []
        for index, (comparison, truth) in enumerate(wanted):
            if not _turns(comparison, truth):
                continue
            if self._linear(comparison.metric):
                found[index] = self._reached(comparison)
            else:
                searched.append(index)
        for index, root in zip(searched, self._search([wanted[index][0] for index in searched]), strict=True):
            found[index] = root
        return found

    def _linear(self, metric: Metric) -> bool:
        return metric.name == "rate" or metric.name in RESOURCES

    def _reached(self, comparison: Comparison) -> float | None:
        """Where a metric that grows linearly reaches its threshold."""
        metric, threshold = comparison.metric, float(comparison.threshold)
        if metric.name != "rate":
            rates = [usage.reaches(threshold) for usage in self._of(self._average, metric.subject, metric.name)]
            return min((rate for rate in rates if rate is not None), default=None)
        slope, base = self._rate(metric.subject)
        return Usage(metric.subject, "rate", slope, base).reaches(threshold)

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
        sought = [_Sought(comparison) for comparison in comparisons]

        def coarse(pairs: list[tuple[int, float]]) -> list[float]:
            return self._values(sought, pairs, COARSE)

        def fine(pairs: list[tuple[int, float]]) -> list[float]:
            return self._values(sought, pairs, POINTS)

        limits = [self._limit(comparison.metric) for comparison in comparisons]
        thresholds = [one.threshold for one in sought]
        return refined_roots(fine, thresholds, limits, rising_roots(coarse, thresholds, limits))

    def _values(self, sought: "list[_Sought]", pairs: list[tuple[int, float]], points: int) -> list[float]:
        if self.model.traffic.mixed and len(pairs) > 1:
            return [value for pair in pairs for value in self._values(sought, [pair], points)]
        solved = solve_model(self.model, [load for _, load in pairs], points)
        roots = np.array([root for root, _ in pairs])
        found = np.empty(len(pairs))
        for root in set(roots.tolist()):
            rows = roots == root
            found[rows] = sought[root].rising(solved, rows)[rows]
        return [float(value) for value in found]

    def _limit(self, metric: Metric) -> float:
        """The load beyond which a time of this subject has no bound."""
        if metric.name in (FALLING, "error_rate"):
            return float("inf")
        rates = [rate for usage in self._awaited(metric.subject) if (rate := usage.reaches(1.0)) is not None]
        return min(rates, default=float("inf"))

    def _awaited(self, subject: str) -> list[Usage]:
        """The stations whose saturation leaves the subject without a bound."""
        arrivals = self.model.traffic.arrivals()
        if subject in self.model.topology.components:
            used = arrivals[list(self.model.tasks_of.get(subject, ()))].sum(axis=0) > 0.0
        else:
            names = classes_of(tuple(self.model.topology.request_classes), subject)
            streams = [k for name in names for k, _ in self.model.streams_of(name)]
            used = self.model.traffic.awaited[streams].sum(axis=0) @ arrivals > 0.0
        return [self._hottest[index] for index in np.flatnonzero(used).tolist()]


def _turns(comparison: Comparison, truth: bool) -> bool:
    """Whether a growing load turns the comparison to this truth."""
    metric = comparison.metric
    if metric.subject == COST or metric.name in ("memory", "storage"):
        return False
    shrinks = metric.name == FALLING
    return (comparison.operator.bounds_above == shrinks) == truth


class _Sought:
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
        if metric.name in (FALLING, "error_rate"):
            return np.asarray(1.0 - solved.request_success(names))
        if metric.percentile is None:
            return solved.request_mean(names, only)
        return np.asarray(solved.request_quantiles(names, [metric.percentile], only)[:, 0])

    def _of_component(self, solved: Solved, only: Mask) -> Array:
        metric = self.metric
        if metric.name in (FALLING, "error_rate"):
            return solved.component_errors(metric.subject)
        if metric.name == "queue_length":
            return solved.queue_length(metric.subject)
        tail = solved.visit(metric.subject, metric.percentile or 0.999, only)
        if tail is None:
            return np.zeros(len(solved.loads))
        return tail.mean if metric.percentile is None else np.asarray(tail.quantiles([metric.percentile])[:, 0])
