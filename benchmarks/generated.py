"""Large topologies, made by a rule: many components with three calls each. The same arguments give the same text."""

import random
from collections.abc import Callable

CALLS = 3
LAYERS = 8
"""Layers of the layered shape: a request makes 3^8 visits in the last of them, and each component is solved once."""


def layered(size: int, time: Callable[[int], str]) -> str:
    """Layers of equal size; each component calls three of the next layer, once each."""
    width = max(size // LAYERS, CALLS)
    calls = {}
    for index in range(size):
        start = (index // width + 1) * width
        ahead = [start + (index * 7 + k * 11) % width for k in range(CALLS)]
        calls[index] = {callee: 1.0 for callee in ahead if callee < size}
    return _written(size, calls, time, rate=3.0**-LAYERS)


def random_graph(size: int, time: Callable[[int], str]) -> str:
    """Each component calls three later ones at random, each with a third of a call on average."""
    draw = random.Random(7)
    calls = {}
    for index in range(size):
        later = range(index + 1, min(index + 60, size))
        calls[index] = dict.fromkeys(draw.sample(later, min(CALLS, len(later))), 0.33)
    return _written(size, calls, time, rate=1.0)


def exponential(_: int) -> str:
    """The same exponential time for all."""
    return "1ms"


def distinct(index: int) -> str:
    """Lognormal, another one for each component."""
    return f"{{mean: {0.5 + 0.001 * index:.3f}ms, cv: 1.5}}"


SHAPES = {
    "layered, exponential": (layered, exponential),
    "layered, distinct lognormal": (layered, distinct),
    "random graph, exponential": (random_graph, exponential),
    "random graph, distinct lognormal": (random_graph, distinct),
}


def _written(size: int, calls: dict[int, dict[int, float]], time: Callable[[int], str], rate: float) -> str:
    """The topology: a front that calls all components that no other calls."""
    called = {callee for callees in calls.values() for callee in callees}
    entries = ", ".join(f"s{index}: 1" for index in range(size) if index not in called)
    lines = ["version: 1", f"workload: {{rate: {rate * 100:.9f}/s}}", "components:"]
    lines.append(f"  front: {{kind: server, calls: {{{entries}}}}}")
    for index in range(size):
        made = ", ".join(f"s{callee}: {number}" for callee, number in calls[index].items())
        lines.append(
            f"  s{index}: {{kind: server, replicas: 2, machine: {{cores: 4}}, time: {time(index)}, calls: {{{made}}}}}"
        )
    return "\n".join([*lines, ""])
