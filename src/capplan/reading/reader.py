"""Text into a topology: bytes to text, text to a tree, a tree to records, records to rules; all faults in one go.

This room does no input or output: a profile that stands in a file of its own comes through the door `load_text`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from capplan.errors import BadTopology, Problem, Route
from capplan.reading.nodes import Branch, Mark, Unreadable
from capplan.reading.places import at, placed
from capplan.reading.profiles import replace_profile
from capplan.reading.settings import apply_settings
from capplan.reading.text import decoded
from capplan.reading.tree import read_tree
from capplan.topology.catalogue import Catalogue
from capplan.topology.forms import Faults, read_record
from capplan.topology.rules import check
from capplan.topology.topology import Topology

LoadText = Callable[[str], str]
_SECTIONS = ("requests", "locations", "machines", "components")


def read_topology(
    text: str | bytes,
    file: str,
    settings: Sequence[str] = (),
    load_text: LoadText | None = None,
    catalogue: Catalogue | None = None,
) -> Topology:
    """The topology that a text describes; `BadTopology` with all its faults where it has any.

    `settings` (`components.app.replicas=8`) are laid over the text. `load_text` reads a file beside the topology.
    `catalogue` has the machine types that the topology may name, the built-in one where it is left out.
    """
    plain, source = decoded(text, file)
    try:
        document = read_tree(plain, source)
    except Unreadable as error:
        mark = error.mark or Mark(source, 0, 0)
        raise BadTopology((at(Problem(route=Route(), what=error.what, hint=error.hint), mark),)) from None
    found = [*document.problems, *apply_settings(document.root, settings)]
    problems = [at(problem, mark) for problem, mark in found]
    faults = replace_profile(document.root, load_text)
    inferred = {"file": file} if catalogue is None else {"file": file, "catalogue": catalogue}
    topology, faults = _validated(document.root, inferred, faults)
    problems += [placed(problem, document.root, document.mark) for problem in faults]
    if problems or topology is None:
        raise BadTopology(tuple(_in_order(problems, file)))
    return topology


def _validated(root: Any, inferred: Mapping[str, Any], faults: list[Problem]) -> tuple[Topology | None, list[Problem]]:
    """The topology, as far as it can be read, and the faults so far with those of records and rules."""
    try:
        topology: Topology | None = read_record(Topology, root, **inferred)
    except Faults as error:
        topology = error.partial
        faults = [*faults, *error.problems]
    if topology is None:
        return None, faults
    declared = {section: tuple(root[section]) for section in _SECTIONS if isinstance(root.get(section), Branch)}
    return topology, faults + check(_whole(topology), declared, [fault.route for fault in faults])


def _whole(topology: Topology) -> Topology:
    """The topology with an empty mapping for components that could not be read at all."""
    return topology if topology.components is not None else topology.model_copy(update={"components": {}})


def _in_order(problems: list[Problem], file: str) -> list[Problem]:
    """By position, those of the file first; what is said twice once."""
    distinct = dict.fromkeys(problems)
    return sorted(distinct, key=lambda problem: (problem.file != file, problem.line or 0, problem.column or 0))
