"""Text into topologies: YAML with positions, typed fields, all faults at once; and the JSON Schema of the format.

The only room that knows YAML. It opens no files: text comes in, records go out.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from capplan.reading.reader import read_topology

if TYPE_CHECKING:
    from capplan.topology import Machine

__all__ = ["json_schema", "read_machines", "read_topology"]


def read_machines(text: str | bytes, file: str) -> "Mapping[str, Machine]":
    """The machine types that a text describes, by name: a CSV table, or YAML in the form of `machines`."""
    from capplan.reading.catalogues import read_machines as read

    return read(text, file)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a topology."""
    from capplan.reading.schema import json_schema as write

    return write()
