"""A week of 168 different hours of a tour topology beside its analysis at one load."""

from pathlib import Path
from typing import Any

import numpy as np
from side_by_side import alternated

from capplan import analyze, read
from capplan.checks.period import check_period

TOUR = Path(__file__).parents[1] / "topologies" / "08-microservice-shop.yaml"


def test_a_week_beside_one_load(benchmark: Any, capsys: Any) -> None:
    steady = read(TOUR)
    hours = np.random.default_rng(1).uniform(0.2, 1.0, 168).round(4).tolist()
    topology = read(TOUR, settings=[f"workload.profile={hours}"])
    rate = float(topology.workload.rate or 0.0)
    benchmark.pedantic(check_period, args=(topology, rate), rounds=3, warmup_rounds=1)
    ratio = alternated(lambda: analyze(steady), lambda: check_period(topology, rate), rounds=3)
    benchmark.extra_info["ratio"] = ratio
    with capsys.disabled():
        print(f"\n  168 hours: {ratio:.1f} x one load")
