"""What the forms say of cores and replicas that slow each other down."""

import json

import capplan
from capplan.checks.analysis import analyze
from capplan.report import FORMATS
from capplan.report.explain import explain

PEAKED = """
version: 1
workload: {rate: 2000/s}
components:
  app:
    kind: server
    machine: {cores: 2}
    replicas: 12
    time: 10ms
    scalability: {contention: 2%, across_replicas: {contention: 3%, coherency: 0.01}}
"""


def test_an_overload_beyond_the_peak_has_no_number_that_is_enough() -> None:
    analysis = analyze(capplan.parse(PEAKED))
    text = FORMATS["table"](analysis)
    assert "it has 24 cores, and no number of them" in " ".join(text.split())
    assert "app has 12 replicas and peaks at 10: fewer replicas would give more" in " ".join(text.split())
    result = json.loads(FORMATS["json"](analysis))
    assert result["overloads"][0]["enough"] is None
    assert "beyond-peak" in {note["code"] for note in result["notes"]}
    assert all(FORMATS[form](analysis) for form in FORMATS)


def test_an_explanation_names_both_laws() -> None:
    text = " ".join(explain(analyze(capplan.parse(PEAKED), 100.0), "app").split())
    assert "cpu: The Universal Scalability Law" in text
    assert "replicas: The Universal Scalability Law" in text
    assert "N/C(N) = 2.65" in text
