"""Who calls whom how often, and who waits: fractions, groups, caches, read replicas, brokers."""

import math

import pytest
from prediction_cases import GRID, analysis, erlang_quantile, latency, predicted

import capplan

CONSTANT = 5e-3
"""A constant lies between two points of the grid: half a step."""


def calls(text: str) -> str:
    """A caller without work of its own; every callee is a delay."""
    return f"""
workload: {{rate: 10/s}}
requests: {{r: {{to: a}}}}
components:
  a: {{kind: server, calls: {text}}}
  b: {{kind: external, latency: 100ms}}
  c: {{kind: external, latency: {{mean: 40ms, dist: deterministic}}}}
"""


@pytest.mark.parametrize(
    ("made", "rate", "mean"),
    [
        ("{b: 1}", 10.0, 0.1),
        ("{b: 3}", 30.0, 0.3),
        ("{b: 2.4}", 24.0, 0.24),
        ("{b: 0.25}", 2.5, 0.025),
        ("{b: 30%}", 3.0, 0.03),
        ("[{b: 2, probability: 25%}]", 5.0, 0.05),
        ("[{b: 1.5, probability: 0.5}]", 7.5, 0.075),
        ("[{b: 2, async: true}]", 20.0, 0.0),
        ("[b, c, b]", 20.0, 0.24),
        ("[{parallel: [{c: 1}, {c: 2}]}]", 0.0, 0.08),
        ("[{parallel: [{c: 1}, {b: 1, async: true}]}]", 10.0, 0.04),
        ("[{parallel: [{c: 3, probability: 50%}, {c: 2}]}]", 0.0, 0.5 * 0.12 + 0.5 * 0.08),
    ],
)
def test_the_mean_number_of_calls_and_what_they_take(made: str, rate: float, mean: float) -> None:
    prediction = predicted(calls(made))
    assert prediction.components["b"].rate == pytest.approx(rate)
    assert latency(prediction.total.latency).mean == pytest.approx(mean, rel=2e-3)


def test_a_part_of_a_call_is_two_calls_and_a_third_with_that_probability() -> None:
    text = calls("{c: 2.4}")
    found = latency(predicted(text).total.latency)
    assert found.percentiles[0.5] == pytest.approx(0.08, rel=CONSTANT)
    assert found.percentiles[0.9] == pytest.approx(0.12, rel=CONSTANT)


def test_calls_in_order_add_up_to_an_erlang_law() -> None:
    found = latency(predicted(calls("{b: 4}")).total.latency)
    for level in (0.5, 0.95, 0.999):
        assert found.percentiles[level] == pytest.approx(erlang_quantile(4, 0.1, level), rel=GRID)


def test_the_caller_waits_for_the_slowest_of_a_group() -> None:
    found = latency(predicted(calls("[{parallel: [{b: 1}, {b: 1}, {b: 1}]}]")).total.latency)
    assert found.mean == pytest.approx(0.1 * (1 + 1 / 2 + 1 / 3), rel=GRID)
    for level in (0.5, 0.99):
        assert found.percentiles[level] == pytest.approx(-0.1 * math.log(1 - level ** (1 / 3)), rel=GRID)


def test_a_call_with_a_probability_leaves_the_others_alone() -> None:
    found = latency(predicted(calls("[{b: 1, probability: 20%}]")).total.latency)
    assert found.percentiles[0.5] < 1e-3  # a step of the grid
    assert found.percentiles[0.95] == pytest.approx(0.1 * math.log(0.2 / 0.05), rel=GRID)


def test_the_own_time_comes_before_the_calls() -> None:
    text = """
workload: {rate: 10/s}
components:
  a: {kind: server, machine: {cores: 64}, time: {mean: 7ms, dist: deterministic}, calls: {b: 1}}
  b: {kind: external, latency: {mean: 40ms, dist: deterministic}}
"""
    prediction = predicted(text)
    assert latency(prediction.total.latency).percentiles[0.99] == pytest.approx(0.047, rel=CONSTANT)
    assert latency(prediction.components["a"].latency).mean == pytest.approx(0.007)


