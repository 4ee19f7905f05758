"""What a swept setting says: `workload.rate=100/s..3000/s` or `components.app.machine=m6i.large,m6i.xlarge`.

A range keeps the unit that it is written in, so that every value can stand in a topology; a list is taken as it is.
It must not know what the paths mean.
"""

import re

import numpy as np

from capplan import units
from capplan.errors import BadOption
from capplan.studies.sweep_records import RATE_UNIT, Parameter, Value
from capplan.units import Unit, UnitError

KINDS: tuple[tuple[Unit, str], ...] = (
    (units.RATE, RATE_UNIT),
    (units.DURATION, "s"),
    (units.BANDWIDTH, "B/s"),
    (units.SIZE, "B"),
    (units.GROWTH, "fraction"),
    (units.COUNT, ""),
    (units.FRACTION, "fraction"),
)
PRICES: tuple[tuple[Unit, str], ...] = ((units.HOURLY, "1/h"), (units.BY_BYTE, "1/B"), (units.BY_ITEM, ""))
"""Kinds of quantities, for paths that end in `price` and for all others, and the units of their numbers."""

_NOT_SWEPT = re.compile(r"\s*[\[{\"'(]|.*\(")
_END = re.compile(r"\s*([+-]?[0-9._eE+]*[0-9])\s*(.*?)\s*", re.DOTALL)
_WHOLE = re.compile(r"[0-9_]+")
_DIGITS = 6


def is_swept(setting: str) -> bool:
    """Whether the value of a setting is a range or a list, rather than one value."""
    value = setting.partition("=")[2]
    return (".." in value or "," in value) and _NOT_SWEPT.match(value) is None


def parameter(setting: str, points: int, logarithmic: bool = False) -> Parameter:
    """The parameter that a swept setting stands for.

    Args:
        setting: `path=low..high` or `path=a,b,c`.
        points: how many values a range has; one of whole numbers has none twice.
        logarithmic: whether neighbours have the same ratio, not the same distance.
    """
    path, _, text = (part.strip() for part in setting.partition("="))
    kinds = PRICES if path.endswith("price") else KINDS
    try:
        if "," in text:
            return _listed(path, text, kinds)
        return _ranged(path, text, kinds, points, logarithmic)
    except UnitError as error:
        raise BadOption(f"--set {setting}: {error}") from None


def _listed(path: str, text: str, kinds: tuple[tuple[Unit, str], ...]) -> Parameter:
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise UnitError(f"`{text}` has an empty value", "values with one comma between two: a,b,c")
    for kind, unit in kinds:
        try:
            values = tuple(Value(part, float(units.parse(part, kind))) for part in parts)
        except UnitError:
            continue
        return Parameter(path=path, unit=unit, values=values)
    return Parameter(path=path, unit="", values=tuple(Value(part, None) for part in parts))


def _ranged(path: str, text: str, kinds: tuple[tuple[Unit, str], ...], points: int, logarithmic: bool) -> Parameter:
    low, high = (_end(part, text) for part in text.split("..", 1))
    suffix = low[1] or high[1]
    kind, unit = _kind(text, kinds, suffix, high[1] or suffix)
    first, last = units.parse(low[0] + suffix, kind), units.parse(high[0] + (high[1] or suffix), kind)
    if first >= last:
        raise UnitError(f"`{text}` ends where it begins, or before", "the smaller value comes first")
    if logarithmic and first <= 0.0:
        raise UnitError(f"`{text}` has no logarithm where it begins", "a value above zero, or no --log")
    space = np.geomspace if logarithmic else np.linspace
    numbers = space(first, last, points) / units.parse(f"1{suffix}", kind)
    written = dict.fromkeys(f"{round(x) if _is_whole(low, high) else f'{x:.{_DIGITS}g}'}{suffix}" for x in numbers)
    return Parameter(path=path, unit=unit, values=tuple(Value(one, float(units.parse(one, kind))) for one in written))


def _end(text: str, whole: str) -> tuple[str, str]:
    """The number and the unit of one end of a range."""
    match = _END.fullmatch(text)
    if match is None:
        raise UnitError(f"`{whole}` is not a range", "two quantities: 100/s..3000/s, or a list: a,b,c")
    return match[1], match[2]


def _kind(text: str, kinds: tuple[tuple[Unit, str], ...], *suffixes: str) -> tuple[Unit, str]:
    for kind, unit in kinds:
        if all(suffix in kind.factors for suffix in suffixes):
            return kind, unit
    raise UnitError(f"`{text}` is no range of one quantity", "the same kind of unit at both ends: 5ms..50ms")


def _is_whole(low: tuple[str, str], high: tuple[str, str]) -> bool:
    """Whether the range is one of whole numbers: `1..8`, but not `0..1`, the range of a fraction."""
    if low[1] or high[1] or (low[0], high[0]) == ("0", "1"):
        return False
    return bool(_WHOLE.fullmatch(low[0]) and _WHOLE.fullmatch(high[0]))
