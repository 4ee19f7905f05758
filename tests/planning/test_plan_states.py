"""What is left of a topology in each state that `resilience` names."""

from typing import Any

import pytest
from plan_states_samples import SHOP, misses, read, states

from capplan.checks.states import Deploying, Left, gone, in_state, states_of, without
from capplan.topology import Balancer, Database, Deploy, disturbed


def deploy(**keys: Any) -> Deploy:
    return Deploy.model_validate(keys)


@pytest.mark.parametrize(
    ("replicas", "down", "surge"),
    # 25 % of n: unavailable rounded down, surge rounded up, as Kubernetes does.
    [(1, 0, 1), (2, 0, 1), (3, 0, 1), (4, 1, 1), (5, 1, 2), (8, 2, 2), (9, 2, 3), (100, 25, 25)],
)
def test_a_quarter_is_rounded_as_kubernetes_does(replicas: int, down: int, surge: int) -> None:
    assert disturbed(deploy(), replicas) == (down, surge)


@pytest.mark.parametrize(
    ("keys", "replicas", "expected"),
    [
        ({"max_unavailable": 2, "max_surge": 0}, 5, (2, 0)),
        ({"max_unavailable": 9, "max_surge": 3}, 5, (5, 3)),
        ({"max_unavailable": "100%", "max_surge": 0}, 4, (4, 0)),
        ({"max_unavailable": 0, "max_surge": 1}, 4, (0, 1)),
        ({"max_unavailable": 0, "max_surge": 0}, 4, (1, 0)),
        ({"max_unavailable": "25%", "max_surge": "0%"}, 3, (1, 0)),  # 0.75 down is none, no surge: one must go
        ({"max_unavailable": "30%", "max_surge": "30%"}, 10, (3, 3)),  # exact, whatever 0.3 * 10 is in floats
        ({"max_unavailable": "7%", "max_surge": "7%"}, 100, (7, 7)),
        ({"strategy": "recreate"}, 4, (4, 0)),
        ({"strategy": "blue_green"}, 4, (0, 4)),
        ({"strategy": "canary"}, 8, (0, 2)),
        ({"strategy": "canary", "max_surge": 0}, 8, (1, 0)),
    ],
)
def test_strategies_take_away_what_they_say(keys: dict[str, Any], replicas: int, expected: tuple[int, int]) -> None:
    assert disturbed(deploy(**keys), replicas) == expected


@pytest.mark.parametrize(
    ("up", "lost", "left"),
    [
        (Left(1, 2), 1, Left(1, 1)),  # a reader is lost, or steps in for the primary
        (Left(1, 2), 2, Left(1, 0)),
        (Left(1, 2), 3, Left(0, 0)),
        (Left(3, 0), 1, Left(2, 0)),
        (Left(3, 0), 5, Left(0, 0)),
        (Left(2, 1), 2, Left(1, 0)),
    ],
)
def test_readers_step_in_for_primaries(up: Left, lost: int, left: Left) -> None:
    assert without(up, lost) == left


def test_states_are_those_that_resilience_names() -> None:
    assert [state.name for state in states_of(read(SHOP))] == ["normal"]
    lost = states(read(SHOP + "resilience: {replicas_lost: 1}\n"))
    assert list(lost) == ["normal", *(f"{name} without 1 of its replicas" for name in ("app", "db", "far"))]
    assert list(states(read(SHOP + "resilience: {zone_lost: true}\n")))[1:] == [
        "a zone of here lost",
        "a zone of there lost",
    ]
    assert list(states(read(SHOP + "resilience: {during_deploy: true}\n")))[1:] == [
        "app being deployed",
        "far being deployed",
    ]


def test_a_zone_takes_its_share_of_everything_there_rounded_up() -> None:
    topology = read(SHOP + "resilience: {zone_lost: true}\n")
    left = in_state(topology, states(topology)["a zone of here lost"])
    assert left.replicas("app") == left.replicas("side") == 2  # 4 in 3 zones: two in one of them
    database = left.component("db")
    assert isinstance(database, Database)
    assert (database.replicas, database.readers) == (1, 1)  # 4 machines in 3 zones
    assert left.replicas("far") == 2


