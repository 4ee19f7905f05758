"""The options that say what a plan is for: a rate or a budget, what to keep in reserve, and how long to search."""

from typing import TYPE_CHECKING, Annotated

import typer

from capplan.errors import BadOption

if TYPE_CHECKING:
    from capplan.planning.wishes import Wishes
    from capplan.topology import Topology
    from capplan.units import Unit

TargetOption = Annotated[
    str | None,
    typer.Option(
        "--target-rps",
        metavar="RATE",
        help="The load to plan for: requests per second, a rate such as 3M/day, or 3x today's.",
        show_default=False,
    ),
]
BudgetOption = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="MONEY",
        help="Instead: the money to spend, e.g. 2000/month, for the most load that it carries.",
        show_default=False,
    ),
]
HeadroomOption = Annotated[
    str | None,
    typer.Option("--headroom", metavar="PART", help="Part of the plan's load to keep free, e.g. 20%."),
]
MarginOption = Annotated[
    str | None,
    typer.Option("--percentile-margin", metavar="PART", help="Keep times this far below their objectives, e.g. 10%."),
]
ConfidenceOption = Annotated[
    str | None,
    typer.Option(
        "--confidence", metavar="PART", help="Hold everything with this probability under uncertain inputs, e.g. 90%."
    ),
]
TimeLimitOption = Annotated[
    str | None,
    typer.Option("--time-limit", metavar="TIME", help="The longest search, e.g. 30s; 10s unless said."),
]


def chosen_target(target: str | None, rate: float | None, topology: "Topology") -> float | None:
    """The rate to plan for, per second; `rate` is today's, where that is not the topology's own."""
    from capplan.units import COUNT, RATE, Unit

    if target is None:
        return None
    if not target.rstrip().endswith(("x", "×")):
        per_second = RATE._replace(factors={**COUNT.factors, **RATE.factors}, bare=True, example="5000, 3M/day or 3x")
        return _positive("--target-rps", target, per_second)
    times = _positive("--target-rps", target, Unit("multiple of today's rate", "3x", {"x": 1.0, "×": 1.0}, ("x",)))
    today = topology.workload.rate if rate is None else rate
    if today is None:
        raise BadOption(
            f"--target-rps: `{target}` is a multiple of `workload.rate`, and this topology has `users` instead; "
            "a rate such as 5000/s, or today's rate beside it: --rate 200/s"
        )
    return times * float(today)


def chosen_budget(budget: str | None) -> float | None:
    """The money to spend, per hour."""
    from capplan.units import BY_TIME

    return None if budget is None else _positive("--budget", budget, BY_TIME._replace(example="2000/month"))


def chosen_wishes(
    headroom: str | None, margin: str | None, time_limit: str | None, confidence: str | None = None
) -> "Wishes":
    """What is to be kept in reserve, and how long the search may take."""
    from capplan.planning.wishes import TIME_LIMIT, Wishes
    from capplan.units import DURATION

    seconds = DURATION._replace(factors={**DURATION.factors, "": 1.0}, bare=True, example="30s")
    return Wishes(
        headroom=_part("--headroom", headroom),
        percentile_margin=_part("--percentile-margin", margin),
        confidence=None if confidence is None else _part("--confidence", confidence),
        time_limit=TIME_LIMIT if time_limit is None else _positive("--time-limit", time_limit, seconds),
    )


def _part(option: str, text: str | None) -> float:
    """A part below the whole; 0 where nothing is said."""
    from capplan.units import UnitError, parse_fraction

    if text is None:
        return 0.0
    try:
        part = float(parse_fraction(text))
    except UnitError as error:
        raise BadOption(f"{option}: {error}") from None
    if part >= 1.0:
        raise BadOption(f"{option}: `{text}` leaves nothing; a part below 100%, e.g. 20%")
    return part


def _positive(option: str, text: str, unit: "Unit") -> float:
    from capplan.units import UnitError, parse

    try:
        value = float(parse(text, unit))
    except UnitError as error:
        raise BadOption(f"{option}: {error}") from None
    if value <= 0.0:
        raise BadOption(f"{option}: `{text}` is not above zero; {unit.article}, e.g. {unit.example}")
    return value
