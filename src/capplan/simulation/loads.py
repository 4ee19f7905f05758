"""What comes to a network from outside: requests at a rate, steady or in steps, or users who take turns to ask."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.laws import Law
from capplan.queueing.network import Stream
from capplan.simulation.lines import Rows
from capplan.simulation.samplers import between_arrivals, sample
from capplan.simulation.streams import BLOCK, Draw, Sources


class Users(NamedTuple):
    """A closed population.

    Attributes:
        number: how many there are.
        think: the time between an answer and the user's next request.
    """

    number: int
    think: Law


@dataclass(frozen=True)
class Steps:
    """A load that changes in steps, over and over.

    Attributes:
        parts: (duration, load) of each step.
    """

    parts: tuple[tuple[float, float], ...]

    @property
    def period(self) -> float:
        """How long one round of the steps takes."""
        return sum(duration for duration, _ in self.parts)

    @property
    def mean(self) -> float:
        """The load on average."""
        return sum(duration * load for duration, load in self.parts) / self.period


Load: TypeAlias = float | Steps | Users
"""A steady load, one in steps, or closed users."""


def gaps(stream: Stream, load: float | Steps, sources: Sources, name: str) -> Draw | None:
    """The times between the arrivals of a stream; None where nothing arrives."""
    steps = load if isinstance(load, Steps) else Steps(((1.0, load),))
    rates = [(duration, stream.slope * one + stream.base) for duration, one in steps.parts]
    if not any(duration > 0.0 and rate > 0.0 for duration, rate in rates):
        return None
    if len({rate for _, rate in rates}) == 1:
        return sources.times(name, between_arrivals(1.0 / rates[0][1], stream.scv))
    return _stretched(sources.times(name, between_arrivals(1.0, stream.scv)), rates).__next__


def arrivals(stream: Stream, load: float | Steps, sources: Sources, name: str, until: float) -> Array:
    """The times of all arrivals of a stream up to some time."""
    if isinstance(load, Steps):
        return _one_by_one(gaps(stream, load, sources, name), until)
    rate = stream.slope * load + stream.base
    if rate <= 0.0:
        return np.empty(0)
    law, generator = between_arrivals(1.0 / rate, stream.scv), sources.generator(name)
    parts = [np.zeros(1)]
    while parts[-1][-1] <= until:
        gap = sample(law, generator, BLOCK)
        gap[0] += parts[-1][-1]
        parts.append(np.cumsum(gap))
    clock = np.concatenate(parts[1:])
    return clock[clock <= until]


def step_at(load: float | Steps, clock: Array) -> Rows:
    """The step of a load that each time falls into."""
    if not isinstance(load, Steps):
        return np.zeros(len(clock), np.intp)
    ends = np.cumsum([duration for duration, _ in load.parts])
    return np.minimum(np.searchsorted(ends, clock % load.period, side="right"), len(ends) - 1)


def _one_by_one(gap: Draw | None, until: float) -> Array:
    found: list[float] = []
    if gap is not None:
        clock = gap()
        while clock <= until:
            found.append(clock)
            clock += gap()
    return np.array(found)


def _stretched(unit: Draw, rates: list[tuple[float, float]]) -> Iterator[float]:
    """Gaps of a stream of rate 1, stretched so that the rate follows the steps."""
    step, left, rate = 0, rates[0][0], rates[0][1]
    while True:
        wanted, gap = unit(), 0.0
        while wanted > left * rate:
            wanted -= left * rate
            gap += left
            step = (step + 1) % len(rates)
            left, rate = rates[step]
        passed = wanted / rate
        left -= passed
        yield gap + passed
