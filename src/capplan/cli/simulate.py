"""The command `simulate`: the topology played out event by event, with the margin of every number."""

from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from capplan.cli.analyze import StrictOption
from capplan.cli.common import (
    CatalogOnlyOption,
    CatalogOption,
    FormatOption,
    JsonOption,
    PricingOption,
    RateOption,
    SetOption,
    TopologyArgument,
    chosen_catalogue,
    chosen_form,
    chosen_rate,
    load,
)
from capplan.cli.terminal import complain, page, show
from capplan.errors import BadOption

if TYPE_CHECKING:
    from capplan.checks.simulation import Simulation
    from capplan.simulation.replications import Plan

USUAL_REQUESTS = 200_000
FEWEST_REQUESTS = 1_000

RequestsOption = Annotated[
    int | None,
    typer.Option("--requests", metavar="N", help=f"Requests to count, {USUAL_REQUESTS:,} unless said."),
]
PrecisionOption = Annotated[
    str | None,
    typer.Option(
        "--precision", metavar="PART", help="Go on until the p99 of all requests is known to so much, e.g. 2%."
    ),
]
SeedOption = Annotated[
    int, typer.Option("--seed", metavar="N", help="Of the random numbers: the same, the same result.")
]
JobsOption = Annotated[
    int, typer.Option("--jobs", "-j", metavar="N", help="Processes; the result does not depend on them. 0: one a core.")
]


def simulate(
    topology: TopologyArgument = None,
    rate: RateOption = None,
    settings: SetOption = None,
    requests: RequestsOption = None,
    precision: PrecisionOption = None,
    seed: SeedOption = 1,
    jobs: JobsOption = 1,
    form: FormatOption = None,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
    catalog_only: CatalogOnlyOption = False,
    pricing: PricingOption = None,
    strict: StrictOption = False,
) -> None:
    """Play the topology out event by event, and measure what analyze works out.

    Utilisation, latency percentiles, success, SLOs and alerts, each with its 95 % confidence interval over
    independent replications. Ctrl-C ends it early with what there is.

    \b
    Examples:
      capplan simulate
      capplan simulate shop.yaml --rate 1500/s --precision 2%
      capplan simulate shop.yaml --requests 1000000 --seed 7 --jobs 2 --json
    """
    chosen, per_second = chosen_form(form, as_json), chosen_rate(rate)
    plan = chosen_plan(requests, precision, seed)
    record = load(topology, settings, chosen_catalogue(catalog, catalog_only, pricing))
    from capplan.checks.simulation import simulate as played
    from capplan.cli.simulation_bar import SimulationBar
    from capplan.prediction.simulated import Stage
    from capplan.simulation.processes import mapper

    began = perf_counter()
    with SimulationBar(monotonic) as bar:
        result = played(record, per_second, plan, Stage(mapper=mapper(chosen_jobs(jobs)), watch=bar.tell))
    _show(result, chosen, perf_counter() - began)
    if result.simulated.run.interrupted:
        complain("capplan simulate: stopped early; the result is of the replications that were done")
    if strict and not result.healthy:
        raise typer.Exit(1)


def _show(result: "Simulation", form: str, wall_seconds: float) -> None:
    if form == "table":
        from capplan.report.simulation_table import simulation_to_table

        show(simulation_to_table(result, page()))
    else:
        from capplan.report.simulation import SIMULATION_FORMATS

        show(SIMULATION_FORMATS[form](result, wall_seconds))


def chosen_plan(requests: int | None, precision: str | None, seed: int) -> "Plan":
    """How much --requests and --precision ask for, with the seed."""
    from capplan.simulation.replications import Plan
    from capplan.units import UnitError, parse_fraction

    if requests is not None and requests < FEWEST_REQUESTS:
        raise BadOption(f"--requests: {requests:,} are too few; at least {FEWEST_REQUESTS:,}")
    if precision is None:
        return Plan(requests or USUAL_REQUESTS, seed)
    try:
        part = float(parse_fraction(precision))
    except UnitError as error:
        raise BadOption(f"--precision: {error}") from None
    if not 0.0 < part < 1.0:
        raise BadOption(f"--precision: `{precision}` is no part of a number; more than 0 and less than 1, e.g. 2%")
    return Plan(requests or USUAL_REQUESTS, seed, precision=part)


def chosen_jobs(jobs: int) -> int:
    """The processes that --jobs asks for."""
    import os

    if jobs < 0:
        raise BadOption(f"--jobs: {jobs} processes cannot be; 1 or more, or 0 for one a core")
    return jobs or os.cpu_count() or 1
