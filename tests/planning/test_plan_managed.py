"""What others run is not lost with a zone of ours."""

import capplan
from capplan.checks.states import State, ZoneLost, gone, states_of

TEXT = """
workload: {rate: 100/s}
locations: {north: {zones: 3}}
components:
  lb: {kind: balancer, location: north, forwards_to: app}
  app: {kind: server, location: north, replicas: 3, machine: {cores: 4}, time: 5ms, calls: {store: 1}}
  store: {kind: storage, location: north, latency: 5ms}
resilience: {zone_lost: true}
"""


def test_a_balancer_and_a_store_that_others_run_survive_a_zone() -> None:
    topology = capplan.parse(TEXT)
    normal, zone = states_of(topology)
    assert type(normal) is State
    assert isinstance(zone, ZoneLost)
    assert gone(topology, zone) == ()
    assert capplan.analyze(topology).healthy


def test_a_balancer_on_a_machine_of_ours_does_not() -> None:
    topology = capplan.parse(TEXT.replace("kind: balancer,", "kind: balancer, machine: {cores: 2},"))
    assert gone(topology, states_of(topology)[1]) == ("lb",)
