"""Markdown, CSV, explanations and checks: complete, escaped, and in a stable order."""

import csv
import io
import json
from dataclasses import replace

import pytest
from report_samples import healthy, overloaded

from capplan.errors import BadOption, Problem, Route
from capplan.prediction.records import Note
from capplan.queueing.methods import METHODS, Method
from capplan.report import FORMATS
from capplan.report.as_markdown import escaped
from capplan.report.explain import EXPLANATION_FORMATS, explain
from capplan.report.explanation import explanation_of
from capplan.report.problems import PROBLEM_FORMATS, Checked

METHOD = Method(
    title="M/M/c, exact",
    formula="C = B / (1 - rho (1 - B))",
    symbols="lambda: arrival rate (1/s)",
    source="Erlang 1917",
    domain="Poisson arrivals",
    error="exact",
)


@pytest.fixture(autouse=True)
def one_method(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METHODS, "mmc", METHOD)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_each_form_of_the_contract_is_there() -> None:
    assert list(FORMATS) == ["table", "json", "markdown", "csv"]
    assert list(EXPLANATION_FORMATS) == list(PROBLEM_FORMATS) == list(FORMATS)


def test_csv_is_one_tidy_table() -> None:
    table = rows(FORMATS["csv"](healthy()))
    assert list(table[0]) == ["scope", "subject", "metric", "value", "unit"]
    found = {(row["scope"], row["subject"], row["metric"]): (row["value"], row["unit"]) for row in table}
    assert len(found) == len(table)
    assert found["topology", "Hello", "rate"] == ("200.0", "1/s")
    assert found["component", "app", "utilisation.cpu"] == ("0.512", "fraction")
    assert found["request", "checkout", "breakdown.db[replica].wait"][1] == "s"
    assert found["slo", "total.p99", "objective"] == ("0.2", "s")
    assert found["alert", "app-cpu", "firing"] == ("false", "")
    assert found["cost", "Hello", "cost.month"] == ("280.32", "USD/month")


def test_csv_leaves_empty_what_does_not_exist() -> None:
    table = rows(FORMATS["csv"](overloaded()))
    assert [row["value"] for row in table if row["scope"] == "total" and row["metric"] == "latency.p99"] == [""]


def test_markdown_tables_are_whole() -> None:
    text = FORMATS["markdown"](healthy())
    for block in text.split("\n\n"):
        if block.startswith("|"):
            assert len({line.replace("\\|", "").count("|") for line in block.splitlines()}) == 1


def test_markdown_escapes_names() -> None:
    assert escaped("a|b*c[d]<e>\nf") == "a\\|b\\*c\\[d\\]\\<e\\> f"
    assert "db\\[replica\\]" in FORMATS["markdown"](healthy())


def test_markdown_keeps_code_in_notes() -> None:
    assert "`deploy` is not modelled yet" in FORMATS["markdown"](healthy())


def test_a_component_is_explained_by_its_formulas() -> None:
    text = explain(healthy(), "app")
    assert text.startswith("app (server)\n")
    assert "M/M/c, exact [mmc]" in text
    assert "C = B / (1 - rho (1 - B))" in text
    assert "lambda = 200, c = 6, rho = 0.5" in text
    assert "Erlang 1917" in text
    assert "`deploy` is not modelled yet" in text


def test_the_notes_of_a_component_with_an_odd_name_are_its_own() -> None:
    plain = healthy()
    where = str(Route(("components", "db[replica]", "time")))
    notes = (Note(code="odd", message="an odd note", where=where),)
    analysis = replace(plain, prediction=replace(plain.prediction, notes=notes))
    assert "an odd note" in explain(analysis, "db[replica]")
    assert "an odd note" not in explain(analysis, "app")


def test_a_request_is_explained_by_its_path() -> None:
    text = explain(healthy(), "checkout")
    assert "Percentiles do not add up" in text
    assert "db[replica]  40% of the time: 2 per request, wait 13.5 ms" in text
    assert text.count("Erlang 1917") == 1


def test_a_note_and_a_method_are_explained() -> None:
    assert "components.app.deploy" in explain(healthy(), "not-modelled")
    assert "Poisson arrivals" in explain(healthy(), "mmc")


def test_an_overloaded_request_says_why_it_has_no_latency() -> None:
    assert "it passes a saturated queue" in explain(overloaded(), "checkout")


def test_an_unknown_subject_lists_the_known_ones() -> None:
    with pytest.raises(BadOption, match=r"did you mean `app`\? components: lb, app, db\[replica\]; requests: .*total"):
        explain(healthy(), "ap")


def test_an_explanation_has_every_form() -> None:
    found = explanation_of(healthy(), "app")
    assert json.loads(EXPLANATION_FORMATS["json"](found))["steps"][0]["values"] == {"lambda": 200, "c": 6, "rho": 0.5}
    assert rows(EXPLANATION_FORMATS["csv"](found))[1]["symbol"] == "c"
    assert "| formula | C = B" in EXPLANATION_FORMATS["markdown"](found)


FAULT = Problem(
    route=Route(("components", "app", "time")),
    what="`15` has no unit",
    hint="a duration | e.g. 15ms",
    file="shop.yaml",
    line=3,
    column=9,
    source="  time: 15",
)


def test_a_sound_topology_says_what_it_holds() -> None:
    checked = Checked(file="shop.yaml", holds=(("component", 6), ("request", 1), ("SLO", 0)), rate=200.0)
    assert PROBLEM_FORMATS["table"](checked) == "shop.yaml: ok: 6 components, 1 request, 200/s\n"
    assert json.loads(PROBLEM_FORMATS["json"](checked))["ok"] is True
    assert "ok" in PROBLEM_FORMATS["markdown"](checked)


def test_faults_have_every_form() -> None:
    checked = Checked(file="shop.yaml", problems=(FAULT,))
    assert "shop.yaml:3:9: components.app.time: `15` has no unit" in PROBLEM_FORMATS["table"](checked)
    assert json.loads(PROBLEM_FORMATS["json"](checked))["problems"][0]["line"] == 3
    assert "a duration \\| e.g. 15ms" in PROBLEM_FORMATS["markdown"](checked)
    assert rows(PROBLEM_FORMATS["csv"](checked))[0]["column"] == "9"
