"""The options that say how uncertain inputs are tried."""

from typing import Annotated, NamedTuple

import typer

from capplan.errors import BadOption

LEAST, MOST = 16, 65_536

UncertaintyOption = Annotated[
    bool,
    typer.Option(
        "--uncertainty", help="Results as 90% intervals, objectives as probabilities, from the inputs' intervals."
    ),
]
PointsOption = Annotated[
    int | None,
    typer.Option("--points", metavar="N", help="With --uncertainty: values of the inputs to try; 256 unless said."),
]
SeedOption = Annotated[
    int | None, typer.Option("--seed", metavar="N", help="With --uncertainty: another choice of them; 1 unless said.")
]


class Sampling(NamedTuple):
    """How many values of the inputs to try, and which choice of them."""

    points: int
    seed: int


def chosen_sampling(points: int | None, seed: int | None, asked: bool) -> Sampling | None:
    """What --points and --seed ask for; None where nothing asks for uncertainty."""
    for option, value in (("--points", points), ("--seed", seed)):
        if value is not None and not asked:
            raise BadOption(f"{option}: nothing is uncertain without it; --uncertainty beside it")
    if not asked:
        return None
    from capplan.uncertainty.study import POINTS

    if points is not None and not LEAST <= points <= MOST:
        raise BadOption(f"--points: {points} is not a number of points; {LEAST} to {MOST:,}")
    if seed is not None and seed < 0:
        raise BadOption(f"--seed: {seed} is below zero; a whole number, e.g. 1")
    return Sampling(POINTS if points is None else points, 1 if seed is None else seed)
