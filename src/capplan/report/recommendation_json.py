"""The JSON result of `recommend`: a stable contract in SI units, never rounded, `null` where a thing does not exist.

Money is said per hour and per month. It must not know how people like their numbers written, nor rich.
"""

import json
from collections.abc import Mapping
from typing import Any

from capplan.checks.records import Miss
from capplan.planning.records import Change, Limit, Plan, Recommendation, Refused, Size
from capplan.prediction.records import Cost
from capplan.report import as_json
from capplan.report.advice import Advice
from capplan.report.as_json import SCHEMA, Json, miss_dict, note_dict, number
from capplan.report.uncertainty import doubted_dict
from capplan.uncertainty.records import Doubted
from capplan.units import HOUR, MONTH


def to_json(result: Mapping[str, Any]) -> str:
    """A result as indented JSON text; characters beyond ASCII stay as they are."""
    return json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def recommendation_dict(recommendation: Recommendation) -> Json:
    """The recommendation as plain dictionaries, lists, strings and numbers; the chosen plan comes first."""
    currency = recommendation.current.prediction.cost.currency
    chosen = recommendation.chosen
    return {
        "schema": SCHEMA,
        "topology": {"name": recommendation.topology, "file": recommendation.file},
        "target_rate": number(recommendation.target_rate),
        "chosen": None if chosen is None else str(chosen),
        "plans": [_plan(plan, currency) for plan in recommendation.plans],
        "planned_rate": number(recommendation.planned_rate),
        "percentile_margin": number(recommendation.percentile_margin),
        "states": list(recommendation.states),
        "current": as_json.to_dict(recommendation.current),
    } | ({} if recommendation.confidence is None else {"confidence": number(recommendation.confidence)})


def advice_dict(advice: Advice) -> Json:
    """The recommendation; for a budget what that carries, `rate` null where it does not carry even the least load."""
    found, asked = advice.recommendation, advice.affordable
    plans = None if found is None else recommendation_dict(found)
    if asked is None and plans is not None:
        return plans
    return {
        "schema": SCHEMA,
        "topology": {"name": advice.name, "file": advice.file},
        "budget": money_dict(None if asked is None else asked.budget, advice.currency),
        "rate": None if asked is None else number(asked.rate),
        "beyond": None if asked is None or asked.beyond is None else money_dict(asked.beyond, advice.currency),
        "recommendation": plans,
    }


def money_dict(hour: float | None, currency: str) -> Json:
    """An amount per hour, and what that is per month of 730 hours."""
    month = None if hour is None else hour * MONTH / HOUR
    return {"currency": currency, "hour": number(hour), "month": number(month)}


def _plan(plan: Plan, currency: str) -> Json:
    return {
        "strategy": str(plan.strategy),
        "feasible": bool(plan.feasible),
        "optimal": bool(plan.optimal),
        "cost": None if plan.cost is None else _cost(plan.cost),
        "changes": [_change(change, currency) for change in plan.changes],
        "analysis": _analysis(plan),
        "limit": None if plan.limit is None else _limit(plan.limit),
        "gap": number(plan.gap),
        "cost_change": money_dict(plan.cost_change, currency),
        "machines": int(plan.machines),
        "decided_by": None if plan.decided_by is None else _miss(plan.decided_by),
        "refused": None if plan.refused is None else _refused(plan.refused, currency),
        "notes": [note_dict(note) for note in plan.notes],
        "evaluations": int(plan.evaluations),
    } | ({} if plan.probability is None else {"probability": number(plan.probability)})


def _analysis(plan: Plan) -> Json | None:
    """The analysis at the target rate; with intervals where the plan was made for a probability."""
    if plan.analysis is None:
        return None
    if plan.uncertainty is None:
        return as_json.to_dict(plan.analysis)
    return doubted_dict(Doubted(plan.analysis, plan.uncertainty))


def _cost(cost: Cost) -> Json:
    return {"currency": cost.currency, "hour": number(cost.hour), "month": number(cost.month)}


def _change(change: Change, currency: str) -> Json:
    return {
        "component": change.component,
        "from": _size(change.before),
        "to": _size(change.after),
        "because": change.because,
        "cost_change": money_dict(change.cost_change, currency),
    }


def _size(size: Size) -> Json:
    plain: Json = {"replicas": int(size.replicas), "machine": size.machine}
    return plain if size.readers is None else plain | {"readers": int(size.readers)}


def _limit(limit: Limit) -> Json:
    return {"component": limit.component, "resource": limit.resource, "message": limit.message}


def _miss(miss: Miss) -> Json:
    return {"state": miss.state} | miss_dict(miss)


def _refused(refused: Refused, currency: str) -> Json:
    return {
        "sizes": [{"component": name, **_size(size)} for name, size in refused.sizes],
        "cost": money_dict(refused.cost, currency),
        "missed": _miss(refused.missed),
    }
