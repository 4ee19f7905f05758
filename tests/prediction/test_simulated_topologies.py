"""Simulated topologies: what is measured of each kind of component, and what the result says that it left out."""

import pytest

import capplan
from capplan.prediction.measured import Simulated, simulated
from capplan.prediction.simulated import simulate_topology
from capplan.simulation.replications import Plan

BUSY = """\
version: 1
workload: {rate: 100/s}
requests:
  page: {to: lb, share: 80%}
  call: {to: api, share: 20%, timeout: 2s, retries: 1, backoff: 50ms}
components:
  lb:  {kind: balancer, policy: round_robin, forwards_to: app}
  app:
    {kind: server, replicas: 2, machine: {cores: 2}, concurrency: 8, backlog: 4, time: 12ms, calls: [{db: 1, pool: 4}]}
  db:  {kind: database, machine: {cores: 2}, time: 6ms}
  api: {kind: external, latency: 80ms, rate_limit: 12/s}
  ci:  {kind: pipeline, machine: {cores: 2}, builds: 2/day, time: 10m, runners: 1}
"""


def played(text: str, rate: float | None = None, requests: int = 20_000) -> Simulated:
    """A topology, simulated."""
    return simulated(simulate_topology(capplan.parse(text), rate, Plan(requests)))


@pytest.fixture(scope="module")
def busy() -> Simulated:
    return played(BUSY)


def codes(found: Simulated) -> set[str]:
    """The codes of the notes."""
    return {note.code for note in found.prediction.notes}


def test_classes_and_the_total_are_measured(busy: Simulated) -> None:
    requests = busy.prediction.requests
    assert requests["page"].rate == pytest.approx(80.0, rel=0.03)
    assert requests["page"].success_rate == pytest.approx(1.0, abs=1e-3)
    assert busy.prediction.total.rate == pytest.approx(sum(request.rate for request in requests.values()))
    interval = busy.requests["page"].latency[0.99]
    page = requests["page"].latency
    assert page is not None
    assert interval[0] < page.percentiles[0.99] < interval[1]


def test_a_rate_limit_fails_what_is_beyond_it(busy: Simulated) -> None:
    """20 a second come, and those that fail once more: 12 get through."""
    call, api = busy.prediction.requests["call"], busy.prediction.components["api"]
    assert api.throughput == pytest.approx(12.0, rel=0.03)
    assert call.success_rate == pytest.approx(12.0 / 20.0, rel=0.05)
    assert call.attempts == pytest.approx(api.rate / 20.0, rel=0.03)
    assert api.utilisation["rate_limit"] == pytest.approx(1.0, abs=0.02)


def test_slots_and_waits_are_measured(busy: Simulated) -> None:
    app = busy.prediction.components["app"]
    assert app.utilisation["cpu"] == pytest.approx(80.0 * 0.012 / 4.0, rel=0.03)
    held = app.utilisation["concurrency"]
    assert held is not None
    assert 0.05 < held < 0.25
    assert app.queue_length is not None
    assert app.wait is not None
    assert app.queue_length >= app.rate * app.wait.mean * 0.99
    assert sum(share.share for share in busy.prediction.requests["page"].breakdown) == pytest.approx(1.0)


def test_what_nothing_came_to_is_worked_out_and_noted(busy: Simulated) -> None:
    assert busy.prediction.components["ci"].rate == pytest.approx(2.0 / 86400.0)
    assert busy.components["ci"].throughput == (0.0, 0.0)
    assert "unseen" in codes(busy)


def test_a_full_backlog_refuses() -> None:
    found = played(BUSY, rate=700.0)
    app = found.prediction.components["app"]
    assert "backlog-full" in codes(found)
    assert app.error_rate > 0.3
    assert found.prediction.requests["page"].success_rate == pytest.approx(1.0 - app.error_rate, rel=0.02)


def test_users_who_wait_for_slots_are_played_as_users() -> None:
    """No doubt of the solver's: nothing stands in for them."""
    text = BUSY.replace("{rate: 100/s}", "{users: 40, think_time: 300ms}")
    found = played(text, requests=4_000)
    answer = found.prediction.total.latency
    assert "closed-approximate" not in codes(found)
    assert answer is not None
    assert 70.0 < found.prediction.rate < 40.0 / 0.3


def test_too_few_requests_are_rough() -> None:
    text = "version: 1\nworkload: {rate: 95/s}\ncomponents:\n  app: {kind: server, machine: {cores: 1}, time: 10ms}\n"
    assert "rough" in codes(played(text, requests=1_000))
