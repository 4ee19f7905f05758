"""Units: the only place where suffixes such as `ms`, `/min`, `GiB` or `%` are read and written.

Inside capplan every number is SI: seconds, per second, bytes, bytes per second, fractions 0..1. This module knows no
records, no YAML and no routes; a text it cannot read is a `UnitError` that says what is wrong and what would be
right.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
MONTH: Final = 730 * HOUR
YEAR: Final = 12 * MONTH
LARGEST: Final = 1e18  # no quantity of a web application is larger, in SI


class UnitError(ValueError):
    """A text that is not the quantity asked for: `wrong` says why, `right` what would be."""

    def __init__(self, wrong: str, right: str) -> None:
        super().__init__(f"{wrong}; {right}")
        self.wrong = wrong
        self.right = right


class Uncertain(float):
    """A float (the middle of an interval) that remembers the 90 % interval it was written with."""

    low: float
    high: float

    def __new__(cls, middle: float, low: float, high: float) -> "Uncertain":
        if not low <= middle <= high:
            raise ValueError(f"an interval must hold its middle: {low} <= {middle} <= {high}")
        self = super().__new__(cls, middle)
        self.low = low
        self.high = high
        return self

    def __getnewargs__(self) -> tuple[float, float, float]:  # type: ignore[override]
        return float(self), self.low, self.high

    def __repr__(self) -> str:
        return f"Uncertain({float(self)!r}, {self.low!r}, {self.high!r})"


class Growth(NamedTuple):
    """Compound growth: the quantity grows by `fraction` every `period` seconds."""

    fraction: float
    period: float

    def factor(self, seconds: float) -> float:
        """What the quantity is multiplied by after this many seconds."""
        return float((1.0 + self.fraction) ** (seconds / self.period))


class Price(NamedTuple):
    """An amount of money per `hour`, per `byte`, per `item` (a call, a sample) or per `series` and hour."""

    amount: float
    per: str


class Unit(NamedTuple):
    """A kind of quantity: the factor to SI of each suffix, those worth naming, and whether a bare number will do."""

    name: str
    example: str
    factors: Mapping[str, float]
    shown: tuple[str, ...]
    bare: bool = False

    @property
    def article(self) -> str:
        """`a duration`."""
        return f"{'an' if self.name[0] in 'aeio' else 'a'} {self.name}"

    @property
    def hint(self) -> str:
        """What would be right: `a duration, e.g. 15ms (units: us, ms, s)`."""
        listed = f" (units: {', '.join(self.shown)})" if self.shown else ""
        return f"{self.article}, e.g. {self.example}{listed}"


def _scaled(prefixes: Mapping[str, float], suffixes: Mapping[str, float]) -> dict[str, float]:
    return {p + s: pf * sf for p, pf in prefixes.items() for s, sf in suffixes.items()}


_COUNTS = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
_DURATIONS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0,
              "h": HOUR, "hour": HOUR, "hours": HOUR, "d": DAY, "day": DAY, "days": DAY, "w": 7 * DAY}  # fmt: skip
_PERIODS = {"s": 1.0, "sec": 1.0, "second": 1.0, "m": 60.0, "min": 60.0, "minute": 60.0, "h": HOUR, "hour": HOUR,
            "d": DAY, "day": DAY, "w": 7 * DAY, "week": 7 * DAY, "month": MONTH, "year": YEAR}  # fmt: skip
_PER_PERIOD = {f"/{name}": 1.0 / seconds for name, seconds in _PERIODS.items()}
_DECIMAL = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}
_BINARY = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50}
_SIZES = {**_scaled(_DECIMAL | _BINARY, {"B": 1.0}), **_BINARY}
_BITS = _scaled(_DECIMAL, {"bps": 1 / 8, "bit/s": 1 / 8, "b/s": 1 / 8})
_VOLUMES = {**_BITS, **_scaled(_SIZES, _PER_PERIOD), **_scaled(_DECIMAL, {"Bps": 1.0})}
_REQUESTS = {"rps": 1.0, "qps": 1.0, "rpm": 1 / 60.0, "req/s": 1.0, "iops": 1.0}

DURATION: Final = Unit("duration", "15ms", _DURATIONS, ("us", "ms", "s", "m", "h", "d"))
RATE: Final = Unit("rate", "200/s", _scaled(_COUNTS, _PER_PERIOD | _REQUESTS), ("/s", "/min", "/h", "/day", "rps"))
SIZE: Final = Unit("size", "20kB", _SIZES, ("B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB"))
BANDWIDTH: Final = Unit("bandwidth", "250MB/s", _VOLUMES, ("Mbps", "Gbps", "kB/s", "MB/s", "GB/s", "GB/day"))
FRACTION: Final = Unit("fraction", "70% or 0.7", {"%": 0.01, "": 1.0}, ("%",), bare=True)
NUMBER: Final = Unit("number", "2.5", {"": 1.0}, (), bare=True)
COUNT: Final = Unit("count", "5000 or 5k", _COUNTS, (), bare=True)
IOPS: Final = Unit("number of operations per second", "3000", {**_COUNTS, **RATE.factors}, (), bare=True)
MONEY: Final = Unit("amount of money", "4500", _COUNTS, (), bare=True)
GROWTH: Final = Unit("growth", "5%/month", {f"%/{p}": 0.01 for p in _PERIODS}, ("%/day", "%/month", "%/year"))
_KINDS = (DURATION, SIZE, BANDWIDTH, RATE, GROWTH, FRACTION)

_PER_HOUR = {f"/{period}": HOUR / seconds for period, seconds in _PERIODS.items()}
_ITEMS = {"call": 1.0, "request": 1.0, "sample": 1.0, "thousand": 1e3, "1k": 1e3, "million": 1e6, "1M": 1e6,
          "billion": 1e9}  # fmt: skip
_PER_BYTE = {f"/{size}": 1.0 / factor for size, factor in _SIZES.items()}
_PER_ITEM = {f"/{items}": 1.0 / number for items, number in _ITEMS.items()}

HOURLY: Final = Unit("price per hour", "0.192 or 140/month", {"": 1.0, **_PER_HOUR}, (), bare=True)
BY_TIME: Final = Unit("price over time", "140/month", _PER_HOUR, ("/hour", "/month"))
BY_BYTE: Final = Unit("price per volume", "0.5/GB", _PER_BYTE, ("/GB", "/GiB", "/TB"))
BY_ITEM: Final = Unit("price per sample", "0.2/million", _PER_ITEM, ("/thousand", "/million"))
BY_CALL: Final = Unit("price per call", "0.2/million", {"": 1.0, **_PER_ITEM}, BY_ITEM.shown, bare=True)
BY_SERIES: Final = Unit("price per series and month", "0.05/series", {"/series": HOUR / MONTH}, ("/series",))
_BASES = {HOURLY.name: "hour", BY_TIME.name: "hour", BY_BYTE.name: "byte", BY_ITEM.name: "item", BY_CALL.name: "item",
          BY_SERIES.name: "series"}  # fmt: skip

_NUMBER = r"[+-]?(?:[0-9][0-9_]*(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_PART = re.compile(rf"({_NUMBER})\s*(.*?)", re.DOTALL)
_COMPOUND = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|ms|s|m|h|d|w)){2,}")  # 1h30m
_STEP = re.compile(r"([0-9.]+)(ns|us|ms|s|m|h|d|w)")
_SPREAD = re.compile(r"\s*(?:±|\+-|\+/-)\s*")


def parse(text: str, unit: Unit) -> float:
    """The quantity in SI, an `Uncertain` one where an interval is written (`12ms ±20%`, `12ms +-3ms`, `10ms..15ms`)."""
    if ".." in text:
        low, _, high = text.partition("..")
        return _interval(text, unit, _single(low, unit), _single(high, unit))
    middle, *spread = _SPREAD.split(text, maxsplit=1)
    value = _single(middle, unit)
    if not spread:
        return value
    relative = spread[0].rstrip().endswith("%")
    width = abs(value) * _single(spread[0], FRACTION) if relative else _single(spread[0], unit)
    return _interval(text, unit, value - width, value + width, value)


def _interval(text: str, unit: Unit, low: float, high: float, middle: float | None = None) -> float:
    if low > high:
        raise UnitError(f"`{text}` is an interval that ends before it begins", f"the smaller {unit.name} comes first")
    return Uncertain((low + high) / 2 if middle is None else middle, low, high)


def _single(text: str, unit: Unit) -> float:
    text = text.strip()
    match = _PART.fullmatch(text)
    if match is None:
        raise UnitError(f"`{text}` is not {unit.article}" if text else "no value is given", unit.hint)
    number, suffix = match[1], match[2]
    factor = unit.factors.get(suffix)
    if factor is None:
        if unit is DURATION and _COMPOUND.fullmatch(text):
            return sum(float(part) * _DURATIONS[name] for part, name in _STEP.findall(text))
        raise _wrong_unit(text, suffix, unit)
    plain = float(number.replace("_", ""))
    value = plain * factor if factor >= 1.0 else plain / round(1.0 / factor, 6)  # dividing keeps 70% at 0.7
    if abs(value) > LARGEST:
        raise UnitError(f"`{text}` is too large", unit.hint)
    return value


def _wrong_unit(text: str, suffix: str, unit: Unit) -> UnitError:
    if not suffix:
        return UnitError(f"`{text}` has no unit", unit.hint)
    if suffix[0] == ",":
        return UnitError(f"`{text}` has a comma", "a decimal point, and no separator of thousands (or `_`)")
    other = next((kind for kind in _KINDS if suffix in kind.factors), None)
    if other is not None:
        return UnitError(f"`{text}` is {other.article}", f"{unit.article} is needed, e.g. {unit.example}")
    if unit.bare and not unit.shown:
        return UnitError(f"`{text}` is not {unit.article}", unit.hint)
    return UnitError(f"`{text}` has an unknown unit, `{suffix}`", unit.hint)


def parse_rate(text: str) -> float:
    """Per second."""
    return parse(text, RATE)


def parse_fraction(text: str) -> float:
    """A fraction from 0 to 1."""
    return checked_fraction(parse(text, FRACTION), text)


def checked_fraction(value: float, text: object) -> float:
    """The value, provided that it (and its interval) lies between 0 and 1; an interval is cut off there."""
    if 0.0 <= value <= 1.0:
        return Uncertain(value, max(value.low, 0.0), min(value.high, 1.0)) if isinstance(value, Uncertain) else value
    meant = f"; did you mean {text}%?" if 1 < value <= 100 and "%" not in str(text) else ""
    raise UnitError(f"`{text}` is outside of 0..1", f"a fraction from 0% to 100%{meant}")


def parse_growth(text: str) -> Growth:
    """`5%/month`."""
    per = text.rpartition("/")[2].strip()
    return Growth(parse(text, GROWTH), _PERIODS.get(per, MONTH))


def parse_price(text: str, *bases: Unit) -> Price:
    """A price on the first of these bases that fits."""
    for base in bases:
        try:
            return Price(parse(text, base), _BASES[base.name])
        except UnitError:
            continue
    raise UnitError(
        f"`{text}` is not {bases[0].article}", " or ".join(f"{base.article} ({base.example})" for base in bases)
    )


def pattern(unit: Unit) -> str:
    """A regular expression of what `parse` takes for a unit, in the dialect that JSON Schema shares with Python."""
    number = _NUMBER if unit is GROWTH else _NUMBER.replace("[+-]?", "[+]?", 1)
    suffixes = "|".join(sorted(unit.factors, key=len, reverse=True))
    one = rf"(?:{number} *(?:{suffixes}))"
    if unit is DURATION:
        one = rf"(?:{one}|{_COMPOUND.pattern})"
    return rf"^ *{one}(?: *\.\. *{one}| *(?:±|\+-|\+/-) *(?:{one}|{number} *%))? *$"


_DURATION_STEPS = ((2 * DAY, DAY, " d"), (2 * HOUR, HOUR, " h"), (120.0, 60.0, " min"), (1.0, 1.0, " s"),
                   (1e-3, 1e-3, " ms"), (1e-6, 1e-6, " us"), (0.0, 1e-9, " ns"))  # fmt: skip
_RATE_STEPS = ((1e9, 1e9, "G/s"), (1e6, 1e6, "M/s"), (1e4, 1e3, "k/s"), (0.1, 1.0, "/s"), (1 / 600, 1 / 60, "/min"),
               (0.1 / HOUR, 1 / HOUR, "/h"), (0.0, 1 / DAY, "/day"))  # fmt: skip
_SIZE_STEPS = ((1e15, 1e15, " PB"), (1e12, 1e12, " TB"), (1e9, 1e9, " GB"), (1e6, 1e6, " MB"), (1e3, 1e3, " kB"),
               (0.0, 1.0, " B"))  # fmt: skip


def _digits(value: float) -> str:
    """Three significant digits, thousands grouped, no exponent, no trailing zeros."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    shown = f"{value:.3g}"
    return f"{value:.12f}".rstrip("0") if "e" in shown else shown


