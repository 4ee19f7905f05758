"""Laws of service times: what the solvers ask of a distribution, in closed form.

A law answers with its mean, its squared coefficient of variation (SCV) and its stop-loss transforms
`excess(t) = E[(S-t)+]` and `excess2(t) = E[((S-t)+)^2] / 2`. From these come the mean-preserving lattice of the grid,
the equilibrium residual law (its tail is excess/E[S], its own excess is excess2/E[S]) and every moment that a wait
needs.
Laws are frozen and hashable: equal laws share their transforms.
"""

import math
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.normal import normal_tail

MOST_STAGES = 200
"""Beyond this many stages a time is taken as constant."""


class Law(Protocol):
    """A non-negative random time."""

    @property
    def mean(self) -> float: ...
    @property
    def scv(self) -> float: ...
    def __hash__(self) -> int: ...
    def excess(self, t: Array) -> Array:
        """E[(S - t)+] for t >= 0."""
        ...

    def excess2(self, t: Array) -> Array:
        """E[((S - t)+)^2] / 2 for t >= 0."""
        ...

    def scaled(self, factor: float) -> "Law":
        """The law of factor x S."""
        ...

    def with_scv(self, scv: float) -> "Law":
        """A law of the same mean and, where the family allows, the same family, with another variability."""
        ...


def by_moments(mean: float, scv: float) -> Law:
    """A law with these moments: deterministic, Erlang stages (two numbers of them mixed), exponential or lognormal.

    The mixture of k-1 and k stages of one rate is that of Tijms (1994), A First Course in Stochastic Models, B.
    """
    if scv * MOST_STAGES < 1.0:
        return Deterministic(mean)
    if scv >= 1.0 - 1e-12:
        return Exponential(mean) if scv <= 1.0 + 1e-12 else Lognormal(mean, scv)
    stages = math.ceil(1.0 / scv - 1e-9)
    fewer = (stages * scv - math.sqrt(max(stages * (1.0 + scv) - stages**2 * scv, 0.0))) / (1.0 + scv)
    if fewer < 1e-9:
        return Erlang(mean, stages)
    stage = mean / (stages - fewer)
    short: Law = Erlang((stages - 1) * stage, stages - 1) if stages > 2 else Exponential(stage)
    return Mixture(((fewer, short), (1.0 - fewer, Erlang(stages * stage, stages))))


@dataclass(frozen=True)
class _Family:
    """What the families with a free mean share."""

    mean: float

    def scaled(self, factor: float) -> Self:
        """The law of factor x S."""
        return replace(self, mean=self.mean * factor)

    def with_scv(self, scv: float) -> Law:
        """A law of the same mean with another variability, of the plainest family that has it."""
        return by_moments(self.mean, scv)


@dataclass(frozen=True)
class Deterministic(_Family):
    """Always the same time."""

    scv: float = 0.0

    def excess(self, t: Array) -> Array:
        return np.maximum(self.mean - t, 0.0)

    def excess2(self, t: Array) -> Array:
        return np.asarray(0.5 * np.maximum(self.mean - t, 0.0) ** 2)


@dataclass(frozen=True)
class Jittered(_Family):
    """Uniform between half and one and a half times the mean: a pause with jitter."""

    scv: float = 1.0 / 12.0

    def excess(self, t: Array) -> Array:
        left = np.clip(1.5 * self.mean - t, 0.0, self.mean)
        return np.asarray(0.5 * left**2 / self.mean + np.maximum(0.5 * self.mean - t, 0.0))

    def excess2(self, t: Array) -> Array:
        left, before = np.clip(1.5 * self.mean - t, 0.0, self.mean), np.maximum(0.5 * self.mean - t, 0.0)
        return np.asarray(left**3 / (6.0 * self.mean) + 0.5 * self.mean * before + 0.5 * before**2)


@dataclass(frozen=True)
class Exponential(_Family):
    """The memoryless law."""

    scv: float = 1.0

    def excess(self, t: Array) -> Array:
        return np.asarray(self.mean * np.exp(-t / self.mean))

    def excess2(self, t: Array) -> Array:
        return np.asarray(self.mean**2 * np.exp(-t / self.mean))


@dataclass(frozen=True)
class Lognormal(_Family):
    """ln S is normal: sigma^2 = ln(1 + scv)."""

    scv: float

    def _parts(self, t: Array) -> tuple[Array, Array]:
        """(t, d) with P(S > t) = P(Z > d); d is very low at t = 0."""
        sigma = math.sqrt(math.log1p(self.scv))
        with np.errstate(divide="ignore"):
            return t, (np.log(t / self.mean) + 0.5 * sigma**2) / sigma

    def excess(self, t: Array) -> Array:
        sigma = math.sqrt(math.log1p(self.scv))
        t, d = self._parts(np.asarray(t, dtype=float))
        return np.asarray(np.maximum(self.mean * normal_tail(d - sigma) - t * normal_tail(d), 0.0))

    def excess2(self, t: Array) -> Array:
        sigma = math.sqrt(math.log1p(self.scv))
        t, d = self._parts(np.asarray(t, dtype=float))
        square = self.mean**2 * (1.0 + self.scv)
        total = square * normal_tail(d - 2.0 * sigma) - 2.0 * t * self.mean * normal_tail(d - sigma)
        return np.asarray(np.maximum(0.5 * (total + t**2 * normal_tail(d)), 0.0))

    def with_scv(self, scv: float) -> Law:
        return Lognormal(self.mean, scv) if scv > 0.0 else Deterministic(self.mean)


