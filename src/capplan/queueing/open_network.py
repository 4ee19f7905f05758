"""A network made ready to be solved at many loads: what does not depend on the load is found once."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.laws import Law
from capplan.queueing.network import Call, Network
from capplan.queueing.outcome import POINTS, Outcome
from capplan.queueing.regime import Known, Regime, impatient, plain, settle
from capplan.queueing.routing import Routing, routing
from capplan.queueing.traffic import Traffic, traffic
from capplan.queueing.variability import arrival_scv


class OpenNetwork:
    """A network made ready to be solved at many loads: what does not depend on the load is found once."""

    def __init__(self, network: Network) -> None:
        self.network = network

    @cached_property
    def traffic(self) -> Traffic:
        """Rates and visits."""
        return traffic(self.network)

    @cached_property
    def routing(self) -> Routing:
        """Flows from station to station."""
        return routing(self.traffic)

    @cached_property
    def _services(self) -> list[Law | None]:
        return self.traffic.service(1.0)

    @property
    def points(self) -> int:
        """Points of the grids: fewer for meshes of hundreds of tasks, at an error that stays below 0.1 %."""
        tasks = len(self.network.tasks)
        return POINTS if tasks <= 250 else POINTS // 2 if tasks <= 500 else POINTS // 4

    def at(
        self,
        loads: Sequence[float] | Array,
        points: int | None = None,
        scv: Array | None = None,
        *,
        troubled: bool = False,
    ) -> Outcome:
        """The network at some loads.

        Args:
            loads: (L,) loads; a stream arrives at slope x load + base. Where a station serves both what grows with the
                load and what does not, its service law is that at the middle load: solve such loads one by one.
            points: grid points, a power of two; `self.points` where left out.
            scv: (L, stations) SCV of arrivals to be taken; worked out where left out.
            troubled: whether, of two regimes, the one is taken where everything is late.
        """
        at = np.asarray(loads, dtype=float)
        services = self.traffic.service(float(np.median(at))) if self.traffic.mixed else self._services
        own = scv is None
        if scv is None:
            scv = arrival_scv(self.traffic, lambda: self.routing, services, at)
        whole = Outcome(self.traffic, at, tuple(services), scv, points or self.points)
        if self.plain:
            return whole
        known = self._calm if own and not troubled else None
        return replace(whole, regime=settle(self.traffic, at, whole.losing, troubled=troubled, known=known))

    @cached_property
    def _calm(self) -> Known:
        return Known()

    def flowing(self, outcome: Outcome) -> Regime:
        """The regime of an outcome some of whose queues are saturated: what never gets through them makes no load
        behind them."""
        assert outcome.regime is not None
        return settle(self.traffic, outcome.loads, outcome.flowing, flowing=outcome.regime.fates.losses)

    @cached_property
    def impatient(self) -> tuple[Call, ...]:
        """The calls that are not waited for for ever, or are repeated."""
        return tuple(dict.fromkeys(impatient(self.network)))

    @cached_property
    def plain(self) -> bool:
        """Whether nothing is ever held, refused, late or repeated."""
        return plain(self.network)


def solve(network: Network, loads: Sequence[float] | Array, points: int | None = None) -> Outcome:
    """Solve an open network at some loads; see `OpenNetwork.at`."""
    return OpenNetwork(network).at(loads, points)
