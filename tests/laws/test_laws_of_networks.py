"""Laws of networks: Little, utilisation, forced flow, and how pieces of a call graph add up."""

from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from law_cases import LEVELS, TRIED, at, loads, means, networks, percentiles_agree, service_laws

from capplan.queueing import laws
from capplan.queueing.arrays import Array
from capplan.queueing.balancing import Group
from capplan.queueing.laws import Law
from capplan.queueing.network import Call, Choice, Fork, Network, Station, Stream, Task, Visit
from capplan.queueing.open_network import solve
from capplan.queueing.tails import Tail, mixture_quantiles

BUSY = 0.9
"""Part of the capacity at which the drawn networks are solved."""


@TRIED
@given(network=networks(), load=loads)
def test_the_utilisation_law_and_the_forced_flow_law(network: Network, load: float) -> None:
    solved = solve(network, [load, 2 * load])
    rates = solved.traffic.rates(solved.loads)
    for index, station in enumerate(network.stations):
        busy = solved.utilisation[:, index] * station.servers
        assert busy == pytest.approx(rates[:, index] * network.tasks[index].visits[0].law.mean)
    assert rates[0] == pytest.approx(load * solved.traffic.visits[0])
    assert rates[1] == pytest.approx(2 * rates[0])


@TRIED
@given(network=networks(), load=loads)
def test_littles_law_at_every_station(network: Network, load: float) -> None:
    """Jobs present = those waiting and in service; the time each spends, from the law of one visit."""
    solved = solve(network, [load * BUSY])
    rates = solved.traffic.rates(solved.loads)[0]
    for index, station in enumerate(network.stations):
        visit = network.tasks[index].visits[0]
        tail = solved.visit([(1.0, (Visit(law=visit.law, station=index),))])
        spent = float(tail.whole.values[0].sum() * tail.whole.steps[0])
        present = rates[index] * solved.mean_waits[0, index] + solved.utilisation[0, index] * station.servers
        assert rates[index] * spent == pytest.approx(present, rel=3e-3)


@TRIED
@given(network=networks())
def test_requests_take_longer_the_more_there_are(network: Network) -> None:
    tail = solve(network, BUSY * np.linspace(0.05, 1.0, 12)).stream(0)
    assert np.all(np.diff(tail.mean) >= -1e-3 * tail.mean[1:])
    percentiles = tail.quantiles(LEVELS)
    slack = 5e-3 * percentiles[1:] + 2.0 * tail.whole.steps[1:, None]
    assert np.all(np.diff(percentiles, axis=0) >= -slack)
    assert np.all(np.diff(percentiles, axis=1) >= 0.0)


@TRIED
@given(network=networks(), load=loads, unit=st.sampled_from([1e-6, 1e3]))
def test_a_network_does_not_care_about_the_unit_of_time(network: Network, load: float, unit: float) -> None:
    slow = rescaled(network, unit)
    here, there = solve(network, [load * BUSY]).stream(0), solve(slow, [load * BUSY]).stream(0)
    assert there.mean[0] == pytest.approx(here.mean[0] * unit, rel=2e-3)
    assert percentiles_agree(here, there, unit)


def rescaled(network: Network, unit: float) -> Network:
    tasks = []
    for task in network.tasks:
        visits = tuple(visit._replace(law=visit.law.scaled(unit)) for visit in task.visits)
        steps = tuple(
            replace(step, delays=tuple(law.scaled(unit) for law in step.delays)) if isinstance(step, Call) else step
            for step in task.steps
        )
        tasks.append(task._replace(visits=visits, steps=steps))
    streams = tuple(stream._replace(slope=stream.slope / unit) for stream in network.streams)
    return Network(stations=network.stations, tasks=tuple(tasks), streams=streams)


def delays(*times: Law) -> tuple[Task, ...]:
    return tuple(Task(name=f"delay {index}", visits=(Visit(law=law),)) for index, law in enumerate(times))


def mixed_agrees(mixed: Tail, parts: list[tuple[Array, Tail]]) -> bool:
    """Whether the percentiles of the parts' mixture are those of the law, within 0.5 % and a step (constants jump)."""
    slack = 1.5 * (mixed.whole.steps + sum(tail.whole.steps for _, tail in parts))
    for level, place in zip(LEVELS, mixture_quantiles(parts, LEVELS)[0], strict=True):
        late, early = at(place * 1.005) + slack, np.maximum(at(place * 0.995) - slack, 0.0)
        if mixed.above(late)[0] > 1.001 * (1.0 - level) or mixed.above(early)[0] < 0.999 * (1.0 - level):
            return False
    return True


def alone(tasks: tuple[Task, ...], root: Task) -> Network:
    return Network(stations=(), tasks=(*tasks, root), streams=(Stream(name="r", task=len(tasks), slope=1.0),))


@TRIED
@given(one=service_laws(), other=service_laws())
def test_a_fork_takes_at_least_as_long_as_each_branch(one: Law, other: Law) -> None:
    tasks = delays(one, other)
    fork = Task(name="fork", steps=(Fork(branches=((Call(task=0),), (Call(task=1),))),))
    series = Task(name="series", steps=(Call(task=0), Call(task=1)))
    both, each = (solve(alone(tasks, root), [1.0]).stream(0) for root in (fork, series))
    assert max(one.mean, other.mean) * (1 - 2e-3) <= both.mean[0] <= (one.mean + other.mean) * (1 + 2e-3)
    branches = [
        solve(alone(delays(law), Task(name="b", steps=(Call(task=0),))), [1.0]).stream(0).quantiles(LEVELS)[0]
        for law in (one, other)
    ]
    slack = both.whole.steps[0] + each.whole.steps[0]
    assert np.all(both.quantiles(LEVELS)[0] >= np.maximum(*branches) * (1 - 2e-3) - slack)


