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
from capplan.cli.timeline import (
    DurationOption,
    EventOption,
    Lines,
    PlotOption,
    ReplicationsOption,
    ScenarioOption,
    TimelineOption,
    draw,
    tell,
)

if TYPE_CHECKING:
    from capplan.checks.simulation import Simulation
    from capplan.simulation.replications import Mapper, Plan
    from capplan.topology import Topology

SeedOption = Annotated[
    int, typer.Option("--seed", metavar="N", help="Of the random numbers: the same, the same result.")
]
JobsOption = Annotated[
    int, typer.Option("--jobs", "-j", metavar="N", help="Processes; the result does not depend on them. 0: one a core.")
]
StateOption = Annotated[
    str | None,
    typer.Option("--state", metavar="STATE", help='A state of `resilience`, e.g. "app without 1 of its replicas".'),
]


def simulate(
    topology: TopologyArgument = None,
    rate: RateOption = None,
    settings: SetOption = None,
    requests: RequestsOption = None,
    precision: PrecisionOption = None,
    state: StateOption = None,
    seed: SeedOption = 1,
    jobs: JobsOption = 1,
    timeline: TimelineOption = None,
    event: EventOption = None,
    scenario: ScenarioOption = None,
    duration: DurationOption = None,
    replications: ReplicationsOption = None,
    plot: PlotOption = None,
    form: FormatOption = None,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
    catalog_only: CatalogOnlyOption = False,
    pricing: PricingOption = None,
    strict: StrictOption = False,
) -> None:
    """Play the topology out event by event, and measure what analyze works out.

    Utilisation, latency percentiles, success, SLOs and alerts, each with its 95% confidence interval over
    independent replications. Ctrl-C ends it early with what there is.

    With --timeline, --event, --scenario or --duration it tells a story: what happened when, each metric over time,
    when alerts fired, notified and resolved, and which requests failed before anybody was told. --requests and
    --precision are not for stories, --replications and --plot only for them.

    \b
    Examples:
      capplan simulate
      capplan simulate shop.yaml --rate 1500/s --precision 2%
      capplan simulate shop.yaml --requests 1000000 --seed 7 --jobs 2 --json
      capplan simulate shop.yaml --event "api replica down at 10m for 5m"
      capplan simulate shop.yaml --scenario friday --timeline 60s --plot friday.svg
    """
    chosen, per_second = chosen_form(form, as_json), chosen_rate(rate)
    plan = chosen_plan(requests, precision, seed)
    lines = Lines(timeline, event or (), scenario, duration, replications, plot).checked(requests, precision)
    paint = lines.painter()
    record = load(topology, settings, chosen_catalogue(catalog, catalog_only, pricing))
    record = record if state is None else _in_state(record, state)
    from capplan.simulation.processes import mapper

    began, spread = perf_counter(), mapper(chosen_jobs(jobs))
    if lines.wanted:
        result = tell(record, per_second, lines.asked(seed), spread)
    else:
        result = _play(record, per_second, plan, spread)
    draw(result, plot, paint)
    _show(result, chosen, perf_counter() - began)
    if strict and not result.healthy:
        raise typer.Exit(1)


def _in_state(topology: "Topology", state: str) -> "Topology":
    """What is left of it in a state."""
    from capplan.checks.states import in_named_state

    return in_named_state(topology, state)


def _play(topology: "Topology", rate: float | None, plan: "Plan", mapper: "Mapper") -> "Simulation":
    """Play the topology at a load that does not change, with a bar on standard error."""
    from capplan.checks.simulation import simulate as played
    from capplan.cli.simulation_bar import SimulationBar
    from capplan.prediction.simulated import Stage

    with SimulationBar(monotonic) as bar:
        result = played(topology, rate, plan, Stage(mapper=mapper, watch=bar.tell))
    if result.simulated.run.interrupted:
        complain("capplan simulate: stopped early; the result is of the replications that were done")
    return result


def _show(result: "Simulation", form: str, wall_seconds: float) -> None:
    if form == "table":
        from capplan.report.simulation_table import simulation_to_table

        show(simulation_to_table(result, page()))
    else:
        from capplan.report.simulation import SIMULATION_FORMATS

        show(SIMULATION_FORMATS[form](result, wall_seconds))
