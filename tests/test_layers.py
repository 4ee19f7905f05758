"""The house keeps its order: imports point down only, libraries stay behind fences, only the shell does I/O."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import capplan

PACKAGE = Path(capplan.__file__).parent
DOOR = "__init__"
PLAYING = "playing"  # the part of the door that plays topologies out

# From the top down; rooms on one floor never import each other.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({DOOR}),
    frozenset({PLAYING}),
    frozenset({"cli"}),
    frozenset({"report"}),
    frozenset({"planning", "studies"}),
    frozenset({"uncertainty"}),
    frozenset({"checks"}),
    frozenset({"prediction"}),
    frozenset({"simulation"}),
    frozenset({"queueing", "reading"}),
    frozenset({"topology"}),
    frozenset({"errors", "units"}),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

# Rooms that may not be entered from every floor above.
DOORS = {
    "reading": {"cli", DOOR},
    DOOR: {"cli"},
    PLAYING: {DOOR},
    "topology": set(FLOOR_OF) - {"queueing", "simulation"},
}

NUMBERS = {"queueing", "simulation", "prediction", "checks", "uncertainty", "planning", "studies"}
FENCES = {
    "typer": {"cli"},
    "rich": {"cli", "report"},
    "yaml": {"reading", "report"},
    "plotext": {"report"},
    "matplotlib": {"report"},
    "numpy": NUMBERS,
    "scipy": NUMBERS,
    "pydantic": {"topology", "reading"},
    # files, clock, environment and processes
    **{name: {"cli", DOOR} for name in ("os", "sys", "pathlib", "shutil", "tempfile", "glob", "datetime")},
    "time": {"cli", DOOR, PLAYING},
    **{name: {"cli"} for name in ("subprocess", "socket", "logging", "warnings")},
}
SLOW = {"scipy", "rich", "plotext", "matplotlib"}
INPUT_AND_OUTPUT = {"open", "print", "input"}


def room_of(file: Path) -> str:
    """The room that a file stands in: a folder, a module at the top, or the package's door."""
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> Iterator[str]:
    """The dotted names of all modules that the code imports, at its top or inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            name = str(node.module)
            yield from (f"{name}.{alias.name}" for alias in node.names) if name == "capplan" else (name,)


def entered(module: str) -> str:
    """The room that an import of one of our own modules enters."""
    steps = module.split(".")
    return steps[1] if len(steps) > 1 and steps[1] in FLOOR_OF else DOOR


def faults(room: str, source: str) -> list[str]:
    """What a piece of code in a room does that it may not do."""
    tree = ast.parse(source)
    found = []
    for module in imported(tree):
        library = module.split(".")[0]
        if library == "capplan":
            found += _faults_of_entering(room, entered(module))
        elif room not in FENCES.get(library, {room}):
            found.append(f"{room} imports {library}")
        if module.startswith("scipy.stats"):
            found.append(f"{room} imports scipy.stats")
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    used = {call.id for call in calls if isinstance(call, ast.Name)} & INPUT_AND_OUTPUT
    return found + [f"{room} calls {name}()" for name in sorted(used) if room != "cli"]


def _faults_of_entering(room: str, other: str) -> list[str]:
    allowed = FLOOR_OF[room] < FLOOR_OF[other] and room in DOORS.get(other, FLOOR_OF)
    door = other == DOOR and room in DOORS[DOOR]
    return [] if room == other or allowed or door else [f"{room} imports {other}"]


def heavy_at_the_top(source: str) -> list[str]:
    """The libraries that a module imports as soon as it is imported itself."""
    statements = [node for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = [module for statement in statements for module in imported(statement)]
    return [module for module in modules if module.split(".")[0] in SLOW]


FILES = sorted(PACKAGE.rglob("*.py"))


def test_every_room_is_listed() -> None:
    assert {room_of(file) for file in FILES} <= set(FLOOR_OF)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_module_stays_within_its_walls(file: Path) -> None:
    assert faults(room_of(file), file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_slow_libraries_are_imported_where_they_are_needed(file: Path) -> None:
    allowed = room_of(file) == "report"
    assert allowed or heavy_at_the_top(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("room", "source", "fault"),
    [
        ("queueing", "from capplan.topology import Topology", "queueing imports topology"),
        ("queueing", "from capplan.reading import read_topology", "queueing imports reading"),
        ("planning", "import capplan.studies.sweep", "planning imports studies"),
        ("checks", "def f():\n    from capplan.report import FORMATS", "checks imports report"),
        ("report", "from capplan.reading import read_topology", "report imports reading"),
        ("report", "import capplan", "report imports __init__"),
        ("cli", "from capplan.playing import simulate", "cli imports playing"),
        ("errors", "from capplan import units", "errors imports units"),
        ("report", "import typer", "report imports typer"),
        ("cli", "import plotext", "cli imports plotext"),
        ("topology", "import numpy as np", "topology imports numpy"),
        ("prediction", "from scipy.stats import norm", "prediction imports scipy.stats"),
        ("checks", "print('here')", "checks calls print()"),
        ("reading", "text = open('x').read()", "reading calls open()"),
        ("simulation", "from time import perf_counter", "simulation imports time"),
    ],
)
def test_the_walker_sees_what_is_forbidden(room: str, source: str, fault: str) -> None:
    assert faults(room, source) == [fault]


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("cli", "import capplan\nimport typer\nfrom capplan.report import FORMATS\nprint('here')"),
        (DOOR, "from capplan.reading import read_topology\nfrom pathlib import Path"),
        (DOOR, "from capplan.playing import simulate"),
        (
            "report",
            "from capplan import units\nfrom rich.table import Table\nfrom capplan.queueing.methods import METHODS",
        ),
        ("prediction", "import numpy as np\nfrom capplan.topology import Topology"),
    ],
)
def test_the_walker_lets_pass_what_is_allowed(room: str, source: str) -> None:
    assert faults(room, source) == []
