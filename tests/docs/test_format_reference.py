"""The reference of the format is what its generator makes of the schema, with every key in it and no dead links."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from capplan.reading import json_schema

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
GENERATOR = runpy.run_path(str(FOLDER / "generate.py"))
PAGE = (FOLDER / "format.md").read_text(encoding="utf-8")


def test_the_page_is_what_the_generator_writes() -> None:
    assert GENERATOR["reference"]() == PAGE, "run: python docs/reference/generate.py"


def test_every_key_and_its_meaning_are_on_the_page() -> None:
    missing = [
        (name, key)
        for name, record in _records(json_schema())
        for key, schema in record["properties"].items()
        if "$ref" not in schema or "description" in schema
        if f"| `{key}`" not in PAGE or schema["description"].replace("|", "\\|") not in PAGE
    ]
    assert missing == []


def test_a_record_that_the_template_leaves_out_is_an_error() -> None:
    with pytest.raises(GENERATOR["MissingRecordError"], match="Workload"):
        GENERATOR["Reference"](json_schema()).page("<!-- keys: Topology -->")


def test_links_within_the_page_lead_to_its_headings() -> None:
    headings = {_anchor(title) for title in re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= headings


def _records(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    records = {"Topology": schema, **schema["$defs"]}
    return [(name, record) for name, record in records.items() if "properties" in record]


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
