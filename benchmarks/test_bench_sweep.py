"""A sweep over 200 load points beside a single one: arrays, not loops."""

from pathlib import Path
from typing import Any

import numpy as np
from side_by_side import alternated

from capplan import read
from capplan.prediction.solved import solve_model
from capplan.prediction.translate import translate

POINTS = 200
SIX = Path(__file__).parent / "six.yaml"
LEVELS = (0.5, 0.9, 0.95, 0.99, 0.999)


def test_a_sweep_beside_one_point(benchmark: Any, capsys: Any) -> None:
    topology = read(SIX)
    model = translate(topology, 100.0)
    names = list(topology.request_classes)

    def solve(loads: list[float]) -> object:
        solved = solve_model(model, loads)
        return solved.request_mean(names), solved.request_quantiles(names, LEVELS)

    sweep = np.linspace(1.0, 330.0, POINTS).tolist()
    solve(sweep)
    benchmark.pedantic(solve, args=(sweep,), rounds=5, warmup_rounds=1)
    ratio = alternated(lambda: solve([200.0]), lambda: solve(sweep), rounds=9)
    benchmark.extra_info["ratio"] = ratio
    with capsys.disabled():
        print(f"\n  {POINTS} points: {ratio:.1f} x one point (aim 30)")
