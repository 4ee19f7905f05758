"""What a recommendation says of its plans: what decided, what was refused, and why each change."""

import pytest
from plan_samples_by_hand import APP, plan_of, recommended

from capplan.checks.records import Concern
from capplan.planning.records import Size, Strategy


def test_a_change_says_what_one_machine_less_would_miss() -> None:
    found = recommended(
        f"""
components:
  {APP}, scaling: {{replicas: 1..12}}}}
slos: [total.p99 < 80ms]
""",
        330.0,
    )
    plan = plan_of(found, Strategy.HORIZONTAL)
    (change,) = plan.changes
    assert (change.before, change.after) == (Size(replicas=2, machine="small"), Size(replicas=8, machine="small"))
    assert change.cost_change == pytest.approx(0.6)
    refused = plan.refused
    assert refused is not None
    assert refused.missed == plan.decided_by
    assert (refused.missed.state, refused.missed.concern, refused.missed.metric) == ("normal", Concern.SLO, "total.p99")
    assert refused.sizes == (("app", Size(replicas=7, machine="small")),)
    assert refused.cost == pytest.approx(0.7)
    assert change.because.startswith("p99 of total is ")
    assert change.because.endswith(" at 8")
    assert " at 7, " in change.because


def test_the_state_that_decides_is_named() -> None:
    found = recommended(
        f"""
components:
  {APP}, scaling: {{replicas: 1..9}}}}
resilience: {{replicas_lost: 2}}
""",
        330.0,
    )
    plan = plan_of(found, Strategy.HORIZONTAL)
    assert [change.after.replicas for change in plan.changes] == [6]
    assert plan.decided_by is not None
    assert (plan.decided_by.state, plan.decided_by.metric) == ("app without 2 of its replicas", "app.cpu")
    assert plan.changes[0].because.endswith("(app without 2 of its replicas)")
    assert found.states == ("normal", "app without 2 of its replicas")


def test_a_queue_that_is_exactly_full_is_no_option() -> None:
    """200/s x 10 ms keep two cores busy all the time: three are the least, and the search must not stumble there."""
    found = recommended(
        f"""
components:
  {APP}, calls: {{db: 1}}, scaling: {{replicas: 1..9, machines: [large]}}}}
  db: {{kind: database, machine: large, time: 6ms, scaling: {{fixed: true}}}}
slos: [total.p99 < 190ms]
""",
        200.0,
    )
    assert plan_of(found, Strategy.HORIZONTAL).optimal
    assert [change.after.replicas for change in plan_of(found, Strategy.HORIZONTAL).changes] == [3]


def test_savings_are_said() -> None:
    found = recommended(f"components:\n  {APP.replace('2,', '9,')}, scaling: {{replicas: 2..9}}}}\n", 100.0)
    plan = plan_of(found, Strategy.HORIZONTAL)
    (change,) = plan.changes
    assert change.after.replicas == 2
    assert change.cost_change == pytest.approx(-0.7)
    assert plan.cost_change == pytest.approx(-0.7)
    assert change.because == "everything holds with less: saves 511 USD a month"
    assert plan.refused is None
    assert plan.decided_by is None


def test_nothing_changes_where_everything_holds_and_nothing_is_cheaper() -> None:
    found = recommended(f"components:\n  {APP}, scaling: {{replicas: 2..9, machines: [large]}}}}\n", 100.0)
    for plan in found.plans:
        assert (plan.feasible, plan.optimal, plan.gap, plan.changes, plan.cost_change) == (True, True, 0.0, (), 0.0)
