"""Recommendations, whole process: ten components with sixty machine types and a hundred replicas each, and the tour."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from side_by_side import CAPPLAN, run
from ten import ten

TOUR = sorted((Path(__file__).parent.parent / "topologies").glob("*.yaml"))
CASES = {
    "alerts on cpu only": ("total.p99 < 10s", ""),
    "a loose percentile": ("total.p99 < 350ms", ""),
    "a tight percentile": ("total.p99 < 220ms", ""),
    "a tight percentile with any replica lost": ("total.p99 < 220ms", "resilience: {replicas_lost: 1}"),
}


@pytest.mark.parametrize("name", CASES)
def test_ten_components_sixty_machines_a_hundred_replicas(
    name: str, benchmark: Any, capsys: Any, tmp_path: Path
) -> None:
    file = tmp_path / "ten.yaml"
    file.write_text(ten(*CASES[name]), encoding="utf-8")
    command = (*CAPPLAN, "recommend", str(file), "--target-rps", "3x", "--json")
    seconds = benchmark.pedantic(run, args=(command,), rounds=1).seconds
    said = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=True).stdout
    plans = json.loads(said)["plans"]
    with capsys.disabled():
        print(f"\n  {name}: {seconds:.1f} s (aim: 10 s)")
        for plan in plans:
            month = f"{plan['cost']['month']:,.0f} a month" if plan["feasible"] else "not feasible"
            print(f"    {plan['strategy']:10} {month:16} proven: {plan['optimal']}, gap: {plan['gap']}")


@pytest.mark.parametrize("file", TOUR, ids=lambda file: file.stem)
def test_the_tour(file: Path, benchmark: Any, capsys: Any) -> None:
    seconds = []
    for times in ("1x", "1.2x", "1.5x", "3x"):
        command = (*CAPPLAN, "recommend", str(file), "--target-rps", times)
        seconds.append(run(command).seconds)
    benchmark.pedantic(run, args=(command,), rounds=1)
    with capsys.disabled():
        shown = ", ".join(f"{one:.1f} s" for one in seconds)
        print(f"\n  {file.name}: {shown} at 1, 1.2, 1.5 and 3 times its load (aim: 2 s)")
