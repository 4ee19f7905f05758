"""The forms of a sweep: what each shows, in which units, and what a narrow page leaves out."""

import csv
import io
import json
from dataclasses import replace

import pytest
from sweep_report_samples import BOTH, GROWING, landmark

from capplan.report import FORMATS
from capplan.report.canvas import Page
from capplan.report.sweep import SWEEP_FORMATS
from capplan.report.sweep_table import to_table

WIDE = Page(width=140)
SHOWN = ["rate", "throughput", "mean", "p50", "p90", "p95", "p99", "p99.9", "busiest", "SLOs", "alerts"]


def test_each_form_of_the_contract_is_there() -> None:
    assert list(SWEEP_FORMATS) == list(FORMATS)


def test_json_is_in_si_units_with_nulls_for_what_does_not_exist() -> None:
    result = json.loads(SWEEP_FORMATS["json"](GROWING))
    assert list(result) == ["schema", "topology", "settings", "currency", "parameters", "landmarks", "points"]
    assert result["schema"] == 1
    assert result["parameters"][0]["unit"] == "1/s"
    assert result["parameters"][0]["values"][0] == {"written": "100/s", "value": 100.0}
    bottleneck = {"component": "app", "resource": "cpu"}
    assert result["landmarks"] == [{"at": None, "knee": 187.5, "max_rate": 250.0, "bottleneck": bottleneck}]
    first, _, last = result["points"]
    assert (first["values"], first["total"]["latency"]["mean"], first["slos"][0]["met"]) == ([100.0], 0.01, True)
    assert first["busiest"] == {"component": "app", "resource": "cpu", "utilisation": 0.4}
    assert (last["stable"], last["total"]["latency"]["p99"], last["slos"][0]["value"]) == (False, None, None)
    assert last["alerts"][0]["firing"] is True


def test_json_names_what_is_no_quantity() -> None:
    result = json.loads(SWEEP_FORMATS["json"](BOTH))
    assert result["parameters"][1]["values"][0] == {"written": "m6i.large", "value": None}
    assert result["points"][1]["values"] == [100.0, "own_[1]"]
    assert [one["at"] for one in result["landmarks"]] == ["m6i.large", "own_[1]"]


def test_csv_has_a_row_a_point_and_a_column_a_figure() -> None:
    rows = list(csv.DictReader(io.StringIO(SWEEP_FORMATS["csv"](GROWING))))
    assert [row["workload.rate"] for row in rows] == ["100.0", "200.0", "300.0"]
    assert [row["total.mean"] for row in rows] == ["0.01", "0.03", ""]
    assert [row["slo.fast.met"] for row in rows] == ["true", "false", "false"]
    assert [row["stable"] for row in rows] == ["true", "true", "false"]
    assert rows[0]["request.browse.p99.9"] == rows[0]["total.p99.9"]


def test_the_table_says_where_the_load_leads_to() -> None:
    lines = to_table(GROWING, WIDE).splitlines()
    assert lines[:5] == [
        "Hello [beta]  hello.yaml with components.app.replicas=2",
        "KNEE  188/s: throughput over mean latency is greatest there",
        "WALL  250/s: app cpu is full",
        "SAME  cost a month 146 USD at every point",
        "SLO   fast: total.mean < 20 ms holds at 100/s, missed from 200/s to 300/s",
    ]
    assert lines[6].split() == SHOWN
    assert lines[7].split()[:3] == ["100/s", "100/s", "10"]
    assert lines[9].split() == ["300/s", "250/s", *["–"] * 6, "app", "cpu", "100%", "missed", "busy"]


def test_two_parameters_are_counted_and_named() -> None:
    text = to_table(BOTH, WIDE)
    assert "SLO   fast: total.mean < 20 ms holds at 2 of 4 points\n" in text
    assert "WALL  250/s at app.machine own_[1]: app cpu is full\n" in text
    assert "SAME" not in text
    assert " rate  app.machine " in text


@pytest.mark.parametrize("width", [60, 72, 100, 140])
def test_a_page_has_the_columns_that_it_has_room_for(width: int) -> None:
    text = to_table(GROWING, Page(width=width))
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    assert ("not shown: " in text) == (width < 100)


def test_nothing_that_limits_is_said() -> None:
    free = replace(GROWING, landmarks=(replace(landmark(), knee=None, max_rate=None),))
    text = to_table(free, WIDE)
    assert "KNEE" not in text
    assert "WALL  none: nothing is declared that limits the load\n" in text


def test_markdown_escapes_names_and_aligns_figures() -> None:
    text = SWEEP_FORMATS["markdown"](GROWING)
    assert text.startswith("# Hello \\[beta\\]\n")
    assert "- **WALL** 250/s: app cpu is full\n" in text
    assert "| ---: |" in text
    assert text.count("\n| ") == 5
