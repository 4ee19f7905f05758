"""`sweep`: a topology at many values of one or two parameters.

Loads are solved together, whatever else varies: one model for each combination of the other parameters. It asks for
the topology with other settings, and must not know where that comes from.
"""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from capplan.errors import BadOption
from capplan.prediction.model import Model
from capplan.prediction.predict import solve_topology
from capplan.prediction.resources import capacity
from capplan.prediction.solved import solve_model
from capplan.prediction.translate import translate
from capplan.prediction.workload import nominal_rate, solve_users
from capplan.studies.sweep_points import points_of
from capplan.studies.sweep_records import RATE_UNIT, Landmark, Parameter, Point, Sweep, Value
from capplan.topology import Topology

Build = Callable[[Sequence[str]], Topology]
"""Settings such as `components.app.replicas=8` -> the topology that has them."""

TOGETHER = 64
"""As many loads are solved in one go."""

COARSE = 256
"""Grid points for mean latencies, which need no more."""

KNEE_LOADS, KNEE_ROUNDS = 33, 4

NO_TIME = 1e-200
"""What stands for a latency of nothing, where power only grows with the load."""


def sweep(
    build: Build, parameters: Sequence[Parameter], settings: Sequence[str] = (), rate: float | None = None
) -> Sweep:
    """The figures at every combination of the parameters' values, the last parameter varying fastest.

    Args:
        build: makes the topology with some settings, on top of those that hold at every point.
        parameters: one or two of them.
        settings: what `build` lays over the file at every point, for the record.
        rate: the workload rate of all points (per second); the topology's own, or the swept one, where left out.
    """
    _check(parameters)
    together = next((parameter for parameter in parameters if _together(parameter, rate)), None)
    others = [parameter for parameter in parameters if parameter is not together]
    points: dict[tuple[Value, ...], Point] = {}
    landmarks: list[Landmark] = []
    for fixed in product(*(parameter.values for parameter in others)):
        set_here = [f"{one.path}={value.written}" for one, value in zip(others, fixed, strict=True)]
        if together is not None and together.is_users:
            set_here.append(f"{together.path}={together.values[-1].written}")
        topology = build(set_here)
        if together is None:
            points[fixed] = points_of(solve_topology(topology, rate), [fixed])[0]
            continue
        loads = together.values
        model = translate(topology, max(map(_load, loads)) if together.is_rate else nominal_rate(topology))
        if together.is_rate:
            landmarks.append(_landmark(model, fixed[0] if fixed else None))
        values = [(load, *fixed) if parameters[0] is together else (*fixed, load) for load in loads]
        points |= zip(values, _at(model, together, values), strict=True)
    return Sweep(
        topology=topology.name or "",
        file=topology.file,
        currency=topology.currency,
        settings=tuple(settings),
        parameters=tuple(parameters),
        points=tuple(points[values] for values in product(*(parameter.values for parameter in parameters))),
        landmarks=tuple(landmarks),
    )


def _check(parameters: Sequence[Parameter]) -> None:
    if len({parameter.path for parameter in parameters}) < len(parameters):
        raise BadOption(f"--set: {parameters[0].path} is swept twice; one range or list for each path")
    for parameter in parameters:
        if parameter.is_rate and (parameter.unit != RATE_UNIT or min(map(_load, parameter.values)) <= 0.0):
            raise BadOption(f"--set {parameter.path}: not every value is a load; rates above zero, e.g. 100/s..3000/s")


def _load(value: Value) -> float:
    return value.number or 0.0


def _together(parameter: Parameter, rate: float | None) -> bool:
    """Whether one model has all values of a parameter: rates, or users where no rate takes their place."""
    counted = all(_load(value) > 0.0 for value in parameter.values)
    return parameter.is_rate or (parameter.is_users and rate is None and counted)


def _at(model: Model, parameter: Parameter, values: Sequence[tuple[Value, ...]]) -> list[Point]:
    """The points of one model; one load at a time where what visits bring depends on the load."""
    solve, loads = (solve_model if parameter.is_rate else solve_users), parameter.values
    step = 1 if model.traffic.mixed else TOGETHER
    points: list[Point] = []
    for start in range(0, len(loads), step):
        part = slice(start, start + step)
        points += points_of(solve(model, list(map(_load, loads[part]))), values[part])
    return points


def _landmark(model: Model, value: Value | None) -> Landmark:
    wall = capacity(model, 1.0)
    knee = None if wall.max_rate is None or wall.max_rate <= 0.0 else _knee(model, wall.max_rate)
    return Landmark(value=value, knee=knee, max_rate=wall.max_rate, component=wall.component, resource=wall.resource)


def _knee(model: Model, wall: float) -> float:
    """Where throughput over mean latency is greatest, sought between no load and the wall, ever closer."""
    classes = list(model.topology.request_classes)
    low, high, best = 0.0, wall, wall
    for _ in range(KNEE_ROUNDS):
        loads = np.linspace(low, high, KNEE_LOADS + 2)
        solved = solve_model(model, loads[1:-1], COARSE)
        power = solved.request_throughput(classes) / np.maximum(solved.request_mean(classes), NO_TIME)
        at = int(np.argmax(power)) + 1
        low, best, high = (float(load) for load in loads[at - 1 : at + 2])
    return best
