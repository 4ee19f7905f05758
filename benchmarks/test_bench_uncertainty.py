"""Uncertain results beside certain ones: 256 points of every service time and hit ratio, solved together."""

from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from capplan import read
from capplan.checks.analysis import analyze
from capplan.topology import Topology
from capplan.uncertainty.inputs import Input, inputs
from capplan.uncertainty.study import Study
from capplan.units import Uncertain

TOUR = sorted((Path(__file__).parents[1] / "topologies").glob("*.yaml"))
SPREAD = 0.2
ROUNDS = 5


def _doubted(topology: Topology) -> tuple[Input, ...]:
    """Service times, latencies and hit ratios, each by a fifth."""
    return tuple(
        one._replace(value=Uncertain(one.value, one.value * (1.0 - SPREAD), _most(one)))
        for one in inputs(topology)
        if one.steps[0] == "components" and one.path.rpartition(".")[2] in ("time", "latency", "hit_ratio")
    )


def _most(one: Input) -> float:
    return min(one.value * (1.0 + SPREAD), 0.5 * (1.0 + one.value)) if one.fraction else one.value * (1.0 + SPREAD)


@pytest.mark.parametrize("file", TOUR, ids=lambda path: path.stem)
def test_uncertain_beside_certain(file: Path, benchmark: Any, capsys: Any) -> None:
    topology = read(file)
    chosen = _doubted(topology)
    jobs: tuple[tuple[str, Callable[[], object]], ...] = (
        ("analyze", lambda: analyze(topology)),
        ("uncertain", lambda: _study(topology, chosen)),
    )
    took = {name: float("inf") for name, _ in jobs}
    for _ in range(ROUNDS):
        for name, run in jobs:
            start = process_time()
            run()
            took[name] = min(took[name], process_time() - start)
    benchmark.pedantic(lambda: _study(topology, chosen), rounds=1)
    with capsys.disabled():
        figures = f"{len(chosen)} inputs, {took['uncertain']:.2f} s of CPU beside {took['analyze']:.2f} s of analyze"
        print(f"\n  {file.stem}: {figures}")


def _study(topology: Topology, chosen: tuple[Input, ...]) -> object:
    return Study(topology, chosen=chosen).uncertainty()
