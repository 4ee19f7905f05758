"""The command `machines`: the machine types that a topology may name, with their figures and prices."""

from typing import TYPE_CHECKING, Annotated

import typer

from capplan.cli.common import (
    CatalogOnlyOption,
    CatalogOption,
    FormatOption,
    JsonOption,
    PricingOption,
    chosen_catalogue,
    chosen_form,
)
from capplan.cli.terminal import complain, page, show
from capplan.errors import BadOption

if TYPE_CHECKING:
    from capplan.report.machines import Listed
    from capplan.topology.catalogue import Catalogue
    from capplan.topology.selection import Wanted
    from capplan.units import Unit

ORDERS = ("price", "cores", "memory", "name", "price-per-core")


def complete_order(incomplete: str) -> list[str]:
    """The orders that begin with what is typed, for the shell."""
    return [order for order in ORDERS if order.startswith(incomplete)]


TextArgument = Annotated[
    str | None, typer.Argument(metavar="TEXT", help="A part of the name, e.g. 2xlarge.", show_default=False)
]
ProviderOption = Annotated[str | None, typer.Option("--provider", metavar="NAME", help="aws, gcp, azure or generic.")]
FamilyOption = Annotated[str | None, typer.Option("--family", metavar="NAME", help="A family, e.g. m6i.")]
ArchOption = Annotated[str | None, typer.Option("--arch", metavar="NAME", help="amd64 or arm64.")]
MinCoresOption = Annotated[str | None, typer.Option("--min-cores", metavar="N", help="At least so many vCPUs.")]
MaxCoresOption = Annotated[str | None, typer.Option("--max-cores", metavar="N", help="At most so many vCPUs.")]
MinMemoryOption = Annotated[
    str | None, typer.Option("--min-memory", metavar="SIZE", help="At least so much memory, e.g. 16GiB.")
]
MaxPriceOption = Annotated[
    str | None, typer.Option("--max-price", metavar="PRICE", help="At most this price an hour: 0.5, or 300/month.")
]
SortOption = Annotated[
    str | None,
    typer.Option(
        "--sort", metavar="ORDER", help=f"{', '.join(ORDERS[:-1])} or {ORDERS[-1]}.", autocompletion=complete_order
    ),
]


def machines(
    text: TextArgument = None,
    provider: ProviderOption = None,
    family: FamilyOption = None,
    arch: ArchOption = None,
    min_cores: MinCoresOption = None,
    max_cores: MaxCoresOption = None,
    min_memory: MinMemoryOption = None,
    max_price: MaxPriceOption = None,
    sort: SortOption = None,
    catalog: CatalogOption = None,
    catalog_only: CatalogOnlyOption = False,
    pricing: PricingOption = None,
    form: FormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the machine types that a topology may name.

    With vCPUs, memory, network, relative speed and prices; the options keep those that fit all of them. CSV is in
    the form that --catalog reads.

    \b
    Examples:
      capplan machines --family m6i
      capplan machines --min-cores 8 --min-memory 32GiB --sort price
      capplan machines 2xlarge --arch arm64 --pricing committed --json
    """
    from capplan.topology.selection import Wanted
    from capplan.units import HOURLY, NUMBER, SIZE

    chosen = chosen_form(form, as_json)
    if sort is not None and sort not in ORDERS:
        raise BadOption(f"--sort: there is no `{sort}`; {', '.join(ORDERS)}")
    wanted = Wanted(
        text=text,
        provider=provider,
        family=family,
        arch=arch,
        min_cores=_quantity("--min-cores", min_cores, NUMBER),
        max_cores=_quantity("--max-cores", max_cores, NUMBER),
        min_memory=_quantity("--min-memory", min_memory, SIZE),
        max_price=_quantity("--max-price", max_price, HOURLY),
    )
    _show(_listed(wanted, sort, chosen_catalogue(catalog, catalog_only, pricing)), chosen)


def _quantity(option: str, text: str | None, unit: "Unit") -> float | None:
    from capplan.units import UnitError, parse

    try:
        return None if text is None else parse(text, unit)
    except UnitError as error:
        raise BadOption(f"{option}: {error}") from None


def _listed(wanted: "Wanted", sort: str | None, chosen: "Catalogue | None") -> "Listed":
    from capplan.report.machines import Listed
    from capplan.topology.catalogue import load_catalogue
    from capplan.topology.selection import select, why_none

    catalogue = load_catalogue() if chosen is None else chosen
    fitting = select(catalogue.values(), wanted, sort)
    if not fitting:
        complain(f"no machine type fits; {why_none(catalogue.values(), wanted)}")
    own = frozenset(machine.name or "" for machine in fitting if not catalogue.built_in(machine))
    return Listed(machines=fitting, pricing=catalogue.pricing, own=own)


def _show(listed: "Listed", form: str) -> None:
    """The list in its form; of an empty one, people need no headings."""
    from capplan.report.machines import MACHINE_FORMATS

    if form != "table":
        show(MACHINE_FORMATS[form](listed))
    elif listed.machines:
        from capplan.report.machines_table import to_table

        show(to_table(listed, page()))
