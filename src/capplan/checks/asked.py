"""What a program may ask a simulation for: numbers that make sense, or a `BadOption` that says which ones do."""

from capplan.errors import BadOption
from capplan.simulation.replications import Plan

FEWEST_REQUESTS = 1000


def plan_asked(rate: float | None, requests: int, seed: int, precision: float | None) -> Plan:
    """How much is played.

    Args:
        rate: the workload rate (per second); None for the topology's own.
        requests: to count.
        seed: of the random numbers.
        precision: of the p99 of all requests, in parts of it; None where so many requests are enough.

    Raises:
        BadOption: one of them is none that a simulation can be asked for.
    """
    if rate is not None and not 0.0 < rate < float("inf"):
        raise BadOption(f"rate: {rate} is not a load; a number per second, above zero")
    if requests < FEWEST_REQUESTS:
        raise BadOption(f"requests: {requests} are too few; at least {FEWEST_REQUESTS}")
    if precision is not None and not 0.0 < precision < 1.0:
        raise BadOption(f"precision: {precision} is no part of a number; more than 0 and less than 1")
    return Plan(requests, seed, precision=precision)
