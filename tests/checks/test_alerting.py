"""Alerts over time, as an alerting service evaluates them: samples at scrapes, looks at evaluations, `for`."""

from collections.abc import Sequence

import pytest
from checks_cases import topology

from capplan.checks.alerting import Cadence, Episode, cadence_of, episodes
from capplan.topology import Alert, Topology


def system(lines: str = "", hold: str = "0s") -> Topology:
    text = f"""
workload: {{rate: 1/s}}
components:
  app: {{kind: server, time: 1ms}}
{lines}
alerts: [{{name: hot, when: app.cpu > 70%, for: {hold}}}]
"""
    return topology(text)


def alert(hold: str = "0s") -> Alert:
    return system(hold=hold).alerts[0]


def found(samples: Sequence[float | None], hold: str, cadence: Cadence, duration: float) -> list[Episode]:
    return list(episodes(alert(hold), samples, cadence, duration))


EVERY_15 = Cadence(15.0, 15.0)
LOW, HIGH = 0.1, 0.9


def test_it_fires_at_the_first_look_where_nothing_must_last() -> None:
    samples = [LOW, HIGH, HIGH, LOW, LOW]
    assert found(samples, "0s", EVERY_15, 75.0) == [Episode(30.0, 30.0, 60.0, HIGH)]


def test_it_is_pending_until_the_condition_has_lasted() -> None:
    samples = [LOW, HIGH, HIGH, 0.8, HIGH, LOW]
    assert found(samples, "30s", EVERY_15, 90.0) == [Episode(30.0, 60.0, 90.0, 0.8)]
    assert found(samples, "31s", EVERY_15, 90.0) == [Episode(30.0, 75.0, 90.0, HIGH)]


def test_what_does_not_last_is_pending_only() -> None:
    samples = [LOW, HIGH, HIGH, LOW, HIGH, HIGH]
    assert found(samples, "30s", EVERY_15, 90.0) == [
        Episode(30.0, None, 60.0, HIGH),
        Episode(75.0, None, None, HIGH),
    ]


def test_it_fires_as_often_as_it_has_to() -> None:
    samples = [HIGH, LOW, HIGH, HIGH, LOW, HIGH]
    times = [(one.fired_at, one.over_at) for one in found(samples, "0s", EVERY_15, 90.0)]
    assert times == [(15.0, 30.0), (45.0, 75.0), (90.0, None)]


def test_a_look_sees_the_latest_sample() -> None:
    """Samples at 10, 20, …; looks at 15, 30, …: a breach in the sample of 40 is seen at 45."""
    samples = [LOW, LOW, LOW, HIGH, LOW, LOW]
    assert found(samples, "0s", Cadence(10.0, 15.0), 60.0) == [Episode(45.0, 45.0, 60.0, HIGH)]


def test_a_breach_between_two_looks_is_not_seen() -> None:
    samples = [LOW, HIGH, LOW, LOW, LOW, LOW]
    assert found(samples, "0s", Cadence(10.0, 30.0), 60.0) == []


def test_looks_may_come_more_often_than_samples() -> None:
    samples = [HIGH, LOW]
    assert found(samples, "10s", Cadence(30.0, 10.0), 60.0) == [Episode(30.0, 40.0, 60.0, HIGH)]


def test_no_sample_is_no_breach() -> None:
    samples = [HIGH, None, HIGH]
    assert [one.over_at for one in found(samples, "0s", EVERY_15, 45.0)] == [30.0, None]
    assert found([], "0s", EVERY_15, 45.0) == []


def test_the_threshold_itself_is_not_above_it() -> None:
    assert found([0.7], "0s", EVERY_15, 15.0) == []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", Cadence(15.0, 15.0)),
        ("  m: {kind: metrics, scrape_interval: 30s}", Cadence(30.0, 30.0)),
        ("  w: {kind: alerting, evaluation_interval: 1m}", Cadence(15.0, 60.0)),
        (
            "  m: {kind: metrics, scrape_interval: 10s}\n  w: {kind: alerting, evaluation_interval: 20s}",
            Cadence(10.0, 20.0),
        ),
    ],
)
def test_intervals_are_those_of_the_topology(lines: str, expected: Cadence) -> None:
    assert cadence_of(system(lines)) == expected
