"""Open first-come-first-served networks come out as in Ciw, the simulator of queueing networks in Python.

Both are estimates: every figure of both by Welch's test over independent replications. The figures of all networks are
one family, of which one is out in one of a thousand tests.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import log1p, sqrt
from typing import Any, NamedTuple

import ciw  # type: ignore[import-untyped]
import numpy as np
import pytest
from one_by_one import each
from scipy.stats import ttest_ind
from simulated_networks import single

from capplan.queueing.arrays import Array
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import Deterministic, Exponential, Gamma, Law, Lognormal
from capplan.queueing.network import Call, Choice, Network, Station, Stream, Task, Visit
from capplan.simulation.pace import Pace
from capplan.simulation.replications import Player
from capplan.simulation.runs import SERVED
from capplan.simulation.simulate import network_figures

LENGTH = Pace(150.0, 1_500.0)
OURS, THEIRS = range(24), range(16)
LEVELS = (0.5, 0.9, 0.99)
FALSE_ALARM = 1e-3


class Case(NamedTuple):
    """A network of ours, its load, whether it can be played from arrays, and the same in Ciw."""

    network: Network
    load: float
    from_arrays: bool
    theirs: Any


def network_of(servers: Sequence[int], *tasks: Task) -> Network:
    """So many servers at each station; requests run the last task."""
    stations = tuple(Station(f"s{k}", Group(servers=count)) for k, count in enumerate(servers))
    return Network(stations=stations, tasks=tasks, streams=(Stream("requests", len(tasks) - 1, slope=1.0),))


def tandem() -> Case:
    """Three stations in a row: exponential, lognormal and constant services."""
    laws: tuple[Law, ...] = (Exponential(0.5), Lognormal(0.7, 2.0), Deterministic(0.3))
    task = Task("request", tuple(Visit(law, k) for k, law in enumerate(laws)))
    sigma2 = log1p(2.0)
    services = [
        ciw.dists.Exponential(2.0),
        ciw.dists.Lognormal(np.log(0.7) - 0.5 * sigma2, sqrt(sigma2)),
        ciw.dists.Deterministic(0.3),
    ]
    theirs = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(2.0), None, None],
        service_distributions=services,
        number_of_servers=[2, 3, 1],
        routing=[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]],
    )
    return Case(network_of((2, 3, 1), task), 2.0, True, theirs)


def branches() -> Case:
    """After the first station some go to the second, some to the third, and the others leave."""
    second, third = Task("second", (Visit(Exponential(1.5), 1),)), Task("third", (Visit(Gamma(1.0, 0.5), 2),))
    choice = Choice(((0.3, (Call(0),)), (0.4, (Call(1),))))
    first = Task("first", (Visit(Exponential(0.4), 0),), (choice,))
    theirs = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(1.8), None, None],
        service_distributions=[ciw.dists.Exponential(2.5), ciw.dists.Exponential(1.0 / 1.5), ciw.dists.Gamma(2.0, 0.5)],
        number_of_servers=[1, 1, 1],
        routing=[[0.0, 0.3, 0.4], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
    )
    return Case(network_of((1, 1, 1), second, third, first), 1.8, True, theirs)


def feedback() -> Case:
    """A database between two visits to the same processor: what comes back is played event by event."""
    app, db = Task("app", (Visit(Exponential(0.3), 0),)), Task("db", (Visit(Exponential(0.8), 1),))
    page = Task("page", (), (Call(0), Call(1), Call(0)))
    theirs = ciw.create_network(
        arrival_distributions={"before": [ciw.dists.Exponential(1.2), None], "after": [None, None]},
        service_distributions={
            kind: [ciw.dists.Exponential(1.0 / 0.3), ciw.dists.Exponential(1.25)] for kind in ("before", "after")
        },
        number_of_servers=[1, 2],
        routing={"before": [[0.0, 1.0], [1.0, 0.0]], "after": [[0.0, 0.0], [1.0, 0.0]]},
        class_change_matrices=[
            {"before": {"before": 1.0, "after": 0.0}, "after": {"before": 0.0, "after": 1.0}},
            {"before": {"before": 0.0, "after": 1.0}, "after": {"before": 0.0, "after": 1.0}},
        ],
    )
    return Case(network_of((1, 2), app, db, page), 1.2, False, theirs)


def shortest() -> Case:
    """The shortest of three queues, ties at random."""
    group = Group(servers=1, replicas=3, policy=Policy.LEAST_CONNECTIONS)
    join = ciw.routing.JoinShortestQueue(destinations=[2, 3, 4], tie_break="random")
    theirs = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(2.4), None, None, None],
        service_distributions=[ciw.dists.Deterministic(0.0), *[ciw.dists.Exponential(1.0)] * 3],
        number_of_servers=[float("inf"), 1, 1, 1],
        routing=ciw.routing.NetworkRouting(routers=[join, *(ciw.routing.Leave() for _ in range(3))]),
    )
    return Case(single(group, Exponential(1.0)), 2.4, False, theirs)


CASES = {build.__name__: build for build in (tandem, branches, feedback, shortest)}
NUMBERS = len(CASES) * (len(LEVELS) + 2)


def figures(times: Array) -> list[float]:
    """Of the requests that ended in a window: how many a second, their mean and percentiles."""
    return [len(times) / LENGTH.window, float(times.mean()), *np.quantile(times, LEVELS).tolist()]


def by_ciw(network: Any, seed: int) -> list[float]:
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(LENGTH.warmup + LENGTH.window)
    came, ended = dict[int, float](), dict[int, float]()
    for record in simulation.get_all_records():
        came[record.id_number] = min(record.arrival_date, came.get(record.id_number, record.arrival_date))
        if record.destination == -1:
            ended[record.id_number] = record.exit_date
    return figures(np.array([end - came[one] for one, end in ended.items() if end > LENGTH.warmup]))


def by_us(case: Case, seed: int, *, by_events: bool) -> list[float]:
    player = Player(case.network, case.load, 1.0, seed, network_figures, LENGTH, by_events=by_events)
    return figures(each(player.window(0).streams[0].times[SERVED]))


def differing(ours: Sequence[list[float]], theirs: Sequence[list[float]]) -> list[float]:
    """The figures that differ by more than chance: the chance that they would not."""
    found = ttest_ind(np.array(ours), np.array(theirs), equal_var=False).pvalue
    return [float(chance) for chance in found if chance < FALSE_ALARM / NUMBERS]


@pytest.mark.parametrize("name", CASES)
def test_every_figure_is_that_of_ciw(name: str) -> None:
    case = CASES[name]()
    theirs = [by_ciw(case.theirs, seed) for seed in THEIRS]
    ways = (False, True) if case.from_arrays else (True,)
    for by_events in ways:
        assert differing([by_us(case, seed, by_events=by_events) for seed in OURS], theirs) == []


def test_another_law_is_told_apart() -> None:
    """The test sees a constant time that is exponential there."""
    case = tandem()
    first, second, _ = case.network.tasks[0].visits
    rough = case.network.tasks[0]._replace(visits=(first, second, Visit(Exponential(0.3), 2)))
    slower = case._replace(network=replace(case.network, tasks=(rough,)))
    ours = [by_us(slower, seed, by_events=False) for seed in OURS]
    assert differing(ours, [by_ciw(case.theirs, seed) for seed in THEIRS])