def test_a_hit_is_short_and_a_miss_makes_its_calls() -> None:
    text = """
workload: {rate: 1000/s}
components:
  cache: {kind: cache, machine: {cores: 4}, time: 0.2ms, hit_ratio: 90%, on_miss: {db: 2}, response: 1kB}
  db: {kind: database, machine: {cores: 64}, time: 5ms}
"""
    prediction = predicted(text)
    assert prediction.components["db"].rate == pytest.approx(200.0)
    assert latency(prediction.total.latency).mean == pytest.approx(0.0002 + 0.1 * 0.010, rel=1e-3)
    assert latency(prediction.total.latency).percentiles[0.5] < 0.0005


def test_a_cache_without_misses_calls_nothing() -> None:
    text = """
workload: {rate: 100/s}
components:
  cache: {kind: cache, time: 0.2ms, hit_ratio: 100%, on_miss: {db: 1}}
  db: {kind: database, time: 5ms}
"""
    prediction = predicted(text)
    assert prediction.components["db"].rate == 0.0
    assert prediction.components["db"].latency is None


def test_a_cdn_keeps_load_from_the_origin() -> None:
    text = """
workload: {rate: 1000/s}
locations: {edge: {rtt: {core: 30ms}}, core: }
components:
  cdn: {kind: cdn, location: edge, time: 2ms, hit_ratio: 95%, on_miss: {web: 1}}
  web: {kind: server, location: core, machine: {cores: 8}, time: 10ms}
"""
    prediction = predicted(text)
    assert prediction.components["web"].utilisation["cpu"] == pytest.approx(50 * 0.010 / 8)
    assert latency(prediction.total.latency).mean == pytest.approx(0.002 + 0.05 * 0.040, rel=1e-3)


READERS = """
workload: {rate: 100/s}
components:
  app: {kind: server, machine: {cores: 64}, time: 1ms, calls: {db.read: 3, db.write: 1}}
  db: {kind: database, readers: 2, read_endpoints: [read], machine: {cores: 2, disk: {iops: 1000}},
       endpoints: {read: {time: 2ms, io: 2}, write: {time: 4ms, io: 1}}}
"""


def test_read_replicas_serve_the_reads() -> None:
    details = predicted(READERS).components["db"].details
    assert details["readers"] == 2
    assert details["readers_cpu"] == pytest.approx(300 * 0.002 / 4)
    assert details["readers_disk"] == pytest.approx(300 * 2 / 2000)


def test_a_database_is_as_busy_as_the_busier_of_primary_and_readers() -> None:
    usage = predicted(READERS).components["db"].utilisation
    assert usage["cpu"] == pytest.approx(100 * 0.004 / 2)  # the primary's
    assert usage["disk"] == pytest.approx(300 * 2 / 2000)  # the readers'


def test_capacity_with_read_replicas() -> None:
    capacity = predicted(READERS).capacity
    assert capacity.resource == "disk"
    assert capacity.max_rate == pytest.approx(1000 / 3)


BROKER = """
workload: {rate: 20/s}
components:
  app: {kind: server, machine: {cores: 8}, time: 1ms, calls: {jobs: 2}}
  jobs: {kind: queue, time: 0.5ms, machine: {cores: 2}, workers: %s}
  mailer: {kind: server, machine: {cores: 4}, time: 50ms, calls: {smtp: 1}}
  indexer: {kind: server, machine: {cores: 4}, time: 10ms}
  smtp: {kind: external, latency: 1s}
"""


@pytest.mark.parametrize(
    ("workers", "mails", "indexed"),
    [("mailer", 40.0, 0.0), ("[mailer, indexer]", 40.0, 40.0), ("{mailer: 25%, indexer: 3}", 10.0, 120.0)],
)
def test_consumers_are_loaded_but_not_waited_for(workers: str, mails: float, indexed: float) -> None:
    if indexed == 0.0:
        text = BROKER.replace("  indexer: {kind: server, machine: {cores: 4}, time: 10ms}\n", "")
    else:
        text = BROKER
    prediction = predicted(text % workers)
    assert prediction.components["mailer"].rate == pytest.approx(mails)
    assert prediction.components["mailer"].utilisation["cpu"] == pytest.approx(mails * 0.050 / 4)
    assert prediction.components["smtp"].rate == pytest.approx(mails)
    if indexed:
        assert prediction.components["indexer"].rate == pytest.approx(indexed)
    assert latency(prediction.total.latency).mean == pytest.approx(0.002, rel=2e-2)
    assert {row.component for row in prediction.requests["default"].breakdown} == {"app", "jobs"}


