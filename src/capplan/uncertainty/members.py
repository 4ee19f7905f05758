"""The members of an ensemble in the user's words: every figure of an analysis as an array over the members."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capplan.checks.metrics import COST, classes_of
from capplan.prediction.model import Model
from capplan.prediction.solved import solve_model
from capplan.queueing.arrays import Array
from capplan.queueing.ensemble import Ensemble, ensemble
from capplan.queueing.ensemble_flow import EnsembleFlow, ensemble_flow
from capplan.queueing.ensemble_outcome import EnsembleOutcome
from capplan.queueing.ensemble_tails import mixed_quantiles
from capplan.queueing.tails import Tail
from capplan.topology import Component, Metric
from capplan.topology.objectives import UTILISATIONS
from capplan.uncertainty.numbers import Figures, figures, priced, stored
from capplan.units import HOUR, MONTH

_OF_MACHINES = ("cpu", "disk", "network")


@dataclass(frozen=True)
class Members:
    """Solved members.

    Attributes:
        model: the translation at the middle of the inputs.
        rate: the workload rate there.
        flat: (M, numbers) the figures of each.
        loads: (M,) the workload rate of each.
    """

    model: Model
    rate: float
    flat: Array
    loads: Array

    @cached_property
    def figures(self) -> Figures:
        """Those at the middle."""
        return figures(self.model)

    @cached_property
    def _parts(self) -> tuple[Array, ...]:
        return self.figures.cut(self.flat)

    @cached_property
    def ensemble(self) -> Ensemble:
        """The members as an ensemble."""
        columns = iter(self._parts[0].T)
        return ensemble(self.model.network, lambda _: next(columns), self.loads)

    @cached_property
    def outcome(self) -> EnsembleOutcome:
        """It, solved."""
        return EnsembleOutcome(self.ensemble, self.rate)

    # requests

    def _streams(self, names: Sequence[str]) -> list[int]:
        return [k for name in names for k, _ in self.model.streams_of(name)]

    def _weights(self, names: Sequence[str]) -> list[tuple[Array, int]]:
        """The streams of these classes with their (M,) parts of them together."""
        streams = self._streams(names)
        rates = self.ensemble.entering[:, streams]
        total = rates.sum(axis=1)
        return [(rates[:, place] / total, stream) for place, stream in enumerate(streams)]

    def request_rate(self, names: Sequence[str]) -> Array:
        """(M,) requests of these classes per second."""
        return np.asarray(self.ensemble.entering[:, self._streams(names)].sum(axis=1))

    def request_success(self, names: Sequence[str]) -> Array:
        """(M,) the part of them that succeeds; replicas that are down count as at the middle of the inputs."""
        tasks = [(part, self.ensemble.streams[stream].task) for part, stream in self._weights(names)]
        return np.asarray(sum(part * self.success[:, task] for part, task in tasks))

    def request_mean(self, names: Sequence[str]) -> Array:
        """(M,) mean latency; inf where it has no bound."""
        return np.asarray(sum(part * self._tail(stream).mean for part, stream in self._weights(names)))

    def request_quantiles(self, names: Sequence[str], levels: Sequence[float]) -> Array:
        """(M, Q) latency percentiles; inf where they have no bound."""
        return mixed_quantiles([(part, self._tail(stream)) for part, stream in self._weights(names)], levels)

    def request_throughput(self, names: Sequence[str]) -> Array:
        """(M,) requests of these classes that get through, per second."""
        streams = self._streams(names)
        tasks = [self.ensemble.streams[stream].task for stream in streams]
        return np.asarray((self.ensemble.entering[:, streams] * self.flow.complete[:, tasks]).sum(axis=1))

    @cached_property
    def flow(self) -> EnsembleFlow:
        """What gets through."""
        return ensemble_flow(self.ensemble)

    def _tail(self, stream: int) -> Tail:
        if stream not in self._tails:
            self._tails[stream] = self.outcome.stream(stream)
        return self._tails[stream]

    @cached_property
    def _tails(self) -> dict[int, Tail]:
        return {}

    @cached_property
    def success(self) -> Array:
        """(M, tasks) probability that a run and all that it waits for succeed."""
        solved = solve_model(self.model, [self.rate])
        plain = np.array([[1.0 - task.failure for task in self.model.network.tasks]])
        alone = Members(self.model, self.rate, self.figures.flat[None, :], np.array([self.rate]))
        middle = alone.ensemble.completion(plain * alone.admitted)
        down = np.divide(solved.success, middle, out=np.zeros_like(middle), where=middle > 0.0)
        own = np.stack([1.0 - task.failure for task in self.ensemble.tasks], axis=1)
        return np.asarray(self.ensemble.completion(own * self.admitted) * down)

    @cached_property
    def admitted(self) -> Array:
        """(M, tasks) probability that a run is not refused by a rate limit."""
        found = np.ones(self.ensemble.runs.shape)
        for index, limit in enumerate(self.model.limits):
            tasks = list(self.model.tasks_of.get(limit.component, ()))
            found[:, tasks] = (
                1.0 / np.maximum(self.component_rate(limit.component) / self._parts[1][:, index], 1.0)[:, None]
            )
        return found

    # components

    def component_rate(self, name: str) -> Array:
        """(M,) visits per second."""
        return np.asarray(self.ensemble.runs[:, list(self.model.tasks_of.get(name, ()))].sum(axis=1))

    def queue_length(self, name: str) -> Array:
        """(M,) visits that wait; inf where a queue has no bound."""
        tasks = list(self.model.tasks_of.get(name, ()))
        runs, waits = self.ensemble.runs[:, tasks], self.outcome.task_waits[:, tasks]
        return np.asarray(np.where(runs > 0.0, runs * np.where(runs > 0.0, waits, 0.0), 0.0).sum(axis=1))

    def _visited(self, name: str) -> dict[int, Array]:
        """The tasks of a component with their (M,) parts of its visits."""
        tasks = [task for task in self.model.tasks_of.get(name, ()) if np.any(self.ensemble.runs[:, task] > 0.0)]
        total = self.ensemble.runs[:, tasks].sum(axis=1)
        return {task: self.ensemble.runs[:, task] / np.where(total > 0.0, total, 1.0) for task in tasks}

    def visit_mean(self, name: str) -> Array | None:
        """(M,) mean time of one visit, its own waits and services; None where nothing visits it."""
        parts, own = self._visited(name), self.outcome.task_waits + self.outcome.task_services
        times = (part * np.where(part > 0.0, own[:, task], 0.0) for task, part in parts.items())
        return np.asarray(sum(times)) if parts else None

    def visit_quantiles(self, name: str, levels: Sequence[float]) -> Array | None:
        """(M, Q) percentiles of that time."""
        parts = self._visited(name)
        return self.outcome.visit(parts).quantiles(levels) if parts else None

    def utilisation(self, component: Component) -> dict[str, Array]:
        """(M,) fraction of each resource in use, at most 1; memory is not among them."""
        model, found = self.model, dict[str, Array]()
        host = model.topology.host(component.name).name
        for index in dict.fromkeys((*model.stations_of.get(component.name, ()), *model.stations_of.get(host, ()))):
            place = model.places[index]
            if place.component == component.name or place.resource in _OF_MACHINES:
                resource = "concurrency" if place.resource == "runners" else place.resource
                found[resource] = np.maximum(self.flow.busy[:, index], found.get(resource, 0.0))
        for index, limit in enumerate(model.limits):
            if limit.component == component.name:
                found["rate_limit"] = np.minimum(self.component_rate(component.name) / self._parts[1][:, index], 1.0)
        if component.name in stored(model):
            found["storage"] = self._parts[4][:, stored(model).index(component.name)]
        return found

    def cost(self, name: str) -> Array | None:
        """(M,) cost of a component per hour; None where no price is known."""
        known = priced(self.model)
        if name not in known:
            return None
        place = known.index(name)
        return np.asarray(self._parts[2][:, place] + self._parts[3][:, place] * self.component_rate(name))

    @cached_property
    def max_rate(self) -> Array:
        """(M,) the largest workload rate at which every queue is stable and no limit is passed; inf without one."""
        light = self._at_no_load
        runs = self.ensemble.runs
        uses = [(self.ensemble.hottest[:, k], light.ensemble.hottest[:, k]) for k in range(len(self.model.places))]
        for index, limit in enumerate(self.model.limits):
            tasks = list(self.model.tasks_of.get(limit.component, ()))
            at = self._parts[1][:, index]
            uses.append((runs[:, tasks].sum(axis=1) / at, light.ensemble.runs[:, tasks].sum(axis=1) / at))
        found = np.full(len(self.loads), np.inf)
        for full, idle in uses:
            grows = full - idle
            most = np.where(grows > 1e-15, (1.0 - idle) / np.where(grows > 1e-15, grows, 1.0) * self.loads, np.inf)
            found = np.minimum(found, np.where(idle >= 1.0, 0.0, most))
        return found

    @cached_property
    def _at_no_load(self) -> "Members":
        return Members(self.model, self.rate, self.flat, np.zeros(len(self.loads)))

    # objectives

    def value(self, metric: Metric) -> Array | None:
        """(M,) a metric of an SLO or alert; None where it does not exist, inf where it has no bound.

        Raises:
            LookupError: the metric is not known of ensembles.
        """
        if metric.subject == COST:
            whole = self.total_cost
            return whole if whole is None or metric.name == "hour" else whole * MONTH / HOUR
        if metric.subject in self.model.topology.components:
            return self._of_component(metric)
        names = classes_of(tuple(self.model.topology.request_classes), metric.subject)
        if metric.name == "rate":
            return self.request_rate(names)
        if metric.name in ("success_rate", "error_rate"):
            success = self.request_success(names)
            return success if metric.name == "success_rate" else 1.0 - success
        if metric.percentile is None:
            return self.request_mean(names)
        return np.asarray(self.request_quantiles(names, [metric.percentile])[:, 0])

    def _of_component(self, metric: Metric) -> Array | None:
        name, component = metric.subject, self.model.topology.component(metric.subject)
        if metric.name == "memory" and component.memory is not None:
            raise LookupError(str(metric))
        if metric.name in UTILISATIONS:
            return self.utilisation(component).get(metric.name)
        if metric.name == "rate":
            return self.component_rate(name)
        if metric.name in ("success_rate", "error_rate"):
            errors = self.component_errors(name)
            return errors if metric.name == "error_rate" else 1.0 - errors
        if metric.name == "queue_length":
            return self.queue_length(name)
        if metric.percentile is None:
            return self.visit_mean(name)
        found = self.visit_quantiles(name, [metric.percentile])
        return None if found is None else np.asarray(found[:, 0])

    def component_errors(self, name: str) -> Array:
        """(M,) fraction of the visits that fail."""
        parts = self._visited(name)
        errors = (part * (1.0 - self.success[:, task]) for task, part in parts.items())
        return np.asarray(sum(errors, np.zeros(len(self.loads))))

    @cached_property
    def total_cost(self) -> Array | None:
        """(M,) cost of everything per hour; None where no price is known."""
        known = [cost for name in priced(self.model) if (cost := self.cost(name)) is not None]
        return np.asarray(sum(known)) if known else None
