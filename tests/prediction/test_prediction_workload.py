"""Where the load comes from: open arrivals, bursts, a closed population, and the builds of a pipeline."""

import math

import pytest
from prediction_cases import (
    GRID,
    chance_of_waiting,
    latency,
    mean_wait,
    notes_of,
    predicted,
    sojourn_quantile,
)

CLOSED = """
workload: {users: %s, think_time: %s}
components:
  app: {kind: server, time: 12ms, calls: {db: 1}}
  db: {kind: database, time: 5ms}
"""


@pytest.mark.parametrize(("users", "think"), [(1, 1.0), (20, 1.0), (100, 1.0), (300, 2.0), (50, 0.2)])
def test_a_closed_population_is_either_thinking_or_under_way(users: int, think: float) -> None:
    prediction = predicted(CLOSED % (users, f"{think}s"))
    response = latency(prediction.total.latency).mean
    assert prediction.rate * (think + response) == pytest.approx(users, rel=1e-6)
    assert prediction.rate < 1 / 0.012


@pytest.mark.parametrize("users", [2000, 100_000, 1_000_000])
def test_more_users_than_it_carries_wait_and_nothing_is_saturated(users: int) -> None:
    prediction = predicted(CLOSED % (users, "1s"))
    assert prediction.stable
    assert prediction.overloads == ()
    assert prediction.rate == pytest.approx(1 / 0.012)
    assert prediction.throughput == pytest.approx(prediction.rate)
    assert 0.0 <= (prediction.capacity.headroom or 0.0) < 1e-9
    assert latency(prediction.total.latency).mean == pytest.approx(users * 0.012 - 1.0, rel=1e-6)
    assert prediction.users == users
    assert not notes_of(prediction, "near-saturation")


def test_one_user_alone_waits_for_nobody() -> None:
    alone = latency(predicted(CLOSED % (1, "1s")).total.latency)
    assert alone.mean == pytest.approx(0.017)


def test_what_has_no_closed_model_is_said_to_be_approximate() -> None:
    text = CLOSED % (100, "1s")
    assert not notes_of(predicted(text), "closed-approximate")
    held = text.replace("kind: database,", "kind: database, concurrency: 4,")
    assert notes_of(predicted(held), "closed-approximate")[0].where == "workload.users"
    assert not notes_of(predicted(held, 40.0), "closed-approximate")


def test_users_who_do_not_think() -> None:
    prediction = predicted(CLOSED % (10, "0s"))
    assert prediction.rate * latency(prediction.total.latency).mean == pytest.approx(10, rel=1e-6)


def test_a_given_rate_takes_the_place_of_the_users() -> None:
    assert predicted(CLOSED % (100, "1s"), 40.0).rate == 40.0


def test_users_of_a_system_without_limits_send_as_fast_as_it_answers() -> None:
    text = "workload: {users: 50, think_time: 900ms}\ncomponents:\n  a: {kind: external, latency: 100ms}"
    assert predicted(text).rate == pytest.approx(50.0)


def test_bursts_lengthen_the_wait() -> None:
    text = "workload: {rate: 70/s, burstiness: %s}\ncomponents:\n  app: {kind: server, time: 10ms}"
    waits = [latency(predicted(text % b).total.latency).mean - 0.010 for b in (0.25, 1, 4)]
    assert waits[1] == pytest.approx(mean_wait(1, 70.0, 0.010))
    assert waits[0] < 0.75 * waits[1]
    assert waits[2] > 1.8 * waits[1]


def pipeline(builds: str, runners: int, time: str = "30m") -> str:
    return f"""
workload: {{rate: 1/s}}
components:
  app: {{kind: server, time: 1ms}}
  ci: {{kind: pipeline, builds: {builds}, time: {time}, runners: {runners}, deploys: app}}
"""


