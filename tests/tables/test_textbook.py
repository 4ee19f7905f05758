"""Every open model of the textbook file, through the solver that users get and through the closed forms."""

import numpy as np
import pytest
from textbook_cases import Case, cases, network

from capplan.queueing import erlang, finite, forkjoin, renewal, sharing, shortest
from capplan.queueing.network import Visit
from capplan.queueing.open_network import solve
from capplan.queueing.outcome import Outcome

NETWORKS = cases("network")
FINE = 2**16
"""Grid points where percentiles must hold to 1e-6."""


def named(chosen: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", chosen, ids=[case.name for case in chosen])


def station_values(case: Case, solved: Outcome, index: int) -> dict[str, float]:
    """Everything the file may say of a station."""
    station = list(case.stations.values())[index]
    rate = case.rate * station.get("visits", 1.0)
    wait = solved.stays[index].wait
    assert wait is not None
    utilisation, mean = float(solved.utilisation[0, index]), float(wait.mean[0])
    sojourn = mean + station["service"]
    return {
        "rate": rate,
        "utilisation": utilisation,
        "busy": utilisation * solved.network.stations[index].servers,
        "wait_chance": float(wait.chance[0]),
        "mean_wait": mean,
        "mean_sojourn": sojourn,
        "residence": sojourn * station.get("visits", 1.0),
        "in_system": rate * sojourn,
        "waiting": rate * mean,
    }


@named(NETWORKS)
def test_the_solver_gives_the_means_of_every_station(case: Case) -> None:
    solved = solve(network(case), [case.rate])
    for index, name in enumerate(case.stations):
        found = station_values(case, solved, index)
        for key, value in case.expected[name].items():
            if not key.startswith("wait_p"):
                assert found[key] == pytest.approx(value, rel=case.within()), (name, key)


@named([case for case in NETWORKS if "mean" in case.request])
def test_the_solver_gives_the_mean_of_a_request(case: Case) -> None:
    mean = float(solve(network(case), [case.rate]).stream(0).mean[0])
    assert mean == pytest.approx(case.request["mean"], rel=case.within())
    assert mean * case.rate == pytest.approx(case.request.get("in_system", mean * case.rate), rel=case.within())


@named([case for case in NETWORKS if case.percentiles])
def test_the_solver_gives_the_percentiles_of_a_request(case: Case) -> None:
    levels, expected = list(case.percentiles), list(case.percentiles.values())
    default = solve(network(case), [case.rate]).stream(0).quantiles(levels)[0]
    assert default == pytest.approx(expected, rel=max(1e-4, case.within("percentiles")))
    fine = solve(network(case), [case.rate], FINE).stream(0).quantiles(levels)[0]
    assert fine == pytest.approx(expected, rel=case.within("percentiles"))


@named([case for case in NETWORKS if any("wait_p50" in e for e in case.expected.values() if isinstance(e, dict))])
def test_the_solver_and_the_closed_form_give_the_percentiles_of_a_wait(case: Case) -> None:
    (name, station), levels = next(iter(case.stations.items())), [0.5, 0.9, 0.95, 0.99]
    expected = [case.expected[name][f"wait_p{round(100 * level)}"] for level in levels]
    offered = case.rate * station["service"]
    exact = erlang.wait_quantile(np.array(levels), station["servers"], offered, station["service"])
    assert exact == pytest.approx(expected, rel=case.within(), abs=1e-12)
    solved = solve(network(case), [case.rate], FINE).wait(0).quantiles(levels)[0]
    assert solved == pytest.approx(expected, rel=1e-4, abs=1e-4 * station["service"])


@named([case for case in NETWORKS if "bottleneck" in case.request])
def test_the_bottleneck_saturates_at_the_highest_rate(case: Case) -> None:
    top = case.request["max_rate"]
    at = solve(network(case), [case.rate, top * (1 - 1e-6), top * (1 + 1e-6)])
    names = [station.name for station in at.network.stations]
    assert names[int(np.argmax(at.utilisation[0]))] == case.request["bottleneck"]
    assert not at.saturated[1].any()
    assert [name for name, full in zip(names, at.saturated[2], strict=True) if full] == [case.request["bottleneck"]]


@named([case for case in NETWORKS if case.percentiles and case.name.startswith(("mm", "scale-1"))])
def test_erlang_gives_the_percentiles_in_closed_form(case: Case) -> None:
    station = next(iter(case.stations.values()))
    found = erlang.sojourn_quantile(
        np.array(list(case.percentiles)), station["servers"], case.rate * station["service"], station["service"]
    )
    assert found == pytest.approx(list(case.percentiles.values()), rel=case.within())


@named([case for case in NETWORKS if case.arrival_scv != 1.0])
def test_the_renewal_root_gives_gi_m_1_in_closed_form(case: Case) -> None:
    (name, station) = next(iter(case.stations.items()))
    service = station["service"]
    root = float(renewal.sigma(np.array([case.rate * service]), np.array([case.arrival_scv]))[0])
    assert root == pytest.approx(case.expected[name]["wait_chance"], rel=case.within())
    levels = np.array(list(case.percentiles))
    assert -np.log(1 - levels) * service / (1 - root) == pytest.approx(
        list(case.percentiles.values()), rel=case.within()
    )


@named(cases("finite"))
def test_finite_queues_lose_what_the_table_says(case: Case) -> None:
    (name, station), expected = next(iter(case.stations.items())), case.expected
    queue = finite.finite_queue(station["servers"], station["places"], np.array([case.rate]), station["service"])
    found = {
        "loss": queue.loss,
        "utilisation": queue.utilisation,
        "in_system": queue.number,
        "mean_sojourn": queue.mean_sojourn,
    }
    for key, value in expected[name].items():
        assert float(found[key][0]) == pytest.approx(value, rel=case.within()), key
    assert float(queue.throughput[0]) == pytest.approx(expected["throughput"], rel=case.within())
    if case.percentiles:
        percentiles = queue.quantiles(tuple(case.percentiles))[0]
        assert percentiles == pytest.approx(list(case.percentiles.values()), rel=case.within())


@named(cases("impatient"))
def test_impatient_callers_leave_as_the_table_says(case: Case) -> None:
    (name, station) = next(iter(case.stations.items()))
    queue = finite.impatient_queue(station["servers"], np.array([case.rate]), station["service"], case.patience)
    found = {
        "abandon": queue.abandon,
        "utilisation": queue.utilisation,
        "waiting": queue.queue,
        "wait_chance": queue.wait_chance,
    }
    for key, value in case.expected[name].items():
        assert float(found[key][0]) == pytest.approx(value, rel=case.within()), key
    assert float(queue.throughput[0]) == pytest.approx(case.expected["throughput"], rel=case.within())


def test_processor_sharing_is_insensitive_to_the_service_law() -> None:
    (case,) = [case for case in cases("sharing") if not case.rates]
    station, expected = case.stations["Q"], case.expected["Q"]
    rho = case.rate * station["service"]
    sojourn = float(sharing.stretch(station["servers"], rho)) * station["service"]
    assert sojourn == pytest.approx(expected["mean_sojourn"], rel=case.within())
    assert sojourn * case.rate == pytest.approx(expected["in_system"], rel=case.within())
    assert rho == pytest.approx(expected["utilisation"], rel=case.within())


def test_two_classes_share_cpu_and_disk_as_in_lazowska() -> None:
    (case,) = [case for case in cases("sharing") if case.rates]
    classes, stations = list(case.rates), list(case.stations)
    rates = np.array([[case.rates[name] for name in classes]])
    visits = np.array([[case.stations[s]["visits"][name] for s in stations] for name in classes])
    demands = visits * np.array([[case.stations[s]["service"][name] for s in stations] for name in classes])
    servers = np.array([float(case.stations[s]["servers"]) for s in stations])
    residences = sharing.residences(rates, demands, servers)[0]
    utilisation = sharing.utilisation(rates, demands, servers)[0]
    close = case.within()
    for column, station in enumerate(stations):
        expected = case.expected[station]
        assert utilisation[column] == pytest.approx(expected["utilisation"], rel=close)
        for row, name in enumerate(classes):
            at = expected[name]
            assert residences[row, column] / visits[row, column] == pytest.approx(at["mean_sojourn"], rel=close)
            assert residences[row, column] * rates[0, row] == pytest.approx(at["in_system"], rel=close)
            assert demands[row, column] * rates[0, row] == pytest.approx(at["utilisation"], rel=close)
    for row, name in enumerate(classes):
        assert residences[row].sum() == pytest.approx(case.request["mean"][name], rel=close)


@named(cases("fork"))
def test_the_slowest_of_two_branches_follows_flatto_and_hahn(case: Case) -> None:
    station, expected = case.stations["branch"], case.expected["branch"]
    rho = case.rate * station["service"]
    assert rho == pytest.approx(expected["utilisation"], rel=case.within())
    assert station["service"] / (1 - rho) == pytest.approx(expected["mean_sojourn"], rel=case.within())
    mean = forkjoin.mean_response(2, np.array([rho]), station["service"])
    assert float(mean[0]) == pytest.approx(case.request["mean"], rel=case.within())
    found = forkjoin.fork_of_two(rho, station["service"]).quantiles(tuple(case.percentiles))
    assert found == pytest.approx(list(case.percentiles.values()), rel=case.within("percentiles"))


@named(cases("shortest"))
def test_the_shorter_of_two_queues_is_joined_exactly(case: Case) -> None:
    station = case.stations["server"]
    rho = case.rate * station["service"] / station["replicas"]
    assert rho == pytest.approx(case.expected["server"]["utilisation"])
    pair = shortest.shortest_of_two(np.array([rho]), station["service"])
    assert float(pair.mean_sojourn[0]) == pytest.approx(case.request["mean"], rel=1e-11)
    found = pair.sojourn(tuple(case.percentiles))[0]
    assert found == pytest.approx(list(case.percentiles.values()), rel=case.within("percentiles"))


@named(cases("sizing"))
def test_the_smallest_number_of_servers_that_meets_an_objective(case: Case) -> None:
    (name, station), level = next(iter(case.stations.items())), case.objective["level"]
    service, offered = station["service"], case.rate * station["service"]
    candidates = np.arange(1.0, 100.0)
    meets = erlang.sojourn_quantile(level, candidates, offered, service) <= case.objective["within"]
    servers = float(candidates[np.argmax(meets)])
    assert servers == case.expected["servers"]
    expected = case.expected[name]
    assert offered / servers == pytest.approx(expected["utilisation"], rel=case.within())
    assert float(erlang.erlang_c(servers, offered)) == pytest.approx(expected["wait_chance"], rel=case.within())
    mean = float(erlang.mean_wait(servers, offered, service)) + service
    assert mean == pytest.approx(expected["mean_sojourn"], rel=case.within())
    found = erlang.sojourn_quantile(np.array(list(case.percentiles)), servers, offered, service)
    assert found == pytest.approx(list(case.percentiles.values()), rel=case.within())


def test_the_sum_of_percentiles_overstates_the_percentile_of_a_sum() -> None:
    (case,) = [case for case in NETWORKS if case.name == "tandem-mm1-mm1"]
    solved = solve(network(case), [case.rate])
    tiers = [
        float(solved.visit([(1.0, (Visit(law=task.visits[0].law, station=index),))]).quantiles([0.95])[0, 0])
        for index, task in enumerate(solved.network.tasks[:2])
    ]
    assert sum(tiers) == pytest.approx(1.21 * case.request["p95"], rel=2e-3)


def test_no_kind_of_case_is_left_out() -> None:
    kinds = ["network", "finite", "impatient", "sharing", "fork", "shortest", "sizing"]
    assert sum(len(cases(kind)) for kind in kinds) == 28
