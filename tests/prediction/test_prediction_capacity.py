"""The bottleneck, the rate that it allows, and what the topology costs."""

import pytest
from prediction_cases import notes_of, predicted


@pytest.mark.parametrize(
    ("change", "rate", "where"),
    [
        ({"iops: 800": "iops: 80k", "500/s": "5000/s"}, 2 / 0.012, ("app", "cpu")),
        ({"cores: 2": "cores: 20"}, 1 / (3 * 2 / 800), ("db", "disk")),
        ({"cores: 2": "cores: 20", "io: 2": "io: 0"}, 500 / 3, ("pay", "rate_limit")),
        ({"cores: 2": "cores: 20", "io: 2": "io: 0", "500/s": "5000/s"}, 8 / (3 * 0.010), ("db", "cpu")),
        ({"1Gbps": "1Mbps"}, 125e3 / 10.2e3, ("app", "network")),
        ({"ingest: 1GB/s": "ingest: 10kB/s"}, 10e3 / 200, ("log", "ingest")),
    ],
)
def test_the_first_exhausted_resource_is_the_bottleneck(
    change: dict[str, str], rate: float, where: tuple[str, str]
) -> None:
    text = """
workload: {rate: 5/s}
components:
  app: {kind: server, machine: {cores: 2, network: 1Gbps}, time: 12ms, response: 10kB, calls: {db: 3, pay: 3},
        logs: {to: log, bytes: 200B}}
  db: {kind: database, machine: {cores: 8, disk: {iops: 800}}, time: 10ms, io: 2}
  pay: {kind: external, latency: 100ms, rate_limit: 500/s}
  log: {kind: logging, ingest: 1GB/s}
"""
    for old, new in change.items():
        text = text.replace(old, new)
    capacity = predicted(text).capacity
    assert (capacity.component, capacity.resource) == where
    assert capacity.max_rate == pytest.approx(rate)
    assert capacity.headroom == pytest.approx(1 - 5 / rate)


def test_where_nothing_limits_there_is_no_capacity() -> None:
    text = "workload: {rate: 5/s}\ncomponents:\n  app: {kind: external, latency: 10ms}"
    capacity = predicted(text).capacity
    assert (capacity.max_rate, capacity.component, capacity.resource, capacity.headroom) == (None, None, None, None)


def test_load_that_users_do_not_cause_leaves_less_for_them() -> None:
    text = """
workload: {rate: 5/s}
components:
  app: {kind: server, machine: {cores: 1}, time: 10ms}
  metrics: {kind: metrics, host: app, time: 1ms, series: 3000, scrape_interval: 10s}
"""
    assert predicted(text).capacity.max_rate == pytest.approx((1 - 0.3) / 0.010)


def test_headroom_is_negative_beyond_capacity() -> None:
    text = "workload: {rate: 150/s}\ncomponents:\n  app: {kind: server, time: 10ms}"
    assert predicted(text).capacity.headroom == pytest.approx(-0.5)


PRICED = """
currency: EUR
workload: {rate: 100/s}
components:
  app: {kind: server, replicas: 3, machine: {cores: 4, price: 0.2}, time: 1ms, calls: {db.r: 1, db.w: 1, pay: 0.5},
        logs: {to: log, bytes: 2kB}}
  db: {kind: database, readers: 2, read_endpoints: [r], machine: {cores: 4, price: 1.5},
       endpoints: {r: {time: 1ms}, w: {time: 1ms}}}
  side: {kind: server, host: app, time: 1ms}
  pay: {kind: external, latency: 10ms, price: 0.2/million}
  mail: {kind: external, latency: 10ms, price: 73/month}
  log: {kind: logging, price: 0.5/GB}
  metrics: {kind: metrics, series: 15k, scrape_interval: 15s, price: 0.3/million}
requests: {r: {to: app}}
"""


@pytest.mark.parametrize(
    ("name", "hour"),
    [
        ("app", 3 * 0.2),
        ("db", (1 + 2) * 1.5),
        ("side", None),
        ("pay", 50 * 3600 * 0.2e-6),
        ("mail", 73 / 730),
        ("log", 100 * 2e3 * 3600 * 0.5e-9),
        ("metrics", 1000 * 3600 * 0.3e-6),
    ],
)
def test_what_each_component_costs(name: str, hour: float | None) -> None:
    assert predicted(PRICED).components[name].cost == pytest.approx(hour)


def test_the_total_and_the_month_of_730_hours() -> None:
    prediction = predicted(PRICED)
    hour = sum(cost for part in prediction.components.values() if (cost := part.cost) is not None)
    assert prediction.cost.hour == pytest.approx(hour)
    assert prediction.cost.month == pytest.approx(730 * hour)
    assert prediction.cost.currency == "EUR"
    assert notes_of(prediction, "cost-incomplete") == []


def test_flat_prices_for_series_and_for_services() -> None:
    text = """
workload: {rate: 1/s}
components:
  app: {kind: server, time: 1ms}
  metrics: {kind: metrics, series: 200, price: 0.05/series}
  log: {kind: logging, price: 365/month}
"""
    prediction = predicted(text)
    assert prediction.components["metrics"].cost == pytest.approx(200 * 0.05 / 730)
    assert prediction.components["log"].cost == pytest.approx(0.5)


def test_a_machine_without_a_price_is_said() -> None:
    text = """
workload: {rate: 1/s}
components:
  app: {kind: server, machine: {cores: 1, price: 1}, time: 1ms, calls: {db: 1}}
  db: {kind: database, machine: {cores: 1}, time: 1ms}
"""
    prediction = predicted(text)
    assert prediction.cost.hour == 1.0
    assert "db" in notes_of(prediction, "cost-incomplete")[0].message


def test_without_prices_there_is_no_cost() -> None:
    cost = predicted("workload: {rate: 1/s}\ncomponents:\n  app: {kind: server, time: 1ms}").cost
    assert (cost.currency, cost.hour, cost.month) == ("USD", None, None)


def test_a_machine_of_the_catalogue_has_a_price() -> None:
    prediction = predicted("workload: {rate: 1/s}\ncomponents:\n  a: {kind: server, machine: m6i.large, time: 1ms}")
    assert prediction.components["a"].machine == "m6i.large"
    assert prediction.cost.hour is not None
