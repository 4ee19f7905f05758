"""Two topologies played out on common random numbers, and what differs between them by the user's names."""

from typing import NamedTuple

from capplan.prediction.measures import COMPONENT, REQUEST, TIME, USE, Name
from capplan.prediction.predict import solve_topology
from capplan.prediction.simulated import DECIDING, Measured, Stage, measured_of, player_of
from capplan.simulation.estimates import Estimate
from capplan.simulation.pairs import PlayedPair, matched, replicate_pair
from capplan.simulation.replications import Plan
from capplan.topology import Metric, Topology

_OF_REQUESTS = {"rate": "rate", "throughput": "throughput", "mean": TIME, "success_rate": "success"}
_OF_COMPONENTS = {
    "rate": "rate",
    "throughput": "throughput",
    "mean": TIME,
    "error_rate": "errors",
    "queue_length": "queue",
}
"""What is measured under which name, by the name of the metric."""


class MeasuredPair(NamedTuple):
    """The figures of both topologies."""

    before: Measured
    after: Measured

    def difference(self, metric: Metric) -> Estimate | None:
        """How much more a metric is after, with its interval; None where it was not measured in both."""
        subject, name = metric.subject, metric.name
        is_component = subject in self.before.model.topology.components
        if metric.percentile is not None:
            scope = COMPONENT if is_component else REQUEST
            return self._played.percentile_difference(Name(scope, subject, TIME).key, metric.percentile)
        if is_component:
            measured = _OF_COMPONENTS.get(name)
            return self._difference(COMPONENT, subject, measured) if measured else self._difference(USE, subject, name)
        if name == "error_rate":
            found = self._difference(REQUEST, subject, "success")
            return None if found is None else Estimate(-found.value, -found.high, -found.low)
        return self._difference(REQUEST, subject, _OF_REQUESTS.get(name, name))

    @property
    def _played(self) -> PlayedPair:
        return PlayedPair(self.before.played, self.after.played)

    def _difference(self, scope: str, subject: str, metric: str) -> Estimate | None:
        return self._played.difference(Name(scope, subject, metric).key)


def simulate_pair(
    before: Topology, after: Topology, rate: float | None, plan: Plan, stage: Stage | None = None
) -> MeasuredPair:
    """Play two topologies out, with the same random numbers wherever both draw from a source.

    Args:
        before: a checked topology.
        after: the other one.
        rate: the workload rate of both (per second); their own, or their users, where left out.
        plan: how much of each is played, with which seed.
        stage: how they are played.
    """
    stage = stage or Stage()
    solved = [solve_topology(topology, rate) for topology in (before, after)]
    first, second = (player_of(one, rate, plan) for one in solved)
    pair = matched(first, second)
    played = replicate_pair(pair, plan._replace(sample=DECIDING), stage.mapper, stage.watch)
    return MeasuredPair(
        measured_of(solved[0], pair.before, plan, played.before),
        measured_of(solved[1], pair.after, plan, played.after),
    )