def test_a_place_without_zones_is_one_zone() -> None:
    topology = read(SHOP + "resilience: {zone_lost: true}\n")
    state = states(topology)["a zone of there lost"]
    assert gone(topology, state) == ("far",)
    assert misses(topology, state.name, 100.0) == {"far.replicas": 0.0}


def test_hosted_components_go_with_their_host() -> None:
    topology = read(SHOP + "resilience: {replicas_lost: 3}\n")
    left = in_state(topology, states(topology)["app without 3 of its replicas"])
    assert left.replicas("app") == left.replicas("side") == 1
    crowded = read(SHOP.replace("time: 1ms}\n  db", "time: 15ms}\n  db") + "resilience: {replicas_lost: 3}\n")
    # 90/s x (5 + 15) ms = 1.8 of 2 cores hold; at 111/s they do not, and that is said of the machines' owner
    assert misses(crowded, "app without 3 of its replicas", 100.0) == {}
    assert misses(crowded, "app without 3 of its replicas", 112.0)["app.cpu"] == pytest.approx(112 * 0.9 * 0.02 / 2)


def test_writers_do_with_what_readers_leave() -> None:
    """One reader steps in for the primary; with none left the rest serves what readers did."""
    topology = read(SHOP + "resilience: {replicas_lost: 3}\n")
    left = in_state(topology, states(topology)["db without 3 of its replicas"])
    database = left.component("db")
    assert isinstance(database, Database)
    assert (database.replicas, database.readers) == (1, 0)
    # 0.9 x rate x (3 + 2) ms on two cores
    assert misses(topology, "db without 3 of its replicas", 440.0) == {}
    assert misses(topology, "db without 3 of its replicas", 450.0)["db.cpu"] == pytest.approx(450 * 0.9 * 0.005 / 2)


def test_weights_are_those_of_the_replicas_that_are_left() -> None:
    text = SHOP.replace("forwards_to: app}", "forwards_to: [app], weights: [1, 2, 3, 4]}")
    topology = read(text + "resilience: {replicas_lost: 1}\n")
    balancer = in_state(topology, states(topology)["app without 1 of its replicas"]).component("lb")
    assert isinstance(balancer, Balancer)
    assert balancer.weights == (1.0, 2.0, 3.0)


def test_deploying_a_hosted_component_takes_its_hosts_machines() -> None:
    pipeline = "  ci: {kind: pipeline, builds: 10/day, time: 5m, deploys: [side]}\n"
    text = SHOP.replace("requests:", f"{pipeline}requests:") + "resilience: {during_deploy: true}\n"
    topology = read(text.replace("host: app,", "host: app, deploy: {max_unavailable: 50%, max_surge: 0},"))
    assert list(states(topology))[1:] == ["side being deployed"]
    state = states(topology)["side being deployed"]
    assert isinstance(state, Deploying)
    assert in_state(topology, state).replicas("app") == 2


@pytest.mark.parametrize(("waits", "missed"), [(True, {"w.replicas": 0.0}), (False, {})])
def test_recreating_stops_only_those_who_wait(waits: bool, missed: dict[str, float]) -> None:
    calls = "[{w: 1}]" if waits else "[{w: 1, async: true}]"
    topology = read(f"""
workload: {{rate: 10/s}}
components:
  app: {{kind: server, machine: {{cores: 1}}, time: 1ms, calls: {calls}}}
  w: {{kind: server, machine: {{cores: 1}}, replicas: 3, time: 1ms, deploy: {{strategy: recreate}}}}
resilience: {{during_deploy: true}}
""")
    assert misses(topology, "w being deployed", 10.0) == missed


def test_losing_the_last_worker_is_a_loss_even_where_nobody_waits() -> None:
    topology = read("""
workload: {rate: 10/s}
components:
  app: {kind: server, machine: {cores: 1}, replicas: 2, time: 1ms, calls: [{w: 1, async: true}]}
  w: {kind: server, machine: {cores: 1}, time: 1ms}
resilience: {replicas_lost: 1}
""")
    assert misses(topology, "w without 1 of its replicas", 10.0) == {"w.replicas": 0.0}
    assert misses(topology, "app without 1 of its replicas", 10.0) == {}
