"""Laws of timeouts, retries and their budgets: what sums to one, what flows where, and which way things move."""

from dataclasses import replace
from math import inf

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from law_cases import LEVELS, TRIED
from slot_networks import Shop, losing, shops

from capplan.queueing.fates import Fate, Fates, Losses, Tries
from capplan.queueing.network import Network, Patience
from capplan.queueing.open_network import OpenNetwork, solve
from capplan.queueing.outcome import Outcome

ALL = 1.0 + 1e-9


def client(outcome: Outcome) -> Tries:
    """The attempts of the first stream."""
    assert outcome.regime is not None
    return outcome.regime.fates.attempts[outcome.network.streams[0]]


def total(fate: Fate) -> float:
    return float((fate.clean + fate.error + fate.ended)[0])


@TRIED
@given(drawn=losing())
def test_every_run_and_every_attempt_ends_in_one_way(drawn: tuple[Network, Losses]) -> None:
    fates = Fates(*drawn)
    for fate in fates.tasks:
        assert total(fate) == pytest.approx(1.0)
        assert min(fate.clean[0], fate.ended[0]) >= 0.0
    for tries in fates.attempts.values():
        assert (tries.success + tries.late + tries.error + tries.ended)[0] == pytest.approx(1.0)
        assert total(tries.fate) == pytest.approx(1.0)


@TRIED
@given(drawn=losing())
def test_attempts_make_the_flow(drawn: tuple[Network, Losses]) -> None:
    """Runs of a callee are the attempts of its callers; offered work is what those make who are let in."""
    network, losses = drawn
    fates = Fates(network, losses)
    runs, stream = fates.runs(np.full((1, 1), 2.0))[0], network.streams[0]
    assert runs[3] == pytest.approx(2.0 * fates.attempts[stream].number[0])
    entered = runs[3] * (1.0 - losses.gates[0, 0])
    ways = [one for one in fates.attempts if one is not stream]
    assert np.all(runs[:3] <= entered * np.array([4.0, 1.0, 1.0]) * 5.0 + 1e-9)
    assert len(ways) <= 2
    assert fates.work(runs[None])[0] == pytest.approx(runs[:3])


@TRIED
@given(drawn=losing())
def test_repeats_keep_to_their_number_and_budget(drawn: tuple[Network, Losses]) -> None:
    for caller, tries in Fates(*drawn).attempts.items():
        repeats = float(tries.number[0]) - 1.0
        assert -1e-12 <= repeats <= min(caller.patience.retries, caller.patience.budget) * ALL + 1e-9


@TRIED
@given(shop=shops(), slots=st.sampled_from([None, 3, 6]), load=st.floats(0.1, 0.8))
def test_timeouts_that_never_fire_change_nothing(shop: Shop, slots: int | None, load: float) -> None:
    held = shop._replace(threads=slots)
    never = Patience(timeout=1e4, retries=3, backoff=0.1)
    ended, patient = solve(held._replace(patience=never, client=never).network, [load]), solve(held.network, [load])
    if np.isfinite(patient.stream(0).mean[0]):
        assert client(ended).number[0] == pytest.approx(1.0, abs=1e-9)
        assert ended.rates == pytest.approx(patient.rates, rel=1e-9)
        assert ended.stream(0).mean == pytest.approx(patient.stream(0).mean, rel=1e-8)
        assert ended.stream(0).quantiles(LEVELS) == pytest.approx(patient.stream(0).quantiles(LEVELS), rel=1e-3)


patiences = st.builds(
    Patience,
    timeout=st.floats(2.0, 20.0),
    retries=st.integers(1, 4),
    backoff=st.floats(0.0, 2.0),
    budget=st.sampled_from([inf, 0.1, 0.5]),
)


@TRIED
@given(shop=shops(), patience=patiences, load=st.floats(0.2, 0.95), inner=st.booleans())
def test_the_troubled_regime_is_never_calmer(shop: Shop, patience: Patience, load: float, inner: bool) -> None:
    network = (shop._replace(patience=patience) if inner else shop._replace(client=patience)).network
    calm, troubled = (OpenNetwork(network).at([load], 512, troubled=worst) for worst in (False, True))
    assert calm.regime is not None
    assert troubled.regime is not None
    assert np.all(troubled.rates >= calm.rates * (1 - 1e-5) - 1e-9)
    for caller, tries in calm.regime.fates.attempts.items():
        other = troubled.regime.fates.attempts[caller]
        assert other.success[0] <= tries.success[0] + 1e-5
        assert other.number[0] >= tries.number[0] - 1e-5


@TRIED
@given(shop=shops(), patience=patiences, load=st.floats(0.1, 0.5))
def test_a_retry_more_is_more_attempts_more_load_and_fewer_failures_while_calm(
    shop: Shop, patience: Patience, load: float
) -> None:
    fewer, more = (
        solve(shop._replace(client=patience._replace(retries=count)).network, [load], 512)
        for count in (patience.retries, patience.retries + 1)
    )
    assert client(more).number[0] >= client(fewer).number[0] - 1e-6
    assert more.utilisation[0, 0] >= fewer.utilisation[0, 0] - 1e-6
    if client(fewer).success[0] > 0.5:
        assert client(more).fate.clean[0] >= client(fewer).fate.clean[0] - 1e-6


@TRIED
@given(shop=shops(), patience=patiences, load=st.floats(0.1, 0.9))
def test_a_larger_budget_allows_more_attempts(shop: Shop, patience: Patience, load: float) -> None:
    tight, loose = (
        solve(shop._replace(client=patience._replace(budget=budget)).network, [load], 512) for budget in (0.05, 0.2)
    )
    assert client(loose).number[0] >= client(tight).number[0] - 1e-6
    assert client(tight).number[0] <= 1.05 + 1e-6


@TRIED
@given(shop=shops(), patience=patiences, room=st.integers(0, 10), load=st.floats(0.1, 1.3))
def test_the_utilisation_law_with_repeats_and_refusals(shop: Shop, patience: Patience, room: int, load: float) -> None:
    """What a station is asked for is its runs, repeats included, times their service; never more than all is done."""
    solved = solve(shop._replace(room=room, patience=patience).network, [load], 512)
    assert solved.regime is not None
    (call,) = solved.regime.tries
    assert solved.rates[0, 0] == pytest.approx(solved.rates[0, 1] * solved.regime.tries[call][0], rel=1e-4)
    assert solved.utilisation[0, 0] == pytest.approx(solved.rates[0, 0] / shop.servers)
    assert solved.regime.accepted[0, 0] <= shop.servers * (1 + 1e-6)


@TRIED
@given(shop=shops(), retries=st.integers(0, 3), failure=st.floats(0.0, 0.5), load=st.floats(0.1, 0.4))
def test_errors_that_are_repeated_are_independent_trials(shop: Shop, retries: int, failure: float, load: float) -> None:
    network = shop._replace(client=Patience(retries=retries)).network
    work = network.tasks[0]._replace(failure=failure)
    solved = solve(replace(network, tasks=(work, *network.tasks[1:])), [load])
    if solved.regime is not None:
        assert client(solved).number[0] == pytest.approx(sum(failure**k for k in range(retries + 1)))
        assert client(solved).fate.clean[0] == pytest.approx(1.0 - failure ** (retries + 1))
