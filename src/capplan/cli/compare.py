"""The command `compare`: what differs between two designs in capacity, latency, objectives and cost."""

import sys
from pathlib import Path
from time import monotonic
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
    chosen_catalogue,
    chosen_form,
    chosen_rate,
    file_of,
    load,
)
from capplan.cli.playing import PrecisionOption, RequestsOption, chosen_jobs, chosen_plan
from capplan.cli.terminal import complain, page, show
from capplan.errors import BadFile, BadOption

if TYPE_CHECKING:
    from capplan.checks.records import Analysis
    from capplan.studies.records import Difference, Result
    from capplan.topology import Topology
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


SeedOption = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", help="Of the random numbers, 1 unless said: the same, the same result."),
]
JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", "-j", metavar="N", help="Processes, 1 unless said; 0: one a core."),
]
SimulateOption = Annotated[
    bool,
    typer.Option("--simulate", help="Play both out on common random numbers, and tell changes from noise."),
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


class Playing(NamedTuple):
    """What --requests, --precision, --seed and --jobs say; None where they say nothing."""

    requests: int | None
    precision: str | None
    seed: int | None
    jobs: int | None


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
    simulate: SimulateOption = False,
    requests: RequestsOption = None,
    precision: PrecisionOption = None,
    seed: SeedOption = None,
    jobs: JobsOption = None,
) -> None:
    """Say what differs between two designs.

    Capacity, latency, success, SLOs, alerts, states, cost, and the utilisation and machines of every component;
    better or worse. Each of the two is a topology or a saved JSON result of `analyze`. With --simulate both are
    played out event by event, and what may be noise is said to be.

    \b
    Examples:
      capplan compare today.yaml tomorrow.yaml --rate 1500/s
      capplan compare shop.yaml --set components.app.replicas=8
      capplan compare main.json shop.yaml --strict --format markdown
      capplan compare shop.yaml --set components.app.replicas=8 --simulate
    """
    chosen = chosen_form(form, as_json)
    question = Question(rate, chosen_catalogue(catalog, catalog_only, pricing))
    first, second = _inputs(before, after, settings)
    playing = Playing(requests, precision, seed, jobs)
    if simulate:
        difference = _played(first, second, question, settings or [], playing)
    else:
        difference = _worked_out(first, second, question, settings or [], playing)
    _show(difference, chosen)
    if strict and difference.regressed:
        raise typer.Exit(1)


def _show(difference: "Difference", form: str) -> None:
    if form == "table":
        from capplan.report.comparison_table import to_table

        show(to_table(difference, page()))
    else:
        from capplan.report.comparison import COMPARISON_FORMATS

        show(COMPARISON_FORMATS[form](difference))


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


def _worked_out(first: Input, second: Input, question: Question, settings: list[str], playing: Playing) -> "Difference":
    """What differs between the results of both."""
    from capplan.studies.compare import compare as compared

    said = [f"--{name}" for name, value in playing._asdict().items() if value is not None]
    if said:
        raise BadOption(f"{said[0]}: nothing is simulated; --simulate beside it")
    return compared(_result(first, question, []), _result(second, question, settings))


def _played(first: Input, second: Input, question: Question, settings: list[str], playing: Playing) -> "Difference":
    """What differs between both when they are played out on common random numbers."""
    plan = chosen_plan(playing.requests, playing.precision, 1 if playing.seed is None else playing.seed)
    processes = chosen_jobs(1 if playing.jobs is None else playing.jobs)
    per_second = chosen_rate(question.rate)
    for one in (first, second):
        if one.saved is not None:
            raise BadOption(f"--simulate: {file_of(one.argument)} is a saved result; its topology, to be played out")
    topologies = _topology(first, question, []), _topology(second, question, settings)
    from capplan.cli.simulation_bar import SimulationBar
    from capplan.prediction.simulated import Stage
    from capplan.prediction.simulated_pair import simulate_pair
    from capplan.report.comparison_simulated import Source, simulated_difference
    from capplan.simulation.processes import mapper

    with SimulationBar(monotonic) as bar:
        pair = simulate_pair(*topologies, per_second, plan, Stage(mapper=mapper(processes), watch=bar.tell))
    if pair.before.run.interrupted:
        complain("capplan compare: stopped early; the result is of the replications that were done")
    sources = Source(file_of(first.argument)), Source(file_of(second.argument), settings)
    return simulated_difference(pair, *sources)


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
    per_second = chosen_rate(question.rate)
    topology = _topology(chosen, question, settings)
    from capplan.checks.analysis import analyze

    return analyze(topology, per_second)


def _topology(chosen: Input, question: Question, settings: list[str]) -> "Topology":
    if chosen.text is None:
        return load(chosen.argument, settings, question.catalogue)
    import capplan

    return capplan.parse(chosen.text, file_of(chosen.argument), settings=settings, catalogue=question.catalogue)
