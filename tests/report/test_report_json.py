"""The JSON result: the contract's keys in its order, nulls where a thing does not exist, plain finite numbers."""

import json
from dataclasses import replace

import numpy as np
import pytest
from report_samples import healthy, overloaded

from capplan.checks.records import Analysis
from capplan.prediction.records import Latency
from capplan.report import FORMATS
from capplan.report.as_json import number, to_dict
from capplan.report.result import AnalysisResult
from capplan.units import Uncertain

LATENCIES = ["mean", "p50", "p90", "p95", "p99", "p99.9"]


def test_the_keys_stand_in_the_order_of_the_contract() -> None:
    result = to_dict(healthy())
    assert list(result) == [
        "schema", "topology", "rate", "throughput", "stable", "capacity", "total", "requests", "components", "slos",
        "alerts", "cost", "notes", "overloads", "states", "metastable", "period", "users",
    ]  # fmt: skip
    assert list(result["total"]) == ["rate", "throughput", "success_rate", "latency", "attempts"]
    assert list(result["requests"]["checkout"]) == [*result["total"], "breakdown"]
    assert list(result["components"]["app"])[:11] == [
        "kind", "replicas", "machine", "rate", "throughput", "utilisation", "queue_length", "in_service", "latency",
        "error_rate", "cost",
    ]  # fmt: skip
    assert list(result["slos"][0])[:8] == [
        "name", "metric", "operator", "objective", "value", "met", "holds_until_rate", "holds_until_users",
    ]  # fmt: skip
    assert list(result["alerts"][0])[:8] == [
        "name", "metric", "operator", "threshold", "value", "firing", "fires_at_rate", "fires_at_users",
    ]  # fmt: skip


def test_the_percentiles_are_named_without_trailing_zeros() -> None:
    assert list(to_dict(healthy())["total"]["latency"]) == LATENCIES


def test_a_latency_that_does_not_exist_has_the_same_keys_and_nulls() -> None:
    result = to_dict(overloaded())
    nothing = dict.fromkeys(LATENCIES)
    assert result["total"]["latency"] == nothing
    assert result["components"]["app"]["latency"] == nothing
    assert result["components"]["app"]["queue_length"] is None
    assert result["stable"] is False


def test_the_five_resources_are_always_there_and_others_follow() -> None:
    plain = healthy()
    app = replace(plain.prediction.components["app"], utilisation={"storage": 0.4, "cpu": 0.5})
    prediction = replace(plain.prediction, components={"app": app})
    utilisation = to_dict(replace(plain, prediction=prediction))["components"]["app"]["utilisation"]
    assert list(utilisation) == ["cpu", "memory", "disk", "network", "concurrency", "storage"]
    assert utilisation["memory"] is None
    assert utilisation["storage"] == 0.4


def test_details_of_a_kind_join_their_component() -> None:
    assert to_dict(healthy())["components"]["db[replica]"]["readers"] == 2.0


def test_an_alert_says_how_long_until_somebody_hears_of_it() -> None:
    alert = to_dict(healthy())["alerts"][0]
    assert alert["time_to_notify"] == {"mean": 352.5, "worst": 390.0}
    assert (alert["severity"], alert["notify"]) == ("page", "on-call")


def test_an_overload_says_what_would_be_enough() -> None:
    assert to_dict(overloaded())["overloads"] == [
        {"component": "app", "resource": "cpu", "utilisation": 1.3, "servers": 6, "enough": 8}
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), np.float64("nan")])
def test_what_is_not_finite_is_null(value: float) -> None:
    assert number(value) is None


def test_numbers_are_plain_floats() -> None:
    assert type(number(np.float64(1.5))) is float
    assert type(number(Uncertain(1.5, 1.0, 2.0))) is float


def test_no_digit_is_rounded_away() -> None:
    plain = healthy()
    third = Latency(mean=1 / 3, percentiles={0.99: 2 / 3})
    total = replace(plain.prediction.total, latency=third)
    analysis = replace(plain, prediction=replace(plain.prediction, total=total))
    assert json.loads(FORMATS["json"](analysis))["total"]["latency"] == {"mean": 1 / 3, "p99": 2 / 3}


def test_the_text_is_json_that_keeps_every_character() -> None:
    plain = healthy()
    analysis = replace(plain, prediction=replace(plain.prediction, topology="Bücher 書店"))
    text = FORMATS["json"](analysis)
    assert "Bücher 書店" in text
    assert json.loads(text) == to_dict(analysis)


def test_the_result_of_the_python_api_is_an_analysis_that_writes_itself() -> None:
    result = AnalysisResult.of(healthy())
    assert isinstance(result, Analysis)
    assert result.healthy
    assert result.to_dict() == to_dict(healthy())
