"""Which inputs a metric hangs on: its elasticity to each, and what it is at the ends of what each may be.

The elasticity is d ln metric / d ln input by central differences through the solver that analyses. All inputs are
ranked by one look at each, solved together where the solver can; those that come first are then looked at exactly.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from capplan.checks.values import measured
from capplan.errors import BadOption
from capplan.prediction.model import Model
from capplan.prediction.predict import solve_topology
from capplan.prediction.solved import Solved, solve_model
from capplan.prediction.translate import translate
from capplan.prediction.workload import nominal_rate
from capplan.queueing.arrays import Array
from capplan.queueing.ensemble import shape, solvable
from capplan.topology import Metric, Topology
from capplan.topology.forms import Faults, did_you_mean
from capplan.topology.objectives import COST, TOTAL, parse_metric
from capplan.uncertainty.inputs import Input, inputs, with_values
from capplan.uncertainty.members import Members
from capplan.uncertainty.numbers import figures
from capplan.units import NUMBER, Unit

STEP = 0.01
"""Inputs are moved by this part for an elasticity."""
RANGE = 0.1
"""And by this one to show what the metric does, where no interval is known."""
SPARE = 1.5
"""So many times the inputs that are asked for are looked at exactly."""
TOP = 15
POINTS = 512
"""Points of the grids: differences of times are smooth in it."""
LEAST = 1e-4
"""Smaller elasticities than this are none."""
_COUNTED = ("replicas", "readers", "runners", "concurrency")


class Effect(NamedTuple):
    """What one input does to the metric.

    Attributes:
        path, value, unit: the input.
        elasticity: percent by which the metric grows for a percent more; None of machines, which come one by one.
        low, high: what the input may be: its interval, 10 % less and more, or one machine less and more.
        at_low, at_high: the metric there (SI); inf where it has no bound.
        uncertain: whether the input was written as an interval.
    """

    path: str
    value: float
    unit: Unit | None
    elasticity: float | None
    low: float
    high: float
    at_low: float
    at_high: float
    uncertain: bool

    @property
    def swing(self) -> float:
        """How far apart the metric is at the two ends."""
        return abs(self.at_high - self.at_low) if self.at_high != self.at_low else 0.0  # inf less inf is none


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """The inputs that a metric hangs on, the strongest first.

    Attributes:
        metric: `subject.metric`.
        base: its value at the middle of all inputs.
        effects: the strongest, as many as were asked for.
        machines: what one replica, core or slot less and more does, likewise.
        others: how many inputs have less effect, some or none.
    """

    topology: str
    file: str
    rate: float
    metric: str
    base: float
    effects: tuple[Effect, ...]
    machines: tuple[Effect, ...]
    others: int


def sensitivity(
    topology: Topology, metric: str | None = None, rate: float | None = None, top: int = TOP
) -> Sensitivity:
    """Rank the inputs of a topology by what they do to a metric.

    Args:
        topology: a checked topology.
        metric: `subject.metric`; that of the SLO nearest to falling, else total.p99, where left out.
        rate: the workload rate (per second); the topology's own where left out.
        top: how many inputs to tell of.

    Raises:
        BadOption: there is no such metric, or it has no value.
    """
    probe = _Probe(topology, _metric(topology, metric, rate), rate)
    if probe.base is None or not 0.0 < probe.base < np.inf:
        raise BadOption(f"--metric: `{probe.metric}` has no value above zero here that could change by a percent")
    known = [one for one in inputs(topology) if _moves(one) and (rate is None or one.path != "workload.rate")]
    ranked = probe.ranked(known)[: max(round(SPARE * top), top)]
    effects = probe.moving([probe.effect(one) for one in ranked])[:top]
    return Sensitivity(
        topology=topology.name or "",
        file=topology.file,
        rate=nominal_rate(topology) if rate is None else rate,
        metric=str(probe.metric),
        base=probe.base,
        effects=tuple(effects),
        machines=tuple(probe.moving(probe.machines())[:top]),
        others=len(known) - len(effects),
    )


def _moves(one: Input) -> bool:
    """Whether an input can be a percent more: cores come one by one, and growth is of another time."""
    return one.steps[-1] != "cores" and "growth" not in one.steps and "scaling" not in one.steps


def _metric(topology: Topology, text: str | None, rate: float | None) -> Metric:
    if text is None:
        return _nearest(topology, rate)
    try:
        metric = parse_metric(text)
    except Faults as error:
        problem = error.problems[0]
        raise BadOption(f"--metric: {problem.what}; {problem.hint}") from None
    subjects = (TOTAL, COST, *topology.request_classes, *topology.components)
    if metric.subject not in subjects:
        hint = did_you_mean(metric.subject, subjects)
        raise BadOption(f"--metric: `{metric.subject}` is no request or component of this topology; {hint}")
    return metric


def _nearest(topology: Topology, rate: float | None) -> Metric:
    """The metric of the SLO with the least room below its bound; total.p99 where there is none with a bound."""
    solved = _Probe(topology, parse_metric("total.p99"), rate).solved(topology)
    found: list[tuple[float, Metric]] = []
    for slo in topology.slos:
        value, bound = measured(solved, slo.objective.metric), float(slo.objective.threshold)
        if slo.objective.operator.bounds_above and value and bound > 0.0 and slo.objective.metric.subject != COST:
            found.append((value / bound, slo.objective.metric))
    return max(found, key=lambda pair: pair[0])[1] if found else parse_metric("total.p99")


@dataclass(frozen=True)
class _Probe:
    """A metric of a topology whose numbers are moved."""

    topology: Topology
    metric: Metric
    rate: float | None

    def solved(self, topology: Topology) -> Solved:
        """A topology, solved."""
        if self.rate is None and topology.workload.rate is None:
            return solve_topology(topology)
        rate = nominal_rate(topology) if self.rate is None else self.rate
        return solve_model(translate(topology, rate), [rate], POINTS)

    def value(self, topology: Topology) -> float:
        """The metric of a topology; inf where it has no bound or does not exist."""
        found = measured(self.solved(topology), self.metric)
        return np.inf if found is None else found

    @cached_property
    def base(self) -> float:
        """The metric as everything is."""
        return self.value(self.topology)

    def at(self, one: Input, value: float) -> float:
        """The metric with one input moved."""
        return self.value(with_values(self.topology, [one], [value]))

    def effect(self, one: Input) -> Effect:
        """What an input does, exactly."""
        value, most = float(one.value), 1.0 if one.fraction else np.inf
        less, more = value * (1.0 - STEP), min(value * (1.0 + STEP), most)
        below, above = self.at(one, less), self.at(one, more)
        slope = np.log(above / below) / np.log(more / less) if above > 0.0 and below > 0.0 else 0.0
        known = one.low < one.high
        low = one.low if known else value * (1.0 - RANGE)
        high = one.high if known else min(value * (1.0 + RANGE), most)
        ends = self.at(one, low), self.at(one, high)
        elasticity = float(slope) if np.isfinite(slope) else None
        return Effect(one.path, value, one.unit, elasticity, low, high, *ends, uncertain=known)

    def ranked(self, known: Sequence[Input]) -> list[Input]:
        """The inputs that the metric depends on, the strongest first by a look at each."""
        moved = [with_values(self.topology, [one], [self._up(one)]) for one in known]
        base, found = self._looked_at(moved)
        with np.errstate(divide="ignore", invalid="ignore"):
            change = np.abs(np.log(found / base)) / np.array([self._span(one) for one in known])
        reach = np.array([one.high - one.low if one.low < one.high else 2.0 * RANGE * one.value for one in known])
        strength = np.nan_to_num(change * reach / np.array([float(one.value) for one in known]), posinf=np.inf)
        order = np.argsort(-strength, kind="stable")
        return [known[k] for k in order.tolist() if strength[k] > LEAST * RANGE]

    def _up(self, one: Input) -> float:
        value = float(one.value)
        return value * (1.0 - STEP) if one.fraction and value * (1.0 + STEP) > 1.0 else value * (1.0 + STEP)

    def _span(self, one: Input) -> float:
        return abs(float(np.log(self._up(one) / float(one.value))))

    def _looked_at(self, moved: Sequence[Topology]) -> tuple[float, Array]:
        """(the metric as everything is, (inputs,) with each input moved); those of one shape are solved together."""
        rates = [nominal_rate(one) if self.rate is None else self.rate for one in (self.topology, *moved)]
        models = [translate(one, rate) for one, rate in zip((self.topology, *moved), rates, strict=True)]
        base = models[0]
        alike = [k for k, one in enumerate(models) if shape(one.network) == shape(base.network)]
        found, values = np.full(len(models), np.nan), self._together([models[k] for k in alike], rates, alike)
        if values is not None:
            found[alike] = values
        open_ = np.flatnonzero(np.isnan(found[1:])).tolist()
        found[[k + 1 for k in open_]] = [self.value(moved[k]) for k in open_]
        return float(self.base if np.isnan(found[0]) else found[0]), found[1:]

    def _together(self, models: Sequence[Model], rates: Sequence[float], alike: Sequence[int]) -> Array | None:
        """(models,) the metric of models of one shape; None where ensembles do not know of something in them."""
        if not solvable(models[0].network) or self.topology.workload.rate is None:
            return None
        flat, loads = np.stack([figures(one).flat for one in models]), np.array([rates[k] for k in alike])
        try:
            return Members(models[0], rates[0], flat, loads).value(self.metric)
        except LookupError:
            return None

    def moving(self, effects: Sequence[Effect]) -> list[Effect]:
        """Those that move the metric at all, the strongest first."""
        found = [one for one in effects if one.swing > LEAST * RANGE * self.base]
        return sorted(found, key=lambda one: -one.swing)

    def machines(self) -> list[Effect]:
        """What one less and one more of each replica, reader, runner, slot and core does."""
        found = [self._counted(name, field) for name in self._met for field in _COUNTED]
        cores = [one for one in inputs(self.topology) if one.steps[-1] == "cores"]
        return [one for one in found if one is not None] + [
            self._few(one.path, float(one.value), partial(self.at, one)) for one in cores
        ]

    @cached_property
    def _met(self) -> list[str]:
        """The components that the metric may hang on: those that a request waits for, with their machines."""
        topology, names = self.topology, self.topology.request_classes
        if self.metric.subject in topology.components or self.metric.subject == COST:
            return list(topology.components)
        model = translate(topology, nominal_rate(topology) if self.rate is None else self.rate)
        classes = list(names) if self.metric.subject == TOTAL else [self.metric.subject]
        streams = [stream for name in classes for stream, _ in model.streams_of(name)]
        tasks = np.flatnonzero(model.traffic.awaited[streams].sum(axis=0))
        met = [model.jobs[task].component for task in tasks.tolist()]
        return list(dict.fromkeys(topology.host(name).name for name in met))

    def _counted(self, name: str, field: str) -> Effect | None:
        component = self.topology.component(name)
        count = getattr(component, field, None)
        if not isinstance(count, int) or count < 1:
            return None

        def at(number: float) -> float:
            changed = component.model_copy(update={field: round(number)})
            return self.value(
                self.topology.model_copy(update={"components": {**self.topology.components, name: changed}})
            )

        return self._few(f"components.{name}.{field}", float(count), at)

    def _few(self, path: str, count: float, at: Callable[[float], float]) -> Effect:
        less, more = count - 1.0 if count > 1.0 else count, count + 1.0
        ends = self.base if less == count else at(less), at(more)
        return Effect(path, count, NUMBER, None, less, more, *ends, uncertain=False)
