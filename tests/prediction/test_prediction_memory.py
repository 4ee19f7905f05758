"""Memory: what a machine's components use idle and for the visits in progress, over what the machine has."""

import math

import numpy as np
import pytest
from prediction_cases import analysis, component, notes_of, predicted, topology

from capplan.prediction.in_progress import visits_in_progress
from capplan.prediction.memory import memory_need, memory_use
from capplan.prediction.predict import solve_topology
from capplan.prediction.solved import Solved, solve_model

ONE = """
workload: {rate: 80/s}
components:
  app: {kind: server, machine: {cores: 1, memory: 4GB}, time: 10ms, memory: {base: 1GB, per_visit: 50MB}}
"""


def memory(text: str, name: str = "app", rate: float | None = None) -> float | None:
    return component(text, name, rate).utilisation["memory"]


def solved(text: str, rate: float | None = None) -> Solved:
    return solve_topology(topology(text), rate)


def visits(text: str, name: str = "app", level: float = 0.999, rate: float | None = None) -> float:
    one = solved(text, rate)
    return float(visits_in_progress(one, one.model.topology.components[name], level=level)[0])


def of_mm1(rho: float) -> int:
    """P(N > n) = rho^(n+1)."""
    return math.ceil(math.log(1e-3) / math.log(rho) - 1.0)


def test_one_server_holds_as_many_visits_as_the_geometric_law_says() -> None:
    assert visits(ONE) == of_mm1(0.8)
    assert memory(ONE) == pytest.approx((1.0 + 0.05 * of_mm1(0.8)) / 4.0, rel=1e-12)
    assert [note.code for note in predicted(ONE).notes] == []


def test_without_visits_it_is_what_the_component_uses_idle() -> None:
    assert memory(ONE.replace(", per_visit: 50MB", "")) == 0.25
    assert memory(ONE.replace(", per_visit: 50MB", ""), rate=99.0) == 0.25


def test_a_component_that_declares_none_or_a_machine_without_a_figure_has_none() -> None:
    assert memory(ONE.replace(", memory: {base: 1GB, per_visit: 50MB}", "")) is None
    assert memory(ONE.replace(", memory: 4GB", "")) is None
    assert memory(ONE.replace("machine: {cores: 1, memory: 4GB}, ", "")) is None


def test_more_memory_is_used_less_and_more_load_uses_more() -> None:
    sizes = [memory(ONE.replace("4GB", f"{size}GB")) or 0.0 for size in (2, 4, 8, 16)]
    assert sizes == pytest.approx([sizes[0] / k for k in (1, 2, 4, 8)])
    loads = [memory(ONE, rate=rate) or 0.0 for rate in (1.0, 30.0, 60.0, 90.0, 99.0)]
    assert loads == sorted(loads)


def test_replicas_share_the_visits() -> None:
    text = ONE.replace("80/s", "240/s").replace("server,", "server, replicas: 3,")
    assert visits(text) == visits(ONE)


def test_the_busiest_replica_counts_where_load_is_skewed() -> None:
    text = """
workload: {rate: 100/s}
components:
  lb: {kind: balancer, forwards_to: [app], policy: random, weights: [8, 1, 1]}
  app: {kind: server, replicas: 3, machine: {cores: 1, memory: 4GB}, time: 10ms, memory: {per_visit: 10MB}}
"""
    assert visits(text) == of_mm1(0.8)


def test_a_visit_is_in_progress_until_the_calls_that_it_waits_for_return() -> None:
    text = ONE.replace("time: 10ms", "time: 1us, calls: [{far: 2}, {log: 5, async: true}]")
    text += "  far: {kind: external, latency: 50ms}\n  log: {kind: server, time: 1ms}\n"
    poisson = 19
    """The 99.9th percentile of a Poisson number with mean 80/s x 100 ms = 8, from tables: 18 or less in 99.93 %."""
    assert visits(text) == poisson - 1


def test_the_way_to_a_callee_counts_as_well() -> None:
    text = """
workload: {rate: 80/s}
locations: {here: {rtt: {there: 100ms}}, there: }
components:
  app: {kind: server, location: here, machine: {cores: 1, memory: 4GB}, time: 1us, calls: {db: 1},
        memory: {per_visit: 1MB}}
  db: {kind: database, location: there, time: 1us}
"""
    assert visits(text) == 18


