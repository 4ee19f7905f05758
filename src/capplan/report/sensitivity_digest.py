"""What people are told of a sensitivity: a sentence, and a row for each input, in words; not how they look."""

import math

from capplan.report import words
from capplan.report.uncertainty_digest import ENDLESS, quantity
from capplan.studies.sensitivity import Effect, Sensitivity

HEADINGS = ("value", "elasticity", "from … to", "metric at these")
MACHINE_HEADINGS = ("value", "one less", "one more")


def judge(found: Sensitivity) -> str:
    """What the metric is, and what it hangs on most."""
    now = f"{words.of_metric(found.metric, found.base)} at {words.rate(found.rate)}"
    if not found.effects:
        return f"{now}; no input moves it."
    first = found.effects[0]
    moved = "" if first.elasticity is None else f": a percent more of it is {percent(first.elasticity)} {_more(first)}"
    return f"{now}; it hangs most on {first.path}{moved}."


def _more(effect: Effect) -> str:
    return "more" if (effect.elasticity or 0.0) >= 0.0 else "less"


def percent(elasticity: float) -> str:
    """`2.3%`: what a percent more of an input does."""
    return f"{abs(elasticity):.2g}%"


def elastic(effect: Effect) -> str:
    """`+2.28`."""
    return words.NONE if effect.elasticity is None else f"{effect.elasticity:+.2f}"


def row(found: Sensitivity, effect: Effect) -> tuple[str, ...]:
    """An input: its value, its elasticity, what it may be, and what the metric is then."""
    ends = f"{quantity(effect.unit, effect.low)} … {quantity(effect.unit, effect.high)}"
    return (
        effect.path,
        quantity(effect.unit, effect.value),
        elastic(effect),
        ends if effect.uncertain else "±10%",
        f"{at(found, effect.at_low)} … {at(found, effect.at_high)}",
    )


def machine_row(found: Sensitivity, effect: Effect) -> tuple[str, ...]:
    """A number of machines, and what the metric is with one less and one more."""
    less = words.NONE if effect.low == effect.value else at(found, effect.at_low)
    return effect.path, quantity(effect.unit, effect.value), less, at(found, effect.at_high)


def at(found: Sensitivity, value: float) -> str:
    """The metric; ∞ where it has no bound."""
    return words.of_metric(found.metric, value) if math.isfinite(value) else ENDLESS
