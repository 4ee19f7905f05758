"""The numbers of closed users at which objectives fall and alerts fire: whole users, tried on both sides."""

import pytest
from checks_cases import alert, analysis, slo

OFFICE = """
workload: {users: %s, think_time: %s}
requests: {ask: {share: 70%%, to: app}, store: {share: 30%%, to: app.store}}
components:
  app:
    kind: server
    replicas: 2
    machine: {cores: 4}
    endpoints:
      ask: {time: {mean: 40ms, cv: 1.3}, calls: {db: 2}}
      store: {time: 30ms, calls: [{db: 1}, {mail: 1, async: true}]}
  db: {kind: database, machine: {cores: 4}, time: 9ms}
  mail: {kind: server, machine: {cores: 2}, time: 20ms}
"""
OBJECTIVES = (
    "total.p99 < 900ms",
    "ask.mean < 150ms",
    "store.p95 < 2s",
    "app.p99 < 1s",
    "app.cpu < 85%",
    "total.p50 < 5m",
)


def office(users: float, think: str = "10s") -> str:
    return OFFICE % (users, think)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_one_user_more_and_it_falls(objective: str) -> None:
    until = slo(office(100), objective).holds_until_users
    assert until is not None
    assert until == round(until)
    assert slo(office(until), objective).met
    assert not slo(office(until + 1), objective).met


@pytest.mark.parametrize("when", ["app.cpu > 70%", "total.p99 > 1s", "app.queue_length > 20", "ask.rate > 120/s"])
def test_the_least_users_with_whom_it_fires(when: str) -> None:
    least = alert(office(100), when).fires_at_users
    assert least is not None
    assert alert(office(least), when).firing
    assert not alert(office(least - 1), when).firing


def test_where_it_turns_does_not_depend_on_the_users_of_today() -> None:
    found = {slo(office(users), "total.p99 < 900ms").holds_until_users for users in (1, 700, 5000, 1_000_000)}
    assert len(found) == 1


def test_the_rate_beside_it_is_what_those_users_reach() -> None:
    found = slo(office(100), "total.p99 < 900ms")
    assert found.holds_until_users is not None
    reached = analysis(office(found.holds_until_users)).prediction.rate
    assert found.holds_until_rate == pytest.approx(reached, rel=1e-6)


def test_what_no_number_of_users_turns_turns_at_none() -> None:
    for when in ("db.cpu > 99%", "app.cpu < 10%"):
        found = alert(office(100), when)
        assert (found.fires_at_users, found.fires_at_rate) == (None, None)


def test_what_one_user_alone_misses_holds_with_none() -> None:
    assert slo(office(100), "total.p99 < 1ms").holds_until_users == 0.0


def test_an_open_workload_has_no_users() -> None:
    text = office(100).replace("users: 100, think_time: 10s", "rate: 10/s")
    found = slo(text, "total.p99 < 900ms")
    assert found.holds_until_users is None
    assert found.holds_until_rate is not None
    assert slo(office(100), "total.p99 < 900ms", 10.0).holds_until_rate == pytest.approx(found.holds_until_rate)


def test_held_slots_have_users_of_the_open_workload() -> None:
    text = office(100).replace("kind: database,", "kind: database, concurrency: 30,")
    found = slo(text, "total.p99 < 900ms")
    plain = slo(office(100), "total.p99 < 900ms").holds_until_users
    assert found.holds_until_users is not None
    assert plain is not None
    assert found.holds_until_users == pytest.approx(plain, rel=0.1)


def test_a_lost_replica_slows_its_users_down() -> None:
    """The states of `resilience` keep the users: with half of the servers the queue is long, not endless."""
    lost = f"{office(2500)}resilience: {{replicas_lost: 1}}\nslos: [total.p99 < 900ms, total.mean < 1h]"
    misses = [miss for state in analysis(lost).states if state.state.startswith("app") for miss in state.misses]
    assert {miss.name for miss in misses if miss.concern.value == "slo"} == {"total.p99"}
    assert not [miss for miss in misses if miss.concern.value == "limit"]
