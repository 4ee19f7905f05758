"""Large topologies, whole process: time, growth with the size, and memory."""

from pathlib import Path
from typing import Any

import pytest
from generated import SHAPES
from side_by_side import CAPPLAN, run

SIZES = (250, 500, 1000, 2000)
LARGE = 1000


@pytest.mark.parametrize("shape", SHAPES)
def test_a_thousand_components_with_three_calls_each(shape: str, benchmark: Any, capsys: Any, tmp_path: Path) -> None:
    make, time = SHAPES[shape]
    runs = {}
    for size in SIZES:
        file = tmp_path / f"{size}.yaml"
        file.write_text(make(size, time), encoding="utf-8")
        runs[size] = run((*CAPPLAN, "analyze", "--json", str(file)))
    large = (*CAPPLAN, "analyze", "--json", str(tmp_path / f"{LARGE}.yaml"))
    benchmark.pedantic(run, args=(large,), rounds=1)
    benchmark.extra_info.update({str(size): one.seconds for size, one in runs.items()})
    with capsys.disabled():
        print(f"\n  {shape} (aims: 6 s and 250 MB at {LARGE}, growth about linear)")
        for size, one in runs.items():
            each = 1e3 * one.seconds / size
            print(f"  {size:6} components {one.seconds:6.2f} s  {each:5.2f} ms each  {one.memory / 1e6:5.0f} MB")
