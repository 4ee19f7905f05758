"""The JSON Schema accepts what the reader accepts, and refuses what a schema can refuse."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from capplan.reading import json_schema
from capplan.topology import KINDS

CASES = Path(__file__).parents[1] / "cases"
TOPOLOGIES = Path(__file__).parents[2] / "topologies"
VALID = sorted([*(CASES / "valid").glob("*.yaml"), *TOPOLOGIES.glob("*.yaml")])
REFUSED = [
    path for path in sorted((CASES / "invalid").glob("*.yaml")) if "# schema: refuses" in path.read_text("utf-8")
]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return json_schema()


@pytest.fixture(scope="module")
def validator(schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema)


def test_the_schema_is_one_of_draft_2020_12(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"]
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in VALID])
def test_it_accepts_what_the_reader_accepts(path: Path, validator: jsonschema.Draft202012Validator) -> None:
    assert [error.message for error in validator.iter_errors(yaml.safe_load(path.read_text("utf-8")))] == []


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in REFUSED])
def test_it_refuses_what_a_schema_can_refuse(path: Path, validator: jsonschema.Draft202012Validator) -> None:
    assert not validator.is_valid(yaml.safe_load(path.read_text("utf-8")))


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [found for child in node.values() for found in references(child)]
        return [found for child in node for found in references(child)] if isinstance(node, list) else []

    for reference in set(references(schema)):
        node: Any = schema
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_every_key_is_described(schema: dict[str, Any]) -> None:
    for name, definition in {"topology": schema, **schema["$defs"]}.items():
        for key, value in definition.get("properties", {}).items():
            assert value.get("description") or "$ref" in value, f"{name}.{key}"


def test_every_kind_has_its_own_keys_and_no_others(schema: dict[str, Any]) -> None:
    cases = schema["properties"]["components"]["additionalProperties"]["allOf"]
    assert [case["if"]["properties"]["kind"]["const"] for case in cases] == list(KINDS)
    for case, model in zip(cases, KINDS.values(), strict=True):
        definition = schema["$defs"][case["then"]["$ref"].rpartition("/")[2]]
        assert definition["properties"].keys() == model.written().keys()
        assert definition["additionalProperties"] is False
