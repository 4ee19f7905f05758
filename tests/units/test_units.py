"""Suffixes in and out: what is read, what is refused and in which words, what is shown."""

import copy
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan import units
from capplan.units import Growth, Price, Uncertain, Unit, UnitError, parse, pattern

READ = [
    (units.DURATION, "250us", 250e-6),
    (units.DURATION, "15ms", 0.015),
    (units.DURATION, "1.5s", 1.5),
    (units.DURATION, "5m", 300.0),
    (units.DURATION, "12h", 43_200.0),
    (units.DURATION, "30d", 2_592_000.0),
    (units.DURATION, " 15 ms ", 0.015),
    (units.DURATION, "1h30m", 5400.0),
    (units.RATE, "1200/s", 1200.0),
    (units.RATE, "70k/min", 70_000 / 60),
    (units.RATE, "3M/day", 3e6 / 86_400),
    (units.RATE, "1200rps", 1200.0),
    (units.RATE, "60 /min", 1.0),
    (units.SIZE, "300B", 300.0),
    (units.SIZE, "4kB", 4000.0),
    (units.SIZE, "16MiB", 16 * 1024.0**2),
    (units.SIZE, "1.5GB", 1.5e9),
    (units.BANDWIDTH, "10Gbps", 1.25e9),
    (units.BANDWIDTH, "250MB/s", 250e6),
    (units.BANDWIDTH, "100Mbit/s", 12.5e6),
    (units.BANDWIDTH, "86.4GB/day", 1e6),
    (units.FRACTION, "70%", 0.7),
    (units.FRACTION, "0.7", 0.7),
    (units.FRACTION, "99.9%", 0.999),
    (units.NUMBER, "1.5e3", 1500.0),
    (units.NUMBER, "010", 10.0),
    (units.COUNT, "20k", 20_000.0),
    (units.HOURLY, "0.192", 0.192),
    (units.HOURLY, "73/month", 0.1),
    (units.BY_BYTE, "0.5/GB", 0.5e-9),
    (units.BY_CALL, "0.2/million", 0.2e-6),
    (units.MONEY, "4500", 4500.0),
]


@pytest.mark.parametrize(("unit", "text", "value"), READ)
def test_a_quantity_is_read_in_si(unit: Unit, text: str, value: float) -> None:
    assert parse(text, unit) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "low", "middle", "high"),
    [("12ms ±20%", 9.6, 12, 14.4), ("12ms+-3ms", 9, 12, 15), ("12ms +/- 25%", 9, 12, 15), ("10ms..15ms", 10, 12.5, 15)],
)
def test_an_uncertain_quantity_keeps_its_interval_and_acts_as_its_middle(
    text: str, low: float, middle: float, high: float
) -> None:
    value = parse(text, units.DURATION)
    assert isinstance(value, Uncertain)
    assert (value.low * 1e3, value * 1e3, value.high * 1e3) == pytest.approx((low, middle, high))


