"""Objectives and alerts at one rate: value, verdict, and what a saturated system does to both."""

import pytest
from checks_cases import alert, analysis, slo

TWO = """
workload: {rate: 50/s}
requests: {good: {share: 80%, to: app}, bad: {share: 20%, to: app.bad}}
components:
  app: {kind: server, time: 10ms, endpoints: {bad: {time: 10ms, calls: {flaky: 1}}}}
  flaky: {kind: external, latency: 5ms, error_rate: 10%, price: 0.001}
"""


@pytest.mark.parametrize(
    ("objective", "value", "met"),
    [
        ("total.success_rate > 97%", 0.98, True),
        ("total.success_rate >= 99%", 0.98, False),
        ("total.error_rate < 1%", 0.02, False),
        ("bad.error_rate <= 10%", 0.1, True),
        ("good.success_rate >= 100%", 1.0, True),
        ("total.rate < 51/s", 50.0, True),
        ("bad.rate < 5/s", 10.0, False),
        ("app.cpu < 60%", 0.5, True),
        ("app.rate <= 50/s", 50.0, True),
        ("app.queue_length < 0.4", 0.5, False),
        ("app.mean < 21ms", 0.020, True),
        ("good.mean < 21ms", 0.020, True),
        ("bad.mean < 21ms", 0.025, False),
        ("total.mean < 22ms", 0.021, True),
        ("flaky.error_rate < 20%", 0.1, True),
        ("cost.hour < 40", 36.0, True),
        ("cost.month < 20000", 36.0 * 730, False),
    ],
)
def test_the_value_and_whether_it_holds(objective: str, value: float, met: bool) -> None:
    found = slo(TWO, objective)
    assert found.value == pytest.approx(value, rel=1e-9)
    assert found.met is met
    assert found.metric == objective.split()[0]
    assert found.operator == objective.split()[1]


def test_any_percentile_may_be_asked_for() -> None:
    text = "workload: {rate: 50/s}\ncomponents:\n  app: {kind: server, time: 10ms}"
    for level in (50, 90, 97.5, 99, 99.9, 99.99):
        objective = slo(text, f"total.p{level} < 10s")
        # M/M/1: exponential with mean 20 ms
        import math

        assert objective.value == pytest.approx(-0.020 * math.log(1 - level / 100), rel=1e-3)
        assert slo(text, f"app.p{level} < 10s").value == pytest.approx(objective.value, rel=1e-3)


def test_names_windows_and_severities_go_through() -> None:
    text = f"""
{TWO}
slos: [{{name: fast, objective: good.p99 < 1s, window: 30d}}]
alerts: [{{name: hot, when: app.cpu > 40%, for: 5m, severity: page, notify: on-call}}]
"""
    found = analysis(text)
    assert (found.slos[0].name, found.slos[0].window) == ("fast", 30 * 86400)
    assert (found.alerts[0].name, found.alerts[0].severity, found.alerts[0].notify) == ("hot", "page", "on-call")
    assert found.alerts[0].firing
    assert not found.healthy


def test_healthy_is_every_objective_met_and_no_alert_firing() -> None:
    assert analysis(f"{TWO}\nslos: [good.p99 < 1s]\nalerts: [{{when: app.cpu > 90%}}]").healthy
    assert not analysis(f"{TWO}\nslos: [good.p99 < 1ms]").healthy


@pytest.mark.parametrize("metric", ["total.p99", "total.mean", "app.p99", "app.mean"])
def test_a_time_without_a_bound_misses_its_objective_and_fires_its_alert(metric: str) -> None:
    text = "workload: {rate: 150/s}\ncomponents:\n  app: {kind: server, time: 10ms}"
    missed, fired = slo(text, f"{metric} < 1h"), alert(text, f"{metric} > 1h")
    assert (missed.value, missed.met) == (None, False)
    assert (fired.value, fired.firing) == (None, True)
    assert missed.holds_until_rate == pytest.approx(100.0, rel=1e-3)


def test_an_alert_on_a_healthy_part_of_a_saturated_system_stays_quiet() -> None:
    text = """
workload: {rate: 150/s}
components:
  app: {kind: server, time: 10ms, calls: {far: 1}}
  far: {kind: external, latency: 50ms}
"""
    assert not alert(text, "far.p99 > 1s").firing
    assert not alert(text, "app.memory > 50%").firing
    assert alert(text, "app.queue_length > 1000").firing
    assert alert(text, "app.cpu > 99%").firing


def test_an_objective_on_what_a_component_does_not_have_is_missed_and_said_so() -> None:
    found = analysis(f"{TWO}\nslos: [app.memory < 80%, app.cpu < 80%]\n")
    assert [objective.met for objective in found.slos] == [False, True]
    notes = [(note.code, note.where) for note in found.prediction.notes if note.code != "assumed-machine"]
    assert notes == [("no-such-metric", "components.app")]
