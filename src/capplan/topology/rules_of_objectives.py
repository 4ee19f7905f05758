"""Rules about objectives and alerts: subjects exist, metrics fit their subjects, channels are declared."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from capplan.errors import Problem, Route
from capplan.topology.components import Component
from capplan.topology.kinds import Alerting
from capplan.topology.objectives import COST, TOTAL, UTILISATIONS, Metric
from capplan.topology.scope import Scope, problem, unknown
from capplan.topology.topology import DEFAULT_REQUEST

OF_REQUESTS: Final = ("rate", "mean", "success_rate", "error_rate")
OF_COST: Final = ("hour", "month")
OF_COMPONENTS: Final = (*UTILISATIONS, "rate", "queue_length", "mean", "error_rate")
_ONLY = {
    "storage": ("database", "storage", "logging", "cache", "cdn"),
    "ingest": ("logging",),
    "rate_limit": ("external",),
}
_ELSEWHERE = ("cpu", "memory", "disk", "network", "concurrency", "queue_length")


def metrics_fit_their_subjects(scope: Scope) -> Iterator[Problem]:
    """The subject of an objective or an alert is a request, a component, `total` or `cost`, and has the metric."""
    for index, slo in enumerate(scope.topology.slos):
        if slo is not None and slo.objective is not None:
            yield from _fits(scope, Route(("slos", index, "objective")), slo.objective.metric)
    for index, alert in enumerate(scope.topology.alerts):
        if alert is not None and alert.when is not None:
            yield from _fits(scope, Route(("alerts", index, "when")), alert.when.metric)


def _fits(scope: Scope, route: Route, metric: Metric) -> Iterator[Problem]:
    requests = scope.names("requests") or {DEFAULT_REQUEST}
    if metric.subject in requests or metric.subject == TOTAL:
        yield from _one_of(route, metric, OF_REQUESTS, "a request", percentiles=True)
    elif metric.subject == COST:
        yield from _one_of(route, metric, OF_COST, "`cost`", percentiles=False)
    elif metric.subject in scope.topology.components:
        yield from _of_component(route, metric, scope.topology.components[metric.subject])
    elif metric.subject not in scope.names("components"):
        known = {TOTAL, COST, *requests, *scope.names("components")}
        yield unknown(route, metric.subject, "request or component", known)


def _one_of(route: Route, metric: Metric, names: tuple[str, ...], noun: str, *, percentiles: bool) -> Iterator[Problem]:
    if metric.name in names or (percentiles and metric.percentile is not None):
        return
    listed = ", ".join((*names, "p99 (any percentile)") if percentiles else names)
    yield problem(route, f"`{metric.name}` is not a metric of {noun}", f"one of {listed}")


def _of_component(route: Route, metric: Metric, component: Component) -> Iterator[Problem]:
    foreign = _ELSEWHERE if component.kind == "external" else ()
    missing = tuple(name for name, kinds in _ONLY.items() if component.kind not in kinds)
    names = tuple(name for name in OF_COMPONENTS if name not in (*foreign, *missing))
    yield from _one_of(route, metric, names, component.title, percentiles=True)


def channels_are_declared(scope: Scope) -> Iterator[Problem]:
    """Where alerting components declare channels, an alert's `notify` is one of them."""
    alerting = [component for component in scope.topology.components.values() if isinstance(component, Alerting)]
    if not all(scope.sound("components", component.name) for component in alerting):
        return
    channels = [channel.channel for component in alerting for channel in component.notify]
    if not channels:
        return
    for index, alert in enumerate(scope.topology.alerts):
        if alert is not None and alert.notify is not None and alert.notify not in channels:
            yield unknown(Route(("alerts", index, "notify")), alert.notify, "channel", channels)


RULES: Final[tuple[Callable[[Scope], Iterable[Problem]], ...]] = (metrics_fit_their_subjects, channels_are_declared)
