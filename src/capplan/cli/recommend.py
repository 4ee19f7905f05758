"""The command `recommend`: the cheapest machines that carry a load and hold every objective, or what money carries."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    chosen_catalogue,
    chosen_form,
    chosen_rate,
    file_of,
    load,
)
from capplan.cli.terminal import complain, page, show
from capplan.cli.wishes import (
    BudgetOption,
    ConfidenceOption,
    HeadroomOption,
    MarginOption,
    TargetOption,
    TimeLimitOption,
    chosen_budget,
    chosen_target,
    chosen_wishes,
)
from capplan.errors import BadOption

if TYPE_CHECKING:
    from capplan.planning.records import Recommendation
    from capplan.planning.wishes import Wishes
    from capplan.report.advice import Advice
    from capplan.topology import Topology
    from capplan.topology.catalogue import Catalogue

TOPOLOGY = "topology"

EmitOption = Annotated[
    str | None,
    typer.Option(
        "--emit",
        metavar="WHAT",
        help="topology: print the topology with the plan applied, instead of the report.",
        autocompletion=lambda incomplete: [TOPOLOGY] if TOPOLOGY.startswith(incomplete) else [],
    ),
]


def recommend(
    topology: TopologyArgument = None,
    target: TargetOption = None,
    budget: BudgetOption = None,
    headroom: HeadroomOption = None,
    percentile_margin: MarginOption = None,
    time_limit: TimeLimitOption = None,
    confidence: ConfidenceOption = None,
    emit: EmitOption = None,
    rate: RateOption = None,
    settings: SetOption = None,
    form: FormatOption = None,
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
    catalog_only: CatalogOnlyOption = False,
    pricing: PricingOption = None,
) -> None:
    """Find the cheapest machines that carry a load and hold every objective.

    Larger machines, more machines, or both: the cheapest plan of each strategy side by side, what the chosen one
    changes and why, and what was refused. The exit code is 1 where no plan within `scaling` holds everything.

    \b
    Examples:
      capplan recommend --target-rps 5000
      capplan recommend shop.yaml --target-rps 3x --headroom 20%
      capplan recommend shop.yaml --budget 2000/month --json
      capplan recommend --target-rps 5000 --emit topology | capplan analyze - --strict
    """
    if (target is None) == (budget is None):
        raise BadOption("recommend: one of the two, --target-rps 5000 or --budget 2000/month, is needed")
    if budget is not None and confidence is not None:
        raise BadOption("--confidence: it is for a rate, not for a --budget; --target-rps beside it")
    chosen = chosen_form(form, as_json)
    _check_emit(emit, form, as_json)
    wishes = chosen_wishes(headroom, percentile_margin, time_limit, confidence)
    today, hourly = chosen_rate(rate), chosen_budget(budget)
    record, text = _read(topology, settings or [], chosen_catalogue(catalog, catalog_only, pricing))
    advice = _advice(record, chosen_target(target, today, record), hourly, wishes)
    if emit is None:
        _report(advice, chosen)
    else:
        _emit(advice, text, settings or [])
        _mention(catalog, pricing)
    if advice.plan is None:
        raise typer.Exit(1)


def _check_emit(emit: str | None, form: str | None, as_json: bool) -> None:
    if emit is not None and emit != TOPOLOGY:
        raise BadOption(f"--emit: there is no `{emit}`; {TOPOLOGY}")
    if emit is not None and (form is not None or as_json):
        raise BadOption("--emit: what it prints is YAML; leave --format and --json out")


def _read(topology: str | None, settings: list[str], catalogue: "Catalogue | None") -> tuple["Topology", bytes]:
    """The topology, and the text that it was read from."""
    import capplan

    file = Path(file_of(topology))
    if topology == STANDARD_INPUT or file.is_fifo():
        text = sys.stdin.buffer.read() if topology == STANDARD_INPUT else file.read_bytes()
        return capplan.parse(text, str(file), settings=settings, catalogue=catalogue), text
    record = load(topology, settings, catalogue)
    return record, file.read_bytes()


def _advice(topology: "Topology", rate: float | None, budget: float | None, wishes: "Wishes") -> "Advice":
    """The plans for a rate, else for a budget, while a bar shows how far the search has come."""
    from dataclasses import replace
    from time import monotonic

    from capplan.cli.progress import SearchBar
    from capplan.report.advice import Advice

    with SearchBar(monotonic, topology.currency) as bar:
        watched = replace(wishes, clock=monotonic, tell=bar.tell)
        if rate is not None:
            return Advice.of(_plans(topology, rate, watched))
        from capplan.planning.budget import afford

        return Advice.within(topology, afford(topology, budget or 0.0, watched))


def _plans(topology: "Topology", rate: float, wishes: "Wishes") -> "Recommendation":
    """The plans for a rate; with a confidence those that hold with it."""
    if wishes.confidence is not None:
        from capplan.planning.confidence import recommend_for_sure

        return recommend_for_sure(topology, rate, wishes)
    from capplan.planning.recommend import recommend as plans_for

    return plans_for(topology, rate, wishes)


def _report(advice: "Advice", form: str) -> None:
    if form == "table":
        from capplan.report.recommendation_table import to_table

        show(to_table(advice, page()))
    else:
        from capplan.report.recommendation import PLAN_FORMATS

        show(PLAN_FORMATS[form](advice))


def _emit(advice: "Advice", text: bytes, settings: list[str]) -> None:
    """The topology with the plan applied; without a plan the reason, on standard error."""
    from capplan.errors import Route
    from capplan.reading.settings import steps_of
    from capplan.report.emission import Setting, emitted
    from capplan.report.recommendation_digest import judge

    plan, asked = advice.plan, advice.recommendation
    if plan is None or asked is None:
        complain("  ".join(judge(advice)))
        return
    laid = (setting.partition("=") for setting in settings)
    values = [Setting(Route(steps_of(path.strip())), value) for path, _, value in laid]
    show(emitted(text.decode("utf-8"), plan, asked.target_rate, values))


def _mention(catalog: str | None, pricing: str | None) -> None:
    """What whoever reads the topology further on must be told too."""
    given = [f"--{name} {value}" for name, value in (("catalog", catalog), ("pricing", pricing)) if value is not None]
    if given:
        complain(f"The plan was found with {' '.join(given)}: the commands that read this topology need the same.")
