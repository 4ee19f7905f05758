"""What people are told of a recommendation: a verdict in a sentence, and the tables below it, in words.

The one place that words plans for all human forms; it must not know how they look.
"""

from collections.abc import Sequence
from typing import Literal

from capplan.checks.records import Analysis, Miss
from capplan.planning.records import Change, Plan, Recommendation, Size, Strategy
from capplan.planning.wishes import Progress
from capplan.report import words
from capplan.report.advice import Advice
from capplan.report.comparison_digest import relative
from capplan.report.grids import Grid
from capplan.uncertainty.records import Uncertainty
from capplan.units import HOUR, MONTH

Word = Literal["PLAN", "NOT PROVEN", "NO PLAN"]

SIZES_SHOWN = 3
NORMAL = "normal"


def judge(advice: Advice) -> tuple[Word, str]:
    """NO PLAN where nothing holds, NOT PROVEN where a cheaper plan could, else PLAN; and the sentence to quote."""
    plan = advice.plan
    word: Word = "NO PLAN" if plan is None else "PLAN" if plan.optimal else "NOT PROVEN"
    return word, " ".join(filter(None, (_budget(advice), _sentence(advice))))


def _budget(advice: Advice) -> str:
    found = advice.affordable
    if found is None:
        return ""
    amount = f"{monthly(found.budget, advice.currency)} a month"
    if found.rate is None:
        return f"{amount} does not carry even the least load."
    carries = f"{amount} carries {words.rate(found.rate)}"
    if found.beyond is None:
        return f"{carries}; no plan carries more."
    return f"{carries}; a little more costs {monthly(found.beyond, advice.currency)}."


def _sentence(advice: Advice) -> str:
    asked = advice.recommendation
    if asked is None:
        return ""
    plan = asked.plan
    if plan is None:
        return _hopeless(asked)
    parts = [_cost(plan, advice.currency), *_planned_for(asked)]
    return f"{words.rate(asked.target_rate)} {_needed(plan)}: {', '.join(parts)}; {_proof(plan)}."


def _hopeless(asked: Recommendation) -> str:
    rate = words.rate(asked.target_rate)
    if any(plan.limit is None for plan in asked.plans):
        return f"No plan for {rate} was found in the time that there was; a longer --time-limit may find one."
    freest = next((plan for plan in asked.plans if plan.strategy is Strategy.MIXED), asked.plans[0])
    why = "" if freest.limit is None else f": {freest.limit.message}"
    return f"No plan within `scaling` takes {rate} and holds every objective{why}."


def _needed(plan: Plan) -> str:
    """`needs 9 × m6i.xlarge for app and 2 × r6i.large for db`, what moves most money first."""
    if not plan.changes:
        return "needs no change"
    dearest = sorted(plan.changes, key=lambda change: -abs(change.cost_change or 0.0))
    changed = [f"{size(change.after)} for {change.component}" for change in dearest]
    return f"needs {words.listed(changed, SIZES_SHOWN)}"


def _cost(plan: Plan, currency: str) -> str:
    hour = None if plan.cost is None else plan.cost.hour
    if hour is None:
        return "no price is known"
    change = cost_change(plan)
    return f"{monthly(hour, currency)} a month{f', {change} on today' if change else ''}"


def _planned_for(asked: Recommendation) -> list[str]:
    said = []
    if asked.planned_rate > asked.target_rate:
        said.append(f"planned for {words.rate(asked.planned_rate)}")
    if asked.percentile_margin > 0.0:
        said.append(f"times {words.fraction(asked.percentile_margin)} below their objectives")
    plan = asked.plan
    if asked.confidence is not None and plan is not None and plan.probability is not None:
        points = 0 if plan.uncertainty is None else plan.uncertainty.points
        held = words.chance(plan.probability, points)
        said.append(f"everything holds with {held} ({words.fraction(asked.confidence)} asked for)")
    return said


def _proof(plan: Plan) -> str:
    if plan.optimal:
        return "proven the cheapest"
    if plan.gap is None:
        return "not proven the cheapest"
    return f"not proven: a plan could still be up to {words.part(plan.gap)} cheaper"


def monthly(hour: float | None, currency: str) -> str:
    """A price per hour as what it is a month."""
    return words.money(None if hour is None else hour * MONTH / HOUR, currency)


def cost_change(plan: Plan) -> str:
    """`+38%` of what the topology as it is costs; nothing where that is the same or not known."""
    hour = None if plan.cost is None else plan.cost.hour
    if hour is None or plan.cost_change is None:
        return ""
    today = hour - plan.cost_change
    return relative(hour / today) if today > 0.0 else ""


def size(of: Size) -> str:
    """`9 × m6i.xlarge`, `1 × r6i.large + 2 readers`."""
    machines = f"{of.replicas:,} × {of.machine}" if of.machine else words.count(of.replicas, "replica")
    return f"{machines} + {words.count(of.readers, 'reader')}" if of.readers else machines


