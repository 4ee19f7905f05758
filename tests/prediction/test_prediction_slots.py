"""Slots that are held: concurrency, backlogs and pools of connections, from the file to the figures."""

import pytest
from prediction_cases import (
    GRID,
    chance_of_waiting,
    component,
    latency,
    mean_wait,
    notes_of,
    predicted,
    sojourn_quantile,
    used,
)

from capplan.queueing.finite import finite_queue

THREADS = """
workload: {rate: 40/s}
components:
  app: {kind: server, concurrency: 5, calls: {b: 1}}
  b: {kind: external, latency: 100ms}
"""
"""Five threads that each wait for a delay: M/M/5."""
POOL = THREADS.replace("concurrency: 5, calls: {b: 1}", "calls: [{b: 1, pool: 5}]")


@pytest.mark.parametrize("text", [THREADS, POOL], ids=["threads", "pool"])
def test_slots_before_a_delay_are_servers(text: str) -> None:
    found = latency(predicted(text).total.latency)
    assert found.mean == pytest.approx(0.1 + mean_wait(5, 40.0, 0.1), rel=1e-6)
    assert found.percentiles[0.99] == pytest.approx(sojourn_quantile(5, 40.0, 0.1, 0.99), rel=GRID)


def test_held_slots_are_a_utilisation() -> None:
    assert used(THREADS, "app", "concurrency") == pytest.approx(40 * 0.1 / 5)
    assert used(THREADS, "app", "concurrency", 20.0) == pytest.approx(20 * 0.1 / 5)
    assert component(POOL, "app").details["pool_b"] == pytest.approx(40 * 0.1 / 5)
    assert used(POOL, "app", "concurrency") == pytest.approx(40 * 0.1 / 5)


def test_who_waits_for_a_thread_waits_at_the_component() -> None:
    app = component(THREADS, "app")
    assert latency(app.wait).mean == pytest.approx(mean_wait(5, 40.0, 0.1), rel=1e-6)
    assert app.queue_length == pytest.approx(40.0 * mean_wait(5, 40.0, 0.1), rel=1e-6)


@pytest.mark.parametrize("text", [THREADS, POOL], ids=["threads", "pool"])
def test_slots_can_be_the_bottleneck(text: str) -> None:
    capacity = predicted(text).capacity
    assert capacity.component == "app"
    assert capacity.resource in ("concurrency", "pool_b", "pool")
    assert capacity.max_rate == pytest.approx(50.0, rel=1e-3)


def test_what_the_slots_wait_for_is_the_bottleneck_where_that_is_full() -> None:
    text = THREADS.replace("{kind: external, latency: 100ms}", "{kind: database, machine: {cores: 2}, time: 40ms}")
    capacity = predicted(text.replace("concurrency: 5", "concurrency: 100")).capacity
    assert (capacity.component, capacity.resource) == ("b", "cpu")
    assert capacity.max_rate == pytest.approx(50.0, rel=1e-2)


def test_beyond_the_slots_a_queue_grows_without_bound() -> None:
    prediction = predicted(THREADS, 60.0)
    assert not prediction.stable
    assert prediction.total.latency is None
    assert prediction.throughput == pytest.approx(50.0, rel=1e-3)


@pytest.mark.parametrize(("backlog", "rate"), [(0, 40.0), (3, 40.0), (3, 80.0), (20, 60.0)])
def test_a_backlog_before_threads_refuses_what_the_chain_says(backlog: int, rate: float) -> None:
    """M/M/5/K, at any load."""
    prediction = predicted(THREADS.replace("concurrency: 5", f"concurrency: 5, backlog: {backlog}"), rate)
    exact = finite_queue(5, 5 + backlog, [rate], 0.1)  # type: ignore[arg-type]
    assert prediction.stable
    assert prediction.total.success_rate == pytest.approx(1.0 - exact.loss[0], rel=1e-5)
    assert prediction.throughput == pytest.approx(rate * (1.0 - exact.loss[0]), rel=1e-5)
    assert latency(prediction.total.latency).mean == pytest.approx(exact.mean_sojourn[0], rel=1e-4)
    assert prediction.components["b"].rate == pytest.approx(rate * (1.0 - exact.loss[0]), rel=1e-5)


