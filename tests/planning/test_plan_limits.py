"""Where a strategy ends: the limit that no choice within `scaling` lifts, and whose it is."""

from plan_samples_by_hand import APP, FOUR, plan_of, recommended

from capplan.planning.records import Recommendation, Size, Strategy


def refusal(recommendation: Recommendation, strategy: Strategy) -> tuple[str | None, str, str]:
    """(component, resource, message) of the limit that a strategy meets."""
    plan = plan_of(recommendation, strategy)
    assert (plan.feasible, plan.cost, plan.changes, plan.analysis, plan.gap) == (False, None, (), None, None)
    assert plan.limit is not None
    return plan.limit.component, plan.limit.resource, plan.limit.message


def test_one_machine_is_not_infinitely_large() -> None:
    found = recommended(
        """
components:
  db: {kind: database, machine: small, time: 10ms, scaling: {machines: [small, large]}}
""",
        500.0,
    )
    component, resource, message = refusal(found, Strategy.MIXED)
    assert (component, resource) == ("db", "cpu")
    assert "125%" in message
    assert "even with 1 " in message
    assert message.endswith(" large")
    assert found.chosen is None
    assert found.plan is None


def test_a_strategy_that_may_not_change_what_it_must_says_so() -> None:
    found = recommended(
        """
components:
  db: {kind: database, machine: small, time: 10ms, scaling: {machines: [small, large]}}
""",
        300.0,
    )
    assert plan_of(found, Strategy.MIXED).feasible
    component, resource, message = refusal(found, Strategy.HORIZONTAL)
    assert (component, resource) == ("db", "cpu")
    assert message.endswith("it stays as it is: this strategy changes machines only") is False
    assert "replicas only" in message


def test_an_objective_below_the_service_times() -> None:
    found = recommended(
        f"""
components:
  {APP}, calls: {{db: 1}}, scaling: {{replicas: 1..9}}}}
  db: {{kind: database, machine: large, time: {{mean: 30ms, dist: deterministic}}, scaling: {{fixed: true}}}}
slos: [total.p50 < 25ms]
""",
        50.0,
    )
    for strategy in Strategy:
        component, resource, message = refusal(found, strategy)
        assert (component, resource) == ("db", "latency")
        assert "db's service time" in message


def test_an_objective_below_the_round_trips() -> None:
    found = recommended(
        """
locations: {here: {rtt: {there: 80ms}}, there: {rtt: {here: 80ms}}}
components:
  app: {kind: server, machine: small, location: here, time: 1ms, calls: {db: 2}, scaling: {replicas: 1..4}}
  db: {kind: database, machine: large, location: there, time: 1ms, scaling: {fixed: true}}
slos: [total.mean < 150ms]
""",
        50.0,
    )
    component, resource, message = refusal(found, Strategy.MIXED)
    assert (component, resource) == ("db", "latency")
    assert "db's network" in message


def test_the_rate_limit_of_others() -> None:
    found = recommended(
        f"""
components:
  {APP.replace("10ms", "9ms")}, calls: {{pay: 2}}, scaling: {{replicas: 1..9}}}}
  pay: {{kind: external, latency: 10ms, rate_limit: 150/s}}
""",
        100.0,
    )
    for strategy in Strategy:
        component, resource, message = refusal(found, strategy)
        assert (component, resource) == ("pay", "rate_limit")
        assert message.startswith("pay is called 200/s and takes 150/s")


def test_a_shared_database_that_is_fixed() -> None:
    found = recommended(
        f"""
components:
  {APP.replace("10ms", "9ms")}, calls: {{db: 1}}, scaling: {{replicas: 1..9, machines: [large]}}}}
  db: {{kind: database, machine: small, time: 6ms, scaling: {{fixed: true}}}}
""",
        200.0,
    )
    for strategy in Strategy:
        component, resource, message = refusal(found, strategy)
        assert (component, resource) == ("db", "cpu")
        assert message.endswith("it stays as it is: it is `fixed`")


def test_pools_that_hold_more_connections_than_the_database_takes() -> None:
    found = recommended(
        f"""
components:
  {FOUR}, calls: [{{db: 1, pool: 20}}], scaling: {{machines: [large], replicas: 3..9}}}}
  db: {{kind: database, machine: large, time: 1ms, concurrency: 50, scaling: {{fixed: true}}}}
""",
        90.0,
    )
    component, resource, message = refusal(found, Strategy.MIXED)
    assert (component, resource) == ("db", "connections")
    assert "60 connections to db, which takes 50" in message


def test_connections_are_saved_by_fewer_and_larger_machines() -> None:
    """80 connections for 4 replicas; 50 allow two, which must be larger to carry the load."""
    found = recommended(
        f"""
components:
  {FOUR}, calls: [{{db: 1, pool: 20}}], scaling: {{machines: [large], replicas: 1..9}}}}
  db: {{kind: database, machine: large, time: 1ms, concurrency: 50, scaling: {{fixed: true}}}}
""",
        330.0,
    )
    plan = plan_of(found, Strategy.MIXED)
    assert [change.after for change in plan.changes] == [Size(replicas=1, machine="large")]
    assert plan.optimal
    assert not plan_of(found, Strategy.HORIZONTAL).feasible


def test_memory_that_no_machine_has() -> None:
    found = recommended(
        f"""
components:
  {APP}, memory: {{base: 9GB}}, scaling: {{machines: [large], replicas: 1..9}}}}
""",
        50.0,
    )
    component, resource, message = refusal(found, Strategy.MIXED)
    assert (component, resource) == ("app", "memory")
    assert message.startswith("app needs 112% of its memory")


def test_a_budget_as_an_objective() -> None:
    found = recommended(
        f"""
components:
  {APP}, scaling: {{replicas: 1..9}}}}
slos: [cost.month < 200]
""",
        330.0,
    )
    component, resource, message = refusal(found, Strategy.HORIZONTAL)
    assert (component, resource) == (None, "cost")
    assert "at least 292 USD a month" in message


def test_the_last_replica_cannot_be_lost() -> None:
    found = recommended(
        """
components:
  db: {kind: database, machine: small, time: 1ms, scaling: {machines: [large]}}
resilience: {replicas_lost: 1}
""",
        50.0,
    )
    for strategy in Strategy:
        component, resource, message = refusal(found, strategy)
        assert (component, resource) == ("db", "replicas")
        assert message.startswith("nothing is left of db (db without 1 of its replicas)")


def test_two_objectives_on_one_metric() -> None:
    found = recommended(
        f"""
components:
  {APP.replace("10ms", "9ms")}, scaling: {{replicas: 1..9}}}}
slos: [total.p99 < 500ms, total.p99 < 20ms]
""",
        100.0,
    )
    for strategy in Strategy:
        component, resource, message = refusal(found, strategy)
        assert (component, resource) == ("app", "latency")
        assert "not < 20 ms" in message
