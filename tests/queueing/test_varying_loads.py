"""Queues under loads that vary: what must come out where the answer is known."""

import numpy as np
import pytest

from capplan.queueing import varying
from capplan.queueing.erlang import erlang_c, mean_wait, sojourn_quantile
from capplan.queueing.modulated import Modulation, modulated_queue
from capplan.queueing.pooling import late, pooled_mean, pooled_quantiles, rows_of
from capplan.queueing.tails import Layer, Tail
from capplan.queueing.varying import VaryingQueue, backlog, relaxation, varying_queue


def solved(servers: int, rates: list[float], step: float = 50.0) -> VaryingQueue:
    found = varying_queue(servers, np.array(rates), np.full(len(rates), step), 1.0)
    assert found is not None
    return found


@pytest.mark.parametrize(("servers", "rho"), [(1, 0.3), (1, 0.9), (4, 0.8), (30, 0.95)])
def test_a_load_that_stays_gives_the_exact_queue(servers: int, rho: float) -> None:
    queue = solved(servers, [rho * servers] * 4)
    for level in (0.5, 0.95, 0.99):
        exact = float(sojourn_quantile(level, servers, rho * servers, 1.0))
        assert float(queue.sojourn.quantile(level)[0]) == pytest.approx(exact, rel=1e-6)
    assert queue.wait_tail(np.array([0.0]))[:, 0] == pytest.approx(float(erlang_c(servers, rho * servers)), rel=1e-6)


def test_long_steps_tend_to_their_stationary_laws() -> None:
    rates = [1.0, 2.0, 3.2, 1.5]
    queue = solved(4, rates, step=1e5)
    exact = [float(erlang_c(4, rate)) for rate in rates]
    assert queue.wait_tail(np.array([0.0]))[:, 0] == pytest.approx(exact, rel=1e-3)
    assert queue.queue == pytest.approx([rate * float(mean_wait(4, rate, 1.0)) for rate in rates], rel=2e-3)


def test_very_short_steps_tend_to_the_average_load() -> None:
    queue = solved(2, [0.4, 2.0], step=1e-3)
    assert float(queue.sojourn.quantile(0.99)[0]) == pytest.approx(float(sojourn_quantile(0.99, 2, 1.2, 1.0)), rel=2e-3)


def test_the_states_of_each_step_are_probabilities() -> None:
    states = solved(3, [0.5, 4.5, 2.0], step=7.0).states
    assert states.min() >= -1e-9
    assert states.sum(axis=1) == pytest.approx(1.0)


def test_what_would_need_too_many_states_is_left_to_the_fluid() -> None:
    assert varying_queue(4, np.array([2.0, 8.0, 0.1, 0.1]), np.full(4, 1e6), 1.0) is None


def test_many_servers_need_no_more_states_than_are_ever_busy() -> None:
    assert solved(1000, [100.0, 200.0]).states.shape[1] < 400


def test_a_backlog_grows_and_is_worked_off() -> None:
    levels = backlog(10.0, np.array([5.0, 14.0, 8.0, 8.0]), np.full(4, 100.0))
    assert levels.tolist() == [0.0, 0.0, 400.0, 200.0, 0.0]


def test_a_backlog_goes_on_into_the_next_period() -> None:
    levels = backlog(10.0, np.array([6.0, 9.0, 12.0]), np.full(3, 100.0))
    assert levels.tolist() == [200.0, 0.0, 0.0, 200.0]


def test_a_queue_forgets_ever_more_slowly_the_fuller_it_is() -> None:
    times = relaxation(4, np.array([0.0, 0.5, 0.9, 0.99]), 1.0)
    assert np.all(np.diff(times) >= 0.0)
    assert times[0] == 1.0
    assert np.isinf(relaxation(4, 1.0, 1.0))


def test_the_same_rate_in_both_phases_is_a_poisson_stream() -> None:
    arrivals = Modulation((2.8, 2.8), (3.0, 5.0))
    assert arrivals.scv == pytest.approx(1.0)
    exact = float(sojourn_quantile(0.99, 4, 2.8, 1.0))
    assert float(modulated_queue(4, arrivals, 1.0).quantile(0.99)[0]) == pytest.approx(exact, rel=1e-9)


def test_phases_that_never_end_are_two_queues_weighted_by_their_arrivals() -> None:
    queue = modulated_queue(1, Modulation((0.2, 0.8), (1e7, 1e7)), 1.0)
    assert float(queue.mean[0]) == pytest.approx(0.2 / 0.8 + 0.8 / 0.2, rel=1e-3)


def test_an_interrupted_stream_has_the_scv_of_its_hyperexponential_times() -> None:
    # an interrupted Poisson process is a renewal process with hyperexponential times (Kuczura 1973)
    rate, on, off = 2.0, 1.0, 3.0
    scv = 1.0 + 2.0 * rate / on / (1.0 / on + 1.0 / off) ** 2
    assert Modulation((rate, 0.0), (on, off)).scv == pytest.approx(scv)


def exponential(*means: float) -> Tail:
    """Exponential laws, each on a grid of its own."""
    mean = np.array(means)
    steps = 20.0 * mean / 4096
    return Tail(mean, Layer(steps, np.exp(-(np.arange(4096) + 0.5) * steps[:, None] / mean[:, None])))


def test_pooled_laws_have_the_percentiles_of_their_mixture() -> None:
    parts = [(np.array([0.3, 0.3]), exponential(1.0, 4.0)), (np.array([0.4]), exponential(2.0))]
    (found,) = pooled_quantiles(parts, [0.9])
    assert 0.3 * np.exp(-found) + 0.3 * np.exp(-found / 4) + 0.4 * np.exp(-found / 2) == pytest.approx(0.1, rel=1e-3)
    assert pooled_mean(parts) == pytest.approx(0.3 + 1.2 + 0.8)


def test_what_does_not_exist_counts_as_longer_than_anything() -> None:
    tail = exponential(1.0, 1.0)
    endless = Tail(np.array([1.0, np.inf]), tail.whole)
    found = pooled_quantiles([(np.array([0.9, 0.1]), endless)], [0.5, 0.95])
    assert found[0] == pytest.approx(np.log(0.9 / 0.4), rel=1e-3)
    assert np.isinf(found[1])
    assert np.isinf(pooled_mean([(np.array([0.9, 0.1]), endless)]))


def test_a_time_after_a_wait_has_the_law_of_their_sum() -> None:
    summed = late(exponential(1.0), exponential(1.0))
    assert summed.mean[0] == pytest.approx(2.0)
    assert summed.quantiles([0.5, 0.99])[0] == pytest.approx([1.67835, 6.63835], rel=0.01)  # Erlang of two stages


def test_rows_are_taken_in_any_order() -> None:
    assert rows_of(exponential(1.0, 2.0, 3.0), np.array([2, 0, 2])).mean.tolist() == [3.0, 1.0, 3.0]


def test_the_last_round_counts_where_the_first_has_not_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = float(solved(1, [0.2, 1.5, 0.9], step=30.0).sojourn.mean[0])
    monkeypatch.setattr(varying, "PERIODS", 1)
    assert abs(float(solved(1, [0.2, 1.5, 0.9], step=30.0).sojourn.mean[0]) / whole - 1.0) > 0.05
