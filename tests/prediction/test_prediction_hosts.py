"""Components that share machines: one queue for the CPU, one disk, one network interface, no network between them."""

import pytest
from prediction_cases import latency, mean_wait, network_time, predicted

BOX = """
workload: {rate: 50/s}
locations: {local: 2ms, eu: {rtt: {us: 80ms}}, us: }
components:
  web: {kind: server, location: eu, machine: {cores: 2, network: 10MB/s, disk: {iops: 500}, price: 0.1}, time: 6ms,
        request: 1kB, response: 40kB, calls: {db: 2, far: 1}}
  db: {kind: database, host: web, time: 3ms, io: 2, request: 5kB, response: 100kB, calls: {far: 1}}
  far: {kind: server, location: us, machine: {cores: 4}, time: 1ms, request: 2kB, response: 4kB}
"""


def test_hosted_components_share_the_cores() -> None:
    prediction = predicted(BOX)
    expected = 50 * (0.006 + 2 * 0.003) / 2
    assert prediction.components["web"].utilisation["cpu"] == pytest.approx(expected)
    assert prediction.components["db"].utilisation["cpu"] == pytest.approx(expected)


def test_a_shared_core_is_one_queue_for_both() -> None:
    text = """
workload: {rate: 50/s}
components:
  web: {kind: server, machine: {cores: 1}, time: 6ms, calls: {db: 1}}
  db: {kind: database, host: web, time: 6ms}
"""
    prediction = predicted(text)
    wait = mean_wait(1, 100.0, 0.006)
    for name in ("web", "db"):
        assert latency(prediction.components[name].latency).mean == pytest.approx(0.006 + wait)
    assert prediction.components["web"].queue_length == pytest.approx(50 * wait)
    assert latency(prediction.total.latency).mean == pytest.approx(2 * (0.006 + wait))


def test_hosted_components_share_disk_and_interface() -> None:
    prediction = predicted(BOX)
    for name in ("web", "db"):
        assert prediction.components[name].utilisation["disk"] == pytest.approx(50 * 2 * 2 / 500)
        # out: the answer of web and the requests to far; what db gives to web stays on the machine
        assert prediction.components[name].utilisation["network"] == pytest.approx(50 * (40e3 + 3 * 2e3) / 10e6)


def test_a_call_within_one_machine_crosses_no_network() -> None:
    assert network_time(predicted(BOX), "db") == 0.0


def test_a_hosted_component_calls_from_where_its_host_is() -> None:
    assert network_time(predicted(BOX), "far") == pytest.approx(3 * 0.080)


def test_replicas_are_those_of_the_host() -> None:
    text = """
workload: {rate: 50/s}
components:
  lb: {kind: balancer, policy: random, forwards_to: web}
  web: {kind: server, replicas: 5, machine: {cores: 1, price: 1}, time: 6ms, calls: {sidecar: 1}}
  sidecar: {kind: server, host: web, time: 2ms}
"""
    prediction = predicted(text)
    assert prediction.components["sidecar"].replicas == 5
    assert prediction.components["sidecar"].utilisation["cpu"] == pytest.approx(50 * 0.008 / 5)
    assert prediction.components["sidecar"].cost is None
    assert prediction.cost.hour == pytest.approx(5.0)


def test_a_component_called_from_the_same_machine_and_from_elsewhere_counts_what_crosses() -> None:
    text = """
workload: {rate: 100/s}
requests:
  in: {share: 25%, to: web}
  out: {share: 75%, to: other}
components:
  web: {kind: server, machine: {cores: 8, network: 10MB/s}, time: 1ms, calls: {db: 1}}
  db: {kind: database, host: web, time: 1ms, response: 80kB}
  other: {kind: server, machine: {cores: 8}, time: 1ms, calls: {db: 1}}
"""
    assert predicted(text).components["db"].utilisation["network"] == pytest.approx(75 * 80e3 / 10e6)


def test_logs_kept_on_the_same_machine_cross_no_network() -> None:
    text = """
workload: {rate: 100/s}
components:
  web: {kind: server, machine: {cores: 8, network: 10MB/s}, time: 1ms, response: 1kB, logs: {to: log, bytes: 50kB}}
  log: {kind: logging%s}
"""
    assert predicted(text % ", host: web").components["web"].utilisation["network"] == pytest.approx(100 * 1e3 / 10e6)
    assert predicted(text % "").components["web"].utilisation["network"] == pytest.approx(100 * 51e3 / 10e6)