def missed(miss: Miss) -> str:
    """What does not hold, and in which state unless that is the normal one."""
    return miss.message if miss.state == NORMAL else f"{miss.state}: {miss.message}"


def strategies(asked: Recommendation, currency: str) -> Grid:
    """The plans side by side, the chosen one first."""
    headings = ("cost a month", "change", "machines", "headroom", "proof", "decided by")
    rows = tuple(_strategy(plan, plan.strategy is asked.chosen, currency) for plan in asked.plans)
    return Grid("Strategy", headings, rows, headings[:4], ("machines", "headroom"))


def _strategy(plan: Plan, chosen: bool, currency: str) -> tuple[str, ...]:
    name = f"{plan.strategy} (chosen)" if chosen else str(plan.strategy)
    if plan.cost is None:
        limit = "" if plan.limit is None else plan.limit.message
        proof = "none in time" if plan.limit is None else "not possible"
        return (name, *[words.NONE] * 4, proof, limit)
    return (
        name,
        monthly(plan.cost.hour, currency),
        cost_change(plan) or "±0",
        f"{plan.machines:,}",
        words.fraction(plan.headroom),
        "cheapest" if plan.optimal else "open" if plan.gap is None else f"within {words.part(plan.gap)}",
        "nothing is cheaper" if plan.decided_by is None else missed(plan.decided_by),
    )


def changes(plan: Plan, currency: str) -> Grid:
    """What the plan does to each component, and why."""
    rows = tuple(_change(change, currency) for change in plan.changes)
    return Grid("Component", ("today", "recommended", "cost a month", "because"), rows, ("cost a month",))


def _change(change: Change, currency: str) -> tuple[str, ...]:
    cost = change.cost_change
    sign = "+" if cost is not None and cost > 0.0 else ""
    return (
        change.component,
        size(change.before),
        size(change.after),
        words.NONE if cost is None else f"{sign}{monthly(cost, currency)}",
        change.because,
    )


def objectives(current: Analysis, planned: Analysis, uncertainty: Uncertainty | None = None) -> Grid:
    """Every SLO and alert as the topology is and as it is planned, at the same load; and how likely it holds."""
    slos = [
        (words.promise(now), _values(was.metric, was.value, now.value))
        for was, now in zip(current.slos, planned.slos, strict=True)
    ]
    alerts = [
        (f"{now.name}: not {words.condition(now)}", _values(was.metric, was.value, now.value))
        for was, now in zip(current.alerts, planned.alerts, strict=True)
    ]
    rows = tuple((promise, *values) for promise, values in (*slos, *alerts))
    if uncertainty is None:
        return Grid("Objective", ("as it is", "as planned"), rows, ("as it is", "as planned"))
    points = uncertainty.points
    sure = [words.chance(one.probability, points) for one in uncertainty.slos]
    sure += [words.chance(1.0 - one.probability, points) for one in uncertainty.alerts]
    headings = ("as it is", "as planned", "holds with")
    return Grid("Objective", headings, tuple((*row, one) for row, one in zip(rows, sure, strict=True)), headings)


def _values(metric: str, was: float | None, now: float | None) -> tuple[str, str]:
    return words.of_metric(metric, was), words.of_metric(metric, now)


def remarks(asked: Recommendation, plan: Plan, currency: str) -> list[tuple[str, str]]:
    """What else there is to know of the plan, each under a word."""
    said = [("HOLDS", _states(asked.states))]
    if plan.refused is not None:
        sizes = words.listed([f"{size(each)} for {name}" for name, each in plan.refused.sizes], SIZES_SHOWN)
        price = "" if plan.refused.cost is None else f", {monthly(plan.refused.cost, currency)} a month"
        said.append(("REFUSED", f"{sizes}{price}: {missed(plan.refused.missed)}"))
    return said


def _states(states: Sequence[str]) -> str:
    others = [state for state in states if state != NORMAL]
    if not others:
        return "with everything up; `resilience` names no other state"
    return f"with everything up, and in {words.count(len(others), 'other state')}: {words.listed(others)}"


def unchanged(plan: Plan) -> str:
    """How many components stay as they are."""
    if plan.analysis is None:
        return ""
    stay = len(plan.analysis.prediction.components) - len(plan.changes)
    if stay == 1:
        return "1 component stays as it is"
    return f"{stay:,} components stay as they are" if stay else ""


def so_far(progress: Progress, currency: str) -> str:
    """How far a search has come."""
    if progress.best is None:
        seen = f"{words.count(progress.evaluations, 'plan')} looked at" if progress.evaluations else "searching"
        return f"{progress.strategy}: {seen}"
    best = f"{progress.strategy}: {monthly(progress.best, currency)} a month"
    if progress.bound is None or progress.best <= 0.0:
        return best
    return f"{best}, at most {words.part(max(0.0, 1.0 - progress.bound / progress.best))} more to save"
