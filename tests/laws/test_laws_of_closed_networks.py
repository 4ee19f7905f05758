"""Laws of closed networks: asymptotic bounds, monotonicity, and the balance of the population."""

import hypothesis.strategies as st
import numpy as np
from hypothesis import given, settings
from law_cases import TRIED, networks

from capplan.queueing.arrays import Array
from capplan.queueing.closed import ClosedNetwork
from capplan.queueing.network import Network
from capplan.queueing.open_network import OpenNetwork
from capplan.queueing.outcome import Outcome

USERS = np.array([1.0, 20.0, 300.0, 20_000.0])
SOME = settings(TRIED, max_examples=8)
thinks = st.floats(0.0, 100.0)


def solved(network: Network, think: float, users: Array = USERS) -> tuple[ClosedNetwork, Outcome]:
    closed = ClosedNetwork(OpenNetwork(network), think)
    return closed, closed.at(users)


def response(closed: ClosedNetwork, outcome: Outcome) -> Array:
    tails = [(share, outcome.stream(index)) for index, share in enumerate(closed.shares.tolist()) if share > 0.0]
    return np.asarray(sum(share * tail.mean for share, tail in tails))


@SOME
@given(network=networks(), think=thinks)
def test_the_rate_never_exceeds_its_asymptotic_bounds(network: Network, think: float) -> None:
    """min(N / (Z + R0), capacity), R0 the response of one user alone."""
    closed, outcome = solved(network, think)
    alone = think + float(response(closed, outcome)[0])
    rate = outcome.loads * closed.per_load
    assert np.all(rate <= USERS / alone * (1.0 + 1e-6))
    assert np.all(outcome.loads <= closed.most)
    assert not outcome.saturated.any()


@SOME
@given(network=networks(), think=thinks)
def test_as_many_think_or_wait_as_there_are(network: Network, think: float) -> None:
    closed, outcome = solved(network, think)
    inside = outcome.loads * closed.per_load * (think + response(closed, outcome))
    assert np.all(np.abs(inside / USERS - 1.0) < 5e-3)  # forks: where their law changes grids


@SOME
@given(network=networks(), think=thinks)
def test_more_users_reach_more_and_wait_longer(network: Network, think: float) -> None:
    closed, outcome = solved(network, think)
    assert np.all(np.diff(outcome.loads) >= -1e-6 * outcome.loads[1:])
    times = response(closed, outcome)
    assert np.all(np.diff(times) >= -1e-4 * times[1:])


@SOME
@given(network=networks(), think=thinks, longer=st.floats(1.01, 10.0))
def test_think_time_never_raises_the_rate(network: Network, think: float, longer: float) -> None:
    _, sooner = solved(network, think)
    _, later = solved(network, think * longer + 0.1)
    assert np.all(later.loads <= sooner.loads * (1.0 + 1e-6))


@SOME
@given(network=networks(), think=st.floats(0.0, 10.0))
def test_the_open_workload_of_the_same_rate_waits_no_less(network: Network, think: float) -> None:
    closed, outcome = solved(network, think)
    near = np.minimum(outcome.loads, 0.98 * closed.most)
    waits = OpenNetwork(network).at(near).mean_waits
    below = outcome.loads < 0.98 * closed.most
    assert np.all(outcome.mean_waits[below] <= waits[below] * (1.0 + 1e-3) + 1e-9)
