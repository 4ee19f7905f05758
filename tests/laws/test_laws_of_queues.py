"""Laws that hold for one queue or one balanced group, whatever its service law, size and load."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given
from law_cases import (
    LEVELS,
    TRIED,
    at,
    groups,
    loads,
    means,
    percentiles_agree,
    servers,
    service_laws,
    single,
    smooth_scvs,
)

from capplan.queueing import balancing, erlang, laws
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import Law
from capplan.queueing.open_network import solve

SWEEP = np.linspace(0.05, 0.98, 40)
POOLED = (Policy.LEAST_CONNECTIONS, Policy.POWER_OF_TWO)


def mean_wait(group: Group, law: Law, rho: float) -> float:
    return float(balancing.wait(group, law, at(rho), at(1.0)).mean[0])


@TRIED
@given(law=service_laws(), group=groups(), rho=loads)
def test_the_mean_of_the_grid_is_the_analytic_mean(law: Law, group: Group, rho: float) -> None:
    tail = solve(single(group, law), [rho]).stream(0)
    analytic = mean_wait(group, law, rho) + law.mean
    beyond = float(tail.whole.values[0].sum() * tail.whole.steps[0])
    assert float(tail.mean[0]) == pytest.approx(analytic, rel=1e-12)
    assert beyond == pytest.approx(analytic, rel=2e-3)


@TRIED
@given(law=service_laws(), group=groups())
def test_waits_and_percentiles_grow_with_the_load(law: Law, group: Group) -> None:
    solved = solve(single(group, law), SWEEP)
    tail = solved.stream(0)
    percentiles, steps = tail.quantiles(LEVELS), tail.whole.steps[1:, None]
    assert np.all(np.diff(solved.mean_waits[:, 0]) >= -1e-12 * law.mean)
    assert np.all(np.diff(percentiles, axis=0) >= -2e-3 * percentiles[1:] - steps)


@TRIED
@given(law=service_laws(), group=groups(), rho=loads)
def test_percentiles_are_ordered_and_not_below_the_service(law: Law, group: Group, rho: float) -> None:
    tail = solve(single(group, law), [rho]).stream(0)
    found = tail.quantiles(LEVELS)[0]
    assert np.all(np.diff(found) >= 0.0)
    alone = solve(single(group, law), [1e-9]).stream(0).quantiles(LEVELS)[0]
    assert np.all(found >= alone * (1 - 2e-3) - tail.whole.steps[0])


@TRIED
@given(law=service_laws(), count=servers, load=loads)
def test_one_more_server_never_waits_longer(law: Law, count: int, load: float) -> None:
    offered = load * count
    few = mean_wait(Group(servers=float(count)), law, load)
    more = mean_wait(Group(servers=float(count + 1)), law, offered / (count + 1))
    assert more <= few * (1 + 1e-12)


@TRIED
@given(law=service_laws(), group=groups(), rho=loads)
def test_one_more_replica_never_waits_longer(law: Law, group: Group, rho: float) -> None:
    bigger = Group(servers=group.servers, replicas=group.replicas + 1, policy=group.policy)
    less = rho * group.replicas / (group.replicas + 1)
    assert mean_wait(bigger, law, less) <= mean_wait(group, law, rho) * (1 + 1e-9)


@TRIED
@given(
    law=service_laws(mean=1.0), group=groups(), rho=loads, unit=st.sampled_from([1e-9, 1e-6, 1e-3, 60.0, 3600.0, 1e9])
)
def test_the_unit_of_time_does_not_matter(law: Law, group: Group, rho: float, unit: float) -> None:
    seconds = solve(single(group, law), [rho]).stream(0)
    units = solve(single(group, law.scaled(unit)), [rho]).stream(0)
    assert units.mean[0] == pytest.approx(seconds.mean[0] * unit, rel=1e-9)
    assert percentiles_agree(seconds, units, unit)


@TRIED
@given(law=service_laws(), count=st.integers(1, 16), replicas=st.integers(2, 12), rho=loads)
def test_a_poisson_stream_split_at_random_stays_poisson(law: Law, count: int, replicas: int, rho: float) -> None:
    split = solve(single(Group(servers=float(count), replicas=replicas, policy=Policy.RANDOM), law), [rho])
    alone = solve(single(Group(servers=float(count)), law), [rho])
    assert split.mean_waits[0, 0] == pytest.approx(alone.mean_waits[0, 0], rel=1e-12)
    assert split.stream(0).quantiles(LEVELS) == pytest.approx(alone.stream(0).quantiles(LEVELS), rel=1e-10)


@TRIED
@given(law=service_laws(), count=st.integers(1, 16), rho=loads, scv=st.floats(0.1, 2.0))
def test_with_one_replica_all_policies_agree(law: Law, count: int, rho: float, scv: float) -> None:
    found = [
        solve(single(Group(servers=float(count), policy=policy), law, scv), [rho]).stream(0).quantiles(LEVELS)[0]
        for policy in Policy
    ]
    for other in found[1:]:
        assert np.array_equal(found[0], other)


@TRIED
@given(mean=means, count=st.integers(1, 16), replicas=st.integers(2, 40), rho=st.floats(0.2, 0.95))
def test_least_connections_beats_power_of_two_beats_random(mean: float, count: int, replicas: int, rho: float) -> None:
    law = laws.Exponential(mean)
    least, two, turns, random, pooled = (
        mean_wait(group, law, rho)
        for group in (
            *(
                Group(servers=float(count), replicas=replicas, policy=policy)
                for policy in (
                    Policy.LEAST_CONNECTIONS,
                    Policy.POWER_OF_TWO,
                    Policy.ROUND_ROBIN,
                    Policy.RANDOM,
                )
            ),
            Group(servers=float(count * replicas)),
        )
    )
    assert pooled <= least * (1 + 1e-9)
    assert least <= two * (1 + 1e-9)
    assert two <= random
    assert least <= turns <= random


@TRIED
@given(law=service_laws(), count=st.integers(1, 16), replicas=st.integers(2, 40), rho=st.floats(0.1, 0.97))
def test_round_robin_never_waits_longer_than_random(law: Law, count: int, replicas: int, rho: float) -> None:
    turns = Group(servers=float(count), replicas=replicas, policy=Policy.ROUND_ROBIN)
    random = Group(servers=float(count), replicas=replicas)
    assert mean_wait(turns, law, rho) <= mean_wait(random, law, rho) * (1 + 1e-12)


@TRIED
@given(count=st.integers(1, 100_000), rho=st.floats(0.01, 0.999))
def test_erlang_c_lies_between_erlang_b_and_one(count: int, rho: float) -> None:
    blocking, waiting = float(erlang.erlang_b(count, rho * count)), float(erlang.erlang_c(count, rho * count))
    assert 0.0 <= blocking <= waiting <= 1.0
    assert waiting <= float(erlang.erlang_c(max(count // 2, 1), rho * max(count // 2, 1)))
    if count == 1:
        assert waiting == pytest.approx(rho)


@TRIED
@given(law=service_laws(), group=groups())
def test_without_load_only_the_service_remains(law: Law, group: Group) -> None:
    solved = solve(single(group, law), [1e-9])
    assert solved.mean_waits[0, 0] <= 1e-6 * law.mean
    found = solved.stream(0).quantiles((0.5, 0.99))[0]
    tails = law.excess(np.outer(found, [1 - 1e-3, 1 - 1e-3 + 1e-6, 1 + 1e-3, 1 + 1e-3 + 1e-6]))
    below, above = (tails[:, 0] - tails[:, 1]) / (1e-6 * found), (tails[:, 2] - tails[:, 3]) / (1e-6 * found)
    assert np.all(below >= np.array([0.5, 0.01]) * (1 - 1e-2))
    assert np.all(above <= np.array([0.5, 0.01]) * (1 + 1e-2))


@TRIED
@given(law=service_laws(), group=groups())
def test_close_to_capacity_the_wait_grows_like_one_over_the_slack(law: Law, group: Group) -> None:
    near, nearer = mean_wait(group, law, 1 - 1e-4), mean_wait(group, law, 1 - 1e-5)
    assume(near > 0.0)
    assert near > 10 * law.mean / group.servers / group.replicas
    assert nearer == pytest.approx(10 * near, rel=0.1)
    assert mean_wait(group, law, 1.0) == np.inf


@TRIED
@given(mean=means, scv=smooth_scvs, rho=loads)
def test_pollaczek_and_khinchine_hold_for_one_server(mean: float, scv: float, rho: float) -> None:
    for law in (laws.Gamma(mean, scv), laws.Lognormal(mean, scv)):
        exact = rho * mean * (1 + scv) / (2 * (1 - rho))
        assert mean_wait(Group(servers=1.0), law, rho) == pytest.approx(exact, rel=1e-9)


@TRIED
@given(law=service_laws(), count=servers, rho=loads, calm=st.floats(0.0, 1.0), rough=st.floats(1.0, 2.0))
def test_burstier_arrivals_wait_longer(law: Law, count: int, rho: float, calm: float, rough: float) -> None:
    waits = [
        float(balancing.wait(Group(servers=float(count)), law, at(rho), at(scv)).mean[0]) for scv in (calm, 1.0, rough)
    ]
    assert waits[0] <= waits[1] * (1 + 1e-9)
    assert waits[1] <= waits[2] * (1 + 1e-9)


@TRIED
@given(law=service_laws(), group=groups(), count=st.integers(1, 40))
def test_a_sweep_is_what_each_of_its_points_is_alone(law: Law, group: Group, count: int) -> None:
    points = np.linspace(0.05, 0.99, count)
    sweep = solve(single(group, law), points).stream(0)
    alone = solve(single(group, law), [float(points[-1])]).stream(0)
    assert sweep.mean[-1] == alone.mean[0]
    assert sweep.quantiles(LEVELS)[-1] == pytest.approx(alone.quantiles(LEVELS)[0], rel=1e-9)
