"""Timeouts, retries and their budgets, from the file to the figures: exact before a mere delay."""

from math import exp

import pytest
from prediction_cases import latency, notes_of, predicted

LATE = exp(-2.0)
"""P(an exponential time lasts longer than twice its mean)."""


def client(options: str, error_rate: str = "0%") -> str:
    """A request to a delay of 100 ms."""
    return f"""
workload: {{rate: 10/s}}
requests: {{r: {{to: b, {options}}}}}
components:
  b: {{kind: external, latency: 100ms, error_rate: {error_rate}}}
"""


def caller(options: str) -> str:
    """A call of such a delay."""
    return f"""
workload: {{rate: 10/s}}
components:
  app: {{kind: server, calls: [{{b: 1, {options}}}]}}
  b: {{kind: external, latency: 100ms}}
"""


@pytest.mark.parametrize(
    ("options", "attempts", "failing"),
    [
        ("timeout: 200ms", 1.0, LATE),
        ("timeout: 200ms, retries: 1", 1 + LATE, LATE**2),
        ("timeout: 200ms, retries: 2, backoff: 50ms", 1 + LATE + LATE**2, LATE**3),
        ("timeout: 200ms, retries: {max: 2, budget: 100%}", 1 + LATE + LATE**2, LATE**3),
        ("timeout: 100s, retries: 3", 1.0, 0.0),
    ],
)
def test_attempts_and_failures(options: str, attempts: float, failing: float) -> None:
    prediction = predicted(client(options))
    assert prediction.total.attempts == pytest.approx(attempts, rel=1e-3)
    assert prediction.requests["r"].attempts == pytest.approx(attempts, rel=1e-3)
    assert prediction.total.success_rate == pytest.approx(1.0 - failing, abs=1e-4)
    assert prediction.components["b"].rate == pytest.approx(10.0 * attempts, rel=1e-3)
    called = predicted(caller(options))
    assert called.components["b"].rate == pytest.approx(10.0 * attempts, rel=1e-3)
    assert called.total.success_rate == pytest.approx(1.0 - failing, abs=1e-4)
    assert called.total.attempts == pytest.approx(1.0)


def test_a_budget_bounds_the_attempts() -> None:
    prediction = predicted(client("timeout: 200ms, retries: {max: 3, budget: 5%}"))
    assert prediction.total.attempts == pytest.approx(1.05, rel=1e-3)
    free = predicted(client("timeout: 200ms, retries: {max: 3}"))
    assert free.total.attempts == pytest.approx(1 + LATE + LATE**2 + LATE**3, rel=1e-3)
    assert free.total.success_rate > prediction.total.success_rate


def test_answers_in_time_are_never_later_than_the_timeout() -> None:
    found = latency(predicted(client("timeout: 200ms")).total.latency)
    assert found.mean == pytest.approx(0.1 * (1 - 3 * LATE) / (1 - LATE), rel=2e-3)
    assert max(found.percentiles.values()) <= 0.2 * 1.002


def test_a_repeat_takes_the_timeout_and_the_pause_before_it() -> None:
    found = latency(predicted(client("timeout: 200ms, retries: 1, backoff: 50ms")).total.latency)
    once = 0.1 * (1 - 3 * LATE) / (1 - LATE)
    repeated = LATE / (1 + LATE)
    assert found.mean == pytest.approx(once + repeated * 0.25, rel=2e-3)


def test_errors_are_repeated_too() -> None:
    prediction = predicted(client("retries: 1", "10%"))
    assert prediction.total.attempts == pytest.approx(1.1)
    assert prediction.total.success_rate == pytest.approx(0.99)


STORM = """
workload: {rate: 60/s}
requests: {r: {to: app, timeout: 200ms, retries: 3, backoff: 10ms}}
components:
  app: {kind: server, machine: {cores: 4}, time: 40ms}
"""
"""Full at 100/s; four attempts each fill it from 25/s on."""


def test_repeats_that_keep_an_overload_alive_are_told() -> None:
    prediction = predicted(STORM)
    storm = prediction.metastable
    assert storm is not None
    assert 25.0 <= storm.low < 60.0 < storm.high <= 100.0
    assert 3.0 < storm.attempts <= 4.0
    (note,) = notes_of(prediction, "metastable")
    assert f"{storm.low:.4g}" in note.message
    assert note.where == "workload.rate"


@pytest.mark.parametrize(
    "change",
    [
        {"retries: 3": "retries: {max: 3, budget: 10%}"},
        {"retries: 3": "retries: 0"},
        {"time: 40ms": "time: 40ms, backlog: 8"},
        {"timeout: 200ms, ": ""},
    ],
    ids=["budget", "no retries", "backlog", "no timeout"],
)
def test_what_keeps_the_repeats_few_prevents_it(change: dict[str, str]) -> None:
    text = STORM
    for old, new in change.items():
        text = text.replace(old, new)
    assert predicted(text, 40.0).metastable is None or predicted(text).metastable.low > 70.0  # type: ignore[union-attr]


def test_late_attempts_that_are_repeated_come_in_bursts() -> None:
    assert notes_of(predicted(client("timeout: 200ms, retries: 1")), "retries-bursts")
    assert not notes_of(predicted(client("timeout: 2s, retries: 1")), "retries-bursts")


def test_repeats_use_up_capacity() -> None:
    """A third of the visits fails and is repeated: 1.3333 visits a request with no end of repeats."""
    text = "workload: {rate: 10/s}\nrequests: {r: {to: app, retries: 9}}\ncomponents:\n"
    text += "  app: {kind: server, machine: {cores: 1}, time: 10ms, error_rate: 25%}"
    capacity = predicted(text).capacity
    assert capacity.max_rate == pytest.approx(75.0, rel=2e-3)
    assert (capacity.component, capacity.resource) == ("app", "cpu")
