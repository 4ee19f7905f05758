"""Erlang's formulas against 50-digit arithmetic and against the traffic tables that telephone engineers print."""

from decimal import Decimal, localcontext
from functools import cache

import numpy as np
import pytest

from capplan.queueing import erlang

POINTS = [
    (1, "0.001"),
    (1, "0.5"),
    (2, "1.5"),
    (5, "0.001"),
    (10, "8"),
    (100, "95"),
    (100, "300"),
    (512, "500"),
    (513, "500"),
    (513, "400"),
    (1000, "999.9"),
    (2000, "5000"),
    (10000, "9900"),
    (20000, "40000"),
    (100000, "95000"),
    (100000, "99000"),
    (100000, "99900"),
    (100000, "100000"),
    (100000, "100300"),
]
"""(servers, offered load) around the places where the method changes: 512 servers, overload, no overload."""

LIMITS = {
    0.001: {1: 0.001, 2: 0.046, 5: 0.762, 10: 3.09, 20: 9.41, 50: 32.5, 100: 75.2},
    0.01: {1: 0.010, 2: 0.153, 5: 1.36, 10: 4.46, 20: 12.0, 50: 37.9, 100: 84.1},
    0.02: {1: 0.020, 2: 0.223, 5: 1.66, 10: 5.08, 20: 13.2, 50: 40.3, 100: 88.0},
    0.05: {1: 0.053, 2: 0.381, 5: 2.22, 10: 6.22, 20: 15.2, 50: 44.5, 100: 95.2},
}
"""Offered load (Erlang) at which a fraction of the calls is lost, by number of lines, as printed in Erlang B tables
(for example Angus, An Introduction to Erlang B and Erlang C, 2001; Rappaport, Wireless Communications, table 3.4)."""


@cache
def fifty_digits(servers: int, offered: str) -> tuple[Decimal, Decimal]:
    """(B, C) by 1/B(k) = 1 + k/(a B(k-1)) in 50 digits."""
    with localcontext() as context:
        context.prec = 50
        a, inverse = Decimal(offered), Decimal(1)
        for k in range(1, servers + 1):
            inverse = 1 + k / a * inverse
        blocking, rho = 1 / inverse, a / servers
        waiting = blocking / (1 - rho * (1 - blocking)) if rho < 1 else Decimal(1)
        return blocking, waiting


def difference(found: float, exact: Decimal) -> float:
    """Relative, without leaving the 50 digits."""
    return abs(float((Decimal(found) - exact) / exact))


@pytest.mark.parametrize(("servers", "offered"), POINTS)
def test_erlang_b_and_c_hold_to_1e_11_up_to_a_hundred_thousand_servers(servers: int, offered: str) -> None:
    blocking, waiting = fifty_digits(servers, offered)
    assert difference(float(erlang.erlang_b(servers, float(offered))), blocking) < 1e-11
    assert difference(float(erlang.erlang_c(servers, float(offered))), waiting) < 1e-11


def test_what_is_smaller_than_any_float_is_zero() -> None:
    assert fifty_digits(100000, "70000")[0] < Decimal("1e-2000")
    assert float(erlang.erlang_b(100000, 70000.0)) == 0.0
    assert float(erlang.erlang_c(100000, 70000.0)) == 0.0


@pytest.mark.parametrize(("lost", "lines", "offered"), [(p, c, a) for p, row in LIMITS.items() for c, a in row.items()])
def test_the_printed_erlang_b_tables(lost: float, lines: int, offered: float) -> None:
    digits = 3 if offered < 1 else 2 if offered < 10 else 1
    half = 0.5 * 10.0**-digits
    assert float(erlang.erlang_b(lines, offered - half)) <= lost <= float(erlang.erlang_b(lines, offered + half))


def test_one_call_over_many_points_gives_what_each_gives_alone() -> None:
    servers, offered = (
        np.array(column, dtype=float) for column in zip(*[(c, float(a)) for c, a in POINTS], strict=True)
    )
    alone = [float(erlang.erlang_c(c, a)) for c, a in zip(servers, offered, strict=True)]
    assert erlang.erlang_c(servers, offered) == pytest.approx(alone, rel=1e-11)
