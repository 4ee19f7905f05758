"""How sure a comparison of simulations is of a change: as people write the margin of what a figure differs by."""

from typing import TYPE_CHECKING

from capplan.report import words
from capplan.report.names import Kind
from capplan.studies.records import Change
from capplan.units import format_number

if TYPE_CHECKING:  # saved results are compared without numpy
    from capplan.prediction.simulated import Run

NOISE = "noise"


def half(change: Change) -> float | None:
    """Half of the interval of the difference; None where it was not measured."""
    return None if change.margin is None else 0.5 * (change.margin.high - change.margin.low)


def relative_margin(change: Change, kind: Kind) -> str:
    """Half of the interval as the change itself is written: in points, or in parts of the figure before."""
    margin, before = half(change), change.before
    if margin is None or not isinstance(before, int | float):
        return ""
    if kind == "fraction":
        return f"{100.0 * margin:.2g} points"
    return words.fraction(float(f"{margin / before:.2g}")) if before > 0.0 else ""


def differs_by(change: Change | None, kind: Kind) -> str:
    """`-29 ms ±6 ms`; `noise` where the interval holds zero, nothing where nothing was measured."""
    if change is None or change.margin is None:
        return ""
    if change.is_noise:
        return NOISE
    middle, margin = 0.5 * (change.margin.low + change.margin.high), half(change) or 0.0
    if kind == "fraction":
        return f"{100.0 * middle:+.3g} ±{100.0 * margin:.2g} points"
    sign = "-" if middle < 0.0 else "+"
    return f"{sign}{words.written(kind, abs(middle))} ±{words.written(kind, margin)}"


def runs_sentence(runs: "tuple[Run, Run]") -> str:
    """How both were simulated, in a line that the seed decides."""
    before, after = (format_number(float(run.requests)) for run in runs)
    pairs = f"{runs[0].replications} pairs of replications on common random numbers, seed {runs[0].seed}"
    return f"{before} and {after} requests in {pairs}{', stopped early' if runs[0].interrupted else ''}"
