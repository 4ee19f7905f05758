"""Writes format.md, the reference of the topology format: the prose of format.template, tables from the JSON Schema.

A line `<!-- keys: Workload -->` of the template stands for the table of a record's keys, `<!-- kind: balancer -->` for
that of a kind's own keys, `<!-- words: Balancer.policy -->` for the words that a key accepts. A record that the
template does not ask for is an error, so that no key goes undocumented.

    python docs/reference/generate.py
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from capplan.reading import json_schema

HERE = Path(__file__).parent
TEMPLATE = HERE / "format.template"
PAGE = HERE / "format.md"
Schema = Mapping[str, Any]
MARKER = re.compile(r"<!-- (?P<what>keys|kind|words): (?P<name>[\w.]+) -->")
COMMON = "#/$defs/Component/properties/"
WHOLE = "[0-9_]* *$"
MANY = 8
"""A choice of more words than this is listed below the table instead of in it."""


class MissingRecordError(Exception):
    """The template shows a record that the schema does not have, or leaves one out that it has."""


class Reference:
    """The schema as Markdown, remembering which definitions have been shown."""

    def __init__(self, schema: Schema) -> None:
        self.definitions: dict[str, Schema] = {**schema["$defs"], "Topology": schema}
        kinds = schema["properties"]["components"]["additionalProperties"]["allOf"]
        self.kinds = {case["if"]["properties"]["kind"]["const"]: _name(case["then"]) for case in kinds}
        self.shown: set[str] = set()

    def page(self, template: str) -> str:
        """The template with every marker replaced."""
        page = MARKER.sub(lambda marker: getattr(self, marker["what"])(marker["name"]), template)
        records = {name for name, schema in self.definitions.items() if "properties" in schema}
        if left_out := records - self.shown:
            raise MissingRecordError(f"{TEMPLATE.name} leaves out {', '.join(sorted(left_out))}")
        return page

    def keys(self, name: str) -> str:
        """The table of a record's keys."""
        return self._table(name, own=False)

    def kind(self, kind: str) -> str:
        """What a kind is, and the table of the keys that only it has."""
        name = self.kinds[kind]
        sentence = str(self.definitions[name]["description"])
        table = self._table(name, own=True)
        return f"{sentence}\n\n{table}" if table else sentence

    def words(self, place: str) -> str:
        """The words that a key accepts."""
        record, _, key = place.partition(".")
        return _listed(self.definitions[record]["properties"][key]["enum"])

    def _table(self, name: str, *, own: bool) -> str:
        if name not in self.definitions:
            raise MissingRecordError(f"the schema has no {name}")
        self.shown.add(name)
        record = self.definitions[name]
        required = record.get("required", ())
        rows = [
            _row(
                f"`{key}` (required)" if key in required else f"`{key}`", _value(schema), schema.get("description", "")
            )
            for key, schema in record["properties"].items()
            if not (own and str(schema.get("$ref", "")).startswith(COMMON))
        ]
        return "\n".join([_row("key", "value", "meaning"), "| --- | --- | --- |", *rows]) if rows else ""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _listed(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _value(schema: Schema) -> str:
    """What may stand under a key, in the words of the page."""
    options = list(_options(schema))
    if any("mean" in option.get("properties", {}) for option in options):
        return "[random time](#random-times)"
    if any(_is_call(option) for option in options):
        return "[calls](#calls)"
    named = [option for option in options if option != {"type": "null"}]
    integers = any(option.get("type") == "integer" for option in named)
    words = [_one(option) for option in named if not (integers and option.get("pattern", "").endswith(WHOLE))]
    return " or ".join(dict.fromkeys(words))


def _options(schema: Schema) -> Iterator[Schema]:
    for option in schema.get("anyOf", [schema]):
        yield from _options(option) if "anyOf" in option else [option]


def _is_call(option: Schema) -> bool:
    return "async" in option.get("items", {}).get("properties", {}) or any(
        "async" in item.get("properties", {}) for item in option.get("items", {}).get("anyOf", [])
    )


def _one(schema: Schema) -> str:
    """One form of a value."""
    if "$ref" in schema:
        return _linked(_name(schema))
    if "enum" in schema:
        return _chosen(schema["enum"])
    return _typed(schema)


def _linked(name: str) -> str:
    if name[0].islower():
        return f"[{name.replace('-', ' ')}](#quantities)"
    return f"[{name.lower()}](#{name.lower()})"


def _chosen(words: list[str]) -> str:
    if "true" in words:
        return "true or false"
    return _listed(words) if len(words) <= MANY else "one of the words below"


def _typed(schema: Schema) -> str:
    kind = schema.get("type")
    if kind == "array":
        items = _value(schema["items"])
        return {"name": "list of names", "[event](#events)": "list of [events](#events)"}.get(items, f"list of {items}")
    if kind == "object":
        values = schema.get("additionalProperties", {})
        return f"name: {_value(values)}" if values and "allOf" not in values else "name: [component](#components)"
    if kind == "integer":
        return "whole number"
    if kind == "boolean":
        return "true or false"
    return _text(str(schema.get("pattern", "")))


def _text(pattern: str) -> str:
    if "success_rate" in pattern:
        return "[comparison](#slos-and-alerts)"
    if "deploy" in pattern:
        return "[event](#events)"
    if "csv" in pattern:
        return "CSV file"
    if "([0-9]+)" in pattern:
        return "range such as `2..40`"
    if "%" in pattern:
        return "fraction with `%`"
    if "A-Z]{3}" in pattern:
        return "three letters"
    if pattern.startswith("^[A-Za-z0-9_]"):
        return "`component` or `component.endpoint`" if ":" in pattern else "name"
    return "text"


def reference() -> str:
    """The page."""
    return Reference(json_schema()).page(TEMPLATE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
