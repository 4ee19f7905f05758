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
    5: {0.0001: 0.5, 0.001: 0.8, 0.005: 1.1, 0.01: 1.4, 0.02: 1.7, 0.03: 1.9, 0.05: 2.2},
    7: {0.0001: 1.1, 0.001: 1.6, 0.005: 2.2, 0.01: 2.5, 0.02: 2.9, 0.03: 3.2, 0.05: 3.7},
    9: {0.0001: 1.8, 0.001: 2.6, 0.005: 3.3, 0.01: 3.8, 0.02: 4.3, 0.03: 4.7, 0.05: 5.4},
}
"""Offered load (Erlang, one decimal) at which a fraction of the calls is lost, by channels, as printed in Carrier Grade
Voice Over IP, second edition, appendix A, table of Erlang B."""


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


@pytest.mark.parametrize(("lines", "lost", "offered"), [(c, p, a) for c, row in LIMITS.items() for p, a in row.items()])
def test_the_printed_erlang_b_table(lines: int, lost: float, offered: float) -> None:
    assert float(erlang.erlang_b(lines, offered - 0.05)) <= lost <= float(erlang.erlang_b(lines, offered + 0.05))


def test_the_worked_example_of_fifteen_lines() -> None:
    """15 lines that may lose 1 % of the calls carry 8.108 Erlang (erlang.com, calculator manual, how much traffic)."""
    assert float(erlang.erlang_b(15, 8.1075)) <= 0.01 <= float(erlang.erlang_b(15, 8.1085))


def test_one_call_over_many_points_gives_what_each_gives_alone() -> None:
    servers, offered = (
        np.array(column, dtype=float) for column in zip(*[(c, float(a)) for c, a in POINTS], strict=True)
    )
    alone = [float(erlang.erlang_c(c, a)) for c, a in zip(servers, offered, strict=True)]
    assert erlang.erlang_c(servers, offered) == pytest.approx(alone, rel=1e-11)
