"""SLOs over a period: the value over all of it, and the steps in which each by itself is missed."""

import pytest

import capplan
from capplan.checks.period_records import PeriodCheck, PeriodObjective
from capplan.checks.records import Analysis

PROFILE = [0.1, 0.3, 0.6, 0.9, 1.1, 0.5]
TEXT = """
workload: {{rate: 300/s, profile: {profile}}}
components:
  app: {{kind: server, machine: {{cores: 4, price: 0.5}}, time: 10ms, calls: {{db: 1}}, error_rate: 1%}}
  db: {{kind: database, machine: {{cores: 2, disk: {{size: 100GB}}}}, time: 1ms, data: {{size: 40GB}}}}
slos: [{slo}]
"""


def analysis(slo: str, profile: list[float] = PROFILE) -> Analysis:
    return capplan.analyze(capplan.parse(TEXT.format(profile=profile, slo=slo)))


def period(found: Analysis) -> PeriodCheck:
    assert found.period is not None
    return found.period


def held(slo: str) -> PeriodObjective:
    (only,) = period(analysis(slo)).slos
    return only


def test_without_a_profile_there_is_no_period() -> None:
    text = "workload: {rate: 1/s}\ncomponents: {app: {kind: server, time: 1ms}}"
    assert capplan.analyze(capplan.parse(text)).period is None


def test_a_percentile_is_that_of_all_requests_of_the_period() -> None:
    found = analysis("total.p99 < 70ms")
    (slo,) = period(found).slos
    total = period(found).period.total.latency
    assert total is not None
    assert slo.value == pytest.approx(total.percentiles[0.99])
    assert slo.met
    p99 = [step.p99 or 0.0 for step in period(found).period.steps]
    assert slo.steps_missed == sum(value >= 0.07 for value in p99)


def test_rarer_percentiles_and_means_are_solved_for() -> None:
    assert (held("total.p99.9 < 1s").value or 0.0) > (held("total.p99 < 1s").value or 0.0)
    assert (held("total.mean < 1s").value or 0.0) < (held("total.p90 < 1s").value or 0.0)
    assert (held("app.p99 < 1s").value or 0.0) > 0.0
    assert (held("app.mean < 1s").value or 0.0) > 0.0


@pytest.mark.parametrize(
    ("slo", "value", "missed"),
    [
        ("app.cpu < 60%", 0.825, 2),
        ("db.storage < 90%", 0.4, 0),
        ("total.rate < 250/s", 330.0, 2),
        ("db.rate < 250/s", 330.0, 2),
        ("total.success_rate > 99.5%", 0.99, 6),
        ("total.error_rate < 2%", 0.01, 0),
        ("app.error_rate < 2%", 0.01, 0),
        ("cost.hour < 1", 0.5, 0),
        ("cost.month < 100", 365.0, 6),
    ],
)
def test_all_else_is_judged_in_the_worst_step(slo: str, value: float, missed: int) -> None:
    found = held(slo)
    assert found.value == pytest.approx(value)
    assert found.steps_missed == missed


def test_a_utilisation_that_does_not_exist_is_missed_throughout() -> None:
    found = held("app.disk < 90%")
    assert (found.value, found.met, found.steps_missed) == (None, False, 6)


def test_a_profile_above_one_is_part_of_the_verdict() -> None:
    found = analysis("app.cpu < 80%")
    assert found.slos[0].met
    assert not period(found).slos[0].met
    assert not found.healthy


def test_queues_and_memory_have_their_steps() -> None:
    assert held("app.queue_length < 1").steps_missed == 1
    assert held("db.error_rate < 1%").steps_missed == 0
    assert held("app.memory < 50%").value is None


def test_fractions_of_users_are_fractions_of_the_rate_that_they_make() -> None:
    text = "workload: {users: 100, think_time: 1s, profile: [0.5, 1]}\ncomponents: {app: {kind: server, time: 1ms}}"
    found = capplan.analyze(capplan.parse(text))
    assert [step.rate for step in period(found).period.steps] == pytest.approx(
        [0.5 * found.prediction.rate, found.prediction.rate]
    )
    assert "profile-of-users" in {note.code for note in found.prediction.notes}