@pytest.mark.parametrize("service", ["10ms", "{mean: 10ms, cv: 0}", "{mean: 10ms, cv: 2}"])
def test_mean_numbers_are_littles_law(service: str) -> None:
    """The mean as the area above the percentiles."""
    text = f"""
workload: {{rate: 140/s}}
components:
  app: {{kind: server, replicas: 2, machine: {{cores: 1, memory: 4GB}}, time: {service}, calls: {{db: 2}},
        memory: {{per_visit: 1MB}}}}
  db: {{kind: database, machine: {{cores: 2}}, time: {service}}}
"""
    one = solved(text.replace("140/s", "80/s"))
    levels = (np.arange(400) + 0.5) / 400
    app = one.model.topology.components["app"]
    mean = np.mean([float(visits_in_progress(one, app, level=level)[0]) for level in levels])
    assert mean == pytest.approx(40.0 * float(one.request_mean(["default"])[0]), rel=0.03)


@pytest.mark.parametrize(
    ("policy", "scv", "replicas", "cores", "rate", "calls", "simulated"),
    [
        ("random", 1, 2, 1, 160, "db: 1", 31.8),
        ("random", 1, 2, 2, 200, "db: 1, ext: 1", 24.5),
        ("random", 0, 2, 1, 160, "db: 1", 16.5),
        ("random", 0, 2, 2, 200, "db: 1, ext: 1", 19.0),
        ("random", 4, 2, 1, 160, "db: 1", 122.7),
        ("random", 4, 2, 2, 200, "db: 1, ext: 1", 80.2),
        ("least_connections", 1, 4, 1, 340, "", 11.3),
        ("least_connections", 0, 4, 1, 340, "", 6.0),
        ("least_connections", 4, 4, 1, 340, "", 31.3),
    ],
)
def test_two_tiers_against_simulation(
    policy: str, scv: int, replicas: int, cores: int, rate: int, calls: str, simulated: float
) -> None:
    """Own event simulation, 3 runs of 1.5 million requests; the interval is up to 17 at cs2 4, else up to 2."""
    law = {0: "deterministic", 1: "exponential", 4: "lognormal"}[scv]
    cv = ", cv: 2" if scv == 4 else ""
    text = f"""
workload: {{rate: {rate}/s}}
components:
  lb: {{kind: balancer, policy: {policy}, forwards_to: [app]}}
  app: {{kind: server, replicas: {replicas}, machine: {{cores: {cores}, memory: 4GB}}, calls: {{{calls}}},
        time: {{mean: 10ms, dist: {law}{cv}}}, memory: {{per_visit: 1MB}}}}
  db: {{kind: database, time: {{mean: 4ms, dist: {law}{cv}}}}}
  ext: {{kind: external, latency: {{mean: 50ms, dist: exponential}}}}
requests: {{all: {{to: lb}}}}
"""
    assert visits(text) == pytest.approx(simulated, rel=0.14, abs=1.1)


def test_a_shared_machine_holds_what_all_its_components_need() -> None:
    text = """
workload: {rate: 60/s}
requests: {a: {to: app, share: 50%}, b: {to: side, share: 50%}}
components:
  app: {kind: server, machine: {cores: 1, memory: 4GB}, time: 10ms, memory: {base: 1GB, per_visit: 50MB}}
  side: {kind: server, host: app, time: 10ms, memory: {base: 500MB}}
  plain: {kind: server, host: app, time: 1ms}
  alone: {kind: server, time: 1ms, calls: {app: 0, plain: 0}}
"""
    found = predicted(text).components
    assert {found[name].utilisation["memory"] for name in ("app", "side", "plain")} == {
        found["app"].utilisation["memory"]
    }
    # half of the visits of an M/M/1 at 0.6: geometric with odds of one more 0.3/(0.4 + 0.3)
    thinned = math.ceil(math.log(1e-3) / math.log(0.3 / 0.7) - 1.0)
    assert found["app"].utilisation["memory"] == pytest.approx((1.5 + 0.05 * thinned) / 4.0)


