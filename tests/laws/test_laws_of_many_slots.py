"""Laws of many slots: what thousands of them do is what the exact sums say, and far more than are used are no limit."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from law_cases import LEVELS, TRIED
from slot_networks import Shop, shops

from capplan.queueing.held import Held
from capplan.queueing.inner import Inner, servers_rates, throughputs
from capplan.queueing.log_sums import convolved, log_sum
from capplan.queueing.many_slots import EXACT, told_rates
from capplan.queueing.open_network import solve

EVERY = np.array([1e9])
"""So many come that all slots are used."""


def queue(visits: float, servers: int, others: float = 0.0, copies: int = 1) -> Inner:
    return Inner(np.array([visits]), servers_rates(servers), np.array([others]), copies)


NETWORKS = {
    "a delay alone": ([], 3.0, 1e-6),
    "three queues alike": ([queue(3.0, 4, copies=3)], 5.0, 1e-6),
    "load of others": ([queue(1.0, 8, 4.0), queue(1.0, 16, 3.0, 2)], 200.0, 1e-6),
    "two queues nearly alike": ([queue(1.0, 4), queue(0.999, 4)], 5.0, 2e-5),
    "full in the midst of them": ([queue(1.0, 1)], 2000.0, 2e-3),
}
"""Queues, delay, and how far off the rates may be."""


@pytest.mark.parametrize("name", NETWORKS)
def test_many_slots_have_the_rates_that_exact_sums_give(name: str) -> None:
    queues, delay, error = NETWORKS[name]
    exact = throughputs(queues, np.array([delay]), 3000)[0]
    told = told_rates(queues, np.array([delay]), 3000, EVERY)[0]
    assert told[:EXACT] == pytest.approx(exact[:EXACT], rel=1e-12)
    assert told[:-1] == pytest.approx(exact[: len(told) - 1], rel=error)
    assert told[-1] == pytest.approx(exact[-1], rel=min(error, 2e-5))


@TRIED
@given(one=st.lists(st.floats(-900.0, 900.0), min_size=2, max_size=30), seed=st.integers(0, 100))
def test_a_convolution_in_logarithms_is_the_sum_of_its_terms(one: list[float], seed: int) -> None:
    first = np.array([one])
    second = np.random.default_rng(seed).uniform(-900.0, 900.0, first.shape)
    expected = [log_sum(first[0, : n + 1] + second[0, n::-1]) for n in range(first.shape[1])]
    assert convolved(first, second)[0] == pytest.approx(np.array(expected), rel=1e-12, abs=1e-12)


@TRIED
@given(
    told=st.integers(2, 30),
    spare=st.integers(0, 30),
    room=st.one_of(st.none(), st.integers(0, 3000)),
    rho=st.one_of(st.floats(0.1, 0.97), st.floats(1.03, 9.0)),
)
def test_slots_whose_rates_are_not_told_one_by_one_have_the_last_rate(
    told: int, spare: int, room: int | None, rho: float
) -> None:
    rates = throughputs([queue(1.0, 2)], np.array([3.0]), told)
    arrivals = rho * rates[:, -1]
    if room is None:
        arrivals = np.minimum(arrivals, 0.97 * rates[:, -1])
    short = Held(arrivals, rates, room, spare)
    whole = Held(arrivals, np.concatenate((rates, np.repeat(rates[:, -1:], spare, axis=1)), axis=1), room)
    assert short.slots == whole.slots
    for name in ("loss", "full", "waiting", "holding", "hold"):
        assert getattr(short, name) == pytest.approx(getattr(whole, name), rel=1e-9, abs=1e-12), name
    assert np.abs(short.percentile(0.99) - whole.percentile(0.99))[0] <= 1.0


@pytest.mark.parametrize("rho", [1.5, 4.0, 10.0])
def test_what_far_exceeds_the_slots_is_refused_however_large_the_backlog(rho: float) -> None:
    rates = throughputs([queue(1.0, 2)], np.array([3.0]), 20)
    held = Held(rho * rates[:, -1], rates, 100_000)
    assert held.loss[0] == pytest.approx(1.0 - 1.0 / rho)


@TRIED
@given(shop=shops(), load=st.floats(0.1, 0.9), slots=st.sampled_from([1500, 10_000, 1_000_000]))
def test_far_more_slots_than_are_used_are_no_limit(shop: Shop, load: float, slots: int) -> None:
    alone = solve(shop.network, [load])
    for many in (shop._replace(threads=slots), shop._replace(pool=slots), shop._replace(threads=slots, pool=slots)):
        found = solve(many.network, [load])
        assert found.mean_waits == pytest.approx(alone.mean_waits, rel=1e-6)
        assert found.stream(0).quantiles(LEVELS) == pytest.approx(alone.stream(0).quantiles(LEVELS), rel=1e-6)


@TRIED
@given(
    slots=st.integers(20, 3000), more=st.integers(1, 3000), compute=st.floats(100.0, 2000.0), load=st.floats(0.1, 0.9)
)
def test_more_slots_never_make_the_queue_for_slots_longer(slots: int, more: int, compute: float, load: float) -> None:
    """A long wait elsewhere, so that the slots bind."""
    shop = Shop(compute=compute)
    few, many = (solve(shop._replace(threads=n).network, [load]).reaction.gates[0] for n in (slots, slots + more))
    assert many.rates[0, -1] >= few.rates[0, -1] * (1.0 - 1e-5)
    if few.rho[0] < 0.98:
        assert many.wait.mean[0] <= few.wait.mean[0] * (1.0 + 1e-3) + 1e-9
