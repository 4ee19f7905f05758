"""A day or a week predicted: overloads and what they leave behind, the busiest step, fleets that follow."""

from unittest.mock import patch

import numpy as np
import pytest

import capplan
from capplan.checks.period import check_period
from capplan.checks.period_records import PeriodCheck
from capplan.prediction.courses import critical
from capplan.prediction.load_points import load_points
from capplan.prediction.period import period, varied
from capplan.prediction.period_records import How, Period
from capplan.prediction.records import Note
from capplan.topology import Topology
from capplan.topology.replication import following, least_replicas

DAY = [0.4, 0.4, 0.5, 0.8, 1.0, 1.1, 0.8, 0.5]


def system(profile: list[float], app: str = "time: 10ms", extra: str = "") -> Topology:
    """An application of 400/s before a database of 1,000/s; a page asks both, a ping neither."""
    return capplan.parse(f"""
workload: {{rate: 400/s, profile: {profile}}}
requests:
  page: {{share: 50%, to: app}}
  other: {{share: 50%, to: app}}
  {extra}
components:
  app: {{kind: server, machine: {{cores: 4, price: 1}}, {app}, calls: {{db: 1}}}}
  db: {{kind: database, machine: {{cores: 2, price: 2}}, time: 2ms}}
""")


def over(topology: Topology, rate: float = 400.0) -> Period:
    return period(varied(topology, rate))


def checked(topology: Topology, rate: float = 400.0) -> tuple[PeriodCheck, tuple[Note, ...]]:
    return check_period(topology, rate)


def test_an_overload_piles_up_and_is_worked_off() -> None:
    found = over(system(DAY))
    (queue,) = found.watched
    assert (queue.component, queue.resource, queue.how, queue.over) == ("app", "cpu", How.BACKLOG, 1)
    three_hours = found.step
    assert [round(step.backlog) for step in found.steps] == [0, 0, 0, 0, 0, round(40.0 * three_hours), 0, 0]
    assert queue.longest == pytest.approx(40.0 * three_hours / 400.0)
    assert found.total.throughput == pytest.approx(found.total.rate)


def test_who_comes_after_an_overload_waits_as_well() -> None:
    found = over(system(DAY))
    p99 = [step.p99 or 0.0 for step in found.steps]
    assert p99[6] > 100.0 * p99[3]
    assert found.busiest == 5
    assert found.busiest_latency is not None
    assert found.busiest_latency.percentiles[0.5] == pytest.approx(0.5 * 40.0 * found.step / 400.0, rel=0.02)


def test_a_fluid_and_the_forward_equations_agree_where_both_can_be_solved() -> None:
    slow = system(DAY, app="time: 500ms")
    with patch("capplan.queueing.varying.MOST_STATES", 20_000):
        exact = over(slow, rate=8.0)
    with patch("capplan.queueing.varying.MOST_STATES", 1):
        fluid = over(slow, rate=8.0)
    assert [one.watched[0].how for one in (exact, fluid)] == [How.FORWARD, How.BACKLOG]
    assert exact.total.latency is not None
    assert fluid.total.latency is not None
    assert fluid.total.latency.mean == pytest.approx(exact.total.latency.mean, rel=0.05)
    assert fluid.total.latency.percentiles[0.99] == pytest.approx(exact.total.latency.percentiles[0.99], rel=0.05)


def test_a_load_above_capacity_on_average_has_no_bound() -> None:
    found = over(system(DAY), rate=1000.0)
    assert found.total.latency is None
    assert found.total.throughput == pytest.approx(400.0)
    assert {step.p99 for step in found.steps} == {None}
    (note,) = checked(system(DAY), rate=1000.0)[1]
    assert (note.code, note.where) == ("endless-backlog", "components.app")


def test_a_request_that_does_not_pass_the_full_queue_does_not_wait() -> None:
    topology = capplan.parse(f"""
workload: {{rate: 400/s, profile: {DAY}}}
requests:
  page: {{share: 50%, to: app}}
  ping: {{share: 50%, to: db}}
components:
  app: {{kind: server, machine: {{cores: 2}}, time: 10ms, calls: {{db: 1}}}}
  db: {{kind: database, machine: {{cores: 2}}, time: 1ms}}
""")
    found = over(topology)
    page, ping = found.requests["page"].latency, found.requests["ping"].latency
    assert page is not None
    assert ping is not None
    assert page.percentiles[0.99] > 60.0
    assert ping.percentiles[0.99] < 0.02
    assert found.total.latency is not None
    assert ping.percentiles[0.99] < found.total.latency.percentiles[0.99] < page.percentiles[0.99]


def test_each_visit_to_a_slow_queue_waits() -> None:
    once, twice = (
        capplan.parse(f"""
workload: {{rate: {rate}/h, profile: [0.5, 1.5, 0.2, 0.2]}}
components:
  web: {{kind: server, time: 1ms, calls: {{app: {calls}}}}}
  app: {{kind: server, time: 10m}}
""")
        for calls, rate in ((1, 6), (2, 3))
    )
    alone, both = (varied(one, float(one.workload.rate or 0.0)) for one in (once, twice))
    services = {1: 600.0, 2: 1200.0}
    assert alone.ways["default"].course.how is How.FORWARD
    waits = [found.mean(["default"]) - services[k + 1] for k, found in enumerate((alone, both))]
    assert waits[1] == pytest.approx(2.0 * waits[0], rel=0.01)


def test_the_critical_queue_is_the_one_that_is_full_first() -> None:
    model = varied(system(DAY), 400.0).model
    found = critical(model, [0])
    assert found.station is not None
    assert model.places[found.station].component == "app"
    assert found.capacity == pytest.approx(400.0)
    assert not found.slots


