"""How long the whole process takes, beside a bare import of what any such tool imports."""

from pathlib import Path
from typing import Any

from side_by_side import BARE, CAPPLAN, medians, run

HELLO = str(Path(__file__).parent.parent / "topologies" / "hello.yaml")
ANALYZE = (*CAPPLAN, "analyze", "--json", HELLO)
HELP = (*CAPPLAN, "--help")
ROUNDS = 15


def test_analyze_and_help_beside_bare_imports(benchmark: Any, capsys: Any) -> None:
    benchmark.pedantic(run, args=(ANALYZE,), rounds=3, warmup_rounds=1)
    found = medians({"bare": BARE, "analyze --json": ANALYZE, "--help": HELP}, ROUNDS)
    with capsys.disabled():
        print()
        for name, seconds in found.items():
            ratio = seconds / found["bare"]
            benchmark.extra_info[name] = ratio
            print(f"  {name:16} {1e3 * seconds:7.1f} ms  {ratio:5.2f} x bare")
        print("  aims: analyze --json 2.2, --help 1.3")
