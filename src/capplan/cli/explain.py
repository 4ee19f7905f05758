"""The command `explain`: where the numbers of a component or a request come from, and what a note means."""

from pathlib import Path
from typing import Annotated

import typer

from capplan.cli.common import (
    STANDARD_INPUT,
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
from capplan.cli.terminal import show
from capplan.errors import BadOption

SubjectArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="SUBJECT",
        help="A component, a request, `total`, or the code of a note.",
        show_default=False,
    ),
]


def explain(
    topology: TopologyArgument = None,
    subject: SubjectArgument = None,
    rate: RateOption = None,
    settings: SetOption = None,
    form: FormatOption = None,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
    catalog_only: CatalogOnlyOption = False,
    pricing: PricingOption = None,
) -> None:
    """Explain where a number comes from.

    Shows the formulas with the value of each symbol and their source; for a request how its percentiles come
    about; for a note what it means and what to do.

    \b
    Examples:
      capplan explain app
      capplan explain shop.yaml checkout --rate 1500/s
    """
    chosen = chosen_form(form, as_json)
    file, name = _split(topology, subject)
    analysis = analyzed(file, rate, settings, chosen_catalogue(catalog, catalog_only, pricing))

    from capplan.report.explain import EXPLANATION_FORMATS
    from capplan.report.explanation import explanation_of

    show(EXPLANATION_FORMATS[chosen](explanation_of(analysis, name)))


def _split(topology: str | None, subject: str | None) -> tuple[str | None, str]:
    """The topology and the subject; one argument alone is the subject."""
    if topology is None:
        raise BadOption("explain: there is no subject; a component, a request, `total`, or the code of a note")
    if subject is None:
        return None, topology
    if topology != STANDARD_INPUT and not Path(topology).exists() and Path(subject).is_file():
        raise BadOption(f"explain: the topology comes first; capplan explain {subject} {topology}")
    return topology, subject
