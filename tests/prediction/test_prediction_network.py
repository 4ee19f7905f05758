"""Round trips, jitter and transfers, between components and from the users' places."""

import pytest
from prediction_cases import GRID, latency, network_time, predicted

LOCATIONS = "locations: {local: 1ms, eu: {rtt: {us: 80ms, asia: 200ms}, bandwidth: {us: 100Mbps}}, us: , asia: }"


def chain(caller: str, callee: str, locations: str = LOCATIONS, sizes: str = "") -> str:
    return f"""
workload: {{rate: 10/s}}
{locations}
components:
  a: {{kind: server, machine: {{cores: 4}}{caller}, time: 1ms, calls: {{b: 3}}}}
  b: {{kind: server, machine: {{cores: 4}}{callee}, time: 1ms{sizes}}}
"""


@pytest.mark.parametrize(
    ("caller", "callee", "trip"),
    [
        (", location: eu", ", location: us", 0.080),
        (", location: us", ", location: eu", 0.080),
        (", location: eu", ", location: eu", 0.001),
        ("", "", 0.001),
        ("", ", location: eu", 0.001),
        (", location: us", ", location: asia", 0.0),
    ],
)
def test_each_call_costs_one_round_trip(caller: str, callee: str, trip: float) -> None:
    prediction = predicted(chain(caller, callee))
    assert network_time(prediction, "b") == pytest.approx(3 * trip)
    assert latency(prediction.total.latency).mean == pytest.approx(0.004 + 3 * trip, rel=1e-6)


def test_each_direction_may_have_its_own_round_trip() -> None:
    locations = "locations: {eu: {rtt: {us: 80ms}}, us: {rtt: {eu: 90ms}}}"
    assert network_time(predicted(chain(", location: eu", ", location: us", locations)), "b") == pytest.approx(0.240)
    assert network_time(predicted(chain(", location: us", ", location: eu", locations)), "b") == pytest.approx(0.270)


def test_request_and_response_are_transferred() -> None:
    sizes = ", request: 50kB, response: 200kB"
    prediction = predicted(chain(", location: eu", ", location: us", sizes=sizes))
    assert network_time(prediction, "b") == pytest.approx(3 * (0.080 + (50e3 + 200e3) / 12.5e6))


def test_each_direction_may_have_its_own_bandwidth() -> None:
    locations = "locations: {eu: {rtt: {us: 80ms}, bandwidth: {us: 100Mbps}}, us: {bandwidth: {eu: 10Mbps}}}"
    sizes = ", request: 50kB, response: 200kB"
    prediction = predicted(chain(", location: eu", ", location: us", locations, sizes))
    assert network_time(prediction, "b") == pytest.approx(3 * (0.080 + 50e3 / 12.5e6 + 200e3 / 1.25e6))


def test_jitter_widens_the_percentiles_and_leaves_the_mean() -> None:
    steady = "locations: {eu: {rtt: {us: 80ms}}, us: }"
    jitter = "locations: {eu: {rtt: {us: {mean: 80ms, cv: 0.5}}}, us: }"
    plain = latency(predicted(chain(", location: eu", ", location: us", steady)).total.latency)
    shaken = latency(predicted(chain(", location: eu", ", location: us", jitter)).total.latency)
    assert shaken.mean == pytest.approx(plain.mean, rel=1e-9)
    assert shaken.percentiles[0.99] > 1.3 * plain.percentiles[0.99]


def test_a_round_trip_of_a_given_law_is_that_law() -> None:
    text = """
workload: {rate: 10/s}
requests: {r: {to: a, from: eu}}
locations: {eu: {rtt: {us: {mean: 80ms, dist: exponential}}}, us: }
components:
  a: {kind: server, location: us}
"""
    found = latency(predicted(text).total.latency)
    assert found.percentiles[0.99] == pytest.approx(0.080 * 4.605170186, rel=GRID)


def test_clients_are_where_their_request_comes_from() -> None:
    text = f"""
workload: {{rate: 10/s}}
requests: {{r: {{to: a, from: {{eu: 60%, us: 30%, asia: 10%}}}}}}
{LOCATIONS}
components:
  a: {{kind: server, machine: {{cores: 4}}, location: eu, time: 1ms, request: 10kB, response: 100kB}}
"""
    transfer = 110e3 / 12.5e6
    expected = 0.6 * 0.001 + 0.3 * (0.080 + transfer) + 0.1 * 0.200
    prediction = predicted(text)
    assert network_time(prediction, "a", "r") == pytest.approx(expected)
    assert latency(prediction.total.latency).mean == pytest.approx(expected + 0.001, rel=1e-6)
    assert latency(prediction.total.latency).percentiles[0.99] > 0.2


def test_a_client_without_a_place_has_no_way_to_go() -> None:
    assert network_time(predicted(chain("", "")), "a") == 0.0


def test_a_balancer_passes_on_the_sizes_of_its_target() -> None:
    text = """
workload: {rate: 10/s}
requests: {get: {to: lb, from: us}}
locations: {eu: {rtt: {us: 80ms}, bandwidth: {us: 10MB/s}}, us: }
components:
  lb: {kind: balancer, location: eu, forwards_to: app}
  app: {kind: server, location: eu, machine: {cores: 4}, endpoints: {get: {time: 1ms, request: 1kB, response: 300kB}}}
"""
    assert network_time(predicted(text), "lb", "get") == pytest.approx(0.080 + 301e3 / 10e6)


def test_a_balancer_of_several_targets_passes_on_the_mean_of_their_sizes() -> None:
    text = """
workload: {rate: 10/s}
requests: {get: {to: lb, from: us}}
locations: {eu: {rtt: {us: 80ms}, bandwidth: {us: 10MB/s}}, us: }
components:
  lb: {kind: balancer, location: eu, forwards_to: [a, b]}
  a: {kind: server, location: eu, machine: {cores: 4}, replicas: 3, response: 100kB}
  b: {kind: server, location: eu, machine: {cores: 4}, response: 500kB}
"""
    assert network_time(predicted(text), "lb", "get") == pytest.approx(0.080 + (0.75 * 100e3 + 0.25 * 500e3) / 10e6)


def test_an_asynchronous_call_is_not_waited_for_on_the_network_either() -> None:
    text = """
workload: {rate: 10/s}
locations: {eu: {rtt: {us: 80ms}}, us: }
components:
  a: {kind: server, location: eu, machine: {cores: 4}, time: 1ms, calls: [{b: 1, async: true}]}
  b: {kind: server, location: us, time: 1ms}
"""
    prediction = predicted(text)
    assert latency(prediction.total.latency).mean == pytest.approx(0.001, rel=1e-6)
    assert prediction.components["b"].rate == pytest.approx(10.0)


def test_places_without_a_round_trip_between_them_are_noted_once() -> None:
    text = """
workload: {rate: 10/s}
requests: {page: {to: app, from: paris}}
locations: {paris: {rtt: {tokyo: 200ms}}, tokyo: {}, oslo: {}}
components:
  app: {kind: server, machine: {cores: 1}, time: 1ms, location: tokyo, calls: {db: 1, cache: 1}}
  db: {kind: database, machine: {cores: 1}, time: 1ms, location: oslo}
  cache: {kind: cache, host: db}
"""
    notes = [note for note in predicted(text).notes if note.code == "no-round-trip"]
    assert [(note.where, "oslo and tokyo" in note.message) for note in notes] == [("components.app", True)]
