"""The command `analyze`: what the topology takes, what breaks first, which objectives hold and what it costs."""

from typing import TYPE_CHECKING, Annotated

import typer

from capplan.cli.common import (
    CatalogOnlyOption,
    CatalogOption,
    FormatOption,
    JsonOption,
    PricingOption,
    RateOption,
    SetOption,
    TopologyArgument,
    analyzed,
    chosen_catalogue,
    chosen_form,
    chosen_rate,
    load,
)
from capplan.cli.sampling import PointsOption, Sampling, UncertaintyOption, chosen_sampling
from capplan.cli.terminal import page, show
from capplan.cli.verifying import (
    JobsOption,
    PrecisionOption,
    RequestsOption,
    VerifyOption,
    chosen_trial,
    verified,
)
from capplan.errors import BadOption

if TYPE_CHECKING:
    from capplan.checks.records import Analysis
    from capplan.topology import Topology

StrictOption = Annotated[bool, typer.Option("--strict", help="Exit with 1 when an SLO is missed or an alert fires.")]
SeedOption = Annotated[
    int | None,
    typer.Option(
        "--seed", metavar="N", help="With --uncertainty: another choice of values; with --verify: of random numbers."
    ),
]


def analyze(
    topology: TopologyArgument = None,
    rate: RateOption = None,
    settings: SetOption = None,
    form: FormatOption = None,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
    catalog_only: CatalogOnlyOption = False,
    pricing: PricingOption = None,
    strict: StrictOption = False,
    uncertainty: UncertaintyOption = False,
    points: PointsOption = None,
    seed: SeedOption = None,
    verify: VerifyOption = False,
    requests: RequestsOption = None,
    precision: PrecisionOption = None,
    jobs: JobsOption = None,
) -> None:
    """Say what the topology takes, and what breaks first.

    Capacity and headroom, utilisation of every resource, latency percentiles and where the time goes, SLOs and
    alerts with the rates at which they turn, and the cost.

    \b
    Examples:
      capplan analyze
      capplan analyze shop.yaml --rate 1500/s
      capplan analyze shop.yaml --set components.app.replicas=8 --json
      capplan analyze shop.yaml --uncertainty
      capplan analyze shop.yaml --verify --jobs 2
      cat shop.yaml | capplan analyze - --strict
    """
    chosen = chosen_form(form, as_json)
    if uncertainty and verify:
        raise BadOption("--verify: intervals of inputs are not played out; without --uncertainty")
    trial = chosen_trial(requests, precision, seed, jobs, asked=verify)
    sampling = None if verify else chosen_sampling(points, seed, asked=uncertainty)
    types = chosen_catalogue(catalog, catalog_only, pricing)
    per_second = chosen_rate(rate)
    if trial is not None:
        healthy = verified(load(topology, settings, types), per_second, trial, chosen)
    elif sampling is not None:
        healthy = _doubt(load(topology, settings, types), per_second, sampling, chosen)
    else:
        healthy = _say(analyzed(topology, rate, settings, types), chosen)
    if strict and not healthy:
        raise typer.Exit(1)


def _say(analysis: "Analysis", form: str) -> bool:
    """Shows the analysis; whether everything holds."""
    if form == "table":
        from capplan.report.as_table import to_table

        show(to_table(analysis, page()))
    else:
        from capplan.report import FORMATS

        show(FORMATS[form](analysis))
    return analysis.healthy


def _doubt(topology: "Topology", rate: float | None, sampling: Sampling, form: str) -> bool:
    """Shows it with intervals and probabilities; whether everything holds at the middle of the inputs."""
    from capplan.uncertainty.study import Study, doubted

    study = Study(topology, rate, sampling.points, sampling.seed)
    found = doubted(study, turning=form == "json")  # no other form shows the rates at which objectives turn
    if form == "table":
        from capplan.report.uncertainty_table import to_table

        show(to_table(found, page()))
    else:
        from capplan.report.uncertainty import UNCERTAIN_FORMATS

        show(UNCERTAIN_FORMATS[form](found))
    return found.analysis.healthy
