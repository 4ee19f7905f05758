"""What the commands share: the argument and the options of everything that reads a topology, and how to follow them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capplan.errors import BadFile, BadOption
from capplan.report import FORMATS

if TYPE_CHECKING:
    from capplan.checks.records import Analysis
    from capplan.topology import Topology
    from capplan.topology.catalogue import Catalogue

DEFAULT_FILE = "topology.yaml"
STANDARD_INPUT = "-"
PRICINGS = ("on-demand", "committed")


def complete_form(incomplete: str) -> list[str]:
    """The forms that begin with what is typed, for the shell."""
    return [form for form in FORMATS if form.startswith(incomplete)]


def complete_pricing(incomplete: str) -> list[str]:
    """The pricings that begin with what is typed, for the shell."""
    return [pricing for pricing in PRICINGS if pricing.startswith(incomplete)]


TopologyArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="TOPOLOGY",
        help=f"The topology's file, or - for standard input; {DEFAULT_FILE} where left out.",
        show_default=False,
    ),
]
RateOption = Annotated[
    str | None, typer.Option("--rate", metavar="RATE", help="Another workload rate, e.g. 1500/s or 3M/day.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="Change the topology, e.g. components.app.replicas=8; repeatable."
    ),
]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        metavar="FORM",
        help="table (unless said), json, markdown or csv.",
        autocompletion=complete_form,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Short for --format json.")]
CatalogOption = Annotated[
    str | None,
    typer.Option("--catalog", metavar="FILE", help="Machine types of your own, CSV or YAML, beside the built-in ones."),
]
CatalogOnlyOption = Annotated[
    bool, typer.Option("--catalog-only", help="Only the machine types of --catalog, without the built-in ones.")
]
PricingOption = Annotated[
    str | None,
    typer.Option(
        "--pricing",
        metavar="PRICING",
        help="on-demand (unless said), or committed: years ahead, where such a price is known.",
        autocompletion=complete_pricing,
    ),
]


def chosen_form(form: str | None, as_json: bool) -> str:
    """The form that --format and --json ask for."""
    if form is not None and form not in FORMATS:
        raise BadOption(f"--format: there is no `{form}`; {', '.join(FORMATS)}")
    if as_json and form not in (None, "json"):
        raise BadOption(f"--json: it contradicts `--format {form}`; one of the two")
    return "json" if as_json else form or "table"


def chosen_rate(rate: str | None) -> float | None:
    """The rate that --rate asks for, per second."""
    from capplan.units import UnitError, parse_rate

    if rate is None:
        return None
    try:
        per_second = parse_rate(rate)
    except UnitError as error:
        raise BadOption(f"--rate: {error}") from None
    if per_second <= 0:
        raise BadOption(f"--rate: `{rate}` is not a load; a rate above zero, e.g. 200/s")
    return per_second


def chosen_catalogue(file: str | None, only: bool, pricing: str | None) -> "Catalogue | None":
    """The machine types that --catalog, --catalog-only and --pricing ask for; None where nothing is asked for."""
    if only and file is None:
        raise BadOption("--catalog-only: there is no catalogue to be the only one; --catalog FILE beside it")
    if pricing is not None and pricing not in PRICINGS:
        raise BadOption(f"--pricing: there is no `{pricing}`; {' or '.join(PRICINGS)}")
    if file is None and pricing is None:
        return None
    import capplan
    from capplan.topology.catalogue import catalogue_of

    try:
        types = None if file is None else capplan.read_catalogue(file, only=only)
        return catalogue_of(types, pricing)
    except OSError as error:
        raise BadFile(f"{file}: it cannot be read ({_reason(error)}); a file of machine types, CSV or YAML") from None


def load(topology: str | None, settings: list[str] | None, catalogue: "Catalogue | None" = None) -> "Topology":
    """The topology of a file, of standard input, or of the working directory, with the settings laid over it."""
    import capplan

    file = _existing(topology)
    try:
        if file == STANDARD_INPUT:
            text = sys.stdin.buffer.read()
            return capplan.parse(text, file_of(topology), settings=settings or (), catalogue=catalogue)
        return capplan.read(file, settings=settings or (), catalogue=catalogue)
    except OSError as error:
        raise BadFile(f"{file}: it cannot be read ({_reason(error)}); the file of a topology") from None


def file_of(topology: str | None) -> str:
    """How faults and reports name the topology that `load` would read."""
    if topology == STANDARD_INPUT:
        return "<stdin>"
    return DEFAULT_FILE if topology is None else topology


def analyzed(
    topology: str | None, rate: str | None, settings: list[str] | None, catalogue: "Catalogue | None" = None
) -> "Analysis":
    """The analysis of a topology at the rate that is asked for."""
    per_second = chosen_rate(rate)
    record = load(topology, settings, catalogue)
    from capplan.checks.analysis import analyze

    return analyze(record, per_second)


def writing_failed(file: str, error: OSError) -> BadFile:
    """The refusal for a file that cannot be written."""
    return BadFile(f"{file}: it cannot be written ({_reason(error)}); a file in a folder that you may write to")


def _existing(topology: str | None) -> str:
    """The file's name; where none is named, that of the file in the working directory."""
    if topology is not None:
        return topology
    if not Path(DEFAULT_FILE).exists():
        raise BadFile(
            f"{DEFAULT_FILE}: there is none in this folder; the topology's file, or a first one: capplan init"
        )
    return DEFAULT_FILE


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
