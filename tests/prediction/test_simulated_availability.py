"""Simulated replicas that are down at times: success as `analyze` has it, and nothing else changed by it."""

import pytest

import capplan
from capplan.prediction.measured import Simulated, simulated
from capplan.prediction.predict import predict
from capplan.prediction.simulated import simulate_topology
from capplan.simulation.replications import Plan

FORWARD = """\
version: 1
workload: {rate: 100/s}
requests:
  page: {to: app, share: 70%}
  report: {to: app.report, share: 30%}
components:
  box: {kind: server, machine: {cores: 4}, time: 1ms, availability: 97%}
  app:
    kind: server
    host: box
    mtbf: 9d
    mttr: 1d
    time: 5ms
    calls: {db: 2.4}
    endpoints: {report: {time: 8ms, calls: [{parallel: [{db: 2}, {mail: 1}]}]}}
  db: {kind: database, machine: {cores: 2}, time: 2ms, availability: 95%}
  mail: {kind: external, latency: 20ms, availability: 90%}
"""
"""Everything passes the stations in one order: played from arrays."""

HELD = """\
version: 1
workload: {rate: 150/s}
requests:
  page: {to: lb, retries: 2, backoff: 20ms, timeout: 5s}
components:
  lb: {kind: balancer, policy: least_connections, forwards_to: app}
  app:
    kind: server
    replicas: 4
    machine: {cores: 1}
    concurrency: 8
    time: 15ms
    availability: 90%
    calls: [{db.read: 1, pool: 4}, {log: 1, async: true}]
  db:
    kind: database
    machine: {cores: 2}
    readers: 2
    read_endpoints: [read]
    availability: 96%
    endpoints: {read: {time: 4ms}}
  log: {kind: server, machine: {cores: 2}, time: 1ms, availability: 50%}
"""
"""Threads, connections, repeats: played event by event."""


def played(text: str, seed: int = 1, requests: int = 20_000) -> Simulated:
    """A topology, simulated."""
    return simulated(simulate_topology(capplan.parse(text), None, Plan(requests, seed)))


@pytest.mark.parametrize("text", [FORWARD, HELD], ids=["arrays", "events"])
def test_success_is_that_of_analyze(text: str) -> None:
    found, theory = played(text, requests=60_000), predict(capplan.parse(text))
    assert 0.5 < theory.total.success_rate < 0.95
    for name, request in theory.requests.items():
        assert found.prediction.requests[name].success_rate == pytest.approx(request.success_rate, rel=0.01)
        low, high = found.requests[name].success_rate or (0.0, 0.0)
        assert low - 0.004 < request.success_rate < high + 0.004
    if "retries" in text:
        return  # who repeats what is down errs more often than once a request: `analyze` leaves that out
    for name, component in theory.components.items():
        assert found.prediction.components[name].error_rate == pytest.approx(component.error_rate, abs=0.012)


def test_who_is_not_waited_for_fails_nobody() -> None:
    gone = HELD.replace("availability: 50%", "availability: 1%")
    success = [played(text).prediction.total.success_rate for text in (HELD, gone)]
    assert success[0] == success[1]


@pytest.mark.parametrize("text", [FORWARD, HELD.replace("retries: 2", "retries: 0")], ids=["arrays", "events"])
def test_what_is_down_at_times_changes_no_time_and_no_load(text: str) -> None:
    """Common random numbers: only successes change."""
    always = played(text.replace("availability: 90%", "availability: 100%"), requests=4_000)
    mostly = played(text, requests=4_000)
    for name, component in always.prediction.components.items():
        assert mostly.prediction.components[name].utilisation == component.utilisation
        assert mostly.prediction.components[name].latency == component.latency
    assert mostly.prediction.total.success_rate < always.prediction.total.success_rate


def test_a_client_whose_address_counts_meets_the_same_replica() -> None:
    """Both ways of playing draw addresses as they do without outages."""
    text = FORWARD.replace("to: app, share", "to: lb, share")
    lb = "  lb: {kind: balancer, policy: ip_hash, skew: 0.5, forwards_to: app}\n"
    text = text.replace("components:\n", f"components:\n{lb}").replace("{cores: 4}", "{cores: 2}, replicas: 2")
    always = played(text.replace("97%", "100%"), requests=4_000)
    mostly = played(text, requests=4_000)
    assert mostly.prediction.components["box"].latency == always.prediction.components["box"].latency
