"""Laws of slots that are held: what is exact about them, and what more of them must do."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from law_cases import LEVELS, TRIED, service_laws
from slot_networks import Shop, shops

from capplan.queueing.held import Held
from capplan.queueing.inner import Inner, open_number, servers_rates, throughputs
from capplan.queueing.laws import Law
from capplan.queueing.open_network import solve
from capplan.queueing.outcome import Outcome

NONE = np.zeros(1)
ONE = np.ones(1)
busy = st.floats(0.1, 0.9)


def holders(slots: int, *queues: Inner, delay: float = 0.0, arrivals: float) -> Held:
    return Held(np.array([arrivals]), throughputs(queues, np.array([delay]), slots))


@TRIED
@given(servers=st.integers(1, 8), ours=st.floats(0.02, 0.4), others=st.floats(0.0, 0.45))
def test_slots_enough_for_all_see_the_queue_that_everyone_sees(servers: int, ours: float, others: float) -> None:
    """Holders are then Poisson arrivals among the others: those present are their part of an M/M/c queue."""
    our, their = ours * servers, others * servers
    held = holders(200, Inner(ONE, servers_rates(servers), np.array([their])), arrivals=our)
    whole = open_number(servers_rates(servers), np.array([our + their]))[0]
    assert held.holding[0] == pytest.approx(whole * our / (our + their), rel=1e-6)


@TRIED
@given(work=st.lists(st.floats(0.1, 2.0), min_size=1, max_size=3), delay=st.floats(0.0, 20.0))
def test_the_rates_of_holders_are_those_of_mean_value_analysis(work: list[float], delay: float) -> None:
    """Single servers and a delay: Reiser and Lavenberg (1980)."""
    count = 20
    queues = [Inner(np.array([one]), servers_rates(1), NONE) for one in work]
    waiting, expected = np.zeros(len(work)), []
    for n in range(1, count + 1):
        residence = np.array(work) * (1.0 + waiting)
        expected.append(n / (delay + residence.sum()))
        waiting = expected[-1] * residence
    assert throughputs(queues, np.array([delay]), count)[0] == pytest.approx(expected, rel=1e-9)


@TRIED
@given(slots=st.integers(1, 30), delay=st.floats(0.1, 5.0), rho=st.floats(0.05, 0.95))
def test_slots_before_a_mere_delay_are_servers(slots: int, delay: float, rho: float) -> None:
    held = holders(slots, delay=delay, arrivals=rho * slots / delay)
    expected = open_number(servers_rates(slots) / delay, held.arrivals)[0]
    waiting = held.holding[0] + held.arrivals[0] * held.waiting[0] * held.given[0]
    assert held.holding[0] == pytest.approx(rho * slots)
    assert waiting == pytest.approx(expected)


@TRIED
@given(slots=st.integers(1, 30), room=st.integers(0, 20), rho=st.floats(0.1, 2.0))
def test_littles_law_of_held_slots(slots: int, room: int, rho: float) -> None:
    """Held = those who get a slot x the time that they hold it."""
    rates = throughputs([Inner(ONE, servers_rates(2), NONE)], np.array([3.0]), slots)
    held = Held(rho * rates[:, -1], rates, room)
    assert held.holding[0] == pytest.approx(held.arrivals[0] * (1.0 - held.loss[0]) * held.hold[0])


@TRIED
@given(shop=shops(), slots=st.integers(2, 20), load=busy)
def test_a_request_takes_its_wait_for_a_slot_and_the_time_that_it_holds_it(shop: Shop, slots: int, load: float) -> None:
    solved = solve(shop._replace(threads=slots).network, [load])
    gate = solved.reaction.gates[0]
    if gate.rho[0] < 0.98:
        waited = float(gate.wait.mean[0])
        assert solved.stream(0).mean[0] == pytest.approx(waited + gate.hold[0], rel=1e-3)
        assert gate.held[0] * shop.replicas == pytest.approx(gate.hold[0] * load * shop.servers, rel=1e-6)


def taken(solved: Outcome) -> float:
    return float(solved.stream(0).mean[0])


@TRIED
@given(shop=shops(), slots=st.integers(2, 12), load=busy)
def test_a_slot_more_shortens_the_time_of_a_request_and_lets_no_fewer_through(
    shop: Shop, slots: int, load: float
) -> None:
    """Within the method's digits at one replica; others, taken as load from outside, bend it by up to 5 %."""
    fewer, more = (solve(shop._replace(threads=count).network, [load]) for count in (slots, slots + 1))
    before, after = fewer.reaction.gates[0], more.reaction.gates[0]
    slack = 1e-4 if shop.replicas == 1 else 0.05
    assert after.rates[0, -1] >= before.rates[0, -1] * (1.0 - slack)
    if before.rho[0] < 0.99:
        assert taken(more) <= taken(fewer) * (1.0 + slack)


@TRIED
@given(shop=shops(), slots=st.integers(2, 12), load=busy)
def test_a_replica_more_brings_slots_and_shortens_the_time_of_a_request(shop: Shop, slots: int, load: float) -> None:
    few = shop._replace(threads=slots)
    fewer, more = (solve(few._replace(replicas=count).network, [load]) for count in (few.replicas, few.replicas + 1))
    if fewer.reaction.gates[0].rho[0] < 0.99:
        assert taken(more) <= taken(fewer) * (1 + 2e-3)


@TRIED
@given(shop=shops(), slots=st.integers(2, 12), load=busy)
def test_the_more_come_the_more_slots_are_held(shop: Shop, slots: int, load: float) -> None:
    solved = solve(shop._replace(threads=slots).network, load * np.linspace(0.2, 1.0, 5))
    assert np.all(np.diff(solved.reaction.gates[0].held) >= -1e-9)


@TRIED
@given(shop=shops(), law=service_laws(mean=1.0), load=st.floats(0.1, 0.7))
def test_slots_that_are_never_all_taken_change_nothing(shop: Shop, law: Law, load: float) -> None:
    free = shop._replace(law=law, compute=0.5)
    alone, threads, pool = (
        solve(one.network, [load]) for one in (free, free._replace(threads=100), free._replace(pool=100))
    )
    for held in (threads, pool):
        assert held.reaction.gates.eased[0] == pytest.approx(1.0, rel=1e-9)
        assert held.mean_waits == pytest.approx(alone.mean_waits, rel=1e-9)
        assert taken(held) == pytest.approx(taken(alone), rel=1e-9)
        assert held.stream(0).quantiles(LEVELS) == pytest.approx(alone.stream(0).quantiles(LEVELS), rel=1e-9)
