"""Random times of the topology as laws of queueing theory."""

import math

from capplan.queueing.laws import (
    MOST_STAGES,
    Deterministic,
    Erlang,
    Exponential,
    Gamma,
    Hyperexponential,
    Law,
    Lognormal,
)
from capplan.topology import Family, Machine, RandomTime


def law(time: RandomTime, speed: float = 1.0) -> Law:
    """The law of a random time on a machine of this speed."""
    mean = float(time.mean) / speed
    if mean <= 0.0 or time.dist is Family.DETERMINISTIC or time.scv <= 0.0:
        return Deterministic(max(mean, 0.0))
    if time.dist is Family.EXPONENTIAL:
        return Exponential(mean)
    if time.dist is Family.LOGNORMAL:
        return Lognormal(mean, float(time.scv))
    if time.dist is Family.HYPEREXPONENTIAL:
        return Hyperexponential(mean, float(time.scv)) if time.scv > 1.0 else Exponential(mean)
    stages = 1.0 / float(time.scv)
    if abs(stages - round(stages)) < 1e-9 * stages and stages <= MOST_STAGES:
        return Erlang(mean, round(stages)) if stages > 1.5 else Exponential(mean)
    return Gamma(mean, float(time.scv))


def servers(machine: Machine) -> int:
    """Servers of one machine: its cores, a part of a core counting as one slower server."""
    return max(math.ceil(float(machine.cores) - 1e-9), 1)


def core_speed(machine: Machine) -> float:
    """Speed of one of these servers: 0.5 cores are one server at half speed."""
    return float(machine.speed) * float(machine.cores) / servers(machine)
