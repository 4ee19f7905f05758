"""The machine catalogue: common machine types by name, read from `machines.csv` beside this module.

Sizes and prices are public list figures, copied as they were on each row's date; the `generic` family is an assumption
and says so. The cells are written like a topology's own, so the record reads their units. This module knows no
topology: who asks for a name that a topology also defines under `machines` asks there first.
"""

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from capplan.topology.machines import Machine

_RENAMED = {"vcpu": "cores"}
_APART = frozenset({"source"})
_DISK = {"disk_iops": "iops", "disk_throughput": "throughput", "disk_size": "size"}


@cache
def rows() -> Mapping[str, Mapping[str, str]]:
    """The table as it is written, by machine name: its column `source` says what the prices are."""
    text = files("capplan.topology").joinpath("machines.csv").read_text(encoding="utf-8")
    return {row["name"]: row for row in csv.DictReader(text.splitlines())}


class _Catalogue(Mapping[str, Machine]):
    """All machines by name, each built when it is first asked for."""

    def __getitem__(self, name: str) -> Machine:
        return _machine(name)

    def __iter__(self) -> Iterator[str]:
        return iter(rows())

    def __len__(self) -> int:
        return len(rows())


@cache
def load_catalogue() -> Mapping[str, Machine]:
    """Every machine type by name, as a mapping that builds only what is looked up."""
    return _Catalogue()


def find(name: str) -> Machine | None:
    """The machine type of this name, or None."""
    return load_catalogue().get(name)


def suggest(name: str) -> list[str]:
    """The names that this one may have meant, the likeliest first; a family's name alone stands for its sizes."""
    from difflib import get_close_matches

    wanted = name.lower()
    of_family = [known for known, row in rows().items() if row["family"].lower() == wanted]
    if of_family:
        return of_family
    by_lower = {known.lower(): known for known in rows()}
    return [by_lower[near] for near in get_close_matches(wanted, by_lower, n=3, cutoff=0.7)]


@cache
def _machine(name: str) -> Machine:
    filled = {column: cell for column, cell in rows()[name].items() if cell and column not in _APART}
    disk = {key: filled.pop(column) for column, key in _DISK.items() if column in filled}
    cells: dict[str, object] = {_RENAMED.get(column, column): cell for column, cell in filled.items()}
    return Machine.model_validate(cells | ({"disk": disk} if disk else {}))
