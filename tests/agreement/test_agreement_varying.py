"""Loads that vary, beside simulation: a sinus by the forward equations, two random phases by their QBD chain."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from capplan.queueing.modulated import Modulation, modulated_queue
from capplan.queueing.staged import StagedTime
from capplan.queueing.varying import varying_queue

PIECES = 400
"""Steps of constant rate that a sinus is cut into."""
ALLOWED = {"sinus": 0.005, "mmpp": 0.10}
"""Relative error of p99 beyond the simulation's own confidence interval; the largest of mmpp, and the only one above
1 %, is a single server whose peak is 1.5 times its capacity for a thousand service times: its interval is 9 % wide."""
Row = dict[str, str]
Ledger = dict[str, list[tuple[float, float]]]


def _rows() -> list[Row]:
    with (Path(__file__).parent / "varying.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _solved(row: Row) -> StagedTime:
    servers, mean = int(row["servers"]), float(row["utilisation"]) * int(row["servers"])
    if row["model"] == "sinus":
        at = (np.arange(PIECES) + 0.5) / PIECES
        rates = mean * (1.0 + float(row["amplitude"]) * np.sin(2.0 * np.pi * at))
        queue = varying_queue(servers, rates, np.full(PIECES, float(row["period"]) / PIECES), 1.0)
        assert queue is not None
        return queue.sojourn
    stay, part = float(row["stay_1"]), float(row["part_1"])
    rates_of = (float(row["factor_1"]) * mean, float(row["factor_2"]) * mean)
    return modulated_queue(servers, Modulation(rates_of, (stay, stay * (1.0 - part) / part)), 1.0)


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    """(mean, p99) errors by model; printed at the end."""
    errors: Ledger = {}
    yield errors
    for model, rows in errors.items():
        cells = [f"{100 * sum(c) / len(c):.2f} / {100 * max(c):.2f}" for c in zip(*rows, strict=True)]
        print(f"\n{model}: {len(rows)} cases, mean {cells[0]} %, p99 {cells[1]} %")


@pytest.mark.parametrize("row", _rows(), ids=lambda row: f"{row['model']}-{row['id']}")
def test_the_99th_percentile_under_a_varying_load_agrees_with_simulation(row: Row, ledger: Ledger) -> None:
    solved, truth, interval = _solved(row), float(row["p99"]), float(row["p99_ci"])
    error = abs(float(solved.quantile(0.99)[0]) / truth - 1.0)
    ledger.setdefault(row["model"], []).append((abs(float(solved.mean[0]) / float(row["mean"]) - 1.0), error))
    assert error - interval / truth <= ALLOWED[row["model"]]


def test_the_cases_are_all_there() -> None:
    assert [sum(row["model"] == model for row in _rows()) for model in ("sinus", "mmpp")] == [21, 25]
