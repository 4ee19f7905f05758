"""k of n replicas against exact whole numbers, and states of being down in call graphs against each of them."""

from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.queueing.network import Call, Choice, Fork, Network, Stream, Task
from capplan.queueing.redundancy import Outage, at_least, capacities, completion_with_outages, needed
from capplan.queueing.throughput import completion


def exactly(k: int, n: int, availability: float) -> tuple[float, float]:
    """The sum and what it lacks to 1, in whole numbers that are divided once."""
    up, of = availability.as_integer_ratio()
    enough, all_states = sum(comb(n, i) * up**i * (of - up) ** (n - i) for i in range(k, n + 1)), of**n
    return enough / all_states, (all_states - enough) / all_states


@pytest.mark.parametrize("availability", [0.99999, 0.999, 0.9, 0.5, 0.01])
@pytest.mark.parametrize(("k", "n"), [(1, 1), (1, 3), (2, 3), (3, 3), (180, 200), (199, 200), (200, 200), (1, 200)])
def test_the_sum_against_whole_numbers(k: int, n: int, availability: float) -> None:
    exact, complement = exactly(k, n, availability)
    found = float(at_least(k, n, availability))
    assert found == pytest.approx(exact, rel=1e-12, abs=1e-300)
    assert 1.0 - found == pytest.approx(complement, rel=1e-9, abs=2e-16)


def test_what_always_or_never_works() -> None:
    assert at_least(np.array([0, 1, 4, 5]), 4, 1.0) == pytest.approx([1, 1, 1, 0])
    assert at_least(np.array([0, 1, 4]), 4, 0.0) == pytest.approx([1, 0, 0])
    assert at_least(np.array([0, 5]), 4, 0.9) == pytest.approx([1, 0])


def test_thousands_of_replicas() -> None:
    short = 1.0 - float(at_least(9_900, 10_000, 0.995))
    assert short == pytest.approx(exactly(9_900, 10_000, 0.995)[1], rel=1e-5)


@given(st.integers(1, 60), st.integers(0, 60), st.floats(0.0, 1.0))
def test_more_replicas_are_never_less_available_at_the_same_need(n: int, k: int, availability: float) -> None:
    assert float(at_least(k, n + 1, availability)) >= float(at_least(k, n, availability)) - 1e-13


@given(st.integers(1, 60), st.integers(0, 60), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_better_replicas_and_less_need_are_never_less_available(n: int, k: int, one: float, other: float) -> None:
    worse, better = sorted((one, other))
    assert float(at_least(k, n, better)) >= float(at_least(k, n, worse)) - 1e-13
    assert float(at_least(k, n, one)) >= float(at_least(k + 1, n, one))


def test_the_need_is_the_least_number_with_a_stable_queue() -> None:
    work = np.array([0.0, 1.9, 2.0, 5.99, 6.0, 7.9, 8.0, 100.0])
    assert needed(work, capacities(2.0, 4)).tolist() == [1, 1, 2, 3, 4, 4, 4, 4]


def test_the_busiest_replica_decides_where_shares_are_uneven() -> None:
    full = capacities(1.0, 3, (0.2, 0.6, 0.2))
    assert full == pytest.approx([1.0, 4 / 3, 5 / 3])


def chain(*counts: float) -> Network:
    """Each task calls the one before, so many times."""
    tasks = [Task(name="t0")]
    tasks += [Task(name=f"t{k}", steps=(Call(task=k - 1, count=count),)) for k, count in enumerate(counts, 1)]
    return Network(stations=(), tasks=tuple(tasks), streams=(Stream(name="all", task=len(counts), slope=1.0),))


def enumerated(network: Network, own: np.ndarray, outages: list[Outage]) -> np.ndarray:
    """Every combination of states with its probability."""
    total = np.zeros(own.shape)
    for lasting in product((False, True), repeat=len(outages)):
        chance, at = np.ones(len(own)), own.copy()
        for outage, lasts in zip(outages, lasting, strict=True):
            chance = chance * (outage.down if lasts else 1.0 - outage.down)
            if lasts:
                at[:, list(outage.tasks)] = 0.0
        total += chance[:, None] * completion(network, at)
    return total


def test_a_state_counts_once_however_many_calls_are_made() -> None:
    network, own = chain(40.0, 2.5), np.full((2, 3), 0.999)
    outages = [Outage(np.array([0.001, 0.2]), (0,)), Outage(np.array([0.01, 0.1]), (1,))]
    found = completion_with_outages(network, own, outages)
    assert found == pytest.approx(enumerated(network, own, outages), rel=1e-12)
    assert found[:, 2] == pytest.approx(
        (1 - np.array([0.001, 0.2])) * (1 - np.array([0.01, 0.1])) * own[0, 0] ** 103.5, rel=1e-3
    )


def test_ways_that_exclude_each_other_are_right_to_the_product_of_two_states() -> None:
    either = Choice(options=((0.6, (Call(task=0),)), (0.4, (Call(task=1),))))
    both = Fork(branches=((Call(task=0),), (Call(task=1, count=3.0),)))
    tasks = (Task(name="a"), Task(name="b"), Task(name="either", steps=(either,)), Task(name="both", steps=(both,)))
    network = Network(stations=(), tasks=tasks, streams=(Stream(name="all", task=3, slope=1.0),))
    outages = [Outage(np.array([0.02]), (0,)), Outage(np.array([0.01]), (1,))]
    found = completion_with_outages(network, np.ones((1, 4)), outages)
    exact = enumerated(network, np.ones((1, 4)), outages)
    assert found[0, [0, 1, 3]] == pytest.approx(exact[0, [0, 1, 3]], rel=1e-14)
    assert abs(found[0, 2] - exact[0, 2]) <= 0.02 * 0.01


def test_what_fails_anyway_fails_in_every_state() -> None:
    own = np.array([[0.0, 1.0]])
    found = completion_with_outages(chain(1.0), own, [Outage(np.array([0.1]), (0,)), Outage(np.array([0.2]), (1,))])
    assert found == pytest.approx(np.zeros((1, 2)))


def test_many_states_are_worked_out_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    network, own = chain(*[1.0] * 9), np.ones((3, 10))
    outages = [Outage(np.full(3, 0.01 * (task + 1)), (task,)) for task in range(10)]
    whole = completion_with_outages(network, own, outages)
    monkeypatch.setattr("capplan.queueing.redundancy.CELLS", 70)
    assert completion_with_outages(network, own, outages) == pytest.approx(whole, rel=1e-14)
    assert whole[0, 9] == pytest.approx(np.prod([1 - 0.01 * (task + 1) for task in range(10)]))
