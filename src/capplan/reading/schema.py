"""The JSON Schema (draft 2020-12) of the format, written from the records and the forms of their keys.

A schema tells editors what may stand where; what it cannot tell (names that must exist, shares that must sum to 1) is
left to the reader. It accepts whatever the reader accepts.
"""

from typing import Any

from capplan.topology.components import Component
from capplan.topology.forms import NAME, Record, Schema
from capplan.topology.kinds import KINDS
from capplan.topology.topology import Topology
from capplan.units import FRACTION, Unit, pattern

DIALECT = "https://json-schema.org/draft/2020-12/schema"
IDENTIFIER = "urn:capplan:schema:topology:1"


def json_schema() -> dict[str, Any]:
    """The whole schema."""
    return _Writer().topology()


class _Writer:
    """Writes schemas of records and quantities into `$defs` as they are referred to."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}

    def topology(self) -> dict[str, Any]:
        """The schema of a topology, with all definitions."""
        body = self.record(Topology)
        body["properties"]["components"] = {**self.components(), "description": _description(Topology, "components")}
        head = {"$schema": DIALECT, "$id": IDENTIFIER, "title": "capplan topology", "description": _sentence(Topology)}
        return {**head, **body, "$defs": dict(sorted(self.definitions.items()))}

    def components(self) -> Schema:
        """Components by name, each as its kind says."""
        common = self.record(Component)
        self.definitions["Component"] = {"description": _sentence(Component), "properties": common["properties"]}
        kind = {"enum": list(KINDS), "description": _description(Component, "kind")}
        cases = []
        for name, model in KINDS.items():
            self.definitions[model.__name__] = self.kind(model)
            test = {"type": "object", "properties": {"kind": {"const": name}}, "required": ["kind"]}
            cases.append({"if": test, "then": {"$ref": f"#/$defs/{model.__name__}"}})
        one = {"type": "object", "required": ["kind"], "properties": {"kind": kind}, "allOf": cases}
        return {"type": "object", "propertyNames": {"pattern": NAME}, "minProperties": 1, "additionalProperties": one}

    def kind(self, model: type[Component]) -> Schema:
        """A kind: the keys of all components by reference, its own written out."""
        schema = self.record(model)
        for key in Component.written():
            schema["properties"][key] = {"$ref": f"#/$defs/Component/properties/{key}"}
        return {"description": _sentence(model), **schema}

    def record(self, model: type[Record]) -> Schema:
        """A record: its keys, those that are required, and no others."""
        properties = {}
        for key, name in model.written().items():
            properties[key] = {**model.forms()[name].schema(self.reference), "description": _description(model, name)}
        required = {"required": list(model.required())} if model.required() else {}
        return {
            "type": "object",
            "properties": properties,
            **required,
            "additionalProperties": False,
            **model.constraints,
        }

    def reference(self, target: type[Record] | Unit) -> Schema:
        """A reference to the definition of a record or of a quantity, which is written if it is not there yet."""
        name = target.name.replace(" ", "-") if isinstance(target, Unit) else target.__name__
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = (
                _quantity(target)
                if isinstance(target, Unit)
                else {"description": _sentence(target), **self.record(target)}
            )
        return {"$ref": f"#/$defs/{name}"}


def _quantity(unit: Unit) -> Schema:
    text = {"type": "string", "pattern": pattern(unit)}
    description = f"{unit.article.capitalize()}, e.g. {unit.example}; an interval as ±20%, +-3 or low..high."
    if not unit.bare:
        return {**text, "description": description}
    most = {"maximum": 1} if unit is FRACTION else {}
    return {"anyOf": [{"type": "number", "minimum": 0, **most}, text], "description": description}


def _description(model: type[Record], name: str) -> str:
    return model.model_fields[name].description or ""


def _sentence(model: type[Record]) -> str:
    return " ".join((model.__doc__ or "").split())
