"""The command `analyze`: what the topology takes, what breaks first, which objectives hold and what it costs."""

from typing import Annotated

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
)
from capplan.cli.terminal import page, show

StrictOption = Annotated[bool, typer.Option("--strict", help="Exit with 1 when an SLO is missed or an alert fires.")]


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
) -> None:
    """Say what the topology takes, and what breaks first.

    Capacity and headroom, utilisation of every resource, latency percentiles and where the time goes, SLOs and
    alerts with the rates at which they turn, and the cost.

    \b
    Examples:
      capplan analyze
      capplan analyze shop.yaml --rate 1500/s
      capplan analyze shop.yaml --set components.app.replicas=8 --json
      cat shop.yaml | capplan analyze - --strict
    """
    chosen = chosen_form(form, as_json)
    analysis = analyzed(topology, rate, settings, chosen_catalogue(catalog, catalog_only, pricing))
    if chosen == "table":
        from capplan.report.as_table import to_table

        show(to_table(analysis, page()))
    else:
        from capplan.report import FORMATS

        show(FORMATS[chosen](analysis))
    if strict and not analysis.healthy:
        raise typer.Exit(1)
