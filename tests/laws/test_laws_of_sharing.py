"""Laws of processor sharing: what is exact about it, and its limits."""

from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from law_cases import LEVELS, TRIED, groups, percentiles_agree, service_laws, single

from capplan.queueing import laws
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import Law
from capplan.queueing.network import Network, Station, Stream, Task, Visit
from capplan.queueing.open_network import solve
from capplan.queueing.outcome import Outcome
from capplan.queueing.sharing import stretch


def of(group: Group, law: Law, *rhos: float) -> Outcome:
    return solve(single(replace(group, sharing=True), law), rhos)


@TRIED
@given(law=service_laws(), count=st.integers(1, 16), rho=st.floats(0.05, 0.95))
def test_the_mean_depends_on_the_service_law_through_its_mean_alone(law: Law, count: int, rho: float) -> None:
    solved = of(Group(servers=float(count)), law, rho)
    exact = law.mean * float(stretch(float(count), rho))
    assert solved.stream(0).mean[0] == pytest.approx(exact)
    assert solved.mean_waits[0, 0] == pytest.approx(exact - law.mean)


@pytest.mark.parametrize("rho", [0.2, 0.5, 0.8, 0.95])
def test_one_core_with_exponential_service_has_the_variance_of_coffman_muntz_and_trotter(rho: float) -> None:
    tail = of(Group(servers=1.0), laws.Exponential(1.0), rho).stream(0)
    times = tail.whole.steps[0] * np.arange(tail.whole.values.shape[1])
    square = 2.0 * tail.whole.steps[0] * float((times + 0.5 * tail.whole.steps[0]) @ tail.whole.values[0])
    variance = square - float(tail.mean[0]) ** 2
    assert variance == pytest.approx((2.0 + rho) / ((2.0 - rho) * (1.0 - rho) ** 2), rel=0.02)


@TRIED
@given(law=service_laws(), group=groups())
def test_without_load_only_the_service_remains(law: Law, group: Group) -> None:
    shared, alone = of(group, law, 1e-9), solve(single(group, law), [1e-9])
    assert percentiles_agree(shared.stream(0), alone.stream(0))


@TRIED
@given(law=service_laws(), group=groups())
def test_more_load_takes_longer(law: Law, group: Group) -> None:
    solved = of(group, law, 0.3, 0.6, 0.9)
    assert np.all(np.diff(solved.mean_waits[:, 0]) >= -1e-9 * law.mean)
    found = solved.stream(0).quantiles((0.9, 0.99))
    assert np.all(np.diff(found, axis=0) >= -1e-2 * found[1:])


@TRIED
@given(group=groups(), rho=st.floats(0.1, 0.95))
def test_with_exponential_service_the_mean_is_that_of_any_order(group: Group, rho: float) -> None:
    law = laws.Exponential(1.0)
    assert of(group, law, rho).mean_waits[0, 0] == pytest.approx(solve(single(group, law), [rho]).mean_waits[0, 0])


def test_each_kind_of_visit_is_slowed_in_proportion_to_its_size() -> None:
    short, long = laws.Exponential(1.0), laws.Lognormal(9.0, 2.0)
    network = Network(
        stations=(Station("cpu", Group(servers=2.0, sharing=True)),),
        tasks=(Task("short", (Visit(short, 0),)), Task("long", (Visit(long, 0),))),
        streams=(Stream("short", 0, slope=0.9), Stream("long", 1, slope=0.1)),
    )
    solved = solve(network, [0.8])
    expected = float(stretch(2.0, 0.72))
    assert [solved.stream(k).mean[0] for k in (0, 1)] == pytest.approx([expected, 9.0 * expected])
    waits = solved.waits_of @ solved.mean_waits[0]
    assert waits == pytest.approx([expected - 1.0, 9.0 * (expected - 1.0)])
    assert solved.visit([(1.0, (Visit(long, 0),))]).mean[0] == pytest.approx(9.0 * expected)


def test_what_sharing_adds_and_the_service_make_the_visit() -> None:
    law = laws.Deterministic(1.0)
    solved = of(Group(servers=1.0, replicas=3, shares=(0.5, 0.3, 0.2), policy=Policy.RANDOM), law, 0.5)
    whole, added = solved.stream(0), solved.wait(0)
    assert added.mean[0] == pytest.approx(whole.mean[0] - 1.0)
    assert added.quantiles(LEVELS)[0] + 1.0 == pytest.approx(whole.quantiles(LEVELS)[0], rel=0.01)


def test_a_full_station_has_no_law() -> None:
    solved = of(Group(servers=2.0), laws.Exponential(1.0), 0.5, 1.0, 1.2)
    assert np.isfinite(solved.mean_waits[:, 0]).tolist() == [True, False, False]
    assert np.isfinite(solved.stream(0).quantiles([0.99])[:, 0]).tolist() == [True, False, False]
