"""Networks in which no request comes back to a station: they can be played station by station, from arrays.

So it is where queues are in order of arrival and without limits, nobody loses patience, no slot is held, balancers do
not look at queues, and the stations can be put in an order in which all requests pass them.
"""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from capplan.queueing.balancing import Policy
from capplan.queueing.network import ENDLESS, Call, Choice, Network, Station, made
from capplan.queueing.network import Step as NetworkStep
from capplan.simulation.loads import Load, Users

DEEPEST = 40
"""Calls within calls, at most: arrays go through them with Python's stack."""
LARGEST = 1_000
"""Visits on all paths together, at most."""
BLIND = frozenset({Policy.RANDOM, Policy.ROUND_ROBIN, Policy.IP_HASH})


def feed_forward(network: Network, load: Load) -> tuple[int, ...] | None:
    """The stations in an order in which all requests pass them; None where there is none."""
    if isinstance(load, Users) or network.gates or network.quotas or not all(map(_plain, network.stations)):
        return None
    patiences = [call.patience for task in network.tasks for call, _ in made(task.steps)]
    patiences += [stream.patience for stream in network.streams]
    if any(patience != ENDLESS for patience in patiences):
        return None
    walk = _Walk(network)
    try:
        for stream in network.streams:
            walk.task(stream.task, frozenset(), 0)
        return tuple(TopologicalSorter(walk.before).static_order())
    except (CycleError, _TooManyError):
        return None


def _plain(station: Station) -> bool:
    group = station.group
    blind = group.replicas == 1 or group.policy in BLIND
    return station.room is None and not group.sharing and blind and group.servers == round(group.servers)


class _TooManyError(Exception):
    """The paths are too many or too deep."""


class _Walk:
    """Goes all ways through the tasks, and notes which stations come right before which."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.before: dict[int, set[int]] = {}
        self.visits = 0

    def task(self, index: int, last: frozenset[int], depth: int) -> frozenset[int]:
        """The stations that a run may have come from when it ends."""
        task = self.network.tasks[index]
        self.visits += 1 + len(task.visits)
        if depth > DEEPEST or self.visits > LARGEST:
            raise _TooManyError
        for visit in task.visits:
            if visit.station is not None and visit.law.mean > 0.0:
                self.before.setdefault(visit.station, set()).update(last)
                last = frozenset({visit.station})
        return self.steps(task.steps, last, depth)

    def steps(self, steps: Sequence[NetworkStep], last: frozenset[int], depth: int) -> frozenset[int]:
        """The same for steps in order."""
        for step in steps:
            if isinstance(step, Call):
                for _ in range(2 if step.count > 1.0 else 1):
                    after = self.task(step.task, last, depth + 1)
                    last = (last | after if step.count < 1.0 else after) if step.waits else last
            elif isinstance(step, Choice):
                last = last.union(*(self.steps(option, last, depth) for _, option in step.options))
            else:
                last = last.union(*(self.steps(branch, last, depth) for branch in step.branches))
        return last
