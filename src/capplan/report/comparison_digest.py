"""What people are told of a comparison first: a word and a sentence; and how single figures of two results are written.

The one place that judges for all human forms; it must not know how they look.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from capplan.report import words
from capplan.report.names import Kind
from capplan.studies.records import Change, Difference, Key, Result, Value, Verdict

Word = Literal["SAME", "BETTER", "MIXED", "WORSE"]
Part = tuple[str, Verdict | None]

TIMES_FROM = 10.0
"""From this ratio on people read `12×` more easily than `+1,100%`."""

DECIMALS = 3


class Measure(NamedTuple):
    """A figure of the whole system: its name, its key, what kind of quantity it is, and what stands for none."""

    name: str
    key: Key
    kind: Kind
    none: str = words.NONE

    def written(self, result: Result) -> str:
        """The figure of a result as people write it."""
        value = number(result.value(*self.key))
        if value is None:
            return self.none
        return words.money(value, result.currency) if self.kind == "money" else words.written(self.kind, value)


LOAD = Measure("load", Key("topology", "", "rate"), "rate")
CAPACITY = Measure("capacity", Key("capacity", "", "max_rate"), "rate", "unlimited")
P99 = Measure("p99", Key("total", "total", "latency.p99"), "duration", "unbounded")
SUCCESS = Measure("success", Key("total", "total", "success_rate"), "fraction")
COST = Measure("cost", Key("cost", "", "cost.month"), "money", "unknown")
STABLE = Key("topology", "", "stable")


class Judgement(NamedTuple):
    """One word, and the sentence that a review quotes."""

    word: Word
    sentence: str


def judge(difference: Difference) -> Judgement:
    """BETTER or WORSE where the headline figures agree on it, MIXED where they do not, SAME where they say neither."""
    parts = list(_parts(difference))
    verdicts = {verdict for _, verdict in parts if verdict is not None}
    word: Word = "SAME"
    if len(verdicts) == 1:
        word = "BETTER" if "better" in verdicts else "WORSE"
    elif verdicts:
        word = "MIXED"
    told = ", ".join(text for text, _ in parts)
    if not told:
        same = "the same" if difference.runs is None else "nothing beyond noise in"
        unmoved = f"{same} capacity, p99, success and cost; no SLO, alert or state turns"
        told = unmoved if difference.changes else "nothing differs"
    after = difference.after
    return Judgement(word, f"{', '.join(after.settings) or after.source}: {told}")


def relative(ratio: float) -> str:
    """`+38%`, `-22%`, `12×`; nothing where it is not worth a digit."""
    if ratio >= TIMES_FROM:
        return f"{words.number(ratio)}×"
    change = round(ratio - 1.0, DECIMALS)
    return f"{'+' if change > 0 else '-'}{words.fraction(abs(change))}" if change else ""


def points(before: float, after: float) -> str:
    """`+6.4 points`: what percentages differ by."""
    return f"{100 * (after - before):+.3g} points"


def arrow(before: str, after: str) -> str:
    """`3 → 4`; what is the same stands once."""
    return before if before == after else f"{before} → {after}"


def number(value: Value) -> float | None:
    """The value of a figure that is a number or nothing."""
    return float(value) if isinstance(value, int | float) else None


def sides(difference: Difference) -> Iterator[tuple[str, str]]:
    """What was compared: `before` and `after`, each with its file and its topology's name."""
    for when, result in (("before", difference.before), ("after", difference.after)):
        changed = f" with {', '.join(result.settings)}" if result.settings else ""
        yield when, f"{result.source}{changed}{f' ({result.name})' if result.name else ''}"


def _parts(difference: Difference) -> Iterator[Part]:
    stable = difference.changes.get(STABLE)
    if stable is not None:
        yield "every queue is stable again" if stable.after else "queues grow without bound", stable.verdict
    for measure in (LOAD, CAPACITY, P99, SUCCESS, COST):
        change = difference.changes.get(measure.key)
        told = "" if change is None else _told(measure, change, difference)
        if change is not None and told and not change.is_noise:
            yield f"{measure.name} {told}", change.verdict
    yield from _turned(difference)


def _told(measure: Measure, change: Change, difference: Difference) -> str:
    """How much a figure has moved; of percentages, and where there is no ratio, from where to where."""
    if change.ratio is not None and measure.kind != "fraction":
        return relative(change.ratio)
    before, after = measure.written(difference.before), measure.written(difference.after)
    return "" if before == after else arrow(before, after)


def _turned(difference: Difference) -> Iterator[Part]:
    counts: tuple[tuple[list[str], str, str, Verdict], ...] = (
        (difference.newly_met, "more SLO", "met", "better"),
        (difference.newly_missed, "more SLO", "missed", "worse"),
        (difference.newly_quiet, "more alert", "quiet", "better"),
        (difference.newly_firing, "more alert", "firing", "worse"),
        (difference.newly_held, "more state", "held", "better"),
        (difference.newly_failing, "more state", "failing", "worse"),
    )
    for subjects, noun, state, verdict in counts:
        if subjects:
            yield f"{words.count(len(subjects), noun)} {state}", verdict
