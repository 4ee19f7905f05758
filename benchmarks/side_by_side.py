"""Runs commands in turn, A B A B …, and compares their medians: what disturbs the machine disturbs all of them alike."""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BARE = ("-c", "import numpy, typer, rich.table, yaml")
"""What any command line tool with numbers and tables has to import."""
CAPPLAN = ("-m", "capplan.cli.app")


@dataclass(frozen=True)
class Run:
    """One run of a process: seconds on the clock, and the most memory that it held (bytes)."""

    seconds: float
    memory: float


def run(arguments: Sequence[str], *, text: str | None = None) -> Run:
    """Runs Python with these arguments; its output is thrown away."""
    # a process between this one and the command makes its memory the only one that the kernel counts
    measure = (
        "import resource, subprocess, sys, time; start = time.perf_counter();"
        "code = subprocess.run([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL).returncode;"
        "took = time.perf_counter() - start;"
        "print(code, took, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", measure, *arguments], input=text, capture_output=True, text=True, check=True
    )
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


def alternated(first: "Timed", second: "Timed", rounds: int) -> float:
    """Median time of the second over that of the first, both called in turn in this process."""
    times: list[tuple[float, float]] = []
    for _ in range(rounds):
        start = time.perf_counter()
        first()
        middle = time.perf_counter()
        second()
        times.append((middle - start, time.perf_counter() - middle))
    return statistics.median(b for _, b in times) / statistics.median(a for a, _ in times)


class Timed:
    """A call that is timed."""

    def __call__(self) -> object:
        raise NotImplementedError


def own_memory() -> float:
    """The most memory that this process has held (bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
