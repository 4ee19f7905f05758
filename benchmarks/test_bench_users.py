"""A million closed users beside an open workload of the same topology, and a sweep over users."""

from pathlib import Path
from typing import Any

from side_by_side import alternated

from capplan import analyze, parse

SIX = (Path(__file__).parent / "six.yaml").read_text(encoding="utf-8")
MANY = 1_000_000


def closed(users: int, think: str) -> str:
    """The six components with users instead of their rate."""
    lines = [line for line in SIX.splitlines() if not line.startswith("workload:")]
    return "\n".join([*lines, f"workload: {{users: {users}, think_time: {think}}}"])


def test_a_million_users_beside_an_open_workload(benchmark: Any, capsys: Any) -> None:
    """Just below saturation, and far beyond it."""
    opened = parse(SIX)
    below, beyond = parse(closed(MANY, "1h")), parse(closed(MANY, "1s"))
    benchmark.pedantic(analyze, args=(below,), rounds=5, warmup_rounds=1)
    ratios = [
        alternated(lambda: analyze(opened), lambda many=many: analyze(many), rounds=5)  # type: ignore[misc]
        for many in (below, beyond)
    ]
    with capsys.disabled():
        seconds = benchmark.stats.stats.median
        print(f"\n  a million users: {seconds:.2f} s below saturation (aim: well under 1 s)")
        print(f"  {ratios[0]:.1f} times the open workload below saturation, {ratios[1]:.1f} times beyond")
