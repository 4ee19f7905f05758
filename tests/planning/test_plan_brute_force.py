"""The search against every choice there is: the same least cost, the same verdict where nothing holds, the same ties.

CAPPLAN_PLANS=2000 tries so many topologies; `-k seed-109` tries one again.
"""

import os
from itertools import product
from random import Random

import pytest
import yaml
from plan_brute_force import STRATEGIES, BruteForce, Choice, Sizes, healthy, sizes_of
from plan_topologies import drawn

import capplan
from capplan.checks.holding import first_miss
from capplan.checks.states import states_of
from capplan.planning.recommend import Planner
from capplan.planning.strategies import Solution
from capplan.planning.wishes import Wishes

PLANS = int(os.environ.get("CAPPLAN_PLANS", "300"))
SEEDS = [pytest.param(seed, id=f"seed-{seed}") for seed in range(PLANS)]
BENT = [pytest.param(seed, id=f"bent-{seed}") for seed in range(0, PLANS, 6)]
QUICK_LOOKS = [pytest.param(seed, id=f"seed-{seed}") for seed in range(0, PLANS, 8)]
SLOWED = [pytest.param(seed, id=f"seed-{seed}") for seed in range(0, PLANS, 4)]

WIDE = [(5001, 500), (5006, 500), (5022, 500), (5080, 500), (5109, 500), (294, 80)]
"""Topologies with more choices: the seed, and how many choices at most."""

BURSTIER = """\
version: 1
workload: {rate: 18.726/s}
machines: {w: {cores: 0.5, price: 0.0413}}
components:
  lb: {kind: balancer, forwards_to: app}
  app:
    kind: server
    machine: w
    replicas: 4
    time: {mean: 4.018ms, cv: 0.78}
    calls: [{db.write: 1}, {db.read: 1}]
    scaling: {machines: [w], replicas: 1..4}
  db:
    kind: database
    machine: w
    replicas: 2
    readers: 1
    read_endpoints: [read]
    endpoints: {read: {time: 19.66ms}, write: {time: {mean: 7.294ms, cv: 0.5, dist: erlang}}}
    scaling: {machines: [w], replicas: 1..2}
slos: [total.p95 < 439.98ms]
"""
"""More of the application makes what reaches the readers burstier: the most of everything is not the fastest."""


def chosen(brute: BruteForce, solution: Solution) -> Sizes:
    """The sizes that a search chose."""
    assert solution.found is not None
    assert solution.found.plan is not None
    changes = {}
    for name, option in solution.found.plan.items():
        machine = solution.units[name].machine(option)
        assert machine is not None
        assert machine.name is not None
        changes[name] = Choice(machine.name, option.replicas)
    return sizes_of(brute, changes)


def found_by_both(text: str) -> None:
    """The search finds what looking at every choice finds, with every strategy."""
    topology = capplan.parse(text)
    rate = float(topology.workload.rate or 0.0)
    brute, planner = BruteForce(topology, rate), Planner(topology, Wishes())
    for solution in planner.solutions(planner.task(rate)):
        cheapest, found = brute.cheapest(solution.strategy), solution.found
        assert found is None or found.proven
        if cheapest is None:
            assert found is None or found.plan is None, (solution.strategy, found)
            continue
        assert found is not None, (solution.strategy, cheapest)
        assert found.plan is not None, (solution.strategy, cheapest)
        sizes = chosen(brute, solution)
        assert brute.worth(sizes) == cheapest[1], (solution.strategy, sizes, cheapest[0])
        assert brute.holds(sizes)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_search_finds_the_cheapest_of_all_choices(seed: int) -> None:
    found_by_both(drawn(seed))


@pytest.mark.parametrize(("seed", "choices"), WIDE)
def test_it_does_so_among_more_choices(seed: int, choices: int) -> None:
    found_by_both(drawn(seed, choices))


@pytest.mark.parametrize("seed", range(6))
def test_it_does_so_where_processors_are_shared(seed: int) -> None:
    topology = yaml.safe_load(drawn(seed))
    for component in topology["components"].values():
        if component["kind"] in ("server", "database"):
            component["discipline"] = "ps"
    found_by_both(yaml.safe_dump(topology, sort_keys=False))


@pytest.mark.parametrize("seed", SLOWED)
def test_it_does_so_where_more_cores_and_replicas_are_slower(seed: int) -> None:
    """Peaks among them: what more of does less is never chosen, and `proven` holds without it."""
    found_by_both(drawn(seed, slowed=True))


@pytest.mark.parametrize("seed", BENT)
def test_it_does_so_where_threads_are_held_and_calls_are_repeated(seed: int) -> None:
    found_by_both(drawn(seed, bent=True))


def test_it_knows_that_arrivals_depend_on_what_runs_upstream() -> None:
    found_by_both(BURSTIER)


@pytest.mark.parametrize("seed", QUICK_LOOKS)
def test_the_quick_look_says_what_analyze_says(seed: int) -> None:
    """What brute force and search refuse by looking for a first miss is what `analyze` finds fault with."""
    topology, random = capplan.parse(drawn(seed)), Random(seed)
    brute = BruteForce(topology, float(topology.workload.rate or 0.0))
    every = list(product(*(brute.menu(topology.component(name), STRATEGIES[-1]) for name in brute.names)))
    for sizes in random.sample(every, min(2, len(every))):
        sized = brute.sized(sizes)
        assert (first_miss(sized, states_of(sized), brute.rate) is None) == healthy(sized, brute.rate), sizes
