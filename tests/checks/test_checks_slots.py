"""Objectives, alerts and states where slots are held, backlogs fill and calls are repeated."""

import pytest
from checks_cases import analysis, slo, turning

THREADS = """
workload: {rate: 60/s}
requests: {r: {to: lb}}
components:
  lb: {kind: balancer, policy: round_robin, forwards_to: app}
  app: {kind: server, replicas: 2, machine: {cores: 4}, time: 10ms, concurrency: 8, backlog: 10,
        calls: [{db: 1, pool: 6}]}
  db: {kind: database, machine: {cores: 8}, time: 40ms}
"""


@pytest.mark.parametrize(
    "when",
    [
        "app.concurrency > 60%",
        "total.p99 > 250ms",
        "total.success_rate < 99.9%",
    ],
)
def test_an_alert_fires_above_its_rate_and_not_below(when: str) -> None:
    _, sides, value = turning(THREADS, when)
    assert sides == [False, True]
    assert value == pytest.approx(1.0, rel=1e-4)


def test_retries_take_objectives_down_at_a_lower_rate() -> None:
    """The late are repeated: what nobody repeats holds longer."""
    patient, eager = (
        f"workload: {{rate: 50/s}}\nrequests: {{r: {{to: app, timeout: 200ms, retries: {count}}}}}\ncomponents:\n"
        "  app: {kind: server, machine: {cores: 4}, time: 40ms}"
        for count in (0, 3)
    )
    few, many = (slo(text, "app.cpu < 85%").holds_until_rate for text in (patient, eager))
    assert few is not None
    assert many is not None
    assert few == pytest.approx(85.0, rel=1e-3)
    assert 60.0 < many < 0.99 * few


def test_more_slots_hold_an_objective_longer() -> None:
    found = [
        slo(THREADS.replace("concurrency: 8", f"concurrency: {slots}"), "total.success_rate > 99%").holds_until_rate
        for slots in (3, 6)
    ]
    known = [rate for rate in found if rate is not None]
    assert len(known) == 2
    assert known == sorted(known)
    assert known[0] < 0.9 * known[1]


def test_a_lost_replica_takes_its_slots_with_it() -> None:
    found = analysis(f"{THREADS}\nresilience: {{replicas_lost: 1}}\nslos: [total.success_rate > 99%]", 100.0)
    (normal,) = found.slos
    assert normal.met
    assert not all(state.held for state in found.states)
