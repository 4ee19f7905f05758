"""The greatest errors that were measured of each method, as numbers: what a simulation may refute a prediction by.

They are what the texts of the methods and of the caveats say: relative errors of the time in system, and parts of all
requests for what fails.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Errors(NamedTuple):
    """Greatest relative errors of a time: of its mean and of its percentiles."""

    mean: float = 0.0
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    p999: float = 0.0

    def at(self, key: str | float) -> float:
        """Of the mean ("mean") or of the percentile at a level; between two levels that were measured the greater."""
        if isinstance(key, str):
            return self.mean
        steps = ((0.5, self.p50), (0.95, self.p95), (0.99, self.p99), (1.0, self.p999))
        near = [error for level, error in steps if level >= key][:1] + [e for level, e in steps if level <= key][-1:]
        return max(near)


def worst(found: Iterable[Errors]) -> Errors:
    """The greatest of several, figure by figure; none of none."""
    columns = list(zip(*found, strict=True))
    return Errors(*map(max, columns)) if columns else Errors()


GRID = Errors(1e-3, 5e-3, 1e-3, 1e-3, 1e-3)
"""Of any time: it is put together on a grid."""

METHOD_ERRORS: Mapping[str, Errors] = {
    "mmc": Errors(0.001, 0.005, 0.001, 0.004, 0.004),
    "mgc": Errors(0.086, 0.119, 0.062, 0.088, 0.39),
    "ggc": Errors(0.092, 0.119, 0.064, 0.122, 0.39),
    "random": Errors(0.092, 0.119, 0.064, 0.122, 0.39),
    "ip-hash": Errors(0.092, 0.119, 0.064, 0.122, 0.39),
    "round-robin": Errors(0.040, 0.060, 0.038, 0.116, 0.116),
    "least-connections": Errors(0.025, 0.112, 0.15, 0.15, 0.39),
    "power-of-two": Errors(0.059, 0.129, 0.072, 0.13, 0.15),
    "processor-sharing": Errors(0.041, 0.035, 0.042, 0.046, 0.074),
    "shared-replicas": Errors(0.061, 0.12, 0.071, 0.115, 0.115),
    "usl": Errors(0.056, 0.073, 0.067, 0.060, 0.060),
    "path": Errors(0.087, 0.11, 0.069, 0.057, 0.057),
    "repeat-visits": Errors(0.020, 0.013, 0.036, 0.067, 0.067),
    "closed-users": Errors(0.075, 0.076, 0.093, 0.14, 0.14),
    "slots": Errors(0.039, 0.054, 0.071, 0.088, 0.088),
    "room": Errors(0.088, 0.116, 0.062, 0.096, 0.096),
    "retries": Errors(0.028, 0.052, 0.024, 0.010, 0.010),
}
"""By the code of the method; `shared-replicas` is `processor-sharing` behind a balancer."""

CAVEAT_ERRORS: Mapping[str, Errors] = {
    "rough-service": Errors(0.32, 0.32, 0.24, 0.24, 0.39),
    "rough-arrivals": Errors(0.24, 0.24, 0.24, 0.24, 0.24),
    "round-robin-smooth": Errors(0.12, 0.12, 0.12, 0.12, 0.12),
    "power-of-two-smooth": Errors(0.15, 0.15, 0.15, 0.15, 0.15),
    "even-rough": Errors(0.17, 0.17, 0.17, 0.17, 0.39),
    "scalability-range": Errors(0.10, 0.10, 0.10, 0.10, 0.10),
    "scalability-visits": Errors(0.0, 0.25, 0.25, 0.25, 0.25),
    "even-bursty": Errors(0.18, 0.18, 0.08, 0.08, 0.08),
    "parallel-mean": Errors(0.24, 0.27, 0.07, 0.07, 0.07),
    "room-rough": Errors(0.37, 0.37, 0.37, 0.37, 0.37),
    "slots-shared": Errors(0.09, 0.09, 0.09, 0.09, 0.09),
}
"""By the code of the caveat, where it says one; the others only say that nothing was measured there."""

LOSS_ERRORS: Mapping[str, float] = {
    "room": 0.0065,
    "retries": 0.0076,
    "budgets": 0.042,
    "room-rough": 0.011,
    "room-balanced": 0.024,
    "retries-bursts": 0.16,
    "regime-unsettled": 0.12,
}
"""Of the part of the requests that fail, by method or caveat; `budgets` are `retries` within a budget."""

CLOSED_RATE = 0.019
"""Relative, of the rate that closed users reach."""
OVERLOAD_RATE = 0.006
"""Relative, of what gets through an overload."""
