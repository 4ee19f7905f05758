"""Utilisation of every resource, each against a sum done by hand: offered work over capacity, per server."""

import pytest
from prediction_cases import component, latency, mean_wait, predicted, used


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        ("{cores: 1}", 0.4),
        ("{cores: 4}", 0.1),
        ("{cores: 2, speed: 1.25}", 0.16),
        ("{cores: 0.5}", 0.8),
        ("{cores: 2.5}", 0.16),
        ("{cores: 0.5, speed: 2}", 0.4),
    ],
)
def test_cpu_is_work_over_cores_and_speed(machine: str, expected: float) -> None:
    text = f"workload: {{rate: 40/s}}\ncomponents:\n  app: {{kind: server, machine: {machine}, time: 10ms}}"
    assert used(text, "app", "cpu") == pytest.approx(expected, rel=1e-12)


def test_speed_and_parts_of_a_core_stretch_the_service_itself() -> None:
    text = "workload: {rate: 20/s}\ncomponents:\n  app: {kind: server, machine: {cores: 0.5, speed: 1.6}, time: 16ms}"
    app = component(text, "app")
    assert app.in_service == pytest.approx(20 * 0.020)
    assert latency(app.latency).mean == pytest.approx(0.020 + mean_wait(1, 20.0, 0.020))


def test_two_and_a_half_cores_are_three_slower_ones() -> None:
    text = "workload: {rate: 100/s}\ncomponents:\n  app: {kind: server, machine: {cores: 2.5}, time: 15ms}"
    app = component(text, "app")
    assert latency(app.latency).mean == pytest.approx(0.018 + mean_wait(3, 100.0, 0.018))
    assert app.workings[0].symbols["c"] == 3.0


def test_without_a_machine_each_replica_has_one_core() -> None:
    text = "workload: {rate: 100/s}\ncomponents:\n  app: {kind: server, replicas: 4, time: 10ms}"
    assert used(text, "app", "cpu") == pytest.approx(0.25)


def test_cpu_of_several_endpoints_adds_up() -> None:
    text = """
workload: {rate: 100/s}
requests:
  read: {share: 80%, to: app}
  write: {share: 20%, to: app}
components:
  app: {kind: server, machine: {cores: 2}, endpoints: {read: {time: 5ms}, write: {time: 30ms}}}
"""
    assert used(text, "app", "cpu") == pytest.approx((80 * 0.005 + 20 * 0.030) / 2)
    assert component(text, "app").rate == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("disk", "expected"),
    [
        ("{iops: 1000}", 50 * 3 / 1000),
        ("{throughput: 10MB/s}", 50 * 3 * 16e3 / 10e6),
        ("{iops: 1000, throughput: 10MB/s}", 50 * 3 * 16e3 / 10e6),
        ("{iops: 300, throughput: 10MB/s}", 50 * 3 / 300),
    ],
)
def test_a_disk_is_bound_by_operations_or_by_bytes(disk: str, expected: float) -> None:
    text = f"""
workload: {{rate: 50/s}}
components:
  db: {{kind: database, machine: {{cores: 4, disk: {disk}}}, time: 1ms, io: 3}}
"""
    assert used(text, "db", "disk") == pytest.approx(expected, rel=1e-12)


def test_bytes_of_an_operation_may_be_said() -> None:
    text = """
workload: {rate: 50/s}
components:
  db: {kind: database, machine: {cores: 4, disk: {throughput: 100MB/s}}, time: 1ms, io: 2.5, io_size: 128kB}
"""
    assert used(text, "db", "disk") == pytest.approx(50 * 2.5 * 128e3 / 100e6)


def test_disk_operations_wait_like_a_server_with_constant_service() -> None:
    text = """
workload: {rate: 60/s}
components:
  db: {kind: database, machine: {cores: 8, disk: {iops: 100}}, io: 1}
"""
    db = component(text, "db")
    assert latency(db.latency).mean == pytest.approx(0.010 + mean_wait(1, 60.0, 0.010, scv=0.0))
    assert db.utilisation["cpu"] == 0.0


def test_replicas_have_a_disk_each() -> None:
    text = """
workload: {rate: 60/s}
components:
  db: {kind: database, replicas: 3, machine: {cores: 8, disk: {iops: 100}}, io: 1}
"""
    assert used(text, "db", "disk") == pytest.approx(0.2)


def test_the_busier_direction_of_the_network_interface_counts() -> None:
    text = """
workload: {rate: 100/s}
components:
  web: {kind: server, machine: {cores: 8, network: 80Mbps}, time: 1ms, request: 2kB, response: 30kB, calls: {db: 2}}
  db: {kind: database, machine: {cores: 8, network: 80Mbps}, time: 1ms, request: 1kB, response: 20kB}
"""
    prediction = predicted(text)
    web, db = (prediction.components[name].utilisation["network"] for name in ("web", "db"))
    assert web == pytest.approx(100 * (2e3 + 2 * 20e3) / 10e6)  # in: the request and two answers of the database
    assert db == pytest.approx(200 * 20e3 / 10e6)  # out


def test_a_network_interface_that_sends_most() -> None:
    text = """
workload: {rate: 100/s}
components:
  web: {kind: server, machine: {cores: 8, network: 10MB/s}, time: 1ms, request: 2kB, response: 50kB, calls: {db: 2}}
  db: {kind: database, time: 1ms, request: 3kB, response: 1kB}
"""
    assert used(text, "web", "network") == pytest.approx(100 * (50e3 + 2 * 3e3) / 10e6)


