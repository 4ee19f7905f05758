"""The command `compare`: what differs between two designs in capacity, latency, objectives and cost."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from capplan.cli.common import (
    STANDARD_INPUT,
    CatalogOnlyOption,
    CatalogOption,
    FormatOption,
    JsonOption,
    PricingOption,
    RateOption,
    analyzed,
    chosen_catalogue,
    chosen_form,
    chosen_rate,
    file_of,
)
from capplan.cli.terminal import page, show
from capplan.errors import BadFile, BadOption

if TYPE_CHECKING:
    from capplan.checks.records import Analysis
    from capplan.studies.records import Result
    from capplan.topology.catalogue import Catalogue

BeforeArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="BEFORE",
        help="A topology, a saved result of `analyze --json`, or - for standard input.",
        show_default=False,
    ),
]
AfterArgument = Annotated[
    str | None,
    typer.Argument(metavar="AFTER", help="The same; where left out, BEFORE with what --set says.", show_default=False),
]
ChangeOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change AFTER, e.g. components.app.replicas=8; repeatable."),
]
StrictOption = Annotated[
    bool,
    typer.Option(
        "--strict", help="Exit with 1 when AFTER misses an SLO, fires an alert or fails a state that BEFORE does not."
    ),
]


class Input(NamedTuple):
    """One of the two: the argument, what standard input held, and the saved result that it is, if it is one."""

    argument: str | None
    text: bytes | None
    saved: Any


class Question(NamedTuple):
    """What both topologies are analyzed with."""

    rate: str | None
    catalogue: "Catalogue | None"


def compare(
    before: BeforeArgument = None,
    after: AfterArgument = None,
    rate: RateOption = None,
    settings: ChangeOption = None,
    form: FormatOption = None,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
    catalog_only: CatalogOnlyOption = False,
    pricing: PricingOption = None,
    strict: StrictOption = False,
) -> None:
    """Say what differs between two designs.

    Capacity, latency, success, SLOs, alerts, states, cost, and the utilisation and machines of every component;
    better or worse. Each of the two is a topology or a saved JSON result of `analyze`.

    \b
    Examples:
      capplan compare today.yaml tomorrow.yaml --rate 1500/s
      capplan compare shop.yaml --set components.app.replicas=8
      capplan compare main.json shop.yaml --strict --format markdown
    """
    chosen = chosen_form(form, as_json)
    question = Question(rate, chosen_catalogue(catalog, catalog_only, pricing))
    first, second = _inputs(before, after, settings)

    from capplan.report.comparison import COMPARISON_FORMATS
    from capplan.studies.compare import compare as compared

    difference = compared(_result(first, question, []), _result(second, question, settings or []))
    if chosen == "table":
        from capplan.report.comparison_table import to_table

        show(to_table(difference, page()))
    else:
        show(COMPARISON_FORMATS[chosen](difference))
    if strict and difference.regressed:
        raise typer.Exit(1)


def _inputs(before: str | None, after: str | None, settings: list[str] | None) -> tuple[Input, Input]:
    if after is None:
        if not settings:
            raise BadOption("compare: there is nothing to compare with; a second file, or a change: --set PATH=VALUE")
        first = _input(before)
        return first, first
    if before == after == STANDARD_INPUT:
        raise BadOption("compare: standard input cannot be both; a file for one of them")
    return _input(before), _input(after)


def _input(argument: str | None) -> Input:
    if argument == STANDARD_INPUT:
        text = sys.stdin.buffer.read()
        return Input(argument, text, _saved(text, file_of(argument)))
    file = file_of(argument)
    try:
        text = Path(file).read_bytes()
    except OSError:
        text = b""  # the reader of topologies says why it cannot be read
    return Input(argument, None, _saved(text, file))


def _saved(text: bytes, file: str) -> Any:
    """The saved result that a text is; None for a topology, which JSON can be too."""
    named = file.endswith(".json")
    if not named and not text.lstrip().startswith(b"{"):
        return None
    import json

    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        if not named or not text:
            return None
        raise BadFile(f"{file}: it is no JSON ({error}); what `capplan analyze --json` prints") from None
    is_result = isinstance(data, dict) and "schema" in data
    is_topology = isinstance(data, dict) and "components" in data and "version" in data
    return data if is_result or (named and not is_topology) else None


def _result(chosen: Input, question: Question, settings: list[str]) -> "Result":
    """The result of one side: the saved one, or the analysis of the topology as its JSON form has it."""
    from capplan.report.as_json import to_dict
    from capplan.studies.results import read_result

    file = file_of(chosen.argument)
    if chosen.saved is None:
        return read_result(to_dict(_analysis(chosen, question, settings)), file, settings)
    if question.rate is not None:
        raise BadOption(f"--rate: {file} is a saved result, of one rate; its topology, or no --rate")
    if settings:
        raise BadOption(f"--set: {file} is a saved result, which cannot be changed; its topology")
    return read_result(chosen.saved, file)


def _analysis(chosen: Input, question: Question, settings: list[str]) -> "Analysis":
    if chosen.text is None:
        return analyzed(chosen.argument, question.rate, settings, question.catalogue)
    import capplan
    from capplan.checks.analysis import analyze

    per_second = chosen_rate(question.rate)
    topology = capplan.parse(chosen.text, file_of(chosen.argument), settings=settings, catalogue=question.catalogue)
    return analyze(topology, per_second)