def test_a_step_without_load_weighs_nothing() -> None:
    with_none, without = over(system([0.0, 0.5, 0.7, 0.0])), over(system([0.5, 0.7]))
    assert with_none.total.latency is not None
    assert without.total.latency is not None
    assert with_none.total.latency.percentiles == pytest.approx(without.total.latency.percentiles)
    assert with_none.total.rate == pytest.approx(0.5 * without.total.rate)


def test_few_loads_are_points_of_their_own_and_many_are_mixed() -> None:
    few = load_points(np.array([3.0, 1.0, 3.0, 2.0]), 10.0)
    assert few.loads.tolist() == [1.0, 2.0, 3.0]
    assert few.at(np.array([10.0, 20.0, np.inf])).tolist() == [np.inf, 10.0, np.inf, 20.0]
    loads = np.linspace(1.0, 9.9, 500)
    many = load_points(loads, 10.0)
    assert len(many.loads) == 32
    assert many.at(many.loads) == pytest.approx(loads)
    assert many.weights(np.full(500, 0.002)) @ many.loads == pytest.approx(loads.mean())
    assert np.diff(many.loads)[-1] < 0.2 * np.diff(many.loads)[0]


FLEET = """
workload: {rate: 100/s, profile: [0.05, 0.5, 1.0, 0.26]}
components:
  lb: {kind: balancer, replicas: 2, machine: {cores: 1, price: 1}, policy: least_connections, forwards_to: app}
  app:
    kind: server
    replicas: 8
    machine: {cores: 1, price: 10}
    time: 40ms
    calls: {db: 1, cache: 1, fixed: 1, few: 1}
  db: {kind: database, replicas: 2, machine: {cores: 1, price: 7}, time: 1ms}
  cache: {kind: cache, replicas: 3, machine: {cores: 1, price: 7}, time: 1ms}
  fixed: {kind: server, replicas: 4, machine: {cores: 1, price: 7}, time: 1ms, scaling: {fixed: true}}
  few: {kind: server, replicas: 4, machine: {cores: 1, price: 5}, time: 1ms, scaling: {replicas: 3..9}}
"""


def test_only_what_holds_no_data_and_is_not_fixed_follows_the_load() -> None:
    assert dict(least_replicas(capplan.parse(FLEET))) == {"lb": 1, "app": 1, "few": 3}


def test_no_replica_carries_more_than_in_the_busiest_step() -> None:
    topology = capplan.parse(FLEET)
    least = least_replicas(topology)
    for part in (0.01, 0.26, 0.5, 0.7, 1.0):
        for name in least:
            replicas = following(topology, part, least).component(name).replicas
            assert part / replicas <= 1.0 / topology.component(name).replicas + 1e-12


def test_what_a_fleet_costs_that_follows_is_the_mean_over_the_steps() -> None:
    found, _ = checked(capplan.parse(FLEET), rate=100.0)
    assert found.fleets.fixed.hour == pytest.approx(2 + 80 + 14 + 21 + 28 + 20)
    app, balancer, few = (1 + 4 + 8 + 3) / 4, (1 + 1 + 2 + 1) / 4, (3 + 3 + 4 + 3) / 4
    assert found.fleets.following.hour == pytest.approx(10 * app + balancer + 5 * few + 14 + 21 + 28)
    assert dict(found.fleets.least) == {"lb": 1, "app": 1, "few": 3}
    assert found.fleets.worst_fixed is not None
    assert found.fleets.worst_following is not None
    assert found.fleets.worst_following >= found.fleets.worst_fixed


def test_without_prices_or_replicas_nothing_is_claimed() -> None:
    found, _ = checked(
        capplan.parse("workload: {rate: 1/s, profile: [1, 2]}\ncomponents: {a: {kind: server, time: 1ms}}")
    )
    assert (found.fleets.fixed.hour, found.fleets.following.hour) == (None, None)
    assert not found.fleets.least


def test_the_notes_name_the_queue_and_the_wait() -> None:
    (note,) = checked(system(DAY))[1]
    assert note.code == "fluid-backlog"
    assert note.message.startswith("app cpu is over its capacity in 1 of 8 steps: requests wait up to 18 min longer")
    slow, rough = (system([0.4, 0.9] * 4, app=f"time: {time}") for time in ("100s", "{mean: 100s, cv: 2}"))
    for topology, told in ((slow, False), (rough, True)):
        (note,) = checked(topology, rate=0.04)[1]
        assert note.code == "forward-equations"
        assert ("vary strongly" in note.message) is told


def test_slots_that_are_held_pile_up_as_queues_do() -> None:
    topology = capplan.parse(f"""
workload: {{rate: 78/s, profile: {DAY}}}
components:
  app: {{kind: server, machine: {{cores: 8}}, concurrency: 8, time: 1ms, calls: {{api: 1}}}}
  api: {{kind: external, latency: 100ms}}
""")
    found = over(topology, rate=78.0)
    (queue,) = found.watched
    assert (queue.component, queue.how, queue.over) == ("app", How.BACKLOG, 1)
    assert found.resource == "concurrency"
    assert queue.longest == pytest.approx((78.0 * 1.1 / 79.2 - 1.0) * found.step, rel=0.05)
    calm = over(topology, rate=60.0)
    assert not calm.watched
    assert calm.total.latency is not None


def test_where_requests_are_refused_or_given_up_each_step_is_by_itself() -> None:
    refused = system(DAY, app="time: 10ms, backlog: 20")
    found = over(refused)
    assert [queue.how for queue in found.watched] == [How.APART]
    assert all(step.p99 is not None for step in found.steps)
    assert found.total.success_rate < 1.0
    (note,) = (note for note in checked(refused)[1] if note.code == "steps-apart")
    assert "each step is taken by itself" in note.message