@pytest.mark.parametrize(("builds", "runners"), [(40, 1), (40, 2), (200, 6), (150, 4)])
def test_builds_queue_for_runners_as_mmc(builds: int, runners: int) -> None:
    prediction, rate = predicted(pipeline(f"{builds}/day", runners)), builds / 86400
    ci = prediction.components["ci"]
    wait, chance = mean_wait(runners, rate, 1800.0), chance_of_waiting(runners, rate * 1800.0)
    assert ci.utilisation["concurrency"] == pytest.approx(rate * 1800 / runners)
    assert latency(ci.wait).mean == pytest.approx(wait)
    given = 1800.0 / (runners - rate * 1800.0)
    p95 = given * math.log(chance / 0.05) if chance > 0.05 else 0.0
    assert latency(ci.wait).percentiles[0.95] == pytest.approx(p95, rel=2e-3, abs=20.0)
    assert ci.queue_length == pytest.approx(rate * wait)
    assert latency(ci.latency).percentiles[0.95] == pytest.approx(
        sojourn_quantile(runners, rate, 1800.0, 0.95), rel=GRID
    )


def test_too_many_builds_are_a_result_and_no_load_of_the_users() -> None:
    prediction = predicted(pipeline("100/day", 2))
    ci = prediction.components["ci"]
    assert (prediction.stable, ci.latency, ci.wait) == (False, None, None)
    assert prediction.throughput == pytest.approx(1.0)
    over = prediction.overloads[0]
    assert (over.component, over.resource, over.servers, over.enough) == ("ci", "concurrency", 2, 3)
    assert ci.throughput == pytest.approx(2 / 1800)


def test_builds_do_not_grow_with_the_load() -> None:
    for rate in (1.0, 500.0):
        assert predicted(pipeline("40/day", 2), rate).components["ci"].rate == pytest.approx(40 / 86400)


def test_uncertain_values_stand_at_their_middle() -> None:
    sure = "workload: {rate: 50/s}\ncomponents:\n  app: {kind: server, time: 10ms}"
    unsure = sure.replace("10ms", "8ms..12ms").replace("50/s", "50/s ±20%")
    assert latency(predicted(unsure).total.latency).mean == latency(predicted(sure).total.latency).mean


def test_nothing_is_noted_where_everything_is_modelled() -> None:
    text = """
workload: {rate: 1/s}
components:
  app: {kind: server, machine: {cores: 1}, time: 1ms, scaling: {replicas: 1..4}, deploy: {strategy: rolling}}
"""
    assert predicted(text).notes == ()


def test_a_machine_that_is_assumed_is_noted() -> None:
    text = "workload: {rate: 1/s}\ncomponents:\n  app: {kind: server, time: 1ms, calls: {x: 1}}\n  x: {kind: external}"
    assert [note.where for note in notes_of(predicted(text), "assumed-machine")] == ["components.app"]


def test_burstable_machines_are_noted() -> None:
    text = "workload: {rate: 1/s}\ncomponents:\n  app: {kind: server, machine: t3.large, time: 1ms}"
    assert notes_of(predicted(text), "burstable")[0].where == "components.app.machine"


@pytest.mark.parametrize(
    ("code", "where", "component", "rate"),
    [
        ("near-saturation", "components.app", "time: 10ms", 99),
        ("rough-service", "components.app", "time: {mean: 10ms, cv: 4}", 50),
        ("parallel-mean", "requests", "time: 1ms, calls: [{parallel: [{db: 1}, {db: 1}]}]", 50),
        ("many-visits", "components.db", "time: 1ms, calls: {db: 12}", 50),
    ],
)
def test_numbers_outside_the_measured_range_carry_a_caveat(code: str, where: str, component: str, rate: int) -> None:
    text = f"""
workload: {{rate: {rate}/s}}
requests: {{r: {{to: app}}}}
components:
  app: {{kind: server, {component}}}
  db: {{kind: database, time: 1ms}}
"""
    assert where in [note.where for note in notes_of(predicted(text), code)]
