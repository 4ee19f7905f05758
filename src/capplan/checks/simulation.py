"""`simulate`: a topology played out, and its SLOs and alerts held against what was measured."""

from dataclasses import dataclass

from capplan.checks.analysis import judged
from capplan.checks.metrics import value
from capplan.checks.records import Analysis
from capplan.checks.timeline_records import Timeline
from capplan.prediction.measured import Simulated, simulated
from capplan.prediction.measures import COMPONENT, REQUEST
from capplan.prediction.simulated import Measured, Stage, simulate_topology
from capplan.simulation.replications import Plan
from capplan.topology import Metric, Topology


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """The result of `simulate`.

    Attributes:
        analysis: what `analyze` would say, with measured numbers.
        simulated: the same with the interval of each number, and how the simulation was run.
        timeline: what happened when, where that was asked for.
    """

    analysis: Analysis
    simulated: Simulated
    timeline: Timeline | None = None

    @property
    def healthy(self) -> bool:
        """Whether every SLO holds and no alert fires; of a timeline, in every step and at any time."""
        return self.analysis.healthy if self.timeline is None else self.timeline.healthy


def simulate(topology: Topology, rate: float | None, plan: Plan, stage: Stage | None = None) -> Simulation:
    """Play a topology out and judge it.

    Args:
        topology: a checked topology.
        rate: the workload rate (per second); the topology's own, or its users, where left out.
        plan: how much is played, with which seed.
        stage: how it is played.
    """
    return simulation_of(simulate_topology(topology, rate, plan, stage))


def simulation_of(measured: Measured) -> Simulation:
    """What was measured, judged."""
    found = simulated(measured)
    analysis = judged(measured.solved, found.prediction, lambda metric: _value(measured, found, metric))
    return Simulation(analysis=analysis, simulated=found)


def _value(measured: Measured, found: Simulated, metric: Metric) -> float | None:
    """A metric as it was measured; a percentile that the records do not carry is looked up."""
    if metric.percentile is None:
        return value(found.prediction, measured.solved, metric)
    component = found.prediction.components.get(metric.subject)
    requests = {found.prediction.total.name: found.prediction.total, **found.prediction.requests}
    subject = component if component is not None else requests[metric.subject]
    if subject.latency is None:
        return None
    scope = REQUEST if component is None else COMPONENT
    figure = measured.percentile(scope, metric.subject, metric.percentile)
    return None if figure is None else figure.value
