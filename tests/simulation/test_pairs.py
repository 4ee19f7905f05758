"""Two networks on common random numbers: the same draws where they can be, and intervals of the difference."""

from dataclasses import replace
from math import hypot, log

import numpy as np
import pytest
from simulated_networks import queue, single

from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import Deterministic, Exponential, Hyperexponential, Law
from capplan.queueing.network import Network
from capplan.simulation.estimates import Estimate
from capplan.simulation.loads import Load, Users
from capplan.simulation.pairs import PlayedPair, matched, replicate_pair
from capplan.simulation.replications import Plan, Player
from capplan.simulation.simulate import network_figures

RATE = 0.6
SLOW, FAST = queue(1, RATE)[0], single(Group(servers=1), Exponential(0.9))
MEANS = 1.0 / (1.0 - RATE), 0.9 / (1.0 - 0.9 * RATE)
"""Mean sojourns in M/M/1, which are exponential."""


def played(before: Network, after: Network, load: Load = RATE, *, seed: int = 1, requests: int = 6_000) -> PlayedPair:
    one, other = (Player(network, load, requests / 10, seed, network_figures) for network in (before, after))
    return replicate_pair(matched(one, other), Plan(requests, seed))


def half(found: Estimate | None) -> float:
    assert found is not None
    return 0.5 * (found.high - found.low)


def test_intervals_cover_the_exact_difference_and_are_narrower() -> None:
    """Of 40 intervals at 95 %, fewer than 33 cover in one of 5,000 such tests."""
    pairs = [played(SLOW, FAST, seed=seed) for seed in range(40)]
    means = [pair.difference("mean") for pair in pairs]
    tails = [pair.percentile_difference("", 0.9) for pair in pairs]
    exact = MEANS[1] - MEANS[0]
    assert sum(one is not None and one.low <= exact <= one.high for one in means) >= 33
    assert sum(one is not None and one.low <= log(10.0) * exact <= one.high for one in tails) >= 33
    alone = [hypot(half(pair.before.estimate("mean")), half(pair.after.estimate("mean"))) for pair in pairs]
    assert np.mean([half(mean) for mean in means]) < 0.5 * np.mean(alone)


def test_intervals_hold_zero_where_nothing_that_counts_differs() -> None:
    """Two plans of the same law that share no service times: only chance tells them apart."""
    other = replace(SLOW, tasks=(SLOW.tasks[0]._replace(name="another"),))
    found = [played(SLOW, other, seed=seed).difference("mean") for seed in range(40)]
    assert sum(one is not None and one.low <= 0.0 <= one.high for one in found) >= 33


def test_a_network_and_itself_do_not_differ() -> None:
    pair = played(SLOW, SLOW)
    assert pair.difference("mean") == (0.0, 0.0, 0.0)
    assert pair.percentile_difference("", 0.99) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("law", [Exponential(1.0), Hyperexponential(1.0, 4.0)], ids=["exponential", "two phases"])
@pytest.mark.parametrize("policy", [Policy.RANDOM, Policy.LEAST_CONNECTIONS])
def test_plans_that_differ_in_replicas_get_the_same_requests(policy: Policy, law: Law) -> None:
    """The same arrivals, and the same work in the same order; the one or two that are begun in one alone aside."""
    before, after = (single(Group(servers=1, replicas=n, policy=policy), law) for n in (3, 5))
    pair = matched(*(Player(one, 1.8, 500.0, 1, network_figures) for one in (before, after)))
    one, other = pair.before.window(0), pair.after.window(0)
    assert (one.seconds, one.streams[0].begun) == (other.seconds, other.streams[0].begun)
    assert one.tasks[0].visits == other.tasks[0].visits
    assert one.tasks[0].work == pytest.approx(other.tasks[0].work)


@pytest.mark.parametrize("law", [Exponential(1.0), Hyperexponential(1.0, 4.0)], ids=["exponential", "two phases"])
def test_both_are_played_event_by_event_where_one_must_be(law: Law) -> None:
    before = single(Group(servers=1, replicas=3), law)
    after = single(Group(servers=1, replicas=3, policy=Policy.LEAST_CONNECTIONS), law)
    pair = matched(*(Player(one, 1.8, 500.0, 1, network_figures) for one in (before, after)))
    assert pair.before.by_events
    assert pair.before.window(0).tasks[0].work == pytest.approx(pair.after.window(0).tasks[0].work)


def test_the_time_played_is_the_longer_one_and_only_shared_at_the_same_load() -> None:
    slow, fast = Player(SLOW, RATE, 600.0, 1, network_figures), Player(FAST, RATE, 600.0, 1, network_figures)
    pair = matched(slow, fast)
    assert pair.before.length == pair.after.length is not None
    assert matched(slow, replace(fast, load=0.3)).after.length is None


def test_closed_users_think_the_same_thoughts() -> None:
    crowd = Users(4, Deterministic(2.0))
    pair = played(single(Group(servers=1), Exponential(1.0)), single(Group(servers=4), Exponential(1.0)), crowd)
    found = pair.difference("throughput")
    assert found is not None
    assert found.low > 0.0
    assert half(found) < hypot(half(pair.before.estimate("throughput")), half(pair.after.estimate("throughput")))


def test_more_pairs_are_played_until_both_sides_are_precise() -> None:
    pair = matched(*(Player(one, RATE, 200.0, 1, network_figures) for one in (SLOW, FAST)))
    found = replicate_pair(pair, Plan(precision=0.1))
    tails = [side.percentile("", 0.99) for side in found]
    assert all(tail is not None and tail.precision <= 0.1 for tail in tails)
    assert len(found.before.figures) == len(found.after.figures) > 10
