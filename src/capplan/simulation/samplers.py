"""Laws -> random times: a sampler for each law, by type.

Products of standard exponential, normal and gamma numbers with constants, which come out alike on every machine; what
passes through exp or a power is rounded to 24 bits, so that the last digits of a machine's mathematics do not show.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.laws import (
    Deterministic,
    Erlang,
    Exponential,
    Gamma,
    Hyperexponential,
    Jittered,
    Law,
    Lognormal,
    Mixture,
)

SUMMED = 8
"""Up to so many stages an Erlang time is the sum of its stages."""


def sample(law: Law, generator: np.random.Generator, count: int) -> Array:
    """(count,) independent times of a law."""
    try:
        sampler = SAMPLERS[type(law)]
    except KeyError:
        known = ", ".join(sorted(kind.__name__ for kind in SAMPLERS))
        raise LookupError(f"{type(law).__name__} has no sampler; those with one: {known}") from None
    return sampler(law, generator, count)


def _deterministic(law: Deterministic, generator: np.random.Generator, count: int) -> Array:  # noqa: ARG001
    return np.full(count, law.mean)


def _jittered(law: Jittered, generator: np.random.Generator, count: int) -> Array:
    return law.mean * (0.5 + generator.random(count))


def _exponential(law: Exponential, generator: np.random.Generator, count: int) -> Array:
    return law.mean * generator.standard_exponential(count)


def _erlang(law: Erlang, generator: np.random.Generator, count: int) -> Array:
    if law.stages > SUMMED:
        return _shape(law.mean, 1.0 / law.stages, generator, count)
    return np.asarray(law.mean / law.stages * generator.standard_exponential((count, law.stages)).sum(axis=1))


def _gamma(law: Gamma, generator: np.random.Generator, count: int) -> Array:
    return _shape(law.mean, law.scv, generator, count)


def _shape(mean: float, scv: float, generator: np.random.Generator, count: int) -> Array:
    return mean * scv * _rounded(generator.standard_gamma(1.0 / scv, count))


def _lognormal(law: Lognormal, generator: np.random.Generator, count: int) -> Array:
    sigma = math.sqrt(math.log1p(law.scv))
    return law.mean * _rounded(np.exp(sigma * generator.standard_normal(count) - 0.5 * sigma**2))


def _hyperexponential(law: Hyperexponential, generator: np.random.Generator, count: int) -> Array:
    (chance, first), (_, second) = law.phases()
    phase = np.where(generator.random(count) < chance, first, second)
    return np.asarray(phase * generator.standard_exponential(count))


def _mixture(law: Mixture, generator: np.random.Generator, count: int) -> Array:
    bounds = np.cumsum([weight for weight, _ in law.parts])
    chosen = np.searchsorted(bounds, generator.random(count) * bounds[-1], side="right")
    times = np.zeros(count)
    for index, (_, part) in enumerate(law.parts):
        mine = np.flatnonzero(chosen == index)
        times[mine] = sample(part, generator, len(mine))
    return times


def _rounded(times: Array) -> Array:
    return times.astype(np.float32).astype(float)


SAMPLERS: Mapping[type, Callable[[Any, np.random.Generator, int], Array]] = {
    Deterministic: _deterministic,
    Jittered: _jittered,
    Exponential: _exponential,
    Erlang: _erlang,
    Gamma: _gamma,
    Lognormal: _lognormal,
    Hyperexponential: _hyperexponential,
    Mixture: _mixture,
}


def between_arrivals(mean: float, scv: float) -> Law:
    """The time between arrivals: constant, gamma, exponential, or two phases with balanced means."""
    if scv <= 1e-9:
        return Deterministic(mean)
    if abs(scv - 1.0) < 1e-9:
        return Exponential(mean)
    return Gamma(mean, scv) if scv < 1.0 else Hyperexponential(mean, scv)
