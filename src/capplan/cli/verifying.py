"""`analyze --verify`: its options, and the way from the topology to the page."""

from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from capplan.cli.playing import USUAL_REQUESTS, chosen_jobs, chosen_plan
from capplan.cli.terminal import complain, page, show
from capplan.errors import BadOption

if TYPE_CHECKING:
    from capplan.checks.verification_records import Verification
    from capplan.simulation.replications import Plan
    from capplan.topology import Topology

VerifyOption = Annotated[
    bool, typer.Option("--verify", help="Play the topology out as well, and mark each number that this refutes.")
]
RequestsOption = Annotated[
    int | None,
    typer.Option("--requests", metavar="N", help=f"With --verify: requests to count; {USUAL_REQUESTS:,} unless said."),
]
PrecisionOption = Annotated[
    str | None,
    typer.Option(
        "--precision", metavar="PART", help="With --verify: go on until the p99 is known to so much, e.g. 2%."
    ),
]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", "-j", metavar="N", help="With --verify: processes. 0: one a core.")
]


class Trial(NamedTuple):
    """How a topology is played out to verify its analysis."""

    plan: "Plan"
    jobs: int


def chosen_trial(
    requests: int | None, precision: str | None, seed: int | None, jobs: int | None, *, asked: bool
) -> Trial | None:
    """What --requests, --precision, --seed and --jobs ask for; None where nothing is to be verified."""
    if not asked:
        for option, value in (("--requests", requests), ("--precision", precision), ("--jobs", jobs)):
            if value is not None:
                raise BadOption(f"{option}: nothing is played out without it; --verify beside it")
        return None
    if seed is not None and seed < 0:
        raise BadOption(f"--seed: {seed} is below zero; a whole number, e.g. 1")
    plan = chosen_plan(requests, precision, 1 if seed is None else seed)
    return Trial(plan, chosen_jobs(1 if jobs is None else jobs))


def verified(topology: "Topology", rate: float | None, trial: Trial, form: str) -> bool:
    """Shows the analysis beside the simulation; whether everything holds, and nothing is refuted."""
    from capplan.checks.verification import verify
    from capplan.cli.simulation_bar import SimulationBar
    from capplan.prediction.simulated import Stage
    from capplan.simulation.processes import mapper

    began = perf_counter()
    with SimulationBar(monotonic) as bar:
        found = verify(topology, rate, trial.plan, Stage(mapper=mapper(trial.jobs), watch=bar.tell))
    _show(found, form, perf_counter() - began)
    if found.run.interrupted:
        complain("capplan analyze: stopped early; verified by the replications that were done")
    return found.healthy


def _show(found: "Verification", form: str, wall_seconds: float) -> None:
    if form == "table":
        from capplan.report.verification_table import verification_to_table

        show(verification_to_table(found, page()))
    else:
        from capplan.report.verification import VERIFICATION_FORMATS

        show(VERIFICATION_FORMATS[form](found, wall_seconds))