@TRIED
@given(time=means, other=means)
def test_the_slowest_of_two_exponentials_is_known(time: float, other: float) -> None:
    tasks = delays(laws.Exponential(time), laws.Exponential(other))
    fork = Task(name="fork", steps=(Fork(branches=((Call(task=0),), (Call(task=1),))),))
    mean = solve(alone(tasks, fork), [1.0], 2**13).stream(0).mean[0]
    assert mean == pytest.approx(time + other - 1.0 / (1.0 / time + 1.0 / other), rel=2e-3)


@TRIED
@given(law=service_laws(), chance=st.floats(0.0, 1.0))
def test_a_choice_is_a_mixture(law: Law, chance: float) -> None:
    root = Task(name="root", steps=(Choice(options=((chance, (Call(task=0),)),)), Call(task=1)))
    tasks = delays(law, laws.Exponential(1.0))
    with_it = Task(name="with", steps=(Call(task=0), Call(task=1)))
    without = Task(name="without", steps=(Call(task=1),))
    mixed, taken, left = (solve(alone(tasks, task), [1.0]).stream(0) for task in (root, with_it, without))
    assert mixed.mean[0] == pytest.approx(chance * law.mean + 1.0)
    parts = [(at(chance), taken), (at(1.0 - chance), left)]
    assert mixed_agrees(mixed, parts)


@TRIED
@given(one=service_laws(), other=service_laws(), chance=st.floats(0.1, 0.9))
def test_exclusive_options_are_a_mixture_too(one: Law, other: Law, chance: float) -> None:
    tasks = delays(one, other)
    ways = Choice(options=((chance, (Call(task=0),)), (1.0 - chance, (Call(task=1),))))
    mixed = solve(alone(tasks, Task(name="root", steps=(ways,))), [1.0]).stream(0)
    first, second = (
        solve(alone(tasks, Task(name="one", steps=(Call(task=index),))), [1.0]).stream(0) for index in (0, 1)
    )
    assert mixed.mean[0] == pytest.approx(chance * one.mean + (1.0 - chance) * other.mean)
    assert mixed_agrees(mixed, [(at(chance), first), (at(1.0 - chance), second)])


@TRIED
@given(law=service_laws(), count=st.floats(0.05, 6.0))
def test_fractional_calls_take_their_mean_number(law: Law, count: float) -> None:
    root = Task(name="root", steps=(Call(task=0, count=count),))
    assert solve(alone(delays(law), root), [1.0]).stream(0).mean[0] == pytest.approx(count * law.mean)


@TRIED
@given(network=networks(), load=loads)
def test_a_mixture_of_one_part_is_that_part(network: Network, load: float) -> None:
    tail = solve(network, [load * BUSY]).stream(0)
    assert np.array_equal(mixture_quantiles([(at(1.0), tail)], LEVELS), tail.quantiles(LEVELS))
    halves = [(at(0.5), tail), (at(0.5), tail)]
    assert mixture_quantiles(halves, LEVELS) == pytest.approx(tail.quantiles(LEVELS), rel=1e-9)


@TRIED
@given(network=networks())
def test_a_sweep_of_a_network_is_what_each_of_its_points_is_alone(network: Network) -> None:
    points = BUSY * np.linspace(0.2, 1.0, 5)
    sweep = solve(network, points)
    middle = solve(network, [float(points[2])])
    assert sweep.mean_waits[2] == pytest.approx(middle.mean_waits[0], rel=1e-9)
    assert sweep.stream(0).quantiles(LEVELS)[2] == pytest.approx(middle.stream(0).quantiles(LEVELS)[0], rel=2e-3)


@TRIED
@given(network=networks(), load=loads)
def test_calls_that_nobody_waits_for_load_the_stations_but_not_the_request(network: Network, load: float) -> None:
    root = Task(name="root", steps=(*network.tasks[3].steps, Call(task=2, count=0.0001, waits=False)))
    heavier = Network(stations=network.stations, tasks=(*network.tasks[:3], root), streams=network.streams)
    before, after = solve(network, [load * BUSY]), solve(heavier, [load * BUSY])
    assert after.utilisation[0, 2] > before.utilisation[0, 2]
    assert after.stream(0).mean[0] == pytest.approx(before.stream(0).mean[0], rel=1e-2)


def test_a_mesh_of_a_thousand_services_with_three_calls_each_is_solved_once_per_service() -> None:
    """3^n paths lead through it; each service is one task."""
    size = 1000
    station = Group(servers=2.0)
    tasks = [Task(name="t0", visits=(Visit(law=laws.Exponential(1.0), station=0),))]
    for index in range(1, size):
        below = [max(index - distance, 0) for distance in (1, 7, 31)]
        calls = tuple(Call(task=task, count=1 / 3) for task in below)
        tasks.append(Task(name=f"t{index}", visits=(Visit(law=laws.Exponential(1.0), station=index),), steps=calls))
    network = Network(
        stations=tuple(Station(name=f"s{index}", group=station) for index in range(size)),
        tasks=tuple(tasks),
        streams=(Stream(name="r", task=size - 1, slope=1.0),),
    )
    solved = solve(network, [0.5, 1.0], points=256)
    assert solved.utilisation[1, -1] == pytest.approx(0.5)
    tail = solved.stream(0)
    expected = float(np.sum(solved.traffic.visits[0] * (1.0 + solved.mean_waits[1])))
    assert tail.mean[1] == pytest.approx(expected, rel=1e-6)
    assert np.all(np.isfinite(tail.quantiles([0.5, 0.99])))
