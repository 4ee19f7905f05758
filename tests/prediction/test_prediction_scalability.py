"""Scalability: cores and replicas that slow each other down, in capacity, utilisation, overload and notes."""

import pytest
from prediction_cases import analysis, component, latency, notes_of, predicted, topology, used

from capplan.prediction.predict import solve_topology
from capplan.queueing.ensemble import solvable
from capplan.topology import Topology


def does(contention: float, coherency: float, count: int) -> float:
    """C(n), written out."""
    return count / (1.0 + contention * (count - 1) + coherency * count * (count - 1))


MACHINE = """
workload: {rate: 400/s}
components:
  app:
    kind: server
    machine: {cores: 16, memory: 64GB}
    replicas: 2
    time: 10ms
    memory: {per_visit: 50MB}
    scalability: {contention: 5%, coherency: 0.001}
alerts: [{name: busy, when: app.cpu > 60%}]
"""
FARM = """
workload: {rate: 400/s}
components:
  app:
    kind: server
    machine: {cores: 2}
    replicas: 6
    time: 10ms
    scalability: {across_replicas: {contention: 3%, coherency: 0.01}}
"""
COPIES = """
workload: {rate: 300/s}
components:
  db:
    kind: database
    machine: {cores: 4}
    readers: 3
    read_endpoints: [read]
    endpoints: {read: {time: 4ms}, write: {time: 6ms}}
    scalability: {across_replicas: {contention: 10%}}
requests:
  look: {share: 80%, to: db.read}
  save: {share: 20%, to: db.write}
"""


def at(text: str, replicas: int) -> Topology:
    return topology(text.replace("replicas: 6", f"replicas: {replicas}"))


def test_a_machine_carries_what_all_its_cores_do_together() -> None:
    most = 2 * does(0.05, 0.001, 16) / 0.010
    found = predicted(MACHINE)
    assert found.capacity.max_rate == pytest.approx(most)
    assert used(MACHINE, "app", "cpu") == pytest.approx(400.0 / most)
    assert not notes_of(found, "not-modelled")


def test_alerts_on_its_cpu_turn_in_proportion() -> None:
    alert = analysis(MACHINE).alerts[0]
    assert alert.fires_at_rate == pytest.approx(0.6 * 2 * does(0.05, 0.001, 16) / 0.010)


def test_in_overload_all_cores_are_busy_and_do_no_more() -> None:
    most = 2 * does(0.05, 0.001, 16) / 0.010
    found = predicted(MACHINE, 3 * most)
    assert found.throughput == pytest.approx(most)
    assert found.components["app"].in_service == pytest.approx(32.0)
    over = found.overloads[0]
    assert (over.servers, over.enough) == (32, 7 * 16)


def test_a_lone_request_is_not_slowed_down() -> None:
    slow, fast = (
        latency(component(text, "app", 0.001).latency)
        for text in (MACHINE, MACHINE.replace("scalability", "deploy").split("    deploy")[0])
    )
    assert slow.mean == pytest.approx(fast.mean, rel=1e-4)


def test_visits_in_progress_take_longer_and_more_memory() -> None:
    plain = MACHINE.replace("    scalability: {contention: 5%, coherency: 0.001}\n", "")
    assert used(MACHINE, "app", "memory", 1500.0) > used(plain, "app", "memory", 1500.0)


@pytest.mark.parametrize("discipline", ["fifo", "ps"])
@pytest.mark.parametrize(
    ("cores", "sigma", "kappa", "rho"), [(16, 0.05, 0.001, 0.9), (8, 0.3, 0.0, 0.7), (16, 0.02, 0.01, 0.8)]
)
def test_the_visits_in_progress_are_those_of_the_chain(
    discipline: str, cores: int, sigma: float, kappa: float, rho: float
) -> None:
    rate = rho * does(sigma, kappa, cores) / 0.010
    text = f"""
workload: {{rate: {rate}/s}}
components:
  app:
    kind: server
    machine: {{cores: {cores}, memory: 64GB}}
    time: 10ms
    discipline: {discipline}
    memory: {{per_visit: 1MB}}
    scalability: {{contention: {sigma}, coherency: {kappa}}}
"""
    weights = [1.0]
    for count in range(1, 3000):
        weights.append(weights[-1] * rate * 0.010 / does(sigma, kappa, min(count, cores)))
    reached = next(n for n in range(3000) if sum(weights[: n + 1]) >= 0.999 * sum(weights))
    assert used(text, "app", "memory") == pytest.approx(reached * 1e6 / 64e9)


def test_little_holds_for_what_is_in_service() -> None:
    found = predicted(MACHINE, 1500.0).components["app"]
    assert found.queue_length is not None
    assert found.in_service + found.queue_length == pytest.approx(1500.0 * latency(found.latency).mean, rel=1e-3)


@pytest.mark.parametrize("replicas", [1, 2, 6, 9, 15])
def test_replicas_are_slower_the_more_there_are(replicas: int) -> None:
    text = FARM.replace("replicas: 6", f"replicas: {replicas}")
    most = 2 * does(0.03, 0.01, replicas) / 0.010
    found = predicted(text, 0.001)
    assert found.capacity.max_rate == pytest.approx(most)
    assert latency(found.total.latency).mean == pytest.approx(0.010 * replicas / does(0.03, 0.01, replicas), rel=1e-3)