def _stepped(value: float, steps: tuple[tuple[float, float, str], ...]) -> str:
    """The value in the first unit whose threshold it reaches (as rounded: 999.96 us is 1 ms)."""
    factor, suffix = next((factor, suffix) for least, factor, suffix in steps if abs(value) >= least * 0.9995)
    return f"{_digits(value / factor)}{suffix}"


def format_duration(seconds: float) -> str:
    """`12.3 ms`."""
    return "0 ms" if seconds == 0 else _stepped(seconds, _DURATION_STEPS)


def format_rate(per_second: float) -> str:
    """`391/s`, `12.4k/s`, `40/day`."""
    return "0/s" if per_second == 0 else _stepped(per_second, _RATE_STEPS)


def format_size(size: float) -> str:
    """`16.8 MB`."""
    return _stepped(size, _SIZE_STEPS)


def format_bandwidth(bytes_per_second: float) -> str:
    """`125 MB/s`."""
    return f"{_stepped(bytes_per_second, _SIZE_STEPS)}/s"


def format_fraction(fraction: float) -> str:
    """`48.2%`; near one with as many digits as tell it from one: `99.987%`."""
    missing = 100 * (1 - fraction)
    if 0 < missing < 1:
        decimals = next((d for d in range(1, 12) if missing >= 10.0**-d), 11)
        return f"{100 * fraction:.{decimals + 1}f}".rstrip("0").rstrip(".") + "%"
    return f"{_digits(100 * fraction)}%"


def format_growth(growth: Growth) -> str:
    """`5%/month`."""
    names = {seconds: name for name, seconds in _PERIODS.items()}
    return f"{_digits(100 * growth.fraction)}%/{names.get(growth.period, format_duration(growth.period))}"


def format_number(number: float) -> str:
    """`2.4`."""
    return _digits(number)


def format_money(amount: float, currency: str = "USD") -> str:
    """`1,234 USD`, `0.192 USD`."""
    return f"{_digits(amount)} {currency}"
