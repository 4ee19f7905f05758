"""Runs commands in turn, A B A B …, and compares their medians: what disturbs the machine disturbs all alike."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

BARE = ("-c", "import numpy, typer, rich.table, yaml")
"""What any command line tool with numbers and tables has to import."""
CAPPLAN = ("-c", "from capplan.cli.app import main; raise SystemExit(main())")
"""The `capplan` command, without the wrapper that the installer makes."""


@dataclass(frozen=True)
class Run:
    """One run of a process: seconds on the clock, and the most memory that it held (bytes)."""

    seconds: float
    memory: float


def run(arguments: Sequence[str]) -> Run:
    """Runs Python with these arguments; its output is thrown away."""
    # a process between this one and the command makes its memory the only one that the kernel counts
    measure = (
        "import resource, subprocess, sys, time; start = time.perf_counter();"
        "code = subprocess.run([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL).returncode;"
        "took = time.perf_counter() - start;"
        "print(code, took, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", measure, *arguments], capture_output=True, text=True, check=True)
    code, seconds, kilobytes = done.stderr.split()[-3:]
    if int(code) > 1:
        raise RuntimeError(f"{' '.join(arguments)} ended with {code}:\n{done.stderr}")
    return Run(float(seconds), float(kilobytes) * 1024.0)


def medians(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, float]:
    """Median seconds of each command, run in turn after one warm-up each."""
    for arguments in commands.values():
        run(arguments)
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, arguments in commands.items():
            seconds[name].append(run(arguments).seconds)
    return {name: statistics.median(times) for name, times in seconds.items()}


def alternated(first: Callable[[], object], second: Callable[[], object], rounds: int) -> float:
    """Median time of the second over that of the first, both called in turn in this process."""
    times: list[tuple[float, float]] = []
    for _ in range(rounds):
        start = time.perf_counter()
        first()
        middle = time.perf_counter()
        second()
        times.append((middle - start, time.perf_counter() - middle))
    return statistics.median(b for _, b in times) / statistics.median(a for a, _ in times)
