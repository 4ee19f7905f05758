"""The topology as a queueing network, with the way back into the user's words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from capplan.prediction.records import Metastable
from capplan.prediction.stations import Place, Slots
from capplan.queueing.arrays import Array
from capplan.queueing.network import Call, Choice, Network, Step
from capplan.queueing.open_network import OpenNetwork
from capplan.queueing.outcome import Outcome
from capplan.queueing.traffic import Traffic
from capplan.topology import Topology


class Job(NamedTuple):
    """What a task of the network is: an endpoint of a component.

    Attributes:
        request, response: bytes that a caller sends and gets.
        received, sent: bytes that its own calls to other machines bring in and send out.
    """

    component: str
    endpoint: str | None
    request: float = 0.0
    response: float = 0.0
    received: float = 0.0
    sent: float = 0.0


class Limit(NamedTuple):
    """A rate that someone else sets: visits beyond it are refused.

    Attributes:
        component: whose limit.
        rate: visits per second.
    """

    component: str
    rate: float


class Pressed(NamedTuple):
    """A resource and the workload rate at which it is full."""

    rate: float
    component: str
    resource: str


@dataclass(frozen=True, kw_only=True)
class Model:
    """A translated topology.

    Attributes:
        topology: what it was made from.
        network: the queueing network; its load is the workload's rate.
        jobs: what each task is.
        places: what each station is.
        slots: what each gate is.
        origins: for each stream, its request class (None for load that users do not cause) and its part of the class.
        limits: rates that others set.
    """

    topology: Topology
    network: Network
    jobs: tuple[Job, ...]
    places: tuple[Place, ...]
    slots: tuple[Slots, ...]
    origins: tuple[tuple[str | None, float], ...]
    limits: tuple[Limit, ...]

    @cached_property
    def open(self) -> OpenNetwork:
        """The network made ready to be solved."""
        return OpenNetwork(self.network)

    def outcome(self, rate: float) -> Outcome:
        """The network at one load, solved once."""
        if rate not in self._outcomes:
            self._outcomes[rate] = self.open.at([rate])
        return self._outcomes[rate]

    @cached_property
    def _outcomes(self) -> dict[float, Outcome]:
        return {}

    @cached_property
    def full(self) -> Pressed | None:
        """The resource that is full first as the rate grows, and when; None where nothing limits."""
        from capplan.prediction.regimes import saturation

        return saturation(self)

    @cached_property
    def metastable(self) -> Metastable | None:
        """The rates at which a calm and a troubled regime both last; None where there is but one."""
        if self.open.plain:
            return None
        from capplan.prediction.regimes import metastable

        return metastable(self)

    @property
    def traffic(self) -> Traffic:
        """Rates and visits of the network."""
        return self.open.traffic

    @cached_property
    def tasks_of(self) -> Mapping[str, tuple[int, ...]]:
        """The tasks of each component that has any."""
        found: dict[str, list[int]] = {}
        for index, job in enumerate(self.jobs):
            found.setdefault(job.component, []).append(index)
        return {name: tuple(tasks) for name, tasks in found.items()}

    @cached_property
    def stations_of(self) -> Mapping[str, tuple[int, ...]]:
        """The stations of each component that has any."""
        found: dict[str, list[int]] = {}
        for index, place in enumerate(self.places):
            found.setdefault(place.component, []).append(index)
        return {name: tuple(stations) for name, stations in found.items()}

    def streams_of(self, request: str) -> tuple[tuple[int, float], ...]:
        """The streams of a request class, each with its part of it."""
        return tuple((index, part) for index, (name, part) in enumerate(self.origins) if name == request and part > 0.0)

    @cached_property
    def ways(self) -> tuple[tuple[int, int, float], ...]:
        """(caller, callee, mean network time per run of the caller) of every call that the caller waits for."""
        return tuple(
            (index, callee, time)
            for index, task in enumerate(self.network.tasks)
            for callee, time in _ways(task.steps, 1.0)
        )

    def component_rate(self, component: str, loads: Array) -> Array:
        """(L,) visits to a component per second."""
        tasks = list(self.tasks_of.get(component, ()))
        slope, base = self.traffic.slope[tasks].sum(), self.traffic.base[tasks].sum()
        return np.asarray(loads * slope + base)


def _ways(steps: tuple[Step, ...], weight: float) -> Iterator[tuple[int, float]]:
    for step in steps:
        if isinstance(step, Call):
            if step.waits and step.delays:
                yield step.task, weight * step.count * sum(delay.mean for delay in step.delays)
        elif isinstance(step, Choice):
            for probability, option in step.options:
                yield from _ways(option, weight * probability)
        else:
            for branch in step.branches:
                yield from _ways(branch, weight)
