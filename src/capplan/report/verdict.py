"""The verdict: what the system takes, what breaks first and how much room is left, in a word and a sentence.

The one place that judges for all human forms; it must not know how they look.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from capplan.checks.period_records import PeriodCheck
from capplan.checks.records import Analysis
from capplan.prediction.records import Capacity, Prediction
from capplan.report import words
from capplan.report.period_digest import kept, name

Word = Literal["OK", "AT RISK", "OVERLOADED"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One word, and the sentence that a review quotes."""

    word: Word
    sentence: str


def judge(analysis: Analysis) -> Verdict:
    """OVERLOADED where a queue grows without bound, AT RISK where something else does not hold, else OK.

    What does not hold is an objective that is missed or an alert that fires, now or in a state of `resilience`.
    """
    if not analysis.prediction.stable:
        return Verdict(word="OVERLOADED", sentence=_overloaded(analysis))
    if not analysis.healthy:
        return Verdict(word="AT RISK", sentence=_at_risk(analysis))
    return Verdict(word="OK", sentence=_healthy(analysis))


def bottleneck(capacity: Capacity) -> str:
    """`app cpu`, or that nothing limits."""
    return f"{capacity.component} {capacity.resource}" if capacity.component else "nothing that is declared"


def load(prediction: Prediction) -> str:
    """`120/s`, or `600 users at 120/s`."""
    users = "" if prediction.users is None else f"{words.users(prediction.users)} at "
    return f"{users}{words.rate(prediction.rate)}"


def _overloaded(analysis: Analysis) -> str:
    prediction = analysis.prediction
    capacity = prediction.capacity
    limit = ""
    if capacity.max_rate is not None:
        limit = f": the most is {words.rate(capacity.max_rate)} ({bottleneck(capacity)})"
    return (
        f"Cannot take {load(prediction)}{limit}; {words.rate(prediction.throughput)} gets through, "
        "queues grow without bound."
    )


def _at_risk(analysis: Analysis) -> str:
    takes = f"Takes {load(analysis.prediction)}, but {' and '.join(_breaches(analysis))}."
    return f"{takes} {_saturation(analysis.prediction.capacity)}"


def _breaches(analysis: Analysis) -> Iterator[str]:
    missed = [words.promise(slo) for slo in analysis.slos if not slo.met]
    firing = [alert.name for alert in analysis.alerts if alert.firing]
    if missed:
        yield f"misses {_some(missed)} ({len(missed)} of {words.count(len(analysis.slos), 'SLO')})"
    if firing:
        verb = "fires" if len(firing) == 1 else "fire"
        yield f"{_some(firing)} {verb} ({len(firing)} of {words.count(len(analysis.alerts), 'alert')})"
    if analysis.period is not None:
        yield from _over_period(analysis.period)
    lost = [state for state in analysis.states if not state.held]
    if lost:
        first = lost[0]
        number = f"{len(lost)} of {words.count(len(analysis.states), 'state')}"
        yield f'in the state "{first.state}" {words.shortcomings(first)} ({number})'


def _over_period(check: PeriodCheck) -> Iterator[str]:
    """What does not hold over the day or week."""
    fallen = [kept(slo) for slo in check.slos if not slo.met]
    if fallen:
        number = f"{len(fallen)} of {words.count(len(check.slos), 'SLO')}"
        yield f"over {name(check.period)} misses {_some(fallen)} ({number})"


def _some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _healthy(analysis: Analysis) -> str:
    kept = "every SLO holds" if analysis.slos else "it is stable"
    takes = f"Takes {load(analysis.prediction)}: {kept}{_first_to_fall(analysis)}"
    return f"{takes}. {_saturation(analysis.prediction.capacity)}"


def _first_to_fall(analysis: Analysis) -> str:
    """The SLO that a growing load makes fall first, before the system is full."""
    if analysis.prediction.users is not None:
        counts = [(slo.holds_until_users, slo) for slo in analysis.slos if slo.holds_until_users is not None]
        users, slo = min(counts, key=lambda pair: pair[0], default=(0.0, None))
        return "" if slo is None else f", up to {words.users(users)}; with more {words.promise(slo)} falls"
    rate, most = analysis.prediction.rate, analysis.prediction.capacity.max_rate
    falls = [(slo.holds_until_rate, words.promise(slo)) for slo in analysis.slos if slo.holds_until_rate is not None]
    first = min((fall for fall in falls if rate < fall[0] and (most is None or fall[0] < most)), default=None)
    return "" if first is None else f", up to {words.rate(first[0])}, where {first[1]} falls"


def _saturation(capacity: Capacity) -> str:
    if capacity.max_rate is None:
        return "Nothing that is declared limits its rate."
    return (
        f"{bottleneck(capacity)} is full at {words.rate(capacity.max_rate)}: "
        f"{words.fraction(capacity.headroom)} headroom."
    )
