"""How queues react to the load of a regime: what is held, what is refused, what comes late, what never gets through."""

from functools import cached_property
from typing import Protocol

import numpy as np

from capplan.queueing.arrays import Array, Mask
from capplan.queueing.contents import Runs, contents
from capplan.queueing.fates import Caller, Losses
from capplan.queueing.gates import Gates, Rough
from capplan.queueing.grid import Grid
from capplan.queueing.laws import Law
from capplan.queueing.network import Network, Stream
from capplan.queueing.regime import Regime, awaited
from capplan.queueing.rooms import Limited, limited
from capplan.queueing.shared import eased
from capplan.queueing.sojourn import Solver
from capplan.queueing.stays import Stay
from capplan.queueing.traffic import Traffic
from capplan.queueing.waits import Rows

POINTS = 512
"""Points of the grids on which it is found whether attempts are late."""
LOOK = 1.0625
"""Their range over the timeout."""


class Conditions(Protocol):
    """What is known of a network under a regime: an outcome."""

    @property
    def network(self) -> Network: ...
    @property
    def traffic(self) -> Traffic: ...
    @property
    def loads(self) -> Array: ...
    @property
    def services(self) -> tuple[Law | None, ...]: ...
    @property
    def scv(self) -> Array: ...
    @property
    def utilisation(self) -> Array: ...
    @property
    def saturated(self) -> Mask: ...
    @property
    def repeat_visits(self) -> Array: ...
    @property
    def regime(self) -> Regime | None: ...

    def solver(self, grid: Grid, rows: Rows) -> Solver:
        """The tasks on a grid."""
        ...


class Reaction:
    """The reaction of all queues, each part worked out when it is asked for.

    Args:
        at: the network under a regime.
    """

    def __init__(self, at: Conditions) -> None:
        self.at = at

    @cached_property
    def regime(self) -> Regime:
        """The regime."""
        assert self.at.regime is not None
        return self.at.regime

    @cached_property
    def gates(self) -> Gates:
        """What the gates do to those who come."""
        entered = np.stack(self.regime.fates.entered, axis=1)
        runs = Runs(self.regime.runs, entered, self.regime.tries, self.at.traffic.moments)
        inside = contents(self.at.network, runs)
        slots = self.at.traffic.slots.max(axis=0, initial=1.0)
        losses = self.regime.fates.losses
        return Gates(self.at.network, inside, self.regime.accepted, 1.0 - losses.gates, Rough(self._rougher, slots))

    @cached_property
    def _rougher(self) -> Array:
        """(stations,) (cs2 - 1)/2, of the waits of repeat visits together."""
        visits = np.maximum(self.at.repeat_visits, 1.0)
        pairs = zip(self.at.network.stations, self.at.services, strict=True)
        rough = [0.0 if law is None or station.group.sharing else law.scv - 1.0 for station, law in pairs]
        return np.asarray(0.5 * np.array(rough) / visits)

    def slots(self, gate: int) -> Stay:
        """What a gate does to those who come, gates around it included."""
        stay, group = self.gates[gate], self.at.network.gates[gate].group
        return Stay(eased(stay.wait, self.gates.eased[:, gate]), stay.memory, group.common)

    def limited(self, index: int, law: Law) -> Limited:
        """What a station with little room does."""
        station = self.at.network.stations[index]
        return limited(station.group, law, self.at.utilisation[:, index], self.at.scv[:, index], station.room or 0)

    @cached_property
    def losses(self) -> Losses:
        """What is refused, late and answered with an error."""
        late = {caller: self._late(caller) for caller in self.regime.fates.losses.late}
        return Losses(*self._refused, late, self._errors)

    @cached_property
    def _refused(self) -> tuple[Array, Array]:
        """((L, stations), (L, gates)) what finds no room."""
        stations = np.zeros((len(self.at.loads), len(self.at.network.stations)))
        for index, (station, law) in enumerate(zip(self.at.network.stations, self.at.services, strict=True)):
            if law is not None and station.room is not None:
                stations[:, index] = self.limited(index, law).loss
        gates = np.zeros((len(self.at.loads), len(self.at.network.gates)))
        for index, gate in enumerate(self.at.network.gates):
            if gate.room is not None:
                gates[:, index] = self.gates[index].loss
        return stations, gates

    @cached_property
    def flowing(self) -> Losses:
        """What is refused, and what saturated queues never let through; late is what was late before."""
        (stations, gates), groups = self._refused, [station.group for station in self.at.network.stations]
        hottest = self.at.utilisation * np.array([group.hottest for group in groups])
        stuck = np.where(self.at.saturated, 1.0 - 1.0 / np.maximum(hottest, 1.0), 0.0)
        never = np.zeros(gates.shape)
        for index in range(len(self.at.network.gates)):
            beyond = 1.0 - 1.0 / np.maximum(self.gates[index].rho, 1.0)
            never[:, index] = np.where(self.gates.saturated[:, index], beyond, 0.0)
        late = self.regime.fates.losses.late
        return Losses(np.maximum(stations, stuck), np.maximum(gates, never), late, self._errors)

    @cached_property
    def _errors(self) -> Array:
        """(L, tasks) P(a run answers with an error of its own): it fails, or a quota is used up."""
        own = np.array([task.failure for task in self.at.network.tasks])
        errors = np.broadcast_to(own, self.regime.runs.shape).copy()
        for quota in self.at.network.quotas:
            tasks = list(quota.tasks)
            arriving = self.regime.runs[:, tasks].sum(axis=1)
            admitted = 1.0 / np.maximum(arriving / quota.rate, 1.0)
            errors[:, tasks] = 1.0 - (1.0 - errors[:, tasks]) * admitted[:, None]
        return errors

    def _late(self, caller: Caller) -> Array:
        """(L,) P(an answer comes late)."""
        found = np.ones(len(self.at.loads))
        rows = np.flatnonzero(~self.endless[:, caller.task])
        if len(rows):
            grid = Grid(caller.patience.timeout * LOOK / POINTS, POINTS, near=True)
            found[rows] = self.at.solver(grid, rows).late(caller)
        return found

    @cached_property
    def endless(self) -> Mask:
        """(L, tasks) whether a run of the task would wait for ever."""
        network = self.at.network
        found = np.zeros((len(self.at.loads), len(network.tasks)), dtype=bool)
        for index, task in enumerate(network.tasks):
            used = [visit.station for visit in task.visits if visit.station is not None]
            found[:, index] = np.any(self.at.saturated[:, used], axis=1)
            if task.gate is not None:
                found[:, index] |= self.gates.saturated[:, task.gate]
            for call in awaited(task.steps):
                if not np.isfinite(call.patience.timeout):
                    pooled = call.pool is not None and self.gates.saturated[:, call.pool]
                    found[:, index] |= found[:, call.task] | pooled
        return found

    def answered(self, stream: Stream) -> Mask:
        """(L,) whether some requests of the stream get an answer in a bounded time."""
        if np.isfinite(stream.patience.timeout):
            return np.asarray(self.regime.fates.attempts[stream].success > 0.0)
        return np.asarray(~self.endless[:, stream.task] & (self.regime.fates.attempts[stream].success > 0.0))
