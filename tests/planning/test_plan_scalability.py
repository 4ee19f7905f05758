"""Plans where cores or replicas slow each other down: never beyond a peak, and it is said where a peak ends them."""

import pytest
from plan_samples_by_hand import plan_of

import capplan
from capplan.planning.recommend import recommend
from capplan.planning.records import Plan, Size, Strategy


def does(contention: float, coherency: float, count: int) -> float:
    """C(n), written out."""
    return count / (1.0 + contention * (count - 1) + coherency * count * (count - 1))


MACHINES = """
machines:
  two: {cores: 2, price: 0.1}
  four: {cores: 4, price: 0.2}
  eight: {cores: 8, price: 0.4}
"""
FARM = """
components:
  app:
    kind: server
    machine: two
    replicas: 3
    time: 10ms
    scaling: {machines: [two], replicas: 1..40}
    scalability: {across_replicas: {contention: 2%, coherency: 0.006}}
"""
"""Peaks at 13 replicas: n* = 12.8."""
MOST = 2 * does(0.02, 0.006, 13) / 0.010
CORES = """
components:
  app:
    kind: server
    machine: two
    time: 10ms
    scaling: {machines: [two, four, eight]}
    scalability: {contention: 5%, coherency: 0.06}
"""
"""Peaks at 4 cores: C(4) = 2.14, C(8) = 1.70."""


def planned(text: str, rate: float, strategy: Strategy = Strategy.HORIZONTAL) -> Plan:
    """The plan of one strategy."""
    topology = capplan.parse(f"version: 1\nworkload: {{rate: 100/s}}\n{MACHINES}{text}")
    return plan_of(recommend(topology, rate), strategy)


def refusal(text: str, rate: float, strategy: Strategy = Strategy.HORIZONTAL) -> tuple[str | None, str, str]:
    """(component, resource, message) of the limit that a strategy meets."""
    limit = planned(text, rate, strategy).limit
    assert limit is not None
    return limit.component, limit.resource, limit.message


@pytest.mark.parametrize("rate", [100.0, 400.0, 800.0, 0.9 * MOST, 0.999 * MOST])
def test_no_more_replicas_than_do_most(rate: float) -> None:
    plan = planned(FARM, rate)
    least = next(n for n in range(1, 14) if 2 * does(0.02, 0.006, n) / 0.010 > rate)
    assert plan.optimal
    assert plan.machines == least <= 13


def test_beyond_the_peak_there_is_no_plan_and_it_says_so() -> None:
    component, resource, message = refusal(FARM, 1.01 * MOST)
    assert (component, resource) == ("app", "cpu")
    assert (
        message
        == "app peaks at 13 replicas: more give less; 13 × two do most, and are asked for 101% of what they can do"
    )


def test_more_replicas_than_do_most_are_taken_away() -> None:
    text = FARM.replace("replicas: 3", "replicas: 30")
    plan = planned(text, 0.9 * MOST)
    least = next(n for n in range(1, 14) if 2 * does(0.02, 0.006, n) / 0.010 > 0.9 * MOST)
    assert plan.changes[0].after == Size(replicas=least, machine="two", readers=None)


def test_nothing_is_offered_where_only_more_than_do_most_are_allowed() -> None:
    text = FARM.replace("1..40", "20..40").replace("replicas: 3", "replicas: 20")
    component, resource, message = refusal(text, 100.0)
    assert (component, resource) == ("app", "replicas")
    assert message == "app peaks at 13 replicas: more give less, and `scaling` allows no fewer"


def test_a_number_that_a_strategy_does_not_change_stays_beyond_the_peak() -> None:
    text = FARM.replace("machines: [two]", "machines: [two, four]").replace("replicas: 3", "replicas: 20")
    plan = planned(text, 100.0, Strategy.VERTICAL)
    assert plan.feasible
    assert plan.machines == 20


def test_no_machine_of_more_cores_than_do_most() -> None:
    most = does(0.05, 0.06, 4) / 0.010
    plan = planned(CORES, 0.95 * most, Strategy.VERTICAL)
    assert plan.optimal
    assert plan.changes[0].after.machine == "four"
    component, resource, message = refusal(CORES, 1.05 * most, Strategy.VERTICAL)
    assert (component, resource) == ("app", "cpu")
    assert message.startswith("app peaks at 4 cores a machine: more give less; 1 × four do most")


def test_a_plan_for_a_lost_replica_does_not_cross_the_peak() -> None:
    """Thirteen would do after the loss of one of fourteen, but fourteen do less than thirteen."""
    text = FARM + "resilience: {replicas_lost: 1}\n"
    lost = 2 * does(0.02, 0.006, 12) / 0.010
    assert planned(text, 0.999 * lost).machines <= 13
    assert not planned(text, 0.5 * (lost + MOST)).feasible


def test_read_replicas_count_towards_the_peak() -> None:
    text = """
components:
  db:
    kind: database
    machine: two
    readers: 1
    read_endpoints: [read]
    endpoints: {read: {time: 10ms}, write: {time: 1ms}}
    scalability: {across_replicas: {contention: 2%, coherency: 0.06}}
requests:
  look: {share: 99%, to: db.read}
  save: {share: 1%, to: db.write}
"""
    for rate in (150.0, 250.0, 270.0):
        plan = planned(text, rate)
        assert not plan.feasible or plan.machines <= 4


def test_no_peak_is_crossed_where_calls_may_be_late() -> None:
    """Timeouts leave menus whole: options that no machine carries may hold. Those beyond a peak are left out all the
    same."""
    text = FARM + "requests: {page: {share: 1, to: app, timeout: 2s}}\n"
    for rate in (800.0, 1.2 * MOST):
        plan = planned(text, rate)
        assert not plan.feasible or plan.machines <= 13
