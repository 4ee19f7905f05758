"""The functions of the Python API that play a topology out; `capplan` hands them on.

Each imports its rooms when it is called. Nobody but the package's own `__init__` imports this module.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from capplan.report.comparison_result import ComparisonResult
    from capplan.report.simulation_result import SimulationResult
    from capplan.report.verification_result import VerificationResult
    from capplan.topology import Topology


def simulate(
    topology: "Topology",
    rate: float | None = None,
    *,
    requests: int = 200_000,
    seed: int = 1,
    precision: float | None = None,
    jobs: int | None = 1,
    timeline: float | None = None,
    events: Sequence[str] = (),
    scenario: str | None = None,
    duration: float | None = None,
    replications: int = 1,
) -> "SimulationResult":
    """What `analyze` works out, measured: the topology played out event by event, with 95 % confidence intervals.

    With `timeline`, `events`, `scenario` or `duration` a story is told: `.timeline` holds each metric over time, when
    alerts fired, and which requests failed before anybody was told.

    Args:
        topology: from `read` or `parse`.
        rate: the workload's rate per second; the topology's own, or its users, where left out.
        requests: to count, in ten independent replications together, after their warm-ups; not of a story.
        seed: of the random numbers; the same seed, the same result.
        precision: go on until the p99 of all requests is known to so much of itself, 0 < precision < 1; not of a story.
        jobs: processes; None: as `joblib.parallel_config` says. The result does not depend on it.
        timeline: seconds of a step of the timeline; a round number where left out.
        events: what happens, such as `api replica down at 10m for 5m`, beside the events of the scenario.
        scenario: the name of one of the topology's.
        duration: seconds of the story; the scenario's own, until 10 minutes after the last event, or an hour.
        replications: how often a story is played; its timeline is that of the first time.

    Raises:
        CapplanError: the rate is not a load, a number is none that a simulation can be asked for, or there is no such
            scenario or event.
    """
    from time import perf_counter

    from capplan.checks.asked import plan_asked
    from capplan.checks.simulation import simulate as played
    from capplan.checks.staging import Asked, stage
    from capplan.prediction.simulated import Stage
    from capplan.prediction.storied import Repeats, Watch
    from capplan.report.simulation_result import SimulationResult
    from capplan.simulation.processes import mapper

    plan, began, spread = plan_asked(rate, requests, seed, precision), perf_counter(), mapper(jobs)
    asked = Asked(scenario, events, duration, timeline, Repeats(seed, replications))
    if asked.wanted:
        result = stage(topology, rate, asked).tell(Watch(mapper=spread))
    else:
        result = played(topology, rate, plan, Stage(mapper=spread))
    return SimulationResult.of(result, perf_counter() - began)


def compare_simulated(
    before: "Topology",
    after: "Topology",
    rate: float | None = None,
    *,
    requests: int = 200_000,
    seed: int = 1,
    precision: float | None = None,
    jobs: int | None = 1,
) -> "ComparisonResult":
    """What differs between two topologies that are played out on common random numbers, and what of it may be noise.

    Args:
        before: from `read` or `parse`.
        after: the other one.
        rate: the workload's rate of both per second; their own, or their users, where left out.
        requests: to count of each, in ten pairs of replications together, after their warm-ups.
        seed: of the random numbers; the same seed, the same result.
        precision: go on until the p99 of all requests is known of both to so much of itself, 0 < precision < 1.
        jobs: processes; None: as `joblib.parallel_config` says. The result does not depend on it.

    Raises:
        CapplanError: the rate is not a load, or a number is none that a simulation can be asked for.
    """
    from capplan.checks.asked import plan_asked
    from capplan.prediction.simulated import Stage
    from capplan.prediction.simulated_pair import simulate_pair
    from capplan.report.comparison_result import ComparisonResult
    from capplan.report.comparison_simulated import Source, simulated_difference
    from capplan.simulation.processes import mapper

    plan = plan_asked(rate, requests, seed, precision)
    pair = simulate_pair(before, after, rate, plan, Stage(mapper=mapper(jobs)))
    sources = (Source(before.file), Source(after.file))
    return ComparisonResult.of(simulated_difference(pair, *sources))


def verify(
    topology: "Topology",
    rate: float | None = None,
    *,
    requests: int = 200_000,
    seed: int = 1,
    precision: float | None = None,
    jobs: int | None = 1,
) -> "VerificationResult":
    """What `analyze` works out, beside what `simulate` measures: `.numbers`, and those that it refutes, `.refuted`.

    Args:
        topology, rate, requests, seed, precision, jobs: as for `simulate`.

    Raises:
        CapplanError: as for `simulate`.
    """
    from time import perf_counter

    from capplan.checks.asked import plan_asked
    from capplan.checks.verification import verify as verified
    from capplan.prediction.simulated import Stage
    from capplan.report.verification_result import VerificationResult
    from capplan.simulation.processes import mapper

    plan, began = plan_asked(rate, requests, seed, precision), perf_counter()
    result = verified(topology, rate, plan, Stage(mapper=mapper(jobs)))
    return VerificationResult.of(result, perf_counter() - began)
