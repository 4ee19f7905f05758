"""The workload rate to predict at: what is given, what the topology says, or what its closed users reach."""

import numpy as np

from capplan.prediction.model import Model
from capplan.prediction.resources import capacity
from capplan.prediction.solved import solve_model
from capplan.queueing.arrays import Array
from capplan.topology import Topology

_COARSE = 256


def nominal_rate(topology: Topology) -> float:
    """The topology's rate; for closed users what they would ask without waiting for an answer."""
    workload = topology.workload
    if workload.rate is not None:
        return float(workload.rate)
    think = float(workload.think_time.mean) if workload.think_time is not None else 0.0
    return float(workload.users or 0.0) / max(think, 1e-3)


def closed_rate(model: Model, users: float, think: float) -> float:
    """The rate at which as many requests are thinking or under way as there are users: rate x (Z + R(rate)) = N.

    The open model with the closed population's mean; the bracket is narrowed nine loads at a time to 1e-9.
    """
    most = capacity(model, 1.0).max_rate
    free = users / think if think > 0.0 else float("inf")
    high = min(free, most) if most is not None else free
    if not np.isfinite(high):
        high = users / max(_response(model, np.array([1e-9]))[0], 1e-9)
    low = 0.0
    for _ in range(10):
        trial = low + (high - low) * np.linspace(0.0, 1.0, 11)[1:-1]
        population = trial * (think + _response(model, trial))
        below = int(np.sum(population < users))
        low, high = float(np.append(low, trial)[below]), float(np.append(trial, high)[below])
    return 0.5 * (low + high)


def _response(model: Model, loads: Array) -> Array:
    return solve_model(model, loads, _COARSE).request_mean(list(model.topology.request_classes))
