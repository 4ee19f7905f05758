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
from capplan.cli.playing import PrecisionOption, RequestsOption, chosen_jobs, chosen_plan
from capplan.cli.terminal import complain, page, show

if TYPE_CHECKING:
    from capplan.checks.simulation import Simulation

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
