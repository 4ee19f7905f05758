"""What uncertain inputs do to every result: scrambled Sobol points, all solved together where the solver can."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capplan.checks.analysis import analyze
from capplan.errors import BadOption
from capplan.prediction.model import Model
from capplan.prediction.translate import translate
from capplan.prediction.workload import nominal_rate
from capplan.queueing.arrays import Array, Mask
from capplan.queueing.ensemble import solvable
from capplan.topology import Comparison, Topology
from capplan.uncertainty.figures import series
from capplan.uncertainty.inputs import Input, uncertain, with_values
from capplan.uncertainty.margins import sampled
from capplan.uncertainty.members import Members
from capplan.uncertainty.numbers import members
from capplan.uncertainty.records import Chance, Doubted, Interval, Range, Series, Uncertainty
from capplan.uncertainty.singly import measured_singly, solved_singly

POINTS = 256
"""Points unless said; a power of two, as Sobol's sequence wants."""
SINGLY = 64
"""The most of them where each is solved by itself."""
OUTSIDE = 0.05
"""Probability on either side of an interval."""
NOTHING = (
    "uncertainty: no input of this topology is uncertain; an interval in place of a quantity, e.g. "
    "`time: 12ms ±20%` or `hit_ratio: 85%..95%`"
)
_DOWN = ("availability", "mtbf", "mttr")


@dataclass(frozen=True)
class Study:
    """A topology with uncertain inputs.

    Attributes:
        topology: it.
        rate: the workload rate (per second); the topology's own where None.
        points: values of the inputs to try.
        seed: of their choice.
        inputs: which are uncertain; found in the topology where left out.
    """

    topology: Topology
    rate: float | None = None
    points: int = POINTS
    seed: int = 1
    chosen: tuple[Input, ...] | None = None

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """The uncertain inputs."""
        return uncertain(self.topology, self.rate) if self.chosen is None else self.chosen

    @cached_property
    def values(self) -> Array:
        """(M, inputs) the values that are tried."""
        return sampled(self.inputs, self.points, self.seed)

    @cached_property
    def together(self) -> Members | None:
        """All points as one ensemble; None where something of the topology is not known of ensembles."""
        if self.topology.workload.rate is None or any(one.steps[-1] in _DOWN for one in self.inputs):
            return None
        rate = nominal_rate(self.topology) if self.rate is None else self.rate
        model = translate(self.topology, rate)
        middle = np.array([float(one.value) for one in self.inputs])
        if not solvable(model.network):
            return None
        flat = members(model, middle, self.values, self._translated)
        return None if flat is None else Members(model, rate, flat, self.loads)

    @cached_property
    def loads(self) -> Array:
        """(M,) the workload rate of each point."""
        own = self.rate if self.rate is not None else nominal_rate(self.topology)
        column = next((k for k, one in enumerate(self.inputs) if one.path == "workload.rate"), None)
        return np.full(self.points, own) if column is None else self.values[:, column]

    def _translated(self, values: Array) -> Model:
        topology = with_values(self.topology, self.inputs, values.tolist())
        return translate(topology, nominal_rate(topology) if self.rate is None else self.rate)

    def uncertainty(self) -> Uncertainty:
        """Every result as an interval, every objective as a probability."""
        wanted = [slo.objective for slo in self.topology.slos] + [alert.when for alert in self.topology.alerts]
        figures, columns, stable, exact = self._solved(wanted)
        truths = [_truths(one, column, len(stable)) for one, column in zip(wanted, columns, strict=True)]
        chances = [
            Chance(float(truth.mean()), None if column is None else interval(column))
            for truth, column in zip(truths, columns, strict=True)
        ]
        count = len(self.topology.slos)
        return Uncertainty(
            points=len(stable),
            seed=self.seed,
            inputs=tuple(Range(one.path, one.low, float(one.value), one.high, one.unit) for one in self.inputs),
            unstable=float(1.0 - stable.mean()),
            holding=float(_holding(truths, count, stable).mean()),
            intervals={place: interval(values) for place, values in figures.items()},
            slos=tuple(chances[:count]),
            alerts=tuple(chances[count:]),
            exact=exact,
        )

    def holding(self) -> Mask:
        """(M,) whether every SLO holds, no alert fires and every queue is stable."""
        wanted = [slo.objective for slo in self.topology.slos] + [alert.when for alert in self.topology.alerts]
        found = self.together
        columns = None if found is None else self._values(found, wanted)
        if found is None or columns is None:
            columns, stable = measured_singly(self._topologies, self.rate, [one.metric for one in wanted])
        else:
            stable = found.outcome.stable
        truths = [_truths(one, column, len(stable)) for one, column in zip(wanted, columns, strict=True)]
        return _holding(truths, len(self.topology.slos), stable)

    def _solved(self, wanted: Sequence[Comparison]) -> tuple[Series, list[Array | None], Mask, bool]:
        found = self.together
        columns = None if found is None else self._values(found, wanted)
        if found is None or columns is None:
            return self._singly(wanted)
        return dict(series(found)), columns, found.outcome.stable, False

    def _values(self, found: Members, wanted: Sequence[Comparison]) -> list[Array | None] | None:
        """What each comparison looks at; None where ensembles do not know one of the metrics."""
        try:
            return [found.value(one.metric) for one in wanted]
        except LookupError:
            return None

    def _singly(self, wanted: Sequence[Comparison]) -> tuple[Series, list[Array | None], Mask, bool]:
        return *solved_singly(self._topologies, self.rate, [one.metric for one in wanted]), True

    @property
    def _topologies(self) -> list[Topology]:
        """The topologies of the points that are solved each by itself."""
        return [with_values(self.topology, self.inputs, row.tolist()) for row in self.values[:SINGLY]]


def doubted(study: Study, *, turning: bool = True) -> Doubted:
    """The analysis of a topology at the middle of its inputs, and what they leave open.

    Args:
        study: of which topology, and how.
        turning: whether the analysis says at which rates objectives and alerts turn.

    Raises:
        BadOption: no input is uncertain.
    """
    if not study.inputs:
        raise BadOption(NOTHING)
    return Doubted(analyze(study.topology, study.rate, turning=turning), study.uncertainty())


def interval(values: Array) -> Interval:
    """The 90 % interval of values, inf among them."""
    ordered = np.sort(values)
    low, high = (_quantile(ordered, level) for level in (OUTSIDE, 1.0 - OUTSIDE))
    return Interval(low, high)


def _quantile(ordered: Array, level: float) -> float:
    place = level * (len(ordered) - 1)
    below, above = float(ordered[int(place)]), float(ordered[min(int(place) + 1, len(ordered) - 1)])
    part = place - int(place)
    return below if part == 0.0 else below + part * (above - below) if np.isfinite(above) else above


def _truths(comparison: Comparison, values: Array | None, count: int) -> Mask:
    """(M,) whether a comparison is true; never of what does not exist."""
    if values is None:
        return np.zeros(count, dtype=bool)
    return np.array([comparison.holds(value) for value in values.tolist()], dtype=bool)


def _holding(truths: Sequence[Mask], slos: int, stable: Mask) -> Mask:
    held = stable.copy()
    for index, truth in enumerate(truths):
        held &= truth if index < slos else ~truth
    return held