def test_an_uncertain_number_survives_copies() -> None:
    value = Uncertain(2.0, 1.0, 4.0)
    for twin in (copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert (twin, twin.low, twin.high) == (2.0, 1.0, 4.0)
    assert repr(value) == "Uncertain(2.0, 1.0, 4.0)"
    with pytest.raises(ValueError, match="must hold its middle"):
        Uncertain(5.0, 1.0, 4.0)


@pytest.mark.parametrize(
    ("unit", "text", "wrong", "right"),
    [
        (units.DURATION, "15", "`15` has no unit", "a duration, e.g. 15ms (units: us, ms, s, m, h, d)"),
        (units.DURATION, "15MB", "`15MB` is a size", "a duration is needed, e.g. 15ms"),
        (units.SIZE, "15ms", "`15ms` is a duration", "a size is needed, e.g. 20kB"),
        (units.SIZE, "15Mbps", "`15Mbps` is a bandwidth", "a size is needed, e.g. 20kB"),
        (units.RATE, "70%", "`70%` is a fraction", "a rate is needed, e.g. 200/s"),
        (
            units.DURATION,
            "15 msec",
            "`15 msec` has an unknown unit, `msec`",
            "a duration, e.g. 15ms (units: us, ms, s, m, h, d)",
        ),
        (units.DURATION, "fast", "`fast` is not a duration", "a duration, e.g. 15ms (units: us, ms, s, m, h, d)"),
        (units.DURATION, "", "no value is given", "a duration, e.g. 15ms (units: us, ms, s, m, h, d)"),
        (units.DURATION, "1,5ms", "`1,5ms` has a comma", "a decimal point, and no separator of thousands (or `_`)"),
        (
            units.DURATION,
            "5ms..1ms",
            "`5ms..1ms` is an interval that ends before it begins",
            "the smaller duration comes first",
        ),
        (units.NUMBER, "many", "`many` is not a number", "a number, e.g. 2.5"),
        (units.DURATION, "1e999s", "`1e999s` is too large", "a duration, e.g. 15ms (units: us, ms, s, m, h, d)"),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(unit: Unit, text: str, wrong: str, right: str) -> None:
    with pytest.raises(UnitError) as raised:
        parse(text, unit)
    assert (raised.value.wrong, raised.value.right) == (wrong, right)
    assert str(raised.value) == f"{wrong}; {right}"


def test_a_fraction_lies_between_0_and_1() -> None:
    assert units.parse_fraction("100%") == 1.0
    interval = units.parse_fraction("90% ±20%")
    assert isinstance(interval, Uncertain)
    assert interval.high == 1.0
    with pytest.raises(UnitError, match="did you mean 70%"):
        units.parse_fraction("70")


def test_growth_compounds_over_its_period() -> None:
    growth = units.parse_growth("5%/month")
    assert growth == Growth(0.05, units.MONTH)
    assert growth.factor(units.YEAR) == pytest.approx(1.05**12)
    with pytest.raises(UnitError, match="is a fraction; a growth is needed"):
        units.parse_growth("5%")


def test_a_price_is_on_the_first_basis_that_fits() -> None:
    assert units.parse_price("2/million", units.BY_CALL, units.BY_TIME) == Price(2e-6, "item")
    assert units.parse_price("730/month", units.BY_CALL, units.BY_TIME) == Price(1.0, "hour")
    assert units.parse_price("730/series", units.BY_SERIES) == Price(1.0, "series")
    with pytest.raises(UnitError, match=re.escape("a price per volume (0.5/GB) or a price over time (140/month)")):
        units.parse_price("0.5", units.BY_BYTE, units.BY_TIME)


@pytest.mark.parametrize(("unit", "text"), [case[:2] for case in READ])
def test_the_pattern_takes_what_is_read(unit: Unit, text: str) -> None:
    for shape in (text, f"{text} ±20%", f"{text} +-{text}", f"{text}..{text}"):
        assert re.search(pattern(unit), shape)


@given(st.text(alphabet="0123456789.eE+-±% kMGiBbpsmuhdrn/", max_size=12), st.sampled_from([case[0] for case in READ]))
def test_whatever_is_read_fits_the_pattern_and_the_rest_is_refused(text: str, unit: Unit) -> None:
    try:
        value = parse(text, unit)
    except UnitError:
        return
    lowest = value.low if isinstance(value, Uncertain) else value
    assert lowest < 0 or "-" in text or re.search(pattern(unit), text)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (units.format_duration(0.0123), "12.3 ms"),
        (units.format_duration(0.0), "0 ms"),
        (units.format_duration(999.96e-6), "1 ms"),
        (units.format_duration(4.2e-9), "4.2 ns"),
        (units.format_duration(90), "90 s"),
        (units.format_duration(150), "2.5 min"),
        (units.format_duration(3 * units.DAY), "3 d"),
        (units.format_rate(391.2), "391/s"),
        (units.format_rate(12_345), "12.3k/s"),
        (units.format_rate(2.5e6), "2.5M/s"),
        (units.format_rate(40 / units.DAY), "1.67/h"),
        (units.format_rate(0), "0/s"),
        (units.format_size(4096), "4.1 kB"),
        (units.format_size(0), "0 B"),
        (units.format_bandwidth(125e6), "125 MB/s"),
        (units.format_fraction(0.482), "48.2%"),
        (units.format_fraction(0.99987), "99.987%"),
        (units.format_fraction(1.0), "100%"),
        (units.format_fraction(1.2), "120%"),
        (units.format_fraction(0.0), "0%"),
        (units.format_number(2.4), "2.4"),
        (units.format_number(1e-7), "0.0000001"),
        (units.format_money(1234.5), "1,234 USD"),
        (units.format_money(0.0832, "EUR"), "0.0832 EUR"),
    ],
)
def test_three_digits_are_shown_in_a_fitting_unit(shown: str, expected: str) -> None:
    assert shown == expected


@given(st.floats(min_value=1e-9, max_value=1e9))
def test_a_shown_duration_can_be_read_again(seconds: float) -> None:
    shown = units.format_duration(seconds).replace(",", "").replace(" min", "m")
    assert parse(shown, units.DURATION) == pytest.approx(seconds, rel=6e-3)


@pytest.mark.parametrize("text", ["5%/month", "-2%/year", "0.5%/day", "1.5%/week", "3%/hour"])
def test_growth_is_written_as_it_is_read(text: str) -> None:
    assert units.format_growth(units.parse_growth(text)) == text
