"""What growth makes of what objectives watch as time goes by: the curves that a chart of a forecast shows."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from capplan.checks.curves import curve
from capplan.prediction.solved import solve_model
from capplan.prediction.translate import translate
from capplan.topology import Topology
from capplan.units import Growth

POINTS = 49
"""Points in time at which metrics are solved."""
MOST = 6
"""At most so many objectives are followed; in meshes of more components than LARGE, none."""
LARGE = 250

REACH = (-20.0, 20.0)
"""A load is followed to so many powers of e below and above that of today."""


@dataclass(frozen=True, kw_only=True)
class Trajectory:
    """An objective's metric over time.

    Attributes:
        name: the user's name of the objective.
        metric: `subject.metric`.
        operator, threshold: what it is held against (SI).
        seconds: points in time from the start on.
        values: the metric there; None where it has no bound.
    """

    name: str
    metric: str
    operator: str
    threshold: float
    seconds: tuple[float, ...]
    values: tuple[float | None, ...]


def trajectories(topology: Topology, rate: float, growth: Growth | None, horizon: float) -> Iterator[Trajectory]:
    """The objectives of a topology whose load (per second) grows; none where it does not."""
    if growth is None or not topology.slos or len(topology.components) > LARGE:
        return
    seconds = np.linspace(0.0, horizon, POINTS)
    speed = math.log1p(growth.fraction) / growth.period if growth.fraction > -1.0 else -math.inf
    rates = rate * np.exp(np.clip(speed * np.maximum(seconds, 1e-9), *REACH))
    solved = solve_model(translate(topology, rate), rates)
    for slo in topology.slos[:MOST]:
        comparison = slo.objective
        values = curve(solved, comparison.metric)
        if values is not None:
            yield Trajectory(
                name=slo.label,
                metric=str(comparison.metric),
                operator=str(comparison.operator),
                threshold=float(comparison.threshold),
                seconds=tuple(seconds.tolist()),
                values=tuple(value if np.isfinite(value) else None for value in values.tolist()),
            )
