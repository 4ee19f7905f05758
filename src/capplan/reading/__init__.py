"""Text into topologies: YAML with positions, typed fields, all faults at once; and the JSON Schema of the format.

The only room that knows YAML. It opens no files: text comes in, records go out.
"""

from typing import Any

from capplan.reading.reader import read_topology

__all__ = ["json_schema", "read_topology"]


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a topology."""
    from capplan.reading.schema import json_schema as write

    return write()
