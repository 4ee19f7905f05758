"""`compare`: what differs between two results, and which of the two is better in what.

It compares figures, whatever they are figures of; what each is worth, the results say themselves.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeGuard

from capplan.studies.records import (
    ABSENT,
    Change,
    Difference,
    Event,
    Figure,
    Key,
    Margin,
    Result,
    Scope,
    Value,
    Verdict,
)

if TYPE_CHECKING:  # saved results are compared without numpy
    from capplan.prediction.simulated import Run

SAME = 1e-9
"""Numbers that differ by less, relatively, are the same number."""

NEARLY_ZERO = 1e-12
"""Numbers that differ by less are the same number, however small they are."""

ORDER: tuple[Scope, ...] = ("topology", "capacity", "slo", "alert", "state", "total", "request", "cost", "component")


def compare(
    before: Result,
    after: Result,
    *,
    margins: Mapping[Key, Margin] | None = None,
    runs: "tuple[Run, Run] | None" = None,
) -> Difference:
    """What differs between two results: the system, its objectives, its requests, its cost, then its components.

    Args:
        before: what the other one is held against.
        after: what is better or worse.
        margins: of what measured figures differ by; None where none was measured.
        runs: how they were measured.
    """
    found = margins or {}
    changes = {key: _within(_change(key, before, after), found.get(key)) for key in _keys(before, after)}
    differing = {key: change for key, change in changes.items() if not same(change.before, change.after)}
    return Difference(before=before, after=after, changes=differing, runs=runs)


def same(before: Value, after: Value) -> bool:
    """Whether two values are one and the same; numbers within what the last digits of a calculation are worth."""
    if _is_number(before) and _is_number(after):
        return math.isclose(before, after, rel_tol=SAME, abs_tol=NEARLY_ZERO)
    return before == after


def _keys(before: Result, after: Result) -> list[Key]:
    """The figures of both, by their scope; in it the subjects in their order, with their figures together."""
    keys = list(dict.fromkeys([*before.figures, *after.figures]))
    places: dict[tuple[Scope, str], int] = {}
    for key in keys:
        places.setdefault((key.scope, key.subject), len(places))
    return sorted(keys, key=lambda key: (ORDER.index(key.scope), places[key.scope, key.subject]))


def _change(key: Key, before: Result, after: Result) -> Change:
    was, now = before.figures.get(key, ABSENT), after.figures.get(key, ABSENT)
    event = _event(key, before, after)
    comparable = event == "changed" and was.measure == now.measure
    return Change(
        key=key,
        event=event,
        before=was.value,
        after=now.value,
        ratio=_ratio(was.value, now.value) if comparable else None,
        verdict=_verdict(was, now) if comparable else None,
    )


def _within(change: Change, margin: Margin | None) -> Change:
    """The change with its margin: what may be noise is neither better nor worse."""
    if margin is None or change.event != "changed":
        return change
    return replace(change, margin=margin, verdict=None if margin.is_noise else change.verdict)


def _event(key: Key, before: Result, after: Result) -> Event:
    if not before.has(key.scope, key.subject):
        return "added"
    return "changed" if after.has(key.scope, key.subject) else "removed"


def _ratio(before: Value, after: Value) -> float | None:
    """How many times as much it is; a ratio with nothing, or with less than nothing, would say nothing."""
    if _is_number(before) and _is_number(after) and before > NEARLY_ZERO and after >= 0:
        return after / before
    return None


def _verdict(before: Figure, after: Figure) -> Verdict | None:
    if before.worth is None or after.worth is None or same(before.worth, after.worth):
        return None
    return "better" if after.worth > before.worth else "worse"


def _is_number(value: Value) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
