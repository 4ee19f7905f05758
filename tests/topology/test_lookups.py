"""What rules and translation ask of a topology: endpoints behind balancers and queues, hosts, machines, round trips."""

import pytest

from capplan.reading import read_topology
from capplan.topology import DEFAULT_REQUEST, Call, Endpoint, Family, Policy, RandomTime, Topology
from capplan.topology.policies import POLICIES

BASE = "workload: {rate: 100/s}\n"


def parsed(text: str) -> Topology:
    return read_topology(BASE + text, "topology.yaml")


def callees(endpoint: Endpoint | None) -> list[tuple[str, float, bool]]:
    assert endpoint is not None
    return [(call.callee, call.mean_number, call.asynchronous) for call in endpoint.calls if isinstance(call, Call)]


def test_without_requests_there_is_one_to_the_component_that_nothing_calls() -> None:
    topology = parsed(
        "components:\n  db: {kind: database}\n  web: {kind: server, calls: {db: 1}}\n  logs: {kind: logging}\n"
    )
    assert topology.entries == ("web",)
    assert {name: (r.to, r.share) for name, r in topology.request_classes.items()} == {DEFAULT_REQUEST: ("web", 1.0)}


def test_a_component_that_only_hosts_others_is_no_entry() -> None:
    topology = parsed(
        "components:\n  box: {kind: server, machine: {cores: 4}}\n  web: {kind: server, time: 1ms, host: box}\n"
    )
    assert topology.entries == ("web",)


def test_the_only_endpoint_is_the_default_one() -> None:
    topology = parsed("components:\n  web: {kind: server, endpoints: {home: {time: 5ms}}}\n")
    endpoint = topology.endpoint("web")
    assert endpoint is not None
    assert endpoint.name == "home"


def test_the_keys_at_the_top_level_are_the_default_endpoint() -> None:
    topology = parsed("components:\n  web: {kind: server, time: 3ms, response: 2kB, endpoints: {home: {time: 5ms}}}\n")
    endpoint = topology.endpoint("web")
    assert endpoint is not None
    assert (endpoint.name, endpoint.response, endpoint.time) == (None, 2000.0, RandomTime.exponential(0.003))


def test_a_request_goes_to_the_endpoint_of_its_name() -> None:
    topology = parsed(
        "requests: {home: {share: 50%, to: web}, other: {share: 50%, to: web}}\n"
        "components:\n  web: {kind: server, time: 1ms, endpoints: {home: {time: 5ms}}}\n"
    )
    assert [getattr(topology.endpoint("web", None, name), "name", "?") for name in topology.requests] == ["home", None]


LB = """
requests: {home: {share: 50%, to: lb}, find: {share: 50%, to: lb}}
components:
  lb: {kind: balancer, time: 100us, forwards_to: [app, search]}
  app: {kind: server, endpoints: {home: {time: 5ms}}}
  search: {kind: server, endpoints: {find: {time: 9ms}}}
"""


def test_a_balancer_sends_an_endpoint_to_the_target_that_has_it() -> None:
    topology = parsed(LB)
    assert callees(topology.endpoint("lb", None, "home")) == [("app.home", 1.0, False)]
    assert callees(topology.endpoint("lb", "find")) == [("search.find", 1.0, False)]
    assert topology.endpoint("lb", "elsewhere") is None


def test_a_balancer_keeps_its_own_time() -> None:
    endpoint = parsed(LB).endpoint("lb", "home")
    assert endpoint is not None
    assert endpoint.time == RandomTime.exponential(100e-6)


def test_several_targets_share_by_replicas() -> None:
    topology = parsed(
        "components:\n  lb: {kind: balancer, forwards_to: [a, b]}\n"
        "  a: {kind: server, replicas: 3}\n  b: {kind: server}\n"
    )
    assert callees(topology.endpoint("lb")) == [("a", 0.75, False), ("b", 0.25, False)]


