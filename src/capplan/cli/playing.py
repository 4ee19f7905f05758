"""The options that say how much is played out, and with which random numbers."""

from typing import TYPE_CHECKING, Annotated

import typer

from capplan.errors import BadOption

if TYPE_CHECKING:
    from capplan.simulation.replications import Plan

USUAL_REQUESTS = 200_000
FEWEST_REQUESTS = 1_000

RequestsOption = Annotated[
    int | None,
    typer.Option("--requests", metavar="N", help=f"Requests to count, {USUAL_REQUESTS:,} unless said."),
]
PrecisionOption = Annotated[
    str | None,
    typer.Option(
        "--precision", metavar="PART", help="Go on until the p99 of all requests is known to so much, e.g. 2%."
    ),
]


def chosen_plan(requests: int | None, precision: str | None, seed: int) -> "Plan":
    """What --requests, --precision and --seed ask for."""
    from capplan.simulation.replications import Plan
    from capplan.units import UnitError, parse_fraction

    if requests is not None and requests < FEWEST_REQUESTS:
        raise BadOption(f"--requests: {requests:,} are too few; at least {FEWEST_REQUESTS:,}")
    if precision is None:
        return Plan(requests or USUAL_REQUESTS, seed)
    try:
        part = float(parse_fraction(precision))
    except UnitError as error:
        raise BadOption(f"--precision: {error}") from None
    if not 0.0 < part < 1.0:
        raise BadOption(f"--precision: `{precision}` is no part of a number; more than 0 and less than 1, e.g. 2%")
    return Plan(requests or USUAL_REQUESTS, seed, precision=part)


def chosen_jobs(jobs: int) -> int:
    """How many processes --jobs asks for."""
    import os

    if jobs < 0:
        raise BadOption(f"--jobs: {jobs} processes cannot be; 1 or more, or 0 for one a core")
    return jobs or os.cpu_count() or 1