def test_a_saturated_consumer_leaves_the_request_its_latency_and_is_unstable() -> None:
    prediction = predicted(BROKER % "[mailer, indexer]", 100.0)
    assert not prediction.stable
    assert prediction.components["mailer"].latency is None
    assert latency(prediction.total.latency).mean == pytest.approx(0.002, rel=0.1)
    assert prediction.total.throughput == pytest.approx(100.0)


def test_an_endpoint_that_many_call_is_loaded_by_all() -> None:
    text = """
workload: {rate: 10/s}
components:
  top: {kind: server, time: 1ms, calls: {left: 2, right: 3}}
  left: {kind: server, time: 1ms, calls: {store: 5}}
  right: {kind: server, time: 1ms, calls: {store: 7}}
  store: {kind: database, time: 0.1ms}
"""
    assert predicted(text).components["store"].rate == pytest.approx(10 * (2 * 5 + 3 * 7))


def test_requests_of_several_kinds_share_queues_but_not_ways() -> None:
    text = """
workload: {rate: 10/s}
requests:
  read: {share: 90%, to: app.read}
  write: {share: 10%, to: app.write}
components:
  app: {kind: server, machine: {cores: 64}, endpoints: {read: {time: 1ms}, write: {time: 1ms, calls: {pay: 1}}}}
  pay: {kind: external, latency: 100ms}
slos: [read.rate < 10/s, write.rate < 10/s]
"""
    prediction = predicted(text)
    read, write = prediction.requests["read"], prediction.requests["write"]
    assert read.rate == pytest.approx(9.0)
    assert write.rate == pytest.approx(1.0)
    assert latency(read.latency).mean == pytest.approx(0.001, rel=1e-3)
    assert latency(write.latency).mean == pytest.approx(0.101, rel=1e-3)
    assert latency(prediction.total.latency).mean == pytest.approx(0.9 * 0.001 + 0.1 * 0.101, rel=1e-3)
    slos = analysis(text).slos
    assert [slo.holds_until_rate for slo in slos] == [pytest.approx(10 / 0.9), pytest.approx(100.0)]


@pytest.mark.parametrize("miss", [0.005, 0.050, 1.0])
def test_percentiles_of_hits_and_of_far_slower_misses(miss: float) -> None:
    text = f"""
workload: {{rate: 1/s}}
components:
  cache: {{kind: cache, machine: {{cores: 64}}, time: 0.2ms, hit_ratio: 90%, on_miss: {{origin: 1}}}}
  origin: {{kind: external, latency: {miss}s}}
"""
    hit = 0.0002

    def above(t: float) -> float:
        missed = (miss * math.exp(-t / miss) - hit * math.exp(-t / hit)) / (miss - hit)
        return 0.9 * math.exp(-t / hit) + 0.1 * missed

    found = latency(predicted(text).total.latency)
    for level in (0.5, 0.9, 0.95, 0.99, 0.999):
        assert above(found.percentiles[level]) == pytest.approx(1 - level, rel=1e-2)


def test_a_call_that_is_never_made_has_no_row_in_the_breakdown() -> None:
    """A cache that always hits calls nothing, though there is a way to what it would call."""
    topology = capplan.parse(
        """
version: 1
workload: {rate: 100/s}
locations: {local: 1ms, eu: {}}
components:
  app: {kind: server, location: eu, machine: {cores: 4}, time: 1ms, calls: {cache: 1}}
  cache: {kind: cache, location: eu, machine: {cores: 1}, time: 1ms, hit_ratio: 100%, on_miss: {db: 1}}
  db: {kind: database, location: eu, machine: {cores: 4}, time: 3ms}
"""
    )
    rows = capplan.analyze(topology).prediction.requests["default"].breakdown
    assert [row.component for row in rows] == ["app", "cache"]
