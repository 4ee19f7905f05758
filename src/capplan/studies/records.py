"""What a comparison says: two results, every figure of theirs side by side, and which of the two is better.

The records know the names of the JSON result; they must not know how anything is shown.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:  # saved results are compared without numpy
    from capplan.prediction.simulated import Run

Scope = Literal["topology", "capacity", "slo", "alert", "state", "total", "request", "cost", "component"]
Event = Literal["changed", "added", "removed"]
Verdict = Literal["better", "worse"]
Value = float | int | str | bool | None


class Key(NamedTuple):
    """Which figure: of what (`component`), whose (`app`; empty where there is one only), and its name."""

    scope: Scope
    subject: str
    metric: str


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of a result.

    Attributes:
        value: as the JSON result has it (SI).
        worth: a number that is higher the better the figure is; None where neither more nor less is better.
        measure: what is measured, where the key does not say it all; figures of different measures are not weighed.
    """

    value: Value
    worth: float | None = None
    measure: str = ""


ABSENT = Figure(value=None)


@dataclass(frozen=True, kw_only=True)
class Result:
    """One of the two that are compared.

    Attributes:
        source: the file that it comes from.
        settings: what was changed in the topology of the file.
        name: the topology's name.
        rate: the workload rate that it was worked out at (per second).
        currency: of its costs.
    """

    source: str
    settings: tuple[str, ...]
    name: str
    rate: float
    currency: str
    figures: Mapping[Key, Figure]

    def value(self, scope: Scope, subject: str, metric: str) -> Value:
        """A figure's value; None where there is no such figure."""
        return self.figures.get(Key(scope, subject, metric), ABSENT).value

    def has(self, scope: Scope, subject: str) -> bool:
        """Whether there is such a request, component, SLO, alert or state."""
        return (scope, subject) in self._subjects

    def subjects(self, scope: Scope) -> list[str]:
        """The requests, components, SLOs, alerts or states that it has, in their order."""
        return [subject for of, subject in self._subjects if of == scope]

    def figures_of(self, scope: Scope, subject: str) -> dict[str, Figure]:
        """The figures of a subject by metric."""
        return self._subjects.get((scope, subject), {})

    @cached_property
    def _subjects(self) -> dict[tuple[Scope, str], dict[str, Figure]]:
        found: dict[tuple[Scope, str], dict[str, Figure]] = {}
        for key, figure in self.figures.items():
            found.setdefault((key.scope, key.subject), {})[key.metric] = figure
        return found


class Margin(NamedTuple):
    """The 95 % confidence interval of what a measured figure differs by, after - before; without ends where too little
    was played to know anything."""

    low: float
    high: float

    @property
    def ends(self) -> tuple[float, float] | None:
        """Both ends; None where there are none."""
        return (self.low, self.high) if math.isfinite(self.low) else None

    @property
    def is_noise(self) -> bool:
        """Whether nothing may have changed."""
        return self.low <= 0.0 <= self.high


@dataclass(frozen=True, kw_only=True)
class Change:
    """A figure that differs.

    Attributes:
        event: whether the subject is in both results, in the second only, or in the first only.
        before: None where it does not exist.
        after: None where it does not exist.
        ratio: after / before; None where there is none, or where it would say nothing.
        verdict: whether it is better after; None where neither more nor less is better, or where it may be noise.
        margin: of the difference, where both were measured; of an SLO or an alert that of its value.
    """

    key: Key
    event: Event
    before: Value
    after: Value
    ratio: float | None
    verdict: Verdict | None
    margin: Margin | None = None

    @property
    def is_noise(self) -> bool:
        """Whether it was measured, and may be nothing but chance."""
        return self.margin is not None and self.margin.is_noise


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Two results and what differs between them, the most important first.

    Attributes:
        runs: how each was simulated, on common random numbers: changes then have margins; None where they were not.
    """

    before: Result
    after: Result
    changes: Mapping[Key, Change]
    runs: "tuple[Run, Run] | None" = None

    @property
    def newly_missed(self) -> list[str]:
        """The SLOs that are missed after, and before were met or not there."""
        return self._turned("slo", "met", False, ("changed", "added"))

    @property
    def newly_met(self) -> list[str]:
        """The SLOs that were missed before and are met after."""
        return self._turned("slo", "met", True, ("changed",))

    @property
    def newly_firing(self) -> list[str]:
        """The alerts that fire after, and before were quiet or not there."""
        return self._turned("alert", "firing", True, ("changed", "added"))

    @property
    def newly_quiet(self) -> list[str]:
        """The alerts that fired before and are quiet after."""
        return self._turned("alert", "firing", False, ("changed",))

    @property
    def newly_failing(self) -> list[str]:
        """The states of `resilience` in which something fails after, and before nothing did or nobody asked."""
        return self._turned("state", "held", False, ("changed", "added"))

    @property
    def newly_held(self) -> list[str]:
        """The states of `resilience` in which something failed before and nothing does after."""
        return self._turned("state", "held", True, ("changed",))

    @property
    def regressed(self) -> bool:
        """Whether an SLO is newly missed, an alert newly fires, or a state newly fails."""
        return bool(self.newly_missed or self.newly_firing or self.newly_failing)

    def _turned(self, scope: Scope, metric: str, state: bool, events: tuple[Event, ...]) -> list[str]:
        return [
            key.subject
            for key, change in self.changes.items()
            if (key.scope, key.metric) == (scope, metric) and change.after is state and change.event in events
            if not change.is_noise
        ]
