"""The command `check`: whether the topology is valid, and every fault where it is not."""

from typing import TYPE_CHECKING

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
    file_of,
    load,
)
from capplan.cli.terminal import show
from capplan.errors import BadTopology

if TYPE_CHECKING:
    from capplan.report.problems import Checked
    from capplan.topology import Topology


def check(
    topology: TopologyArgument = None,
    rate: RateOption = None,
    settings: SetOption = None,
    form: FormatOption = None,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
    catalog_only: CatalogOnlyOption = False,
    pricing: PricingOption = None,
) -> None:
    """Check the topology and list every fault.

    Each fault comes with its line, what is wrong and what would be right; the exit code is 2 where there is one.

    \b
    Examples:
      capplan check shop.yaml
      capplan check shop.yaml --format json
    """
    from capplan.report.problems import PROBLEM_FORMATS, Checked

    chosen = chosen_form(form, as_json)
    per_second = chosen_rate(rate)
    try:
        types = chosen_catalogue(catalog, catalog_only, pricing)
        checked = _sound(file_of(topology), load(topology, settings, types), per_second)
    except BadTopology as error:
        if chosen == "table":
            raise
        checked = Checked(file=file_of(topology), problems=error.problems)
    show(PROBLEM_FORMATS[chosen](checked))
    if not checked.sound:
        raise typer.Exit(BadTopology.exit_code)


def _sound(file: str, topology: "Topology", rate: float | None) -> "Checked":
    from capplan.report.problems import Checked

    holds = (
        ("component", len(topology.components)),
        ("request", len(topology.request_classes)),
        ("SLO", len(topology.slos)),
        ("alert", len(topology.alerts)),
    )
    return Checked(file=file, holds=holds, rate=topology.workload.rate if rate is None else rate)
