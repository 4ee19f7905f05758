"""The workload that a topology asks for: a rate, or users who reach one."""

from typing import NamedTuple

import numpy as np

from capplan.prediction.model import Model
from capplan.prediction.resources import capacity
from capplan.prediction.solved import Solved, solve_model
from capplan.queueing.arrays import Array
from capplan.queueing.closed import ClosedNetwork
from capplan.topology import Topology

_COARSE = 256


class Population(NamedTuple):
    """Closed users.

    Attributes:
        users: how many.
        think: mean time between an answer and the next request (s).
    """

    users: float
    think: float


def population(topology: Topology) -> Population | None:
    """The topology's users; None where it says a rate."""
    workload = topology.workload
    if workload.users is None:
        return None
    think = float(workload.think_time.mean) if workload.think_time is not None else 0.0
    return Population(float(workload.users), think)


def nominal_rate(topology: Topology) -> float:
    """The topology's rate; for closed users what they would ask without waiting for an answer."""
    rate, closed = topology.workload.rate, population(topology)
    if rate is not None:
        return float(rate)
    return 0.0 if closed is None else closed.users / max(closed.think, 1e-3)


def solve_users(model: Model, users: list[float] | Array) -> Solved:
    """A model with these numbers of closed users, at the rates that they reach."""
    closed, asked = population(model.topology), np.asarray(users, dtype=float)
    think = 0.0 if closed is None else closed.think
    network = closed_network(model)
    if network is None:
        rates = [_same_population(model, one, think) for one in asked.tolist()]
        return Solved(model, model.open.at(rates), asked)
    if model.traffic.mixed and len(asked) > 1:
        raise ValueError("where services depend on the load, populations are solved one by one")
    return Solved(model, network.at(asked), asked)


def closed_network(model: Model) -> ClosedNetwork | None:
    """The model's network with users; None where its workload is a rate, or where something of it has no closed model:
    held slots, full queues, repeats, busy cores that slow each other down, or load that users do not cause and that
    fills a server by itself."""
    closed = population(model.topology)
    slowed = any(station.group.speedup is not None for station in model.network.stations)
    if closed is None or slowed or not model.open.plain:
        return None
    network = ClosedNetwork(model.open, closed.think)
    return network if network.most > 0.0 and network.per_load > 0.0 else None


def _same_population(model: Model, users: float, think: float) -> float:
    """The rate at which as many requests of the open model are thinking or under way as there are users.

    The open model with the closed population's mean (Whitt 1984); the bracket is narrowed nine loads at a time to 1e-9.
    """
    most = capacity(model, 1.0).max_rate
    free = users / think if think > 0.0 else float("inf")
    high = min(free, most) if most is not None else free
    if not np.isfinite(high):
        high = users / max(_response(model, np.array([1e-9]))[0], 1e-9)
    low = 0.0
    for _ in range(10):
        trial = low + (high - low) * np.linspace(0.0, 1.0, 11)[1:-1]
        inside = trial * (think + _response(model, trial))
        below = int(np.sum(inside < users))
        low, high = float(np.append(low, trial)[below]), float(np.append(trial, high)[below])
    return 0.5 * (low + high)


def _response(model: Model, loads: Array) -> Array:
    return solve_model(model, loads, _COARSE).request_mean(list(model.topology.request_classes))