def test_read_replicas_need_memory_for_what_they_serve() -> None:
    text = """
workload: {rate: 100/s}
requests: {read: {to: db.read, share: 90%}, write: {to: db.write, share: 10%}}
components:
  db:
    {kind: database, readers: 1, read_endpoints: [read], machine: {cores: 1, memory: 4GB}, memory: {per_visit: 10MB},
     endpoints: {read: {time: 10ms}, write: {time: 10ms}}}
"""
    assert memory(text, "db") == pytest.approx(of_mm1(0.9) * 0.01 / 4.0)


def test_a_saturated_queue_leaves_it_without_a_bound() -> None:
    found = analysis(f"{ONE}slos: [app.memory < 90%]\nalerts: [{{name: full, when: app.memory > 90%}}]", 120.0)
    assert found.prediction.components["app"].utilisation["memory"] is None
    assert found.alerts[0].firing
    assert not found.slos[0].met
    assert "without bound" in notes_of(found.prediction, "memory-full")[0].message
    assert notes_of(found.prediction, "no-such-metric") == []


def test_alerts_and_objectives_on_memory_know_the_rate_at_which_they_turn() -> None:
    text = f"{ONE}slos: [app.memory < 61%, app.memory < 10%]\nalerts: [{{name: full, when: app.memory > 61%}}]"
    found = analysis(text)
    rho = next(rho for rho in np.linspace(0.5, 0.99, 4901) if 1.0 + 0.05 * of_mm1(float(rho)) >= 2.44)
    rate = found.alerts[0].fires_at_rate
    assert rate == pytest.approx(100.0 * rho, rel=1e-3)
    assert rate is not None
    assert [one.holds_until_rate for one in found.slos] == pytest.approx([rate, 0.0], rel=1e-6)
    below, above = (memory(text, rate=rate * (1.0 + edge)) or 0.0 for edge in (-1e-6, 1e-6))
    assert below < 0.61 <= above


@pytest.mark.parametrize("declared", ["", ", memory: {base: 1GB}"])
def test_what_does_not_grow_with_the_load_is_turned_by_no_rate(declared: str) -> None:
    text = ONE.replace(", memory: {base: 1GB, per_visit: 50MB}", declared)
    assert analysis(f"{text}alerts: [{{name: full, when: app.memory > 60%}}]").alerts[0].fires_at_rate is None


def test_delays_fill_memory_without_any_queue() -> None:
    text = ONE.replace("time: 10ms", "calls: {far: 1}") + "  far: {kind: external, latency: 100ms}\n"
    found = analysis(f"{text}alerts: [{{name: full, when: app.memory > 100%}}]").alerts[0]
    assert found.fires_at_rate is not None
    assert (memory(text, rate=found.fires_at_rate * (1.0 - 1e-6)) or 0.0) <= 1.0
    assert (memory(text, rate=found.fires_at_rate * (1.0 + 1e-6)) or 0.0) > 1.0 - 1e-9
    assert 0.1 * found.fires_at_rate < 60.0


def test_a_replica_that_would_run_out_is_named_with_what_it_needs() -> None:
    text = ONE.replace("4GB", "2GB")
    (note,) = notes_of(predicted(text), "memory-full")
    assert note.where == "components.app"
    assert note.message == "a replica of app needs 2.5 GB and has 2 GB: it runs out of memory"
    need = memory_need(solved(text), topology(text).components["app"])
    assert need is not None
    assert need.bytes[0] == pytest.approx(1e9 + 5e7 * of_mm1(0.8))


def test_capacity_is_that_of_queues_and_limits() -> None:
    assert predicted(ONE.replace("4GB", "1GB")).capacity.max_rate == pytest.approx(100.0)


def test_a_sweep_says_what_single_loads_say() -> None:
    model = solved(ONE).model
    loads = [10.0, 50.0, 90.0, 99.0, 100.0, 150.0]
    found = memory_use(solve_model(model, loads), model.topology.components["app"])
    assert found is not None
    assert found[:4] == pytest.approx([memory(ONE, rate=load) for load in loads[:4]])
    assert np.isinf(found[4:]).all()


def test_the_working_is_told() -> None:
    (working,) = [one for one in component(ONE, "app").workings if one.method == "memory"]
    expected = {"base": 1e9, "per_visit": 5e7, "N999": of_mm1(0.8), "needed": 1e9 + 5e7 * of_mm1(0.8), "machine": 4e9}
    assert working.symbols == pytest.approx(expected)
