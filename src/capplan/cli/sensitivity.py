"""The command `sensitivity`: which inputs a metric hangs on most."""

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
    chosen_catalogue,
    chosen_form,
    chosen_rate,
    load,
)
from capplan.cli.terminal import page, show

MetricOption = Annotated[
    str | None,
    typer.Option(
        "--metric",
        metavar="METRIC",
        help="What is looked at, e.g. checkout.p99; the SLO nearest to falling, else total.p99, unless said.",
    ),
]
TopOption = Annotated[int, typer.Option("--top", metavar="N", help="How many inputs to show; 15 unless said.", min=1)]


def sensitivity(
    topology: TopologyArgument = None,
    metric: MetricOption = None,
    top: TopOption = 15,
    rate: RateOption = None,
    settings: SetOption = None,
    form: FormatOption = None,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
    catalog_only: CatalogOnlyOption = False,
    pricing: PricingOption = None,
) -> None:
    """Rank the inputs by what they do to a metric.

    By how many percent the metric grows where an input grows by one, and what it is at the ends of the input's
    interval (10 % less and more, where none was written): what to measure better, and what to change.

    \b
    Examples:
      capplan sensitivity
      capplan sensitivity shop.yaml --metric checkout.p99 --top 5
      capplan sensitivity shop.yaml --metric cost.month --rate 3000/s --json
    """
    chosen = chosen_form(form, as_json)
    per_second = chosen_rate(rate)
    record = load(topology, settings, chosen_catalogue(catalog, catalog_only, pricing))

    from capplan.studies.sensitivity import sensitivity as ranked

    found = ranked(record, metric, per_second, top)
    if chosen == "table":
        from capplan.report.sensitivity_table import to_table

        show(to_table(found, page()))
    else:
        from capplan.report.sensitivity import SENSITIVITY_FORMATS

        show(SENSITIVITY_FORMATS[chosen](found))