def test_a_queue_sends_on_without_waiting() -> None:
    topology = parsed(
        "components:\n  web: {kind: server, calls: {jobs.mail: 1}}\n"
        "  jobs: {kind: queue, workers: {worker: 2, audit: 1}}\n"
        "  worker: {kind: server, endpoints: {mail: {time: 5ms}, resize: {time: 9ms}}}\n"
        "  audit: {kind: server, endpoints: {mail: {time: 1ms}}}\n"
    )
    assert callees(topology.endpoint("jobs", "mail")) == [("worker.mail", 2.0, True), ("audit.mail", 1.0, True)]
    assert callees(topology.endpoint("jobs", "resize")) == [("worker.resize", 2.0, True)]
    assert topology.endpoint("jobs") is None


def test_a_queue_that_declares_an_endpoint_hands_it_to_the_default_of_its_workers() -> None:
    topology = parsed(
        "components:\n  web: {kind: server, calls: {jobs.mail: 1}}\n"
        "  jobs: {kind: queue, workers: worker, endpoints: {mail: {request: 1kB}}}\n"
        "  worker: {kind: server, time: 1ms}\n"
    )
    assert callees(topology.endpoint("jobs", "mail")) == [("worker", 1.0, True)]


def test_whoever_has_a_host_has_its_machines_and_replicas() -> None:
    topology = parsed(
        "machines: {box: {cores: 4}}\n"
        "components:\n  web: {kind: server, replicas: 3, machine: box, calls: {db: 1}}\n"
        "  db: {kind: database, host: web}\n"
    )
    assert topology.replicas("db") == 3
    machine = topology.machine(topology.component("db"))
    assert machine is not None
    assert (machine.name, machine.cores) == ("box", 4.0)


def test_a_machine_comes_from_the_catalogue_where_the_topology_has_none() -> None:
    topology = parsed("components:\n  web: {kind: server, machine: m6i.large}\n  x: {kind: pipeline, builds: 1/day}\n")
    known = topology.machine(topology.component("web"))
    assert known is not None
    assert known.name == "m6i.large"
    assert topology.machine(topology.component("x")) is None


def test_round_trips_hold_both_ways_unless_both_are_said() -> None:
    topology = parsed(
        "locations:\n  local: 0.5ms\n  eu: {rtt: {us: 80ms, asia: 200ms}, bandwidth: {us: 1Gbps}}\n"
        "  us: {rtt: {eu: 82ms}}\n  asia: {rtt: {asia: 2ms}}\n"
        "components:\n  web: {kind: server, location: eu}\n"
    )
    network = topology.locations

    def mean(one: str | None, other: str | None) -> float | None:
        time = network.rtt(one, other)
        return None if time is None else float(time.mean)

    assert (mean("eu", "us"), mean("us", "eu"), mean("asia", "eu")) == (0.08, 0.082, 0.2)
    assert (mean("eu", "eu"), mean("asia", "asia"), mean(None, "eu")) == (0.0005, 0.002, 0.0005)
    assert mean("us", "asia") is None
    assert (network.bandwidth("us", "eu"), network.bandwidth("eu", "asia"), network.bandwidth(None, "eu")) == (
        125e6,
        None,
        None,
    )
    between = network.rtt("eu", "us")
    assert between is not None
    assert between.dist is Family.DETERMINISTIC


def test_a_changed_copy_looks_up_its_own_values() -> None:
    topology = parsed("components:\n  web: {kind: server, replicas: 3}\n")
    web = topology.component("web").model_copy(update={"replicas": 8})
    changed = topology.model_copy(update={"components": {"web": web}})
    assert (topology.replicas("web"), changed.replicas("web")) == (3, 8)


@pytest.mark.parametrize(
    ("alias", "policy"),
    [
        ("least_conn", Policy.LEAST_CONNECTIONS),
        ("random two", Policy.POWER_OF_TWO),
        ("roundrobin", Policy.ROUND_ROBIN),
        ("leastconn", Policy.LEAST_CONNECTIONS),
        ("source", Policy.IP_HASH),
        ("LEAST_REQUEST", Policy.POWER_OF_TWO),
        ("RING_HASH", Policy.IP_HASH),
        ("MAGLEV", Policy.IP_HASH),
        ("least_outstanding_requests", Policy.LEAST_CONNECTIONS),
        ("weighted_random", Policy.RANDOM),
    ],
)
def test_the_names_that_balancers_give_policies_are_understood(alias: str, policy: Policy) -> None:
    assert POLICIES[alias] is policy
