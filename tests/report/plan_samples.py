"""Recommendations made by hand: a proven one, an open one, one without any plan, and one for a budget."""

from dataclasses import replace

from report_samples import alert, healthy, overloaded, slo

from capplan.checks.records import Analysis, Concern, Miss
from capplan.planning.records import (
    Affordable,
    Change,
    Limit,
    Plan,
    Recommendation,
    Refused,
    Size,
    Strategy,
)
from capplan.prediction.records import Capacity, Cost, Note
from capplan.report.advice import Advice

SLOW = Miss(
    state="app without 1 of its replicas",
    concern=Concern.SLO,
    name="total.p99",
    metric="total.p99",
    operator="<",
    threshold=0.2,
    value=0.412,
    message="p99 of total is 412 ms, not < 200 ms",
)


def cost(hour: float) -> Cost:
    """So much an hour."""
    return Cost(currency="USD", hour=hour, month=hour * 730.0)


def planned() -> Analysis:
    """What the plan makes of it at the target rate."""
    plain = healthy()
    capacity = Capacity(max_rate=6400.0, component="app", resource="cpu", headroom=0.21875)
    prediction = replace(plain.prediction, rate=5000.0, throughput=5000.0, cost=cost(1.7), capacity=capacity)
    return replace(plain, prediction=prediction, slos=(slo(value=0.187),), alerts=(alert(value=0.642),))


MIXED = Plan(
    strategy=Strategy.MIXED,
    feasible=True,
    optimal=True,
    gap=0.0,
    cost=cost(1.7),
    cost_change=1.316,
    machines=12,
    changes=(
        Change(
            component="app",
            before=Size(replicas=3, machine="m6i.large"),
            after=Size(replicas=9, machine="m6i.xlarge"),
            because="p99 of total is 412 ms at 8, 187 ms at 9",
            cost_change=1.44,
        ),
        Change(
            component="db[replica]",
            before=Size(replicas=1, machine="r6i.large", readers=0),
            after=Size(replicas=1, machine="r6i.large", readers=2),
            because="cpu of db[replica] is asked for 140% of what it can do with 1 reader",
            cost_change=-0.124,
        ),
    ),
    decided_by=SLOW,
    refused=Refused(sizes=(("app", Size(replicas=8, machine="m6i.xlarge")),), cost=1.508, missed=SLOW),
    headroom=planned().prediction.capacity.headroom,
    analyse=planned,
    notes=(Note(code="stateful", message="a reader copies `all` data first", where="components.db[replica]"),),
    evaluations=42,
)
HORIZONTAL = replace(
    MIXED,
    strategy=Strategy.HORIZONTAL,
    optimal=False,
    gap=0.034,
    cost=cost(2.1),
    cost_change=1.716,
    decided_by=replace(SLOW, state="normal"),
)
VERTICAL = Plan(
    strategy=Strategy.VERTICAL,
    feasible=False,
    optimal=True,
    limit=Limit(
        component="app", resource="cpu", message="m6i.32xlarge, the largest of app, takes 4,100/s with 3 replicas"
    ),
    evaluations=7,
)


def proven() -> Recommendation:
    """Two strategies are feasible, and the cheapest is proven."""
    return Recommendation(
        topology="Hello",
        file="hello.yaml",
        target_rate=5000.0,
        planned_rate=5000.0,
        percentile_margin=0.0,
        states=("normal", "app without 1 of its replicas", "db[replica] without 1 of its replicas"),
        current=overloaded(),
        plans=(MIXED, HORIZONTAL, VERTICAL),
        chosen=Strategy.MIXED,
    )


def open_ended() -> Recommendation:
    """The time ran out; more than the target is planned for."""
    return replace(
        proven(),
        plans=(HORIZONTAL, VERTICAL),
        chosen=Strategy.HORIZONTAL,
        states=("normal",),
        planned_rate=6250.0,
        percentile_margin=0.1,
    )


def hopeless() -> Recommendation:
    """No strategy is feasible."""
    return replace(proven(), plans=(VERTICAL,), chosen=None)


def budgeted(rate: float | None = 5000.0, beyond: float | None = 1.9) -> Advice:
    """What 1,314 USD a month carries."""
    found = None if rate is None else proven()
    asked = Affordable(budget=1.8, rate=rate, recommendation=found, beyond=beyond)
    return Advice(name="Hello", file="hello.yaml", currency="USD", recommendation=found, affordable=asked)
