"""`discipline: ps`: the CPU's visits share its cores, in every figure that depends on it."""

import pytest
from prediction_cases import component, latency, notes_of, predicted, topology

from capplan.prediction.in_progress import visits_in_progress
from capplan.prediction.predict import solve_topology

SHARED = """
workload: {rate: 80/s}
components:
  app: {kind: server, machine: {cores: 1}, time: {mean: 10ms, cv: 2}, discipline: ps}
"""
IN_ORDER = SHARED.replace("discipline: ps", "discipline: fifo").replace("{mean: 10ms, cv: 2}", "10ms")


def visits(text: str) -> float:
    solved = solve_topology(topology(text), None)
    return float(visits_in_progress(solved, solved.model.topology.components["app"])[0])


def test_the_mean_is_that_of_exponential_service_whatever_the_service_law() -> None:
    prediction = predicted(SHARED)
    assert latency(prediction.total.latency).mean == pytest.approx(0.010 / (1.0 - 0.8))
    assert latency(prediction.components["app"].wait).mean == pytest.approx(0.040)
    assert latency(prediction.components["app"].latency).mean == pytest.approx(0.050)
    assert prediction.components["app"].queue_length == pytest.approx(3.2)
    assert prediction.notes == ()


def test_so_is_the_number_in_progress() -> None:
    assert visits(SHARED) == visits(IN_ORDER)


def test_each_endpoint_is_slowed_in_proportion_to_its_own_time() -> None:
    text = """
workload: {rate: 50/s}
requests: {short: {to: app, share: 50%}, long: {to: app, share: 50%}}
components:
  app: {kind: server, machine: {cores: 2}, discipline: ps, endpoints: {short: {time: 4ms}, long: {time: 40ms}}}
"""
    found = predicted(text).requests
    short, long = (latency(found[name].latency).mean for name in ("short", "long"))
    assert long == pytest.approx(10.0 * short)
    assert found["short"].breakdown[0].wait == pytest.approx(short - 0.004)


def test_the_machine_shares_where_its_own_component_says_so() -> None:
    text = SHARED + "  side: {kind: server, host: app, time: 1ms}\n"
    text = text.replace("discipline: ps", "discipline: ps, calls: {side: 1}")
    assert {working.method for working in component(text, "side").workings} == {"processor-sharing"}


def test_the_working_shows_what_slows_a_visit_down() -> None:
    (working,) = component(SHARED, "app").workings
    assert working.method == "processor-sharing"
    assert working.symbols["m"] == pytest.approx(5.0)
    assert working.symbols["v"] == pytest.approx(0.8 / 0.2**2)
    assert working.symbols["tau"] == pytest.approx(5.0 * 0.010 / (2.0 * 0.2))


@pytest.mark.parametrize("change", [("cv: 2", "cv: 4"), ("rate: 80/s", "rate: 80/s, burstiness: 3")])
def test_beyond_what_was_measured_there_is_a_caveat(change: tuple[str, str]) -> None:
    assert [note.where for note in notes_of(predicted(SHARED.replace(*change)), "sharing-range")] == ["components.app"]
