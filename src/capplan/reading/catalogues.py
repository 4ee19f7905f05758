"""Text into machine types: a catalogue of one's own, as a CSV table or as YAML in the form of a topology's `machines`.

Both become the same tree with positions, so that every fault is found by the same forms and has its place.
"""

from collections.abc import Mapping

from capplan.errors import BadTopology, Problem, Route
from capplan.reading.nodes import Branch, Mark, Unreadable
from capplan.reading.places import at, placed
from capplan.reading.tables import read_table
from capplan.reading.text import decoded
from capplan.reading.tree import Document, read_tree
from capplan.topology.catalogue import COLUMNS
from capplan.topology.fields import Named
from capplan.topology.forms import MACHINE_NAME, Faults
from capplan.topology.machines import CatalogueMachine, Machine

_NEEDED = "machines by name: `box: {cores: 4, memory: 16GiB, price: 0.2}`"
_ROUTE = Route(("catalogue",))
_FORM = Named(CatalogueMachine, MACHINE_NAME)


def read_machines(text: str | bytes, file: str) -> Mapping[str, Machine]:
    """The machine types that a text describes, by name; `BadTopology` with all its faults where it has any.

    A file whose name ends in `.csv`, and a text whose first line names columns, is a table; all else is YAML, in which
    the machines may stand under a key `machines`.
    """
    plain, source = decoded(text, file, _ROUTE)
    try:
        table = file.lower().endswith(".csv") or _names_columns(source.lines[0])
        document = read_table(source, COLUMNS) if table else _unwrapped(read_tree(plain, source, _NEEDED))
    except Unreadable as error:
        mark = error.mark or Mark(source, 0, 0)
        raise BadTopology((at(Problem(route=_ROUTE, what=error.what, hint=error.hint), mark),)) from None
    machines, problems = _validated(document)
    if problems:
        raise BadTopology(tuple(sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0))))
    return machines


def _names_columns(line: str) -> bool:
    return "," in line and line.split(",")[0].strip() in COLUMNS


def _unwrapped(document: Document) -> Document:
    """The document that stands under the key `machines`, where that is the only one."""
    root = document.root
    if isinstance(root, Branch) and list(root) == ["machines"]:
        return document._replace(root=root["machines"], mark=root.values_at["machines"])
    return document


def _validated(document: Document) -> tuple[Mapping[str, Machine], list[Problem]]:
    problems = [at(problem.within(*_ROUTE), mark) for problem, mark in document.problems]
    machines: Mapping[str, Machine] = {}
    try:
        machines = _FORM.read(document.root)
    except Faults as error:
        found = [placed(problem, document.root, document.mark) for problem in error.problems]
        problems += [problem.within(*_ROUTE) for problem in found]
    return machines, problems