def test_a_backlog_before_cores_refuses_what_the_chain_says() -> None:
    text = "workload: {rate: 180/s}\ncomponents:\n  app: {kind: server, machine: {cores: 2}, time: 10ms, backlog: 4}"
    prediction, exact = predicted(text), finite_queue(2, 6, [180.0], 0.01)  # type: ignore[arg-type]
    assert prediction.total.success_rate == pytest.approx(1.0 - exact.loss[0])
    assert latency(prediction.total.latency).mean == pytest.approx(exact.mean_sojourn[0], rel=1e-4)
    (note,) = notes_of(prediction, "backlog-full")
    assert note.where == "components.app.backlog"
    assert f"{100 * exact.loss[0]:.3g} %" in note.message


def test_a_backlog_that_is_hardly_ever_full_is_no_matter_of_note() -> None:
    text = THREADS.replace("concurrency: 5", "concurrency: 5, backlog: 200")
    assert not notes_of(predicted(text), "backlog-full")
    assert latency(predicted(text).total.latency).mean == pytest.approx(
        latency(predicted(THREADS).total.latency).mean, rel=1e-6
    )


def test_connections_that_a_database_accepts_are_its_slots() -> None:
    text = """
workload: {rate: 40/s}
components:
  app: {kind: server, calls: {db: 1}}
  db: {kind: database, machine: {cores: 64}, time: 100ms, concurrency: 5}
"""
    assert used(text, "db", "concurrency") == pytest.approx(0.8, rel=1e-3)
    assert latency(predicted(text).total.latency).mean == pytest.approx(0.1 + mean_wait(5, 40.0, 0.1), rel=1e-3)


def test_threads_of_each_replica_are_its_own() -> None:
    """At random each replica is an M/M/5 of its own."""
    text = THREADS.replace("rate: 40/s", "rate: 80/s").replace("kind: server", "kind: server, replicas: 2")
    assert latency(predicted(text).total.latency).mean == pytest.approx(0.1 + mean_wait(5, 40.0, 0.1), rel=1e-6)
    assert chance_of_waiting(5, 4.0) > 0.5


MEMORY = """
workload: {rate: 40/s}
components:
  app: {kind: server, machine: {cores: 64, memory: 4GB}, concurrency: 5, calls: {b: 1},
        memory: {base: 1GB, per_visit: 100MB}}
  b: {kind: external, latency: 100ms}
"""


def test_no_more_visits_need_memory_than_there_are_slots_and_places_to_wait() -> None:
    text = MEMORY.replace("concurrency: 5", "concurrency: 5, backlog: 3")
    assert used(text, "app", "memory", 400.0) == pytest.approx((1 + 0.1 * 8) / 4)


def test_visits_that_wait_for_a_slot_need_memory_too() -> None:
    few, many = used(MEMORY, "app", "memory", 10.0), used(MEMORY, "app", "memory", 45.0)
    assert few < (1 + 0.1 * 8) / 4 < many


DOUBTS = {
    "room-rough": """
workload: {rate: 190/s}
components:
  app: {kind: server, machine: {cores: 2}, time: {mean: 10ms, cv: 2}, backlog: 4}
""",
    "room-balanced": """
workload: {rate: 380/s}
components:
  lb: {kind: balancer, policy: round_robin, forwards_to: app}
  app: {kind: server, replicas: 2, machine: {cores: 2}, time: 10ms, backlog: 12}
""",
    "slots-shared": """
workload: {rate: 92/s}
components:
  lb: {kind: balancer, policy: round_robin, forwards_to: app}
  app: {kind: server, replicas: 4, concurrency: 6, calls: {db: 1}}
  db: {kind: database, machine: {cores: 10}, time: {mean: 100ms, cv: 2}}
""",
    "slots-many": """
workload: {rate: 10/s}
components:
  a: {kind: server, concurrency: 9, calls: {b: 1}}
  b: {kind: server, concurrency: 8, calls: {c: 1}}
  c: {kind: server, concurrency: 7, calls: [{d: 1, pool: 6}]}
  d: {kind: external, latency: 100ms}
""",
}


@pytest.mark.parametrize("code", DOUBTS)
def test_doubts_about_slots_and_rooms_travel_with_the_numbers(code: str) -> None:
    assert len(notes_of(predicted(DOUBTS[code]), code)) == 1
    assert not notes_of(predicted(DOUBTS[code], 1.0), code) or code == "slots-many"


def test_the_working_of_slots_names_them_and_what_they_do() -> None:
    working = next(one for one in component(THREADS, "app").workings if one.resource == "concurrency")
    assert working.method == "slots"
    assert working.symbols["T"] == 5
    assert working.symbols["X(T)"] == pytest.approx(50.0)
    assert working.symbols["P(W>0)"] == pytest.approx(chance_of_waiting(5, 4.0))
