"""`simulate`: a topology played out, and its SLOs and alerts held against what was measured."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from capplan.checks.analysis import judged
from capplan.checks.metrics import value
from capplan.checks.records import Analysis
from capplan.checks.timeline_records import Timeline
from capplan.prediction.measured import Simulated, simulated
from capplan.prediction.measures import COMPONENT, REQUEST
from capplan.prediction.simulated import Measured, Stage, simulate_topology
from capplan.simulation.replications import Plan
from capplan.topology import Metric, Topology

if TYPE_CHECKING:
    from capplan.prediction.simulated_period import SimulatedPeriod


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """The result of `simulate`.

    Attributes:
        analysis: what `analyze` would say, with measured numbers.
        simulated: the same with the interval of each number, and how the simulation was run.
        timeline: what happened when, where that was asked for.
        period: how the day or week that `profile` gives was played; None where it was not.
    """

    analysis: Analysis
    simulated: Simulated
    timeline: Timeline | None = None
    period: "SimulatedPeriod | None" = None

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
    measured = simulate_topology(topology, rate, plan, stage)
    found = simulation_of(measured)
    if not topology.workload.profile:
        return found
    from capplan.checks.simulated_period import simulated_check

    check, notes, period = simulated_check(topology, float(measured.solved.loads[0]), plan, stage or Stage())
    noted = replace(found.analysis.prediction, notes=(*found.analysis.prediction.notes, *notes))
    analysis = replace(found.analysis, prediction=noted, period=check)
    return Simulation(analysis=analysis, simulated=found.simulated, period=period)


def simulation_of(measured: Measured) -> Simulation:
    """What was measured, judged; without the period of a profile."""
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
