"""Whatever stands in a file, out come a topology or its faults: valid files, damaged in seeded ways.

A sample runs by default; `CAPPLAN_FUZZ=10000` in the environment runs as many as it says.
"""

import copy
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from capplan.errors import BadTopology
from capplan.reading import read_topology
from capplan.topology import Topology

SEED = 20_261_123
RUNS = int(os.environ.get("CAPPLAN_FUZZ", "400"))
BATCHES = 8
CASES = Path(__file__).parents[1] / "cases" / "valid"
SEEDS = [path.read_bytes() for path in sorted(CASES.glob("*.yaml"))]
WORDS = (
    *b"kind server calls time parallel web host null ~ -3 .. % ' | # 1e999 &a *a <<: !!int --- [ ] { }".split(),
    *(b": ", b"- ", b"? ", b"\t", b"\n", b"\xff", b"\x00", b"\xe2\x80\xa8", b"\xc2\xb1", b'"', b"9" * 40),
)
TEXTS = ["", "web", "15ms", "10ms..5ms", "total.p99 < 1s", "9..2", "lb", "é" * 300]
COLLECTIONS: tuple[Any, ...] = (
    [],
    {},
    [[]],
    {"": ""},
    ["web", None],
    {"web": None},
    {"web": 2},
    {"parallel": [{"web": 1}]},
)
TIMES = ({"mean": "1ms", "cv": 0}, {"p50": "1ms"}, {"p1": "1ns", "p99": "1d"})
VALUES: tuple[Any, ...] = (None, -1, 0, 7, 1e308, True, float("nan"), *TEXTS, *COLLECTIONS, *TIMES)


def spliced(data: bytes, random_: random.Random) -> bytes:
    """Bytes cut, doubled, moved, or words thrown in."""
    for _ in range(random_.randint(1, 6)):
        at, to = sorted(random_.randrange(len(data) + 1) for _ in range(2))
        piece = random_.choice((b"", data[at:to][:200] * 2, random_.choice(WORDS), random_.randbytes(2)))
        data = data[:at] + piece + data[min(to, at + random_.randint(0, 12)) :]
    return data


def nodes(tree: Any) -> list[tuple[Any, Any]]:
    """Every (collection, key or index) of a tree."""
    steps = list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else []
    return [found for step in steps for found in ((tree, step), *nodes(tree[step]))]


def rebuilt(data: bytes, random_: random.Random) -> bytes:
    """Keys dropped, renamed and moved, values swapped for others."""
    tree = yaml.safe_load(data)
    for _ in range(random_.randint(1, 4)):
        places = nodes(tree)
        if not places:
            break
        parent, step = random_.choice(places)
        other_parent, other = random_.choice(places)
        change = random_.randrange(4)
        if change == 0:
            del parent[step]
        elif change == 1:
            parent[step] = yaml.safe_load(yaml.safe_dump(other_parent[other]))
        elif change == 2:
            parent[step] = copy.deepcopy(random_.choice(VALUES))
        elif isinstance(parent, dict):
            parent[random_.choice((other, "web", "calls", "host", 3, "total"))] = parent.pop(step)
    return yaml.safe_dump(tree, sort_keys=False, default_flow_style=random_.random() < 0.3, allow_unicode=True).encode()


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (spliced, rebuilt)


def outcome(data: bytes) -> Topology | BadTopology:
    """What comes of a file; any other exception is the test's failure."""
    try:
        return read_topology(data, "fuzz.yaml")
    except BadTopology as error:
        return error


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_damaged_file_gives_a_topology_or_its_faults(batch: int) -> None:
    for run in range(batch, RUNS, BATCHES):
        random_ = random.Random(SEED + run)
        data = random_.choice(MUTATIONS)(random_.choice(SEEDS), random_)
        result = outcome(data)
        if isinstance(result, BadTopology):
            assert result.problems, run
            assert all(problem.line is not None and problem.source is not None for problem in result.problems), run
            assert str(result)
