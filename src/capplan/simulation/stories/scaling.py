"""Autoscaling by the rules of Kubernetes' Horizontal Pod Autoscaler: from what it sees to how many replicas it wants.

Source: kubernetes.io, Horizontal Pod Autoscaling (algorithm details, default behaviour). Wanted is ceil(current *
value / target). Replicas that are not ready, or of which nothing is known, count as 0 where it would go up, the latter
as the target where it would go down; they never turn its direction. It goes up at once, in 15 s by 4 or to twice as
many, and down to the highest recommendation of the stabilization window.
"""

from collections import deque
from math import ceil
from typing import NamedTuple

from capplan.simulation.stories.story import Scaler

PERIOD = 15.0
"""How long a step up counts against the next one (s)."""
MORE, TIMES = 4, 2
"""In a period it goes up by so many, or to so many times as many, whichever is more."""
CLOSE = 1e-9
"""Rounding, in parts."""


class Sight(NamedTuple):
    """What an autoscaler sees.

    Attributes:
        value: of its gauge, the mean over the ready replicas.
        ready, starting, lost: replicas.
    """

    value: float
    ready: int
    starting: int = 0
    lost: int = 0


def recommended(scaler: Scaler, current: int, sight: Sight) -> int:
    """The number of replicas that the gauge asks for."""
    if not sight.ready:
        return current
    ratio = sight.value / scaler.target
    starting = sight.starting if ratio > 1.0 else 0
    if not starting and not sight.lost:
        return current if _tolerated(scaler, ratio) else _up(ratio * sight.ready)
    missing = 0.0 if ratio > 1.0 else float(sight.lost)
    count = sight.ready + starting + sight.lost
    damped = (ratio * sight.ready + missing) / count
    wanted = _up(damped * count)
    turned = (ratio < 1.0 < damped) or (damped < 1.0 < ratio)
    if _tolerated(scaler, damped) or turned or (damped < 1.0) == (wanted > current):
        return current
    return wanted


def _tolerated(scaler: Scaler, ratio: float) -> bool:
    return abs(ratio - 1.0) <= scaler.tolerance + CLOSE


def _up(number: float) -> int:
    return ceil(number * (1.0 - CLOSE))


class Autoscaler:
    """Remembers what it recommended and did."""

    def __init__(self, scaler: Scaler, current: int, now: float) -> None:
        self.scaler = scaler
        self._recommended: deque[tuple[float, int]] = deque([(now, current)])
        self._changes: deque[tuple[float, int]] = deque()

    def decide(self, current: int, sight: Sight, now: float) -> int:
        """How many replicas there shall be."""
        scaler = self.scaler
        if not scaler.least <= current <= scaler.most:
            wanted = min(max(current, scaler.least), scaler.most)
        else:
            wanted = self._limited(current, self._stabilized(current, recommended(scaler, current, sight), now), now)
        if wanted != current:
            self._changes.append((now, wanted - current))
        return wanted

    def _stabilized(self, current: int, recommendation: int, now: float) -> int:
        """Up to what is recommended; down to the most that was in the stabilization window."""
        while self._recommended and self._recommended[0][0] <= now - self.scaler.stabilization + CLOSE:
            self._recommended.popleft()
        self._recommended.append((now, recommendation))
        highest = max(number for _, number in self._recommended)
        return min(max(current, recommendation), highest)

    def _limited(self, current: int, wanted: int, now: float) -> int:
        while self._changes and self._changes[0][0] <= now - PERIOD + CLOSE:
            self._changes.popleft()
        before = current - sum(change for _, change in self._changes)
        fastest = max(before + MORE, before * TIMES)
        if wanted > current:
            wanted = max(min(wanted, fastest), current)
        return min(max(wanted, self.scaler.least), self.scaler.most)
