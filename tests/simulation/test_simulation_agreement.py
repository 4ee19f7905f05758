"""The simulation agrees with another simulator on networks that use every feature."""

import json
from pathlib import Path
from typing import Any

import pytest
from simulated_networks import MODELS

from capplan.simulation.simulate import simulate

CASES = json.loads((Path(__file__).parent / "simulated_cases.json").read_text(encoding="utf-8"))["cases"]
FIGURES = {"mean": "mean", "p50": "p50", "p95": "p95", "p99": "p99", "X": "throughput", "loss": "success"}
WIDTHS = 1.6
"""Both are estimates: their sum of half-widths, widened, since a hundred figures are compared at once."""


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_every_figure_lies_where_the_other_simulator_has_it(case: dict[str, Any]) -> None:
    network, load = MODELS[case["model"]](case["inputs"])
    found = simulate(network, load, requests=case.get("requests", 40_000), seed=2)
    for name, figure in FIGURES.items():
        if name in case["truth"]:
            measured = found[figure]
            value = 1.0 - measured.value if name == "loss" else measured.value
            half = 0.5 * (measured.high - measured.low)
            allowed = WIDTHS * (half + case["truth"][f"{name}_ci"]) + 1e-4
            assert value == pytest.approx(case["truth"][name], abs=allowed), name