def _excess(mean: float, t: Array, tails: list[Array]) -> Array:
    """E[(S-t)+] of a gamma law, from the tails of the shapes k and k + 1."""
    q0, q1 = tails
    return np.asarray(np.maximum(mean * q1 - t * q0, 0.0))


def _excess2(mean: float, scv: float, t: Array, tails: list[Array]) -> Array:
    """E[((S-t)+)^2] / 2 of a gamma law, from the tails of the shapes k, k + 1 and k + 2."""
    q0, q1, q2 = tails
    square = mean**2 * (1.0 + scv)
    return np.asarray(np.maximum(0.5 * (square * q2 - 2.0 * t * mean * q1 + t**2 * q0), 0.0))


@dataclass(frozen=True)
class Erlang(_Family):
    """A whole number of exponential stages."""

    stages: int

    @property
    def scv(self) -> float:
        return 1.0 / self.stages

    def _tails(self, t: Array, orders: int) -> list[Array]:
        """Q(k + i, k t / mean) for i = 0..orders: the Poisson terms below k + i."""
        x = np.asarray(t, dtype=float) * (self.stages / self.mean)
        term = np.exp(-x)
        total, found = term, []
        for i in range(1, self.stages + orders + 1):
            if i >= self.stages:
                found.append(total)
            term = term * x / i
            total = total + term
        return found

    def excess(self, t: Array) -> Array:
        return _excess(self.mean, t, self._tails(t, 1))

    def excess2(self, t: Array) -> Array:
        return _excess2(self.mean, self.scv, t, self._tails(t, 2))


@dataclass(frozen=True)
class Gamma(_Family):
    """Shape 1/scv; those with a whole shape are better written as Erlang."""

    scv: float

    def _tails(self, t: Array, orders: int) -> list[Array]:
        """Q(k + i, t/theta) for i = 0..orders."""
        from scipy.special import gammaincc

        x = np.asarray(t, dtype=float) / (self.mean * self.scv)
        return [np.asarray(gammaincc(1.0 / self.scv + i, x)) for i in range(orders + 1)]

    def excess(self, t: Array) -> Array:
        return _excess(self.mean, t, self._tails(t, 1))

    def excess2(self, t: Array) -> Array:
        return _excess2(self.mean, self.scv, t, self._tails(t, 2))


@dataclass(frozen=True)
class Hyperexponential(_Family):
    """Two exponential phases with balanced means; SCV >= 1 (Whitt 1982)."""

    scv: float

    def phases(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """((probability, mean), (probability, mean))."""
        first = 0.5 * (1.0 + math.sqrt((self.scv - 1.0) / (self.scv + 1.0)))
        return (first, self.mean / (2.0 * first)), (1.0 - first, self.mean / (2.0 * (1.0 - first)))

    def excess(self, t: Array) -> Array:
        (p, a), (q, b) = self.phases()
        return np.asarray(p * a * np.exp(-t / a) + q * b * np.exp(-t / b))

    def excess2(self, t: Array) -> Array:
        (p, a), (q, b) = self.phases()
        return np.asarray(p * a**2 * np.exp(-t / a) + q * b**2 * np.exp(-t / b))

    def with_scv(self, scv: float) -> Law:
        return Hyperexponential(self.mean, scv) if scv > 1.0 else by_moments(self.mean, scv)


@dataclass(frozen=True)
class Mixture:
    """One of several laws, chosen by chance: what a station serves when routes bring different demands."""

    parts: tuple[tuple[float, Law], ...]

    @property
    def mean(self) -> float:
        return sum(weight * law.mean for weight, law in self.parts)

    @property
    def scv(self) -> float:
        square = sum(weight * law.mean**2 * (1.0 + law.scv) for weight, law in self.parts)
        return max(square / self.mean**2 - 1.0, 0.0) if self.mean > 0.0 else 0.0

    def excess(self, t: Array) -> Array:
        return np.asarray(sum(weight * law.excess(t) for weight, law in self.parts))

    def excess2(self, t: Array) -> Array:
        return np.asarray(sum(weight * law.excess2(t) for weight, law in self.parts))

    def scaled(self, factor: float) -> Law:
        return Mixture(tuple((weight, law.scaled(factor)) for weight, law in self.parts))

    def with_scv(self, scv: float) -> Law:
        return by_moments(self.mean, scv)


def mixture(parts: list[tuple[float, Law]]) -> Law:
    """The mixture of laws with these weights (made to sum to 1); equal laws are merged, a single one stays itself."""
    merged: dict[Law, float] = {}
    for weight, law in parts:
        merged[law] = merged.get(law, 0.0) + weight
    total = sum(merged.values())
    if len(merged) == 1:
        return next(iter(merged))
    return Mixture(tuple((weight / total, law) for law, weight in merged.items()))