def test_more_replicas_than_do_most_are_noted() -> None:
    assert not notes_of(predicted(FARM), "beyond-peak")
    note = notes_of(predicted(FARM.replace("replicas: 6", "replicas: 12")), "beyond-peak")[0]
    assert note.message == "app has 12 replicas and peaks at 10: fewer replicas would give more"
    assert note.where == "components.app.replicas"


def test_more_cores_than_do_most_are_noted() -> None:
    note = notes_of(predicted(MACHINE.replace("coherency: 0.001", "coherency: 0.01")), "beyond-peak")[0]
    assert note.message == "app has 16 cores a machine and peaks at 10: fewer cores would give more"
    assert note.where == "components.app.machine"


def test_no_number_of_replicas_is_enough_beyond_what_the_peak_does() -> None:
    most = 2 * does(0.03, 0.01, 10) / 0.010
    assert predicted(FARM, 1.01 * most).overloads[0].enough is None
    enough = next(n for n in range(1, 11) if 2 * does(0.03, 0.01, n) / 0.010 > 0.99 * most)
    assert predicted(FARM, 0.99 * most).overloads[0].enough == 2 * enough


def test_read_replicas_keep_in_step_with_the_primary() -> None:
    found = predicted(COPIES)
    slower = 4 / does(0.1, 0.0, 4)
    assert found.components["db"].utilisation["cpu"] == pytest.approx(
        max(0.2 * 300 * 0.006 * slower / 4, 0.8 * 300 * 0.004 * slower / 12)
    )
    assert found.components["db"].details["readers_cpu"] == pytest.approx(0.8 * 300 * 0.004 * slower / 12)


def test_with_fewer_replicas_up_each_is_faster() -> None:
    """At least as many as it takes when each is as fast as so few are."""
    text = FARM.replace("time: 10ms", "time: 10ms\n    availability: 99%")
    needed = next(n for n in range(1, 7) if 2 * does(0.03, 0.01, n) / 0.010 > 600.0)
    assert component(text, "app", 600.0).details["needed"] == needed


def test_workings_name_the_law_and_its_figures() -> None:
    found = [one for one in component(MACHINE, "app").workings if one.method == "usl"]
    assert [one.resource for one in found] == ["cpu"]
    assert found[0].symbols["C(c)"] == pytest.approx(does(0.05, 0.001, 16))
    assert found[0].symbols["peak"] == 31
    across = [one for one in component(FARM, "app").workings if one.method == "usl"]
    assert [one.resource for one in across] == ["replicas"]
    assert across[0].symbols["N/C(N)"] == pytest.approx(6 / does(0.03, 0.01, 6))


def test_where_it_changes_nothing_is_noted() -> None:
    text = """
workload: {rate: 10/s}
components:
  lb: {kind: balancer, forwards_to: app, time: 1ms, scalability: {contention: 5%}}
  app: {kind: server, time: 1ms, scalability: {contention: 5%}}
"""
    assert [note.where for note in notes_of(predicted(text), "scalability-unused")] == ["components.lb.scalability"]


def test_utilisation_of_a_saturated_machine_is_one() -> None:
    solved = solve_topology(topology(MACHINE), 10_000.0)
    assert solved.flow.busy.max() == 1.0


def test_what_was_not_measured_is_noted() -> None:
    assert not notes_of(predicted(MACHINE), "scalability-range")
    assert notes_of(predicted(MACHINE.replace("contention: 5%", "contention: 50%"), 100.0), "scalability-range")


@pytest.mark.parametrize("policy", ["random", "round_robin", "least_connections", "power_of_two", "ip_hash"])
@pytest.mark.parametrize("discipline", ["fifo", "ps"])
def test_every_policy_and_discipline_is_predicted(policy: str, discipline: str) -> None:
    """With uneven keys where there are keys, and a request that comes three times."""
    skew = ", skew: 0.5" if policy == "ip_hash" else ""
    text = f"""
workload: {{rate: 900/s}}
components:
  front: {{kind: server, machine: {{cores: 8}}, time: 1ms, calls: {{lb: 3}}}}
  lb: {{kind: balancer, forwards_to: app, policy: {policy}{skew}}}
  app:
    kind: server
    machine: {{cores: 8, memory: 16GB}}
    replicas: 4
    time: 4ms
    discipline: {discipline}
    memory: {{per_visit: 1MB}}
    scalability: {{contention: 4%, coherency: 0.002, across_replicas: {{contention: 1%}}}}
"""
    found = predicted(text)
    plain = predicted(text.split("    scalability")[0])
    assert latency(found.total.latency).percentiles[0.99] > latency(plain.total.latency).percentiles[0.99]
    one = found.components["app"]
    assert one.queue_length is not None
    assert one.in_service + one.queue_length == pytest.approx(one.rate * latency(one.latency).mean, rel=2e-3)


def test_networks_of_cores_that_slow_each_other_down_are_not_solved_together() -> None:
    assert not solvable(solve_topology(topology(MACHINE), 100.0).model.network)
    assert solvable(solve_topology(topology(FARM), 100.0).model.network)


def test_users_of_such_cores_are_taken_as_an_open_workload_of_as_many() -> None:
    found = predicted(MACHINE.replace("{rate: 400/s}", "{users: 40, think_time: 20ms}"))
    assert found.stable
    assert found.throughput < 40 / 0.020