def test_a_store_has_operations_and_bandwidth_of_its_own() -> None:
    text = """
workload: {rate: 100/s}
components:
  app: {kind: server, machine: {cores: 4}, time: 1ms, calls: {files.get: 2}}
  files: {kind: storage, iops: 1000, bandwidth: 100MB/s, endpoints: {get: {response: 300kB, io: 3}}}
"""
    prediction = predicted(text)
    files = prediction.components["files"]
    assert files.utilisation["disk"] == pytest.approx(200 * 3 / 1000)
    assert files.utilisation["network"] == pytest.approx(200 * 300e3 / 100e6)
    assert files.in_service == pytest.approx(200 * (3 / 1000 + 300e3 / 100e6))


def test_a_visit_to_a_store_is_one_operation_unless_said() -> None:
    text = """
workload: {rate: 100/s}
components:
  app: {kind: server, machine: {cores: 4}, time: 1ms, calls: {files: 1}}
  files: {kind: storage, iops: 1000, latency: 20ms}
"""
    files = component(text, "files")
    assert files.utilisation["disk"] == pytest.approx(0.1)
    assert latency(files.latency).mean == pytest.approx(0.020 + 0.001 + mean_wait(1, 100.0, 0.001, scv=0.0))


def test_stored_data_over_the_size_of_the_disk() -> None:
    text = """
workload: {rate: 1/s}
components:
  db: {kind: database, machine: {cores: 1, disk: {size: 500GB}}, time: 1ms, data: {size: 120GB, growth: 2GB/day}}
"""
    assert used(text, "db", "storage") == pytest.approx(0.24)


def test_a_rate_limit_is_used_by_calls() -> None:
    text = """
workload: {rate: 30/s}
components:
  app: {kind: server, time: 1ms, calls: {pay: 2}}
  pay: {kind: external, latency: 100ms, rate_limit: 150/s}
"""
    assert used(text, "pay", "rate_limit") == pytest.approx(0.4)


def test_what_is_not_declared_is_not_there() -> None:
    text = "workload: {rate: 1/s}\ncomponents:\n  app: {kind: server, machine: {cores: 1}, time: 1ms}"
    usage = component(text, "app").utilisation
    assert usage["cpu"] is not None
    assert {name: usage[name] for name in ("memory", "disk", "network", "concurrency")} == dict.fromkeys(
        ("memory", "disk", "network", "concurrency")
    )


def test_what_is_declared_and_idle_is_zero() -> None:
    machine = "{cores: 1, network: 1Gbps, disk: {iops: 100}}"
    text = f"workload: {{rate: 1/s}}\ncomponents:\n  app: {{kind: server, machine: {machine}}}"
    usage = component(text, "app").utilisation
    assert (usage["cpu"], usage["disk"], usage["network"]) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("kind", ["storage", "external", "cdn"])
def test_what_others_run_takes_its_time_without_a_queue(kind: str) -> None:
    time = "latency" if kind != "cdn" else "time"
    text = f"""
workload: {{rate: 1000/s}}
components:
  app: {{kind: server, machine: {{cores: 64}}, calls: {{other: 1}}}}
  other: {{kind: {kind}, {time}: 100ms}}
"""
    other = component(text, "other")
    assert latency(other.latency).mean == pytest.approx(0.1)
    assert other.queue_length == 0.0
    assert other.in_service == pytest.approx(100.0)


def test_lines_and_samples_load_what_takes_them() -> None:
    text = """
workload: {rate: 100/s}
components:
  app: {kind: server, machine: {cores: 2}, time: 1ms, logs: {to: log, lines: 3, bytes: 1.5kB}, calls: {db: 2}}
  db: {kind: database, machine: {cores: 2}, time: 1ms, logs: {to: log, bytes: 100B}}
  log: {kind: logging, ingest: 1MB/s, retention: 2d}
  metrics: {kind: metrics, series: 3000, scrape_interval: 10s}
"""
    prediction = predicted(text)
    log, metrics = prediction.components["log"], prediction.components["metrics"]
    assert log.rate == pytest.approx(100 * 3 + 200 * 1)
    assert log.utilisation["ingest"] == pytest.approx((100 * 1500 + 200 * 100) / 1e6)
    assert log.details["ingest_rate"] == pytest.approx(170e3)
    assert log.details["stored"] == pytest.approx(170e3 * 2 * 86400)
    assert metrics.rate == pytest.approx(300.0)
    assert metrics.utilisation["cpu"] is None


def test_samples_do_not_grow_with_the_load() -> None:
    text = """
workload: {rate: 100/s}
components:
  app: {kind: server, machine: {cores: 2}, time: 1ms}
  metrics: {kind: metrics, series: 3k, scrape_interval: 15s, time: 1ms, machine: {cores: 1}}
"""
    for rate in (10.0, 1000.0):
        metrics = component(text, "metrics", rate)
        assert metrics.rate == pytest.approx(200.0)
        assert metrics.utilisation["cpu"] == pytest.approx(0.2)


def test_logging_does_not_slow_the_request() -> None:
    base = "workload: {rate: 100/s}\ncomponents:\n  app: {kind: server, time: 1ms%s}\n%s"
    plain = predicted(base % ("", ""))
    logged = predicted(base % (", logs: {to: log, bytes: 1kB}", "  log: {kind: logging, ingest: 110kB/s}"))
    assert latency(logged.total.latency).mean == pytest.approx(latency(plain.total.latency).mean)
    assert logged.components["log"].utilisation["ingest"] == pytest.approx(100 / 110)
